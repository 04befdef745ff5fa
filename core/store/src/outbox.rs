//! What is to be said: enqueued with its cause, journalled as `sending` before the first byte leaves.
//!
//! Invariants: one row per cause (`dedupe_key`); within a conversation messages leave in order;
//! only `queued` and `claimed` rows are ever run again without asking what happened.

use domain::{
    ChannelId, ConversationId, MessageId, OutboxId, TenantId,
    delivery::{DeliveryClass, OutboxState},
    message::Body,
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    PlatformTx, StoreError, TenantTx, codec,
    engine::{Engine, on},
    lanes::database_now,
};

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

/// A claimed row.
#[derive(Debug, Clone)]
pub struct Claimed {
    pub tenant: TenantId,
    pub id: OutboxId,
    pub channel: ChannelId,
    pub message: MessageId,
    pub class: DeliveryClass,
    pub recipient: String,
    pub body: Body,
    pub reply_to: Option<String>,
    pub state: OutboxState,
    pub attempts: u32,
    pub expires_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct Row {
    tenant_id: Uuid,
    id: Uuid,
    channel_id: Uuid,
    message_id: Uuid,
    class: String,
    recipient: String,
    body: String,
    reply_to: Option<String>,
    state: String,
    attempts: i64,
    expires_us: Option<i64>,
}

impl Row {
    fn claimed(self) -> Result<Claimed, StoreError> {
        Ok(Claimed {
            tenant: TenantId(self.tenant_id),
            id: OutboxId(self.id),
            channel: ChannelId(self.channel_id),
            message: MessageId(self.message_id),
            class: codec::from_json(&self.class, "delivery class")?,
            recipient: self.recipient,
            body: codec::from_json(&self.body, "outgoing message")?,
            reply_to: self.reply_to,
            state: OutboxState::parse(&self.state).ok_or(StoreError::Corrupt("outbox state"))?,
            attempts: codec::count(self.attempts),
            expires_at: self.expires_us.map(codec::at).transpose()?,
        })
    }
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
        .bind(codec::us(departure.at))
        .execute(conn)
        .await?
        .rows_affected());
    Ok(inserted == 1)
}

/// Claims due rows, the oldest of each conversation only; among them rows left in `claimed` or `sending` by a node that died.
pub async fn claim(tx: &mut PlatformTx, most: u32, lease_seconds: i64) -> Result<Vec<Claimed>, StoreError> {
    macro_rules! text {
        ($lock:literal) => {
            concat!(
                "UPDATE outbox SET lease_until_us = $2, state = CASE WHEN state = 'queued' THEN 'claimed' ELSE state END
                WHERE (tenant_id, id) IN (
                    SELECT o.tenant_id, o.id FROM outbox o
                    WHERE o.state IN ('queued', 'claimed', 'sending') AND o.next_us <= $1 AND o.lease_until_us <= $1
                        AND NOT EXISTS (
                            SELECT 1 FROM outbox earlier
                            WHERE earlier.tenant_id = o.tenant_id AND earlier.conversation_id = o.conversation_id
                                AND (earlier.created_us, earlier.id) < (o.created_us, o.id)
                                AND earlier.state IN ('queued', 'claimed', 'sending'))
                    ORDER BY o.next_us, o.created_us LIMIT $3",
                $lock,
                ") RETURNING tenant_id, id, channel_id, message_id, class, recipient, body, reply_to, state, attempts, expires_us"
            )
        };
    }
    const SQLITE: &str = text!("");
    const POSTGRES: &str = text!(" FOR UPDATE OF o SKIP LOCKED");
    let now = database_now(&mut tx.conn).await?;
    let sql = if tx.conn.engine() == Engine::Sqlite { SQLITE } else { POSTGRES };
    let until = now.saturating_add(lease_seconds * 1_000_000);
    let rows: Vec<Row> =
        on!(tx, |conn| sqlx::query_as(sql).bind(now).bind(until).bind(i64::from(most)).fetch_all(conn).await?);
    rows.into_iter().map(Row::claimed).collect()
}

/// Commits that the first byte is about to leave. False when the row is not claimable any more: do not send.
pub async fn begin_sending(tx: &mut TenantTx, id: OutboxId) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE outbox SET state = 'sending', attempts = attempts + 1 WHERE tenant_id = $1 AND id = $2 AND state = 'claimed'";
    let tenant = tx.tenant();
    let changed = on!(tx, |conn| sqlx::query(SQL).bind(tenant.0).bind(id.0).execute(conn).await?.rows_affected());
    Ok(changed == 1)
}

/// Ends a row, or parks it. `provider_id` when it was sent, `reason` when not.
pub async fn settle(
    tx: &mut TenantTx,
    id: OutboxId,
    state: OutboxState,
    provider_id: Option<&str>,
    reason: Option<&str>,
) -> Result<(), StoreError> {
    const SQL: &str =
        "UPDATE outbox SET state = $3, provider_id = coalesce($4, provider_id), reason = $5, lease_until_us = 0
        WHERE tenant_id = $1 AND id = $2 AND state NOT IN ('sent', 'failed', 'expired')";
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(id.0)
        .bind(state.as_str())
        .bind(provider_id)
        .bind(reason)
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

/// Back into the queue after `wait_us`: it certainly did not leave, or a second copy is the lesser evil.
pub async fn retry(tx: &mut TenantTx, id: OutboxId, wait_us: i64, reason: &str) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE outbox SET state = 'queued', next_us = $3, reason = $4, lease_until_us = 0
        WHERE tenant_id = $1 AND id = $2 AND state IN ('claimed', 'sending')";
    let tenant = tx.tenant();
    let next = database_now(&mut tx.conn).await?.saturating_add(wait_us);
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(id.0)
        .bind(next)
        .bind(reason)
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

/// Nobody knows whether it left: looks again after `wait_us`, still in `sending`.
pub async fn wait_for_word(tx: &mut TenantTx, id: OutboxId, wait_us: i64, reason: &str) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE outbox SET next_us = $3, reason = $4, lease_until_us = 0 WHERE tenant_id = $1 AND id = $2 AND state = 'sending'";
    let tenant = tx.tenant();
    let next = database_now(&mut tx.conn).await?.saturating_add(wait_us);
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(id.0)
        .bind(next)
        .bind(reason)
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

/// The row of a provider's message id, for statuses.
pub async fn by_provider_id(
    tx: &mut TenantTx,
    channel: ChannelId,
    provider_id: &str,
) -> Result<Option<(OutboxId, MessageId)>, StoreError> {
    const SQL: &str = "SELECT id, message_id FROM outbox WHERE tenant_id = $1 AND channel_id = $2 AND provider_id = $3";
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
