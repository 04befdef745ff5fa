//! The waitlist in conversation: what to wait for, and the answer to what was offered.

use language::{Days, Entities, Hour};
use scheduling::{Reason, Unable};

use domain::waitlist::Wish;

use super::{
    Action, Asked, Facts, Memory, Plan, Speech,
    booking::{absorb, advance},
};
use crate::waitlist::Joining;

/// Somebody who asked for five o'clock is asked about anything that begins this close to it.
const NEAR_MINUTES: u16 = 60;

/// Waiting helps where others have the time, not where nobody works or the rules forbid it.
pub(super) fn worth_it(reasons: &[Reason]) -> bool {
    reasons.iter().any(|reason| matches!(reason, Reason::AllTaken { .. } | Reason::Wished { why: Unable::Busy, .. }))
}

/// "ponme en lista de espera para el jueves".
pub(super) async fn wish(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan, entities: &Entities) {
    absorb(&mut plan.memory, entities);
    if let Some(booking) = plan.memory.held.take() {
        plan.actions.push(Action::Release { booking });
    }
    plan.memory.joining = true;
    advance(facts, speech, plan).await;
}

/// Once it is known for what and when.
pub(super) fn join(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan) {
    match wished(facts, &plan.memory) {
        Some(wish) => {
            let services = plan.memory.services.clone();
            let party = plan.memory.party.unwrap_or(1);
            plan.actions.push(Action::Join(Joining { services, wish, party }));
        }
        None => {
            plan.memory.asked = Some(Asked::Time);
            let what = speech.services(&plan.memory.services);
            plan.says.push(speech.with("ask_time", serde_json::json!({ "what": what })));
        }
    }
}

fn wished(facts: &Facts, memory: &Memory) -> Option<Wish> {
    let horizon = facts.local(facts.horizon()).date();
    let (first, last, days) = match memory.days.as_ref()? {
        Days::On(date) => (*date, *date, Vec::new()),
        Days::Between(first, last) => (*first, *last, Vec::new()),
        Days::OneOf(dates) => {
            let mut days: Vec<i8> = dates.iter().map(|date| date.weekday().to_monday_one_offset()).collect();
            days.sort_unstable();
            days.dedup();
            (*dates.iter().min()?, *dates.iter().max()?, days)
        }
        Days::Soonest => (facts.wall().date(), horizon, Vec::new()),
    };
    let minute =
        |time: jiff::civil::Time| u16::from(time.hour().unsigned_abs()) * 60 + u16::from(time.minute().unsigned_abs());
    let between = memory.hour.and_then(|hour| match hour {
        Hour::At(time) => {
            Some((minute(time).saturating_sub(NEAR_MINUTES), minute(time).saturating_add(NEAR_MINUTES + 1).min(1_440)))
        }
        Hour::From(time) => Some((minute(time), 1_440)),
        Hour::Until(time) => Some((0, minute(time))),
        Hour::Between(from, to) => Some((minute(from), minute(to))),
        Hour::Part(part) => Some(part.minutes()),
        Hour::First | Hour::Last => None,
    });
    let resources = memory.resource.into_iter().collect();
    Some(Wish { first, last, resources, days, between })
}

/// A tap on an offer, whenever it was made: whether it still stands, the database knows.
pub(super) fn tapped(id: &str) -> Option<Action> {
    if let Some(offer) = id.strip_prefix("offer:take:") {
        return Some(Action::TakeOffer { offer: offer.parse().ok()? });
    }
    let offer = id.strip_prefix("offer:pass:")?.parse().ok()?;
    Some(Action::PassOffer { offer })
}

/// A yes or no in words, when nothing else was asked: to the offer that ends first.
pub(super) fn answer(facts: &Facts, plan: &mut Plan, yes: bool) {
    let Some(offer) = facts.offers.first().map(|offer| offer.id) else { return };
    plan.actions.push(if yes { Action::TakeOffer { offer } } else { Action::PassOffer { offer } });
}
