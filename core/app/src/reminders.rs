//! Reminders: queued with the booking, sent once, never after the visit began.

use domain::{
    BookingId,
    booking::{Booking, BookingState},
    faults::{Point, Sabotage},
    message::Author,
    template::TemplatePurpose,
    window::{Passage, choose},
};
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned, tz::TimeZone};
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

/// When to remind, with the word in the job's key: at the same wall time the day before, whatever the clocks do in
/// between, and two hours before.
fn moments(start: Timestamp, wall: &str) -> [(Option<Timestamp>, &'static str); 2] {
    let zone = wall.parse::<Zoned>().map_or(TimeZone::UTC, |wall| wall.time_zone().clone());
    let day_before = start.to_zoned(zone).checked_sub(1.day()).ok().map(|wall| wall.timestamp());
    [(day_before, "24h"), (start.checked_sub(SignedDuration::from_hours(2)).ok(), "2h")]
}

impl App {
    /// Queues what is still to come before the booking. Unique by booking, version and kind.
    pub(crate) async fn remind_later(&self, tx: &mut TenantTx, booking: &Booking) -> Result<(), AppError> {
        for (due, kind) in moments(booking.span.from(), &booking.wall) {
            if let Some(due) = due.filter(|due| *due > self.env.now()) {
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
        self.env.pass(Point::Reminded);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(wall: &str, expected: [&str; 2]) {
        let start: Zoned = wall.parse().unwrap();
        let due = moments(start.timestamp(), wall).map(|(due, _)| due.unwrap().to_zoned(start.time_zone().clone()));
        assert_eq!(due.map(|due| due.strftime("%F %R").to_string()), expected, "{wall}");
    }

    #[test]
    fn the_day_before_is_the_same_time_by_the_clock_on_the_wall() {
        check("2026-03-05T17:00:00[America/Mexico_City]", ["2026-03-04 17:00", "2026-03-05 15:00"]);
        // Clocks go forward, and back, in the night between.
        check("2026-03-29T09:00:00[Europe/Madrid]", ["2026-03-28 09:00", "2026-03-29 07:00"]);
        check("2026-10-25T09:00:00[Europe/Madrid]", ["2026-10-24 09:00", "2026-10-25 07:00"]);
        // By half an hour.
        check("2026-10-04T09:00:00[Australia/Lord_Howe]", ["2026-10-03 09:00", "2026-10-04 07:00"]);
        // Half past two does not exist the day before: it is half past three then.
        check("2026-03-30T02:30:00[Europe/Madrid]", ["2026-03-29 03:30", "2026-03-30 00:30"]);
    }
}
