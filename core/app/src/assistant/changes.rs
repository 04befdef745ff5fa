//! Cancelling and moving what is booked: which one is meant, what it would cost, and the yes to it.

use domain::{
    BookingId, Money,
    booking::Booking,
    message::{Body, Choice},
    tenant::CancelTerms,
};
use jiff::civil::{Date, Time};
use language::{Days, Entities, Hour, say};
use serde_json::json;

use super::{
    Action, Asked, Facts, Plan, Speech,
    booking::{absorb, advance},
    information::lines,
};

/// The booking that is meant: the only one, or the one of the day or service that was named.
pub(super) fn meant<'f>(
    facts: &'f Facts,
    entities: &Entities,
    day: Option<Date>,
    hour: Option<Time>,
) -> Vec<&'f Booking> {
    let all = facts.firm_bookings();
    let fits = |booking: &&&Booking| {
        let local = facts.local(booking.span.from());
        let on_day = day.is_none_or(|day| local.date() == day) && hour.is_none_or(|hour| local.time() == hour);
        let named = entities.services.iter().all(|found| {
            booking.items.iter().any(|item| facts.service(&found.key).is_some_and(|service| service.id == item.service))
        });
        let with = entities.resources.iter().all(|found| {
            let claims = booking.items.iter().flat_map(|item| &item.claims);
            claims.into_iter().any(|claim| claim.resource.to_string() == found.key)
        });
        on_day && named && with
    };
    let narrowed: Vec<&Booking> = all.iter().filter(fits).copied().collect();
    if narrowed.is_empty() { all } else { narrowed }
}

pub(super) fn begin_cancel(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan, entities: &Entities) {
    if let Some(held) = plan.memory.held.take() {
        plan.actions.push(Action::Release { booking: held });
    }
    let bookings = meant(facts, entities, entities.time.date(), hour_at(entities));
    plan.memory.clear();
    match bookings.as_slice() {
        [] if facts.waiting => {
            plan.says.push(speech.text("left_waitlist"));
            plan.actions.push(Action::LeaveWaitlist);
        }
        [] => plan.says.push(speech.text("no_bookings")),
        [only] => ask_cancel(facts, speech, plan, only),
        several if entities.all => ask_cancel_all(speech, plan, several),
        several => {
            plan.memory.asked = Some(Asked::WhichToCancel);
            plan.memory.listed = several.iter().map(|booking| booking.id).collect();
            plan.says.push(speech.with("which", json!({ "list": lines(speech, several) })));
        }
    }
}

/// The one hour that was said, if it was one.
pub(super) fn hour_at(entities: &Entities) -> Option<Time> {
    match entities.time.hour {
        Some(Hour::At(time)) => Some(time),
        _ => None,
    }
}

fn cancel_or_keep(speech: &Speech<'_>) -> Vec<Choice> {
    vec![speech.choice("yes", "yes_cancel_button"), speech.choice("no", "keep_button")]
}

pub(super) fn ask_cancel_all(speech: &Speech<'_>, plan: &mut Plan, bookings: &[&Booking]) {
    plan.memory.asked = Some(Asked::ConfirmCancelAll);
    plan.memory.listed = bookings.iter().map(|booking| booking.id).collect();
    let text = speech.words("ask_cancel_all", json!({ "list": lines(speech, bookings) }));
    plan.says.push(Body::Buttons { text, buttons: cancel_or_keep(speech) });
}

/// The price of cancelling is told before the yes; where only a person may, a person is called.
pub(super) fn ask_cancel(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan, booking: &Booking) {
    let policy = &facts.tenant.policy;
    let mut about = speech.about(booking);
    let mut tell = |name: &str, words: String| {
        if let Some(fields) = about.as_object_mut() {
            fields.insert(name.to_owned(), json!(words));
        }
    };
    tell("cutoff", say::duration(speech.language(), policy.cancel_cutoff_minutes));
    let (key, fee) = match policy.cancel_terms(booking.span.from(), booking.quote.total, facts.now()) {
        CancelTerms::Free => ("ask_cancel", None),
        CancelTerms::Fee(fee) => {
            tell("fee", say::money(speech.language(), fee));
            ("ask_cancel_late", Some(fee))
        }
        CancelTerms::Refused => {
            plan.memory.clear();
            plan.says.push(speech.with("cancel_too_late", about));
            plan.actions.push(Action::HandToPerson { reason: "wants to cancel after the cut-off".to_owned() });
            return;
        }
    };
    plan.memory.asked = Some(Asked::ConfirmCancel { booking: booking.id, fee });
    let text = speech.words(key, about);
    plan.says.push(Body::Buttons { text, buttons: cancel_or_keep(speech) });
}

