//! Messages the window closed on: said in time and leaving too late, or refused by a provider that counts otherwise.
//!
//! Invariant: such a message never fails for it. A reminder travels on as its approved template; anything else waits in
//! the thread until the customer writes, as if it had been said too late. Decided by [`App::turn_back`].

use domain::{
    BookingId, JobId, MessageId, OutboxId, TenantId,
    channel::Line,
    conversation::{Conversation, WINDOW_MARGIN_MINUTES},
    delivery::OutboxState,
    message::Body,
    template::TemplatePurpose,
    window::{Passage, choose},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use store::{
    TenantTx, jobs,
    journeys::Journey,
    messages,
    outbox::{self, Claimed},
    waiting::Waiting,
};

use crate::{
    App,
    assistant::Speech,
    passage::{PATIENCE, in_language, template_body},
    reminders::reminder_values,
    view::AppError,
};

/// Kind of the job, as stored: never reused for anything else.
pub(crate) const TURN_BACK: &str = "turn_back";
const REASON: &str = "the window had closed";

impl App {
    /// Whether free text that was said in time would leave too late. The margin of the window covers those that leave
    /// soon, so that most sends ask nothing.
    pub(crate) async fn too_late(&self, row: &Claimed, line: &Line) -> Result<bool, AppError> {
        let waited = self.env.now().duration_since(row.queued_at);
        let free = !matches!(row.body, Body::Template { .. }) && line.provider.has_window();
        if !free || waited < SignedDuration::from_mins(WINDOW_MARGIN_MINUTES) {
            return Ok(false);
        }
        let Some(talk) = self.conversation(row.tenant, row.conversation).await? else { return Ok(false) };
        Ok(choose(line.provider, talk.last_inbound_at, self.env.now(), None) == Passage::Wait)
    }

    /// A provider reports that it did not deliver because of the window: taken care of outside the turn that heard it.
    pub(crate) async fn turn_back_later(
        &self,
        tx: &mut TenantTx,
        id: OutboxId,
        message: MessageId,
    ) -> Result<(), AppError> {
        messages::set_out_again(tx, message).await?;
        jobs::push(tx, TURN_BACK, &id.to_string(), &json!({ "departure": id }), self.env.now()).await?;
        Ok(())
    }

    /// `Some`: there was nothing to do, and why.
    pub(crate) async fn run_turn_back(&self, job: &jobs::Claimed) -> Result<Option<&'static str>, AppError> {
        let id = job.payload.get("departure").and_then(|id| id.as_str()).and_then(|id| id.parse::<OutboxId>().ok());
        let Some(id) = id else { return Ok(Some("no departure")) };
        self.turn_back(job.tenant, id, None).await?;
        Ok(None)
    }

    /// Takes a departure off its way; the message goes on as a template or waits. With a `claim` only while it is ours.
    pub(crate) async fn turn_back(
        &self,
        tenant: TenantId,
        id: OutboxId,
        claim: Option<&Claimed>,
    ) -> Result<(), AppError> {
        let mut tx = self.store.read(tenant).await?;
        let Some(journey) = store::journeys::journey(&mut tx, id).await? else { return Ok(()) };
        drop(tx);
        // Turned back before, by a run that died after its commit.
        if journey.state == OutboxState::Expired {
            return Ok(());
        }
        let Some(talk) = self.conversation(tenant, journey.conversation).await? else { return Ok(()) };
        let Some(line) = self.line(talk.channel).await? else { return Ok(()) };
        let template = self.as_reminder_template(tenant, &journey.dedupe_key, &line, &talk).await?;
        let mut tx = self.store.write(tenant).await?;
        let ours = match claim {
            Some(row) => outbox::settle(&mut tx, row, OutboxState::Expired, None, Some(REASON)).await?,
            None => store::journeys::turn_back(&mut tx, id, REASON).await?,
        };
        if !ours {
            return Ok(());
        }
        let message = journey.message;
        messages::set_out_again(&mut tx, message).await?;
        match template {
            Some(body) => self.go_on_as(&mut tx, &line, &talk, journey, body).await?,
            None => {
                let now = self.env.now();
                let patience = now.checked_add(PATIENCE).unwrap_or(now);
                let held = Waiting {
                    message: journey.message,
                    conversation: journey.conversation,
                    // Another cause than the departure's, which has spoken.
                    dedupe_key: format!("{}:waits:{id}", journey.dedupe_key),
                    body: journey.body,
                    expires_at: journey.expires_at.unwrap_or(patience).min(patience),
                };
                self.wait_in_sight(&mut tx, &held).await?;
            }
        }
        store::events::push(&mut tx, "status", message).await?;
        tx.commit().await?;
        self.ring();
        Ok(())
    }

    async fn go_on_as(
        &self,
        tx: &mut TenantTx,
        line: &Line,
        talk: &Conversation,
        journey: Journey,
        body: Body,
    ) -> Result<(), AppError> {
        messages::set_body(tx, journey.message, &body).await?;
        let departure = outbox::Departure {
            channel: line.id,
            conversation: talk.id,
            message: journey.message,
            dedupe_key: format!("{}:template", journey.dedupe_key),
            class: journey.class,
            recipient: talk.address.clone(),
            body,
            reply_to: None,
            expires_at: journey.expires_at,
            at: self.env.now(),
        };
        outbox::push(tx, &departure).await?;
        Ok(())
    }

    /// The reminder that `cause` speaks of, in the words its provider approved. `None`: it is no reminder, there is no
    /// such template, or there is nothing to remind of any more.
    async fn as_reminder_template(
        &self,
        tenant: TenantId,
        cause: &str,
        line: &Line,
        talk: &Conversation,
    ) -> Result<Option<Body>, AppError> {
        let job = cause.split(':').skip_while(|part| *part != "remind").nth(1);
        let Some(job) = job.and_then(|id| id.parse::<JobId>().ok()) else { return Ok(None) };
        let mut tx = self.store.read(tenant).await?;
        let approved = store::templates::approved(&mut tx, line.id, TemplatePurpose::Reminder).await?;
        let payload = jobs::payload(&mut tx, job).await?.unwrap_or_default();
        let booking = payload.get("booking").and_then(|id| id.as_str()).and_then(|id| id.parse::<BookingId>().ok());
        let booking = match booking {
            Some(id) => store::bookings::find(&mut tx, id).await?,
            None => None,
        };
        drop(tx);
        let now: Timestamp = self.env.now();
        let version = payload.get("version").and_then(serde_json::Value::as_i64);
        let Some(booking) = booking.filter(|booking| Some(booking.version) == version && booking.span.from() > now)
        else {
            return Ok(None);
        };
        let facts = self.facts(tenant, Some(booking.customer), "remind").await?;
        let language = talk.language.unwrap_or(facts.tenant.language);
        let about = Speech::new(&self.messages, &facts, language).about(&booking);
        let template = in_language(&approved, language);
        Ok(template.map(|template| template_body(line.provider, template, reminder_values(&about, &facts.tenant.name))))
    }
}
