//! Twilio's WhatsApp.
//!
//! Secrets of a line: `account_sid` and `auth_token` (signatures, sending); `api_key` and `api_secret` to send with
//! instead; `signing_key` for the newer signature. The line's external id is its number, `+14155550100`.
//! Twilio has no id of ours in a message, so ours stands in each message's callback address.

mod errors;
mod inbound;
mod outbound;
mod signature;
mod templates;

use std::{collections::BTreeMap, sync::Mutex};

use async_trait::async_trait;
use domain::{
    Env,
    channel::{Accepted, Channel, Found, Line, Media, Outgoing, Provider, Received, Webhook, WebhookRefused},
    delivery::{RefusalKind, SendFailure},
    message::{Body, MediaRef},
    template::{Template, TemplateReport},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    answers::refused,
    download::{self, Source},
    http::{Answer, Clients, ask},
};

pub use signature::sign;

/// Names our outbox id in the address of a status callback.
pub const CALLBACK_PARAMETER: &str = "out";
/// Contents remembered, so that the same question is made once.
const CONTENTS_KEPT: usize = 512;

/// Where Twilio is.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// `https://api.twilio.com`
    pub api: String,
    /// `https://content.twilio.com`
    pub content: String,
    /// Ours, for callbacks: `https://desk.example.com`
    pub public_url: String,
}

/// Twilio at one set of addresses, which come from the platform's configuration, never from a tenant.
pub struct Twilio {
    clients: Clients,
    at: Addresses,
    env: Env,
    /// Digest of a question to the content made for it.
    contents: Mutex<BTreeMap<String, String>>,
}

impl Twilio {
    pub fn new(clients: Clients, at: Addresses, env: Env) -> Self {
        Self { clients, at, env, contents: Mutex::default() }
    }

    fn authorised(&self, line: &Line, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        let (key, secret) = (line.secret("api_key"), line.secret("api_secret"));
        if key.is_empty() {
            request.basic_auth(line.secret("account_sid"), Some(line.secret("auth_token")))
        } else {
            request.basic_auth(key, Some(secret))
        }
    }

    /// `…/Accounts/{sid}/Messages.json`; `None` when the sid is none, which would lead elsewhere.
    fn messages_url(&self, line: &Line) -> Option<String> {
        let sid = line.secret("account_sid");
        let sound = !sid.is_empty() && sid.chars().all(|letter| letter.is_ascii_alphanumeric());
        sound.then(|| format!("{}/2010-04-01/Accounts/{sid}/Messages.json", self.at.api.trim_end_matches('/')))
    }

    async fn success(&self, request: reqwest::RequestBuilder) -> Result<Value, SendFailure> {
        let Answer { status, wait_seconds, json } = ask(request).await?;
        if (200..300).contains(&status) { Ok(json) } else { Err(errors::failure(status, &json, wait_seconds)) }
    }

    /// The content for a question, made once. `None`: the question goes as numbered text instead.
    async fn content(&self, line: &Line, body: &Body) -> Option<String> {
        let types = outbound::interactive(body)?;
        let digest = hex::encode(Sha256::digest(format!("{}{types}", line.secret("account_sid"))));
        let known = self.contents.lock().ok().and_then(|contents| contents.get(&digest).cloned());
        if known.is_some() {
            return known;
        }
        let name: String = digest.chars().take(24).collect();
        let new = json!({ "friendly_name": format!("frontdesk_{name}"), "language": "en", "types": types });
        let request = self.clients.api.post(format!("{}/v1/Content", self.at.content.trim_end_matches('/')));
        // Nothing has been sent to the customer yet: whatever fails here costs the buttons, not the message.
        let made = self.success(self.authorised(line, request).json(&new)).await.ok()?;
        let sid = made.get("sid").and_then(Value::as_str).filter(|sid| sid.starts_with("HX"))?.to_owned();
        if let Ok(mut contents) = self.contents.lock() {
            if contents.len() >= CONTENTS_KEPT {
                contents.clear();
            }
            contents.insert(digest, sid.clone());
        }
        Some(sid)
    }
}

fn address(to: &str) -> String {
    format!("whatsapp:{to}")
}

#[async_trait]
impl Channel for Twilio {
    fn provider(&self) -> Provider {
        Provider::Twilio
    }

