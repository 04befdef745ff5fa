//! How the engines carry out the queries that everybody waits for: by an index bounded on both sides, whatever lies
//! behind the window. On PostgreSQL under row-level security, where `&&` would read a tenant's whole history.

use domain::{Env, TenantId};
use sqlx::{AssertSqlSafe, Connection, Row};
use std::sync::Arc;
use uuid::Uuid;

#[path = "piles/tests.rs"]
mod piles;

use crate::{
    Store, StoreConfig, blocks, bookings, claims, engine::on, fair, inbox, outside_calendars as elsewhere, visits,
};

#[derive(Clone, Copy)]
enum Bound {
    Id(Uuid),
    At(i64),
    Text(&'static str),
}

struct Nothing;

impl domain::Clock for Nothing {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }
}

impl domain::Random for Nothing {
    fn fill(&self, _bytes: &mut [u8]) {}
}

const HOUR: i64 = 3_600_000_000;
/// The middle of what [`FILL`] writes.
const NOW: i64 = 2_000 * HOUR;

fn own() -> TenantId {
    TenantId(Uuid::from_u128(1))
}

async fn open(url: &str) -> Store {
    let env = Env::new(Arc::new(Nothing), Arc::new(Nothing));
    let config = StoreConfig {
        url: url.to_owned(),
        master_key: [7; 32],
        connections: 2,
        patience: std::time::Duration::from_secs(5),
    };
    let store = Store::open(&config, env.clone()).await.unwrap();
    store.migrate().await.unwrap();
    store.close().await;
    drop(store);
    Store::open(&config, env).await.unwrap()
}

/// What the engine says it will do, in one text.
async fn plan(store: &Store, how: &str, sql: &str, bounds: &[Bound]) -> String {
    let mut tx = store.read(own()).await.unwrap();
    let text = format!("{how} {sql}");
    let lines: Vec<String> = on!(tx, |conn| {
        let mut query = sqlx::query(AssertSqlSafe(text));
        for bound in bounds {
            query = match bound {
                Bound::Id(id) => query.bind(*id),
                Bound::At(at) => query.bind(*at),
                Bound::Text(text) => query.bind(*text),
            };
        }
        let rows = query.fetch_all(conn).await.unwrap();
        rows.iter().map(|row| row.get::<String, _>(row.len() - 1)).collect()
    });
    lines.join("\n")
}

/// The queries, what they are asked with, and the index each must come in by.
fn hot() -> Vec<(&'static str, &'static str, Vec<Bound>, &'static str)> {
    let tenant = Bound::Id(own().0);
    let (from, to, before) = (Bound::At(NOW), Bound::At(NOW + 48 * HOUR), Bound::At(NOW - 48 * HOUR));
    let resource = Bound::Id(Uuid::from_u128(3));
    vec![
        ("what is taken in a window", claims::TOUCHING, vec![tenant, from, to, before], "claims_window"),
        ("what was given lately", visits::GIVEN, vec![tenant, from, to], "claims_window"),
        ("free seats of one stretch", claims::FREE_SEATS, vec![tenant, resource, from, to, before], "claims_window"),
        ("bookings of a window", bookings::TOUCHING, vec![tenant, from, to, before], "bookings_window"),
        ("holds past their time", bookings::EXPIRED, vec![tenant, from], "bookings_holds"),
        ("busy elsewhere in a window", elsewhere::TOUCHING, vec![tenant, from, to, before], "outside_busy_until"),
        ("blocks of a window", blocks::TOUCHING, vec![tenant, from, to], "blocks_until"),
        (
            "what waits in a lane",
            inbox::PENDING,
            vec![tenant, resource, Bound::Text("peer"), Bound::At(50)],
            "inbox_waiting",
        ),
        (
            "whose turn it is",
            fair::LANES,
            vec![from, from, tenant, Bound::At(16), Bound::Id(Uuid::nil())],
            "lanes_waiting",
        ),
    ]
}

