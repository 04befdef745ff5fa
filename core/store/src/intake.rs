//! The way in: many webhooks share one commit, and each caller learns the fate of its own.
//!
//! Invariants: an answer means "on disk"; a batch is one round trip to the database, because under load every further
//! one waits for a turn of the processor while a write lock is held; batches of one queue go out in the order they were
//! gathered, and nothing happens between two of them but the hand-over of the connection. On PostgreSQL two batches are
//! under way at a time; what comes from one peer goes by one of the two, so that it stays in order and copies meet in one
//! statement.

mod rows;

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use domain::{
    ChannelId, EventId, TenantId,
    channel::Inbound,
    faults::{Point, Sabotage},
};
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::JoinSet,
};

use crate::{
    Engine, PlatformTx, Store, StoreError, codec,
    engine::on,
    inbox,
    quarantine::{self, Owner},
};
use rows::{Line, Rows};

/// Most deliveries in one commit.
pub const BATCH: usize = 64;

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
    done: oneshot::Sender<bool>,
}

/// Hands deliveries to the one task that writes them.
#[derive(Clone)]
pub struct Intake {
    store: Store,
    even: mpsc::Sender<Waiting>,
    /// A file has one writer and no use for a second batch.
    odd: Option<mpsc::Sender<Waiting>>,
}

/// The other end of an [`Intake`]: runs until every intake is dropped.
pub struct IntakeWriter {
    even: mpsc::Receiver<Waiting>,
    odd: Option<mpsc::Receiver<Waiting>>,
    scribe: Scribe,
}

/// Writes the batches of one queue.
#[derive(Clone)]
struct Scribe {
    store: Store,
    /// Whether each commit rings for other nodes on the same database.
    rings: bool,
}

impl Intake {
    pub fn new(store: &Store) -> (Self, IntakeWriter) {
        let (even, first) = mpsc::channel(4_096);
        let (odd, second) = (store.engine() == Engine::Postgres).then(|| mpsc::channel(4_096)).unzip();
        let scribe = Scribe { store: store.clone(), rings: true };
        (Self { store: store.clone(), even, odd }, IntakeWriter { even: first, odd: second, scribe })
    }

    /// Returns once the delivery is committed and on disk; false when it could not be.
    pub async fn accept(&self, delivery: Delivery) -> bool {
        let (done, outcome) = oneshot::channel();
        let sealed = delivery.arrivals.iter().map(|arrival| self.seal(arrival)).collect();
        let sent = self.queue(&delivery).send(Waiting { delivery, sealed, done }).await;
        sent.is_ok() && outcome.await.unwrap_or(false)
    }

    /// The same for all that one peer sends.
    fn queue(&self, delivery: &Delivery) -> &mpsc::Sender<Waiting> {
        let mut hasher = DefaultHasher::new();
        delivery.arrivals.first().map(|arrival| (arrival.tenant, arrival.channel, &arrival.peer)).hash(&mut hasher);
        self.odd.as_ref().filter(|_| hasher.finish() % 2 == 1).unwrap_or(&self.even)
    }

    fn seal(&self, arrival: &Arrival) -> Vec<u8> {
        let place = inbox::place(arrival.channel, &arrival.inbound.provider_id);
        self.store.keys.seal(&self.store.env, arrival.tenant, &place, codec::json(&arrival.inbound).as_bytes())
    }
}

impl IntakeWriter {
    /// For when other nodes are told in another way, or not at all.
    pub fn silent(self) -> Self {
        Self { scribe: Scribe { rings: false, ..self.scribe }, ..self }
    }

    pub async fn run(self) {
        let Self { even, odd, scribe } = self;
        match odd {
            Some(odd) => {
                tokio::join!(scribe.clone().run(even), scribe.run(odd));
            }
            None => scribe.run(even).await,
        }
    }
}

impl Scribe {
    /// While one batch is written, the next is gathered and made ready, and the callers of the one before are answered:
    /// done one after the other, these were a fifth of a batch's time.
    async fn run(self, queue: mpsc::Receiver<Waiting>) {
        let scribe = Arc::new(self);
        let (ready, next) = mpsc::channel(1);
        let (busy, free) = watch::channel(false);
        let mut stages = JoinSet::new();
        stages.spawn(Arc::clone(&scribe).gather(queue, ready, free));
        stages.spawn(scribe.write(next, busy));
        stages.join_all().await;
    }

