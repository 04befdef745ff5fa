//! Conversations that the module leads: opened by its words or by a tool of its, then each message goes to its `step`, until
//! it is done, the customer wants something else, or it has gone on for too long.
//!
//! Invariants: an emergency, an opt-out and a wish for a person never reach a dialog; a dialog that fails costs its own
//! conversation and nothing else; what had been asked before it is asked again after it.

use std::collections::BTreeMap;

use domain::{
    message::Body,
    vertical::{Next, StepAnswer, Turn},
};
use language::{Hour, Intent, Request};

use super::{Asked, Facts, Plan, Speech, answers::repeat, asking, memory::OpenDialog, tools};

/// After so many steps a person helps.
const STEPS: u32 = 20;
/// Most of a message that a step is told, in characters.
const SAID: usize = 1_000;
/// Marks a dialog among the things that words can call for.
const MARK: &str = "dialog:";

/// What a dialog's words are found under.
pub(super) fn called(key: &str) -> String {
    format!("{MARK}{key}")
}

/// The dialog that was called for, when it was one.
pub(super) fn named(tool: &str) -> Option<&str> {
    tool.strip_prefix(MARK)
}

/// Opens a dialog with its first step. False when the module passes.
pub(super) async fn begin(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan, key: &str, heard: Heard<'_>) -> bool {
    if !known(facts, key) {
        tracing::warn!(request = %facts.request, key, "a dialog that the module does not have was called for");
        return false;
    }
    let before = plan.memory.asked.filter(|asked| *asked != Asked::Dialog);
    let open = OpenDialog { key: key.to_owned(), before, ..OpenDialog::default() };
    step(facts, speech, plan, open, heard).await
}

/// What a customer said, as far as it was understood.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heard<'h> {
    pub(super) words: &'h str,
    pub(super) requests: &'h [Request],
    /// The value of what was tapped.
    pub(super) tapped: Option<&'h str>,
}

/// The open dialog goes on with this message. False when there is none, when it ended for what was said, and when the
/// module leaves this one to the assistant.
pub(super) async fn go_on(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan, heard: Heard<'_>) -> bool {
    let Some(open) = plan.memory.dialog.take() else { return false };
    if !known(facts, &open.key) {
        plan.memory.asked = open.before;
        return false;
    }
    if heard.tapped.is_none() && heard.requests.iter().any(wants_else) {
        plan.memory.asked = open.before;
        return false;
    }
    if heard.tapped.is_none() && stops(heard) {
        plan.says.push(speech.text("dialog_left"));
        resume(facts, speech, plan, open.before).await;
        return true;
    }
    step(facts, speech, plan, open, heard).await
}

fn known(facts: &Facts, key: &str) -> bool {
    facts.activated.is_some()
        && facts.description.iter().flat_map(|description| &description.dialogs).any(|dialog| dialog.key == key)
}

/// What no dialog is given, and what is clearly a request of its own.
fn wants_else(request: &Request) -> bool {
    match request.intent {
        Intent::Emergency | Intent::OptOut | Intent::OptIn | Intent::HandToPerson | Intent::Complaint => true,
        Intent::Move | Intent::ListBookings | Intent::Waitlist => request.confidence >= 0.7,
        // "cancel" by itself is about the dialog; about a booking one says more.
        Intent::Cancel => !request.entities.is_empty(),
        Intent::Book | Intent::AskAvailability => request.confidence >= 0.7 && !request.entities.services.is_empty(),
        Intent::Greet
        | Intent::Thanks
        | Intent::Bye
        | Intent::Help
        | Intent::AskPrice
        | Intent::AskHours
        | Intent::AskLocation
        | Intent::AskServices
        | Intent::AskDuration
        | Intent::AskStaff
        | Intent::AskOther
        | Intent::Affirm
        | Intent::Deny
        | Intent::Correct
        | Intent::Inform
        | Intent::Choose
        | Intent::MoreOptions
        | Intent::Earlier
        | Intent::Later
        | Intent::Skip
        | Intent::Repeat
        | Intent::RunningLate
        | Intent::Tool(_)
        | Intent::Unknown => false,
    }
}

fn stops(heard: Heard<'_>) -> bool {
    heard.requests.iter().any(|request| request.intent == Intent::Cancel)
}

