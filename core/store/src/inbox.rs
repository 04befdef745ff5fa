//! What arrived, before anything is done about it: a row here, fsynced, is what "accepted" means.
//!
//! Invariants: one row per (tenant, channel, provider id), for good; how rows come in is [`crate::intake`]'s.

use domain::{ChannelId, channel::Inbound};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    StoreError, TenantTx, codec,
    engine::on,
    lanes::{Lease, TOGETHER},
};

/// One waiting event of a lane.
#[derive(Debug, Clone)]
pub struct Pending {
    pub seq: i64,
    pub inbound: Inbound,
}

pub(crate) const PENDING: &str = "SELECT seq, provider_id, event FROM inbox
    WHERE tenant_id = $1 AND channel_id = $2 AND peer = $3 AND state = 'new' ORDER BY seq LIMIT +$4";

/// What waits in the lane, in the order it was committed, at most 50; one by one when its turns keep failing.
/// What no longer opens is set aside.
pub async fn pending(tx: &mut TenantTx, lease: &Lease) -> Result<Vec<Pending>, StoreError> {
    type Row = (i64, String, Vec<u8>);
    let tenant = tx.tenant();
    let most = if lease.attempts > TOGETHER { 1_i64 } else { 50 };
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(PENDING)
        .bind(tenant.0)
        .bind(lease.channel.0)
        .bind(&lease.peer)
        .bind(most)
        .fetch_all(conn)
        .await?);
    let mut pending = Vec::with_capacity(rows.len());
    for (seq, provider_id, event) in rows {
        match open(tx, lease.channel, &provider_id, &event) {
            Some(inbound) => pending.push(Pending { seq, inbound }),
            None => {
                tracing::error!(%tenant, seq, "an event does not open and was set aside");
                set_state(tx, &[seq], "dead").await?;
            }
        }
    }
    Ok(pending)
}

/// Whether arrivals for lanes whose names begin with `prefix` wait to be read: what they say is not known yet.
pub async fn has_unread(tx: &mut TenantTx, channel: ChannelId, prefix: &str) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT 1 FROM inbox WHERE tenant_id = $1 AND channel_id = $2 AND peer >= $3 AND peer < $4
            AND state = 'new' LIMIT 1";
    let tenant = tx.tenant();
    let row: Option<(i32,)> = on!(tx, |conn| sqlx::query_as(SQL)
        .bind(tenant.0)
        .bind(channel.0)
        .bind(prefix)
        .bind(format!("{prefix}~"))
        .fetch_optional(conn)
        .await?);
    Ok(row.is_some())
}

/// The turn took care of these.
pub async fn done(tx: &mut TenantTx, seqs: &[i64]) -> Result<(), StoreError> {
    set_state(tx, seqs, "done").await
}

/// An event that was set aside.
#[derive(Debug, Clone)]
pub struct Dead {
    pub seq: i64,
    pub channel: ChannelId,
    pub received_at: Timestamp,
    /// `None` when it does not open any more.
    pub inbound: Option<Inbound>,
    /// It never failed: a restore set it aside.
    pub restored: bool,
}

/// Events set aside, the newest first, from before `cursor`.
pub async fn dead(tx: &mut TenantTx, cursor: Option<i64>, most: u32) -> Result<Vec<Dead>, StoreError> {
    const SQL: &str = "SELECT seq, channel_id, provider_id, event, received_us, state FROM inbox
        WHERE tenant_id = $1 AND state IN ('dead', 'parked') AND seq < $2 ORDER BY seq DESC LIMIT +$3";
    type Row = (i64, Uuid, String, Vec<u8>, i64, String);
    let tenant = tx.tenant();
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL)
        .bind(tenant.0)
        .bind(cursor.unwrap_or(i64::MAX))
        .bind(i64::from(most))
        .fetch_all(conn)
        .await?);
    let mut dead = Vec::with_capacity(rows.len());
    for (seq, channel, provider_id, event, received, state) in rows {
        let channel = ChannelId(channel);
        let inbound = open(tx, channel, &provider_id, &event);
        dead.push(Dead { seq, channel, received_at: codec::at(received)?, inbound, restored: state == "parked" });
    }
    Ok(dead)
}

/// Worked on as if it had just arrived. False when it was not set aside.
pub async fn revive(tx: &mut TenantTx, seq: i64) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE inbox SET state = 'new', attempts = 0
        WHERE tenant_id = $1 AND seq = $2 AND state IN ('dead', 'parked')";
    const WAKE: &str = "UPDATE lanes SET waiting = TRUE, attempts = 0 WHERE tenant_id = $1 AND (channel_id, peer) = (
        SELECT channel_id, peer FROM inbox WHERE tenant_id = $1 AND seq = $2)";
    let tenant = tx.tenant();
    let revived = on!(tx, |conn| sqlx::query(SQL).bind(tenant.0).bind(seq).execute(conn).await?.rows_affected());
    if revived == 1 {
        on!(tx, |conn| sqlx::query(WAKE).bind(tenant.0).bind(seq).execute(conn).await.map(|_done| ())?);
    }
    Ok(revived == 1)
}

/// Put away for good; its id is remembered, so that a copy is still a copy. False when it was not set aside.
pub async fn discard(tx: &mut TenantTx, seq: i64) -> Result<bool, StoreError> {
    const SQL: &str =
        "UPDATE inbox SET state = 'discarded' WHERE tenant_id = $1 AND seq = $2 AND state IN ('dead', 'parked')";
    let tenant = tx.tenant();
    let gone = on!(tx, |conn| sqlx::query(SQL).bind(tenant.0).bind(seq).execute(conn).await?.rows_affected());
    Ok(gone == 1)
}

/// `None` when it is not what was sealed here.
fn open(tx: &TenantTx, channel: ChannelId, provider_id: &str, event: &[u8]) -> Option<Inbound> {
    let opened = tx.keys.open(tx.tenant(), &place(channel, provider_id), "event", event);
    opened.ok().and_then(|bytes| serde_json::from_slice(&bytes).ok())
}

async fn set_state(tx: &mut TenantTx, seqs: &[i64], state: &str) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE inbox SET state = $3 WHERE tenant_id = $1 AND seq = $2";
    let tenant = tx.tenant();
    for seq in seqs {
        on!(tx, |conn| sqlx::query(SQL).bind(tenant.0).bind(seq).bind(state).execute(conn).await.map(|_done| ())?);
    }
    Ok(())
}

pub(crate) fn place(channel: ChannelId, provider_id: &str) -> String {
    format!("inbox|{channel}|{provider_id}")
}
