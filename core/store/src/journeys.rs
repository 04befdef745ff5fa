//! What became of departures after they left the queue: followed by id, and turned back when they were not delivered.

use domain::{
    ConversationId, MessageId, OutboxId,
    delivery::{DeliveryClass, OutboxState},
    message::Body,
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{StoreError, TenantTx, codec, engine::on};

/// A departure, whatever became of it.
#[derive(Debug, Clone)]
pub struct Journey {
    pub conversation: ConversationId,
    pub message: MessageId,
    pub dedupe_key: String,
    pub class: DeliveryClass,
    pub body: Body,
    pub state: OutboxState,
    pub expires_at: Option<Timestamp>,
}

pub async fn journey(tx: &mut TenantTx, id: OutboxId) -> Result<Option<Journey>, StoreError> {
    const SQL: &str = "SELECT conversation_id, message_id, dedupe_key, class, body, state, expires_us FROM outbox
        WHERE tenant_id = $1 AND id = $2";
    type Row = (Uuid, Uuid, String, String, String, String, Option<i64>);
    let tenant = tx.tenant();
    let row: Option<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(id.0).fetch_optional(conn).await?);
    let journey = |(conversation, message, dedupe_key, class, body, state, expires): Row| {
        Ok(Journey {
            conversation: ConversationId(conversation),
            message: MessageId(message),
            dedupe_key,
            class: codec::from_json(&class, "delivery class")?,
            body: codec::from_json(&body, "outgoing message")?,
            state: OutboxState::parse(&state).ok_or(StoreError::Corrupt("outbox state"))?,
            expires_at: expires.map(codec::at).transpose()?,
        })
    };
    row.map(journey).transpose()
}

/// The provider took it and did not deliver it: it travels on by another row. False when that was done already.
pub async fn turn_back(tx: &mut TenantTx, id: OutboxId, reason: &str) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE outbox SET state = 'expired', reason = $3, lease_until_us = 0
        WHERE tenant_id = $1 AND id = $2 AND state <> 'expired'";
    let tenant = tx.tenant();
    let changed =
        on!(tx, |conn| sqlx::query(SQL).bind(tenant.0).bind(id.0).bind(reason).execute(conn).await?.rows_affected());
    Ok(changed == 1)
}
