//! Evolution signs nothing: whoever calls must know the secret that we had it put into a header.

use domain::channel::{Line, Webhook, WebhookRefused};
use jiff::Timestamp;
use serde_json::Value;

use crate::proof::{hmac_sha256, same};

/// The header our set-up asks Evolution to send with each call.
pub const HEADER: &str = "x-webhook-secret";
/// Clocks differ by so much.
const LEEWAY_SECONDS: i64 = 60;

/// Either the secret itself in our header, or a token signed with it (Evolution's `jwt_key`). The `apikey` inside
/// the body proves nothing: it would have to be parsed before anybody is believed.
pub(super) fn check(line: &Line, webhook: &Webhook<'_>, now: Timestamp) -> Result<(), WebhookRefused> {
    let refused = |reason| WebhookRefused { reason };
    let secret = line.secret("webhook_secret");
    if secret.is_empty() {
        return Err(refused("no webhook secret is configured"));
    }
    if let Some(given) = webhook.header(HEADER) {
        let proven = same(secret.as_bytes(), given.as_bytes());
        return if proven { Ok(()) } else { Err(refused("wrong webhook secret")) };
    }
    let token = webhook.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    match token {
        Some(token) if signed(secret, token, now).is_some() => Ok(()),
        Some(_) => Err(refused("wrong or expired token")),
        None => Err(refused("no webhook secret")),
    }
}

/// HS256 and nothing else; not expired; for Evolution's webhooks.
fn signed(secret: &str, token: &str, now: Timestamp) -> Option<()> {
    let (message, signature) = token.rsplit_once('.')?;
    let (head, claims) = message.split_once('.')?;
    if !same(&hmac_sha256(secret, message.as_bytes()), &decoded(signature)?) {
        return None;
    }
    let read = |part: &str| serde_json::from_slice::<Value>(&decoded(part)?).ok();
    let (head, claims) = (read(head)?, read(claims)?);
    let expires = claims.get("exp").and_then(Value::as_i64)?;
    let fits = head.get("alg").and_then(Value::as_str) == Some("HS256")
        && claims.get("app").and_then(Value::as_str).is_none_or(|app| app == "evolution");
    (fits && now.as_second() <= expires + LEEWAY_SECONDS).then_some(())
}

fn decoded(part: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()
}

#[cfg(test)]
pub(super) fn token(secret: &str, head: &Value, claims: &Value) -> String {
    use base64::Engine as _;
    let encode = |bytes: &[u8]| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
    let message = format!("{}.{}", encode(head.to_string().as_bytes()), encode(claims.to_string().as_bytes()));
    format!("{message}.{}", encode(&hmac_sha256(secret, message.as_bytes())))
}
