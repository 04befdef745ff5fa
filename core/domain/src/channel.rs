//! The port to WhatsApp: what a provider tells us, what we tell it, and who carries it.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    ChannelId, OutboxId, Secret, TenantId,
    customer::Identity,
    delivery::{RefusalKind, SendFailure, Ticks},
    message::{Body, MediaRef},
    template::{Template, TemplateReport},
};

/// Who carries a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// Meta Cloud API.
    Meta,
    Twilio,
    Evolution,
    Wassenger,
    /// Ours: Graph-compatible, on this server.
    Simulator,
}

impl Provider {
    pub const ALL: [Self; 5] = [Self::Meta, Self::Twilio, Self::Evolution, Self::Wassenger, Self::Simulator];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Twilio => "twilio",
            Self::Evolution => "evolution",
            Self::Wassenger => "wassenger",
            Self::Simulator => "simulator",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|provider| provider.as_str() == text)
    }

    /// Whether free text stops a day after the customer's last message. The others speak as a phone does, whenever.
    pub fn has_window(self) -> bool {
        match self {
            Self::Meta | Self::Twilio | Self::Simulator => true,
            Self::Evolution | Self::Wassenger => false,
        }
    }
}

/// A connected number: which tenant, who carries it, and what is needed to talk to them.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub id: ChannelId,
    pub tenant: TenantId,
    pub provider: Provider,
    /// The provider's own id of the number: Meta `phone_number_id`, Twilio sender, Evolution instance, Wassenger device.
    pub external_id: String,
    /// As shown to people.
    pub display_number: String,
    pub active: bool,
    /// By name: `app_secret`, `access_token`, `verify_token`, `auth_token`, `account_sid`, … The adapter knows which it needs.
    pub secrets: BTreeMap<String, Secret>,
}

impl Line {
    /// Empty when not configured: adapters must refuse then, never compare with an empty secret.
    pub fn secret(&self, name: &str) -> &str {
        self.secrets.get(name).map_or("", Secret::reveal)
    }
}

/// A webhook call exactly as received.
#[derive(Debug, Clone, Copy)]
pub struct Webhook<'a> {
    /// Public URL the provider was told, with query: Twilio signs it.
    pub url: &'a str,
    pub query: &'a str,
    /// Names in lower case.
    pub headers: &'a [(String, String)],
    pub body: &'a [u8],
}

impl Webhook<'_> {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// The caller did not prove that it is the provider. Nothing is stored; the answer is 401 (403 for a challenge).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("webhook refused: {reason}")]
pub struct WebhookRefused {
    pub reason: &'static str,
}

/// What a proven webhook call held.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Received {
    pub events: Vec<Inbound>,
    /// Parts that could not be read: kept raw, answered 200, shown to operators.
    pub unreadable: Vec<Unreadable>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// With as much around it as reading it again takes; no secret of the provider's.
    pub raw: String,
    pub reason: String,
}

/// One event of a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inbound {
    /// Dedupe key within the channel, kept for good: message id, or message id and status.
    pub provider_id: String,
    /// The number it came in on ([`Line::external_id`]); another than the channel's own is quarantined.
    pub external_id: String,
    pub at: Timestamp,
    pub event: Event,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Event {
    Message {
        from: Sender,
        body: Body,
        #[serde(default)]
        reply_to: Option<String>,
        /// The advertisement or post that led here.
        #[serde(default)]
        referral: Option<Referral>,
    },
    /// What became of a message of ours.
    Status {
        provider_message_id: String,
        ticks: Ticks,
        /// Our outbox id, where the provider echoes it.
        #[serde(default)]
        echo: Option<OutboxId>,
        #[serde(default)]
        failure: Option<String>,
        #[serde(default)]
        code: Option<i64>,
        /// What the code means, in the words all providers share.
        #[serde(default)]
        refusal: Option<RefusalKind>,
    },
    /// A message of the business that did not come from this provider's answer to us: somebody wrote on the phone
    /// itself, or it is our own, told back by a provider that tells everything.
    Echo { to: Sender, body: Body },
    /// A message template was approved, turned down or paused.
    Template { report: TemplateReport },
    /// Anything else about the account: kept, shown to operators.
    Other { name: String },
}

