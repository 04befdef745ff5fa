//! The port: each question to a module as one sandboxed call.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    Language,
    plan::{Limits, Plan},
    vertical::{
        Activated, CallContext, ConfigProblem, Description, Desk, Draft, Effect, Event, NoDesk, Quotation, Review,
        StepAnswer, ToolAnswer, Turn, Usage, Vertical, VerticalError,
    },
};

use crate::{
    host::{ModuleHost, Question},
    settings,
    worlds::About,
};

fn about(activated: &Activated, context: &CallContext) -> About {
    About { context: context.clone(), config: activated.config.clone() }
}

#[async_trait]
impl Vertical for ModuleHost {
    async fn describe(&self, activated: &Activated, _language: Language) -> Result<Description, VerticalError> {
        self.describe_once(activated).await
    }

    async fn check_config(
        &self,
        activated: &Activated,
        context: &CallContext,
    ) -> Result<Vec<ConfigProblem>, VerticalError> {
        let description = self.describe_once(activated).await?;
        let misfits = settings::problems(&description.config_schema, &activated.config);
        // A module is asked only about a configuration of the shape it expects.
        if !misfits.is_empty() {
            return Ok(misfits);
        }
        let about = about(activated, context);
        let question = Question::new(activated, "check-config", context, Arc::new(NoDesk));
        self.call(question, move |guest, store| Box::pin(async move { guest.check_config(store, &about).await })).await
    }

    async fn quote(
        &self,
        activated: &Activated,
        context: &CallContext,
        draft: &Draft,
        desk: Arc<dyn Desk>,
    ) -> Result<Quotation, VerticalError> {
        let (about, draft) = (about(activated, context), draft.clone());
        let question = Question::new(activated, "quote", context, desk);
        self.call(question, move |guest, store| Box::pin(async move { guest.quote(store, &about, &draft).await })).await
    }

    async fn review(
        &self,
        activated: &Activated,
        context: &CallContext,
        draft: &Draft,
        desk: Arc<dyn Desk>,
    ) -> Result<Review, VerticalError> {
        let (about, draft) = (about(activated, context), draft.clone());
        let question = Question::new(activated, "review", context, desk);
        self.call(question, move |guest, store| Box::pin(async move { guest.review(store, &about, &draft).await }))
            .await
    }

    async fn call_tool(
        &self,
        activated: &Activated,
        context: &CallContext,
        tool: &str,
        arguments: &serde_json::Value,
        desk: Arc<dyn Desk>,
    ) -> Result<ToolAnswer, VerticalError> {
        let about = about(activated, context);
        let (name, json) = (tool.to_owned(), arguments.to_string());
        let question = Question::new(activated, "call-tool", context, desk);
        self.call(question, move |guest, store| {
            Box::pin(async move { guest.call_tool(store, &about, &name, &json).await })
        })
        .await
    }

    async fn step(
        &self,
        activated: &Activated,
        context: &CallContext,
        turn: &Turn,
        desk: Arc<dyn Desk>,
    ) -> Result<StepAnswer, VerticalError> {
        let (about, turn) = (about(activated, context), turn.clone());
        let question = Question::new(activated, "step", context, desk);
        self.call(question, move |guest, store| Box::pin(async move { guest.step(store, &about, &turn).await })).await
    }

    async fn on_event(
        &self,
        activated: &Activated,
        context: &CallContext,
        event: &Event,
        desk: Arc<dyn Desk>,
    ) -> Result<Vec<Effect>, VerticalError> {
        let (about, event) = (about(activated, context), event.clone());
        let question = Question::new(activated, "on-event", context, desk);
        self.call(question, move |guest, store| Box::pin(async move { guest.on_event(store, &about, &event).await }))
            .await
    }

    async fn migrate(
        &self,
        activated: &Activated,
        context: &CallContext,
        from: u32,
        desk: Arc<dyn Desk>,
    ) -> Result<(), VerticalError> {
        let about = about(activated, context);
        let question = Question::new(activated, "migrate", context, desk);
        self.call(question, move |guest, store| Box::pin(async move { guest.migrate(store, &about, from).await })).await
    }

    fn limits(&self, plan: Plan) -> Limits {
        self.limits_on(plan)
    }

    fn take_usage(&self) -> Vec<Usage> {
        self.usage()
    }
}
