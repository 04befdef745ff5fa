//! What a tenant pays for.

use domain::plan::Plan;

use crate::{StoreError, TenantTx, engine::on};

pub async fn of(tx: &mut TenantTx) -> Result<Plan, StoreError> {
    const SQL: &str = "SELECT plan FROM tenants WHERE tenant_id = $1";
    let tenant = tx.tenant();
    let row: Option<(String,)> = on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).fetch_optional(conn).await?);
    let (plan,) = row.ok_or(StoreError::Conflict("the tenant is gone"))?;
    plan.parse().map_err(|_unknown| StoreError::Corrupt("plan"))
}

pub async fn set(tx: &mut TenantTx, plan: Plan) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE tenants SET plan = $2 WHERE tenant_id = $1";
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(SQL).bind(tenant.0).bind(plan.as_str()).execute(conn).await.map(|_done| ())?);
    Ok(())
}
