//! What the adapters' tests share: a line, an environment that stands still, and a server that says one thing.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use domain::{
    ChannelId, Clock, Env, OutboxId, Random, Secret, TenantId,
    channel::{Line, Outgoing, Provider},
    message::Body,
};
use jiff::Timestamp;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use uuid::Uuid;

use crate::http::Clients;

/// The moment everything happens at.
pub(crate) const NOW: i64 = 1_790_000_000;

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(NOW).unwrap()
    }
}

impl Random for Still {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

pub(crate) fn env() -> Env {
    Env::new(Arc::new(Still), Arc::new(Still))
}

pub(crate) fn line(provider: Provider, external_id: &str, secrets: &[(&str, &str)]) -> Line {
    let secrets = secrets.iter().map(|(name, secret)| ((*name).to_owned(), Secret::new(*secret)));
    Line {
        id: ChannelId(Uuid::from_u128(1)),
        tenant: TenantId(Uuid::from_u128(2)),
        provider,
        external_id: external_id.into(),
        display_number: "+525500001111".into(),
        active: true,
        secrets: secrets.collect::<BTreeMap<_, _>>(),
    }
}

pub(crate) fn outgoing(to: &str, body: Body) -> Outgoing {
    Outgoing { id: OutboxId(Uuid::from_u128(9)), to: to.into(), body, reply_to: None, attachment: None }
}

/// For reading alone, which asks nobody: made once, because each client reads the machine's certificates.
pub(crate) fn idle_clients() -> Clients {
    static IDLE: std::sync::OnceLock<Clients> = std::sync::OnceLock::new();
    IDLE.get_or_init(clients).clone()
}

pub(crate) fn clients() -> Clients {
    Clients::with(Duration::from_millis(300), Duration::from_millis(700)).unwrap()
}

/// A server that answers each connection with the next of `answers` (the last one again and again), and keeps what
/// it was asked.
pub(crate) struct Server {
    pub(crate) base: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) async fn start(answers: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&asked);
        tokio::spawn(async move {
            let mut place = 0;
            while let Ok((mut socket, _)) = listener.accept().await {
                let request = read_request(&mut socket).await;
                kept.lock().unwrap().push(request);
                let answer = answers.get(place).or(answers.last()).cloned().unwrap_or_default();
                place += 1;
                if answer.is_empty() {
                    tokio::time::sleep(Duration::from_secs(2)).await;
                }
                let _written = socket.write_all(answer.as_bytes()).await;
            }
        });
        Self { base, asked }
    }

    pub(crate) async fn json(status: u16, body: &str) -> Self {
        Self::start(vec![json(status, body)]).await
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn read_request(socket: &mut tokio::net::TcpStream) -> String {
    let (mut bytes, mut part) = (Vec::new(), vec![0; 16_384]);
    while let Ok(count) = socket.read(&mut part).await {
        bytes.extend_from_slice(&part[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            if count == 0 {
                break;
            }
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse::<usize>().ok());
        if count == 0 || body.len() >= length.unwrap_or(0) {
            break;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

pub(crate) fn json(status: u16, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}
