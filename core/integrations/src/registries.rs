//! Releases out of OCI registries: a reference becomes a component's bytes and the seal it was published with.
//!
//! Invariants: https, but for registries on this machine of which the configuration says otherwise, also where a registry
//! leads on to; nothing is read past the size that was announced, and nothing announced too large is asked for; what a
//! digest pins is that, or nothing. A password goes to the registry it was set for and to where that one has its tokens
//! made, and nowhere else. Who may install what is decided elsewhere.

mod artifact;
mod line;
mod reference;

use std::{collections::BTreeMap, time::Duration};

use domain::Secret;
pub use reference::{NotAReference, Reference};
use reqwest::{
    Client,
    redirect::{Action, Attempt, Policy},
};
use sha2::{Digest, Sha256};
use url::{Host, Url};

use self::{artifact::Artifact, line::Line};

/// The only kind of manifest that holds one artifact.
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// Largest manifest; ours have less than two KiB.
const MANIFEST_BYTES: usize = 256 << 10;
const HOPS: usize = 5;

/// How one registry is spoken to.
#[derive(Debug, Clone, Default)]
pub struct Account {
    /// Empty: as nobody in particular.
    pub user: String,
    pub password: Secret,
    /// By http: for a registry on this machine alone.
    pub http: bool,
}

/// All registries there are.
#[derive(Debug)]
pub struct Registries {
    client: Client,
    accounts: BTreeMap<String, Account>,
}

/// What a reference led to. Nobody has vouched for it yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// Of the manifest: what a tag means at this moment.
    pub digest: String,
    pub component: Vec<u8>,
    /// The seal's text, as it was published.
    pub seal: Option<String>,
}

/// Why nothing was pulled; the text is for the admin.
#[derive(Debug, thiserror::Error)]
pub enum NotPulled {
    #[error("the client for registries could not be set up")]
    NoClient(#[source] reqwest::Error),
    #[error("{0} is not on this machine, so it is not spoken to by http")]
    Plain(String),
    #[error("there is no {0}, or it is not shown to whom we are there")]
    Missing(String),
    #[error("{0} shows this only to somebody with a password: set user and password_file under [registries.\"{0}\"]")]
    Stranger(String),
    #[error("{registry} does not let {user} have this")]
    Denied { registry: String, user: String },
    #[error("{registry} cannot be asked: {why}")]
    Nobody { registry: String, why: &'static str },
    #[error("{registry} answers with status {status}")]
    Answered { registry: String, status: u16 },
    #[error("{registry} asks for a proof of who we are that is not known here")]
    Challenge { registry: String },
    #[error("{what} has {bytes} bytes; it may have {most}")]
    TooLarge { what: &'static str, bytes: u64, most: usize },
    #[error("{what} should be {pinned}, but what came is {came}")]
    Other { what: &'static str, pinned: String, came: String },
    #[error("this is no module: {0}")]
    NoModule(String),
}

impl Registries {
    /// `accounts` by host, with the port where there is one.
    pub fn new(accounts: BTreeMap<String, Account>) -> Result<Self, NotPulled> {
        // The second call finds it installed already, which is as good.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(Policy::custom(onward))
            .no_proxy()
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(60))
            .user_agent("frontdesk")
            .build()
            .map_err(NotPulled::NoClient)?;
        Ok(Self { client, accounts })
    }

    /// The component behind `reference`, of at most `most` bytes.
    pub async fn pull(&self, reference: &Reference, most: usize) -> Result<Pulled, NotPulled> {
        let account = self.accounts.get(&reference.registry).cloned().unwrap_or_default();
        let mut line = Line::to(&self.client, reference, account)?;
        let manifest = line.get(&format!("manifests/{}", reference.version()), MANIFEST, MANIFEST_BYTES).await?;
        let digest = digest(&manifest);
        if let Some(pinned) = reference.pinned() {
            same("the manifest", pinned, &digest)?;
        }
        let artifact = Artifact::read(&manifest)?;
        let size = usize::try_from(artifact.bytes).ok().filter(|bytes| *bytes <= most);
        let too_large = NotPulled::TooLarge { what: "the component", bytes: artifact.bytes, most };
        let component = line.get(&format!("blobs/{}", artifact.digest), "*/*", size.ok_or(too_large)?).await?;
        same("the component", &artifact.digest, &self::digest(&component))?;
        Ok(Pulled { digest, component, seal: artifact.seal })
    }
}

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

fn same(what: &'static str, pinned: &str, came: &str) -> Result<(), NotPulled> {
    if pinned == came {
        return Ok(());
    }
    Err(NotPulled::Other { what, pinned: pinned.to_owned(), came: came.to_owned() })
}

/// Registries keep their blobs elsewhere and lead there; reqwest leaves passwords and tokens behind on the way.
fn onward(attempt: Attempt<'_>) -> Action {
    let began = attempt.previous().first();
    let safe = began.is_some_and(|began| may_follow(began, attempt.url()));
    if safe && attempt.previous().len() <= HOPS { attempt.follow() } else { attempt.error("led astray") }
}

/// Whether what began at one address may go on at another: only what was plain and at home from the beginning stays so.
fn may_follow(began: &Url, onward: &Url) -> bool {
    onward.scheme() == "https" || began.scheme() == "http" && onward.scheme() == "http" && at_home(onward)
}

/// Whether this is an address of this very machine.
fn at_home(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_from_https_to_http_nor_from_home_to_elsewhere_by_http() {
        let url = |text: &str| Url::parse(text).unwrap();
        for (began, onward, follows) in [
            ("https://ghcr.io/v2/a", "https://cdn.example.com/a", true),
            ("https://ghcr.io/v2/a", "http://ghcr.io/v2/a", false),
            ("https://ghcr.io/v2/a", "http://127.0.0.1/a", false),
            ("https://ghcr.io/v2/a", "file:///etc/passwd", false),
            ("http://127.0.0.1:5000/v2/a", "http://127.0.0.1:5001/a", true),
            ("http://127.0.0.1:5000/v2/a", "http://10.0.0.1/a", false),
            ("http://127.0.0.1:5000/v2/a", "https://cdn.example.com/a", true),
        ] {
            assert_eq!(may_follow(&url(began), &url(onward)), follows, "{began} {onward}");
        }
    }

    #[tokio::test]
    async fn a_registry_elsewhere_is_never_spoken_to_by_http() {
        let account = Account { http: true, ..Account::default() };
        for host in ["registry.example.com", "10.0.0.1:5000", "127.0.0.1.example.com"] {
            let registries = Registries::new([(host.to_owned(), account.clone())].into()).unwrap();
            let reference = format!("oci://{host}/acme/m:1").parse().unwrap();
            let refused = registries.pull(&reference, 1).await.unwrap_err();
            assert!(matches!(&refused, NotPulled::Plain(named) if named == host), "{refused}");
        }
    }
}
