//! Webhooks, files and message templates, as pages and the API show and ask for them.
//!
//! ```text
//! async fn reply_with_file(&self, clerk: &Clerk, conversation: ConversationId, new: NewFile) -> Result<MessageId, AppError>
//! async fn reply_with_template(&self, clerk: &Clerk, conversation: ConversationId, template: TemplateId, values: Vec<String>, key: &str) -> Result<MessageId, AppError>
//! async fn file(&self, tenant: TenantId, media: MediaId) -> Result<FileView, AppError>
//! async fn linked_file(&self, token: &str) -> Result<FileView, AppError>                           // NotFound: forged, changed or too old
//! async fn templates(&self, clerk: &Clerk) -> Result<Vec<Template>, AppError>
//! async fn draft_template(&self, clerk: &Clerk, new: NewTemplate) -> Result<Template, AppError>      // Invalid with every flaw
//! async fn submit_template(&self, clerk: &Clerk, template: TemplateId) -> Result<Template, AppError> // asks the provider
//! async fn sync_templates(&self, clerk: &Clerk, channel: ChannelId) -> Result<TemplateSync, AppError>
//! ```

use domain::{
    ChannelId,
    template::{TemplateCategory, TemplatePurpose},
};
use serde::{Deserialize, Serialize};

/// A file as it leaves the house.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileView {
    pub bytes: Vec<u8>,
    pub mime: String,
    /// For people; may be empty.
    pub filename: String,
}

/// A file that a member sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    pub bytes: Vec<u8>,
    /// As the browser calls it.
    pub mime: String,
    pub filename: String,
    pub caption: String,
    /// The form's own: sent twice is one message.
    pub key: String,
}

/// A message template to draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewTemplate {
    pub channel: ChannelId,
    pub purpose: TemplatePurpose,
    pub name: String,
    pub language: String,
    pub category: TemplateCategory,
    pub text: String,
    #[serde(default)]
    pub examples: Vec<String>,
}

/// How many of the provider's templates are ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TemplateSync {
    pub known: u32,
    pub unknown: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookOutcome {
    /// Durable, or known already: 200, with what the provider wants to read.
    Stored { mime: &'static str, body: &'static str },
    /// Not proven: 401, nothing stored.
    Refused,
    /// No such channel: 404.
    UnknownChannel,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChallengeOutcome {
    /// Goes back as plain text.
    Echo(String),
    /// 403.
    Refused,
    UnknownChannel,
}
