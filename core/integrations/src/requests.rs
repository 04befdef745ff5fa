//! Requests that modules want made, to servers that strangers chose.
//!
//! Invariants: https, to hosts by name, at public addresses only: a name is resolved once, here, and the connection goes
//! to the very addresses that were looked at. No redirects, no proxies, no cookies. What is read is bounded while it comes
//! in. Who may ask for what was decided before.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{
    addresses::public_only,
    vertical::{NotAnswered, Outside, WebRequest, WebResponse},
};
use reqwest::{
    Client, Method,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{HeaderMap, HeaderName, HeaderValue},
};
use url::{Host, Url};

/// Largest answer.
const ANSWER: usize = 256 << 10;
/// What of an answer's head a module may see.
const SHOWN: [&str; 5] = ["content-type", "etag", "last-modified", "location", "retry-after"];
/// What a module may not say in a request's head: it is the transport's, or another's.
const OURS: [&str; 9] =
    ["host", "content-length", "connection", "transfer-encoding", "te", "upgrade", "trailer", "expect", "cookie"];

/// Other servers, over the network.
#[derive(Debug)]
pub struct Requests {
    client: Client,
    /// In tests, and nowhere else, a server on this machine may be asked.
    at_home: bool,
}

/// The client could not be made: the system's certificate store is unreadable.
#[derive(Debug, thiserror::Error)]
#[error("the client for modules' requests could not be set up")]
pub struct NoClient(#[source] reqwest::Error);

impl Requests {
    pub fn new() -> Result<Self, NoClient> {
        let client = builder().https_only(true).dns_resolver(Arc::new(PublicOnly)).build().map_err(NoClient)?;
        Ok(Self { client, at_home: false })
    }

    /// The address, when it is one that is spoken to, written as it will be sent.
    fn admitted(&self, text: &str) -> Result<Url, NotAnswered> {
        let refused = NotAnswered::Refused;
        let url = Url::parse(text).map_err(|_not_a_url| refused("its address is none"))?;
        // A parser that reads steps upwards, tabs or other digits out of an address would go elsewhere than was granted.
        let plain = url.as_str() == text || url.as_str().strip_suffix('/') == Some(text);
        let named = matches!(url.host(), Some(Host::Domain(_))) && url.port().is_none() && url.scheme() == "https";
        if !plain || !url.username().is_empty() || url.password().is_some() {
            return Err(refused("its address is not written plainly"));
        }
        if !named && !self.at_home {
            return Err(refused("only hosts by name are spoken to, by https"));
        }
        Ok(url)
    }
}

fn builder() -> reqwest::ClientBuilder {
    // The second call finds it installed already, which is as good.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(Duration::from_secs(3))
        .user_agent("frontdesk-module")
}

/// Resolves names and drops every address that is not public.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let public = public_only(tokio::net::lookup_host((name.as_str(), 0)).await?)?;
            let public: Addrs = Box::new(public.into_iter());
            Ok(public)
        })
    }
}

#[async_trait]
impl Outside for Requests {
    async fn ask(&self, request: &WebRequest, patience: Duration) -> Result<WebResponse, NotAnswered> {
        let url = self.admitted(&request.url)?;
        let method = match request.method.as_str() {
            "GET" => Method::GET,
            "HEAD" => Method::HEAD,
            "POST" => Method::POST,
            "PUT" => Method::PUT,
            "PATCH" => Method::PATCH,
            "DELETE" => Method::DELETE,
            _ => return Err(NotAnswered::Refused("its method is unknown")),
        };
        let sent = self.client.request(method, url).headers(head(request)?).timeout(patience);
        let sent = if request.body.is_empty() { sent } else { sent.body(request.body.clone()) };
        let mut answer = sent.send().await.map_err(|error| nobody(&error))?;
        let shown = SHOWN.iter().filter_map(|name| {
            let value = answer.headers().get(*name)?.to_str().ok()?;
            Some(((*name).to_owned(), value.to_owned()))
        });
        let (status, headers) = (answer.status().as_u16(), shown.collect());
        if answer.content_length().is_some_and(|length| length > u64::try_from(ANSWER).unwrap_or(u64::MAX)) {
            return Err(NotAnswered::TooLarge);
        }
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(|error| nobody(&error))? {
            if body.len() + part.len() > ANSWER {
                return Err(NotAnswered::TooLarge);
            }
            body.extend_from_slice(&part);
        }
        Ok(WebResponse { status, headers, body })
    }
}

fn head(request: &WebRequest) -> Result<HeaderMap, NotAnswered> {
    let mut head = HeaderMap::new();
    for (name, value) in &request.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) else {
            return Err(NotAnswered::Refused("a header cannot be one"));
        };
        if OURS.contains(&name.as_str()) || name.as_str().starts_with("proxy-") {
            return Err(NotAnswered::Refused("a header is not a module's to set"));
        }
        head.append(name, value);
    }
    Ok(head)
}

