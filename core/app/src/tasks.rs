//! The one place that starts background work: named, counted, told to stop, waited for.
//!
//! Invariant: every task ends within the grace period of [`Tasks::drain`] or is aborted and named in the log.

use std::{future::Future, time::Duration};

use tokio::{
    sync::{Mutex, watch},
    task::JoinSet,
};

/// All background work of a process.
pub struct Tasks {
    stop: watch::Sender<bool>,
    running: Mutex<JoinSet<&'static str>>,
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
        Self { stop: watch::channel(false).0, running: Mutex::default() }
    }
}

impl Tasks {
    pub fn stop(&self) -> Stop {
        Stop(self.stop.subscribe())
    }

    /// Starts `work` and keeps count of it.
    pub async fn spawn(&self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        let mut running = self.running.lock().await;
        while running.try_join_next().is_some() {}
        running.spawn(async move {
            work.await;
            name
        });
    }

    /// Asks everything to stop and waits for it, at most `grace`. True when all ended by themselves.
    pub async fn drain(&self, grace: Duration) -> bool {
        self.stop.send_replace(true);
        let mut running = self.running.lock().await;
        let ended = tokio::time::timeout(grace, async { while running.join_next().await.is_some() {} }).await.is_ok();
        if !ended {
            tracing::warn!(left = running.len(), "some background work did not end in time and is aborted");
            running.shutdown().await;
        }
        ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn draining_waits_for_work_that_listens_and_aborts_what_does_not() {
        let tasks = Tasks::default();
        let mut stop = tasks.stop();
        tasks.spawn("listens", async move { stop.wait().await }).await;
        assert!(tasks.drain(Duration::from_secs(5)).await);

        let tasks = Tasks::default();
        tasks.spawn("deaf", std::future::pending()).await;
        assert!(!tasks.drain(Duration::from_millis(20)).await);
    }
}
