//! Logged-in browsers. Only the SHA-256 of a cookie is kept; idle and absolute expiry are checked by the reader.

use domain::{MemberId, TenantId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{PlatformTx, StoreError, codec, engine::on};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub tenant: Option<TenantId>,
    pub member: MemberId,
    /// Must come back with every form.
    pub csrf: String,
    pub created_at: Timestamp,
    pub seen_at: Timestamp,
    pub expires_at: Timestamp,
}

pub async fn insert(tx: &mut PlatformTx, token_hash: &[u8], session: &Session) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO sessions (token_hash, tenant_id, member_id, csrf, created_us, seen_us, expires_us)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(token_hash)
        .bind(session.tenant.map(|tenant| tenant.0))
        .bind(session.member.0)
        .bind(&session.csrf)
        .bind(codec::us(session.created_at))
        .bind(codec::us(session.seen_at))
        .bind(codec::us(session.expires_at))
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

pub async fn find(tx: &mut PlatformTx, token_hash: &[u8]) -> Result<Option<Session>, StoreError> {
    const SQL: &str =
        "SELECT tenant_id, member_id, csrf, created_us, seen_us, expires_us FROM sessions WHERE token_hash = $1";
    type Row = (Option<Uuid>, Uuid, String, i64, i64, i64);
    let row: Option<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(token_hash).fetch_optional(conn).await?);
    let Some((tenant, member, csrf, created, seen, expires)) = row else { return Ok(None) };
    Ok(Some(Session {
        tenant: tenant.map(TenantId),
        member: MemberId(member),
        csrf,
        created_at: codec::at(created)?,
        seen_at: codec::at(seen)?,
        expires_at: codec::at(expires)?,
    }))
}

pub async fn touch(tx: &mut PlatformTx, token_hash: &[u8], seen_at: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE sessions SET seen_us = $2 WHERE token_hash = $1";
    on!(tx, |conn| sqlx::query(SQL).bind(token_hash).bind(codec::us(seen_at)).execute(conn).await.map(|_done| ())?);
    Ok(())
}

pub async fn delete(tx: &mut PlatformTx, token_hash: &[u8]) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM sessions WHERE token_hash = $1";
    on!(tx, |conn| sqlx::query(SQL).bind(token_hash).execute(conn).await.map(|_done| ())?);
    Ok(())
}