fn nobody(error: &reqwest::Error) -> NotAnswered {
    NotAnswered::Nobody(if error.is_timeout() {
        "it took too long"
    } else if error.is_connect() {
        "there is no way there"
    } else {
        "the answer broke off"
    })
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
        task::JoinHandle,
    };

    use super::*;

    fn get(url: &str) -> WebRequest {
        WebRequest { method: "GET".into(), url: url.into(), headers: vec![], body: vec![] }
    }

    fn at_home() -> Requests {
        Requests { client: builder().build().unwrap(), at_home: true }
    }

    /// A server that answers one request with these bytes and tells what it was asked.
    async fn server(answer: Vec<u8>) -> (String, JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let served = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = vec![0; 4_096];
            let length = stream.read(&mut asked).await.unwrap();
            // Whoever stopped reading has heard enough.
            let _closed = stream.write_all(&answer).await;
            String::from_utf8_lossy(&asked[..length]).into_owned()
        });
        (url, served)
    }

    async fn asked(requests: &Requests, request: &WebRequest) -> Result<WebResponse, NotAnswered> {
        requests.ask(request, Duration::from_secs(2)).await
    }

    #[tokio::test]
    async fn what_comes_back_is_status_body_and_a_few_headers() {
        let answer = b"HTTP/1.1 404 Not Found\r\netag: \"7\"\r\nset-cookie: a=b\r\ncontent-length: 4\r\n\r\nrain";
        let (url, served) = server(answer.to_vec()).await;
        let request = WebRequest {
            method: "POST".into(),
            headers: vec![("x-key".into(), "7".into())],
            body: b"day=1".to_vec(),
            ..get(&url)
        };
        let answer = asked(&at_home(), &request).await.unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (404, b"rain".as_slice()));
        assert_eq!(answer.headers, [("etag".to_owned(), "\"7\"".to_owned())]);
        let heard = served.await.unwrap();
        assert!(heard.starts_with("POST /v1 HTTP/1.1\r\n") && heard.ends_with("\r\n\r\nday=1"), "{heard}");
        assert!(heard.contains("x-key: 7"), "{heard}");
    }

    #[tokio::test]
    async fn a_redirect_is_shown_and_not_followed() {
        let moved = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
        let (url, _served) = server(moved.to_vec()).await;
        let answer = asked(&at_home(), &get(&url)).await.unwrap();
        assert_eq!((answer.status, answer.headers[0].0.as_str()), (302, "location"));
    }

    #[tokio::test]
    async fn an_answer_that_is_too_large_is_not_read_to_its_end_whatever_its_header_says() {
        let declared = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", ANSWER + 1).into_bytes();
        let mut endless = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec();
        endless.extend(vec![b'x'; ANSWER + 1]);
        for answer in [declared, endless] {
            let (url, _served) = server(answer).await;
            assert_eq!(asked(&at_home(), &get(&url)).await, Err(NotAnswered::TooLarge));
        }
    }

    #[tokio::test]
    async fn nobody_is_waited_for_longer_than_said() {
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", silent.local_addr().unwrap());
        let waited = at_home().ask(&get(&url), Duration::from_millis(50)).await;
        assert_eq!(waited, Err(NotAnswered::Nobody("it took too long")));
    }

    #[tokio::test]
    async fn nothing_inside_is_reached_by_whatever_name() {
        let requests = Requests::new().unwrap();
        let (url, served) = server(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec()).await;
        let port = url.rsplit_once(':').unwrap().1;
        let refused = |outcome: Result<WebResponse, NotAnswered>| matches!(outcome, Err(NotAnswered::Refused(_)));
        for inside in [
            url.as_str(),
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://169.254.169.254/latest/meta-data/",
            "http://api.example.com/",
            "https://api.example.com:8443/",
            "https://api.example.com@127.0.0.1/",
            "https://user:word@api.example.com/",
            "https://api.example.com/v1/../admin",
            "https://api.example.com/v1/%2e%2e/admin",
            "https://api.example.com/v1/a\tb",
            "file:///etc/passwd",
        ] {
            assert!(refused(asked(&requests, &get(inside)).await), "{inside}");
        }
        // A name that leads home: it resolves, and then there is no way.
        for home in ["https://localhost/".to_owned(), format!("https://localhost:{port}")] {
            assert!(asked(&requests, &get(&home)).await.is_err(), "{home}");
        }
        assert!(!served.is_finished(), "somebody inside was spoken to");
        served.abort();
    }

    #[tokio::test]
    async fn a_module_does_not_set_what_is_the_transport_s() {
        for name in ["Host", "content-length", "Transfer-Encoding", "cookie", "proxy-authorization", "a b"] {
            let request = WebRequest { headers: vec![(name.into(), "x".into())], ..get("https://api.example.com/") };
            assert!(matches!(asked(&at_home(), &request).await, Err(NotAnswered::Refused(_))), "{name}");
        }
    }
}
