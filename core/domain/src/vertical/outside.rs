//! Requests to other servers on behalf of a module: what is asked, what came back, and the port that `integrations`
//! implements. Who may ask for what is decided before ([`super::covers`]); where it leads is looked at there again.

use std::time::Duration;

use async_trait::async_trait;

/// A request a module wants made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebRequest {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl WebRequest {
    /// As grants name it.
    pub fn target(&self) -> String {
        format!("{} {}", self.method, self.url)
    }
}

/// What came back, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WebResponse {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Why nothing came back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAnswered {
    /// It must not be made, now or later.
    #[error("the request is not made: {0}")]
    Refused(&'static str),
    #[error("nobody answered: {0}")]
    Nobody(&'static str),
    #[error("the answer is larger than 256 KiB")]
    TooLarge,
}

/// A host that makes no requests for modules.
#[derive(Debug)]
pub struct Nowhere;

#[async_trait]
impl Outside for Nowhere {
    async fn ask(&self, _request: &WebRequest, _patience: Duration) -> Result<WebResponse, NotAnswered> {
        Err(NotAnswered::Refused("this host makes no requests for modules"))
    }
}

/// Other servers, as modules may reach them: by https, at public addresses, without redirects.
#[async_trait]
pub trait Outside: std::fmt::Debug + Send + Sync {
    async fn ask(&self, request: &WebRequest, patience: Duration) -> Result<WebResponse, NotAnswered>;
}
