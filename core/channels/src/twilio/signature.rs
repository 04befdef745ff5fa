//! `X-Twilio-Signature`: the public URL and the sorted parameters under the account's token.

use domain::channel::{Line, Webhook, WebhookRefused};
use sha2::{Digest, Sha256};
use url::Url;

use crate::proof::{hmac_sha1, hmac_sha256, same};

/// Every parameter that came counts, known or not; the URL is the one we told Twilio, never the Host header's.
pub(super) fn check(line: &Line, webhook: &Webhook<'_>, params: &[(String, String)]) -> Result<(), WebhookRefused> {
    let refused = |reason| WebhookRefused { reason };
    let given = webhook.header("x-twilio-signature").and_then(decoded).ok_or(refused("no signature"))?;
    let (token, shared) = (line.secret("auth_token"), line.secret("signing_key"));
    if token.is_empty() {
        return Err(refused("no auth token is configured"));
    }
    // The newer scheme announces itself; without a key of ours for it, only the old one can be checked.
    let newer = webhook.header("x-twilio-webhooks-signature-settings").is_some_and(|text| text.contains("HMAC_SHA256"));
    let hash = |message: &str| {
        if newer && !shared.is_empty() {
            hmac_sha256(shared, message.as_bytes())
        } else {
            hmac_sha1(token, message.as_bytes())
        }
    };
    let told = match body_digest(webhook.query) {
        Some(digest) if digest != hex::encode(Sha256::digest(webhook.body)) => {
            return Err(refused("the body is not the one that was signed"));
        }
        Some(_) => String::new(),
        None => sorted(params),
    };
    let proven = spellings(webhook.url).iter().any(|url| same(&hash(&format!("{url}{told}")), &given));
    if proven { Ok(()) } else { Err(refused("wrong signature")) }
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text.trim()).ok()
}

/// Bodies that are no forms are signed by their digest, which stands in the URL.
fn body_digest(query: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(name, _)| name == "bodySHA256").map(|(_, digest)| digest.to_ascii_lowercase())
}

/// Unique names in byte order, unique values of each in byte order, nothing between them.
fn sorted(params: &[(String, String)]) -> String {
    let mut pairs: Vec<&(String, String)> = params.iter().collect();
    pairs.sort();
    pairs.dedup();
    pairs.into_iter().map(|(name, value)| format!("{name}{value}")).collect()
}

/// The URL as configured, and with its default port written out: Twilio signs one or the other.
fn spellings(url: &str) -> Vec<String> {
    let bare = url.split('#').next().unwrap_or(url);
    let mut all = vec![bare.to_owned()];
    if let Ok(parsed) = Url::parse(bare)
        && let (Some(host), Some(port)) = (parsed.host_str(), parsed.port_or_known_default())
    {
        let scheme = parsed.scheme();
        let rest =
            bare.strip_prefix(&format!("{scheme}://")).and_then(|rest| rest.find('/').and_then(|at| rest.get(at..)));
        let rest = rest.unwrap_or_default();
        all.push(format!("{scheme}://{host}:{port}{rest}"));
        if parsed.port().is_none()
            || Some(port) == Url::parse(&format!("{scheme}://{host}")).ok().and_then(|url| url.port_or_known_default())
        {
            all.push(format!("{scheme}://{host}{rest}"));
        }
    }
    all.sort();
    all.dedup();
    all
}

/// What Twilio would send for `params` at `url`: for fakes and tests.
pub fn sign(auth_token: &str, url: &str, params: &[(String, String)]) -> String {
    use base64::Engine as _;
    let digest = hmac_sha1(auth_token, format!("{url}{}", sorted(params)).as_bytes());
    base64::engine::general_purpose::STANDARD.encode(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_published_example_is_reproduced() {
        let params = params(&[
            ("CallSid", "CA1234567890ABCDE"),
            ("Caller", "+12349013030"),
            ("Digits", "1234"),
            ("From", "+12349013030"),
            ("To", "+18005551212"),
        ]);
        let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
        assert_eq!(sign("12345", url, &params), "0/KCTR6DLpKmkAf8muzZqo1nDgQ=");
    }

    #[test]
    fn repeated_names_count_once_for_each_value() {
        assert_eq!(sorted(&params(&[("b", "2"), ("a", "x"), ("b", "1"), ("b", "2")])), "axb1b2");
    }

    #[test]
    fn the_default_port_may_be_written_or_not() {
        assert_eq!(
            spellings("https://desk.example/w?x=1"),
            ["https://desk.example/w?x=1", "https://desk.example:443/w?x=1"]
        );
        assert_eq!(spellings("http://127.0.0.1:8080/w"), ["http://127.0.0.1:8080/w"]);
    }
}
