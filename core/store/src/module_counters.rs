//! What modules count for report tiles: sums by day.

use crate::{StoreError, TenantTx, engine::on};

/// Adds to the sum of `day` (`2026-03-05`, UTC).
pub async fn add(tx: &mut TenantTx, module: &str, key: &str, day: &str, amount: i64) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO module_counters (tenant_id, module, key, day, amount) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (tenant_id, module, key, day) DO UPDATE SET amount = module_counters.amount + excluded.amount";
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(module)
        .bind(key)
        .bind(day)
        .bind(amount)
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

/// Sums since `day`, by key.
pub async fn since(tx: &mut TenantTx, module: &str, day: &str) -> Result<Vec<(String, i64)>, StoreError> {
    const SQL: &str = "SELECT key, CAST(sum(amount) AS BIGINT) FROM module_counters
        WHERE tenant_id = $1 AND module = $2 AND day >= $3 GROUP BY key ORDER BY key";
    let tenant = tx.tenant();
    Ok(on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(module).bind(day).fetch_all(conn).await?))
}
