//! The offline assistant: rules that turn what a customer wrote into answers and into actions for the turn to take.
//!
//! Invariants: pure but for questions to the tenant's module; nothing is written here. What changes the business is
//! an [`Action`] that the turn carries out in its transaction, and "you are booked" is said by [`conclude()`] from the
//! committed row. Every effect needs the customer's own yes to what was read back. Opt-out, emergencies and "a person,
//! please" come before everything. Start at [`plan`].

mod answers;
mod asking;
mod booking;
mod changes;
mod choosing;
mod conclude;
mod dialogs;
mod facts;
mod information;
mod judging;
mod knowledge;
mod memory;
mod offering;
mod settling;
mod speech;
mod taking;
mod tools;
mod understand;
mod waiting;
mod wished;

pub(crate) use understand::name_in;

use domain::{
    BookingId, Language, Money, OfferId,
    booking::{Booking, Quote, VisitAnswer},
    message::Body,
    vertical::Effect,
};
use language::Intent;
use scheduling::Opening;

pub(crate) use conclude::{conclude, lost};
pub(crate) use facts::Facts;
pub(crate) use judging::Judged;
pub(crate) use knowledge::Knowledge;
pub(crate) use memory::{Asked, Memory};
pub(crate) use settling::{Settled, Terms, as_booked};
pub(crate) use speech::Speech;

use crate::waitlist::Joining;

/// What came in, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Heard {
    pub(crate) body: Body,
}

/// What the turn is to do, in order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Action {
    /// Keep this slot while the customer decides.
    Hold {
        opening: Box<Opening>,
        quote: Quote,
        party: u32,
        told: Box<Told>,
    },
    Confirm {
        booking: BookingId,
    },
    Release {
        booking: BookingId,
    },
    Cancel {
        booking: BookingId,
        /// What the customer was told it costs, and said yes to.
        fee: Option<Money>,
    },
    Move {
        booking: BookingId,
        opening: Box<Opening>,
        quote: Quote,
    },
    /// Wait for a place.
    Join(Joining),
    /// Take what was offered from the waitlist, or let the next have it.
    TakeOffer {
        offer: OfferId,
    },
    PassOffer {
        offer: OfferId,
    },
    LeaveWaitlist,
    HandToPerson {
        reason: String,
    },
    OptOut,
    OptIn,
    SetName {
        name: String,
    },
    /// What a tool of the module's wants done beside its answer.
    Effects {
        tool: String,
        effects: Vec<Effect>,
    },
}

impl Action {
    /// Whether it ends with a person.
    pub(crate) fn hands_over(&self) -> bool {
        match self {
            Self::HandToPerson { .. } => true,
            Self::Effects { effects, .. } => effects.iter().any(|effect| matches!(effect, Effect::HandToPerson { .. })),
            Self::Hold { .. }
            | Self::Confirm { .. }
            | Self::Release { .. }
            | Self::Cancel { .. }
            | Self::Move { .. }
            | Self::Join(_)
            | Self::TakeOffer { .. }
            | Self::PassOffer { .. }
            | Self::LeaveWaitlist
            | Self::OptOut
            | Self::OptIn
            | Self::SetName { .. } => false,
        }
    }
}

/// What the customer told for a visit, and what the module makes a condition of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Told {
    /// Answers to the module's questions, for the team.
    pub(crate) note: String,
    pub(crate) answers: Vec<VisitAnswer>,
    pub(crate) terms: Terms,
}

/// How an action ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    Held(Booking),
    Confirmed(Booking),
    Cancelled(Booking),
    Moved(Booking),
    /// Somebody else was faster.
    Taken,
    /// The booking is gone, changed, or does not allow it.
    Refused,
    /// On the waitlist, at this place.
    Joined {
        place: u32,
    },
    Passed,
    /// What was offered is not kept for this customer any more.
    OfferGone,
    Done,
}

/// The assistant's answer to a turn.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plan {
    /// The words that are answered.
    heard: String,
    pub(crate) memory: Memory,
    /// Said before the actions' own words.
    pub(crate) says: Vec<Body>,
    pub(crate) actions: Vec<Action>,
}

