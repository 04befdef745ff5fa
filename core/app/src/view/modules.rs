//! Releases, and what runs for a tenant, as an admin sees them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An installed release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModuleRow {
    pub name: String,
    pub version: String,
    pub digest: String,
    pub title: String,
    /// Whose seal it came with; none when the operator installed it unsigned.
    pub publisher: Option<String>,
    pub languages: Vec<String>,
    pub contributes: Contribution,
    pub asks_for: Vec<AskedFor>,
    /// JSON Schema; null when it has no settings.
    pub settings_schema: serde_json::Value,
    pub installed_at: Timestamp,
    /// That run it now.
    pub tenants: u32,
}

/// How much a module brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contribution {
    pub services: u32,
    pub tools: u32,
    pub dialogs: u32,
    pub forms: u32,
    pub automations: u32,
    pub messages: u32,
}

/// A capability and what the module says it is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedFor {
    pub name: String,
    /// Keys or addresses it is wanted for; empty when the capability has none.
    pub targets: Vec<String>,
    pub why: String,
}

/// A release made to run for a tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TenantModule {
    pub module: String,
    pub version: String,
    pub digest: String,
    /// When it is off the core answers alone.
    pub on: bool,
    pub granted: Vec<Granted>,
    /// What it asks for and was not given.
    pub withheld: Vec<Granted>,
    pub settings: serde_json::Value,
}

/// A business and what runs for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BusinessModule {
    pub slug: String,
    pub name: String,
    pub runs: Option<TenantModule>,
}

/// `http:https://stock.example` and what the module says it is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    pub grant: String,
    pub why: String,
}