/// Who wrote. At least one identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// What to give the provider to answer: raw `wa_id`, scoped id, or JID.
    pub address: String,
    pub identities: Vec<Identity>,
    /// The name on the profile; often a nickname, sometimes hostile.
    #[serde(default)]
    pub profile_name: String,
}

/// Where a customer came from, when an advertisement led them to write.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Referral {
    /// `ad` or `post`, as the provider says.
    pub kind: String,
    pub id: String,
    pub url: String,
    pub headline: String,
    /// Meta's id of the click, for measuring campaigns.
    pub click: String,
}

/// A message about to leave.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    /// Travels with the message where the provider allows it, so that a lost answer can be reconciled.
    pub id: OutboxId,
    pub to: String,
    pub body: Body,
    pub reply_to: Option<String>,
    /// The file of a [`Body::Media`] that lies with us.
    pub attachment: Option<Attachment>,
}

/// A file on its way out: its bytes for providers that take uploads, a link for those that fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    pub media: Media,
    /// Public, not guessable, good for an hour.
    pub link: String,
}

/// The provider took it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    pub provider_message_id: String,
    /// The address the provider says it really is, where it tells.
    pub address: Option<String>,
}

/// Whether an ambiguous send really left, as far as the provider can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    Sent {
        provider_message_id: String,
    },
    /// Certainly not there.
    NotSent,
    /// This provider cannot be asked; wait for a status.
    CannotTell,
}

/// Media bytes with the type the provider named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    pub bytes: Vec<u8>,
    pub mime: String,
}

/// One provider's protocol. Pure in `receive`, network in the rest; never called inside a transaction.
#[async_trait]
pub trait Channel: Send + Sync {
    fn provider(&self) -> Provider;

    /// Names of the secrets without which a line can neither be believed nor sent on.
    fn needs(&self) -> &'static [&'static str];

    /// Answers the provider's proof-of-ownership GET; the text goes back as plain text.
    fn challenge(&self, line: &Line, webhook: &Webhook<'_>) -> Result<String, WebhookRefused>;

    /// Checks the signature or secret over the raw bytes, then reads what it can.
    fn receive(&self, line: &Line, webhook: &Webhook<'_>) -> Result<Received, WebhookRefused>;

    /// Reads a part again that was proven when it came at `at` and could not be read then ([`Unreadable::raw`]).
    fn reread(&self, line: &Line, raw: &str, at: Timestamp) -> Received;

    async fn send(&self, line: &Line, message: &Outgoing) -> Result<Accepted, SendFailure>;

    /// Blue ticks and the typing bubble, where there are any, for a message from `to`. Best effort: failure is nothing.
    async fn mark_read(&self, line: &Line, to: &str, provider_message_id: &str, typing: bool);

    /// Asks the provider for an ambiguous send that began at `since`.
    async fn find(&self, line: &Line, message: &Outgoing, since: Timestamp) -> Found;

    /// Fetches bytes from the provider's own hosts only, up to `max_bytes`.
    async fn fetch_media(&self, line: &Line, media: &MediaRef, max_bytes: u64) -> Result<Media, SendFailure>;

    /// What a webhook call is answered with: content type and body. Most want nothing but the status.
    fn acknowledgement(&self) -> (&'static str, &'static str) {
        ("", "")
    }

    /// Hands a template in for review.
    async fn submit_template(&self, _line: &Line, _template: &Template) -> Result<TemplateReport, SendFailure> {
        Err(no_templates())
    }

    /// Where every template of the line stands.
    async fn template_reports(&self, _line: &Line) -> Result<Vec<TemplateReport>, SendFailure> {
        Err(no_templates())
    }
}

fn no_templates() -> SendFailure {
    let reason = "this provider has no message templates".to_owned();
    SendFailure::Refused { kind: RefusalKind::TemplateProblem, code: None, reason }
}
