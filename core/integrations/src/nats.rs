//! A doorbell over NATS, for nodes that have one beside their PostgreSQL.
//!
//! Invariants: rings carry nothing, so that whoever listens in learns nothing and whoever rings unasked causes a poll;
//! no call here waits for a server that is away, and the client finds it again by itself when it is back.

use std::{future::pending, time::Duration};

use async_nats::{Client, ConnectOptions, Event, ServerAddr, Subscriber, connection::State};
use async_trait::async_trait;
use domain::doorbell::Doorbell;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::{sync::Mutex, time::timeout};

const SUBJECT: &str = "frontdesk.arrivals";
/// So many rings wait to be heard; more of them say nothing new.
const UNHEARD: usize = 64;
/// A server that answers nothing is given up after two of these.
const PING: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(3);

/// Why there is no doorbell. Names no password: an address may carry one.
#[derive(Debug, thiserror::Error)]
pub enum NatsError {
    #[error("the doorbell's address is none of a NATS server")]
    Address,
    #[error("NATS at {server} cannot be used")]
    Connect { server: String, source: async_nats::ConnectError },
    #[error("NATS at {server} takes no listener")]
    Subscribe { server: String, source: async_nats::SubscribeError },
    #[error("NATS at {server} answers nothing")]
    Silent { server: String },
}

/// A line to a NATS server, there or not.
pub struct Nats {
    client: Client,
    rings: Mutex<Subscriber>,
    server: String,
}

impl Nats {
    /// Returns at once, whether the server is there or not: it is looked for until it is.
    pub async fn open(url: &str) -> Result<Self, NatsError> {
        let (address, server) = parse(url)?;
        // From a tenth of a second to a second and a half.
        let delay = |attempts: usize| Duration::from_millis(100 << attempts.min(4));
        let options = options(&address).retry_on_initial_connect().reconnect_delay_callback(delay);
        let connected = options.event_callback(told).connect(address).await;
        let client = connected.map_err(|source| NatsError::Connect { server: server.clone(), source })?;
        let subscribed = client.subscribe(SUBJECT).await;
        let rings = subscribed.map_err(|source| NatsError::Subscribe { server: server.clone(), source })?;
        Ok(Self { client, rings: Mutex::new(rings), server })
    }

    /// Asks the server once; its name when it answers.
    pub async fn check(url: &str) -> Result<String, NatsError> {
        let (address, server) = parse(url)?;
        let connected = options(&address).connect(address).await;
        let client = connected.map_err(|source| NatsError::Connect { server: server.clone(), source })?;
        match timeout(PATIENCE, client.flush()).await {
            Ok(Ok(())) => Ok(server),
            Ok(Err(_)) | Err(_) => Err(NatsError::Silent { server }),
        }
    }
}

fn options(address: &ServerAddr) -> ConnectOptions {
    let options = match (address.username(), address.password()) {
        (Some(user), Some(password)) => ConnectOptions::with_user_and_password(user.to_owned(), password.to_owned()),
        // `nats://TOKEN@HOST`.
        (Some(token), None) => ConnectOptions::with_token(token.to_owned()),
        (None, _) => ConnectOptions::new(),
    };
    options
        .name("frontdesk")
        // What we rang ourselves we know.
        .no_echo()
        .ping_interval(PING)
        .connection_timeout(PATIENCE)
        .subscription_capacity(UNHEARD)
}

/// The address, and what of it may be shown.
fn parse(url: &str) -> Result<(ServerAddr, String), NatsError> {
    let address: ServerAddr = url.parse().map_err(|_with_the_password_in_it: std::io::Error| NatsError::Address)?;
    if address.host().is_empty() {
        return Err(NatsError::Address);
    }
    let server = format!("{}:{}", address.host(), address.port());
    Ok((address, server))
}

async fn told(event: Event) {
    // Too many rings at once, for one, is no news.
    if matches!(event, Event::Connected | Event::Disconnected) {
        tracing::info!(%event, "the doorbell's line");
    }
}

#[async_trait]
impl Doorbell for Nats {
    async fn ring(&self) {
        // What is handed over while the line is down would be sent when it is back: rings for doors long opened.
        if self.client.connection_state() == State::Connected {
            let rung = timeout(PATIENCE, self.client.publish(SUBJECT, Vec::new().into())).await;
            if !matches!(rung, Ok(Ok(()))) {
                tracing::debug!("a ring was lost");
            }
        }
    }

    async fn heard(&self) {
        let mut rings = self.rings.lock().await;
        if rings.next().await.is_none() {
            // Only when the client is closed, with the process.
            pending::<()>().await;
        }
        while rings.next().now_or_never().flatten().is_some() {}
    }

    fn trouble(&self) -> Option<String> {
        let up = self.client.connection_state() == State::Connected;
        (!up).then(|| format!("NATS at {} is not connected; arrivals at other nodes are found by polling", self.server))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_of_an_address_has_no_password() {
        let (_, shown) = parse("nats://desk:secret@queue.internal:4223").unwrap();
        assert_eq!(shown, "queue.internal:4223");
        let error = parse("nats://desk:sec ret@[").unwrap_err();
        assert!(!format!("{error:?}{error}").contains("sec"));
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_keeps_nobody_waiting() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let url = format!("nats://{free}");
        let bell = timeout(PATIENCE, Nats::open(&url)).await.expect("opened at once").unwrap();
        timeout(Duration::from_millis(200), bell.ring()).await.expect("rung at once");
        assert!(bell.trouble().is_some_and(|trouble| trouble.contains(&free.to_string())));
        assert!(Nats::check(&url).await.is_err());
    }
}
