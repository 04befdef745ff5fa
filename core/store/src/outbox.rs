//! What is to be said: enqueued with its cause, journalled as `sending` before the first byte leaves.
//!
//! Invariants: one row per cause (`dedupe_key`); within a conversation messages leave in order;
//! only `queued` and `claimed` rows are ever run again without asking what happened; a sender that lost its claim
//! changes nothing ([`Ticket`]); a claim that came to an end takes itself back, so that those left over are the deaths.

use domain::{
    ChannelId, ConversationId, MessageId, OutboxId, TenantId,
    delivery::{DeliveryClass, OutboxState},
    faults::Sabotage,
    message::Body,
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    PlatformTx, StoreError, TenantTx, codec,
    engine::{Conn, on},
    fair::{self, Queue, Wanted},
    lanes::database_now,
    suspects::{self, SUSPECT},
    ticket::Ticket,
};

/// After so many claims that ended without a word, a message is parked.
const TRIES: i64 = 12;

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
    pub conversation: ConversationId,
    pub message: MessageId,
    /// The cause.
    pub dedupe_key: String,
    pub class: DeliveryClass,
    pub recipient: String,
    pub body: Body,
    pub reply_to: Option<String>,
    pub state: OutboxState,
    pub attempts: u32,
    /// How often it was sent again though nobody knew whether it had left.
    pub doubts: u32,
    pub queued_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    token: i64,
}

