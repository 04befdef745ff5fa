//! Meta's Cloud API, and the simulator that speaks it.
//!
//! Secrets of a line: `app_secret` (signatures), `verify_token` (the proof-of-ownership GET), `access_token` (sending),
//! `waba_id` (message templates). The line's external id is the `phone_number_id`.

mod errors;
mod inbound;
mod outbound;
mod templates;

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{
    channel::{
        Accepted, Attachment, Channel, Found, Line, Media, Outgoing, Provider, Received, Webhook, WebhookRefused,
    },
    delivery::{RefusalKind, SendFailure},
    message::{Body, MediaRef},
    template::{Template, TemplateReport},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    answers::{self, refused},
    download::{self, Source},
    http::{Clients, ask},
    proof,
};

/// Where Meta keeps files, besides the API's own host.
const FILE_HOSTS: [&str; 2] = ["lookaside.fbsbx.com", ".fbcdn.net"];

/// The Graph API at one base URL.
pub struct Graph {
    provider: Provider,
    clients: Clients,
    /// `https://graph.facebook.com/v24.0`, without a slash at the end.
    base: String,
}

impl Graph {
    /// `base` and `version` come from the platform's configuration, never from a tenant.
    pub fn new(provider: Provider, clients: Clients, base: &str, version: &str) -> Self {
        Self { provider, clients, base: format!("{}/{version}", base.trim_end_matches('/')) }
    }

    async fn success(&self, line: &Line, request: reqwest::RequestBuilder) -> Result<Value, SendFailure> {
        let token = line.secret("access_token");
        if token.is_empty() {
            return Err(refused(RefusalKind::Unauthorised, None, "the channel has no access token"));
        }
        let answer = ask(request.bearer_auth(token)).await?;
        if answer.is_success() {
            Ok(answer.json)
        } else {
            Err(errors::failure(answer.status, &answer.json, answer.wait_seconds))
        }
    }

    async fn post(&self, line: &Line, body: &Value) -> Result<Value, SendFailure> {
        let url = format!("{}/{}/messages", self.base, line.external_id);
        self.success(line, self.clients.api.post(url).json(body)).await
    }

    /// Hands the file in first; its id is good for thirty days. Nothing has reached the customer if this fails, so
    /// what is unknown about it may be tried again.
    async fn upload(&self, line: &Line, attachment: &Attachment) -> Result<String, SendFailure> {
        let Media { bytes, mime } = &attachment.media;
        let part = reqwest::multipart::Part::bytes(bytes.clone()).file_name("file").mime_str(mime);
        let part = part.map_err(|_odd| download::refused("the file is of no known type"))?;
        let form = reqwest::multipart::Form::new()
            .text("messaging_product", "whatsapp")
            .text("type", mime.clone())
            .part("file", part);
        let url = format!("{}/{}/media", self.base, line.external_id);
        let made =
            self.success(line, self.clients.api.post(url).multipart(form)).await.map_err(|failure| match failure {
                SendFailure::Ambiguous { reason } => answers::not_sent(&reason),
                SendFailure::NotSent { .. } | SendFailure::Refused { .. } => failure,
            })?;
        let id = made.get("id").and_then(Value::as_str).filter(|id| !id.is_empty()).map(str::to_owned);
        id.ok_or_else(|| answers::not_sent("the upload was answered without an id"))
    }

    fn source(&self) -> Source<'_> {
        Source { base: &self.base, hosts: &FILE_HOSTS }
    }

    /// The address a webhook gave lives for minutes; asking by id gives a fresh one.
    async fn media_url(&self, line: &Line, media: &MediaRef, max_bytes: u64) -> Result<String, SendFailure> {
        let sound = |id: &&str| {
            !id.is_empty() && id.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter))
        };
        let id = media.provider_id.as_deref().filter(sound).ok_or_else(|| download::refused("no usable media id"))?;
        let json = self.success(line, self.clients.api.get(format!("{}/{id}", self.base))).await?;
        if json.get("file_size").and_then(Value::as_u64).is_some_and(|size| size > max_bytes) {
            return Err(download::refused("the file is too large"));
        }
        let url = json.get("url").and_then(Value::as_str).map(str::to_owned);
        url.ok_or_else(|| download::refused("the file has no address"))
    }
}

