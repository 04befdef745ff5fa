//! What is to be said: enqueued with its cause, journalled as `sending` before the first byte leaves.
//!
//! Invariants: one row per cause (`dedupe_key`); within a conversation messages leave in order;
//! only `queued` and `claimed` rows are ever run again without asking what happened; a sender that lost its claim
//! changes nothing ([`Ticket`]); a claim that came to an end takes itself back, so that those left over are the deaths.

mod claim;

use domain::{
    ChannelId, ConversationId, MessageId, OutboxId,
    delivery::{DeliveryClass, OutboxState},
    faults::Sabotage,
    message::Body,
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{StoreError, TenantTx, codec, engine::on, lanes::database_now, ticket::Ticket};

pub use claim::{Claimed, claim};

/// A message to enqueue.
#[derive(Debug, Clone)]
pub struct Departure {
    pub channel: ChannelId,
    pub conversation: ConversationId,
    pub message: MessageId,
    /// The cause: `turn:…:1`, `reminder:bkg_…:v3:24h`.
    pub dedupe_key: String,
    pub class: DeliveryClass,
    pub recipient: String,
    pub body: Body,
    pub reply_to: Option<String>,
    pub expires_at: Option<Timestamp>,
    /// The message's own time: two replies of one turn leave in its order.
    pub at: Timestamp,
}

/// False when this cause has already spoken.
pub async fn push(tx: &mut TenantTx, departure: &Departure) -> Result<bool, StoreError> {
    const SQL: &str =
        "INSERT INTO outbox (tenant_id, id, channel_id, conversation_id, message_id, dedupe_key, class, recipient,
        body, reply_to, state, next_us, expires_us, created_us)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'queued', 0, $11, $12) ON CONFLICT DO NOTHING";
    let (tenant, id) = (tx.tenant(), tx.env.id::<OutboxId>());
    let inserted = on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(id.0)
        .bind(departure.channel.0)
        .bind(departure.conversation.0)
        .bind(departure.message.0)
        .bind(&departure.dedupe_key)
        .bind(codec::json(&departure.class))
        .bind(&departure.recipient)
        .bind(codec::json(&departure.body))
        .bind(&departure.reply_to)
        .bind(departure.expires_at.map(codec::us))
        .bind(if tx.env.sabotaged(Sabotage::NewestFirst) { -codec::us(departure.at) } else { codec::us(departure.at) })
        .execute(conn)
        .await?
        .rows_affected());
    Ok(inserted == 1)
}

/// Commits that the first byte is about to leave. False when the row is not ours to send any more: do not send.
/// Until `word_wait_us` have passed nobody looks at it again: that long word of it may still come.
pub async fn begin_sending(
    tx: &mut TenantTx,
    ticket: impl Into<Ticket<OutboxId>>,
    word_wait_us: i64,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE outbox SET state = 'sending', attempts = attempts + 1, next_us = $4
        WHERE tenant_id = $1 AND id = $2 AND lease_token = coalesce($3, lease_token) AND state = 'claimed'";
    let (tenant, ticket) = (tx.tenant(), ticket.into());
    let next = database_now(&mut tx.conn).await?.saturating_add(word_wait_us);
    let changed = on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(ticket.id.0)
        .bind(ticket.token)
        .bind(next)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(changed == 1)
}

/// The provider speaks of it, or answered a holder who is none any more: it left, whatever became of our own note.
/// One that had left already left twice, and word may come of either copy.
pub async fn left(tx: &mut TenantTx, id: OutboxId, provider_id: &str) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE outbox SET state = 'sent', provider_id = $3, reason = NULL, lease_until_us = 0
        WHERE tenant_id = $1 AND id = $2 AND state <> 'sent'";
    const COPY: &str = "INSERT INTO outbox_copies (tenant_id, channel_id, provider_id, outbox_id)
        SELECT tenant_id, channel_id, $3, id FROM outbox WHERE tenant_id = $1 AND id = $2 AND provider_id <> $3
        ON CONFLICT DO NOTHING";
    let tenant = tx.tenant();
    for sql in [SQL, COPY] {
        let changed = on!(tx, |conn| sqlx::query(sql)
            .bind(tenant.0)
            .bind(id.0)
            .bind(provider_id)
            .execute(conn)
            .await?
            .rows_affected());
        if changed == 1 {
            break;
        }
    }
    Ok(())
}

