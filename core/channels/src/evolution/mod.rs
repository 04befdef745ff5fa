//! Evolution API v2: a phone's WhatsApp Web behind a server of the platform's own.
//!
//! Secrets of a line: `api_key` (our calls), `webhook_secret` (its calls, see [`HEADER`]); `interactive` = `native`
//! to send buttons and lists as such. The line's external id is the instance's name. Messages carry no id of ours:
//! what became of an ambiguous send is told by its echo, or by a search.

mod content;
mod inbound;
pub(crate) mod jid;
mod outbound;
mod proof;

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{
    Env,
    channel::{Accepted, Channel, Found, Line, Media, Outgoing, Provider, Received, Webhook, WebhookRefused},
    delivery::{RefusalKind, SendFailure},
    message::MediaRef,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{
    answers::{self, refused},
    download,
    http::{Answer, Clients, ask, ask_up_to},
};

pub use proof::HEADER;

/// The Evolution server at one base URL, which comes from the platform's configuration, never from a tenant.
pub struct Evolution {
    clients: Clients,
    /// Empty when the platform runs none.
    base: String,
    env: Env,
}

impl Evolution {
    pub fn new(clients: Clients, base: &str, env: Env) -> Self {
        Self { clients, base: base.trim_end_matches('/').to_owned(), env }
    }

    /// `/<group>/<action>/<instance>`.
    fn request(&self, line: &Line, path: &str, body: &Value) -> Result<reqwest::RequestBuilder, SendFailure> {
        let sound = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        let instance = &line.external_id;
        if self.base.is_empty() {
            return Err(refused(RefusalKind::AccountProblem, None, "this server is set up without Evolution"));
        }
        if instance.is_empty() || instance.starts_with('.') || !instance.chars().all(sound) {
            return Err(refused(RefusalKind::AccountProblem, None, "the instance's name is none"));
        }
        if line.secret("api_key").is_empty() {
            return Err(refused(RefusalKind::Unauthorised, None, "the channel has no key"));
        }
        let request = self.clients.api.post(format!("{}{path}/{instance}", self.base));
        Ok(request.header("apikey", line.secret("api_key")).json(body))
    }

    async fn post(&self, line: &Line, path: &str, body: &Value) -> Result<Value, SendFailure> {
        let answer = ask(self.request(line, path, body)?).await?;
        if answer.is_success() { Ok(answer.json) } else { Err(failure(&answer)) }
    }
}

/// `{status, error, response: {message: […]}}`, or a number that is not on WhatsApp.
fn failure(answer: &Answer) -> SendFailure {
    let message = ["/response/message", "/message", "/error"].iter().find_map(|path| answer.json.pointer(path));
    let absent = message.is_some_and(|message| {
        let rows = message.as_array().map_or_else(|| vec![message], |rows| rows.iter().collect());
        rows.iter().any(|row| row.get("exists").and_then(Value::as_bool) == Some(false))
    });
    if absent {
        return refused(RefusalKind::Unreachable, None, "the number is not on WhatsApp");
    }
    let told = match message {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(rows)) => rows
            .iter()
            .map(|row| row.as_str().map_or_else(|| row.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join("; "),
        Some(other) => other.to_string(),
        None => format!("HTTP {}", answer.status),
    };
    let reason = answers::told(&told, 300);
    match answer.status {
        404 => refused(RefusalKind::AccountProblem, None, reason),
        400 | 422 => refused(RefusalKind::BadRequest, None, reason),
        status => answers::by_status(status, reason, answer.wait_seconds, None),
    }
}

#[async_trait]
impl Channel for Evolution {
    fn provider(&self) -> Provider {
        Provider::Evolution
    }

    fn needs(&self) -> &'static [&'static str] {
        &["api_key", "webhook_secret"]
    }

    fn challenge(&self, _line: &Line, _webhook: &Webhook<'_>) -> Result<String, WebhookRefused> {
        Err(WebhookRefused { reason: "Evolution asks for no proof of the address" })
    }

    fn receive(&self, line: &Line, webhook: &Webhook<'_>) -> Result<Received, WebhookRefused> {
        proof::check(line, webhook, self.env.now())?;
        Ok(inbound::read(webhook.body, self.env.now()))
    }

    fn reread(&self, _line: &Line, raw: &str, at: Timestamp) -> Received {
        inbound::read(raw.as_bytes(), at)
    }

    async fn send(&self, line: &Line, message: &Outgoing) -> Result<Accepted, SendFailure> {
        let native = line.secret("interactive") == "native";
        let (action, body) = outbound::call(message, native)?;
        let sent = self.post(line, &format!("/message/{action}"), &body).await?;
        let id = inbound::text(&sent, "/key/id").filter(|id| !id.is_empty());
        let id = id.ok_or(SendFailure::Ambiguous { reason: "an answer without a message id".to_owned() })?;
        Ok(Accepted { provider_message_id: id, address: inbound::text(&sent, "/key/remoteJid") })
    }

    async fn mark_read(&self, line: &Line, to: &str, provider_message_id: &str, typing: bool) {
        let key = json!({ "remoteJid": to, "fromMe": false, "id": provider_message_id });
        // Courtesies: nothing depends on them.
        let _best_effort = self.post(line, "/chat/markMessageAsRead", &json!({ "readMessages": [key] })).await;
        if typing {
            let presence = json!({ "number": to, "presence": "composing", "delay": 3_000 });
            let _best_effort = self.post(line, "/chat/sendPresence", &presence).await;
        }
    }

    /// Searches what this phone said to that address. A server that keeps no messages finds nothing at all, which
    /// proves nothing; one that finds others of ours but not this one does.
    async fn find(&self, line: &Line, message: &Outgoing, since: Timestamp) -> Found {
        let wish = json!({ "where": { "key": { "remoteJid": message.to, "fromMe": true } }, "offset": 50 });
        let Ok(found) = self.post(line, "/chat/findMessages", &wish).await else { return Found::CannotTell };
        let rows = found.pointer("/messages/records").or_else(|| found.get("messages")).unwrap_or(&found).as_array();
        let Some(rows) = rows.filter(|rows| !rows.is_empty()) else { return Found::CannotTell };
        let since = since.checked_sub(SignedDuration::from_secs(60)).unwrap_or(since);
        let same = rows.iter().find(|row| {
            let at = row.get("messageTimestamp").and_then(inbound::stamp);
            let ours = row.pointer("/key/fromMe").and_then(Value::as_bool) == Some(true);
            let body = content::read(row, "");
            ours && at.is_some_and(|at| at >= since) && body.is_some_and(|body| message.body.says_the_same(&body))
        });
        match same.and_then(|row| inbound::text(row, "/key/id")) {
            Some(provider_message_id) => Found::Sent { provider_message_id },
            None => Found::NotSent,
        }
    }

    async fn fetch_media(&self, line: &Line, media: &MediaRef, max_bytes: u64) -> Result<Media, SendFailure> {
        let id = media.provider_id.as_deref().ok_or_else(|| download::refused("no usable media id"))?;
        // Base64 is a third longer, with a little JSON around it.
        let most = usize::try_from(max_bytes).unwrap_or(usize::MAX).saturating_mul(4) / 3 + 65_536;
        let body = json!({ "message": { "key": { "id": id } }, "convertToMp4": false });
        let answer = ask_up_to(self.request(line, "/chat/getBase64FromMediaMessage", &body)?, most).await;
        let answer = answer.map_err(|failure| match failure {
            SendFailure::Ambiguous { reason } => answers::not_sent(&reason),
            SendFailure::NotSent { .. } | SendFailure::Refused { .. } => failure,
        })?;
        if !answer.is_success() {
            return Err(failure(&answer));
        }
        let text = inbound::text(&answer.json, "/base64").ok_or_else(|| download::refused("the file is not there"))?;
        let bytes = STANDARD.decode(text.trim()).ok().ok_or_else(|| download::refused("the file cannot be read"))?;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > max_bytes {
            return Err(download::refused("the file is too large"));
        }
        Ok(Media { bytes, mime: inbound::text(&answer.json, "/mimetype").unwrap_or_else(|| media.mime.clone()) })
    }
}

#[cfg(test)]
mod tests;
