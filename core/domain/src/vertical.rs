//! The port to module code: what a vertical contributes and what it may ask back.
//!
//! `modules` implements [`Vertical`] on WebAssembly components (see `wit/`); `app` implements [`Desk`], the questions a
//! running module may ask. The types are the newest version of the WIT in our own words; what an older version
//! cannot say is absent. [`describing`] holds what a module says of itself, [`visit`] what it judges, [`deciding`] what
//! it answers, [`granting`] what it may, [`outside`] what it asks of other servers, [`allowance`] what a turn's calls use.

pub mod allowance;
pub mod deciding;
pub mod describing;
pub mod granting;
pub mod outside;
pub mod visit;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::{Timestamp, tz::TimeZone};

use crate::{
    Language, ReleaseId, Span, TenantId,
    plan::{Limits, Plan},
};

pub use allowance::Allowance;
pub use deciding::{
    Adjustment, Ask, Effect, Errand, Event, MoveProposal, Next, Objection, Outgoing, Quotation, Review, StepAnswer,
    ToolAnswer, Turn,
};
pub use describing::{
    Automation, Choice, Condition, Description, Dialog, Form, Question, Requirement, StarterService, Template, Text,
    Tile, Tool, Vocabulary, WantedCapability, Words,
};
pub use granting::covers;
pub use outside::{NotAnswered, Nowhere, Outside, WebRequest, WebResponse};
pub use visit::{Draft, DraftCustomer, DraftItem, DraftResource, FreeSlot, KnownBooking, SlotWish};

/// Which release runs for a tenant, with its configuration. Immutable: a change is a new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activated {
    pub tenant: TenantId,
    pub module: String,
    pub release: ReleaseId,
    /// SHA-256 of the component, hex.
    pub digest: String,
    pub config: serde_json::Value,
    /// Capabilities, as `name` or `name:target`.
    pub grants: Vec<String>,
    /// Of what it keeps in its memory: each version has a space of its own.
    pub data_version: u32,
    /// What its calls may use goes by the tenant's plan.
    pub plan: Plan,
}

impl Activated {
    /// Where it keeps what it remembers.
    pub fn memory_space(&self) -> String {
        memory_space(&self.module, self.data_version)
    }
}

/// The space of a module's memory at a version of its data. The first has the plain name.
pub fn memory_space(module: &str, data_version: u32) -> String {
    if data_version == 0 { module.to_owned() } else { format!("{module}@{data_version}") }
}

/// What every call carries: a module has no clock, no chance and no memory of its own.
#[derive(Debug, Clone)]
pub struct CallContext {
    pub language: Language,
    /// IANA name of the location's zone.
    pub zone: String,
    pub now: Timestamp,
    pub currency: crate::Currency,
    /// For logs and idempotency: the turn and the step in it.
    pub request: String,
    /// What the calls of this turn still have; none outside of a turn, where no customer waits.
    pub allowance: Option<Arc<Allowance>>,
}

impl CallContext {
    /// The location's zone; UTC when it is unknown here.
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.zone).unwrap_or(TimeZone::UTC)
    }
}

/// What a module says is wrong with its configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigProblem {
    /// A JSON pointer.
    pub path: String,
    pub problem: String,
}

/// A module did not answer. The turn goes on without it; the customer gets a polite answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerticalError {
    #[error("the module trapped: {0}")]
    Trapped(String),
    #[error("the module ran past its {0}")]
    Limit(&'static str),
    #[error("the module answered something unusable: {0}")]
    BadOutput(String),
    #[error("the module refused: {0}")]
    Refused(String),
    #[error("too many module calls are running")]
    Busy,
    /// It was not asked, or not to the end: what the calls of one turn may use is used up.
    #[error("the module had its time in this turn")]
    Spent,
    #[error("the release cannot be loaded: {0}")]
    Unavailable(String),
}

impl VerticalError {
    /// Whether it is the module's own fault and counts towards taking it back. A refusal is an answer, a full house is
    /// nobody's, and to find little left of a turn's time is not the call's own.
    pub fn is_a_strike(&self) -> bool {
        match self {
            Self::Trapped(_) | Self::Limit(_) | Self::BadOutput(_) => true,
            Self::Refused(_) | Self::Busy | Self::Spent | Self::Unavailable(_) => false,
        }
    }
}

/// What a running module may ask, by capability. Tenant, customer and limits are fixed by whoever made it; what it
/// cannot answer is unavailable.
#[async_trait]
pub trait Desk: Send + Sync {
    /// Free starts of a visit, soonest first, at most 50.
    async fn find_slots(&self, _wish: &SlotWish) -> Result<Vec<FreeSlot>, DeskError> {
        Err(DeskError::Unavailable("the calendar is not asked in this call"))
    }

    /// Bookings of the customer whom the call is about that touch `window`.
    async fn bookings(&self, _window: Span) -> Result<Vec<KnownBooking>, DeskError> {
        Err(DeskError::Unavailable("no customer is known in this call"))
    }

