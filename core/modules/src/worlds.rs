//! The versions of the contract that are served, side by side, behind one trait in the newest types.
//!
//! A version is a folder here as in `wit/`: its bindings, its imports, its conversions. [`Fitted`] knows which one a
//! component was built for; nothing outside this folder does.

mod v0_1;
mod v1_0;

use async_trait::async_trait;
use domain::vertical::{
    CallContext, ConfigProblem, Description, Draft, Effect, Event, Quotation, Review, StepAnswer, ToolAnswer, Turn,
    VerticalError,
};
use wasmtime::{
    Engine, Store,
    component::{Component, Linker},
};

use crate::call::Call;

/// What is served, oldest first; for people.
pub(crate) const SERVED: &str = "0.1 and 1.0";
const PACKAGE: &str = "frontdesk:vertical/";
const BUSINESS: &str = "frontdesk:vertical/business@";

/// Outer error: the guest was stopped. Inner: what it said cannot be used, or is a refusal.
pub(crate) type Answer<T> = wasmtime::Result<Result<T, VerticalError>>;

/// A context and the configuration that goes with it.
pub(crate) struct About {
    pub(crate) context: CallContext,
    pub(crate) config: serde_json::Value,
}

/// One instance, whatever version it was built for. What an old version does not know has its neutral answer.
#[async_trait]
pub(crate) trait Guest: Send + Sync {
    async fn describe(&self, store: &mut Store<Call>) -> Answer<Description>;
    async fn check_config(&self, store: &mut Store<Call>, about: &About) -> Answer<Vec<ConfigProblem>>;
    async fn quote(&self, store: &mut Store<Call>, about: &About, draft: &Draft) -> Answer<Quotation>;
    async fn review(&self, store: &mut Store<Call>, about: &About, draft: &Draft) -> Answer<Review>;
    async fn call_tool(&self, store: &mut Store<Call>, about: &About, name: &str, json: &str) -> Answer<ToolAnswer>;
    async fn step(&self, store: &mut Store<Call>, about: &About, turn: &Turn) -> Answer<StepAnswer>;
    async fn on_event(&self, store: &mut Store<Call>, about: &About, event: &Event) -> Answer<Vec<Effect>>;
    async fn migrate(&self, store: &mut Store<Call>, about: &About, from: u32) -> Answer<()>;
}

/// Why a component fits no version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// It imports something that is not part of the contract.
    Foreign(String),
    /// It was built for a version that is not served.
    Version(String),
    /// It names no version, or does not keep to the one it names.
    World(String),
}

/// A component linked with its version's imports, ready to be instantiated.
#[derive(Clone)]
pub(crate) enum Fitted {
    V0(v0_1::Ready),
    V1(v1_0::Ready),
}

impl Fitted {
    pub(crate) async fn instantiate(&self, store: &mut Store<Call>) -> wasmtime::Result<Box<dyn Guest>> {
        Ok(match self {
            Self::V0(ready) => Box::new(v0_1::instantiate(ready, store).await?),
            Self::V1(ready) => Box::new(v1_0::instantiate(ready, store).await?),
        })
    }
}

/// A linker per version.
pub(crate) struct Linkers {
    v0: Linker<Call>,
    v1: Linker<Call>,
}

impl Linkers {
    pub(crate) fn new(engine: &Engine) -> wasmtime::Result<Self> {
        Ok(Self { v0: v0_1::linker(engine)?, v1: v1_0::linker(engine)? })
    }

    /// Finds the version and links.
    pub(crate) fn fit(&self, engine: &Engine, component: &Component) -> Result<Fitted, Misfit> {
        let outline = component.component_type();
        for (import, _) in outline.imports(engine) {
            if !import.starts_with(PACKAGE) {
                return Err(Misfit::Foreign(import.to_owned()));
            }
        }
        let version = outline.exports(engine).find_map(|(name, _)| name.strip_prefix(BUSINESS).map(str::to_owned));
        let Some(version) = version else {
            return Err(Misfit::World(format!("it does not export {BUSINESS}VERSION")));
        };
        let world = |error: wasmtime::Error| Misfit::World(format!("{error:#}"));
        let mut parts = version.split('.');
        match (parts.next(), parts.next()) {
            (Some("0"), Some("1")) => v0_1::fit(&self.v0, component).map(Fitted::V0).map_err(world),
            // A later minor only adds, so a component that uses nothing of what was added fits too.
            (Some("1"), Some(_)) => v1_0::fit(&self.v1, component).map(Fitted::V1).map_err(world),
            _ => Err(Misfit::Version(version)),
        }
    }
}