#[tokio::test]
async fn sqlite_comes_in_by_the_index_and_scans_no_table() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&format!("sqlite:{}", folder.path().join("plans.sqlite").display())).await;
    for (what, sql, bounds, index) in hot() {
        let plan = plan(&store, "EXPLAIN QUERY PLAN", sql, &bounds).await;
        assert!(plan.contains(index), "{what}:\n{plan}");
        // What the hops themselves find is gone through.
        let hops = ["first", "line", "ahead", "behind", "round"];
        let scans = plan.lines().filter(|line| line.starts_with("SCAN") && !hops.iter().any(|hop| line.contains(hop)));
        assert_eq!(scans.collect::<Vec<_>>(), Vec::<&str>::new(), "{what}:\n{plan}");
    }
    for (queue, sql, index) in [
        ("lanes", fair::ANY_LANE, "lanes_waiting"),
        ("outbox", fair::ANY_DEPARTURE, "outbox_waiting"),
        ("jobs", fair::ANY_JOB, "jobs_waiting"),
    ] {
        let plan = plan(&store, "EXPLAIN QUERY PLAN", sql, &[]).await;
        assert!(plan.contains(index) && !plan.contains(&format!("SCAN {queue}")), "{queue}:\n{plan}");
    }
    let taken = plan(&store, "EXPLAIN QUERY PLAN", claims::TOUCHING, &[]).await;
    let bounded = "claims_window (tenant_id=? AND resource_id=? AND from_us>? AND from_us<?)";
    assert!(taken.contains(bounded), "bounded from below too:\n{taken}");
    for (what, sql) in [("taken", claims::TOUCHING), ("given", visits::GIVEN)] {
        let plan = plan(&store, "EXPLAIN QUERY PLAN", sql, &[]).await;
        assert!(plan.contains("COVERING INDEX claims_window"), "{what}: the table is not read\n{plan}");
    }
}

/// A tenant with years of bookings and one with few.
const FILL: &str = "SET session_replication_role = replica;
    INSERT INTO resources (tenant_id, id, location_id, kind, name, skills, capacity, active, hours, weight, position)
        SELECT lpad('1', 32, '0')::uuid, lpad(to_hex(r), 32, '0')::uuid, lpad('1', 32, '0')::uuid, '', '', '[]', 1, TRUE, '[]', 1, r
        FROM generate_series(1, 10) r;
    INSERT INTO claims (tenant_id, booking_id, resource_id, seat, from_us, to_us, live)
        SELECT lpad('1', 32, '0')::uuid, gen_random_uuid(), lpad(to_hex(r), 32, '0')::uuid, 1, h * 3600000000, h * 3600000000 + 1800000000, TRUE
        FROM generate_series(1, 10) r, generate_series(1, 2500) h;
    INSERT INTO bookings (tenant_id, id, location_id, customer_id, state, from_us, to_us, wall, items, quote, party, note, source, hold_until_us, version, created_us)
        SELECT lpad('1', 32, '0')::uuid, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
            CASE WHEN h % 100 = 0 THEN 'held' ELSE 'confirmed' END, h * 900000000::bigint, h * 900000000::bigint + 1, '', '', '', 1, '', '', h * 900000000::bigint, 1, 1
        FROM generate_series(1, 10000) h;
    INSERT INTO blocks (tenant_id, id, resource_id, from_us, to_us, reason)
        SELECT lpad('1', 32, '0')::uuid, gen_random_uuid(), lpad('3', 32, '0')::uuid, h * 900000000::bigint, h * 900000000::bigint + 1, ''
        FROM generate_series(1, 8300) h;
    INSERT INTO outside_busy (tenant_id, calendar_id, resource_id, from_us, to_us)
        SELECT lpad('1', 32, '0')::uuid, gen_random_uuid(), lpad('3', 32, '0')::uuid, h * 900000000::bigint, h * 900000000::bigint + 1
        FROM generate_series(1, 8300) h;
    INSERT INTO inbox (tenant_id, channel_id, provider_id, peer, event, received_us)
        SELECT lpad('1', 32, '0')::uuid, lpad('3', 32, '0')::uuid, h::text, 'peer' || h / 2, '', 1 FROM generate_series(1, 5000) h;
    INSERT INTO lanes (tenant_id, channel_id, peer, waiting, ready_us)
        SELECT lpad(to_hex(h % 3 + 1), 32, '0')::uuid, lpad('3', 32, '0')::uuid, h::text, TRUE, h FROM generate_series(1, 5000) h;";

#[tokio::test]
async fn postgresql_comes_in_by_the_index_under_row_level_security() {
    let url = pgtest::database().unwrap();
    let store = open(&url).await;
    let mut owner = sqlx::PgConnection::connect(&url).await.unwrap();
    sqlx::raw_sql(FILL).execute(&mut owner).await.unwrap();
    sqlx::raw_sql("VACUUM ANALYZE").execute(&mut owner).await.unwrap();
    for (what, sql, bounds, index) in hot() {
        let plan = plan(&store, "EXPLAIN", sql, &bounds).await;
        assert!(plan.contains(index), "{what}:\n{plan}");
        assert!(
            !plan.contains("claims_no_overlap"),
            "the constraint guards writes and serves no reads: {what}:\n{plan}"
        );
        let scanned = ["claims", "bookings", "outside_busy", "blocks", "inbox", "lanes"]
            .map(|table| format!("Seq Scan on {table}"));
        assert!(!scanned.iter().any(|scan| plan.contains(scan)), "{what}:\n{plan}");
    }
}