    /// Everybody's bookings that touch `window`.
    async fn bookings_of_everybody(&self, _window: Span) -> Result<Vec<KnownBooking>, DeskError> {
        Err(DeskError::Unavailable("the bookings are not asked in this call"))
    }

    /// A field of the customer whom the call is about.
    async fn customer_field(&self, _key: &str) -> Result<Option<String>, DeskError> {
        Err(DeskError::Unavailable("no customer is known in this call"))
    }

    async fn read(&self, _key: &str) -> Result<Option<Vec<u8>>, DeskError> {
        Err(DeskError::Unavailable("nothing is remembered in this call"))
    }

    async fn write(&self, _key: &str, _value: &[u8]) -> Result<(), DeskError> {
        Err(DeskError::Unavailable("nothing is remembered in this call"))
    }

    async fn delete(&self, _key: &str) -> Result<(), DeskError> {
        Err(DeskError::Unavailable("nothing is remembered in this call"))
    }

    /// Keys that begin with `prefix`, in order, at most 100, after `after`.
    async fn keys(&self, _prefix: &str, _after: Option<&str>) -> Result<Vec<String>, DeskError> {
        Err(DeskError::Unavailable("nothing is remembered in this call"))
    }

    async fn search(&self, _question: &str, _most: u32) -> Result<Vec<Passage>, DeskError> {
        Err(DeskError::Unavailable("nothing is known in this call"))
    }

    async fn fetch(&self, _request: WebRequest) -> Result<WebResponse, DeskError> {
        Err(DeskError::Unavailable("no requests are made in this call"))
    }
}

/// Nobody at the desk: every question is unavailable.
pub struct NoDesk;

#[async_trait]
impl Desk for NoDesk {}

/// Something the tenant tells of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    pub title: String,
    pub text: String,
    pub source: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeskError {
    #[error("not granted: {0}")]
    Denied(String),
    #[error("over quota: {0}")]
    Quota(&'static str),
    #[error("{0}")]
    Invalid(&'static str),
    /// Not now, or not on this host; the words are for whoever wrote the module.
    #[error("unavailable: {0}")]
    Unavailable(&'static str),
}

/// What a tenant's calls of one function of a module cost, since it was last asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    pub tenant: TenantId,
    pub module: String,
    pub function: String,
    pub calls: u64,
    /// Stopped or unusable; a refusal is an answer.
    pub failures: u64,
    pub cpu_us: u64,
    pub host_calls: u64,
    /// Of these questions and their answers.
    pub host_bytes: u64,
    pub peak_memory_bytes: u64,
}

impl Usage {
    /// Adds what further calls of the same function cost.
    pub fn add(&mut self, further: &Self) {
        self.calls += further.calls;
        self.failures += further.failures;
        self.cpu_us += further.cpu_us;
        self.host_calls += further.host_calls;
        self.host_bytes += further.host_bytes;
        self.peak_memory_bytes = self.peak_memory_bytes.max(further.peak_memory_bytes);
    }
}

/// Runs module code: each call in a fresh sandbox, under limits, off the server's threads.
#[async_trait]
pub trait Vertical: Send + Sync {
    async fn describe(&self, activated: &Activated, language: Language) -> Result<Description, VerticalError>;

    /// What the schema cannot say about `activated.config`. Nothing: it is fine.
    async fn check_config(
        &self,
        activated: &Activated,
        context: &CallContext,
    ) -> Result<Vec<ConfigProblem>, VerticalError>;

    /// Price lines on top of the core's base lines. Must not see or change other tenants' anything.
    async fn quote(
        &self,
        activated: &Activated,
        context: &CallContext,
        draft: &Draft,
        desk: Arc<dyn Desk>,
    ) -> Result<Quotation, VerticalError>;

    async fn review(
        &self,
        activated: &Activated,
        context: &CallContext,
        draft: &Draft,
        desk: Arc<dyn Desk>,
    ) -> Result<Review, VerticalError>;

    async fn call_tool(
        &self,
        activated: &Activated,
        context: &CallContext,
        tool: &str,
        arguments: &serde_json::Value,
        desk: Arc<dyn Desk>,
    ) -> Result<ToolAnswer, VerticalError>;

    /// One step of a dialog that the module leads.
    async fn step(
        &self,
        activated: &Activated,
        context: &CallContext,
        turn: &Turn,
        desk: Arc<dyn Desk>,
    ) -> Result<StepAnswer, VerticalError>;

    async fn on_event(
        &self,
        activated: &Activated,
        context: &CallContext,
        event: &Event,
        desk: Arc<dyn Desk>,
    ) -> Result<Vec<Effect>, VerticalError>;

    /// Brings what the module remembers from data version `from` to the release's own; `desk` works on a copy.
    async fn migrate(
        &self,
        activated: &Activated,
        context: &CallContext,
        from: u32,
        desk: Arc<dyn Desk>,
    ) -> Result<(), VerticalError>;

    /// What calls on this plan may use.
    fn limits(&self, _plan: Plan) -> Limits {
        Limits::default()
    }

    /// What calls cost since this was last asked. Asking empties it.
    fn take_usage(&self) -> Vec<Usage> {
        Vec::new()
    }
}