/// Cancels at the price that was told; when it costs something else by now, that is told first.
pub(super) fn cancel(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan, id: BookingId, told: Option<Money>) {
    let Some(booking) = facts.booking(id).cloned() else {
        plan.actions.push(Action::Cancel { booking: id, fee: told });
        return;
    };
    let terms = facts.tenant.policy.cancel_terms(booking.span.from(), booking.quote.total, facts.now());
    match (terms, told) {
        (CancelTerms::Fee(fee), told) if told != Some(fee) => ask_cancel(facts, speech, plan, &booking),
        (CancelTerms::Refused, _) => ask_cancel(facts, speech, plan, &booking),
        (CancelTerms::Free | CancelTerms::Fee(_), told) => plan.actions.push(Action::Cancel { booking: id, fee: told }),
    }
}

/// What costs nothing is cancelled at once; anything that has a price is asked about by itself.
pub(super) fn cancel_all(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan) {
    let listed: Vec<Booking> = plan.memory.listed.iter().filter_map(|id| facts.booking(*id)).cloned().collect();
    let policy = &facts.tenant.policy;
    let free = |booking: &Booking| {
        policy.cancel_terms(booking.span.from(), booking.quote.total, facts.now()) == CancelTerms::Free
    };
    let (free, priced): (Vec<Booking>, Vec<Booking>) = listed.into_iter().partition(free);
    plan.actions.extend(free.iter().map(|booking| Action::Cancel { booking: booking.id, fee: None }));
    if let Some(booking) = priced.first() {
        ask_cancel(facts, speech, plan, booking);
    }
}

pub(super) async fn begin_move(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan, entities: &Entities) {
    let bookings = meant(facts, entities, entities.booking_day, entities.booking_hour);
    plan.memory.clear();
    match bookings.as_slice() {
        [] => plan.says.push(speech.text("no_bookings")),
        [only] => move_this(facts, speech, plan, only.id, entities).await,
        several => {
            plan.memory.asked = Some(Asked::WhichToMove);
            plan.memory.listed = several.iter().map(|booking| booking.id).collect();
            (plan.memory.days, plan.memory.hour) = (entities.time.days.clone(), entities.time.hour);
            plan.says.push(speech.with("which", json!({ "list": lines(speech, several) })));
        }
    }
}

pub(super) async fn move_this(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan, id: BookingId, entities: &Entities) {
    let Some(booking) = facts.booking(id) else { return };
    if !facts.tenant.policy.may_move(booking.span.from(), facts.now()) {
        plan.memory.clear();
        plan.says.push(speech.text("too_late"));
        plan.actions.push(Action::HandToPerson { reason: "wants to move after the cut-off".to_owned() });
        return;
    }
    plan.memory.moving = Some(id);
    plan.memory.resource = booking.items.first().and_then(|item| item.claims.first()).map(|claim| claim.resource);
    let known = (plan.memory.days.take(), plan.memory.hour.take());
    absorb(&mut plan.memory, &Entities { services: Vec::new(), ..entities.clone() });
    plan.memory.days = plan.memory.days.take().or(known.0);
    plan.memory.hour = plan.memory.hour.or(known.1);
    let local = facts.local(booking.span.from());
    // "media hora después" is that much from where it is.
    if let Some(minutes) = entities.time.shift {
        let wanted = local.saturating_add(jiff::SignedDuration::from_mins(i64::from(minutes)));
        (plan.memory.days, plan.memory.hour) = (Some(Days::On(wanted.date())), Some(Hour::At(wanted.time())));
    }
    // "a las 7" alone means the same day, a day alone the same hour.
    if plan.memory.days.is_none() && plan.memory.hour.is_some() {
        plan.memory.days = Some(Days::On(local.date()));
    } else if plan.memory.hour.is_none() && matches!(plan.memory.days, Some(Days::On(_))) {
        plan.memory.hour = Some(Hour::At(local.time()));
    }
    if plan.memory.days.is_none() {
        plan.memory.asked = Some(Asked::Time);
        plan.says.push(speech.with("ask_move", speech.about(booking)));
        return;
    }
    advance(facts, speech, plan).await;
}
