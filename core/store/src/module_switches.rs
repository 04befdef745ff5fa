//! Automations that an owner turned on or off; where nothing stands here, the module's own word holds.

use crate::{StoreError, TenantTx, engine::on};

pub async fn set(tx: &mut TenantTx, module: &str, automation: &str, runs: bool) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO module_switches (tenant_id, module, automation, runs) VALUES ($1, $2, $3, $4)
        ON CONFLICT (tenant_id, module, automation) DO UPDATE SET runs = excluded.runs";
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(module)
        .bind(automation)
        .bind(runs)
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

/// What the owner said of each, by key.
pub async fn all(tx: &mut TenantTx, module: &str) -> Result<Vec<(String, bool)>, StoreError> {
    const SQL: &str =
        "SELECT automation, runs FROM module_switches WHERE tenant_id = $1 AND module = $2 ORDER BY automation";
    let tenant = tx.tenant();
    Ok(on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(module).fetch_all(conn).await?))
}
