//! The walls: between tenants, between processes, and around what is sealed.

use std::{
    future::{Future as _, poll_fn},
    task::Poll,
};

use sqlx::Connection as _;
use store::{Store, StoreConfig, StoreError, conversations, customers, resources};

use crate::{
    desk::{Desk, furnish},
    on_both_engines,
};

on_both_engines!(
    another_tenant_sees_and_changes_nothing,
    a_deleted_tenant_leaves_nothing_and_another_stays,
    variants_of_a_number_lead_to_one_customer,
    the_chain_shows_where_it_was_tampered_with,
    those_who_write_the_audit_at_once_all_get_their_link,
    threads_are_paged_by_cursor,
    who_goes_away_while_a_transaction_opens_leaves_none_open,
);

async fn neighbour(desk: &Desk) -> domain::TenantId {
    let tenant = desk.env.id();
    let mut tx = desk.store.write(tenant).await.unwrap();
    furnish(&mut tx, &desk.env, tenant, desk.env.id(), desk.env.id(), "two").await;
    tx.commit().await.unwrap();
    tenant
}

/// A connection that came back with its transaction open would swallow what the next one writes on its own.
async fn who_goes_away_while_a_transaction_opens_leaves_none_open(desk: Desk) {
    for polls in (1..8).chain(1..8).chain(1..8) {
        let mut opening = Box::pin(desk.store.write(desk.tenant));
        for _ in 0..polls {
            let opened = poll_fn(|context| Poll::Ready(opening.as_mut().poll(context).is_ready())).await;
            if opened {
                break;
            }
            // Whatever was asked has been answered when it is looked at again, or never.
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        drop(opening);
        assert_eq!(left_open(&desk).await, 0, "after {polls} looks");
    }
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    store::customers::set_name(&mut tx, desk.customer, "Ana").await.unwrap();
    tx.commit().await.unwrap();
}

/// Transactions of nobody, once everything had time to end: well under the ten seconds after which the database ends them.
async fn left_open(desk: &Desk) -> i64 {
    const OPEN: &str = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
    if !desk.url.starts_with("postgres") {
        return 0;
    }
    let mut other = sqlx::PgConnection::connect(&desk.url).await.unwrap();
    for _ in 0..60 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        if sqlx::query_scalar::<_, i64>(OPEN).fetch_one(&mut other).await.unwrap() == 0 {
            return 0;
        }
    }
    sqlx::query_scalar(OPEN).fetch_one(&mut other).await.unwrap()
}

/// Two customers say yes in the same moment: neither waits for a lease because the other was first.
async fn those_who_write_the_audit_at_once_all_get_their_link(desk: Desk) {
    let write = async |number: u32| {
        let mut tx = desk.store.write(desk.tenant).await.unwrap();
        store::audit::append(&mut tx, "somebody", "did", &number.to_string()).await.unwrap();
        tx.commit().await.unwrap();
    };
    let before = audited(&desk).await;
    for round in 0..5 {
        tokio::join!(write(round), write(round), write(round), write(round), write(round), write(round), write(round));
    }
    assert_eq!(audited(&desk).await - before, 35);
    let mut tx = desk.store.read(desk.tenant).await.unwrap();
    assert_eq!(store::audit::first_broken(&mut tx).await.unwrap(), None);
}

async fn audited(desk: &Desk) -> usize {
    let mut tx = desk.store.read(desk.tenant).await.unwrap();
    store::audit::newest(&mut tx, 1_000).await.unwrap().len()
}

async fn another_tenant_sees_and_changes_nothing(desk: Desk) {
    let other = neighbour(&desk).await;
    let mut tx = desk.store.write(other).await.unwrap();
    assert_eq!(customers::find(&mut tx, desk.customer).await.unwrap(), None);
    let seen = resources::all(&mut tx).await.unwrap();
    assert!(seen.iter().all(|resource| !desk.resources.contains(&resource.id)));
    // A reference into another tenant cannot be stored: keys are composite.
    assert!(conversations::get_or_create(&mut tx, desk.channel, desk.customer, "x", desk.env.now()).await.is_err());
}

