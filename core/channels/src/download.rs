//! Files from providers: asked for at the provider's own hosts, measured by header and while they come in.
//!
//! Invariants: the credentials of a request go to the host they belong to and nowhere else; a redirect is followed
//! by hand, once, without them; a host that is not the configured one must be named by the adapter and be public.

use domain::{
    channel::Media,
    delivery::{RefusalKind, SendFailure},
};
use url::Url;

use crate::{addresses::may_be_public, answers, http::Clients};

/// Hosts a provider keeps files on, besides the one it is spoken to at.
pub(crate) struct Source<'a> {
    pub(crate) base: &'a str,
    /// `lookaside.fbsbx.com`, or `.fbcdn.net` for everything below it.
    pub(crate) hosts: &'a [&'a str],
}

impl Source<'_> {
    /// The URL, if it leads to the provider: same scheme, host and port as the base, or https to a named host.
    pub(crate) fn admits(&self, text: &str) -> Option<Url> {
        let url = Url::parse(text).ok()?;
        let trusted = self.is_base(&url) || url.scheme() == "https" && self.names(&url) && url.port().is_none();
        let plain = url.username().is_empty() && url.password().is_none();
        (trusted && plain).then_some(url)
    }

    fn is_base(&self, url: &Url) -> bool {
        Url::parse(self.base).is_ok_and(|base| base.origin() == url.origin())
    }

    fn names(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        self.hosts.iter().any(|named| match named.strip_prefix('.') {
            Some(_) => host.ends_with(named),
            None => host == *named,
        })
    }
}

/// Fetches `url` with what `authorise` adds, at most `max_bytes` of it.
pub(crate) async fn fetch(
    clients: &Clients,
    source: &Source<'_>,
    url: &str,
    max_bytes: u64,
    authorise: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
) -> Result<Media, SendFailure> {
    let Some(url) = source.admits(url) else { return Err(refused("the file is on a foreign host")) };
    let client = if source.is_base(&url) { &clients.api } else { &clients.guarded };
    let answer = authorise(client.get(url.clone())).send().await.map_err(|error| answers::transport(&error))?;
    if answer.status().is_redirection() {
        return redirected(clients, source, &url, &answer, max_bytes).await;
    }
    read(answer, max_bytes).await
}

/// Twilio and Meta send one on to a store of files: signed by its URL, so it needs no credentials and gets none.
async fn redirected(
    clients: &Clients,
    source: &Source<'_>,
    from: &Url,
    answer: &reqwest::Response,
    max_bytes: u64,
) -> Result<Media, SendFailure> {
    let location = answer.headers().get("location").and_then(|value| value.to_str().ok());
    let next = location.and_then(|location| from.join(location).ok());
    let Some(next) = next else { return Err(refused("the file was moved to nowhere")) };
    let own = source.is_base(&next);
    let public = next.scheme() == "https" && next.host().is_some_and(|host| may_be_public(&host));
    if !own && !public {
        return Err(refused("the file was moved to where we do not go"));
    }
    let client = if own { &clients.api } else { &clients.guarded };
    let answer = client.get(next).send().await.map_err(|error| answers::transport(&error))?;
    read(answer, max_bytes).await
}

async fn read(mut answer: reqwest::Response, max_bytes: u64) -> Result<Media, SendFailure> {
    let status = answer.status().as_u16();
    if !answer.status().is_success() {
        let reason = format!("the file's host answered {status}");
        // Links live for minutes: who asks again asks for a new one.
        return Err(if status == 404 || status == 410 { refused(&reason) } else { answers::not_sent(&reason) });
    }
    if answer.content_length().is_some_and(|length| length > max_bytes) {
        return Err(refused("the file is too large"));
    }
    let mime =
        answer.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let mut bytes = Vec::new();
    while let Some(part) = answer.chunk().await.map_err(|error| answers::transport(&error))? {
        if u64::try_from(bytes.len() + part.len()).unwrap_or(u64::MAX) > max_bytes {
            return Err(refused("the file is too large"));
        }
        bytes.extend_from_slice(&part);
    }
    Ok(Media { bytes, mime })
}

pub(crate) fn refused(reason: &str) -> SendFailure {
    answers::refused(RefusalKind::MediaProblem, None, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_providers_own_hosts_are_asked() {
        let source = Source { base: "http://127.0.0.1:4000/v24.0", hosts: &["lookaside.fbsbx.com", ".fbcdn.net"] };
        for good in ["http://127.0.0.1:4000/x", "https://lookaside.fbsbx.com/a?b=c", "https://scontent.xx.fbcdn.net/v"]
        {
            assert!(source.admits(good).is_some(), "{good}");
        }
        let bad = [
            "http://127.0.0.1:4001/x",
            "https://127.0.0.1:4000/x",
            "http://lookaside.fbsbx.com/a",
            "https://lookaside.fbsbx.com.evil.example/",
            "https://evil.example/lookaside.fbsbx.com",
            "https://fbcdn.net.evil.example/",
            "https://lookaside.fbsbx.com@evil.example/",
            "https://user:pw@lookaside.fbsbx.com/",
            "https://lookaside.fbsbx.com:8443/",
            "file:///etc/passwd",
            "",
        ];
        for bad in bad {
            assert!(source.admits(bad).is_none(), "{bad}");
        }
    }
}
