//! What arrived, before anything is done about it: a row here, fsynced, is what "accepted" means.
//!
//! Invariants: one row per (tenant, channel, provider id), for good; many webhooks share one commit
//! ([`Intake`] gathers them), and each caller learns the fate of its own.

use std::time::Duration;

use domain::{
    ChannelId, EventId, TenantId,
    channel::Inbound,
    faults::{Point, Sabotage},
};
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::{
    Store, StoreError, TenantTx, codec,
    engine::{Conn, on},
    lanes::{Lease, TOGETHER},
    quarantine::{self, Owner},
};

/// Most deliveries in one commit, and how long the first one waits for company.
pub const BATCH: usize = 64;
const GATHER: Duration = Duration::from_millis(2);

/// One event on its way in.
#[derive(Debug, Clone)]
pub struct Arrival {
    pub tenant: TenantId,
    pub channel: ChannelId,
    /// Whose lane it waits in.
    pub peer: String,
    pub inbound: Inbound,
    /// How long the lane waits for more before it is worked on.
    pub gather: Duration,
}

/// Parts of a signed post that cannot be read, kept for a person to look at.
#[derive(Debug, Clone)]
pub struct Quarantined {
    pub tenant: TenantId,
    pub channel: ChannelId,
    /// Whole enough to be read again.
    pub raw: String,
    pub reason: String,
    pub owner: Owner,
}

/// A webhook call's worth: committed together.
#[derive(Debug, Clone, Default)]
pub struct Delivery {
    pub arrivals: Vec<Arrival>,
    pub quarantined: Vec<Quarantined>,
}

struct Waiting {
    delivery: Delivery,
    /// Its arrivals, sealed where they came in, so that the writer only writes.
    sealed: Vec<Vec<u8>>,
    done: Option<oneshot::Sender<bool>>,
}

impl Waiting {
    fn answer(&mut self, stored: bool) {
        if let Some(done) = self.done.take() {
            // A caller that went away will be called again by its provider; the row is known then.
            let _gone = done.send(stored);
        }
    }
}

/// Hands deliveries to the one task that writes them.
#[derive(Clone)]
pub struct Intake {
    store: Store,
    queue: mpsc::Sender<Waiting>,
}

/// The other end of an [`Intake`]: runs until every intake is dropped.
pub struct IntakeWriter {
    store: Store,
    queue: mpsc::Receiver<Waiting>,
    /// Whether each commit rings for other nodes on the same database.
    rings: bool,
}

impl Intake {
    pub fn new(store: &Store) -> (Self, IntakeWriter) {
        let (sender, queue) = mpsc::channel(4_096);
        (Self { store: store.clone(), queue: sender }, IntakeWriter { store: store.clone(), queue, rings: true })
    }

    /// Returns once the delivery is committed and on disk; false when it could not be.
    pub async fn accept(&self, delivery: Delivery) -> bool {
        let (done, outcome) = oneshot::channel();
        let sealed = delivery.arrivals.iter().map(|arrival| self.seal(arrival)).collect();
        let sent = self.queue.send(Waiting { delivery, sealed, done: Some(done) }).await;
        sent.is_ok() && outcome.await.unwrap_or(false)
    }

    fn seal(&self, arrival: &Arrival) -> Vec<u8> {
        let place = place(arrival.channel, &arrival.inbound.provider_id);
        self.store.keys.seal(&self.store.env, arrival.tenant, &place, codec::json(&arrival.inbound).as_bytes())
    }
}

impl IntakeWriter {
    /// For when other nodes are told in another way, or not at all.
    pub fn silent(self) -> Self {
        Self { rings: false, ..self }
    }

