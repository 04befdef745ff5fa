//! Taking what is due: whose turn it is, under which token, and what is parked instead.

use domain::{
    ChannelId, ConversationId, MessageId, OutboxId, TenantId,
    delivery::{DeliveryClass, OutboxState},
    message::Body,
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    PlatformTx, StoreError, codec,
    engine::{Conn, on},
    fair::{self, Queue, Wanted},
    lanes::database_now,
    suspects::{self, SUSPECT},
    ticket::Ticket,
};

/// After so many claims that ended without a word, a message is parked.
const TRIES: i64 = 12;

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

/// Claims due rows, taking turns among tenants, the oldest of each conversation only; among them rows left in
/// `claimed` or `sending` by a node that died. What cannot be read, and what nobody who claimed it lived to tell of, is
/// parked, seen by members: it keeps nobody waiting.
pub async fn claim(tx: &mut PlatformTx, wanted: &Wanted<'_>) -> Result<Vec<Claimed>, StoreError> {
    const APART: &str = "UPDATE outbox SET lease_until_us = lease_until_us + $3 WHERE tenant_id = $1 AND id = $2";
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
            suspects::hold_apart(tx, APART, (tenant, id), wanted).await?;
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
                ORDER BY o.next_us, o.created_us LIMIT +$4"
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
            " FOR UPDATE OF o SKIP LOCKED) AS pick LIMIT +$5) "
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
