//! Which turn took care of which arrivals: one row per committed turn, under the token its lane had.

use crate::{StoreError, TenantTx, codec, engine::on, lanes::Lease};

/// Commits with the turn. A second turn under the same token cannot be.
pub async fn record(tx: &mut TenantTx, lease: &Lease, seqs: &[i64]) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO turns (tenant_id, channel_id, peer, token, seqs, at_us)
        VALUES ($1, $2, $3, $4, $5, $6)";
    if seqs.is_empty() {
        return Ok(());
    }
    let (tenant, now) = (tx.tenant(), codec::us(tx.env.now()));
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(lease.channel.0)
        .bind(&lease.peer)
        .bind(lease.token)
        .bind(codec::json(&seqs))
        .bind(now)
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}
