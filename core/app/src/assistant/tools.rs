//! A request that the tenant's module answers by itself.

use domain::{message::Body, vertical::Effect};
use serde_json::json;

use super::{Action, Facts, Plan, Speech, answers::unknown};

/// Asks the module, and does what it wants done of what it may want.
pub(super) async fn call(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan, name: &str) {
    let Some(activated) = &facts.activated else { return unknown(facts, speech, plan).await };
    let called =
        facts.vertical.call_tool(activated, &facts.context(speech.language()), name, &json!({}), facts.desk()).await;
    match called {
        Ok(answer) => {
            plan.says.push(Body::text(answer.text));
            let mut rest = Vec::new();
            for effect in answer.effects {
                match effect {
                    Effect::HandToPerson { reason } => plan.actions.push(Action::HandToPerson { reason }),
                    // The visit is still being put together: its answers are in the memory of the conversation.
                    Effect::RememberField { key, value } => {
                        plan.memory.answers.insert(key, value);
                    }
                    effect @ (Effect::Keep { .. }
                    | Effect::Send(_)
                    | Effect::ProposeMove(_)
                    | Effect::Note { .. }
                    | Effect::Count { .. }) => rest.push(effect),
                }
            }
            if !rest.is_empty() {
                plan.actions.push(Action::Effects { tool: name.to_owned(), effects: rest });
            }
        }
        Err(error) => {
            tracing::warn!(module = %activated.module, name, %error, "a tool did not answer");
            unknown(facts, speech, plan).await;
        }
    }
}
