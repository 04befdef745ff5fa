//! The one HTTP client for all providers: deadlines, no redirects, no proxies from the environment.

use std::time::Duration;

/// The client could not be made: the system's certificate store is unreadable.
#[derive(Debug)]
pub struct NoClient(pub reqwest::Error);

impl std::fmt::Display for NoClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the HTTP client could not be set up")
    }
}

impl std::error::Error for NoClient {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// Three seconds to connect, ten for everything.
pub fn client() -> Result<reqwest::Client, NoClient> {
    client_with(Duration::from_secs(3), Duration::from_secs(10))
}

pub(crate) fn client_with(connect: Duration, total: Duration) -> Result<reqwest::Client, NoClient> {
    // The second call finds it installed already, which is as good.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .connect_timeout(connect)
        .timeout(total)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .map_err(NoClient)
}

/// Bodies of answers are read up to here.
const LONGEST_ANSWER: usize = 1_048_576;

/// The body, or `None` when it breaks off or never ends.
pub(crate) async fn body(mut answer: reqwest::Response) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(part) = answer.chunk().await.ok()? {
        if bytes.len() + part.len() > LONGEST_ANSWER {
            return None;
        }
        bytes.extend_from_slice(&part);
    }
    Some(bytes)
}
