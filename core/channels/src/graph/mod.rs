//! Meta's Cloud API, and the simulator that speaks it.
//!
//! Secrets of a line: `app_secret` (signatures), `verify_token` (the proof-of-ownership GET), `access_token` (sending).

mod errors;
mod inbound;
mod outbound;

use async_trait::async_trait;
use domain::{
    channel::{Accepted, Channel, Found, Line, Media, Outgoing, Provider, Received, Webhook, WebhookRefused},
    delivery::{SendFailure, Throttle},
    message::MediaRef,
};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::http;

/// The Graph API at one base URL.
pub struct Graph {
    provider: Provider,
    http: reqwest::Client,
    /// `https://graph.facebook.com/v24.0`, without a slash at the end.
    base: String,
}

impl Graph {
    /// `base` and `version` come from the platform's configuration, never from a tenant.
    pub fn new(provider: Provider, http: reqwest::Client, base: &str, version: &str) -> Self {
        Self { provider, http, base: format!("{}/{version}", base.trim_end_matches('/')) }
    }

    async fn post(&self, line: &Line, body: &Value) -> Result<Value, SendFailure> {
        let url = format!("{}/{}/messages", self.base, line.external_id);
        let sent = self.http.post(url).bearer_auth(line.secret("access_token")).json(body).send().await;
        let answer = sent.map_err(|error| errors::transport(&error))?;
        let (status, retry_after) = (answer.status(), errors::retry_after(answer.headers()));
        let Some(bytes) = http::body(answer).await else {
            return Err(SendFailure::Ambiguous { reason: "the answer broke off".to_owned() });
        };
        match serde_json::from_slice::<Value>(&bytes) {
            Ok(json) if status.is_success() => Ok(json),
            Ok(json) => Err(errors::graph(status.as_u16(), &json, retry_after)),
            Err(_) => Err(errors::unreadable(status.as_u16(), retry_after)),
        }
    }
}

#[async_trait]
impl Channel for Graph {
    fn provider(&self) -> Provider {
        self.provider
    }

    fn challenge(&self, line: &Line, webhook: &Webhook<'_>) -> Result<String, WebhookRefused> {
        let query: std::collections::HashMap<String, String> =
            url::form_urlencoded::parse(webhook.query.as_bytes()).into_owned().collect();
        let get = |name: &str| query.get(name).map_or("", String::as_str);
        let token = line.secret("verify_token");
        let proven = !token.is_empty() && bool::from(get("hub.verify_token").as_bytes().ct_eq(token.as_bytes()));
        if get("hub.mode") == "subscribe" && proven {
            Ok(get("hub.challenge").to_owned())
        } else {
            Err(WebhookRefused { reason: "wrong verify token" })
        }
    }

    fn receive(&self, line: &Line, webhook: &Webhook<'_>) -> Result<Received, WebhookRefused> {
        check_signature(line.secret("app_secret"), webhook.header("x-hub-signature-256"), webhook.body)?;
        Ok(inbound::read(webhook.body))
    }

    async fn send(&self, line: &Line, message: &Outgoing) -> Result<Accepted, SendFailure> {
        if line.secret("access_token").is_empty() {
            let reason = "the channel has no access token".to_owned();
            return Err(SendFailure::Refused { kind: domain::delivery::RefusalKind::Unauthorised, code: None, reason });
        }
        let answer = self.post(line, &outbound::request(message)).await?;
        let text = |path: &str| {
            answer.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        // A 200 that names no message is no success: something between us and Meta answered.
        let id =
            text("/messages/0/id").ok_or(SendFailure::Ambiguous { reason: "200 without a message id".to_owned() })?;
        Ok(Accepted { provider_message_id: id, address: text("/contacts/0/wa_id") })
    }

    async fn mark_read(&self, line: &Line, provider_message_id: &str, typing: bool) {
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
        let refused = |reason: &str| SendFailure::Refused {
            kind: domain::delivery::RefusalKind::MediaProblem,
            code: None,
            reason: reason.to_owned(),
        };
        let id = media
            .provider_id
            .as_deref()
            .filter(|id| id.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter)));
        let id = id.ok_or_else(|| refused("no usable media id"))?;
        let get = |url: String| self.http.get(url).bearer_auth(line.secret("access_token")).send();
        let answer = get(format!("{}/{id}", self.base)).await.map_err(|error| errors::transport(&error))?;
        let status = answer.status();
        let json: Value =
            http::body(answer).await.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        if !status.is_success() {
            return Err(errors::graph(status.as_u16(), &json, None));
        }
        let url = json
            .get("url")
            .and_then(Value::as_str)
            .filter(|url| self.is_own_host(url))
            .ok_or_else(|| refused("the media is on a foreign host"))?;
        if json.get("file_size").and_then(Value::as_u64).is_some_and(|size| size > max_bytes) {
            return Err(refused("the file is too large"));
        }
        let mut answer = get(url.to_owned()).await.map_err(|error| errors::transport(&error))?;
        if !answer.status().is_success() {
            let reason = format!("media download answered {}", answer.status().as_u16());
            return Err(SendFailure::NotSent { reason, wait_seconds: None, throttled: Throttle::No });
        }
        let mime =
            answer.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let mut bytes = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(|error| errors::transport(&error))? {
            if u64::try_from(bytes.len() + part.len()).unwrap_or(u64::MAX) > max_bytes {
                return Err(refused("the file is too large"));
            }
            bytes.extend_from_slice(&part);
        }
        match &media.sha256 {
            Some(expected) if !same_digest(expected, &bytes) => {
                Err(refused("the file is not the one that was announced"))
            }
            Some(_) | None => Ok(Media { bytes, mime }),
        }
    }
}

impl Graph {
    /// Meta's download host, or the host we talk to anyway. The token goes nowhere else.
    fn is_own_host(&self, url: &str) -> bool {
        let host = |text: &str| {
            url::Url::parse(text).ok().and_then(|url| {
                Some((url.scheme().to_owned(), url.host_str()?.to_owned(), url.port_or_known_default()))
            })
        };
        let (Some(asked), Some(own)) = (host(url), host(&self.base)) else { return false };
        asked == own || (asked.0 == "https" && (asked.1 == "lookaside.fbsbx.com" || asked.1.ends_with(".fbcdn.net")))
    }
}

/// Hex in newer payloads, base64 in older ones; a form we cannot read proves nothing and is let through.
fn same_digest(expected: &str, bytes: &[u8]) -> bool {
    match hex::decode(expected) {
        Ok(expected) if expected.len() == 32 => expected == Sha256::digest(bytes).to_vec(),
        Ok(_) | Err(_) => true,
    }
}

/// `sha256=` and the hex HMAC-SHA256 of the raw body under the app secret. An empty secret proves nothing.
fn check_signature(secret: &str, header: Option<&str>, body: &[u8]) -> Result<(), WebhookRefused> {
    let refused = |reason| WebhookRefused { reason };
    if secret.is_empty() {
        return Err(refused("no app secret is configured"));
    }
    let given = header.and_then(|header| header.strip_prefix("sha256=")).and_then(|text| hex::decode(text).ok());
    let given = given.ok_or(refused("no sha256 signature"))?;
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|_any_length_is_fine| refused("unusable secret"))?;
    mac.update(body);
    if bool::from(mac.finalize().into_bytes().ct_eq(&given)) { Ok(()) } else { Err(refused("wrong signature")) }
}

#[cfg(test)]
mod tests;
