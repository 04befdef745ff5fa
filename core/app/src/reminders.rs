//! Reminders: queued with the booking, sent once, never after the visit began.

use std::{sync::Arc, time::Duration};

use domain::{
    BookingId,
    booking::{Booking, BookingState},
    message::Author,
    template::TemplatePurpose,
    window::{Passage, choose},
};
use jiff::SignedDuration;
use serde_json::json;
use store::{TenantTx, jobs};

use crate::{
    App,
    assistant::Speech,
    media,
    passage::{self, in_language, template_body},
    tasks::Stop,
    view::AppError,
    workers::cause,
};

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
        match job.kind.as_str() {
            media::FETCH => return self.end_job(job, self.fetch_media(job).await?).await,
            passage::EXPIRE => return self.end_job(job, self.expire_waiting(job).await?).await,
            _ => {}
        }
        let booking = job.payload.get("booking").and_then(|id| id.as_str()).and_then(|id| id.parse::<BookingId>().ok());
        let version = job.payload.get("version").and_then(serde_json::Value::as_i64);
        let gone = match (job.kind.as_str(), booking, version) {
            (REMIND, Some(booking), Some(version)) => self.remind(job, booking, version).await?,
            _ => Some("nobody knows this job"),
        };
        let gone = gone.or((job.attempts > TRIES).then_some("tried too often"));
        let mut tx = self.store.write(job.tenant).await?;
        jobs::finish(&mut tx, job.id, gone.filter(|_| job.kind != REMIND)).await?;
        Ok(tx.commit().await?)
    }

    async fn end_job(&self, job: &jobs::Claimed, gone: Option<&str>) -> Result<(), AppError> {
        let mut tx = self.store.write(job.tenant).await?;
        jobs::finish(&mut tx, job.id, gone).await?;
        Ok(tx.commit().await?)
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
        let Some(line) = self.line(conversation.channel).await? else { return Ok(Some("no channel")) };
        let facts = self.facts(job.tenant, Some(booking.customer), "remind").await?;
        let language = conversation.language.unwrap_or(facts.tenant.language);
        let speech = Speech::new(&self.messages, &facts, language);
        let about = speech.about(&booking);
        let mut tx = self.store.write(job.tenant).await?;
        let approved = store::templates::approved(&mut tx, line.id, TemplatePurpose::Reminder).await?;
        let cause = format!("remind:{}", job.id);
        let now = self.env.now();
        let approved = in_language(&approved, language);
        match choose(line.provider, conversation.last_inbound_at, now, approved) {
            Passage::FreeText => {
                let text = speech.with("reminder", about);
                self.say(&mut tx, &line, &conversation, text, Author::System, &cause, now).await?;
            }
            Passage::Template(template) => {
                let body = template_body(line.provider, template, reminder_values(&about, &facts.tenant.name));
                self.say(&mut tx, &line, &conversation, body, Author::System, &cause, now).await?;
            }
            Passage::Wait => {
                let said = (speech.with("reminder", about), Author::System, cause.as_str());
                self.hold_back(&mut tx, &conversation, said, booking.span.from()).await?;
            }
        }
        tx.commit().await?;
        self.ring();
        Ok(None)
    }
}

/// What a reminder's template is given, in the order of its places: services, date and time, with whom, the business.
fn reminder_values(about: &serde_json::Value, business: &str) -> Vec<String> {
    let get = |name: &str| about.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    vec![get("what"), format!("{} {}", get("date"), get("time")), get("who"), business.to_owned()]
}
