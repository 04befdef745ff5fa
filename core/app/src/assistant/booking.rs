//! Putting a visit together: fill what is missing one question at a time, hold, read back.

use domain::message::{Body, Choice};
use jiff::Timestamp;
use language::{Days, Entities, Hour, say};
use scheduling::{Visit, explain};
use serde_json::json;

use super::{
    Action, Asked, Facts, Memory, Plan, Speech, as_booked,
    offering::{ROWS, instead, offer},
    taking::take,
    waiting,
};

/// Takes over what was said. Giving a new time drops the old offers.
pub(super) fn absorb(memory: &mut Memory, entities: &Entities) {
    let named = entities.services.iter().map(|found| found.key.clone());
    if entities.adding {
        let new: Vec<String> = named.filter(|key| !memory.services.contains(key)).collect();
        memory.services.extend(new);
    } else if !entities.services.is_empty() {
        memory.services = named.collect();
    }
    memory.services.retain(|key| !entities.removed_services.iter().any(|removed| removed.key == *key));
    if let Some(wanted) = entities.resources.first().and_then(|found| found.key.parse().ok()) {
        memory.resource = Some(wanted);
        memory.excluded.clear();
    }
    if entities.any_resource {
        memory.resource = None;
    }
    if !entities.excluded_resources.is_empty() {
        memory.excluded = entities.excluded_resources.iter().filter_map(|found| found.key.parse().ok()).collect();
        memory.resource = memory.resource.filter(|resource| !memory.excluded.contains(resource));
    }
    memory.party = entities.party.or(memory.party);
    if let Some(days) = &entities.time.days {
        memory.days = Some(days.clone());
    }
    if let Some(hour) = entities.time.hour {
        memory.hour = Some(hour);
    } else if entities.time.days.is_some() && entities.time.hour.is_none() && memory.asked == Some(Asked::Slot) {
        // Another day while choosing: any hour of it again, unless it was a part of the day that was wished.
        memory.hour = memory.hour.filter(|hour| !matches!(hour, Hour::At(_)));
    }
}

/// "Lo de siempre": the services and the person of the last visit, where nothing else was said.
pub(super) fn as_last_time(facts: &Facts, plan: &mut Plan, entities: &Entities) {
    let Some(last) = &facts.last_booking else { return };
    let keys = last.items.iter().filter_map(|item| facts.services.iter().find(|service| service.id == item.service));
    let keys: Vec<String> = keys.filter(|service| service.active).map(|service| service.key.clone()).collect();
    if entities.services.is_empty() && plan.memory.services.is_empty() {
        plan.memory.services = keys;
    }
    let claims = last.items.iter().flat_map(|item| &item.claims);
    let active = |id: &domain::ResourceId| facts.resource(*id).is_some_and(|resource| resource.active);
    if entities.resources.is_empty() && !entities.any_resource {
        plan.memory.resource = claims.map(|claim| claim.resource).find(active).or(plan.memory.resource);
    }
}

/// The next step towards a booking (or towards moving one), as far as what is known goes.
pub(super) async fn advance(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan) {
    let moving = plan.memory.moving.and_then(|id| facts.booking(id)).cloned();
    if let Some(booking) = &moving {
        // As many come as were booked for.
        plan.memory.party = Some(booking.party);
        plan.memory.services = booking
            .items
            .iter()
            .filter_map(|item| facts.services.iter().find(|service| service.id == item.service))
            .map(|service| service.key.clone())
            .collect();
    }
    if plan.memory.services.is_empty() {
        ask_service(facts, speech, plan);
        return;
    }
    let Some(keys) = ordered(facts, speech, plan).await else { return };
    plan.memory.services = keys;
    if plan.memory.joining {
        waiting::join(facts, speech, plan);
        return;
    }
    let visit = wished(facts, &plan.memory);
    let inputs = facts.without(&let_go(plan));
    match wanted_start(facts, &plan.memory) {
        Some(start) => match explain(&inputs, &visit, start) {
            Ok(opening) => take(facts, speech, plan, &visit, opening, moving.as_ref()).await,
            Err(reasons) => {
                let visit = fitting(facts, speech, &plan.memory, visit).await;
                instead(facts, speech, plan, &inputs, &visit, start, &reasons);
            }
        },
        None => {
            let visit = fitting(facts, speech, &plan.memory, visit).await;
            offer(facts, speech, plan, &inputs, &visit);
        }
    }
}

