//! Customers and the aliases that lead to them.

use domain::{
    CustomerId, Language, Phone,
    customer::{Customer, Identity},
};
use uuid::Uuid;

use crate::{StoreError, TenantTx, codec, engine::on};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    name: String,
    language: Option<String>,
    note: String,
    no_shows: i64,
    member: bool,
}

impl From<Row> for Customer {
    fn from(row: Row) -> Self {
        Self {
            id: CustomerId(row.id),
            name: row.name,
            language: row.language.and_then(|tag| tag.parse::<Language>().ok()),
            note: row.note,
            no_shows: codec::count(row.no_shows),
            member: row.member,
        }
    }
}

pub async fn find(tx: &mut TenantTx, id: CustomerId) -> Result<Option<Customer>, StoreError> {
    const SQL: &str =
        "SELECT id, name, language, note, no_shows, member FROM customers WHERE tenant_id = $1 AND id = $2";
    let tenant = tx.tenant();
    let row: Option<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(id.0).fetch_optional(conn).await?);
    Ok(row.map(Customer::from))
}

/// Somebody found by an alias.
struct Known {
    id: CustomerId,
    by: Identity,
    nameless: bool,
}

/// Who any of `identities` (and every variant of a phone) leads to. The scoped id goes first: it names a person, while
/// a phone number passes from one to another. Two customers found this way are never made one here.
pub async fn by_identity(tx: &mut TenantTx, identities: &[Identity]) -> Result<Option<CustomerId>, StoreError> {
    Ok(known(tx, identities).await?.map(|known| known.id))
}

async fn known(tx: &mut TenantTx, identities: &[Identity]) -> Result<Option<Known>, StoreError> {
    const SQL: &str = "SELECT i.customer_id, c.name = '' FROM customer_identities i
        JOIN customers c ON c.tenant_id = i.tenant_id AND c.id = i.customer_id
        WHERE i.tenant_id = $1 AND i.kind = $2 AND i.value = $3";
    let tenant = tx.tenant();
    let (scoped, others): (Vec<&Identity>, Vec<&Identity>) =
        identities.iter().partition(|identity| matches!(identity, Identity::Scoped(_)));
    for alias in scoped.into_iter().chain(others).flat_map(aliases) {
        let row: Option<(Uuid, bool)> = on!(tx, |conn| sqlx::query_as(SQL)
            .bind(tenant.0)
            .bind(alias.kind())
            .bind(alias.value())
            .fetch_optional(conn)
            .await?);
        if let Some((id, nameless)) = row {
            return Ok(Some(Known { id: CustomerId(id), by: alias, nameless }));
        }
    }
    Ok(None)
}

/// The customer behind `identities`, made on the first message. New aliases of a known customer are learnt.
pub async fn get_or_create(tx: &mut TenantTx, identities: &[Identity], name: &str) -> Result<CustomerId, StoreError> {
    Ok(meet(tx, identities, name).await?.0)
}

/// The same, and whether we never knew them.
pub async fn meet(tx: &mut TenantTx, identities: &[Identity], name: &str) -> Result<(CustomerId, bool), StoreError> {
    let known = known(tx, identities).await?;
    let id = match &known {
        Some(known) => {
            if known.nameless {
                name_the_nameless(tx, known.id, name).await?;
            }
            known.id
        }
        None => create(tx, name).await?,
    };
    const SQL: &str = "INSERT INTO customer_identities (tenant_id, kind, value, customer_id) VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING";
    let tenant = tx.tenant();
    let new = |alias: &&Identity| known.as_ref().is_none_or(|known| known.by != **alias);
    for alias in identities.iter().filter(new) {
        on!(tx, |conn| sqlx::query(SQL)
            .bind(tenant.0)
            .bind(alias.kind())
            .bind(alias.value())
            .bind(id.0)
            .execute(conn)
            .await
            .map(|_done| ())?);
    }
    Ok((id, known.is_none()))
}

/// Somebody we wrote to first tells their name with their first message. A name that is there stays.
async fn name_the_nameless(tx: &mut TenantTx, id: CustomerId, name: &str) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE customers SET name = $3 WHERE tenant_id = $1 AND id = $2 AND name = ''";
    let tenant = tx.tenant();
    if !name.is_empty() {
        on!(tx, |conn| sqlx::query(SQL).bind(tenant.0).bind(id.0).bind(name).execute(conn).await.map(|_done| ())?);
    }
    Ok(())
}

async fn create(tx: &mut TenantTx, name: &str) -> Result<CustomerId, StoreError> {
    const SQL: &str = "INSERT INTO customers (tenant_id, id, name, created_us) VALUES ($1, $2, $3, $4)";
    let (tenant, id, now) = (tx.tenant(), tx.env.id::<CustomerId>(), tx.env.now());
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(id.0)
        .bind(name)
        .bind(codec::us(now))
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(id)
}

pub async fn set_name(tx: &mut TenantTx, id: CustomerId, name: &str) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE customers SET name = $3 WHERE tenant_id = $1 AND id = $2";
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(SQL).bind(tenant.0).bind(id.0).bind(name).execute(conn).await.map(|_done| ())?);
    Ok(())
}

/// Whether the customer pays members' prices.
pub async fn set_member(tx: &mut TenantTx, id: CustomerId, member: bool) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE customers SET member = $3 WHERE tenant_id = $1 AND id = $2";
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(SQL).bind(tenant.0).bind(id.0).bind(member).execute(conn).await.map(|_done| ())?);
    Ok(())
}

pub(crate) async fn count_no_shows(tx: &mut TenantTx, id: CustomerId, more: i64) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE customers SET no_shows = no_shows + $3 WHERE tenant_id = $1 AND id = $2";
    if more == 0 {
        return Ok(());
    }
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(SQL).bind(tenant.0).bind(id.0).bind(more).execute(conn).await.map(|_done| ())?);
    Ok(())
}

/// Whether the customer asked not to be written to.
pub async fn set_opted_out(tx: &mut TenantTx, id: CustomerId, opted_out: bool) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE customers SET opted_out = $3 WHERE tenant_id = $1 AND id = $2";
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(SQL).bind(tenant.0).bind(id.0).bind(opted_out).execute(conn).await.map(|_done| ())?);
    Ok(())
}

pub async fn is_opted_out(tx: &mut TenantTx, id: CustomerId) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT opted_out FROM customers WHERE tenant_id = $1 AND id = $2";
    let tenant = tx.tenant();
    let row: Option<(bool,)> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(id.0).fetch_optional(conn).await?);
    Ok(row.is_some_and(|(opted_out,)| opted_out))
}

/// The customer's phone as shown to members, if one is known.
pub async fn phone(tx: &mut TenantTx, id: CustomerId) -> Result<Option<Phone>, StoreError> {
    const SQL: &str =
        "SELECT value FROM customer_identities WHERE tenant_id = $1 AND customer_id = $2 AND kind = 'phone'
        ORDER BY value LIMIT 1";
    let tenant = tx.tenant();
    let row: Option<(String,)> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(id.0).fetch_optional(conn).await?);
    Ok(row.and_then(|(value,)| Phone::parse(&value).ok()))
}

fn aliases(identity: &Identity) -> Vec<Identity> {
    match identity {
        Identity::Phone(phone) => phone.variants().into_iter().map(Identity::Phone).collect(),
        Identity::Scoped(_) | Identity::Lid(_) => vec![identity.clone()],
    }
}
