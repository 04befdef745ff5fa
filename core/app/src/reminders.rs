//! Reminders: queued with the booking, sent once, never after the visit began.

use domain::{
    BookingId,
    booking::{Booking, BookingState},
    conversation::window_closes,
    faults::Sabotage,
    message::Author,
};
use jiff::SignedDuration;
use serde_json::json;
use store::{
    TenantTx,
    jobs::{self, Ending},
};

use crate::{App, assistant::Speech, view::AppError};

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
        if window_closes(conversation.last_inbound_at).is_none_or(|closes| closes <= self.env.now()) {
            // Outside the window only an approved template goes; those come with the messaging issue.
            return moot("window closed");
        }
        let Some(line) = self.line(conversation.channel).await? else { return moot("no channel") };
        let facts = self.facts(job.tenant, Some(booking.customer), "remind").await?;
        let speech = Speech::new(&self.messages, &facts, conversation.language.unwrap_or(facts.tenant.language));
        let text = speech.with("reminder", speech.about(&booking));
        let mut tx = self.store.write(job.tenant).await?;
        let again = if self.env.sabotaged(Sabotage::RemindAgain) { self.env.uuid().to_string() } else { String::new() };
        let said = format!("remind:{}{again}", job.id);
        self.say(&mut tx, &line, &conversation, text, Author::System, &said, self.env.now()).await?;
        tx.commit().await?;
        self.ring();
        Ok(Ending::Done)
    }
}