/// The bookings whose time is free for this plan: the one being moved, and holds it releases.
pub(super) fn let_go(plan: &Plan) -> Vec<domain::BookingId> {
    let released = plan
        .actions
        .iter()
        .filter_map(|action| if let Action::Release { booking } = action { Some(*booking) } else { None });
    released.chain(plan.memory.moving).chain(plan.memory.held).collect()
}

/// The visit of the catalogue that is wished for; one that is moved is as long as it was booked.
pub(super) fn wished(facts: &Facts, memory: &Memory) -> Visit {
    let visit = facts.visit(&memory.services, memory.resource, &memory.excluded).for_party(party(memory));
    match memory.moving.and_then(|id| facts.booking(id)) {
        Some(booking) => as_booked(visit, booking),
        None => visit,
    }
}

/// With the room that the module wants for it, as far as it can say before a time is chosen.
pub(super) async fn fitting(facts: &Facts, speech: &Speech<'_>, memory: &Memory, visit: Visit) -> Visit {
    if memory.moving.is_some() {
        return visit;
    }
    facts.fitting(speech.language(), visit, &memory.answers).await
}

fn party(memory: &Memory) -> u32 {
    memory.party.unwrap_or(1)
}

fn ask_service(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan) {
    plan.memory.asked = Some(Asked::Service);
    let services = facts.services.iter().filter(|service| service.active).take(ROWS);
    let rows: Vec<Choice> = services
        .map(|service| Choice {
            id: format!("service:{}", service.key),
            title: speech.service(service),
            description: format!(
                "{} · {}",
                say::money(speech.language(), service.price),
                say::duration(speech.language(), service.minutes())
            ),
        })
        .collect();
    let when = match &plan.memory.days {
        Some(Days::On(date)) => say::date(speech.language(), *date, facts.wall().date()),
        Some(Days::Between(..) | Days::OneOf(_) | Days::Soonest) | None => String::new(),
    };
    let text = speech.words("ask_service", json!({ "date": when }));
    plan.says.push(if rows.is_empty() {
        Body::text(text)
    } else {
        Body::List { text, button: speech.words("services_button", json!({})), rows }
    });
}

/// The module may know a better order of work. What it refuses whatever the time is said before any time is offered.
async fn ordered(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan) -> Option<Vec<String>> {
    let keys = plan.memory.services.clone();
    if keys.len() < 2 {
        return Some(keys);
    }
    let visit = facts.visit(&keys, None, &[]).for_party(party(&plan.memory));
    let judged = facts.judge(speech.language(), &visit, None, None).await;
    if !judged.review.refusals.is_empty() {
        plan.memory.asked = Some(Asked::Service);
        plan.says.extend(judged.review.refusals.into_iter().map(|objection| Body::text(objection.text)));
        return None;
    }
    let order = judged
        .review
        .order
        .iter()
        .filter_map(|place| usize::try_from(*place).ok().and_then(|place| keys.get(place)).cloned());
    let order: Vec<String> = order.collect();
    Some(if order.len() == keys.len() { order } else { keys })
}

/// The one instant that was asked for, if day and hour are both exact.
fn wanted_start(facts: &Facts, memory: &Memory) -> Option<Timestamp> {
    let (Some(Days::On(date)), Some(Hour::At(time))) = (&memory.days, memory.hour) else { return None };
    facts.location.zone.to_ambiguous_timestamp(date.to_datetime(time)).compatible().ok()
}

pub(super) fn yes_or_no(speech: &Speech<'_>) -> Vec<Choice> {
    vec![speech.choice("yes", "yes_please_button"), speech.choice("no", "no_button")]
}

pub(super) fn yes_no(speech: &Speech<'_>) -> Vec<Choice> {
    vec![speech.choice("yes", "yes_button"), speech.choice("change", "change_button"), speech.choice("no", "no_button")]
}