    async fn gather(
        self: Arc<Self>,
        mut queue: mpsc::Receiver<Waiting>,
        ready: mpsc::Sender<Batch>,
        mut busy: watch::Receiver<bool>,
    ) {
        let mut batch = Vec::with_capacity(BATCH);
        while queue.recv_many(&mut batch, BATCH).await > 0 {
            company(&mut queue, &mut batch, &mut busy).await;
            if ready.send(self.ready(batch.drain(..))).await.is_err() {
                break;
            }
        }
    }

    fn ready(&self, waiting: impl Iterator<Item = Waiting>) -> Batch {
        let (mut arrivals, mut quarantined, mut callers) = (Vec::new(), Vec::new(), Vec::new());
        for Waiting { delivery, sealed, done } in waiting {
            arrivals.extend(delivery.arrivals.into_iter().zip(sealed));
            quarantined.extend(delivery.quarantined);
            callers.push(done);
        }
        let rows = Rows::of(arrivals, self.store.env.now(), self.rings);
        rows.prepare(self.store.engine());
        Batch { rows, quarantined, callers }
    }

    async fn write(self: Arc<Self>, mut ready: mpsc::Receiver<Batch>, busy: watch::Sender<bool>) {
        let mut line = Line::new(&self.store);
        let mut answering = JoinSet::new();
        loop {
            let next = match ready.try_recv() {
                Ok(batch) => Some(batch),
                Err(_) => {
                    busy.send_replace(false);
                    ready.recv().await
                }
            };
            let Some(mut batch) = next else { break };
            busy.send_replace(true);
            if self.store.env.sabotaged(Sabotage::AcknowledgeEarly) {
                batch.answer(true);
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            let outcome = self.store(&mut line, &batch).await;
            if let Err(error) = &outcome {
                tracing::error!(%error, cause = error.cause(), deliveries = batch.callers.len(), "arrivals could not be stored");
            }
            answering.spawn(async move { batch.answer(outcome.is_ok()) });
            while answering.try_join_next().is_some() {}
        }
        answering.join_all().await;
        line.hang_up().await;
    }

    async fn store(&self, line: &mut Line, batch: &Batch) -> Result<(), StoreError> {
        let env = &self.store.env;
        env.pass(Point::ArrivalRead);
        if batch.quarantined.is_empty() {
            line.commit(&batch.rows).await?;
        } else {
            let mut tx = self.store.platform().await?;
            batch.rows.insert(&mut tx.conn).await?;
            set_aside(&mut tx, &batch.quarantined).await?;
            tx.commit().await?;
        }
        env.pass(Point::ArrivalCommitted);
        Ok(())
    }
}

/// What goes out in one commit, and who waits for it.
struct Batch {
    rows: Rows,
    quarantined: Vec<Quarantined>,
    callers: Vec<oneshot::Sender<bool>>,
}

impl Batch {
    fn answer(&mut self, stored: bool) {
        for caller in self.callers.drain(..) {
            // A caller that went away will be called again by its provider; the row is known then.
            let _gone = caller.send(stored);
        }
    }
}

/// Company for the first one: until the batch is full, or nothing is being written. What comes alone goes at once.
async fn company(queue: &mut mpsc::Receiver<Waiting>, batch: &mut Vec<Waiting>, busy: &mut watch::Receiver<bool>) {
    let mut free = pin!(busy.wait_for(|busy| !busy));
    while batch.len() < BATCH {
        let missing = BATCH.saturating_sub(batch.len());
        tokio::select! {
            biased;
            more = queue.recv_many(batch, missing) => if more == 0 { break },
            _free = &mut free => break,
        }
    }
}

async fn set_aside(tx: &mut PlatformTx, parts: &[Quarantined]) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO quarantine (tenant_id, id, channel_id, raw, reason, at_us, owner) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    for part in parts {
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
    Ok(())
}

#[cfg(test)]
mod tests;
