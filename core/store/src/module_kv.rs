//! What a module remembers for a tenant, under a quota.

use crate::{StoreError, TenantTx, engine::on};

/// What may be remembered of a tenant by one module: keys, and bytes of keys and values together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    pub keys: u32,
    pub bytes: u64,
}

pub async fn get(tx: &mut TenantTx, module: &str, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
    const SQL: &str = "SELECT value FROM module_kv WHERE tenant_id = $1 AND module = $2 AND key = $3";
    let tenant = tx.tenant();
    let row: Option<(Vec<u8>,)> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(module).bind(key).fetch_optional(conn).await?);
    Ok(row.map(|(value,)| value))
}

/// False when it would not fit the quota.
pub async fn set(tx: &mut TenantTx, module: &str, key: &str, value: &[u8], quota: Quota) -> Result<bool, StoreError> {
    const USED: &str = "SELECT CAST(coalesce(sum(octet_length(key) + octet_length(value)), 0) AS BIGINT), count(*) FROM module_kv WHERE tenant_id = $1 AND module = $2 AND key <> $3";
    const SQL: &str = "INSERT INTO module_kv (tenant_id, module, key, value) VALUES ($1, $2, $3, $4)
        ON CONFLICT (tenant_id, module, key) DO UPDATE SET value = excluded.value";
    let tenant = tx.tenant();
    let (used, keys): (i64, i64) =
        on!(tx, |conn| sqlx::query_as(USED).bind(tenant.0).bind(module).bind(key).fetch_one(conn).await?);
    let added = i64::try_from(key.len() + value.len()).unwrap_or(i64::MAX);
    let most = i64::try_from(quota.bytes).unwrap_or(i64::MAX);
    if used.saturating_add(added) > most || keys >= i64::from(quota.keys) {
        return Ok(false);
    }
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(module)
        .bind(key)
        .bind(value)
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(true)
}

pub async fn delete(tx: &mut TenantTx, module: &str, key: &str) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM module_kv WHERE tenant_id = $1 AND module = $2 AND key = $3";
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(SQL).bind(tenant.0).bind(module).bind(key).execute(conn).await.map(|_done| ())?);
    Ok(())
}

/// Keys that begin with `prefix`, in order, at most 100, after `after`.
pub async fn keys(tx: &mut TenantTx, module: &str, prefix: &str, after: &str) -> Result<Vec<String>, StoreError> {
    const SQL: &str = "SELECT key FROM module_kv WHERE tenant_id = $1 AND module = $2 AND key > $3
        AND substr(key, 1, CAST($4 AS INTEGER)) = $5 ORDER BY key LIMIT 100";
    let tenant = tx.tenant();
    let length = i64::try_from(prefix.chars().count()).unwrap_or(i64::MAX);
    let rows: Vec<(String,)> = on!(tx, |conn| sqlx::query_as(SQL)
        .bind(tenant.0)
        .bind(module)
        .bind(after)
        .bind(length)
        .bind(prefix)
        .fetch_all(conn)
        .await?);
    Ok(rows.into_iter().map(|(key,)| key).collect())
}

/// Makes the space `to` a copy of `from`, whatever it held.
pub async fn copy(tx: &mut TenantTx, from: &str, to: &str) -> Result<(), StoreError> {
    const CLEAR: &str = "DELETE FROM module_kv WHERE tenant_id = $1 AND module = $2";
    const SQL: &str = "INSERT INTO module_kv (tenant_id, module, key, value)
        SELECT tenant_id, $3, key, value FROM module_kv WHERE tenant_id = $1 AND module = $2";
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(CLEAR).bind(tenant.0).bind(to).execute(conn).await.map(|_done| ())?);
    on!(tx, |conn| sqlx::query(SQL).bind(tenant.0).bind(from).bind(to).execute(conn).await.map(|_done| ())?);
    Ok(())
}
