//! Rings between nodes: heard, they wake our lanes; when something arrives here, the others are rung.
//!
//! Invariant: nothing here is needed. Lanes are polled whether rings come or not, so none of these loops is vital.

use std::{sync::Arc, time::Duration};

use domain::doorbell::Doorbell;

use crate::{App, tasks::Stop, view::HealthPart};

/// How nodes ring for each other.
#[derive(Clone)]
pub enum Rings {
    /// They only poll.
    Never,
    /// By the database, within the commit: see [`store::Store::doorbell`].
    Notify,
    /// By a line of its own.
    Line(Arc<dyn Doorbell>),
}

impl App {
    pub(crate) fn start_doorbell(self: &Arc<Self>) {
        let (app, stop) = (Arc::clone(self), self.tasks.stop());
        match self.rings.clone() {
            Rings::Never => {}
            Rings::Notify => self.tasks.spawn("doorbell", async move { app.hear_notifications(stop).await }),
            Rings::Line(line) => {
                let (heard, rung, mut stop_ringing) = (Arc::clone(&line), line, stop.clone());
                self.tasks.spawn("doorbell", async move { app.hear_line(heard.as_ref(), stop).await });
                let app = Arc::clone(self);
                self.tasks.spawn("ringing", async move {
                    loop {
                        tokio::select! {
                            // However much arrives while one ring is on its way, the next is for all of it.
                            () = app.arrived.notified() => rung.ring().await,
                            () = stop_ringing.wait() => return,
                        }
                    }
                });
            }
        }
    }

    async fn hear_line(&self, line: &dyn Doorbell, mut stop: Stop) {
        while !stop.is_set() {
            tokio::select! {
                () = line.heard() => self.wake_lanes(),
                () = stop.wait() => return,
            }
        }
    }

    async fn hear_notifications(&self, mut stop: Stop) {
        while !stop.is_set() {
            match self.store.doorbell().await {
                Ok(None) => return,
                Ok(Some(mut bell)) => loop {
                    tokio::select! {
                        heard = bell.heard() => match heard {
                            Ok(()) => self.wake_lanes(),
                            Err(error) => {
                                tracing::warn!(%error, "the doorbell's line broke; polling goes on");
                                break;
                            }
                        },
                        () = stop.wait() => return,
                    }
                },
                Err(error) => tracing::warn!(%error, "the doorbell cannot be heard; polling goes on"),
            }
            stop.sleep(Duration::from_secs(2)).await;
        }
    }

    /// Said, but no reason to be called unready: work is found by polling.
    pub(crate) fn doorbell_health(&self) -> Option<HealthPart> {
        let Rings::Line(line) = &self.rings else { return None };
        let trouble = line.trouble();
        Some(HealthPart { name: "doorbell".to_owned(), ok: trouble.is_none(), detail: trouble.unwrap_or_default() })
    }
}
