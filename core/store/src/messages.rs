//! What was said. Reached by thread and keyset cursor, never by offset.

use domain::{
    ConversationId, MessageId,
    delivery::Ticks,
    message::{Author, Body, Message},
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    StoreError, TenantTx, codec,
    engine::{Engine, on},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    conversation_id: Uuid,
    author: String,
    body: String,
    provider_id: Option<String>,
    reply_to: Option<String>,
    ticks: Option<String>,
    failure: Option<String>,
    at_us: i64,
}

impl Row {
    fn message(self) -> Result<Message, StoreError> {
        Ok(Message {
            id: MessageId(self.id),
            conversation: ConversationId(self.conversation_id),
            author: codec::from_json::<Author>(&self.author, "author")?,
            body: codec::from_json::<Body>(&self.body, "message")?,
            provider_id: self.provider_id,
            reply_to: self.reply_to,
            ticks: self.ticks.as_deref().and_then(Ticks::parse),
            failure: self.failure,
            at: codec::at(self.at_us)?,
        })
    }
}

/// Stores `message`; false when its provider id is already in the conversation.
pub async fn insert(tx: &mut TenantTx, message: &Message) -> Result<bool, StoreError> {
    const SQL: &str = "INSERT INTO messages (tenant_id, id, conversation_id, author, body, provider_id, reply_to, ticks, failure, at_us)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING";
    let tenant = tx.tenant();
    let inserted = on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(message.id.0)
        .bind(message.conversation.0)
        .bind(codec::json(&message.author))
        .bind(codec::json(&message.body))
        .bind(&message.provider_id)
        .bind(&message.reply_to)
        .bind(message.ticks.map(Ticks::as_str))
        .bind(&message.failure)
        .bind(codec::us(message.at))
        .execute(conn)
        .await?
        .rows_affected());
    Ok(inserted == 1)
}

/// The newest `most` of a thread from before `cursor`, oldest first.
pub async fn thread(
    tx: &mut TenantTx,
    conversation: ConversationId,
    cursor: Option<(Timestamp, MessageId)>,
    most: u32,
) -> Result<Vec<Message>, StoreError> {
    const SQL: &str =
        "SELECT id, conversation_id, author, body, provider_id, reply_to, ticks, failure, at_us FROM messages
        WHERE tenant_id = $1 AND conversation_id = $2 AND (at_us, id) < ($3, $4) ORDER BY at_us DESC, id DESC LIMIT +$5";
    let (before, id) = cursor.map_or((i64::MAX, Uuid::max()), |(at, id)| (codec::us(at), id.0));
    let tenant = tx.tenant();
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL)
        .bind(tenant.0)
        .bind(conversation.0)
        .bind(before)
        .bind(id)
        .bind(i64::from(most))
        .fetch_all(conn)
        .await?);
    rows.into_iter().rev().map(Row::message).collect()
}

pub async fn last(tx: &mut TenantTx, conversation: ConversationId) -> Result<Option<Message>, StoreError> {
    Ok(thread(tx, conversation, None, 1).await?.pop())
}

/// Moves the ticks forward, never back, and keeps the provider's reason of a failure.
pub async fn report(
    tx: &mut TenantTx,
    id: MessageId,
    provider_id: Option<&str>,
    ticks: Ticks,
    failure: Option<&str>,
) -> Result<(), StoreError> {
    const SQLITE: &str = "SELECT ticks FROM messages WHERE tenant_id = $1 AND id = $2";
    // Read to be written: nobody else's tick may come between.
    const POSTGRES: &str = "SELECT ticks FROM messages WHERE tenant_id = $1 AND id = $2 FOR UPDATE";
    const SQL: &str =
        "UPDATE messages SET ticks = $3, failure = coalesce($4, failure), provider_id = coalesce($5, provider_id)
        WHERE tenant_id = $1 AND id = $2";
    let tenant = tx.tenant();
    let find = if tx.conn.engine() == Engine::Sqlite { SQLITE } else { POSTGRES };
    let row: Option<(Option<String>,)> =
        on!(tx, |conn| sqlx::query_as(find).bind(tenant.0).bind(id.0).fetch_optional(conn).await?);
    let now = row.and_then(|(ticks,)| ticks).as_deref().and_then(Ticks::parse).unwrap_or(Ticks::Queued);
    let merged = now.merged(ticks);
    let failure = failure.filter(|_reason| merged == Ticks::Failed);
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(id.0)
        .bind(merged.as_str())
        .bind(failure)
        .bind(provider_id)
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

pub async fn find(tx: &mut TenantTx, id: MessageId) -> Result<Option<Message>, StoreError> {
    const SQL: &str =
        "SELECT id, conversation_id, author, body, provider_id, reply_to, ticks, failure, at_us FROM messages
        WHERE tenant_id = $1 AND id = $2";
    let tenant = tx.tenant();
    let row: Option<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(id.0).fetch_optional(conn).await?);
    row.map(Row::message).transpose()
}

/// Taken up again after it failed, or waiting once more: what was said of its last journey is forgotten.
pub async fn set_out_again(tx: &mut TenantTx, id: MessageId) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE messages SET ticks = 'queued', failure = NULL
        WHERE tenant_id = $1 AND id = $2 AND ticks IN ('queued', 'sent', 'failed')";
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(SQL).bind(tenant.0).bind(id.0).execute(conn).await.map(|_done| ())?);
    Ok(())
}

/// The same message with more known about it: where its file lies.
pub async fn set_body(tx: &mut TenantTx, id: MessageId, body: &Body) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE messages SET body = $3 WHERE tenant_id = $1 AND id = $2";
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(id.0)
        .bind(codec::json(body))
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

/// When a message of this thread was said: where a page before it begins.
pub async fn at(
    tx: &mut TenantTx,
    conversation: ConversationId,
    id: MessageId,
) -> Result<Option<Timestamp>, StoreError> {
    const SQL: &str = "SELECT at_us FROM messages WHERE tenant_id = $1 AND conversation_id = $2 AND id = $3";
    let tenant = tx.tenant();
    let row: Option<(i64,)> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(conversation.0).bind(id.0).fetch_optional(conn).await?);
    row.map(|(at,)| codec::at(at)).transpose()
}
