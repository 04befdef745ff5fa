//! The port to module code: what a vertical contributes and what it may ask back.
//!
//! `modules` implements [`Vertical`] on WebAssembly components (see `wit/`); `app` implements [`Desk`],
//! the questions a running module may ask. All types mirror the WIT records, in our own words.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{CustomerId, Language, Money, ReleaseId, ServiceId, Span, TenantId, booking::PriceLine};

/// Which release runs for a tenant, with its configuration. Immutable: a change is a new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activated {
    pub tenant: TenantId,
    pub module: String,
    pub release: ReleaseId,
    /// SHA-256 of the component, hex.
    pub digest: String,
    pub config: serde_json::Value,
    pub grants: Vec<String>,
}

/// What every call carries: a module has no clock, no chance and no memory of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct CallContext {
    pub language: Language,
    /// IANA name of the location's zone.
    pub zone: String,
    pub now: Timestamp,
    pub currency: crate::Currency,
    /// For logs and idempotency: the turn and the step in it.
    pub request: String,
}

/// What a module says of itself.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Description {
    pub name: String,
    pub version: String,
    pub languages: Vec<String>,
    pub capabilities: Vec<WantedCapability>,
    /// JSON Schema of its configuration.
    pub config_schema: String,
    pub vocabulary: Vec<Vocabulary>,
    pub starter_services: Vec<StarterService>,
    pub tools: Vec<Tool>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WantedCapability {
    pub name: String,
    pub reason: String,
}

/// Words of one language that the assistant should know.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Vocabulary {
    pub language: String,
    /// Words for a service by its key, as customers write them.
    pub services: Vec<Words>,
    /// What the bookable people and things are called ("estilista").
    pub resource_nouns: Vec<String>,
    /// Sentences the module says, by key: `refusal.<code>`, `tool.<name>`, `greeting`.
    pub phrases: Vec<Words>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    pub key: String,
    pub words: Vec<String>,
}

/// A service to start with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StarterService {
    pub key: String,
    pub names: Vec<Words>,
    pub phases: Vec<crate::catalog::Phase>,
    pub buffer_before_minutes: u32,
    pub buffer_after_minutes: u32,
    pub price_minor: i64,
    pub needs: Vec<crate::catalog::Need>,
}

/// Something the assistant may do through the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    pub name: String,
    pub description: String,
    /// Words that call for it, per language tag.
    pub triggers: Vec<Words>,
    /// JSON Schema of its arguments.
    pub input_schema: String,
}

/// A visit being put together: what rules judge and prices are made for.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    pub items: Vec<DraftItem>,
    pub start: Option<Timestamp>,
    pub end: Option<Timestamp>,
    pub party: u32,
    pub customer: Option<DraftCustomer>,
    pub fields: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct DraftItem {
    pub service: ServiceId,
    pub key: String,
    pub name: String,
    pub minutes: u32,
    pub price: Money,
    /// Resources chosen or proposed: name and skills.
    pub resources: Vec<DraftResource>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftResource {
    pub name: String,
    pub kind: String,
    pub role: String,
    pub skills: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftCustomer {
    pub id: CustomerId,
    pub completed_visits: u32,
    pub no_shows: u32,
    pub last_visit: Option<Timestamp>,
}

/// What the rules say of a draft.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Review {
    /// Reasons against, none for yes. `text` is already in the context's language.
    pub refusals: Vec<Objection>,
    /// Told to the customer with the read-back.
    pub notes: Vec<String>,
    /// Order of the items, as indexes into the draft; empty keeps it.
    pub order: Vec<u32>,
    /// Fields that must be asked first: key and question.
    pub required: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    pub code: String,
    pub text: String,
}

/// What a tool answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolAnswer {
    pub text: String,
    /// Effects the host applies after checking each as its own.
    pub effects: Vec<Effect>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    HandToPerson { reason: String },
    RememberField { key: String, value: String },
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
    #[error("the release cannot be loaded: {0}")]
    Unavailable(String),
}

/// What a running module may ask, by capability. Tenant and limits are fixed by whoever made it.
#[async_trait]
pub trait Desk: Send + Sync {
    /// Free starts of a service in `window`, at most 50.
    async fn find_slots(&self, service_key: &str, window: Span) -> Result<Vec<FreeSlot>, DeskError>;
    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, DeskError>;
    async fn write(&self, key: &str, value: &[u8]) -> Result<(), DeskError>;
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreeSlot {
    pub start: Timestamp,
    pub end: Timestamp,
    pub resources: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeskError {
    #[error("not granted: {0}")]
    Denied(&'static str),
    #[error("over quota: {0}")]
    Quota(&'static str),
    #[error("unavailable")]
    Unavailable,
}

/// Runs module code: each call in a fresh sandbox, under limits, off the server's threads.
#[async_trait]
pub trait Vertical: Send + Sync {
    async fn describe(&self, activated: &Activated, language: Language) -> Result<Description, VerticalError>;

    /// Price lines on top of the core's base lines. Must not see or change other tenants' anything.
    async fn quote(
        &self,
        activated: &Activated,
        context: &CallContext,
        draft: &Draft,
    ) -> Result<Vec<PriceLine>, VerticalError>;

    async fn review(
        &self,
        activated: &Activated,
        context: &CallContext,
        draft: &Draft,
    ) -> Result<Review, VerticalError>;

    async fn call_tool(
        &self,
        activated: &Activated,
        context: &CallContext,
        tool: &str,
        arguments: &serde_json::Value,
        desk: Arc<dyn Desk>,
    ) -> Result<ToolAnswer, VerticalError>;
}
