//! Texts that can be worded otherwise: the platform's, over them a module's, over those what an owner wrote.
//!
//! Invariant: what an owner or a module wrote is rendered by a [`Renderer`], where strangers' code runs, or filled in by
//! name; no template engine of the host ever sees it.

use std::{collections::BTreeSet, fmt, str::FromStr};

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Language, TenantId};

/// Whose text it is and what it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextKind {
    /// A message of the assistant's own.
    Platform,
    /// A message of a module's.
    Message,
    /// A module's prompt.
    Prompt,
}

impl TextKind {
    const NAMES: [(Self, &'static str); 3] =
        [(Self::Platform, "platform"), (Self::Message, "message"), (Self::Prompt, "prompt")];

    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }
}

impl fmt::Display for TextKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// There is no such kind of text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is one of platform, message, prompt")]
pub struct UnknownKind;

impl FromStr for TextKind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind).ok_or(UnknownKind)
    }
}

/// Which text it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TextName {
    pub kind: TextKind,
    /// Empty for the platform's own.
    pub module: String,
    pub key: String,
    pub language: Language,
}

impl fmt::Display for TextName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, module, key, language } = self;
        if module.is_empty() {
            write!(f, "{kind}:{key}:{language}")
        } else {
            write!(f, "{kind}:{module}.{key}:{language}")
        }
    }
}

/// What an owner wrote, one version of it. Versions count from one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TextVersion {
    pub version: u32,
    /// Nothing: from here on as it stands beneath.
    pub body: Option<String>,
    pub at: Timestamp,
}

/// The newest version of a text, where it says something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnText {
    pub name: TextName,
    pub body: String,
}

/// A template and what it may name.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub body: &'a str,
    pub context: &'a Value,
}

/// What is wrong with a template, in the renderer's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Flaw(pub String);

/// The renderer did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unrendered {
    /// It ran past what a call may use, or broke off.
    #[error("rendering it was stopped: {0}")]
    Stopped(String),
    #[error("templates cannot be rendered here: {0}")]
    NoRenderer(String),
}

/// Renders strangers' templates where they can do no harm.
#[async_trait]
pub trait Renderer: Send + Sync {
    /// All of them in one call, in order; the same body is compiled once. One that is stopped stops all.
    async fn render(&self, tenant: TenantId, wanted: &[Wanted<'_>]) -> Result<Vec<Result<String, Flaw>>, Unrendered>;

    /// The names a template takes from its context.
    async fn names(&self, tenant: TenantId, body: &str) -> Result<Result<BTreeSet<String>, Flaw>, Unrendered>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read_as_it_is_written() {
        for (kind, name) in TextKind::NAMES {
            assert_eq!(name.parse(), Ok(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), name);
        }
        assert!("mail".parse::<TextKind>().is_err());
    }
}