    pub async fn run(mut self) {
        let mut batch = Vec::with_capacity(BATCH);
        while self.queue.recv_many(&mut batch, BATCH).await > 0 {
            let deadline = tokio::time::Instant::now() + GATHER;
            while batch.len() < BATCH {
                let missing = BATCH - batch.len();
                match tokio::time::timeout_at(deadline, self.queue.recv_many(&mut batch, missing)).await {
                    Ok(1..) => {}
                    Ok(0) | Err(_) => break,
                }
            }
            if self.store.env.sabotaged(Sabotage::AcknowledgeEarly) {
                batch.iter_mut().for_each(|waiting| waiting.answer(true));
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            let outcome = write(&self.store, &batch, self.rings).await;
            if let Err(error) = &outcome {
                tracing::error!(%error, cause = error.cause(), deliveries = batch.len(), "arrivals could not be stored");
            }
            batch.drain(..).for_each(|mut waiting| waiting.answer(outcome.is_ok()));
        }
    }
}

async fn write(store: &Store, batch: &[Waiting], rings: bool) -> Result<(), StoreError> {
    let mut tx = store.platform().await?;
    let arrivals: Vec<&Arrival> = batch.iter().flat_map(|waiting| &waiting.delivery.arrivals).collect();
    if !arrivals.is_empty() {
        let now = codec::us(tx.env.now());
        let sealed: Vec<&[u8]> =
            batch.iter().flat_map(|waiting| &waiting.sealed).map(|event| event.as_slice()).collect();
        insert(&mut tx.conn, &arrivals, &sealed, now).await?;
        crate::lanes::wake(&mut tx, &arrivals).await?;
        if rings {
            crate::doorbell::ring(&mut tx.conn).await?;
        }
    }
    for part in batch.iter().flat_map(|waiting| &waiting.delivery.quarantined) {
        const SQL: &str = "INSERT INTO quarantine (tenant_id, id, channel_id, raw, reason, at_us, owner) VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let (id, now) = (tx.env.id::<EventId>(), codec::us(tx.env.now()));
        let raw = tx.keys.seal(&tx.env, part.tenant, &quarantine::place(id), part.raw.as_bytes());
        on!(tx, |conn| sqlx::query(SQL)
            .bind(part.tenant.0)
            .bind(id.0)
            .bind(part.channel.0)
            .bind(&raw)
            .bind(&part.reason)
            .bind(now)
            .bind(part.owner.as_str())
            .execute(conn)
            .await
            .map(|_done| ())?);
    }
    tx.env.pass(Point::ArrivalRead);
    tx.commit().await?;
    store.env.pass(Point::ArrivalCommitted);
    Ok(())
}

/// All rows in one statement: per-row statements are half as fast.
async fn insert(conn: &mut Conn, arrivals: &[&Arrival], sealed: &[&[u8]], now: i64) -> Result<(), StoreError> {
    const SQLITE: &str = "INSERT INTO inbox (tenant_id, channel_id, provider_id, peer, event, received_us)
        SELECT unhex(value ->> 0), unhex(value ->> 1), value ->> 2, value ->> 3, unhex(value ->> 4), $2
        FROM json_each($1) WHERE true ON CONFLICT DO NOTHING";
    const POSTGRES: &str = "INSERT INTO inbox (tenant_id, channel_id, provider_id, peer, event, received_us)
        SELECT tenant_id, channel_id, provider_id, peer, event, $6
        FROM UNNEST($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bytea[])
            AS t (tenant_id, channel_id, provider_id, peer, event) ON CONFLICT DO NOTHING";
    match conn {
        Conn::Sqlite(tx) => {
            let rows: Vec<[String; 5]> = arrivals
                .iter()
                .zip(sealed)
                .map(|(arrival, event)| {
                    let (tenant, channel) = (hex::encode(arrival.tenant.0), hex::encode(arrival.channel.0));
                    [tenant, channel, arrival.inbound.provider_id.clone(), arrival.peer.clone(), hex::encode(event)]
                })
                .collect();
            sqlx::query(SQLITE).bind(codec::json(&rows)).bind(now).execute(&mut **tx).await?;
        }
        Conn::Postgres(tx) => {
            let tenants: Vec<Uuid> = arrivals.iter().map(|arrival| arrival.tenant.0).collect();
            let channels: Vec<Uuid> = arrivals.iter().map(|arrival| arrival.channel.0).collect();
            let ids: Vec<&str> = arrivals.iter().map(|arrival| arrival.inbound.provider_id.as_str()).collect();
            let peers: Vec<&str> = arrivals.iter().map(|arrival| arrival.peer.as_str()).collect();
            sqlx::query(POSTGRES)
                .bind(tenants)
                .bind(channels)
                .bind(ids)
                .bind(peers)
                .bind(sealed)
                .bind(now)
                .execute(&mut **tx)
                .await?;
        }
    }
    Ok(())
}

/// One waiting event of a lane.
#[derive(Debug, Clone)]
pub struct Pending {
    pub seq: i64,
    pub inbound: Inbound,
}

pub(crate) const PENDING: &str = "SELECT seq, provider_id, event FROM inbox
    WHERE tenant_id = $1 AND channel_id = $2 AND peer = $3 AND state = 'new' ORDER BY seq LIMIT $4";

/// What waits in the lane, in the order it was committed, at most 50; one by one when its turns keep failing.
/// What no longer opens is set aside.
pub async fn pending(tx: &mut TenantTx, lease: &Lease) -> Result<Vec<Pending>, StoreError> {
    type Row = (i64, String, Vec<u8>);
    let tenant = tx.tenant();
    let most = if lease.attempts > TOGETHER { 1_i64 } else { 50 };
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(PENDING)
        .bind(tenant.0)
        .bind(lease.channel.0)
        .bind(&lease.peer)
        .bind(most)
        .fetch_all(conn)
        .await?);
    let mut pending = Vec::with_capacity(rows.len());
    for (seq, provider_id, event) in rows {
        match open(tx, lease.channel, &provider_id, &event) {
            Some(inbound) => pending.push(Pending { seq, inbound }),
            None => {
                tracing::error!(%tenant, seq, "an event does not open and was set aside");
                set_state(tx, &[seq], "dead").await?;
            }
        }
    }
    Ok(pending)
}

