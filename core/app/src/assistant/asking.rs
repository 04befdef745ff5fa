//! What the module wants to know before it judges a visit: asked one question at a time, answered in the customer's own
//! words or by a tap, and asked again by nobody.

use domain::{
    message::{Body, Choice},
    vertical::{Ask, Text},
};
use language::Intent;

use super::{Asked, Facts, Memory, Plan, Speech, booking::advance};

/// Most answers kept for one visit; a module that asks on for ever is not followed.
const MOST: usize = 12;
/// Longest answer that is kept.
const LONGEST: usize = 500;

/// Asks the first question that has no answer yet. False when there is none to ask.
pub(super) fn ask(speech: &Speech<'_>, plan: &mut Plan, required: &[Ask]) -> bool {
    let open = required.iter().find(|ask| !plan.memory.answers.contains_key(&ask.key));
    let Some(ask) = open.filter(|_| plan.memory.answers.len() < MOST) else { return false };
    plan.memory.asked = Some(Asked::Answer);
    plan.memory.answering = Some(ask.key.clone());
    let choices: Vec<Choice> = ask
        .choices
        .iter()
        .take(3)
        .map(|choice| Choice {
            id: format!("answer:{}", choice.value),
            title: label(speech.language(), &choice.label).unwrap_or_else(|| choice.value.clone()),
            description: String::new(),
        })
        .collect();
    plan.says.push(if choices.is_empty() {
        Body::text(ask.question.clone())
    } else {
        Body::Buttons { text: ask.question.clone(), buttons: choices }
    });
    true
}

/// The label in the conversation's language, or the first there is.
fn label(language: domain::Language, texts: &[Text]) -> Option<String> {
    let own = texts.iter().find(|text| text.language.parse::<domain::Language>() == Ok(language));
    own.or(texts.first()).map(|text| text.text.clone())
}

/// Whether words in answer to a question of the module's are something else after all: a call for help is never an answer.
pub(super) fn answers(memory: &Memory, intents: &[Intent]) -> bool {
    let else_ = |intent: &Intent| {
        matches!(
            intent,
            Intent::Emergency
                | Intent::OptOut
                | Intent::OptIn
                | Intent::HandToPerson
                | Intent::Complaint
                | Intent::Cancel
                | Intent::Repeat
                | Intent::Help
        )
    };
    memory.asked == Some(Asked::Answer) && !intents.iter().any(else_)
}

/// Keeps the answer and goes on where the question interrupted.
pub(super) async fn answered(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan, words: &str) {
    plan.memory.asked = None;
    if let Some(key) = plan.memory.answering.take() {
        plan.memory.answers.insert(key, words.trim().chars().take(LONGEST).collect());
    }
    advance(facts, speech, plan).await;
}

/// The answers as the team reads them beside the booking.
pub(super) fn note(memory: &Memory) -> String {
    memory.answers.iter().map(|(key, answer)| format!("{key}: {answer}")).collect::<Vec<_>>().join("\n")
}
