//! The way in: many webhooks share one commit, and each caller learns the fate of its own.
//!
//! Invariants: an answer means "on disk"; a batch is one round trip to the database, because under load every further
//! one waits for a turn of the processor while a write lock is held. On PostgreSQL two batches are under way at a time;
//! what comes from one peer goes by one of the two, so that it stays in order and copies meet in one statement.

mod rows;

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

use domain::{
    ChannelId, EventId, TenantId,
    channel::Inbound,
    faults::{Point, Sabotage},
};
use tokio::sync::{mpsc, oneshot};

use crate::{
    Engine, PlatformTx, Store, StoreError, codec,
    engine::on,
    inbox,
    quarantine::{self, Owner},
};
use rows::{Line, Rows};

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
        let sent = self.queue(&delivery).send(Waiting { delivery, sealed, done: Some(done) }).await;
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
                tokio::join!(scribe.run(even), scribe.run(odd));
            }
            None => scribe.run(even).await,
        }
    }
}

impl Scribe {
    async fn run(&self, mut queue: mpsc::Receiver<Waiting>) {
        let mut line = Line::new(&self.store);
        let mut batch = Vec::with_capacity(BATCH);
        while queue.recv_many(&mut batch, BATCH).await > 0 {
            let deadline = tokio::time::Instant::now() + GATHER;
            while batch.len() < BATCH {
                let missing = BATCH - batch.len();
                match tokio::time::timeout_at(deadline, queue.recv_many(&mut batch, missing)).await {
                    Ok(1..) => {}
                    Ok(0) | Err(_) => break,
                }
            }
            if self.store.env.sabotaged(Sabotage::AcknowledgeEarly) {
                batch.iter_mut().for_each(|waiting| waiting.answer(true));
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            let outcome = self.write(&mut line, &batch).await;
            if let Err(error) = &outcome {
                tracing::error!(%error, cause = error.cause(), deliveries = batch.len(), "arrivals could not be stored");
            }
            batch.drain(..).for_each(|mut waiting| waiting.answer(outcome.is_ok()));
        }
        line.hang_up().await;
    }

    async fn write(&self, line: &mut Line, batch: &[Waiting]) -> Result<(), StoreError> {
        let env = &self.store.env;
        let arrivals = batch.iter().flat_map(|waiting| waiting.delivery.arrivals.iter().zip(&waiting.sealed));
        let rows = Rows::of(arrivals, env.now(), self.rings);
        let quarantined: Vec<&Quarantined> = batch.iter().flat_map(|waiting| &waiting.delivery.quarantined).collect();
        env.pass(Point::ArrivalRead);
        if quarantined.is_empty() {
            line.commit(&rows).await?;
        } else {
            let mut tx = self.store.platform().await?;
            rows.insert(&mut tx.conn).await?;
            set_aside(&mut tx, &quarantined).await?;
            tx.commit().await?;
        }
        env.pass(Point::ArrivalCommitted);
        Ok(())
    }
}

async fn set_aside(tx: &mut PlatformTx, parts: &[&Quarantined]) -> Result<(), StoreError> {
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
