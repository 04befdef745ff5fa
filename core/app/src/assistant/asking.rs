//! What the module wants to know before a visit: single questions and forms, asked one at a time, answered in the
//! customer's own words or by a tap, and asked again by nobody.

use std::collections::BTreeMap;

use domain::{
    booking::VisitAnswer,
    message::{Body, Choice},
    vertical::{Ask, Form, Question, Review, describing},
};
use jiff::Span;
use language::Intent;
use serde_json::json;

use super::{Asked, Facts, Memory, Plan, Speech, booking::advance, tools::give_to_person};

/// Most answers kept for one visit; a module that asks on for ever is not followed.
const MOST: usize = 30;
/// Longest answer that is kept.
const LONGEST: usize = 500;
/// So often an answer that cannot be one is asked for again, before a person helps.
const TRIES: u8 = 2;

/// One question to the customer.
pub(super) struct Open {
    key: String,
    text: String,
    pub(super) choices: Vec<Choice>,
}

/// Asks the first question that has no answer yet: what the verdict requires, then the forms it names and those whose time
/// has come. False when there is
/// none to ask. What a module does not refuse itself, though the consent to it was, a person looks at.
pub(super) fn ask(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan, review: &Review) -> bool {
    let refused = |question: &Question| {
        question.kind == "consent"
            && question.required
            && plan.memory.answers.get(&question.key).is_some_and(|answer| answer == "no")
    };
    let forms = forms(facts, &plan.memory, review);
    let questions = || forms.iter().flat_map(|form| &form.questions);
    if questions().any(refused) {
        give_to_person(speech, plan, "did not consent to what the visit needs");
        return true;
    }
    let answered = |key: &str| plan.memory.answers.contains_key(key);
    let required = review.required.iter().find(|ask| !answered(&ask.key)).map(|ask| plain(speech, ask));
    let next = required.or_else(|| {
        let mut open = questions().filter(|question| applies(question, &plan.memory.answers));
        open.find(|question| !answered(&question.key)).map(|question| of_form(speech, question))
    });
    let Some(open) = next.filter(|_| plan.memory.answers.len() < MOST) else { return false };
    plan.memory.asked = Some(Asked::Answer);
    plan.memory.answering = Some(open.key.clone());
    plan.says.push(shown(speech, open));
    true
}

pub(super) fn shown(speech: &Speech<'_>, open: Open) -> Body {
    match open.choices.len() {
        0 => Body::text(open.text),
        1..=3 => Body::Buttons { text: open.text, buttons: open.choices },
        _ => Body::List {
            text: open.text,
            button: speech.words("answers_button", json!({})),
            rows: open.choices.into_iter().take(10).collect(),
        },
    }
}

fn choice(speech: &Speech<'_>, choice: &domain::vertical::Choice) -> Choice {
    let title = describing::in_language(&choice.label, speech.language().tag()).unwrap_or(&choice.value).to_owned();
    Choice { id: format!("answer:{}", choice.value), title, description: String::new() }
}

pub(super) fn plain(speech: &Speech<'_>, ask: &Ask) -> Open {
    let choices = ask.choices.iter().map(|one| choice(speech, one)).collect();
    Open { key: ask.key.clone(), text: ask.question.clone(), choices }
}

fn of_form(speech: &Speech<'_>, question: &Question) -> Open {
    let mut choices: Vec<Choice> = match question.kind.as_str() {
        "yes-no" | "consent" => {
            vec![speech.choice("answer:yes", "yes_short_button"), speech.choice("answer:no", "no_short_button")]
        }
        "choice" | "choices" => question.choices.iter().map(|one| choice(speech, one)).collect(),
        _ => Vec::new(),
    };
    if !question.required && choices.len() < 10 {
        choices.push(speech.choice("answer:", "skip_button"));
    }
    Open { key: question.key.clone(), text: asked(speech, question), choices }
}

fn asked(speech: &Speech<'_>, question: &Question) -> String {
    describing::in_language(&question.ask, speech.language().tag()).unwrap_or(&question.key).to_owned()
}

/// The forms that the verdict names, and those that ask to be asked.
fn forms<'f>(facts: &'f Facts, memory: &Memory, review: &Review) -> Vec<&'f Form> {
    let all = facts.description.iter().flat_map(|description| &description.forms);
    all.filter(|form| review.forms.contains(&form.key) || due(facts, memory, form)).collect()
}

/// Whether it is time for it: the first visit, each one, or the first in so many months.
fn due(facts: &Facts, memory: &Memory, form: &Form) -> bool {
    if !form.services.is_empty() && !form.services.iter().any(|service| memory.services.contains(service)) {
        return false;
    }
    let last = form.questions.iter().filter_map(|question| facts.answered.get(&question.key)).max();
    match Asks::of(&form.asked) {
        Asks::New => facts.completed_visits == 0 && last.is_none(),
        Asks::Every => true,
        Asks::Once { months } => last.is_none_or(|last| {
            let again = last.to_zoned(facts.location.zone.clone()).saturating_add(Span::new().months(months));
            again.timestamp() <= facts.now()
        }),
        Asks::Never => false,
    }
}

