//! Tenants: found by slug before anything else is known.

use domain::{
    Currency, Language, TenantId,
    tenant::{BookingPolicy, Tenant, TenantStatus},
};
use uuid::Uuid;

use crate::{PlatformTx, StoreError, TenantTx, codec, engine::on};

#[derive(sqlx::FromRow)]
struct Row {
    tenant_id: Uuid,
    slug: String,
    name: String,
    language: String,
    currency: String,
    status: String,
    policy: String,
}

impl Row {
    fn tenant(self) -> Result<Tenant, StoreError> {
        Ok(Tenant {
            id: TenantId(self.tenant_id),
            slug: self.slug,
            name: self.name,
            language: self.language.parse::<Language>().map_err(|_unknown| StoreError::Corrupt("language"))?,
            currency: self.currency.parse::<Currency>().map_err(|_unknown| StoreError::Corrupt("currency"))?,
            status: if self.status == "active" { TenantStatus::Active } else { TenantStatus::Suspended },
            policy: codec::from_json(&self.policy, "policy")?,
        })
    }
}

pub async fn insert(tx: &mut TenantTx, tenant: &Tenant) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO tenants (tenant_id, slug, name, language, currency, status, policy)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.id.0)
        .bind(&tenant.slug)
        .bind(&tenant.name)
        .bind(tenant.language.tag())
        .bind(tenant.currency.code())
        .bind(if tenant.status == TenantStatus::Active { "active" } else { "suspended" })
        .bind(codec::json(&tenant.policy))
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

pub async fn own(tx: &mut TenantTx) -> Result<Tenant, StoreError> {
    const SQL: &str =
        "SELECT tenant_id, slug, name, language, currency, status, policy FROM tenants WHERE tenant_id = $1";
    let tenant = tx.tenant();
    let row: Option<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).fetch_optional(conn).await?);
    row.ok_or(StoreError::Conflict("the tenant is gone"))?.tenant()
}

/// Whether the transaction's tenant is still there.
pub async fn exists(tx: &mut TenantTx) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT slug FROM tenants WHERE tenant_id = $1";
    let tenant = tx.tenant();
    let row: Option<(String,)> = on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).fetch_optional(conn).await?);
    Ok(row.is_some())
}

pub async fn by_slug(tx: &mut PlatformTx, slug: &str) -> Result<Option<Tenant>, StoreError> {
    const SQL: &str = "SELECT tenant_id, slug, name, language, currency, status, policy FROM tenants WHERE slug = $1";
    let row: Option<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(slug).fetch_optional(conn).await?);
    row.map(Row::tenant).transpose()
}

pub async fn all(tx: &mut PlatformTx) -> Result<Vec<Tenant>, StoreError> {
    const SQL: &str = "SELECT tenant_id, slug, name, language, currency, status, policy FROM tenants ORDER BY slug";
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL).fetch_all(conn).await?);
    rows.into_iter().map(Row::tenant).collect()
}

/// The owner's rules for bookings, from now on.
pub async fn set_policy(tx: &mut TenantTx, policy: &BookingPolicy) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE tenants SET policy = $2 WHERE tenant_id = $1";
    let tenant = tx.tenant();
    let policy = codec::json(policy);
    on!(tx, |conn| sqlx::query(SQL).bind(tenant.0).bind(&policy).execute(conn).await.map(|_done| ())?);
    Ok(())
}

/// Removes the tenant and everything of it. There is no way back.
pub async fn delete(tx: &mut TenantTx) -> Result<(), StoreError> {
    // Tables without a foreign key to the tenant first; the rest goes with it.
    const SQL: [&str; 12] = [
        "DELETE FROM claims WHERE tenant_id = $1",
        "DELETE FROM bookings WHERE tenant_id = $1",
        "DELETE FROM inbox WHERE tenant_id = $1",
        "DELETE FROM quarantine WHERE tenant_id = $1",
        "DELETE FROM lanes WHERE tenant_id = $1",
        "DELETE FROM outbox WHERE tenant_id = $1",
        "DELETE FROM status_early WHERE tenant_id = $1",
        "DELETE FROM jobs WHERE tenant_id = $1",
        "DELETE FROM events WHERE tenant_id = $1",
        "DELETE FROM audit WHERE tenant_id = $1",
        "DELETE FROM sessions WHERE tenant_id = $1",
        "DELETE FROM tenants WHERE tenant_id = $1",
    ];
    let tenant = tx.tenant();
    for sql in SQL {
        on!(tx, |conn| sqlx::query(sql).bind(tenant.0).execute(conn).await.map(|_done| ())?);
    }
    Ok(())
}

/// Bookings made and conversations active in the last `days`, for the platform's list.
pub async fn activity(tx: &mut TenantTx, days: i64) -> Result<(u64, u64), StoreError> {
    const BOOKINGS: &str = "SELECT count(*) FROM bookings WHERE tenant_id = $1 AND created_us > $2";
    const TALKS: &str = "SELECT count(*) FROM conversations WHERE tenant_id = $1 AND last_message_us > $2";
    let (tenant, since) = (tx.tenant(), codec::us(tx.env.now()).saturating_sub(days * 86_400_000_000));
    let (bookings,): (i64,) =
        on!(tx, |conn| sqlx::query_as(BOOKINGS).bind(tenant.0).bind(since).fetch_one(conn).await?);
    let (talks,): (i64,) = on!(tx, |conn| sqlx::query_as(TALKS).bind(tenant.0).bind(since).fetch_one(conn).await?);
    Ok((u64::try_from(bookings).unwrap_or(0), u64::try_from(talks).unwrap_or(0)))
}
