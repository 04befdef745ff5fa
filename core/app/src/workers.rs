//! The loops that never end: lanes, outbox, jobs. Each polls; a ring only shortens the wait.

use std::{sync::Arc, time::Duration};

use store::{inbox::IntakeWriter, lanes};

use crate::{App, tasks::Stop, view::AppError};

/// Lanes claimed at once, and turns in flight.
const LANES: u32 = 16;
const IDLE: Duration = Duration::from_millis(500);

impl App {
    /// Starts everything that works in the background. `writer` is the other end of the app's intake.
    pub async fn start(self: &Arc<Self>, writer: IntakeWriter) {
        self.tasks.spawn("intake", writer_until(writer, self.tasks.stop())).await;
        let (app, stop) = (Arc::clone(self), self.tasks.stop());
        self.tasks.spawn("lanes", async move { app.work_lanes(stop).await }).await;
        let (app, stop) = (Arc::clone(self), self.tasks.stop());
        self.tasks.spawn("sender", async move { app.send_all(stop).await }).await;
        let (app, stop) = (Arc::clone(self), self.tasks.stop());
        self.tasks.spawn("jobs", async move { app.run_jobs(stop).await }).await;
        let (app, stop) = (Arc::clone(self), self.tasks.stop());
        self.tasks.spawn("modules", async move { app.watch_modules(stop).await }).await;
    }

    async fn work_lanes(self: Arc<Self>, mut stop: Stop) {
        while !stop.is_set() {
            match self.claim_lanes().await {
                Ok(leases) if leases.is_empty() => {
                    tokio::select! {
                        () = tokio::time::sleep(IDLE.min(self.burst.max(Duration::from_millis(20)))) => {}
                        () = self.work.notified() => {}
                        () = stop.wait() => {}
                    }
                }
                Ok(leases) => {
                    let turns = leases.iter().map(|lease| self.turn(lease));
                    futures_util::future::join_all(turns).await;
                }
                Err(error) => {
                    tracing::warn!(%error, "lanes cannot be claimed");
                    stop.sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }

    async fn claim_lanes(&self) -> Result<Vec<lanes::Lease>, AppError> {
        let mut tx = self.store.platform().await?;
        let leases = lanes::claim(&mut tx, LANES).await?;
        tx.commit().await?;
        Ok(leases)
    }

    /// One turn, under a deadline shorter than its lease; a failure is logged once, here.
    async fn turn(&self, lease: &lanes::Lease) {
        let limit = Duration::from_secs(u64::try_from(lanes::LEASE_SECONDS).unwrap_or(30) - 5);
        match tokio::time::timeout(limit, Box::pin(self.work_lane(lease))).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::error!(tenant = %lease.tenant, channel = %lease.channel, error = cause(&error), "a turn failed")
            }
            Err(_elapsed) => tracing::error!(tenant = %lease.tenant, channel = %lease.channel, "a turn took too long"),
        }
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
