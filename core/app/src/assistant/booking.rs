//! Putting a visit together: fill what is missing one question at a time, offer at most three good times, hold, read back.

use domain::{
    Span,
    message::{Body, Choice},
};
use jiff::{SignedDuration, Timestamp};
use language::{Days, Entities, Hour, say};
use scheduling::{Opening, Reason, Visit, alternatives, explain, free_starts};
use serde_json::json;

use super::{
    Action, Asked, Facts, Memory, Plan, Speech, as_booked,
    memory::Offer,
    taking::take,
    waiting,
    wished::{latest, spread, suits, why_none, windows},
};

/// Most rows a WhatsApp list shows.
const ROWS: usize = 10;

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
    let keys = ordered(facts, speech, plan).await;
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
fn wished(facts: &Facts, memory: &Memory) -> Visit {
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
                say::duration(service.minutes())
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

/// The module may know a better order of work. What it refuses ends the attempt.
async fn ordered(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan) -> Vec<String> {
    let keys = plan.memory.services.clone();
    if keys.len() < 2 {
        return keys;
    }
    let visit = facts.visit(&keys, None, &[]).for_party(party(&plan.memory));
    let judged = facts.judge(speech.language(), &visit, None, None).await;
    let order = judged
        .review
        .order
        .iter()
        .filter_map(|place| usize::try_from(*place).ok().and_then(|place| keys.get(place)).cloned());
    let order: Vec<String> = order.collect();
    if order.len() == keys.len() { order } else { keys }
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

/// The time cannot be had: say why, and what is near it.
pub(super) fn instead(
    facts: &Facts,
    speech: &Speech<'_>,
    plan: &mut Plan,
    inputs: &scheduling::Inputs,
    visit: &Visit,
    start: Timestamp,
    reasons: &[Reason],
) {
    let day_alone = matches!(plan.memory.hour, None | Some(Hour::First | Hour::Last)) && plan.memory.days.is_some();
    let why = if day_alone { speech.reason_of_day(reasons, visit) } else { speech.reason(reasons, visit) };
    let from = start.max(facts.now());
    let far =
        from.checked_add(SignedDuration::from_hours(24 * 14)).map_or(facts.horizon(), |far| far.min(facts.horizon()));
    let near = nearest(facts, &plan.memory, inputs, visit, from, far);
    let hint = if plan.memory.moving.is_none() && waiting::worth_it(reasons) {
        speech.words("waitlist_hint", json!({}))
    } else {
        String::new()
    };
    if near.is_empty() {
        plan.memory.forget_time();
        plan.memory.asked = Some(Asked::Time);
        plan.says.push(speech.with("nothing", json!({ "why": why, "hint": hint })));
        return;
    }
    let times = times(speech, &near, plan.memory.resource.is_some());
    let key = if near.len() == 1 { "offer_one_instead" } else { "offer_instead" };
    show(speech, plan, &near, speech.words(key, json!({ "why": why, "times": times, "hint": hint })));
}

/// Three near the time, of those in the part of the day that was wished for if there are any.
fn nearest(
    facts: &Facts,
    memory: &Memory,
    inputs: &scheduling::Inputs,
    visit: &Visit,
    wanted: Timestamp,
    far: Timestamp,
) -> Vec<Opening> {
    let near = |count: usize| alternatives(inputs, visit, wanted, far, count).into_iter().map(|other| other.opening);
    let stretch = matches!(memory.hour, Some(Hour::From(_) | Hour::Until(_) | Hour::Between(..) | Hour::Part(_)));
    let suiting = near(ROWS).filter(|opening| stretch && suits(facts, memory, opening));
    let mut suiting: Vec<Opening> = suiting.collect();
    if suiting.is_empty() {
        return near(3).collect();
    }
    suiting.sort_by_key(|opening| opening.start().duration_since(wanted).abs());
    suiting.truncate(3);
    suiting.sort_by_key(Opening::start);
    suiting
}

/// Up to three times, spread over the day or the days that were wished for.
fn offer(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan, inputs: &scheduling::Inputs, visit: &Visit) {
    let openings: Vec<Opening> = windows(facts, &plan.memory)
        .into_iter()
        .flat_map(|window| free_starts(inputs, visit, window))
        .filter(|opening| suits(facts, &plan.memory, opening))
        .collect();
    if openings.is_empty() {
        let (asked, reasons) = why_none(facts, &plan.memory, inputs, visit);
        instead(facts, speech, plan, inputs, visit, asked, &reasons);
        return;
    }
    let best = match plan.memory.hour {
        Some(Hour::First) => openings.iter().take(2).cloned().collect(),
        Some(Hour::Last) => latest(facts, &openings),
        _ => spread(facts, &openings),
    };
    let what = speech.services(&plan.memory.services);
    let times = times(speech, &best, plan.memory.resource.is_some());
    let key = if best.len() == 1 { "offer_one" } else { "offer" };
    show(speech, plan, &best, speech.words(key, json!({ "what": what, "times": times })));
}

/// More of the same: a list of up to ten.
pub(super) async fn more(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan) {
    let visit = fitting(facts, speech, &plan.memory, wished(facts, &plan.memory)).await;
    let seen: Vec<Timestamp> = plan.memory.offered.iter().map(|offer| offer.start).collect();
    let from = facts.now();
    let window = plan
        .memory
        .days
        .as_ref()
        .map_or_else(|| Span::new(from, facts.horizon()), |_| windows(facts, &plan.memory).first().copied());
    let fresh = |openings: Vec<Opening>| -> Vec<Opening> {
        openings.into_iter().filter(|opening| !seen.contains(&opening.start())).collect()
    };
    let mut openings = window.map(|window| fresh(free_starts(&facts.inputs, &visit, window))).unwrap_or_default();
    if openings.is_empty() {
        openings = facts.bookable().map(|window| fresh(free_starts(&facts.inputs, &visit, window))).unwrap_or_default();
    }
    let step = (openings.len() / ROWS).clamp(1, 4);
    let chosen: Vec<Opening> = openings.into_iter().step_by(step).take(ROWS).collect();
    if chosen.is_empty() {
        plan.memory.asked = Some(Asked::Time);
        let why = speech.words("nothing_then", json!({}));
        plan.says.push(speech.with("nothing", json!({ "why": why, "hint": "" })));
        return;
    }
    let what = speech.services(&plan.memory.services);
    show(speech, plan, &chosen, speech.words("offer_more", json!({ "what": what })));
}

pub(super) fn show(speech: &Speech<'_>, plan: &mut Plan, openings: &[Opening], text: String) {
    plan.memory.asked = Some(Asked::Slot);
    plan.memory.offered = openings
        .iter()
        .map(|opening| Offer { start: opening.start(), resource: opening.resources().first().map(|(id, _)| *id) })
        .collect();
    let choice = |opening: &Opening| Choice {
        id: format!("slot:{}", opening.start().as_second()),
        title: speech.short(opening.start()),
        description: opening.resources().iter().map(|(_, name)| (*name).to_owned()).collect::<Vec<_>>().join(", "),
    };
    let choices: Vec<Choice> = openings.iter().map(choice).collect();
    plan.says.push(if choices.len() <= 3 {
        Body::Buttons {
            text,
            buttons: choices.into_iter().map(|choice| Choice { description: String::new(), ..choice }).collect(),
        }
    } else {
        Body::List { text, button: speech.words("more_button", json!({})), rows: choices }
    });
}

/// "el jueves 5 de marzo a las 11:00 a.m. con Ana o a las 4:00 p.m. con Luis".
pub(super) fn times(speech: &Speech<'_>, openings: &[Opening], wished: bool) -> String {
    let mut names: Vec<String> = openings.iter().map(|opening| speech.who(&opening.items)).collect();
    names.dedup();
    let tell_who = names.len() > 1 || wished;
    let mut last_date = String::new();
    let told: Vec<String> = openings
        .iter()
        .map(|opening| {
            let date = speech.date(opening.start());
            let when = if date == last_date { speech.time(opening.start()) } else { speech.when(opening.start()) };
            last_date = date;
            if tell_who {
                speech.words("slot_who", json!({ "when": when, "who": speech.who(&opening.items) }))
            } else {
                when
            }
        })
        .collect();
    say::list(speech.language(), &told, say::Conjunction::Or)
}

/// The opening at an offered start, if it still is one.
pub(super) fn at_offer(facts: &Facts, memory: &Memory, offer: Offer) -> (Visit, Result<Opening, Vec<Reason>>) {
    let own: Vec<_> = memory.moving.into_iter().chain(memory.held).collect();
    let inputs = facts.without(&own);
    let with = |resource| {
        let mut memory = memory.clone();
        memory.resource = resource;
        wished(facts, &memory)
    };
    // With whom it was offered, and if that is gone with whomever was wished for.
    let visit = with(offer.resource.or(memory.resource));
    let found = explain(&inputs, &visit, offer.start)
        .or_else(|_with_that_one| explain(&inputs, &with(memory.resource), offer.start));
    (visit, found)
}