/// When a form is asked. What is not known here is asked only where a verdict names it.
enum Asks {
    New,
    Every,
    Once { months: i64 },
    Never,
}

impl Asks {
    fn of(asked: &str) -> Self {
        let months = asked.strip_prefix("once:").and_then(|months| months.parse().ok());
        match (asked, months) {
            ("new", _) => Self::New,
            ("every", _) => Self::Every,
            (_, Some(months @ 1..=120)) => Self::Once { months },
            (_, Some(_) | None) => Self::Never,
        }
    }
}

fn applies(question: &Question, answers: &BTreeMap<String, String>) -> bool {
    question.when.as_ref().is_none_or(|when| {
        answers.get(&when.question).is_some_and(|answer| when.answers.iter().any(|wanted| wanted == answer))
    })
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

/// Keeps the answer and goes on where the question interrupted. What cannot be an answer is asked again; whoever cannot
/// answer gets a person.
pub(super) async fn answered(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan, words: &str) {
    let Some(key) = plan.memory.answering.clone() else {
        plan.memory.asked = None;
        return advance(facts, speech, plan).await;
    };
    let question = question(facts, &key);
    let Some(answer) = read(speech, question, words) else {
        plan.memory.unread = plan.memory.unread.saturating_add(1);
        if plan.memory.unread > TRIES {
            return give_to_person(speech, plan, "could not answer a form");
        }
        if let Some(question) = question {
            let open = of_form(speech, question);
            let text = speech.words("answer_again", json!({ "question": open.text }));
            plan.says.push(shown(speech, Open { text, ..open }));
        }
        return;
    };
    (plan.memory.asked, plan.memory.answering, plan.memory.unread) = (None, None, 0);
    plan.memory.answers.insert(key, answer);
    advance(facts, speech, plan).await;
}

fn question<'f>(facts: &'f Facts, key: &str) -> Option<&'f Question> {
    let forms = facts.description.iter().flat_map(|description| &description.forms);
    forms.flat_map(|form| &form.questions).find(|question| question.key == key)
}

/// The answer as the module reads it; nothing when the words cannot be one.
fn read(speech: &Speech<'_>, question: Option<&Question>, words: &str) -> Option<String> {
    let words: String = words.trim().chars().take(LONGEST).collect();
    let Some(question) = question else { return Some(words) };
    let said = words.to_lowercase();
    let title = |key: &str| speech.words(key, json!({})).to_lowercase();
    if !question.required && (said.is_empty() || said == title("skip_button")) {
        return Some(String::new());
    }
    match question.kind.as_str() {
        "yes-no" | "consent" => yes_or_no(&said).map(str::to_owned),
        "number" => said
            .split_whitespace()
            .find_map(|word| word.replace(',', ".").parse::<f64>().ok())
            .map(|number| number.to_string()),
        "choice" => chosen(question, &said),
        "choices" => {
            let parts: Option<Vec<String>> = said.split([',', ';']).map(|part| chosen(question, part.trim())).collect();
            parts.filter(|parts| !parts.is_empty()).map(|parts| parts.join(","))
        }
        _ => Some(words).filter(|words| !words.is_empty()),
    }
}

/// The plain yes and no of the four languages; anything longer is no answer to a yes-or-no question.
fn yes_or_no(said: &str) -> Option<&'static str> {
    let first = said.split(|letter: char| !letter.is_alphabetic()).find(|word| !word.is_empty())?;
    match first {
        "yes" | "si" | "sí" | "sim" | "ya" | "claro" | "yeah" | "yep" | "ok" => Some("yes"),
        "no" | "nope" | "não" | "nao" | "tidak" | "nunca" | "never" => Some("no"),
        _ => None,
    }
}

/// By value, by label in any language, or by its number.
fn chosen(question: &Question, said: &str) -> Option<String> {
    let named = |choice: &&domain::vertical::Choice| {
        choice.value.to_lowercase() == said || choice.label.iter().any(|label| label.text.to_lowercase() == said)
    };
    let place = said.parse::<usize>().ok().and_then(|place| place.checked_sub(1));
    let found = question.choices.iter().find(named).or_else(|| place.and_then(|place| question.choices.get(place)));
    found.map(|choice| choice.value.clone())
}

/// The answers as the team reads them beside the booking; sensitive ones are in its file only.
pub(super) fn note(facts: &Facts, memory: &Memory) -> String {
    let open = memory.answers.iter().filter(|(key, answer)| !answer.is_empty() && !sensitive(facts, key));
    open.map(|(key, answer)| format!("{key}: {answer}")).collect::<Vec<_>>().join("\n")
}

fn sensitive(facts: &Facts, key: &str) -> bool {
    question(facts, key).is_some_and(|question| question.sensitive)
}

/// The answers as they are kept with the booking.
pub(super) fn kept(facts: &Facts, speech: &Speech<'_>, memory: &Memory) -> Vec<VisitAnswer> {
    let given = memory.answers.iter().filter(|(_, answer)| !answer.is_empty());
    given
        .map(|(key, answer)| VisitAnswer {
            key: key.clone(),
            question: question(facts, key).map_or_else(|| key.clone(), |question| asked(speech, question)),
            answer: answer.clone(),
            sensitive: sensitive(facts, key),
        })
        .collect()
}
