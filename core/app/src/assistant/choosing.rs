//! Which of the offered times it is to be: one of them, another like them, or more of them.

use jiff::SignedDuration;
use language::{Days, Entities, Hour};
use scheduling::Opening;
use serde_json::json;

use super::{
    Action, Asked, Facts, Plan, Speech,
    booking::{absorb, advance},
    changes::{ask_cancel, move_this},
    memory::Offer,
    offering, taking,
};

pub(super) async fn choose(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan, entities: &Entities) {
    let Some(place) = entities.choice else { return };
    match plan.memory.asked {
        Some(Asked::WhichToCancel) => {
            let chosen = plan.memory.listed.get(place).and_then(|id| facts.booking(*id)).cloned();
            if let Some(booking) = chosen {
                ask_cancel(facts, speech, plan, &booking);
            }
        }
        Some(Asked::WhichToMove) => {
            if let Some(id) = plan.memory.listed.get(place).copied() {
                move_this(facts, speech, plan, id, &Entities::default()).await;
            }
        }
        _ => match plan.memory.offered.get(place).copied() {
            Some(offer) => take_offer(facts, speech, plan, offer).await,
            None => which(facts, speech, plan).await,
        },
    }
}

/// A yes to what was offered: the one there was, or the question which.
pub(super) async fn of_offered(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan) {
    match plan.memory.offered.as_slice() {
        [only] => {
            let only = *only;
            take_offer(facts, speech, plan, only).await;
        }
        _ => which(facts, speech, plan).await,
    }
}

/// Asks which of the offered times, in few words: they were told already, with the reasons.
async fn which(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan) {
    let offered = plan.memory.offered.iter();
    let openings: Vec<Opening> =
        offered.filter_map(|offer| offering::at_offer(facts, &plan.memory, *offer).1.ok()).collect();
    if openings.is_empty() {
        advance(facts, speech, plan).await;
        return;
    }
    let times = offering::times(speech, &openings, plan.memory.resource.is_some());
    let key = if openings.len() == 1 { "which_one" } else { "which_slot" };
    offering::show(speech, plan, &openings, speech.words(key, json!({ "times": times })));
}

pub(super) async fn take_offer(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan, offer: Offer) {
    let local = facts.local(offer.start);
    (plan.memory.days, plan.memory.hour) = (Some(Days::On(local.date())), Some(Hour::At(local.time())));
    // Whoever takes Luis's time has let go of the wish for Ana.
    plan.memory.resource = plan.memory.resource.and(offer.resource);
    let (visit, found) = offering::at_offer(facts, &plan.memory, offer);
    let moving = plan.memory.moving.and_then(|id| facts.booking(id)).cloned();
    match found {
        Ok(opening) => taking::take(facts, speech, plan, &visit, opening, moving.as_ref()).await,
        Err(reasons) => offering::instead(facts, speech, plan, &facts.inputs, &visit, offer.start, &reasons),
    }
}

pub(super) async fn more(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan, entities: &Entities) {
    if entities.time.is_empty() && !plan.memory.services.is_empty() {
        offering::more(facts, speech, plan).await;
    } else {
        absorb(&mut plan.memory, entities);
        advance(facts, speech, plan).await;
    }
}

/// "más tarde", "something earlier", "media hora después": after or before what was offered, on the same day.
pub(super) async fn shift(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan, entities: &Entities, later: bool) {
    let held = plan.memory.held.and_then(|held| facts.booking(held)).map(|booking| booking.span.from());
    let starts = plan.memory.offered.iter().map(|offer| offer.start);
    let edge = held.or(if later { starts.max() } else { starts.min() });
    if let (Some(edge), Some(minutes)) = (edge, entities.time.shift) {
        let wanted = facts.local(edge.checked_add(SignedDuration::from_mins(i64::from(minutes))).unwrap_or(edge));
        (plan.memory.days, plan.memory.hour) = (Some(Days::On(wanted.date())), Some(Hour::At(wanted.time())));
    } else if let Some(edge) = edge {
        let local = facts.local(edge);
        plan.memory.days = Some(Days::On(local.date()));
        let after = local.time().saturating_add(SignedDuration::from_mins(1));
        plan.memory.hour = Some(if later { Hour::From(after) } else { Hour::Until(local.time()) });
    }
    if let Some(booking) = plan.memory.held.take() {
        plan.actions.push(Action::Release { booking });
    }
    advance(facts, speech, plan).await;
}
