//! Tenants that stay on the release they have, whatever is tried or promoted.

use crate::{StoreError, TenantTx, codec, engine::on};

/// False when it was pinned already.
pub async fn pin(tx: &mut TenantTx, by: &str) -> Result<bool, StoreError> {
    const SQL: &str =
        "INSERT INTO module_pins (tenant_id, pinned_us, pinned_by) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    let (tenant, now) = (tx.tenant(), codec::us(tx.env.now()));
    let pinned =
        on!(tx, |conn| sqlx::query(SQL).bind(tenant.0).bind(now).bind(by).execute(conn).await?.rows_affected());
    Ok(pinned == 1)
}

/// False when it was not pinned.
pub async fn unpin(tx: &mut TenantTx) -> Result<bool, StoreError> {
    const SQL: &str = "DELETE FROM module_pins WHERE tenant_id = $1";
    let tenant = tx.tenant();
    let gone = on!(tx, |conn| sqlx::query(SQL).bind(tenant.0).execute(conn).await?.rows_affected());
    Ok(gone == 1)
}
