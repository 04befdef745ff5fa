//! The HTTP clients for all providers: deadlines, no redirects, no proxies from the environment.
//!
//! Two of them: one for the providers' interfaces, whose addresses only the platform's configuration sets, and one
//! for addresses that came in a message, which connects to public addresses only (see `addresses`).

use std::{sync::Arc, time::Duration};

use domain::delivery::SendFailure;
use serde_json::Value;

use crate::{addresses::PublicOnly, answers};

/// A client could not be made: the system's certificate store is unreadable.
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

/// What every adapter speaks through. Cheap to clone.
#[derive(Clone)]
pub struct Clients {
    /// To the providers' own addresses.
    pub(crate) api: reqwest::Client,
    /// To addresses found in messages: a name that leads into a private network leads nowhere.
    pub(crate) guarded: reqwest::Client,
}

impl Clients {
    /// Three seconds to connect, ten for an answer; files may take a minute.
    pub fn new() -> Result<Self, NoClient> {
        Self::with(Duration::from_secs(3), Duration::from_secs(10))
    }

    pub(crate) fn with(connect: Duration, total: Duration) -> Result<Self, NoClient> {
        let guarded = builder(connect, total.saturating_mul(6)).dns_resolver(Arc::new(PublicOnly));
        Ok(Self { api: client_with(connect, total)?, guarded: guarded.build().map_err(NoClient)? })
    }
}

/// Three seconds to connect, ten for everything.
pub fn client() -> Result<reqwest::Client, NoClient> {
    client_with(Duration::from_secs(3), Duration::from_secs(10))
}

pub(crate) fn client_with(connect: Duration, total: Duration) -> Result<reqwest::Client, NoClient> {
    builder(connect, total).build().map_err(NoClient)
}

fn builder(connect: Duration, total: Duration) -> reqwest::ClientBuilder {
    // The second call finds it installed already, which is as good.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .connect_timeout(connect)
        .timeout(total)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
}

/// Bodies of answers are read up to here.
const LONGEST_ANSWER: usize = 1_048_576;

/// The body, or `None` when it breaks off or never ends.
async fn body_up_to(mut answer: reqwest::Response, most: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(part) = answer.chunk().await.ok()? {
        if bytes.len() + part.len() > most {
            return None;
        }
        bytes.extend_from_slice(&part);
    }
    Some(bytes)
}

/// An answer with its JSON, whatever its status said.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) wait_seconds: Option<u32>,
    pub(crate) json: Value,
}

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Sends `request` and reads its JSON. What could not be sent and what could not be read are failures by themselves.
pub(crate) async fn ask(request: reqwest::RequestBuilder) -> Result<Answer, SendFailure> {
    ask_up_to(request, LONGEST_ANSWER).await
}

pub(crate) async fn ask_up_to(request: reqwest::RequestBuilder, most: usize) -> Result<Answer, SendFailure> {
    let answer = request.send().await.map_err(|error| answers::transport(&error))?;
    let (status, wait_seconds) = (answer.status().as_u16(), answers::retry_after(answer.headers()));
    let Some(bytes) = body_up_to(answer, most).await else {
        return Err(SendFailure::Ambiguous { reason: "the answer broke off".to_owned() });
    };
    match serde_json::from_slice(&bytes) {
        Ok(json) => Ok(Answer { status, wait_seconds, json }),
        Err(_not_json) => Err(answers::unreadable(status, wait_seconds)),
    }
}
