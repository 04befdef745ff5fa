//! The loops that never end: lanes, outbox, jobs. Each polls; a ring only shortens the wait.
//!
//! Invariants: each piece of work is a task of its own, so that a panic ends that piece and nothing else; a holder
//! stops itself before its lease is over, by its own steady clock, counted from before it asked for the lease.

use std::{sync::Arc, time::Duration};

use domain::faults::{Point, Sabotage};
use store::{Engine, Queue, Wanted, intake::IntakeWriter, lanes, suspects};
use tokio::time::Instant;

use crate::{App, bulkhead::Seat, tasks::Stop, view::AppError};

const IDLE: Duration = Duration::from_millis(500);
/// What a holder that does not watch its clock takes.
const LONG: Duration = Duration::from_secs(3_600);

/// How long work is held, and how long word of a send is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Seconds after which another node may take over what a node claimed.
    pub lease_seconds: i64,
    /// How long a status may still tell that an ambiguous send left.
    pub word_wait: Duration,
    /// Whether this node works at all, or only answers and leaves the work to others.
    pub works: bool,
}

impl Default for Pace {
    fn default() -> Self {
        Self { lease_seconds: 30, word_wait: Duration::from_secs(120), works: true }
    }
}

impl Pace {
    /// When a holder that asked at `asked` must have stopped: a sixth of the lease before its end.
    pub(crate) fn deadline(&self, asked: Instant) -> Instant {
        let lease = Duration::from_secs(u64::try_from(self.lease_seconds).unwrap_or(1));
        asked + lease * 5 / 6
    }

    /// When a turn stops reading and starts to answer.
    pub(crate) fn half(&self, asked: Instant) -> Instant {
        asked + Duration::from_secs(u64::try_from(self.lease_seconds).unwrap_or(1)) / 2
    }

    /// A third of a lease.
    fn probation(&self) -> Duration {
        Duration::from_secs(u64::try_from(self.lease_seconds).unwrap_or(1)) / 3
    }

    pub(crate) fn word_wait_us(&self) -> i64 {
        i64::try_from(self.word_wait.as_micros()).unwrap_or(i64::MAX)
    }
}

impl App {
    /// Starts everything that works in the background. `writer` is the other end of the app's intake.
    pub async fn start(self: &Arc<Self>, writer: IntakeWriter) {
        if self.store.engine() == Engine::Sqlite
            && let Err(error) = self.forget_leases().await
        {
            tracing::warn!(error = cause(&error), "what the last process held must run out by itself");
        }
        self.tasks.spawn_vital("intake", writer_until(writer, self.tasks.stop()));
        self.start_doorbell();
        let (app, stop) = (Arc::clone(self), self.tasks.stop());
        self.tasks.spawn("modules", async move { app.watch_modules(stop).await });
        if !self.pace.works {
            return;
        }
        let (app, stop) = (Arc::clone(self), self.tasks.stop());
        self.tasks.spawn_vital("lanes", async move { app.work_lanes(stop).await });
        let (app, stop) = (Arc::clone(self), self.tasks.stop());
        self.tasks.spawn_vital("sender", async move { app.send_all(stop).await });
        let (app, stop) = (Arc::clone(self), self.tasks.stop());
        self.tasks.spawn_vital("jobs", async move { app.run_jobs(stop).await });
        let (app, stop) = (Arc::clone(self), self.tasks.stop());
        self.tasks.spawn_vital("calendars", async move { app.keep_reading_calendars(stop).await });
        let app = Arc::clone(self);
        self.tasks.spawn("zones", async move {
            if let Err(error) = app.reckon_zones().await {
                tracing::warn!(error = cause(&error), "whether clocks changed is looked at again at the next start");
            }
        });
    }

    /// The file is ours alone, so whoever holds something in it is dead.
    async fn forget_leases(&self) -> Result<(), AppError> {
        let mut tx = self.store.platform().await?;
        suspects::release_all(&mut tx).await?;
        Ok(tx.commit().await?)
    }

