//! Reminders: queued with the booking, sent once, never after the visit began.

use std::{sync::Arc, time::Duration};

use domain::{
    BookingId,
    booking::{Booking, BookingState},
    conversation::window_closes,
    message::Author,
};
use jiff::SignedDuration;
use serde_json::json;
use store::{TenantTx, jobs};

use crate::{App, assistant::Speech, tasks::Stop, view::AppError, workers::cause};

/// Kind of the job, as stored: never reused for anything else.
const REMIND: &str = "remind";
/// How long before the start, and the word in the job's key.
const AHEAD: [(i64, &str); 2] = [(24 * 60, "24h"), (2 * 60, "2h")];
const POLL: Duration = Duration::from_secs(2);
const TRIES: u32 = 5;

impl App {
    /// Queues what is still to come before the booking. Unique by booking, version and kind.
    pub(crate) async fn remind_later(&self, tx: &mut TenantTx, booking: &Booking) -> Result<(), AppError> {
        for (minutes, kind) in AHEAD {
            let due =
                booking.span.from().checked_sub(SignedDuration::from_mins(minutes)).unwrap_or(booking.span.from());
            if due > self.env.now() {
                let payload = json!({ "booking": booking.id, "version": booking.version });
                jobs::push(tx, REMIND, &format!("{}:{}:{kind}", booking.id, booking.version), &payload, due).await?;
            }
        }
        Ok(())
    }

    pub(crate) async fn run_jobs(self: Arc<Self>, mut stop: Stop) {
        while !stop.is_set() {
            match self.due_jobs().await {
                Ok(due) if due.is_empty() => {
                    stop.sleep(POLL).await;
                }
                Ok(due) => {
                    for job in due {
                        if let Err(error) = self.run_job(&job).await {
                            tracing::error!(job = %job.id, kind = job.kind, error = cause(&error), "a job failed");
                        }
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
        let mut tx = self.store.platform().await?;
        let due = jobs::claim(&mut tx, 16).await?;
        tx.commit().await?;
        Ok(due)
    }

    async fn run_job(&self, job: &jobs::Claimed) -> Result<(), AppError> {
        let booking = job.payload.get("booking").and_then(|id| id.as_str()).and_then(|id| id.parse::<BookingId>().ok());
        let version = job.payload.get("version").and_then(serde_json::Value::as_i64);
        let done = match (job.kind.as_str(), booking, version) {
            // Why there was nothing to say is no failure of the job.
            (REMIND, Some(booking), Some(version)) => self.remind(job, booking, version).await.map(|_nothing| None),
            _ => self.run_freed(job).await.map(|known| known.unwrap_or(Some("nobody knows this job"))),
        };
        let dead = match &done {
            Ok(dead) => *dead,
            Err(_) if job.attempts > TRIES => Some("tried too often"),
            // Its lease runs out, and it comes round again.
            Err(_) => return done.map(|_done| ()),
        };
        let mut tx = self.store.write(job.tenant).await?;
        jobs::finish(&mut tx, job.id, dead).await?;
        tx.commit().await?;
        done.map(|_done| ())
    }

    /// Says it, or why there was nothing to say.
    async fn remind(&self, job: &jobs::Claimed, id: BookingId, version: i64) -> Result<Option<&'static str>, AppError> {
        let mut tx = self.store.read(job.tenant).await?;
        let found = store::bookings::find(&mut tx, id).await?;
        drop(tx);
        // Changed or cancelled since, or begun: not a failure, there is nothing to say.
        let Some(booking) = found.filter(|booking| {
            booking.version == version
                && booking.state == BookingState::Confirmed
                && booking.span.from() > self.env.now()
        }) else {
            return Ok(Some("superseded"));
        };
        let Some(talk) = booking.conversation else { return Ok(Some("no conversation")) };
        let Some(conversation) = self.conversation(job.tenant, talk).await? else { return Ok(Some("no conversation")) };
        if window_closes(conversation.last_inbound_at).is_none_or(|closes| closes <= self.env.now()) {
            // Outside the window only an approved template goes; those come with the messaging issue.
            return Ok(Some("window closed"));
        }
        let Some(line) = self.line(conversation.channel).await? else { return Ok(Some("no channel")) };
        let facts = self.facts(job.tenant, Some(booking.customer), "remind").await?;
        let speech = Speech::new(&self.messages, &facts, conversation.language.unwrap_or(facts.tenant.language));
        let text = speech.with("reminder", speech.about(&booking));
        let mut tx = self.store.write(job.tenant).await?;
        let said = format!("remind:{}", job.id);
        self.say(&mut tx, &line, &conversation, text, Author::System, &said, self.env.now()).await?;
        tx.commit().await?;
        self.ring();
        Ok(None)
    }
}
