//! Work for later, run when due: each kind by its own code, retried with jitter, set aside when it keeps failing.

use std::{sync::Arc, time::Duration};

use domain::{BookingId, faults::Point};
use jiff::SignedDuration;
use store::{
    Queue, Wanted,
    jobs::{self, Ending},
};

use crate::{
    App, bulkhead::Seat, media, module_events, module_messages, module_requests, passage, reminders::REMIND,
    tasks::Stop, turned_back, view::AppError, workers::cause, zones,
};

const POLL: Duration = Duration::from_secs(1);
/// After this many tries a job is set aside.
const TRIES: u32 = 8;

impl App {
    pub(crate) async fn run_jobs(self: Arc<Self>, mut stop: Stop) {
        while !stop.is_set() {
            match self.due_jobs().await {
                Ok(due) if due.is_empty() => {
                    tokio::select! {
                        () = tokio::time::sleep(POLL) => {}
                        () = self.errands.freed.notified() => {}
                        () = stop.wait() => {}
                    }
                }
                Ok(due) => {
                    for job in due {
                        let (app, seat) = (Arc::clone(&self), self.errands.enter(job.tenant));
                        self.tasks.spawn("job", async move { app.take_on(job, seat).await });
                    }
                }
                Err(error) => {
                    tracing::warn!(error = cause(&error), "jobs cannot be claimed");
                    stop.sleep(POLL).await;
                }
            }
        }
    }

    async fn due_jobs(&self) -> Result<Vec<jobs::Claimed>, AppError> {
        let (most, except) = (self.errands.free(), self.errands.full());
        if most == 0 || !self.store.may_be_due(Queue::Jobs).await? {
            return Ok(Vec::new());
        }
        let mut tx = self.store.platform().await?;
        let (lease_seconds, suspects) = (self.pace.lease_seconds * 2, self.steady());
        let wanted = Wanted { most, lease_seconds, except: &except, suspects };
        let due = jobs::claim(&mut tx, &wanted).await?;
        tx.commit().await?;
        if !due.is_empty() {
            self.env.pass(Point::JobClaimed);
        }
        Ok(due)
    }

    async fn take_on(&self, job: jobs::Claimed, _seat: Seat) {
        if let Err(error) = self.run_job(&job).await {
            tracing::error!(job = %job.id, kind = job.kind, error = cause(&error), "a job could not be taken care of");
        }
    }

    async fn run_job(&self, job: &jobs::Claimed) -> Result<(), AppError> {
        // Counted with the claim: a job that kills its process ends here too.
        let ending = if job.attempts > TRIES {
            Ok(Ending::Dead("tried too often".to_owned()))
        } else {
            self.carry_out_job(job).await
        };
        self.env.pass(Point::JobWorked);
        let mut tx = self.store.write(job.tenant).await?;
        match ending {
            Ok(ending) => {
                if let Ending::Dead(reason) = &ending {
                    tracing::error!(job = %job.id, kind = job.kind, reason, "a job was set aside");
                }
                jobs::finish(&mut tx, job, &ending).await?;
            }
            Err(error) => {
                tracing::warn!(job = %job.id, kind = job.kind, attempt = job.attempts, error = cause(&error), "a job failed");
                let wait = SignedDuration::from_micros(self.backoff(job.attempts));
                let again = self.env.now().checked_add(wait).unwrap_or(self.env.now());
                jobs::retry(&mut tx, job, again, &error.to_string()).await?;
            }
        }
        Ok(tx.commit().await?)
    }

    async fn carry_out_job(&self, job: &jobs::Claimed) -> Result<Ending, AppError> {
        let ended = |gone: Option<&str>| gone.map_or(Ending::Done, |why| Ending::Dead(why.to_owned()));
        match job.kind.as_str() {
            media::FETCH => return self.fetch_media(job).await.map(ended),
            zones::RECKON => return self.reckon(job).await.map(ended),
            passage::EXPIRE => return self.expire_waiting(job).await.map(ended),
            turned_back::TURN_BACK => return self.run_turn_back(job).await.map(ended),
            module_events::TELL => return self.tell_module(job).await,
            module_requests::REQUEST => return self.make_request(job).await,
            module_messages::SEND => return self.send_later_message(job).await,
            module_messages::AUTOMATE => return self.run_automation(job).await,
            _ => {}
        }
        let booking = job.payload.get("booking").and_then(|id| id.as_str()).and_then(|id| id.parse::<BookingId>().ok());
        let version = job.payload.get("version").and_then(serde_json::Value::as_i64);
        match (job.kind.as_str(), booking, version) {
            (REMIND, Some(booking), Some(version)) => self.remind(job, booking, version).await,
            _ => Ok(match self.run_freed(job).await? {
                Some(None) => Ending::Done,
                Some(Some(why)) => Ending::Dead(why.to_owned()),
                None => Ending::Dead("nobody knows this job".to_owned()),
            }),
        }
    }
}
