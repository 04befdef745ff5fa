//! What is said once the database has spoken.

use domain::{
    booking::{Booking, BookingState},
    message::Body,
};
use language::say;
use serde_json::json;

use super::{Action, Asked, Facts, Memory, Outcome, Speech, booking::yes_no};

/// The customer's words for what became of `action`, from the row that was committed with them. [`Outcome::Taken`]
/// is not answered here: the turn plans again with fresh facts.
pub(crate) async fn conclude(
    facts: &Facts,
    speech: &Speech<'_>,
    memory: &mut Memory,
    outcome: &Outcome,
    notes: Vec<String>,
) -> Option<Body> {
    match outcome {
        Outcome::Held(booking) => {
            memory.held = Some(booking.id);
            memory.asked = Some(Asked::Confirm);
            Some(read_back(facts, speech, booking, notes))
        }
        Outcome::Confirmed(booking) => {
            memory.clear();
            let key = if booking.state == BookingState::PendingApproval { "pending" } else { "confirmed" };
            Some(speech.with(key, speech.about(booking)))
        }
        Outcome::Moved(booking) => {
            memory.clear();
            Some(speech.with("moved", speech.about(booking)))
        }
        Outcome::Cancelled(booking) => {
            memory.clear();
            // "¿Te busco otro día?" is about the same again.
            let same = booking.items.iter().filter_map(|item| {
                facts.services.iter().find(|service| service.id == item.service).map(|service| service.key.clone())
            });
            memory.services = same.collect();
            Some(speech.with("cancelled", speech.about(booking)))
        }
        Outcome::Refused => {
            memory.clear();
            Some(speech.text("too_late"))
        }
        Outcome::Joined { place } => {
            memory.clear();
            Some(speech.with("waitlist", json!({ "place": place })))
        }
        Outcome::Passed => {
            memory.clear();
            Some(speech.text("offer_passed"))
        }
        Outcome::OfferGone => {
            memory.clear();
            Some(speech.text("offer_gone"))
        }
        Outcome::Taken | Outcome::Done => None,
    }
}

fn read_back(facts: &Facts, speech: &Speech<'_>, booking: &Booking, notes: Vec<String>) -> Body {
    let mut about = speech.about(booking);
    if let Some(fields) = about.as_object_mut() {
        fields.insert("place".to_owned(), json!(facts.location.name));
        fields.insert("lines".to_owned(), json!(speech.lines(&booking.quote)));
        fields.insert("total".to_owned(), json!(say::money(speech.language(), booking.quote.total)));
        fields.insert("notes".to_owned(), json!(notes));
        fields.insert("party".to_owned(), json!(booking.party));
        let deposit = booking.quote.deposit.map(|deposit| say::money(speech.language(), deposit));
        fields.insert("deposit".to_owned(), json!(deposit.unwrap_or_default()));
    }
    Body::Buttons { text: speech.words("readback", about), buttons: yes_no(speech) }
}

/// Whether this action's slot was lost to somebody else, so that the plan must be made again.
pub(crate) fn lost(action: &Action, outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Taken)
        && matches!(action, Action::Hold { .. } | Action::Move { .. } | Action::Confirm { .. })
}
