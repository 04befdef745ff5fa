//! Where providers call us: bytes in, a durable row, an answer. Nothing is parsed here.

use app::view::{ChallengeOutcome, WebhookOutcome};
use axum::response::{IntoResponse as _, Response};
use domain::{ChannelId, channel::Webhook};
use http::{StatusCode, header};

use crate::{answer::Refused, call::Call};

struct Parts {
    channel: ChannelId,
    url: String,
    query: String,
    headers: Vec<(String, String)>,
}

impl Parts {
    fn of(call: &Call) -> Result<Self, Refused> {
        let path = call.uri.path_and_query().map_or("", http::uri::PathAndQuery::as_str);
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        Ok(Self {
            channel: call.id("channel")?,
            url: format!("{}{path}", call.desk.app.public_url().trim_end_matches('/')),
            query: call.uri.query().unwrap_or_default().to_owned(),
            headers: call.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect(),
        })
    }

    fn webhook<'a>(&'a self, body: &'a [u8]) -> Webhook<'a> {
        Webhook { url: &self.url, query: &self.query, headers: &self.headers, body }
    }
}

/// `GET /webhooks/whatsapp/{channel}`: the provider asks whether the address is ours.
pub(crate) async fn challenge(call: Call) -> Result<Response, Refused> {
    let parts = Parts::of(&call)?;
    match call.desk.app.challenge(parts.channel, parts.webhook(&call.body)).await? {
        ChallengeOutcome::Echo(text) => Ok(text.into_response()),
        ChallengeOutcome::Refused => Err(Refused::Forbidden),
        ChallengeOutcome::UnknownChannel => Err(Refused::NotFound),
    }
}

/// `POST /webhooks/whatsapp/{channel}`: 200 only once it cannot be lost.
pub(crate) async fn receive(call: Call) -> Result<Response, Refused> {
    let parts = Parts::of(&call)?;
    match call.desk.app.receive_webhook(parts.channel, parts.webhook(&call.body)).await? {
        WebhookOutcome::Stored { mime: "", .. } => Ok(StatusCode::OK.into_response()),
        WebhookOutcome::Stored { mime, body } => Ok(([(header::CONTENT_TYPE, mime)], body).into_response()),
        WebhookOutcome::Refused => Ok(StatusCode::UNAUTHORIZED.into_response()),
        WebhookOutcome::UnknownChannel => Err(Refused::NotFound),
    }
}
