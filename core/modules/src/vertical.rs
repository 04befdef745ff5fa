//! The port: each question to a module as one sandboxed call.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    Language,
    booking::PriceLine,
    vertical::{Activated, CallContext, Description, Desk, Draft, Review, ToolAnswer, Vertical, VerticalError},
};

use crate::{convert, host::ModuleHost};

#[async_trait]
impl Vertical for ModuleHost {
    async fn describe(&self, activated: &Activated, _language: Language) -> Result<Description, VerticalError> {
        self.describe_once(activated).await
    }

    async fn quote(
        &self,
        activated: &Activated,
        context: &CallContext,
        draft: &Draft,
    ) -> Result<Vec<PriceLine>, VerticalError> {
        let (about, visit) = (convert::context(context, &activated.config), convert::draft(draft));
        let answer = self
            .call(activated, None, move |store, world| {
                Box::pin(async move { world.frontdesk_vertical_business().call_quote(store, &about, &visit).await })
            })
            .await?;
        convert::lines(answer.map_err(VerticalError::Refused)?, context.currency)
    }

    async fn review(
        &self,
        activated: &Activated,
        context: &CallContext,
        draft: &Draft,
    ) -> Result<Review, VerticalError> {
        let (about, visit) = (convert::context(context, &activated.config), convert::draft(draft));
        let answer = self
            .call(activated, None, move |store, world| {
                Box::pin(async move { world.frontdesk_vertical_business().call_review(store, &about, &visit).await })
            })
            .await?;
        convert::review(answer.map_err(VerticalError::Refused)?, draft.items.len())
    }

    async fn call_tool(
        &self,
        activated: &Activated,
        context: &CallContext,
        tool: &str,
        arguments: &serde_json::Value,
        desk: Arc<dyn Desk>,
    ) -> Result<ToolAnswer, VerticalError> {
        let about = convert::context(context, &activated.config);
        let (name, arguments) = (tool.to_owned(), arguments.to_string());
        let answer = self
            .call(activated, Some(desk), move |store, world| {
                Box::pin(async move {
                    world.frontdesk_vertical_business().call_call_tool(store, &about, &name, &arguments).await
                })
            })
            .await?;
        convert::answer(answer.map_err(VerticalError::Refused)?)
    }
}