/// One step: asks the module and does what it says comes next.
async fn step(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan, open: OpenDialog, heard: Heard<'_>) -> bool {
    let Some(activated) = &facts.activated else { return false };
    let turn = Turn {
        dialog: open.key.clone(),
        said: heard.words.chars().take(SAID).collect(),
        heard: understood(&open, heard),
        state: open.state.clone(),
        step: open.steps,
        draft: facts.draft_of(&plan.memory),
    };
    let context = facts.context(speech.language());
    let StepAnswer { next, state, effects } = match facts.vertical.step(activated, &context, &turn, facts.desk()).await
    {
        Ok(answer) => answer,
        Err(error) => {
            tracing::warn!(module = %activated.module, dialog = open.key, %error, "a dialog did not go on");
            plan.says.push(speech.text("dialog_failed"));
            resume(facts, speech, plan, open.before).await;
            return true;
        }
    };
    // A dialog does not open another: what is left to do of its effects is the turn's.
    let _another = tools::take_over(plan, &called(&open.key), effects);
    match next {
        Next::Ask(_) if open.steps + 1 >= STEPS => {
            tools::give_to_person(speech, plan, "a dialog that did not come to an end");
        }
        Next::Ask(ask) => {
            let asked = asking::plain(speech, &ask);
            let choices = asked.choices.iter().map(|choice| choice.title.clone());
            let values = ask.choices.iter().map(|choice| choice.value.clone());
            let choices = values.zip(choices).collect();
            plan.memory.dialog = Some(OpenDialog { state, steps: open.steps + 1, choices, ..open });
            plan.memory.asked = Some(Asked::Dialog);
            plan.says.push(asking::shown(speech, asked));
        }
        Next::Done(text) => {
            if !text.is_empty() {
                plan.says.push(Body::text(text));
            }
            resume(facts, speech, plan, open.before).await;
        }
        Next::HandToPerson { reason } => tools::give_to_person(speech, plan, &reason),
        Next::Pass => {
            plan.memory.asked = open.before;
            if !state.is_empty() {
                plan.memory.dialog = Some(OpenDialog { state, steps: open.steps + 1, ..open });
            }
            return false;
        }
    }
    true
}

/// What was interrupted goes on.
async fn resume(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan, before: Option<Asked>) {
    (plan.memory.dialog, plan.memory.asked) = (None, before);
    if before.is_some() {
        repeat(facts, speech, plan).await;
    }
}

fn understood(open: &OpenDialog, heard: Heard<'_>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut put = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            found.entry(key.to_owned()).or_insert(value);
        }
    };
    for Request { intent, entities, .. } in heard.requests {
        put("intent", (*intent != Intent::Unknown).then(|| intent.name().to_owned()));
        put("date", entities.time.date().map(|date| date.to_string()));
        if let Some(Hour::At(time)) = entities.time.hour {
            put("time", Some(time.strftime("%H:%M").to_string()));
        }
        put("service", entities.services.first().map(|service| service.key.clone()));
        put("party", entities.party.map(|party| party.to_string()));
        put("name", entities.name.clone());
    }
    put("choice", heard.tapped.map(str::to_owned).or_else(|| chosen(open, heard.words)));
    found
}

/// By what it is called, or by its number.
fn chosen(open: &OpenDialog, words: &str) -> Option<String> {
    let said = words.trim().to_lowercase();
    let place = said.parse::<usize>().ok().and_then(|place| place.checked_sub(1));
    let named = |(value, title): &&(String, String)| value.to_lowercase() == said || title.to_lowercase() == said;
    let found = open.choices.iter().find(named).or_else(|| place.and_then(|place| open.choices.get(place)));
    found.map(|(value, _)| value.clone())
}

/// A tapped answer. What a dialog leaves to the assistant when it was tapped is nothing that words would explain.
pub(super) async fn tapped(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan, value: &str) {
    let title = plan.memory.dialog.iter().flat_map(|open| &open.choices).find(|(own, _)| own == value);
    let words = title.map_or_else(|| value.to_owned(), |(_, title)| title.clone());
    let heard = Heard { words: &words, requests: &[], tapped: Some(value) };
    if !go_on(facts, speech, plan, heard).await {
        plan.says.push(speech.text("stale"));
    }
}
