//! `frontdesk:vertical@0.1`: describe, quote, review and tools.

mod convert;
mod imports;

use async_trait::async_trait;
use domain::vertical::{
    ConfigProblem, Description, Draft, Effect, Event, Next, Quotation, Review, StepAnswer, ToolAnswer, Turn,
    VerticalError,
};
use wasmtime::{
    Engine, Store,
    component::{Component, HasSelf, Linker},
};

use super::{About, Answer, Guest};
use crate::{call::Call, checks};

mod bindings {
    //! Generated from `wit/0.1.0`.
    wasmtime::component::bindgen!({
        path: "../../wit/0.1.0",
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
        Ok(checks::description(convert::description(described)))
    }

    async fn check_config(&self, _store: &mut Store<Call>, _about: &About) -> Answer<Vec<ConfigProblem>> {
        Ok(Ok(Vec::new()))
    }

    async fn quote(&self, store: &mut Store<Call>, about: &About, draft: &Draft) -> Answer<Quotation> {
        let (context, visit) = (convert::context(about), convert::draft(draft));
        let answer = self.0.frontdesk_vertical_business().call_quote(store, &context, &visit).await?;
        Ok(answer
            .map_err(VerticalError::Refused)
            .and_then(|lines| convert::lines(lines, about.context.currency))
            .map(|lines| Quotation { lines, deposit: None }))
    }

    async fn review(&self, store: &mut Store<Call>, about: &About, draft: &Draft) -> Answer<Review> {
        let (context, visit) = (convert::context(about), convert::draft(draft));
        let answer = self.0.frontdesk_vertical_business().call_review(store, &context, &visit).await?;
        Ok(answer.map_err(VerticalError::Refused).and_then(|verdict| convert::review(verdict, draft.items.len())))
    }

    async fn call_tool(&self, store: &mut Store<Call>, about: &About, name: &str, json: &str) -> Answer<ToolAnswer> {
        let context = convert::context(about);
        let answer = self.0.frontdesk_vertical_business().call_call_tool(store, &context, name, json).await?;
        Ok(answer.map_err(VerticalError::Refused).and_then(convert::answer))
    }

    async fn step(&self, _store: &mut Store<Call>, _about: &About, _turn: &Turn) -> Answer<StepAnswer> {
        Ok(Ok(StepAnswer { next: Next::Pass, state: String::new(), effects: Vec::new() }))
    }

    async fn on_event(&self, _store: &mut Store<Call>, _about: &About, _event: &Event) -> Answer<Vec<Effect>> {
        Ok(Ok(Vec::new()))
    }

    async fn migrate(&self, _store: &mut Store<Call>, _about: &About, _from: u32) -> Answer<()> {
        Ok(Ok(()))
    }
}