/// Ends a row, or parks it. `provider_id` when it was sent, `reason` when not. What is sent stays sent; a parked row
/// still ends when word of it comes. False when nothing changed.
pub async fn settle(
    tx: &mut TenantTx,
    ticket: impl Into<Ticket<OutboxId>>,
    state: OutboxState,
    provider_id: Option<&str>,
    reason: Option<&str>,
) -> Result<bool, StoreError> {
    const SQL: &str =
        "UPDATE outbox SET state = $4, provider_id = coalesce($5, provider_id), reason = $6, lease_until_us = 0
        WHERE tenant_id = $1 AND id = $2 AND lease_token = coalesce($3, lease_token)
            AND state NOT IN ('sent', 'failed', 'expired')";
    let (tenant, ticket) = (tx.tenant(), ticket.into());
    let changed = on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(ticket.id.0)
        .bind(ticket.token)
        .bind(state.as_str())
        .bind(provider_id)
        .bind(reason)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(changed == 1)
}

/// Back into the queue after `wait_us`: it certainly did not leave.
pub async fn retry(
    tx: &mut TenantTx,
    ticket: impl Into<Ticket<OutboxId>>,
    wait_us: i64,
    reason: &str,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE outbox SET state = 'queued', claims = claims - 1, next_us = $4, reason = $5, lease_until_us = 0
        WHERE tenant_id = $1 AND id = $2 AND lease_token = coalesce($3, lease_token) AND state IN ('claimed', 'sending')";
    put_off(tx, SQL, ticket.into(), wait_us, reason).await
}

/// Nobody knows whether it left, and it goes once more: a second copy is the lesser evil.
pub async fn resend(tx: &mut TenantTx, ticket: impl Into<Ticket<OutboxId>>, reason: &str) -> Result<bool, StoreError> {
    const SQL: &str =
        "UPDATE outbox SET state = 'queued', claims = claims - 1, doubts = doubts + 1, next_us = $4, reason = $5,
            lease_until_us = 0
        WHERE tenant_id = $1 AND id = $2 AND lease_token = coalesce($3, lease_token) AND state = 'sending'";
    put_off(tx, SQL, ticket.into(), 0, reason).await
}

/// Nobody knows whether it left: looks again after `wait_us`, still in `sending`.
pub async fn wait_for_word(
    tx: &mut TenantTx,
    ticket: impl Into<Ticket<OutboxId>>,
    wait_us: i64,
    reason: &str,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE outbox SET claims = claims - 1, next_us = $4, reason = $5, lease_until_us = 0
        WHERE tenant_id = $1 AND id = $2 AND lease_token = coalesce($3, lease_token) AND state = 'sending'";
    put_off(tx, SQL, ticket.into(), wait_us, reason).await
}

async fn put_off(
    tx: &mut TenantTx,
    sql: &'static str,
    ticket: Ticket<OutboxId>,
    wait_us: i64,
    reason: &str,
) -> Result<bool, StoreError> {
    let tenant = tx.tenant();
    let next = database_now(&mut tx.conn).await?.saturating_add(wait_us);
    let changed = on!(tx, |conn| sqlx::query(sql)
        .bind(tenant.0)
        .bind(ticket.id.0)
        .bind(ticket.token)
        .bind(next)
        .bind(reason)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(changed == 1)
}

/// The row of a provider's message id, for statuses.
pub async fn by_provider_id(
    tx: &mut TenantTx,
    channel: ChannelId,
    provider_id: &str,
) -> Result<Option<(OutboxId, MessageId)>, StoreError> {
    const SQL: &str = "SELECT id, message_id FROM outbox WHERE tenant_id = $1 AND channel_id = $2 AND provider_id = $3
        UNION ALL SELECT o.id, o.message_id FROM outbox_copies c
            JOIN outbox o ON o.tenant_id = c.tenant_id AND o.id = c.outbox_id
        WHERE c.tenant_id = $1 AND c.channel_id = $2 AND c.provider_id = $3 LIMIT 1";
    let tenant = tx.tenant();
    let row: Option<(Uuid, Uuid)> = on!(tx, |conn| sqlx::query_as(SQL)
        .bind(tenant.0)
        .bind(channel.0)
        .bind(provider_id)
        .fetch_optional(conn)
        .await?);
    Ok(row.map(|(id, message)| (OutboxId(id), MessageId(message))))
}

/// The row a provider echoed our id of.
pub async fn message_of(tx: &mut TenantTx, id: OutboxId) -> Result<Option<MessageId>, StoreError> {
    const SQL: &str = "SELECT message_id FROM outbox WHERE tenant_id = $1 AND id = $2";
    let tenant = tx.tenant();
    let row: Option<(Uuid,)> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(id.0).fetch_optional(conn).await?);
    Ok(row.map(|(message,)| MessageId(message)))
}
