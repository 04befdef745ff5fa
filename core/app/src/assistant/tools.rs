//! A request that the tenant's module answers by itself.

use domain::{message::Body, vertical::Effect};
use language::Request;
use serde_json::json;

use super::{
    Action, Facts, Plan, Speech,
    answers::unknown,
    dialogs::{self, Heard},
};

/// Asks the module, and does what it wants done of what it may want.
pub(super) async fn call(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan, name: &str, request: &Request) {
    let requests = std::slice::from_ref(request);
    if let Some(dialog) = dialogs::named(name) {
        let heard = Heard { words: &plan.heard.clone(), requests, tapped: None };
        if !dialogs::begin(facts, speech, plan, dialog, heard).await {
            unknown(facts, speech, plan).await;
        }
        return;
    }
    let Some(activated) = &facts.activated else { return unknown(facts, speech, plan).await };
    let called =
        facts.vertical.call_tool(activated, &facts.context(speech.language()), name, &json!({}), facts.desk()).await;
    match called {
        Ok(answer) => {
            if !answer.text.is_empty() {
                plan.says.push(Body::text(answer.text));
            }
            if let Some(dialog) = take_over(plan, name, answer.effects) {
                let heard = Heard { words: &plan.heard.clone(), requests, tapped: None };
                dialogs::begin(facts, speech, plan, &dialog, heard).await;
            }
            if plan.says.is_empty() {
                unknown(facts, speech, plan).await;
            }
        }
        Err(error) => {
            tracing::warn!(module = %activated.module, name, %error, "a tool did not answer");
            unknown(facts, speech, plan).await;
        }
    }
}

/// Makes effects the plan's. The dialog that is to be opened is given back.
pub(super) fn take_over(plan: &mut Plan, of: &str, effects: Vec<Effect>) -> Option<String> {
    let (mut rest, mut begins) = (Vec::new(), None);
    for effect in effects {
        match effect {
            Effect::HandToPerson { reason } => plan.actions.push(Action::HandToPerson { reason }),
            // The visit is still being put together: its answers are in the memory of the conversation.
            Effect::RememberField { key, value } => {
                plan.memory.answers.insert(key, value);
            }
            Effect::BeginDialog { dialog } => begins = begins.or(Some(dialog)),
            effect @ (Effect::Keep { .. }
            | Effect::Send(_)
            | Effect::ProposeMove(_)
            | Effect::Note { .. }
            | Effect::Count { .. }
            | Effect::Request(_)) => rest.push(effect),
        }
    }
    if !rest.is_empty() {
        plan.actions.push(Action::Effects { tool: of.to_owned(), effects: rest });
    }
    begins
}

/// What the rules cannot bring to an end a person does.
pub(super) fn give_to_person(speech: &Speech<'_>, plan: &mut Plan, reason: &str) {
    plan.memory.clear();
    plan.says.push(speech.text("handoff"));
    plan.actions.push(Action::HandToPerson { reason: reason.to_owned() });
}
