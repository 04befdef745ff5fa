//! Reminders: queued with the booking, sent once, never after the visit began.

use domain::{
    BookingId,
    booking::{Booking, BookingState},
    faults::Sabotage,
    message::Author,
    template::TemplatePurpose,
    window::{Passage, choose},
};
use jiff::SignedDuration;
use serde_json::json;
use store::{
    TenantTx,
    jobs::{self, Ending},
};

use crate::{
    App,
    assistant::Speech,
    passage::{in_language, template_body},
    view::AppError,
};

/// Kind of the job, as stored: never reused for anything else.
pub(crate) const REMIND: &str = "remind";
/// How long before the start, and the word in the job's key.
const AHEAD: [(i64, &str); 2] = [(24 * 60, "24h"), (2 * 60, "2h")];

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

    /// Says it, or why there was nothing to say.
    pub(crate) async fn remind(&self, job: &jobs::Claimed, id: BookingId, version: i64) -> Result<Ending, AppError> {
        let moot = |why: &str| Ok(Ending::Moot(why.to_owned()));
        let mut tx = self.store.read(job.tenant).await?;
        let found = store::bookings::find(&mut tx, id).await?;
        drop(tx);
        // Changed or cancelled since, or begun: not a failure, there is nothing to say.
        let Some(booking) = found.filter(|booking| {
            booking.version == version
                && booking.state == BookingState::Confirmed
                && booking.span.from() > self.env.now()
        }) else {
            return moot("superseded");
        };
        let Some(talk) = booking.conversation else { return moot("no conversation") };
        let Some(conversation) = self.conversation(job.tenant, talk).await? else { return moot("no conversation") };
        let Some(line) = self.line(conversation.channel).await? else { return moot("no channel") };
        let facts = self.facts(job.tenant, Some(booking.customer), "remind").await?;
        let language = conversation.language.unwrap_or(facts.tenant.language);
        let speech = Speech::new(&self.messages, &facts, language);
        let about = speech.about(&booking);
        let mut tx = self.store.write(job.tenant).await?;
        let again = if self.env.sabotaged(Sabotage::RemindAgain) { self.env.uuid().to_string() } else { String::new() };
        let cause = format!("remind:{}{again}", job.id);
        let approved = store::templates::approved(&mut tx, line.id, TemplatePurpose::Reminder).await?;
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
        Ok(Ending::Done)
    }
}

/// What a reminder's template is given, in the order of its places: services, date and time, with whom, the business.
/// The day by its name and number: "tomorrow" may be read later than it was written.
pub(crate) fn reminder_values(about: &serde_json::Value, business: &str) -> Vec<String> {
    let get = |name: &str| about.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    vec![get("what"), format!("{} {}", get("day"), get("time")), get("who"), business.to_owned()]
}
