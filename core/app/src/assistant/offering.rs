//! Times to choose from: at most three good ones, with the reason where it is not what was asked for, or a list of more.

use domain::{
    Span,
    message::{Body, Choice},
};
use jiff::{SignedDuration, Timestamp};
use language::{Hour, say};
use scheduling::{Opening, Reason, Visit, alternatives, explain, free_starts};
use serde_json::json;

use super::{
    Asked, Facts, Memory, Plan, Speech,
    booking::{fitting, wished},
    memory::Offer,
    speech::Company,
    waiting,
    wished::{latest, spread, suits, why_none, windows},
};

/// Most rows a WhatsApp list shows.
pub(super) const ROWS: usize = 10;

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
    let mut suiting: Vec<Opening> =
        if stretch { near(ROWS).filter(|opening| suits(facts, memory, opening)).collect() } else { Vec::new() };
    if suiting.is_empty() {
        return near(3).collect();
    }
    suiting.sort_by_key(|opening| opening.start().duration_since(wanted).abs());
    suiting.truncate(3);
    suiting.sort_by_key(Opening::start);
    suiting
}

/// Up to three times, spread over the day or the days that were wished for.
pub(super) fn offer(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan, inputs: &scheduling::Inputs, visit: &Visit) {
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
    let mut names: Vec<String> = openings.iter().map(|opening| speech.who(&opening.items).who).collect();
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
                let Company { who, person } = speech.who(&opening.items);
                speech.words("slot_who", json!({ "when": when, "who": who, "person": person }))
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
