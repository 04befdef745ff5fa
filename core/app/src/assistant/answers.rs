//! One answer to each kind of request.

use domain::{booking::Booking, message::Body};
use jiff::SignedDuration;
use language::{Entities, Intent, Request};
use serde_json::json;

use super::{
    Action, Asked, Facts, Plan, Speech, asking,
    booking::{self, absorb, advance, as_last_time},
    changes::{ask_cancel, ask_cancel_all, begin_cancel, begin_move, cancel, cancel_all, hour_at, meant, move_this},
    choosing::{self, choose, more, shift, take_offer},
    dialogs,
    information::{help, hours, list, price, price_list, staff},
    memory::Topic,
    offering, tools, waiting,
};

/// Answers `request`, adding to `plan`.
pub(super) async fn answer(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan, request: &Request) {
    if request.intent != Intent::Unknown {
        plan.memory.unknown = 0;
    }
    if let Some(name) = request.entities.name.as_ref().filter(|_| facts.customer.name.is_empty()) {
        plan.actions.push(Action::SetName { name: name.clone() });
    }
    let topic = plan.memory.topic.take();
    if let Some(topic) = topic.filter(|topic| topic.goes_on(request) && plan.memory.asked.is_none()) {
        follow_up(facts, speech, plan, topic, &request.entities).await;
        return;
    }
    plan.memory.topic = Topic::of(&request.intent);
    match &request.intent {
        Intent::OptOut => done(plan, speech.text("optout"), Some(Action::OptOut)),
        Intent::OptIn => done(plan, speech.text("optin"), Some(Action::OptIn)),
        Intent::Emergency => hand_over(plan, speech.text("emergency"), "emergency"),
        Intent::HandToPerson => hand_over(plan, speech.text("handoff"), "asked for a person"),
        Intent::Greet => greet(facts, speech, plan),
        Intent::Thanks => plan.says.push(speech.text("thanks")),
        Intent::Bye => plan.says.push(speech.text("bye")),
        Intent::Help => plan.says.push(help(facts, speech)),
        Intent::Complaint => hand_over(plan, speech.text("complaint"), "a complaint"),
        Intent::RunningLate => running_late(facts, speech, plan),
        Intent::AskServices if !request.entities.services.is_empty() => {
            price(facts, speech, plan, &request.entities).await;
        }
        Intent::AskStaff => staff(facts, speech, plan, &request.entities),
        Intent::AskOther => other(speech, plan),
        Intent::AskPrice | Intent::AskDuration => price(facts, speech, plan, &request.entities).await,
        Intent::AskServices => plan.says.push(price_list(facts, speech)),
        Intent::AskHours => hours(facts, speech, plan, &request.entities),
        Intent::AskLocation => plan
            .says
            .push(speech.with("location", json!({ "place": facts.location.name, "address": facts.location.address }))),
        Intent::ListBookings => list(facts, speech, plan),
        Intent::Cancel => begin_cancel(facts, speech, plan, &request.entities),
        Intent::Move => begin_move(facts, speech, plan, &request.entities).await,
        Intent::Tool(name) => tools::call(facts, speech, plan, name, request).await,
        Intent::Waitlist => waiting::wish(facts, speech, plan, &request.entities).await,
        Intent::Affirm => yes(facts, speech, plan).await,
        Intent::Deny if plan.memory.asked.is_none() && !facts.offers.is_empty() => waiting::answer(facts, plan, false),
        Intent::Deny => no(speech, plan),
        Intent::Choose => choose(facts, speech, plan, &request.entities).await,
        Intent::MoreOptions => more(facts, speech, plan, &request.entities).await,
        Intent::Earlier => shift(facts, speech, plan, &request.entities, false).await,
        Intent::Later => shift(facts, speech, plan, &request.entities, true).await,
        Intent::Repeat | Intent::Skip => repeat(facts, speech, plan).await,
        Intent::Book | Intent::AskAvailability | Intent::Correct | Intent::Inform => {
            wish(facts, speech, plan, request).await
        }
        Intent::Unknown => unknown(facts, speech, plan).await,
    }
}

/// "¿y el domingo?" after the hours, "¿y el tinte?" after a price: the same question about something else.
async fn follow_up(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan, topic: Topic, entities: &Entities) {
    plan.memory.topic = Some(topic);
    match topic {
        Topic::Hours => hours(facts, speech, plan, entities),
        Topic::Staff => staff(facts, speech, plan, entities),
        Topic::Price => price(facts, speech, plan, entities).await,
    }
}

