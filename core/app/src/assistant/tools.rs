//! A request that the tenant's module answers by itself.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    Span,
    message::Body,
    vertical::{Desk, DeskError, Effect, FreeSlot},
};
use serde_json::json;

use super::{Action, Facts, Plan, Speech, answers::unknown};

/// Asks the module, and does what it wants done of what it may want.
pub(super) async fn call(facts: &Facts, speech: &Speech<'_>, plan: &mut Plan, name: &str) {
    let Some(activated) = &facts.activated else { return unknown(speech, plan) };
    let called = facts
        .vertical
        .call_tool(activated, &facts.context(speech.language()), name, &json!({}), Arc::new(Counter))
        .await;
    match called {
        Ok(answer) => {
            plan.says.push(Body::text(answer.text));
            for effect in answer.effects {
                match effect {
                    Effect::HandToPerson { reason } => plan.actions.push(Action::HandToPerson { reason }),
                    Effect::RememberField { .. } => {}
                }
            }
        }
        Err(error) => {
            tracing::warn!(module = %activated.module, name, %error, "a tool did not answer");
            unknown(speech, plan);
        }
    }
}

/// What tools may ask for now: nothing. Granting `scheduling` and `memory` to tools is the module platform's work.
struct Counter;

#[async_trait]
impl Desk for Counter {
    async fn find_slots(&self, _service_key: &str, _window: Span) -> Result<Vec<FreeSlot>, DeskError> {
        Err(DeskError::Unavailable)
    }
    async fn read(&self, _key: &str) -> Result<Option<Vec<u8>>, DeskError> {
        Err(DeskError::Unavailable)
    }
    async fn write(&self, _key: &str, _value: &[u8]) -> Result<(), DeskError> {
        Err(DeskError::Unavailable)
    }
}
