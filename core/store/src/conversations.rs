//! Conversations: one per customer and channel.

use domain::{
    ChannelId, ConversationId, CustomerId, Language,
    conversation::{Answering, Conversation, ConversationStatus},
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{StoreError, TenantTx, codec, engine::on};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    channel_id: Uuid,
    customer_id: Uuid,
    address: String,
    answering: String,
    status: String,
    language: Option<String>,
    memory: String,
    last_inbound_us: Option<i64>,
    last_message_us: i64,
    unread: i64,
    version: i64,
}

impl Row {
    fn conversation(self) -> Result<Conversation, StoreError> {
        Ok(Conversation {
            id: ConversationId(self.id),
            channel: ChannelId(self.channel_id),
            customer: CustomerId(self.customer_id),
            address: self.address,
            answering: codec::from_json(&self.answering, "answering")?,
            status: codec::from_json(&self.status, "conversation status")?,
            language: self.language.and_then(|tag| tag.parse::<Language>().ok()),
            memory: codec::from_json(&self.memory, "memory")?,
            last_inbound_at: self.last_inbound_us.map(codec::at).transpose()?,
            last_message_at: Some(codec::at(self.last_message_us)?),
            unread: codec::count(self.unread),
            version: self.version,
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, channel_id, customer_id, address, answering, status, language, memory, last_inbound_us, ",
            "last_message_us, unread, version FROM conversations WHERE tenant_id = $1 ",
            $rest
        )
    };
}

pub async fn find(tx: &mut TenantTx, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
    const SQL: &str = select!("AND id = $2");
    let tenant = tx.tenant();
    let row: Option<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(id.0).fetch_optional(conn).await?);
    row.map(Row::conversation).transpose()
}

/// Where a customer wrote last, on whichever channel.
pub async fn latest_of_customer(tx: &mut TenantTx, customer: CustomerId) -> Result<Option<Conversation>, StoreError> {
    const SQL: &str = select!("AND customer_id = $2 ORDER BY last_message_us DESC LIMIT 1");
    let tenant = tx.tenant();
    let row: Option<Row> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(customer.0).fetch_optional(conn).await?);
    row.map(Row::conversation).transpose()
}

pub async fn of_customer(
    tx: &mut TenantTx,
    channel: ChannelId,
    customer: CustomerId,
) -> Result<Option<Conversation>, StoreError> {
    const SQL: &str = select!("AND channel_id = $2 AND customer_id = $3");
    let tenant = tx.tenant();
    let row: Option<Row> = on!(tx, |conn| sqlx::query_as(SQL)
        .bind(tenant.0)
        .bind(channel.0)
        .bind(customer.0)
        .fetch_optional(conn)
        .await?);
    row.map(Row::conversation).transpose()
}

/// The newest first, from before `cursor` (time and id of the last one seen).
pub async fn recent(
    tx: &mut TenantTx,
    cursor: Option<(Timestamp, ConversationId)>,
    most: u32,
) -> Result<Vec<Conversation>, StoreError> {
    const SQL: &str = select!("AND (last_message_us, id) < ($2, $3) ORDER BY last_message_us DESC, id DESC LIMIT +$4");
    let (before, id) = cursor.map_or((i64::MAX, Uuid::max()), |(at, id)| (codec::us(at), id.0));
    let tenant = tx.tenant();
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL)
        .bind(tenant.0)
        .bind(before)
        .bind(id)
        .bind(i64::from(most))
        .fetch_all(conn)
        .await?);
    rows.into_iter().map(Row::conversation).collect()
}

/// The conversation with this customer on this channel, begun with the first message. The address is kept fresh.
pub async fn get_or_create(
    tx: &mut TenantTx,
    channel: ChannelId,
    customer: CustomerId,
    address: &str,
    at: Timestamp,
) -> Result<Conversation, StoreError> {
    const SQL: &str = "INSERT INTO conversations (tenant_id, id, channel_id, customer_id, address, answering, status, memory, last_message_us)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'null', $8)
        ON CONFLICT (tenant_id, channel_id, customer_id) DO UPDATE SET address = excluded.address";
    if let Some(known) = of_customer(tx, channel, customer).await?.filter(|known| known.address == address) {
        return Ok(known);
    }
    let (tenant, id) = (tx.tenant(), tx.env.id::<ConversationId>());
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(id.0)
        .bind(channel.0)
        .bind(customer.0)
        .bind(address)
        .bind(codec::json(&Answering::Assistant))
        .bind(codec::json(&ConversationStatus::Open))
        .bind(codec::us(at))
        .execute(conn)
        .await
        .map(|_done| ())?);
    of_customer(tx, channel, customer).await?.ok_or(StoreError::Conflict("the conversation vanished"))
}

/// A customer's message arrived: the window opens again and somebody has something to read.
pub async fn heard(tx: &mut TenantTx, id: ConversationId, at: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE conversations SET unread = unread + 1, version = version + 1, status = $4,
        last_inbound_us = CASE WHEN coalesce(last_inbound_us, 0) < $3 THEN $3 ELSE last_inbound_us END,
        last_message_us = CASE WHEN last_message_us < $3 THEN $3 ELSE last_message_us END
        WHERE tenant_id = $1 AND id = $2";
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(id.0)
        .bind(codec::us(at))
        .bind(codec::json(&ConversationStatus::Open))
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

/// Something was said by us.
pub async fn spoke(tx: &mut TenantTx, id: ConversationId, at: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE conversations SET version = version + 1,
        last_message_us = CASE WHEN last_message_us < $3 THEN $3 ELSE last_message_us END WHERE tenant_id = $1 AND id = $2";
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(id.0)
        .bind(codec::us(at))
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

pub async fn remember(
    tx: &mut TenantTx,
    id: ConversationId,
    memory: &serde_json::Value,
    language: Option<Language>,
) -> Result<(), StoreError> {
    const SQL: &str =
        "UPDATE conversations SET memory = $3, language = coalesce($4, language) WHERE tenant_id = $1 AND id = $2";
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(id.0)
        .bind(memory.to_string())
        .bind(language.map(Language::tag))
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

pub async fn set_answering(tx: &mut TenantTx, id: ConversationId, answering: Answering) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE conversations SET answering = $3, version = version + 1 WHERE tenant_id = $1 AND id = $2";
    let tenant = tx.tenant();
    let changed = on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(id.0)
        .bind(codec::json(&answering))
        .execute(conn)
        .await?
        .rows_affected());
    Ok(changed == 1)
}

pub async fn mark_read(tx: &mut TenantTx, id: ConversationId) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE conversations SET unread = 0 WHERE tenant_id = $1 AND id = $2";
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(SQL).bind(tenant.0).bind(id.0).execute(conn).await.map(|_done| ())?);
    Ok(())
}

/// What led the customer to write; the first is kept.
pub async fn set_referral(
    tx: &mut TenantTx,
    id: ConversationId,
    referral: &domain::channel::Referral,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE conversations SET referral = $3 WHERE tenant_id = $1 AND id = $2 AND referral IS NULL";
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(id.0)
        .bind(codec::json(referral))
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}
