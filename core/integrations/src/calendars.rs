//! Calendars that lie at an address on somebody's server, fetched and read.
//!
//! Invariants: as [`crate::requests`]: https, hosts by name, public addresses only, no redirects. The address is a key: it
//! stands in no error and no log. What is read is bounded in size and in time.

use std::time::Duration;

use async_trait::async_trait;
use domain::{
    Secret, Span,
    outside_calendar::{Calendars, Reading, Unread},
};
use jiff::tz::TimeZone;
use reqwest::{Client, header::ACCEPT};
use tokio::sync::Semaphore;

use crate::{
    ics,
    requests::{NoClient, admitted, client},
};

/// Years of appointments are one to three of them.
const LARGEST: usize = 8 << 20;
const PATIENCE: Duration = Duration::from_secs(20);
/// So many at once, for each may fill memory and a thread.
const AT_ONCE: usize = 4;

/// Calendars over the network.
#[derive(Debug)]
pub struct Feeds {
    client: Client,
    seats: Semaphore,
    /// In tests, and nowhere else, a server on this machine may be asked.
    at_home: bool,
}

impl Feeds {
    pub fn new() -> Result<Self, NoClient> {
        Ok(Self { client: client()?, seats: Semaphore::new(AT_ONCE), at_home: false })
    }

    async fn fetch(&self, address: &Secret) -> Result<String, Unread> {
        let url = admitted(address.reveal(), self.at_home).map_err(|_refused| Unread::Address)?;
        let asked = self.client.get(url).header(ACCEPT, "text/calendar").timeout(PATIENCE);
        let mut answer = asked.send().await.map_err(|_nobody| Unread::Unreachable)?;
        match answer.status().as_u16() {
            200 => {}
            401 | 403 | 404 | 410 => return Err(Unread::Revoked),
            300..=399 => return Err(Unread::Moved),
            _ => return Err(Unread::Failing),
        }
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(|_broke_off| Unread::Unreachable)? {
            if body.len() + part.len() > LARGEST {
                return Err(Unread::TooLarge);
            }
            body.extend_from_slice(&part);
        }
        String::from_utf8(body).map_err(|_not_text| Unread::NotACalendar)
    }
}

#[async_trait]
impl Calendars for Feeds {
    async fn read(&self, address: &Secret, zone: &TimeZone, window: Span) -> Result<Reading, Unread> {
        let Ok(_seat) = self.seats.acquire().await else { return Err(Unread::Unreachable) };
        let text = self.fetch(address).await?;
        let zone = zone.iana_name().unwrap_or("UTC").to_owned();
        let read = tokio::task::spawn_blocking(move || ics::busy(&text, &zone, window));
        read.await.unwrap_or(Err(Unread::NotACalendar))
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };

    use super::*;
    use crate::requests::builder;

    const EVENT: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\nBEGIN:VEVENT\r\nUID:1\r\n\
        DTSTAMP:20260301T000000Z\r\nDTSTART:20260305T180000Z\r\nDTEND:20260305T190000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    async fn read(answer: String) -> Result<Reading, Unread> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = Secret::new(format!("http://{}/basic.ics", listener.local_addr().unwrap()));
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = vec![0; 4_096];
            let _length = stream.read(&mut asked).await.unwrap();
            // Whoever stopped reading has heard enough.
            let _closed = stream.write_all(answer.as_bytes()).await;
        });
        let feeds = Feeds { client: builder().build().unwrap(), seats: Semaphore::new(1), at_home: true };
        let window = Span::new("2026-03-01T00:00:00Z".parse().unwrap(), "2026-04-01T00:00:00Z".parse().unwrap());
        feeds.read(&address, &TimeZone::UTC, window.unwrap()).await
    }

    fn answer(status: &str, body: &str) -> String {
        format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
    }

    #[tokio::test]
    async fn a_calendar_is_read_and_why_one_is_not_is_told_apart() {
        let busy = read(answer("200 OK", EVENT)).await.unwrap().busy;
        assert_eq!(busy.iter().map(|span| span.from().to_string()).collect::<Vec<_>>(), ["2026-03-05T18:00:00Z"]);
        for (status, why) in [
            ("401 Unauthorized", Unread::Revoked),
            ("404 Not Found", Unread::Revoked),
            ("410 Gone", Unread::Revoked),
            ("302 Found\r\nlocation: /login", Unread::Moved),
            ("429 Too Many Requests", Unread::Failing),
            ("503 Service Unavailable", Unread::Failing),
        ] {
            assert_eq!(read(answer(status, EVENT)).await, Err(why), "{status}");
        }
        // A page to log in is answered with 200 and is no empty calendar.
        assert_eq!(read(answer("200 OK", "<!doctype html><title>Log in</title>")).await, Err(Unread::NotACalendar));
        assert_eq!(read(answer("200 OK", "")).await, Err(Unread::NotACalendar));
        // Half of one is none: what is missing may be busy.
        let half =
            format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{}", EVENT.len(), EVENT.split_at(EVENT.len() / 2).0);
        assert_eq!(read(half).await, Err(Unread::Unreachable));
        let large = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{}", "x".repeat(LARGEST + 1));
        assert_eq!(read(large).await, Err(Unread::TooLarge));
    }

    #[tokio::test]
    async fn nothing_inside_is_read() {
        let window = Span::new("2026-03-01T00:00:00Z".parse().unwrap(), "2026-04-01T00:00:00Z".parse().unwrap());
        for inside in ["http://127.0.0.1/a.ics", "https://169.254.169.254/a.ics", "file:///etc/passwd", "https://a@b/c"]
        {
            let read = Feeds::new().unwrap().read(&Secret::new(inside), &TimeZone::UTC, window.unwrap()).await;
            assert_eq!(read, Err(Unread::Address), "{inside}");
        }
    }
}
