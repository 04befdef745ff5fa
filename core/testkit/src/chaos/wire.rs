//! HTTP/1.1 by hand, one message to a connection: what is cut, delayed or garbled must be ours to the byte.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A request or an answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Message {
    /// `POST /path HTTP/1.1` or `HTTP/1.1 200 OK`.
    pub(crate) start: String,
    pub(crate) body: Vec<u8>,
}

impl Message {
    pub(crate) fn path(&self) -> &str {
        self.start.split(' ').nth(1).unwrap_or_default()
    }

    pub(crate) fn status(&self) -> u16 {
        self.start.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0)
    }
}

/// Reads one message; `None` when the other side went away before its end.
pub(crate) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Message>> {
    let mut bytes = Vec::new();
    let mut part = [0_u8; 4_096];
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let (head, rest) = bytes.split_at(end);
            let head = String::from_utf8_lossy(head).into_owned();
            let wanted = length(&head);
            let body = rest.get(4..).unwrap_or_default();
            if body.len() >= wanted {
                let body = body.get(..wanted).unwrap_or_default().to_vec();
                let start = head.lines().next().unwrap_or_default().to_owned();
                return Ok(Some(Message { start, body }));
            }
        }
        let read = stream.read(&mut part).await?;
        if read == 0 {
            return Ok(None);
        }
        bytes.extend_from_slice(part.get(..read).unwrap_or_default());
    }
}

fn length(head: &str) -> usize {
    let value = |line: &str| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    };
    head.lines().find_map(value).unwrap_or(0)
}

pub(crate) fn answer(status: u16, headers: &str, body: &str) -> Vec<u8> {
    let kind = if body.starts_with('{') { "application/json" } else { "text/html" };
    format!(
        "HTTP/1.1 {status} Whatever\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n{headers}connection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Posts `body` and gives the status; an error is anything but a whole answer in time.
pub(crate) async fn post(address: &str, path: &str, signature: &str, body: &str) -> io::Result<u16> {
    let talk = async {
        let mut stream = TcpStream::connect(address).await?;
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\nx-hub-signature-256: {signature}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body.as_bytes()).await?;
        let answer = read(&mut stream).await?;
        answer.map(|answer| answer.status()).ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))
    };
    match tokio::time::timeout(Duration::from_secs(8), talk).await {
        Ok(outcome) => outcome,
        Err(_elapsed) => Err(io::Error::from(io::ErrorKind::TimedOut)),
    }
}
