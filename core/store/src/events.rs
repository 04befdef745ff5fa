//! The feed that dashboards follow: what changed, not how.

use crate::{StoreError, TenantTx, codec, engine::on};

/// One change. `subject` is the public id of what changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub seq: i64,
    pub kind: String,
    pub subject: String,
}

pub async fn push(tx: &mut TenantTx, kind: &str, subject: impl std::fmt::Display) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO events (tenant_id, kind, subject, at_us) VALUES ($1, $2, $3, $4)";
    let (tenant, now, subject) = (tx.tenant(), codec::us(tx.env.now()), subject.to_string());
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(kind)
        .bind(&subject)
        .bind(now)
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

/// What happened after `seq`, oldest first, at most 200.
pub async fn after(tx: &mut TenantTx, seq: i64) -> Result<Vec<Change>, StoreError> {
    const SQL: &str = "SELECT seq, kind, subject FROM events WHERE tenant_id = $1 AND seq > $2 ORDER BY seq LIMIT 200";
    let tenant = tx.tenant();
    let rows: Vec<(i64, String, String)> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(seq).fetch_all(conn).await?);
    Ok(rows.into_iter().map(|(seq, kind, subject)| Change { seq, kind, subject }).collect())
}

/// Where the feed stands.
pub async fn latest(tx: &mut TenantTx) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT coalesce(max(seq), 0) FROM events WHERE tenant_id = $1";
    let tenant = tx.tenant();
    let (seq,): (i64,) = on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).fetch_one(conn).await?);
    Ok(seq)
}
