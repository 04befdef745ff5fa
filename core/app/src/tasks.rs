//! The one place that starts background work: named, counted, told to stop, waited for.
//!
//! Invariants: every task ends within the grace period of [`Tasks::drain`] or is aborted and named in the log; a task
//! without which the process is of no use ends it when it breaks off, and whoever watches processes starts another.

use std::{
    future::Future,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::watch, task::JoinSet, time::Instant};

/// All background work of a process.
pub struct Tasks {
    stop: watch::Sender<bool>,
    broken: watch::Sender<Option<&'static str>>,
    running: Mutex<JoinSet<()>>,
}

/// Handed to each task: tells when to stop.
#[derive(Clone)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    pub fn is_set(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns when the process is asked to end.
    pub async fn wait(&mut self) {
        // An error means that the sender is gone, which is the end too.
        let _ended = self.0.wait_for(|stop| *stop).await;
    }

    /// Sleeps, but not past the end. False when it is time to stop.
    pub async fn sleep(&mut self, time: Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(time) => !self.is_set(),
            () = self.wait() => false,
        }
    }
}

impl Default for Tasks {
    fn default() -> Self {
        Self { stop: watch::channel(false).0, broken: watch::channel(None).0, running: Mutex::default() }
    }
}

/// Tells when the task it lives in ended, however it ended.
struct Vital {
    name: &'static str,
    stop: Stop,
    broken: watch::Sender<Option<&'static str>>,
}

impl Drop for Vital {
    fn drop(&mut self) {
        if !self.stop.is_set() {
            self.broken.send_replace(Some(self.name));
        }
    }
}

impl Tasks {
    pub fn stop(&self) -> Stop {
        Stop(self.stop.subscribe())
    }

    /// Starts `work` and keeps count of it. A panic ends it and nothing else.
    pub fn spawn(&self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        let mut running = self.running();
        reap(&mut running);
        running.spawn(async move {
            work.await;
            tracing::trace!(name, "background work ended");
        });
    }

    /// Starts what must run as long as the process does.
    pub fn spawn_vital(&self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        let vital = Vital { name, stop: self.stop(), broken: self.broken.clone() };
        self.spawn(name, async move {
            let _until_the_end = vital;
            work.await;
        });
    }

    /// Returns the name of vital work that broke off; else never.
    pub async fn broken(&self) -> &'static str {
        let mut broken = self.broken.subscribe();
        match broken.wait_for(Option::is_some).await.map(|name| *name) {
            Ok(Some(name)) => name,
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }

    /// Asks everything to stop and waits for it, at most `grace`. True when all ended by themselves.
    pub async fn drain(&self, grace: Duration) -> bool {
        self.stop.send_replace(true);
        let until = Instant::now() + grace;
        // Work that is ending may still start some: nothing is locked while we wait.
        while Instant::now() < until {
            if reap(&mut self.running()) == 0 {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let mut left = std::mem::take(&mut *self.running());
        tracing::warn!(left = left.len(), "some background work did not end in time and is aborted");
        left.shutdown().await;
        false
    }

    fn running(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets what has ended, and tells how much has not.
fn reap(running: &mut JoinSet<()>) -> usize {
    while let Some(ended) = running.try_join_next() {
        if let Err(error) = ended.map_err(|error| error.to_string()) {
            tracing::error!(error, "background work panicked");
        }
    }
    running.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn draining_waits_for_work_that_listens_and_aborts_what_does_not() {
        let tasks = Tasks::default();
        let mut stop = tasks.stop();
        tasks.spawn("listens", async move { stop.wait().await });
        assert!(tasks.drain(Duration::from_secs(5)).await);

        let tasks = Tasks::default();
        tasks.spawn("deaf", std::future::pending());
        assert!(!tasks.drain(Duration::from_millis(20)).await);
    }

    #[tokio::test]
    async fn vital_work_that_panics_is_told_and_other_work_is_not() {
        let tasks = Tasks::default();
        tasks.spawn("errand", async { std::panic::panic_any("oh") });
        let waited = tokio::time::timeout(Duration::from_millis(20), tasks.broken()).await;
        assert!(waited.is_err(), "an errand is nothing");
        tasks.spawn_vital("loop", async { std::panic::panic_any("oh") });
        assert_eq!(tasks.broken().await, "loop");
    }
}