impl From<&Claimed> for Ticket<OutboxId> {
    fn from(claimed: &Claimed) -> Self {
        Self::claimed(claimed.id, claimed.token)
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    tenant_id: Uuid,
    id: Uuid,
    channel_id: Uuid,
    conversation_id: Uuid,
    message_id: Uuid,
    dedupe_key: String,
    class: String,
    recipient: String,
    body: String,
    reply_to: Option<String>,
    state: String,
    attempts: i64,
    doubts: i64,
    expires_us: Option<i64>,
    created_us: i64,
    lease_token: i64,
    claims: i64,
}

impl Row {
    fn claimed(self) -> Result<Claimed, StoreError> {
        Ok(Claimed {
            tenant: TenantId(self.tenant_id),
            id: OutboxId(self.id),
            channel: ChannelId(self.channel_id),
            conversation: ConversationId(self.conversation_id),
            message: MessageId(self.message_id),
            dedupe_key: self.dedupe_key,
            class: codec::from_json(&self.class, "delivery class")?,
            recipient: self.recipient,
            body: codec::from_json(&self.body, "outgoing message")?,
            reply_to: self.reply_to,
            state: OutboxState::parse(&self.state).ok_or(StoreError::Corrupt("outbox state"))?,
            attempts: codec::count(self.attempts),
            doubts: codec::count(self.doubts),
            queued_at: codec::at(self.created_us)?,
            expires_at: self.expires_us.map(codec::at).transpose()?,
            token: self.lease_token,
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
        .bind(if tx.env.sabotaged(Sabotage::NewestFirst) { -codec::us(departure.at) } else { codec::us(departure.at) })
        .execute(conn)
        .await?
        .rows_affected());
    Ok(inserted == 1)
}

/// Claims due rows, taking turns among tenants, the oldest of each conversation only; among them rows left in
/// `claimed` or `sending` by a node that died. What cannot be read, and what nobody who claimed it lived to tell of, is
/// parked, seen by members: it keeps nobody waiting.
pub async fn claim(tx: &mut PlatformTx, wanted: &Wanted<'_>) -> Result<Vec<Claimed>, StoreError> {
    const UNREAD: &str = "this version of Frontdesk cannot read it";
    const NEVER_ENDED: &str = "nobody who tried to send it came to an end";
    let now = database_now(&mut tx.conn).await?;
    let round = fair::round(tx, Queue::Outbox, now, now, wanted).await?;
    if round.tenants.is_empty() {
        return Ok(Vec::new());
    }
    let mut claimed = Vec::new();
    for row in lease(tx, &round, now, wanted).await? {
        let (tenant, id, claims) = (row.tenant_id, row.id, row.claims);
        if claims > TRIES {
            tracing::error!(tenant = %TenantId(tenant), outbox = %OutboxId(id), "a message kept ending its senders and was parked");
            park(tx, tenant, id, NEVER_ENDED).await?;
            continue;
        }
        if claims >= SUSPECT {
            hold_apart(tx, tenant, id, wanted).await?;
        }
        match row.claimed() {
            Ok(row) => claimed.push(row),
            Err(error) => {
                tracing::error!(%error, tenant = %TenantId(tenant), outbox = %OutboxId(id), "a message cannot be read and was parked");
                park(tx, tenant, id, UNREAD).await?;
            }
        }
    }
    Ok(claimed)
}

async fn park(tx: &mut PlatformTx, tenant: Uuid, id: Uuid, reason: &str) -> Result<(), StoreError> {
    const SQL: &str =
        "UPDATE outbox SET state = 'parked', lease_until_us = 0, reason = $3 WHERE tenant_id = $1 AND id = $2";
    on!(tx, |conn| sqlx::query(SQL).bind(tenant).bind(id).bind(reason).execute(conn).await.map(|_done| ())?);
    Ok(())
}

async fn hold_apart(tx: &mut PlatformTx, tenant: Uuid, id: Uuid, wanted: &Wanted<'_>) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE outbox SET lease_until_us = lease_until_us + $3 WHERE tenant_id = $1 AND id = $2";
    let longer = suspects::apart(&tx.env, wanted);
    on!(tx, |conn| sqlx::query(SQL).bind(tenant).bind(id).bind(longer).execute(conn).await.map(|_done| ())?);
    Ok(())
}

async fn lease(
    tx: &mut PlatformTx,
    round: &fair::Round,
    now: i64,
    wanted: &Wanted<'_>,
) -> Result<Vec<Row>, StoreError> {
    macro_rules! due {
        ($key:literal, $tenant:literal, $below:literal) => {
            concat!(
                "SELECT ",
                $key,
                " FROM outbox o
                WHERE o.tenant_id = ",
                $tenant,
                " AND o.state IN ('queued', 'claimed', 'sending') AND o.next_us <= $1 AND o.lease_until_us <= $1 AND o.claims < ",
                $below,
                "
                    AND (SELECT earlier.id FROM outbox earlier
                        WHERE earlier.tenant_id = o.tenant_id AND earlier.conversation_id = o.conversation_id
                            AND (earlier.created_us, earlier.id) < (o.created_us, o.id)
                            AND earlier.state IN ('queued', 'claimed', 'sending')
                        ORDER BY earlier.created_us, earlier.id LIMIT 1) IS NULL
                ORDER BY o.next_us, o.created_us LIMIT $4"
            )
        };
    }
    macro_rules! take {
        ($before:expr, $after:expr) => {
            concat!(
                $before,
                "UPDATE outbox SET lease_until_us = $2, lease_token = lease_token + 1,
                    claims = claims + 1, state = CASE WHEN state = 'queued' THEN 'claimed' ELSE state END ",
                $after,
                " RETURNING tenant_id, id, channel_id, conversation_id, message_id, dedupe_key, class, recipient, body,
                    reply_to, state, attempts, doubts, expires_us, created_us, lease_token, claims"
            )
        };
    }
    const SQLITE: &str = take!("", concat!("WHERE (tenant_id, id) IN (", due!("o.tenant_id, o.id", "$3", "$5"), ")"));
    // By its place: while a table's statistics call it small, every index that begins with the tenant looks as good as
    // the key. The place is good for as long as the row is locked.
    const POSTGRES: &str = take!(
        concat!(
            "WITH picked AS (SELECT pick.* FROM UNNEST($3::uuid[]) AS t (tenant) CROSS JOIN LATERAL (",
            due!("o.ctid", "t.tenant", "$6"),
            " FOR UPDATE OF o SKIP LOCKED) AS pick LIMIT $5) "
        ),
        "FROM picked WHERE outbox.ctid = picked.ctid"
    );
    let until = now.saturating_add(wanted.lease_seconds * 1_000_000);
    let below = suspects::below(wanted);
    let mut rows: Vec<Row> = Vec::new();
    match &mut tx.conn {
        Conn::Sqlite(conn) => {
            for tenant in &round.tenants {
                let query = sqlx::query_as(SQLITE).bind(now).bind(until).bind(tenant);
                rows.extend::<Vec<Row>>(query.bind(round.share).bind(below).fetch_all(&mut **conn).await?);
            }
        }
        Conn::Postgres(conn) => {
            let query = sqlx::query_as(POSTGRES).bind(now).bind(until).bind(&round.tenants);
            rows = query.bind(round.share).bind(i64::from(wanted.most)).bind(below).fetch_all(&mut **conn).await?;
        }
    }
    Ok(rows)
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
