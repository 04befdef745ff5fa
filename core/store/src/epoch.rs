//! What a restored copy may do: nothing that the original may have done since, until somebody says so.
//!
//! Invariant: after [`begin_after_restore`] no message, event or due job of the copy moves by itself; a copy knows
//! by its epoch that it is one.

use domain::delivery::DeliveryClass;

use crate::{PlatformTx, StoreError, TenantTx, engine::on};

const KEY: &str = "epoch";
/// Why a row stands still; [`release`] looks for it.
const REASON: &str = "restored from a backup";

/// How often this data was restored.
pub async fn current(tx: &mut PlatformTx) -> Result<u64, StoreError> {
    const SQL: &str = "SELECT value FROM meta WHERE key = $1";
    let row: Option<(String,)> = on!(tx, |conn| sqlx::query_as(SQL).bind(KEY).fetch_optional(conn).await?);
    row.map_or(Ok(0), |(value,)| value.parse().map_err(|_not_a_number| StoreError::Corrupt("epoch")))
}

/// What was parked or let go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    pub messages: u64,
    pub events: u64,
    pub jobs: u64,
}

/// Raises the epoch and parks everything that the original may have done after the copy was made.
pub async fn begin_after_restore(tx: &mut PlatformTx) -> Result<Moved, StoreError> {
    const EPOCH: &str =
        "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    const MESSAGES: &str = "UPDATE outbox SET state = 'parked', reason = $1, lease_until_us = 0
        WHERE state IN ('queued', 'claimed', 'sending') AND tenant_id IS NOT NULL";
    const EVENTS: &str = "UPDATE inbox SET state = 'parked' WHERE state = 'new' AND tenant_id IS NOT NULL";
    const LANES: &str = "UPDATE lanes SET waiting = FALSE, lease_until_us = 0 WHERE tenant_id IS NOT NULL";
    const JOBS: &str = "UPDATE jobs SET state = 'parked', reason = $1, lease_until_us = 0
        WHERE state = 'queued' AND run_us <= $2 AND tenant_id IS NOT NULL";
    let epoch = (current(tx).await? + 1).to_string();
    on!(tx, |conn| sqlx::query(EPOCH).bind(KEY).bind(epoch).execute(conn).await.map(|_done| ())?);
    let messages = on!(tx, |conn| sqlx::query(MESSAGES).bind(REASON).execute(conn).await?.rows_affected());
    let events = on!(tx, |conn| sqlx::query(EVENTS).execute(conn).await?.rows_affected());
    on!(tx, |conn| sqlx::query(LANES).execute(conn).await.map(|_done| ())?);
    let now = crate::codec::us(tx.env.now());
    let jobs = on!(tx, |conn| sqlx::query(JOBS).bind(REASON).bind(now).execute(conn).await?.rows_affected());
    Ok(Moved { messages, events, jobs })
}

/// Parks what waits for its customer to write, because the original may have heard them; how much. For each tenant,
/// before [`begin_after_restore`].
pub async fn park_waiting(tx: &mut TenantTx) -> Result<u64, StoreError> {
    const PARK: &str = "INSERT INTO outbox (tenant_id, id, channel_id, conversation_id, message_id, dedupe_key, class,
            recipient, body, state, next_us, expires_us, created_us, reason)
        SELECT held.tenant_id, held.message_id, talk.channel_id, held.conversation_id, held.message_id, held.dedupe_key,
            $2, talk.address, held.body, 'parked', 0, held.expires_us, held.created_us, $3
        FROM waiting_messages held JOIN conversations talk
            ON talk.tenant_id = held.tenant_id AND talk.id = held.conversation_id
        WHERE held.tenant_id = $1 ON CONFLICT DO NOTHING";
    const FORGET: &str = "DELETE FROM waiting_messages WHERE tenant_id = $1";
    let (tenant, class) = (tx.tenant(), crate::codec::json(&DeliveryClass::NeverLost));
    let parked =
        on!(tx, |conn| sqlx::query(PARK).bind(tenant.0).bind(class).bind(REASON).execute(conn).await?.rows_affected());
    on!(tx, |conn| sqlx::query(FORGET).bind(tenant.0).execute(conn).await.map(|_done| ())?);
    Ok(parked)
}

/// Lets everything go that a restore parked: whoever says so has made sure that the original did none of it.
pub async fn release(tx: &mut PlatformTx) -> Result<Moved, StoreError> {
    const MESSAGES: &str = "UPDATE outbox SET state = 'queued', next_us = 0, reason = NULL
        WHERE state = 'parked' AND reason = $1 AND tenant_id IS NOT NULL";
    const LANES: &str = "UPDATE lanes SET waiting = TRUE WHERE EXISTS (
        SELECT 1 FROM inbox WHERE inbox.tenant_id = lanes.tenant_id AND inbox.channel_id = lanes.channel_id
            AND inbox.peer = lanes.peer AND inbox.state = 'parked')";
    const EVENTS: &str = "UPDATE inbox SET state = 'new' WHERE state = 'parked' AND tenant_id IS NOT NULL";
    const JOBS: &str = "UPDATE jobs SET state = 'queued', reason = NULL
        WHERE state = 'parked' AND reason = $1 AND tenant_id IS NOT NULL";
    let messages = on!(tx, |conn| sqlx::query(MESSAGES).bind(REASON).execute(conn).await?.rows_affected());
    on!(tx, |conn| sqlx::query(LANES).execute(conn).await.map(|_done| ())?);
    let events = on!(tx, |conn| sqlx::query(EVENTS).execute(conn).await?.rows_affected());
    let jobs = on!(tx, |conn| sqlx::query(JOBS).bind(REASON).execute(conn).await?.rows_affected());
    Ok(Moved { messages, events, jobs })
}