async fn a_deleted_tenant_leaves_nothing_and_another_stays(desk: Desk) {
    let other = neighbour(&desk).await;
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    store::tenants::delete(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = desk.store.platform().await.unwrap();
    let left: Vec<_> = store::tenants::all(&mut tx).await.unwrap().into_iter().map(|tenant| tenant.id).collect();
    assert_eq!(left, [other]);
}

async fn variants_of_a_number_lead_to_one_customer(desk: Desk) {
    use domain::customer::Identity;
    let phone = |raw: &str| Identity::Phone(domain::Phone::parse(raw).unwrap());
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let first = customers::get_or_create(&mut tx, &[phone("5215512345678")], "").await.unwrap();
    assert_eq!(first, desk.customer, "521 and 52 are one line");
    let scoped = Identity::Scoped("MX.900".into());
    let both = customers::get_or_create(&mut tx, &[phone("+551187654321"), scoped.clone()], "Rui").await.unwrap();
    assert_eq!(customers::get_or_create(&mut tx, &[scoped], "").await.unwrap(), both, "without a phone");
    assert_eq!(
        customers::get_or_create(&mut tx, &[phone("+5511987654321")], "").await.unwrap(),
        both,
        "with the ninth digit"
    );
}

async fn the_chain_shows_where_it_was_tampered_with(desk: Desk) {
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    for number in 1..=3 {
        store::audit::append(&mut tx, "mem_1", "cancelled", &format!("bkg_{number}")).await.unwrap();
    }
    assert_eq!(store::audit::first_broken(&mut tx).await.unwrap(), None);
    tx.commit().await.unwrap();
    tamper(&desk, "UPDATE audit SET subject = 'bkg_9' WHERE seq = 2").await;
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    assert_eq!(store::audit::first_broken(&mut tx).await.unwrap(), Some(2));
}

/// Statements behind the store's back, as somebody with the file or the owner's password would.
pub(crate) async fn tamper(desk: &Desk, sql: &'static str) {
    if desk.url.starts_with("sqlite:") {
        let mut conn = sqlx::SqliteConnection::connect(&desk.url).await.unwrap();
        sqlx::raw_sql(sql).execute(&mut conn).await.unwrap();
    } else {
        let mut conn = sqlx::PgConnection::connect(&desk.url).await.unwrap();
        sqlx::raw_sql(sql).execute(&mut conn).await.unwrap();
    }
}

async fn threads_are_paged_by_cursor(desk: Desk) {
    use domain::message::{Author, Body, Message};
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let talk = conversations::get_or_create(&mut tx, desk.channel, desk.customer, "52", desk.env.now()).await.unwrap();
    for number in 0..25 {
        desk.clock.advance(1);
        let message = Message {
            id: desk.env.id(),
            conversation: talk.id,
            author: Author::Customer,
            body: Body::text(number.to_string()),
            provider_id: Some(format!("wamid.{number}")),
            reply_to: None,
            ticks: None,
            failure: None,
            at: desk.env.now(),
        };
        assert!(store::messages::insert(&mut tx, &message).await.unwrap());
        assert!(
            !store::messages::insert(&mut tx, &Message { id: desk.env.id(), ..message }).await.unwrap(),
            "seen before"
        );
    }
    let newest = store::messages::thread(&mut tx, talk.id, None, 10).await.unwrap();
    assert_eq!(
        newest.iter().map(|message| message.body.words()).collect::<Vec<_>>().join(" "),
        "15 16 17 18 19 20 21 22 23 24"
    );
    let cursor = newest.first().map(|message| (message.at, message.id));
    let older = store::messages::thread(&mut tx, talk.id, cursor, 10).await.unwrap();
    assert_eq!(older.last().unwrap().body.words(), "14");
}

#[tokio::test]
async fn a_second_process_on_the_same_file_is_refused_with_the_reason() {
    let desk = Desk::sqlite().await;
    let config = StoreConfig {
        url: desk.url.clone(),
        master_key: [7; 32],
        connections: 2,
        patience: std::time::Duration::from_secs(5),
    };
    let Err(refused) = Store::open(&config, desk.env.clone()).await else { panic!("opened twice") };
    assert!(
        matches!(&refused, StoreError::AlreadyRunning(holder) if holder.contains(&std::process::id().to_string())),
        "{refused}"
    );
}

#[tokio::test]
async fn the_server_s_role_sees_no_row_without_a_tenant_and_owns_no_table() {
    let desk = Desk::postgres().await;
    let pool = sqlx::PgPool::connect(&desk.url).await.unwrap();
    let mut conn = pool.acquire().await.unwrap();
    let open: Vec<(String,)> = sqlx::query_as(
        "SELECT c.table_name FROM information_schema.columns c JOIN pg_class t ON t.relname = c.table_name
         WHERE c.table_schema = 'public' AND c.column_name = 'tenant_id' AND NOT (t.relrowsecurity AND t.relforcerowsecurity)",
    )
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    assert_eq!(open, [], "tables without forced row-level security");
    sqlx::query("SET ROLE frontdesk_app").execute(&mut *conn).await.unwrap();
    for table in ["customers", "messages", "bookings", "claims", "resources", "tenants", "channels"] {
        let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        let (rows,): (i64,) = sqlx::query_as(sql).fetch_one(&mut *conn).await.unwrap();
        assert_eq!(rows, 0, "{table}");
    }
    // After a transaction with a tenant the setting reads '', which must not be an error and not a tenant.
    sqlx::raw_sql("BEGIN; SET LOCAL app.tenant = '00000000-0000-0000-0000-000000000001'; COMMIT")
        .execute(&mut *conn)
        .await
        .unwrap();
    let (rows,): (i64,) = sqlx::query_as("SELECT count(*) FROM customers").fetch_one(&mut *conn).await.unwrap();
    assert_eq!(rows, 0);
}
