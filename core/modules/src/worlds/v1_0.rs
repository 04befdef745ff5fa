//! `frontdesk:vertical@1.0`: the whole contract. `describing` reads what a module says of itself, `deciding` carries
//! visits in and verdicts out, `asking` requests to other servers, `imports` answers its questions.

mod asking;
mod deciding;
mod describing;
mod imports;

use async_trait::async_trait;
use domain::vertical::{
    ConfigProblem, Description, Draft, Effect, Event, Quotation, Review, StepAnswer, ToolAnswer, Turn, VerticalError,
};
use wasmtime::{
    Engine, Store,
    component::{Component, HasSelf, Linker},
};

use super::{About, Answer, Guest};
use crate::{call::Call, checks};

mod bindings {
    //! Generated from `wit/1.0.0`.
    wasmtime::component::bindgen!({
        path: "../../wit/1.0.0",
        world: "vertical",
        imports: { default: async | trappable },
        exports: { default: async },
    });
}

pub(crate) type Ready = bindings::VerticalPre<Call>;

pub(super) fn linker(engine: &Engine) -> wasmtime::Result<Linker<Call>> {
    let mut linker = Linker::new(engine);
    bindings::Vertical::add_to_linker::<Call, HasSelf<Call>>(&mut linker, |call| call)?;
    Ok(linker)
}

pub(super) fn fit(linker: &Linker<Call>, component: &Component) -> wasmtime::Result<Ready> {
    Ready::new(linker.instantiate_pre(component)?)
}

pub(super) async fn instantiate(ready: &Ready, store: &mut Store<Call>) -> wasmtime::Result<Instance> {
    Ok(Instance(ready.instantiate_async(store).await?))
}

pub(super) struct Instance(bindings::Vertical);

#[async_trait]
impl Guest for Instance {
    async fn describe(&self, store: &mut Store<Call>) -> Answer<Description> {
        let described = self.0.frontdesk_vertical_business().call_describe(store).await?;
        Ok(checks::description(describing::description(described)))
    }

    async fn check_config(&self, store: &mut Store<Call>, about: &About) -> Answer<Vec<ConfigProblem>> {
        let context = deciding::context(about);
        let found = self.0.frontdesk_vertical_business().call_check_config(store, &context).await?;
        Ok(deciding::problems(found))
    }

    async fn quote(&self, store: &mut Store<Call>, about: &About, draft: &Draft) -> Answer<Quotation> {
        let (context, visit) = (deciding::context(about), deciding::draft(draft, &about.context.zone()));
        let answer = self.0.frontdesk_vertical_business().call_quote(store, &context, &visit).await?;
        Ok(answer.map_err(VerticalError::Refused).and_then(|told| deciding::quotation(told, about.context.currency)))
    }

    async fn review(&self, store: &mut Store<Call>, about: &About, draft: &Draft) -> Answer<Review> {
        let (context, visit) = (deciding::context(about), deciding::draft(draft, &about.context.zone()));
        let answer = self.0.frontdesk_vertical_business().call_review(store, &context, &visit).await?;
        Ok(answer.map_err(VerticalError::Refused).and_then(|verdict| deciding::review(verdict, draft.items.len())))
    }

    async fn call_tool(&self, store: &mut Store<Call>, about: &About, name: &str, json: &str) -> Answer<ToolAnswer> {
        let context = deciding::context(about);
        let answer = self.0.frontdesk_vertical_business().call_call_tool(store, &context, name, json).await?;
        Ok(answer.map_err(VerticalError::Refused).and_then(deciding::answer))
    }

    async fn step(&self, store: &mut Store<Call>, about: &About, turn: &Turn) -> Answer<StepAnswer> {
        let (context, turn) = (deciding::context(about), deciding::turn(turn, &about.context.zone()));
        let answer = self.0.frontdesk_vertical_business().call_step(store, &context, &turn).await?;
        Ok(answer.map_err(VerticalError::Refused).and_then(deciding::step))
    }

    async fn on_event(&self, store: &mut Store<Call>, about: &About, event: &Event) -> Answer<Vec<Effect>> {
        let (context, event) = (deciding::context(about), deciding::event(event, &about.context.zone()));
        let answer = self.0.frontdesk_vertical_business().call_on_event(store, &context, &event).await?;
        Ok(answer.map_err(VerticalError::Refused).and_then(deciding::effects))
    }

    async fn migrate(&self, store: &mut Store<Call>, about: &About, from: u32) -> Answer<()> {
        let context = deciding::context(about);
        let answer = self.0.frontdesk_vertical_business().call_migrate(store, &context, from).await?;
        Ok(answer.map_err(VerticalError::Refused))
    }
}
