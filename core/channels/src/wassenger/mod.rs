//! Wassenger: phones hosted by others, spoken to by key.
//!
//! Secrets of a line: `api_key` (our calls); `webhook_secret` (signature of its calls) or `webhook_key` (a word in the
//! webhook's address, `?key=…`, for plans without signatures). The line's external id is the device's. Our outbox id
//! travels as the message's reference. Reactions and read marks have no documented call and are not sent.

mod inbound;

use async_trait::async_trait;
use domain::{
    Env,
    channel::{Accepted, Channel, Found, Line, Media, Outgoing, Provider, Received, Webhook, WebhookRefused},
    delivery::{RefusalKind, SendFailure},
    message::{Body, MediaRef},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{
    answers::{self, refused},
    download::{self, Source},
    http::{Answer, Clients, ask},
    proof,
    wording::cut,
};

const TEXT_MOST: usize = 4_096;

/// Wassenger at one base URL, which comes from the platform's configuration, never from a tenant.
pub struct Wassenger {
    clients: Clients,
    /// `https://api.wassenger.com/v1`
    base: String,
    env: Env,
}

impl Wassenger {
    pub fn new(clients: Clients, base: &str, env: Env) -> Self {
        Self { clients, base: format!("{}/v1", base.trim_end_matches('/')), env }
    }

    fn device<'a>(&self, line: &'a Line) -> Result<&'a str, SendFailure> {
        let device = line.external_id.as_str();
        let sound = !device.is_empty() && device.chars().all(|letter| letter.is_ascii_alphanumeric());
        if sound { Ok(device) } else { Err(refused(RefusalKind::AccountProblem, None, "the device's id is none")) }
    }

    async fn call(&self, line: &Line, request: reqwest::RequestBuilder) -> Result<Value, SendFailure> {
        if line.secret("api_key").is_empty() {
            return Err(refused(RefusalKind::Unauthorised, None, "the channel has no key"));
        }
        let answer = ask(request.header("token", line.secret("api_key"))).await?;
        if answer.is_success() { Ok(answer.json) } else { Err(failure(&answer)) }
    }

    fn request(&self, line: &Line, message: &Outgoing) -> Result<Value, SendFailure> {
        let mut body =
            json!({ "phone": message.to, "device": self.device(line)?, "reference": message.id.to_string() });
        let Some(fields) = body.as_object_mut() else { return Ok(body) };
        match &message.body {
            Body::Media { media, caption, .. } => {
                let link = message.attachment.as_ref().map(|attachment| &attachment.link).or(media.url.as_ref());
                let link = link
                    .ok_or_else(|| refused(RefusalKind::MediaProblem, None, "the file has no link to fetch it by"))?;
                fields.insert("media".to_owned(), json!({ "url": link }));
                if !caption.is_empty() {
                    fields.insert("message".to_owned(), json!(cut(caption, 1_024)));
                }
            }
            Body::Reaction { .. } => {
                return Err(refused(RefusalKind::Other, None, "Wassenger carries no reactions of ours"));
            }
            Body::Text { .. }
            | Body::Buttons { .. }
            | Body::List { .. }
            | Body::Chosen { .. }
            | Body::Location { .. }
            | Body::Contacts { .. }
            | Body::Template { .. }
            | Body::Order { .. }
            | Body::System { .. }
            | Body::Edited { .. }
            | Body::Revoked { .. }
            | Body::Unsupported { .. } => {
                // Buttons and lists work on some kinds of devices only; numbered text works on all.
                fields.insert("message".to_owned(), json!(cut(&message.body.plain(), TEXT_MOST)));
            }
        }
        if let Some(quoted) = &message.reply_to {
            fields.insert("quote".to_owned(), json!(quoted));
        }
        Ok(body)
    }
}

/// `{status, message, errorCode}`.
fn failure(answer: &Answer) -> SendFailure {
    let get = |path: &str| inbound::text(&answer.json, path);
    let reason = answers::told(&get("/message").unwrap_or_else(|| format!("HTTP {}", answer.status)), 300);
    let word = get("/errorCode").unwrap_or_default().to_ascii_lowercase();
    match answer.status {
        400 | 404 | 409 | 412 | 422 if word.contains("device") => refused(RefusalKind::AccountProblem, None, reason),
        400 | 404 | 422 if word.contains("phone") || word.contains("wid") || word.contains("number") => {
            refused(RefusalKind::Unreachable, None, reason)
        }
        400 | 422 => refused(RefusalKind::BadRequest, None, reason),
        status => answers::by_status(status, reason, answer.wait_seconds, None),
    }
}

#[async_trait]
impl Channel for Wassenger {
    fn provider(&self) -> Provider {
        Provider::Wassenger
    }