/// A tapped button or row. True when that was all there was to answer.
pub(super) async fn tapped(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan, id: &str) -> bool {
    plan.memory.unknown = 0;
    if let Some(start) = id.strip_prefix("slot:").and_then(|seconds| seconds.parse::<i64>().ok()) {
        let offer = plan.memory.offered.iter().find(|offer| offer.start.as_second() == start).copied();
        match offer.filter(|_| !plan.memory.services.is_empty()) {
            Some(offer) => take_offer(facts, speech, plan, offer).await,
            None => {
                plan.says.push(speech.text("stale"));
                repeat(facts, speech, plan).await;
            }
        }
        return true;
    }
    if let Some(service) = id.strip_prefix("service:").and_then(|key| facts.service(key)) {
        plan.memory.services = vec![service.key.clone()];
        advance(facts, speech, plan).await;
        return true;
    }
    if let Some(value) = id.strip_prefix("answer:") {
        if plan.memory.dialog.is_some() {
            dialogs::tapped(facts, speech, plan, value).await;
        } else if plan.memory.asked == Some(Asked::Answer) {
            asking::answered(facts, speech, plan, value).await;
        } else {
            plan.says.push(speech.text("stale"));
        }
        return true;
    }
    if let Some(booking) = id.strip_prefix("move:") {
        let own = booking.parse().ok().and_then(|id| facts.booking(id)).map(|booking| booking.id);
        plan.memory.clear();
        match own {
            Some(own) => move_this(facts, speech, plan, own, &Entities::default()).await,
            None => plan.says.push(speech.text("stale")),
        }
        return true;
    }
    if id == "keep" {
        plan.says.push(speech.text("kept"));
        return true;
    }
    if let Some(action) = waiting::tapped(id) {
        plan.actions.push(action);
        return true;
    }
    let answers = matches!(id, "yes" | "no" | "change") || id.starts_with("service:");
    if answers && plan.memory.asked.is_none() || id.starts_with("service:") {
        plan.says.push(speech.text("stale"));
        return true;
    }
    match id {
        "yes" => yes(facts, speech, plan).await,
        "no" => no(speech, plan),
        "change" => change(speech, plan),
        _ => return false,
    }
    true
}

fn done(plan: &mut Plan, says: Body, action: Option<Action>) {
    plan.memory.clear();
    plan.says.push(says);
    plan.actions.extend(action);
}

fn hand_over(plan: &mut Plan, says: Body, reason: &str) {
    plan.says.push(says);
    plan.actions.push(Action::HandToPerson { reason: reason.to_owned() });
}

/// Somebody who comes late wants the people there to know, and those want to know too.
fn running_late(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan) {
    let near = |booking: &&Booking| {
        let until = booking.span.from().duration_since(facts.now());
        until.abs() < SignedDuration::from_hours(4) && booking.span.to() > facts.now()
    };
    match facts.bookings.iter().find(near) {
        Some(booking) => hand_over(plan, speech.with("late", speech.about(booking)), "running late"),
        None => plan.says.push(speech.text("unknown")),
    }
}

/// Asked about the business, but nothing we know. Whatever was being put together stays.
fn other(speech: &Speech<'_>, plan: &mut Plan) {
    if plan.memory.asked.is_some() {
        plan.says.push(speech.text("other_midway"));
        return;
    }
    plan.memory.asked = Some(Asked::Person);
    plan.says.push(Body::Buttons { text: speech.words("other", json!({})), buttons: booking::yes_or_no(speech) });
}

fn greet(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan) {
    // Profile names are what people make of them; only what looks like a name is said aloud.
    let name = facts
        .customer
        .name
        .split_whitespace()
        .next()
        .filter(|name| name.chars().all(char::is_alphabetic))
        .unwrap_or_default();
    plan.says.push(speech.with("greet", json!({ "name": name, "business": facts.tenant.name })));
}

pub(super) async fn unknown(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan) {
    plan.memory.unknown = plan.memory.unknown.saturating_add(1);
    if plan.memory.unknown < 2 && plan.memory.asked == Some(Asked::Slot) {
        plan.says.push(speech.text("unknown_slot"));
        choosing::of_offered(facts, speech, plan).await;
        return;
    }
    if plan.memory.unknown >= 2 {
        plan.memory.asked = Some(Asked::Person);
        plan.says.push(speech.text("unknown_again"));
    } else {
        plan.says.push(speech.text("unknown"));
    }
}

