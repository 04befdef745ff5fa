//! Answers kept for repeated API calls: same key and body, same answer; another body is refused.

use crate::{StoreError, TenantTx, codec, engine::on};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub request_hash: String,
    pub status: u16,
    pub response: String,
}

pub async fn find(tx: &mut TenantTx, principal: &str, key: &str) -> Result<Option<Kept>, StoreError> {
    const SQL: &str =
        "SELECT request_hash, status, response FROM idempotency WHERE tenant_id = $1 AND principal = $2 AND key = $3";
    let tenant = tx.tenant();
    let row: Option<(String, i64, String)> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(principal).bind(key).fetch_optional(conn).await?);
    Ok(row.map(|(request_hash, status, response)| Kept {
        request_hash,
        status: u16::try_from(status).unwrap_or(500),
        response,
    }))
}

/// Keeps the answer with the effect it tells of, in the same transaction.
pub async fn keep(tx: &mut TenantTx, principal: &str, key: &str, kept: &Kept) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO idempotency (tenant_id, principal, key, request_hash, status, response, at_us)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let (tenant, now) = (tx.tenant(), codec::us(tx.env.now()));
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(principal)
        .bind(key)
        .bind(&kept.request_hash)
        .bind(i64::from(kept.status))
        .bind(&kept.response)
        .bind(now)
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}