    fn needs(&self) -> &'static [&'static str] {
        &["api_key"]
    }

    fn challenge(&self, _line: &Line, _webhook: &Webhook<'_>) -> Result<String, WebhookRefused> {
        Err(WebhookRefused { reason: "Wassenger asks for no proof of the address" })
    }

    /// A signature counts when there is one; a call without may still know the word in the address.
    fn receive(&self, line: &Line, webhook: &Webhook<'_>) -> Result<Received, WebhookRefused> {
        let signature = webhook.header("x-wassenger-signature").or(webhook.header("x-webhook-signature"));
        let word = line.secret("webhook_key");
        if signature.is_some() || word.is_empty() {
            proof::hex_sha256(line.secret("webhook_secret"), signature, webhook.body)?;
        } else {
            let mut pairs = url::form_urlencoded::parse(webhook.query.as_bytes());
            let given = pairs.find(|(name, _)| name == "key").map(|(_, value)| value.into_owned()).unwrap_or_default();
            if !proof::same(word.as_bytes(), given.as_bytes()) {
                return Err(WebhookRefused { reason: "wrong key in the address" });
            }
        }
        Ok(inbound::read(webhook.body, self.env.now()))
    }

    fn reread(&self, _line: &Line, raw: &str, at: Timestamp) -> Received {
        inbound::read(raw.as_bytes(), at)
    }

    async fn send(&self, line: &Line, message: &Outgoing) -> Result<Accepted, SendFailure> {
        let body = self.request(line, message)?;
        let sent = self.call(line, self.clients.api.post(format!("{}/messages", self.base)).json(&body)).await?;
        let id = ["/waId", "/id"].iter().find_map(|path| inbound::text(&sent, path)).filter(|id| !id.is_empty());
        let id = id.ok_or(SendFailure::Ambiguous { reason: "an answer without a message id".to_owned() })?;
        Ok(Accepted { provider_message_id: id, address: None })
    }

    async fn mark_read(&self, line: &Line, to: &str, _provider_message_id: &str, typing: bool) {
        let Ok(device) = self.device(line) else { return };
        if typing {
            let body = json!({ "action": "typing", "duration": 10, "chat": to });
            let request = self.clients.api.post(format!("{}/chat/{device}/typing", self.base)).json(&body);
            // A courtesy: nothing depends on it.
            let _best_effort = self.call(line, request).await;
        }
    }

    /// Looks through the end of the chat for our reference, or the same words since then.
    async fn find(&self, line: &Line, message: &Outgoing, since: Timestamp) -> Found {
        let Ok(device) = self.device(line) else { return Found::CannotTell };
        let request = self.clients.api.get(format!("{}/chat/{device}/messages", self.base));
        let digits: String = message.to.chars().filter(char::is_ascii_digit).collect();
        let chat = if message.to.contains('@') { message.to.clone() } else { format!("{digits}@c.us") };
        let Ok(list) = self.call(line, request.query(&[("chat", chat.as_str()), ("limit", "50")])).await else {
            return Found::CannotTell;
        };
        let Some(rows) = list.as_array().filter(|rows| !rows.is_empty()) else { return Found::CannotTell };
        let since = since.checked_sub(SignedDuration::from_secs(60)).unwrap_or(since);
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let (reference, ours) = (message.id.to_string(), words(&message.body.plain()));
        let same = rows.iter().find(|row| {
            let at = row.get("timestamp").and_then(inbound::stamp);
            let said = inbound::text(row, "/flow").is_some_and(|flow| flow == "outbound")
                && at.is_some_and(|at| at >= since)
                && words(&inbound::text(row, "/body").unwrap_or_default()) == ours;
            said || inbound::text(row, "/reference").is_some_and(|other| other == reference)
        });
        match same.and_then(|row| inbound::text(row, "/id")) {
            Some(provider_message_id) => Found::Sent { provider_message_id },
            None => Found::NotSent,
        }
    }

    async fn fetch_media(&self, line: &Line, media: &MediaRef, max_bytes: u64) -> Result<Media, SendFailure> {
        let id = media.provider_id.as_deref();
        let id = id.filter(|id| {
            !id.is_empty() && id.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter))
        });
        let id = id.ok_or_else(|| download::refused("no usable media id"))?;
        let url = format!("{}/chat/{}/files/{id}/download", self.base, self.device(line)?);
        let source = Source { base: &self.base, hosts: &[] };
        let key = line.secret("api_key").to_owned();
        download::fetch(&self.clients, &source, &url, max_bytes, |request| request.header("token", key)).await
    }
}

#[cfg(test)]
mod tests;