async fn yes(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan) {
    match plan.memory.asked {
        None if !facts.offers.is_empty() => waiting::answer(facts, plan, true),
        Some(Asked::Confirm) => match plan.memory.held {
            Some(held)
                if facts
                    .booking(held)
                    .is_some_and(|booking| booking.hold_until.is_none_or(|until| until > facts.now())) =>
            {
                plan.actions.push(Action::Confirm { booking: held });
            }
            // The hold ran out: take the same time again if it is still free, and read it back once more.
            _ => {
                plan.memory.held = None;
                plan.says.push(speech.text("expired"));
                advance(facts, speech, plan).await;
            }
        },
        Some(Asked::ConfirmMove { start, resource }) => {
            let offer = super::memory::Offer { start, resource };
            let (visit, found) = offering::at_offer(facts, &plan.memory, offer);
            match (found, plan.memory.moving) {
                (Ok(opening), Some(id)) => {
                    let judged = facts.judge(speech.language(), &visit, Some(&opening), None).await;
                    plan.actions.push(Action::Move { booking: id, opening: Box::new(opening), quote: judged.quote });
                }
                (Err(reasons), Some(id)) => {
                    offering::instead(facts, speech, plan, &facts.without(&[id]), &visit, start, &reasons)
                }
                (_, None) => plan.says.push(speech.text("stale")),
            }
        }
        Some(Asked::ConfirmCancel { booking, fee }) => cancel(facts, speech, plan, booking, fee),
        Some(Asked::ConfirmCancelAll) => cancel_all(facts, speech, plan),
        Some(Asked::Person) => hand_over(plan, speech.text("handoff"), "not understood twice"),
        Some(Asked::Slot) => choosing::of_offered(facts, speech, plan).await,
        // Said once more after all was done.
        None if plan.memory.services.is_empty() && !facts.firm_bookings().is_empty() => {
            plan.says.push(speech.text("thanks"));
        }
        Some(
            Asked::Service | Asked::Answer | Asked::Dialog | Asked::Time | Asked::WhichToCancel | Asked::WhichToMove,
        )
        | None => {
            advance(facts, speech, plan).await;
        }
    }
}

fn no(speech: &Speech<'_>, plan: &mut Plan) {
    match plan.memory.asked {
        Some(Asked::ConfirmCancel { .. } | Asked::ConfirmCancelAll | Asked::WhichToCancel) => {
            done(plan, speech.text("kept"), None)
        }
        Some(Asked::Person) => done(plan, speech.text("no_person"), None),
        Some(Asked::ConfirmMove { .. } | Asked::WhichToMove) => done(plan, speech.text("kept"), None),
        // Nothing had been begun that a no could end.
        None if plan.memory.services.is_empty() && plan.memory.held.is_none() => {
            done(plan, speech.text("no_person"), None);
        }
        _ => {
            let held = plan.memory.held;
            done(plan, speech.text("no_booking_made"), held.map(|booking| Action::Release { booking }));
        }
    }
}

/// "Cambiar" on what was read back: the slot is let go, the rest of the wish stays.
fn change(speech: &Speech<'_>, plan: &mut Plan) {
    if let Some(booking) = plan.memory.held.take() {
        plan.actions.push(Action::Release { booking });
    }
    plan.memory.forget_time();
    plan.memory.asked = Some(Asked::Time);
    plan.says.push(speech.text("released"));
}

pub(super) async fn repeat(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan) {
    match plan.memory.asked {
        Some(Asked::ConfirmCancel { booking, .. }) => {
            if let Some(booking) = facts.booking(booking).cloned() {
                ask_cancel(facts, speech, plan, &booking);
            }
        }
        Some(Asked::ConfirmCancelAll) => {
            let listed: Vec<_> = plan.memory.listed.iter().filter_map(|id| facts.booking(*id)).collect();
            ask_cancel_all(speech, plan, &listed);
        }
        Some(_) => advance(facts, speech, plan).await,
        None => plan.says.push(help(facts, speech)),
    }
}

/// A wish, or a change to one. What was held is let go when the wish changes.
async fn wish(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan, request: &Request) {
    if let Some(said) = &request.entities.time.impossible {
        plan.memory.asked = Some(Asked::Time);
        plan.says.push(speech.with("impossible", json!({ "said": said })));
        return;
    }
    if request.intent == Intent::Book && request.entities.time.repeats.is_some() {
        hand_over(plan, speech.text("handoff"), "wants it again and again");
        return;
    }
    if plan.memory.asked == Some(Asked::WhichToCancel) && request.entities.all {
        begin_cancel(facts, speech, plan, &request.entities);
        return;
    }
    if matches!(plan.memory.asked, Some(Asked::WhichToCancel | Asked::WhichToMove)) {
        let bookings = meant(facts, &request.entities, request.entities.time.date(), hour_at(&request.entities));
        if let [only] = bookings.as_slice() {
            let only = (*only).clone();
            if plan.memory.asked == Some(Asked::WhichToCancel) {
                ask_cancel(facts, speech, plan, &only);
            } else {
                move_this(facts, speech, plan, only.id, &Entities::default()).await;
            }
            return;
        }
    }
    if request.entities.is_empty() && request.intent == Intent::Correct {
        change(speech, plan);
        return;
    }
    if plan.memory.asked == Some(Asked::Slot) && request.intent == Intent::Book && request.entities.is_empty() {
        choosing::of_offered(facts, speech, plan).await;
        return;
    }
    absorb(&mut plan.memory, &request.entities);
    if request.entities.again {
        as_last_time(facts, plan, &request.entities);
    }
    if let Some(booking) = plan.memory.held.take() {
        plan.actions.push(Action::Release { booking });
    }
    advance(facts, speech, plan).await;
}
