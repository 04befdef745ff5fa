//! Messages that wait for their customer to write: shown in the thread, sent when the window opens, given up in time.

use domain::{ConversationId, MessageId, message::Body};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{StoreError, TenantTx, codec, engine::on};

/// A message that waits.
#[derive(Debug, Clone)]
pub struct Waiting {
    pub message: MessageId,
    pub conversation: ConversationId,
    /// The cause, as the outbox will know it.
    pub dedupe_key: String,
    pub body: Body,
    pub expires_at: Timestamp,
}

/// False when this cause waits already.
pub async fn push(tx: &mut TenantTx, waiting: &Waiting) -> Result<bool, StoreError> {
    const SQL: &str = "INSERT INTO waiting_messages (tenant_id, message_id, conversation_id, dedupe_key, body, expires_us, created_us)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    let (tenant, now) = (tx.tenant(), codec::us(tx.env.now()));
    let inserted = on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(waiting.message.0)
        .bind(waiting.conversation.0)
        .bind(&waiting.dedupe_key)
        .bind(codec::json(&waiting.body))
        .bind(codec::us(waiting.expires_at))
        .bind(now)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(inserted == 1)
}

/// Whether this cause waits already.
pub async fn waits(tx: &mut TenantTx, dedupe_key: &str) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT message_id FROM waiting_messages WHERE tenant_id = $1 AND dedupe_key = $2";
    let tenant = tx.tenant();
    let row: Option<(Uuid,)> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(dedupe_key).fetch_optional(conn).await?);
    Ok(row.is_some())
}

/// How many wait, of all conversations.
pub async fn count(tx: &mut TenantTx) -> Result<usize, StoreError> {
    const SQL: &str = "SELECT count(*) FROM waiting_messages WHERE tenant_id = $1";
    let tenant = tx.tenant();
    let (count,): (i64,) = on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).fetch_one(conn).await?);
    Ok(usize::try_from(count).unwrap_or(0))
}

/// Takes all of a conversation, oldest first: the caller sends them or says why not.
pub async fn take(tx: &mut TenantTx, conversation: ConversationId) -> Result<Vec<Waiting>, StoreError> {
    const SQL: &str = "SELECT message_id, dedupe_key, body, expires_us FROM waiting_messages
        WHERE tenant_id = $1 AND conversation_id = $2 ORDER BY created_us, message_id";
    let tenant = tx.tenant();
    let rows: Vec<(Uuid, String, String, i64)> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(conversation.0).fetch_all(conn).await?);
    let mut taken = Vec::with_capacity(rows.len());
    for (message, dedupe_key, body, expires_us) in rows {
        let message = MessageId(message);
        remove(tx, message).await?;
        let (body, expires_at) = (codec::from_json(&body, "message")?, codec::at(expires_us)?);
        taken.push(Waiting { message, conversation, dedupe_key, body, expires_at });
    }
    Ok(taken)
}

/// False when it does not wait any more.
pub async fn remove(tx: &mut TenantTx, message: MessageId) -> Result<bool, StoreError> {
    const SQL: &str = "DELETE FROM waiting_messages WHERE tenant_id = $1 AND message_id = $2";
    let tenant = tx.tenant();
    let gone = on!(tx, |conn| sqlx::query(SQL).bind(tenant.0).bind(message.0).execute(conn).await?.rows_affected());
    Ok(gone == 1)
}