    async fn work_lanes(self: Arc<Self>, mut stop: Stop) {
        while !stop.is_set() {
            let asked = Instant::now();
            match self.claim_lanes().await {
                Ok(leases) if leases.is_empty() => {
                    tokio::select! {
                        () = tokio::time::sleep(IDLE) => {}
                        () = self.work.notified() => {}
                        () = self.turns.freed.notified() => {}
                        () = stop.wait() => {}
                    }
                }
                Ok(leases) => {
                    for lease in leases {
                        let (app, seat) = (Arc::clone(&self), self.turns.enter(lease.tenant));
                        self.tasks.spawn("turn", async move { app.turn(&lease, asked, seat).await });
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "lanes cannot be claimed");
                    stop.sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }

    /// Whether this process has lived for long enough to be killed by what it works on, and not by what killed the last.
    pub(crate) fn steady(&self) -> bool {
        self.listening_since.elapsed() >= self.pace.probation()
    }

    async fn claim_lanes(&self) -> Result<Vec<lanes::Lease>, AppError> {
        let (most, except) = (self.turns.free(), self.turns.full());
        if most == 0 || !self.store.may_be_due(Queue::Lanes).await? {
            return Ok(Vec::new());
        }
        let mut tx = self.store.platform().await?;
        let wanted = Wanted { most, lease_seconds: self.pace.lease_seconds, except: &except, suspects: self.steady() };
        let leases = lanes::claim(&mut tx, &wanted).await?;
        tx.commit().await?;
        if !leases.is_empty() {
            self.env.pass(Point::LaneClaimed);
        }
        Ok(leases)
    }

    /// Something arrived: lanes are looked at now, and again when its burst is over.
    pub(crate) fn wake_lanes(&self) {
        self.work.notify_one();
        if self.burst < IDLE {
            let (work, burst) = (Arc::clone(&self.work), self.burst + Duration::from_millis(1));
            self.tasks.spawn("burst", async move {
                tokio::time::sleep(burst).await;
                work.notify_one();
            });
        }
    }

    /// One turn, under a deadline shorter than its lease; a failure is logged once, here.
    async fn turn(&self, lease: &lanes::Lease, asked: Instant, _seat: Seat) {
        if self.env.sabotaged(Sabotage::Stall) && lease.token % 5 == 2 {
            return;
        }
        let ignored = if self.env.sabotaged(Sabotage::IgnoreLease) { LONG } else { Duration::ZERO };
        match tokio::time::timeout_at(self.pace.deadline(asked) + ignored, Box::pin(self.work_lane(lease, asked))).await
        {
            Ok(Ok(())) => {}
            Ok(Err(error @ AppError::Unavailable { .. })) => {
                tracing::warn!(tenant = %lease.tenant, channel = %lease.channel, error = cause(&error), "a turn must wait");
                if let Err(error) = self.excuse(lease).await {
                    tracing::warn!(error = cause(&error), "a turn's failure counts against its arrivals");
                }
            }
            Ok(Err(error)) => {
                tracing::error!(tenant = %lease.tenant, channel = %lease.channel, error = cause(&error), "a turn failed")
            }
            Err(_elapsed) => tracing::error!(tenant = %lease.tenant, channel = %lease.channel, "a turn took too long"),
        }
    }
}

impl App {
    async fn excuse(&self, lease: &lanes::Lease) -> Result<(), AppError> {
        let mut tx = self.store.write(lease.tenant).await?;
        lanes::excuse(&mut tx, lease).await?;
        Ok(tx.commit().await?)
    }
}

async fn writer_until(writer: IntakeWriter, mut stop: Stop) {
    // Accepted webhooks are answered before the writer goes: it ends with the last intake, or a moment after the stop.
    tokio::select! {
        () = writer.run() => {}
        () = async { stop.wait().await; tokio::time::sleep(Duration::from_secs(3)).await } => {}
    }
}

pub(crate) fn cause(error: &AppError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text
}