    fn needs(&self) -> &'static [&'static str] {
        &["account_sid", "auth_token"]
    }

    fn challenge(&self, _line: &Line, _webhook: &Webhook<'_>) -> Result<String, WebhookRefused> {
        Err(WebhookRefused { reason: "Twilio asks for no proof of the address" })
    }

    fn receive(&self, line: &Line, webhook: &Webhook<'_>) -> Result<Received, WebhookRefused> {
        let params: Vec<(String, String)> = url::form_urlencoded::parse(webhook.body).into_owned().collect();
        signature::check(line, webhook, &params)?;
        Ok(inbound::read(line, &inbound::Form::new(params), webhook.query, self.env.now()))
    }

    fn reread(&self, line: &Line, raw: &str, at: Timestamp) -> Received {
        let form: BTreeMap<String, String> = serde_json::from_str(raw).unwrap_or_default();
        inbound::read(line, &inbound::Form::new(form.into_iter().collect()), "", at)
    }

    async fn send(&self, line: &Line, message: &Outgoing) -> Result<Accepted, SendFailure> {
        let Some(url) = self.messages_url(line) else {
            return Err(refused(RefusalKind::Unauthorised, None, "the channel has no account"));
        };
        let public = self.at.public_url.trim_end_matches('/');
        let callback = format!("{public}/webhooks/whatsapp/{}?{CALLBACK_PARAMETER}={}", line.id, message.id);
        let mut form = vec![("To", address(&message.to)), ("StatusCallback", callback)];
        let service = line.secret("messaging_service_sid");
        if service.is_empty() {
            form.push(("From", address(&line.external_id)));
        } else {
            form.push(("MessagingServiceSid", service.to_owned()));
        }
        match self.content(line, &message.body).await {
            Some(sid) => form.push(("ContentSid", sid)),
            None => form.extend(outbound::content(message)?),
        }
        let sent = self.success(self.authorised(line, self.clients.api.post(url)).form(&form)).await?;
        let sid = sent.get("sid").and_then(Value::as_str).filter(|sid| !sid.is_empty());
        let sid = sid.ok_or(SendFailure::Ambiguous { reason: "an answer without a message id".to_owned() })?;
        Ok(Accepted { provider_message_id: sid.to_owned(), address: None })
    }

    /// Twilio marks messages read by itself and shows no typing.
    async fn mark_read(&self, _line: &Line, _to: &str, _provider_message_id: &str, _typing: bool) {}

    /// Looks through what went to this number since then for the same words. A question made as content has its words
    /// in the list too, as its body.
    async fn find(&self, line: &Line, message: &Outgoing, since: Timestamp) -> Found {
        let Some(url) = self.messages_url(line) else { return Found::CannotTell };
        let since = since.checked_sub(SignedDuration::from_secs(60)).unwrap_or(since);
        let day = since.to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
        let query = [("To", address(&message.to)), ("DateSent>", day), ("PageSize", "100".to_owned())];
        let Ok(list) = self.success(self.authorised(line, self.clients.api.get(url)).query(&query)).await else {
            return Found::CannotTell;
        };
        let Some(rows) = list.get("messages").and_then(Value::as_array) else { return Found::CannotTell };
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let fields = outbound::content(message).unwrap_or_default();
        let ours = fields
            .iter()
            .find(|(name, _)| *name == "Body")
            .map_or_else(|| message.body.plain(), |(_, text)| text.clone());
        let (ours, question) = (words(&ours), words(message.body.words()));
        let is_media = matches!(message.body, Body::Media { .. });
        let found = rows.iter().find(|row| {
            let get = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
            let made = jiff::fmt::rfc2822::parse(get("date_created")).map(|at| at.timestamp());
            let body = words(get("body"));
            get("direction").starts_with("outbound")
                && made.is_ok_and(|made| made >= since)
                && (body == ours || body == question)
                && (get("num_media") != "0") == is_media
        });
        match found.and_then(|row| row.get("sid")?.as_str()) {
            Some(sid) => Found::Sent { provider_message_id: sid.to_owned() },
            None => Found::NotSent,
        }
    }

    async fn fetch_media(&self, line: &Line, media: &MediaRef, max_bytes: u64) -> Result<Media, SendFailure> {
        let Some(url) = &media.url else { return Err(download::refused("the file has no address")) };
        let source = Source { base: &self.at.api, hosts: &["api.twilio.com"] };
        download::fetch(&self.clients, &source, url, max_bytes, |request| self.authorised(line, request)).await
    }

    fn acknowledgement(&self) -> (&'static str, &'static str) {
        ("text/xml", "<Response/>")
    }

    async fn submit_template(&self, line: &Line, template: &Template) -> Result<TemplateReport, SendFailure> {
        self.submit(line, template).await
    }

    async fn template_reports(&self, line: &Line) -> Result<Vec<TemplateReport>, SendFailure> {
        self.reports(line).await
    }
}

#[cfg(test)]
mod tests;