/// Whether arrivals for lanes whose names begin with `prefix` wait to be read: what they say is not known yet.
pub async fn has_unread(tx: &mut TenantTx, channel: ChannelId, prefix: &str) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT 1 FROM inbox WHERE tenant_id = $1 AND channel_id = $2 AND peer >= $3 AND peer < $4
            AND state = 'new' LIMIT 1";
    let tenant = tx.tenant();
    let row: Option<(i32,)> = on!(tx, |conn| sqlx::query_as(SQL)
        .bind(tenant.0)
        .bind(channel.0)
        .bind(prefix)
        .bind(format!("{prefix}~"))
        .fetch_optional(conn)
        .await?);
    Ok(row.is_some())
}

/// The turn took care of these.
pub async fn done(tx: &mut TenantTx, seqs: &[i64]) -> Result<(), StoreError> {
    set_state(tx, seqs, "done").await
}

/// An event that was set aside.
#[derive(Debug, Clone)]
pub struct Dead {
    pub seq: i64,
    pub channel: ChannelId,
    pub received_at: Timestamp,
    /// `None` when it does not open any more.
    pub inbound: Option<Inbound>,
    /// It never failed: a restore set it aside.
    pub restored: bool,
}

/// Events set aside, the newest first, from before `cursor`.
pub async fn dead(tx: &mut TenantTx, cursor: Option<i64>, most: u32) -> Result<Vec<Dead>, StoreError> {
    const SQL: &str = "SELECT seq, channel_id, provider_id, event, received_us, state FROM inbox
        WHERE tenant_id = $1 AND state IN ('dead', 'parked') AND seq < $2 ORDER BY seq DESC LIMIT $3";
    type Row = (i64, Uuid, String, Vec<u8>, i64, String);
    let tenant = tx.tenant();
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL)
        .bind(tenant.0)
        .bind(cursor.unwrap_or(i64::MAX))
        .bind(i64::from(most))
        .fetch_all(conn)
        .await?);
    let mut dead = Vec::with_capacity(rows.len());
    for (seq, channel, provider_id, event, received, state) in rows {
        let channel = ChannelId(channel);
        let inbound = open(tx, channel, &provider_id, &event);
        dead.push(Dead { seq, channel, received_at: codec::at(received)?, inbound, restored: state == "parked" });
    }
    Ok(dead)
}

/// Worked on as if it had just arrived. False when it was not set aside.
pub async fn revive(tx: &mut TenantTx, seq: i64) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE inbox SET state = 'new', attempts = 0
        WHERE tenant_id = $1 AND seq = $2 AND state IN ('dead', 'parked')";
    const WAKE: &str = "UPDATE lanes SET waiting = TRUE, attempts = 0 WHERE tenant_id = $1 AND (channel_id, peer) = (
        SELECT channel_id, peer FROM inbox WHERE tenant_id = $1 AND seq = $2)";
    let tenant = tx.tenant();
    let revived = on!(tx, |conn| sqlx::query(SQL).bind(tenant.0).bind(seq).execute(conn).await?.rows_affected());
    if revived == 1 {
        on!(tx, |conn| sqlx::query(WAKE).bind(tenant.0).bind(seq).execute(conn).await.map(|_done| ())?);
    }
    Ok(revived == 1)
}

/// Put away for good; its id is remembered, so that a copy is still a copy. False when it was not set aside.
pub async fn discard(tx: &mut TenantTx, seq: i64) -> Result<bool, StoreError> {
    const SQL: &str =
        "UPDATE inbox SET state = 'discarded' WHERE tenant_id = $1 AND seq = $2 AND state IN ('dead', 'parked')";
    let tenant = tx.tenant();
    let gone = on!(tx, |conn| sqlx::query(SQL).bind(tenant.0).bind(seq).execute(conn).await?.rows_affected());
    Ok(gone == 1)
}

/// `None` when it is not what was sealed here.
fn open(tx: &TenantTx, channel: ChannelId, provider_id: &str, event: &[u8]) -> Option<Inbound> {
    let opened = tx.keys.open(tx.tenant(), &place(channel, provider_id), "event", event);
    opened.ok().and_then(|bytes| serde_json::from_slice(&bytes).ok())
}

async fn set_state(tx: &mut TenantTx, seqs: &[i64], state: &str) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE inbox SET state = $3 WHERE tenant_id = $1 AND seq = $2";
    let tenant = tx.tenant();
    for seq in seqs {
        on!(tx, |conn| sqlx::query(SQL).bind(tenant.0).bind(seq).bind(state).execute(conn).await.map(|_done| ())?);
    }
    Ok(())
}

fn place(channel: ChannelId, provider_id: &str) -> String {
    format!("inbox|{channel}|{provider_id}")
}