/// Reads what was heard and decides. `facts` was loaded before; no transaction is open.
pub(crate) async fn plan(facts: &Facts, speech: &Speech<'_>, memory: Memory, heard: &[Heard]) -> Plan {
    let mut plan = Plan { memory: memory.current(facts.now()), ..Plan::default() };
    let words: Vec<&Heard> = heard
        .iter()
        .filter(|heard| !matches!(heard.body, Body::Reaction { .. } | Body::System { .. } | Body::Revoked { .. }))
        .collect();
    if words.is_empty() {
        return plan;
    }
    if let Some(Body::Chosen { id, .. }) = words.last().map(|heard| &heard.body) {
        let id = id.clone();
        if answers::tapped(facts, speech, &mut plan, &id).await {
            return plan;
        }
    }
    let text = words
        .iter()
        .map(|heard| heard.body.words())
        .filter(|text| !text.trim().is_empty())
        .collect::<Vec<_>>()
        .join("\n");
    if text.is_empty() {
        plan.says.push(speech.text("media"));
        return plan;
    }
    let understood = understand::read(facts, &plan.memory, &text);
    let speech = &speech.in_language(if understood.language_sure {
        understood.language
    } else {
        plan.memory.language.unwrap_or(speech.language())
    });
    plan.memory.language = Some(speech.language());
    plan.heard.clone_from(&text);
    let heard = dialogs::Heard { words: &text, requests: &understood.requests, tapped: None };
    if dialogs::go_on(facts, speech, &mut plan, heard).await {
        plan.says = merged(std::mem::take(&mut plan.says));
        return plan;
    }
    let intents: Vec<Intent> = understood.requests.iter().map(|request| request.intent.clone()).collect();
    if asking::answers(&plan.memory, &intents) {
        asking::answered(facts, speech, &mut plan, &text).await;
        plan.says = merged(std::mem::take(&mut plan.says));
        return plan;
    }
    let manners = |intent: &Intent| matches!(intent, Intent::Greet | Intent::Thanks | Intent::Bye | Intent::Unknown);
    let serious = understood.requests.iter().any(|request| !manners(&request.intent));
    for request in understood.requests {
        if serious && manners(&request.intent) {
            continue;
        }
        answers::answer(facts, speech, &mut plan, &request).await;
    }
    plan.says = merged(std::mem::take(&mut plan.says));
    plan
}

/// Somebody else took the slot between plan and commit: says so and offers what is near it.
pub(crate) async fn plan_after_loss(facts: &Facts, speech: &Speech<'_>, memory: Memory) -> Plan {
    let mut plan = Plan { memory, ..Plan::default() };
    let speech = speech.in_language(plan.memory.language.unwrap_or(speech.language()));
    plan.says.push(speech.text("taken"));
    booking::advance(facts, &speech, &mut plan).await;
    plan.says = merged(std::mem::take(&mut plan.says));
    plan
}

/// The memory to plan from again after losing `action`'s slot: the same wish, at exactly that time.
pub(crate) fn remember_lost(memory: Memory, facts: &Facts, action: &Action) -> Memory {
    let start = match action {
        Action::Hold { opening, .. } | Action::Move { opening, .. } => Some(opening.start()),
        Action::Confirm { booking } => facts.booking(*booking).map(|booking| booking.span.from()),
        Action::Release { .. }
        | Action::Cancel { .. }
        | Action::Join(_)
        | Action::TakeOffer { .. }
        | Action::PassOffer { .. }
        | Action::LeaveWaitlist
        | Action::HandToPerson { .. }
        | Action::OptOut
        | Action::OptIn
        | Action::SetName { .. }
        | Action::Effects { .. } => None,
    };
    let mut memory = memory;
    (memory.held, memory.asked) = (None, None);
    if let Some(local) = start.map(|start| facts.local(start)) {
        (memory.days, memory.hour) = (Some(language::Days::On(local.date())), Some(language::Hour::At(local.time())));
    }
    memory
}

/// What the module wants said with the read-back of what is about to be held. Asked before the transaction opens.
pub(crate) async fn notes(facts: &Facts, speech: &Speech<'_>, actions: &[Action]) -> Vec<String> {
    let held = actions.iter().find_map(|action| {
        if let Action::Hold { opening, told, party, .. } = action { Some((opening, told, *party)) } else { None }
    });
    let Some((opening, told, party)) = held else { return Vec::new() };
    let keys: Vec<String> = opening
        .items
        .iter()
        .filter_map(|item| facts.services.iter().find(|service| service.id == item.service))
        .map(|service| service.key.clone())
        .collect();
    let answers = told.answers.iter().map(|answer| (answer.key.clone(), answer.answer.clone())).collect();
    let visit = facts.visit(&keys, None, &[]).for_party(party);
    let judged = facts.judge(speech.language(), &visit, Some(opening), Some(&answers)).await;
    let down = judged.degraded.then(|| speech.words("module_down", serde_json::json!({})));
    judged.review.notes.into_iter().chain(told.terms.approval.clone()).chain(down).collect()
}

/// Two plain texts in a row are one bubble: nobody likes being answered in five.
fn merged(says: Vec<Body>) -> Vec<Body> {
    let mut merged: Vec<Body> = Vec::new();
    for body in says {
        // Two questions with one answer are answered once.
        let told = |other: &Body| matches!((other, &body), (Body::Text { text }, Body::Text { text: more }) if text.contains(more.as_str()));
        if merged.iter().any(told) {
            continue;
        }
        let before = match merged.last() {
            Some(Body::Text { text }) => Some(text.clone()),
            _ => None,
        };
        let joined = match (before, &body) {
            (Some(before), Body::Text { text }) => Some(Body::Text { text: format!("{before}\n\n{text}") }),
            (Some(before), Body::Buttons { text, buttons }) => {
                Some(Body::Buttons { text: format!("{before}\n\n{text}"), buttons: buttons.clone() })
            }
            _ => None,
        };
        match joined {
            Some(joined) => {
                merged.pop();
                merged.push(joined);
            }
            None => merged.push(body),
        }
    }
    merged
}

/// The language to answer in when nothing is known yet.
pub(crate) fn first_language(facts: &Facts, memory: &Memory) -> Language {
    memory.language.or(facts.customer.language).unwrap_or(facts.tenant.language)
}

#[cfg(test)]
mod tests;
