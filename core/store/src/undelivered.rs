//! Messages of ours that did not get through: found, sent once more, or put away.
//!
//! Two ways lead here: we never got it out (parked or failed in the outbox), or the provider took it and said later
//! that it failed.

use domain::{
    ConversationId, MessageId, OutboxId,
    delivery::{OutboxState, Ticks},
    message::Body,
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{StoreError, TenantTx, codec, engine::on, messages};

/// A message that did not get through.
#[derive(Debug, Clone)]
pub struct Undelivered {
    pub id: OutboxId,
    pub conversation: ConversationId,
    pub state: OutboxState,
    pub body: Body,
    /// The provider's own words, where it gave any.
    pub reason: String,
    pub queued_at: Timestamp,
}

/// The newest first, from before `cursor`.
pub async fn all(tx: &mut TenantTx, cursor: Option<OutboxId>, most: u32) -> Result<Vec<Undelivered>, StoreError> {
    const SQL: &str = "SELECT id, conversation_id, state, body, coalesce(reason, '') AS reason, created_us FROM outbox
            WHERE tenant_id = $1 AND state IN ('parked', 'failed') AND NOT dismissed AND id < $2
        UNION ALL
        SELECT outbox.id, outbox.conversation_id, outbox.state, outbox.body, coalesce(messages.failure, ''), outbox.created_us
            FROM messages JOIN outbox ON outbox.tenant_id = messages.tenant_id AND outbox.message_id = messages.id
            WHERE messages.tenant_id = $1 AND messages.ticks = 'failed' AND outbox.state = 'sent'
                AND NOT outbox.dismissed AND outbox.id < $2
        ORDER BY 1 DESC LIMIT +$3";
    type Row = (Uuid, Uuid, String, String, String, i64);
    let (tenant, before) = (tx.tenant(), cursor.map_or(Uuid::max(), |id| id.0));
    let rows: Vec<Row> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(before).bind(i64::from(most)).fetch_all(conn).await?);
    let undelivered = |(id, conversation, state, body, reason, queued): Row| {
        Ok(Undelivered {
            id: OutboxId(id),
            conversation: ConversationId(conversation),
            state: OutboxState::parse(&state).ok_or(StoreError::Corrupt("outbox state"))?,
            // One that cannot be read must not hide the others.
            body: codec::from_json(&body, "outgoing message").unwrap_or_else(|_unread| Body::text("…")),
            reason,
            queued_at: codec::at(queued)?,
        })
    };
    rows.into_iter().map(undelivered).collect()
}

/// A member's word: send it. False when there is nothing to send again.
pub async fn release(tx: &mut TenantTx, id: OutboxId) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE outbox SET state = 'queued', attempts = 0, doubts = 0, claims = 0, next_us = 0, reason = NULL, provider_id = NULL
        WHERE tenant_id = $1 AND id = $2 AND (state IN ('parked', 'failed') OR state = 'sent' AND EXISTS (
            SELECT 1 FROM messages WHERE messages.tenant_id = $1 AND messages.id = outbox.message_id AND messages.ticks = 'failed'))
        RETURNING message_id";
    let Some(message) = changed(tx, SQL, id).await? else { return Ok(false) };
    messages::set_out_again(tx, message).await?;
    Ok(true)
}

/// A member's word: leave it. What was parked is given up by it. False when it is not undelivered.
pub async fn discard(tx: &mut TenantTx, id: OutboxId) -> Result<bool, StoreError> {
    const REASON: &str = "given up by a member";
    const PARKED: &str = "UPDATE outbox SET state = 'failed', dismissed = TRUE
        WHERE tenant_id = $1 AND id = $2 AND state = 'parked' RETURNING message_id";
    const FAILED: &str = "UPDATE outbox SET dismissed = TRUE
        WHERE tenant_id = $1 AND id = $2 AND state IN ('failed', 'sent') AND NOT dismissed AND EXISTS (
            SELECT 1 FROM messages WHERE messages.tenant_id = $1 AND messages.id = outbox.message_id AND messages.ticks = 'failed')
        RETURNING message_id";
    if let Some(message) = changed(tx, PARKED, id).await? {
        messages::report(tx, message, None, Ticks::Failed, Some(REASON)).await?;
        return Ok(true);
    }
    Ok(changed(tx, FAILED, id).await?.is_some())
}

async fn changed(tx: &mut TenantTx, sql: &'static str, id: OutboxId) -> Result<Option<MessageId>, StoreError> {
    let tenant = tx.tenant();
    let row: Option<(Uuid,)> =
        on!(tx, |conn| sqlx::query_as(sql).bind(tenant.0).bind(id.0).fetch_optional(conn).await?);
    Ok(row.map(|(message,)| MessageId(message)))
}
