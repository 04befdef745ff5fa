//! One conversation with one registry: what is asked for is asked again with a proof when the registry wants one.

use domain::Secret;
use http_auth::ChallengeRef;
use reqwest::{
    Client, RequestBuilder, Response, StatusCode,
    header::{ACCEPT, WWW_AUTHENTICATE},
};
use serde::Deserialize;
use url::Url;

use super::{Account, NotPulled, Reference, at_home, may_follow};

/// Largest answer of whoever makes tokens.
const TOKEN_BYTES: usize = 64 << 10;

pub(super) struct Line<'a> {
    client: &'a Client,
    reference: &'a Reference,
    account: Account,
    base: Url,
    proof: Proof,
}

enum Proof {
    None,
    Password,
    Token(Secret),
}

#[derive(Deserialize)]
struct Granted {
    token: Option<String>,
    access_token: Option<String>,
}

impl<'a> Line<'a> {
    pub(super) fn to(client: &'a Client, reference: &'a Reference, account: Account) -> Result<Self, NotPulled> {
        let scheme = if account.http { "http" } else { "https" };
        let base = Url::parse(&format!("{scheme}://{}/v2/{}/", reference.registry, reference.repository));
        // A reference's parts are an address's.
        let base = base.map_err(|_not_an_address| NotPulled::Missing(reference.to_string()))?;
        if account.http && !at_home(&base) {
            return Err(NotPulled::Plain(reference.registry.clone()));
        }
        Ok(Self { client, reference, account, base, proof: Proof::None })
    }

    /// What the registry has there, of at most `most` bytes.
    pub(super) async fn get(&mut self, path: &str, accept: &str, most: usize) -> Result<Vec<u8>, NotPulled> {
        let url = self.base.join(path).map_err(|_not_an_address| NotPulled::Missing(self.reference.to_string()))?;
        let mut answer = self.ask(&url, accept).await?;
        // Only the registry itself may ask who we are, not where it leads to.
        if answer.status() == StatusCode::UNAUTHORIZED && answer.url() == &url {
            self.prove(&answer).await?;
            answer = self.ask(&url, accept).await?;
        }
        match answer.status() {
            StatusCode::OK => self.read(answer, "what it sends", most).await,
            StatusCode::NOT_FOUND => Err(NotPulled::Missing(self.reference.to_string())),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(self.denied()),
            status => Err(NotPulled::Answered { registry: self.registry(), status: status.as_u16() }),
        }
    }

    fn registry(&self) -> String {
        self.reference.registry.clone()
    }

    fn denied(&self) -> NotPulled {
        let (registry, user) = (self.registry(), self.account.user.clone());
        if user.is_empty() { NotPulled::Stranger(registry) } else { NotPulled::Denied { registry, user } }
    }

    async fn ask(&self, url: &Url, accept: &str) -> Result<Response, NotPulled> {
        let request = self.client.get(url.clone()).header(ACCEPT, accept);
        let request = match &self.proof {
            Proof::None => request,
            Proof::Password => self.with_password(request),
            Proof::Token(token) => request.bearer_auth(token.reveal()),
        };
        request.send().await.map_err(|error| self.nobody(&error))
    }

    fn with_password(&self, request: RequestBuilder) -> RequestBuilder {
        request.basic_auth(&self.account.user, Some(self.account.password.reveal()))
    }

    /// Finds the proof that the registry asks for in its answer.
    async fn prove(&mut self, answer: &Response) -> Result<(), NotPulled> {
        let asked: Vec<&str> =
            answer.headers().get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok()).collect();
        let challenges: Vec<ChallengeRef<'_>> =
            asked.iter().filter_map(|asked| http_auth::parse_challenges(asked).ok()).flatten().collect();
        let named = |scheme: &str| challenges.iter().find(|asked| asked.scheme.eq_ignore_ascii_case(scheme));
        self.proof = match (named("bearer"), named("basic")) {
            (Some(challenge), _) => Proof::Token(self.token(challenge).await?),
            (None, Some(_)) if !self.account.user.is_empty() => Proof::Password,
            (None, Some(_)) => return Err(self.denied()),
            (None, None) => return Err(NotPulled::Challenge { registry: self.registry() }),
        };
        Ok(())
    }

    /// Has a token made, for reading this one thing.
    async fn token(&self, challenge: &ChallengeRef<'_>) -> Result<Secret, NotPulled> {
        let told = |name: &str| {
            let found = challenge.params.iter().find(|(told, _)| told.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.to_unescaped())
        };
        let wrong = || NotPulled::Challenge { registry: self.registry() };
        let mut realm = told("realm").and_then(|realm| Url::parse(&realm).ok()).ok_or_else(wrong)?;
        if !may_follow(&self.base, &realm) {
            return Err(wrong());
        }
        if let Some(service) = told("service") {
            realm.query_pairs_mut().append_pair("service", &service);
        }
        let scope = format!("repository:{}:pull", self.reference.repository);
        realm.query_pairs_mut().append_pair("scope", &scope);
        let request = self.client.get(realm);
        let request = if self.account.user.is_empty() { request } else { self.with_password(request) };
        let answer = request.send().await.map_err(|error| self.nobody(&error))?;
        if !answer.status().is_success() {
            return Err(self.denied());
        }
        let text = self.read(answer, "its token", TOKEN_BYTES).await?;
        let granted: Granted = serde_json::from_slice(&text).map_err(|_not_a_grant| wrong())?;
        granted.token.or(granted.access_token).map(Secret::new).ok_or_else(wrong)
    }

    /// Bounded while it comes in, whatever its head says.
    async fn read(&self, mut answer: Response, what: &'static str, most: usize) -> Result<Vec<u8>, NotPulled> {
        let too_large = |bytes: u64| NotPulled::TooLarge { what, bytes, most };
        let fits = |bytes: u64| usize::try_from(bytes).is_ok_and(|bytes| bytes <= most);
        if let Some(bytes) = answer.content_length().filter(|bytes| !fits(*bytes)) {
            return Err(too_large(bytes));
        }
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(|error| self.nobody(&error))? {
            let bytes = u64::try_from(body.len().saturating_add(part.len())).unwrap_or(u64::MAX);
            if !fits(bytes) {
                return Err(too_large(bytes));
            }
            body.extend_from_slice(&part);
        }
        Ok(body)
    }

    fn nobody(&self, error: &reqwest::Error) -> NotPulled {
        let why = if error.is_timeout() {
            "it takes too long"
        } else if error.is_redirect() {
            "it leads on to an address that is not https, or in circles"
        } else if error.is_connect() {
            "there is no way there"
        } else {
            "its answer breaks off"
        };
        NotPulled::Nobody { registry: self.registry(), why }
    }
}