#[async_trait]
impl Channel for Graph {
    fn provider(&self) -> Provider {
        self.provider
    }

    fn needs(&self) -> &'static [&'static str] {
        &["app_secret", "verify_token", "access_token"]
    }

    fn challenge(&self, line: &Line, webhook: &Webhook<'_>) -> Result<String, WebhookRefused> {
        let query: std::collections::HashMap<String, String> =
            url::form_urlencoded::parse(webhook.query.as_bytes()).into_owned().collect();
        let get = |name: &str| query.get(name).map_or("", String::as_str);
        let proven = proof::same(line.secret("verify_token").as_bytes(), get("hub.verify_token").as_bytes());
        if get("hub.mode") == "subscribe" && proven {
            Ok(get("hub.challenge").to_owned())
        } else {
            Err(WebhookRefused { reason: "wrong verify token" })
        }
    }

    fn receive(&self, line: &Line, webhook: &Webhook<'_>) -> Result<Received, WebhookRefused> {
        proof::hex_sha256(line.secret("app_secret"), webhook.header("x-hub-signature-256"), webhook.body)?;
        Ok(inbound::read(webhook.body))
    }

    fn reread(&self, _line: &Line, raw: &str, _at: Timestamp) -> Received {
        inbound::read(raw.as_bytes())
    }

    async fn send(&self, line: &Line, message: &Outgoing) -> Result<Accepted, SendFailure> {
        let mut message = message.clone();
        if let (Body::Media { media, .. }, Some(attachment)) = (&mut message.body, &message.attachment) {
            media.provider_id = Some(self.upload(line, attachment).await?);
        }
        let answer = self.post(line, &outbound::request(&message)).await?;
        let text = |path: &str| {
            answer.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        // A 200 that names no message is no success: something between us and Meta answered.
        let id =
            text("/messages/0/id").ok_or(SendFailure::Ambiguous { reason: "200 without a message id".to_owned() })?;
        Ok(Accepted { provider_message_id: id, address: text("/contacts/0/wa_id") })
    }

    async fn mark_read(&self, line: &Line, _to: &str, provider_message_id: &str, typing: bool) {
        let mut body = json!({ "messaging_product": "whatsapp", "status": "read", "message_id": provider_message_id });
        if let (true, Some(fields)) = (typing, body.as_object_mut()) {
            fields.insert("typing_indicator".to_owned(), json!({ "type": "text" }));
        }
        // Blue ticks are a courtesy: nothing depends on them.
        let _best_effort = self.post(line, &body).await;
    }

    async fn find(&self, _line: &Line, _message: &Outgoing, _since: Timestamp) -> Found {
        // Meta cannot be asked; a status carries our id back.
        Found::CannotTell
    }

    async fn fetch_media(&self, line: &Line, media: &MediaRef, max_bytes: u64) -> Result<Media, SendFailure> {
        let url = match (&media.provider_id, &media.url) {
            (None, Some(url)) => url.clone(),
            (Some(_) | None, _) => self.media_url(line, media, max_bytes).await?,
        };
        let token = line.secret("access_token").to_owned();
        let found =
            download::fetch(&self.clients, &self.source(), &url, max_bytes, |request| request.bearer_auth(token))
                .await?;
        match &media.sha256 {
            Some(expected) if !same_digest(expected, &found.bytes) => {
                Err(download::refused("the file is not the one that was announced"))
            }
            Some(_) | None => Ok(found),
        }
    }

    async fn submit_template(&self, line: &Line, template: &Template) -> Result<TemplateReport, SendFailure> {
        self.submit(line, template).await
    }

    async fn template_reports(&self, line: &Line) -> Result<Vec<TemplateReport>, SendFailure> {
        self.reports(line).await
    }
}

/// Hex in some payloads, base64 in others; a form we cannot read proves nothing and is let through.
fn same_digest(expected: &str, bytes: &[u8]) -> bool {
    let digest = Sha256::digest(bytes).to_vec();
    let forms = [hex::decode(expected).ok(), STANDARD.decode(expected).ok()];
    forms.into_iter().flatten().find(|form| form.len() == 32).is_none_or(|form| form == digest)
}

#[cfg(test)]
mod tests;
