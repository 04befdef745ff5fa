//! Sends whose fate is open, for providers that tell back everything a number says.

use domain::{ConversationId, MessageId, OutboxId, message::Body};
use uuid::Uuid;

use crate::{StoreError, TenantTx, codec, engine::on};

/// A message that began to leave and of which nobody has said yet that it did.
#[derive(Debug, Clone)]
pub struct Open {
    pub id: OutboxId,
    pub message: MessageId,
    pub body: Body,
}

/// The conversation's, oldest first. What never began to leave cannot be told back and is not among them.
pub async fn open(tx: &mut TenantTx, conversation: ConversationId) -> Result<Vec<Open>, StoreError> {
    const SQL: &str = "SELECT id, message_id, body FROM outbox WHERE tenant_id = $1 AND conversation_id = $2
        AND attempts > 0 AND state IN ('queued', 'claimed', 'sending', 'parked') ORDER BY created_us, id LIMIT 20";
    let tenant = tx.tenant();
    let rows: Vec<(Uuid, Uuid, String)> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(conversation.0).fetch_all(conn).await?);
    rows.into_iter()
        .map(|(id, message, body)| {
            Ok(Open { id: OutboxId(id), message: MessageId(message), body: codec::from_json(&body, "message")? })
        })
        .collect()
}
