//! What a guest of 1.0 may ask: each question counted, granted or denied, and bounded.

use domain::{
    Span,
    vertical::{DeskError, FreeSlot, SlotWish},
};
use jiff::{SignedDuration, Timestamp};

use super::{
    asking,
    bindings::frontdesk::vertical::{
        bookings, clock, customer, http, knowledge, log, memory, scheduling,
        shapes::{self, HostError},
    },
    deciding,
};
use crate::call::{Asking, Call};

const KEY: usize = 128;
const VALUE: usize = 65_536;
/// Longest question to what is known, and longest text that answers it, in characters.
const QUESTION: usize = 500;
const PASSAGE: usize = 2_000;
/// Longest stretch of everybody's bookings.
const STRETCH: SignedDuration = SignedDuration::from_hours(62 * 24);

type Answer<T> = wasmtime::Result<Result<T, HostError>>;

fn told(error: DeskError) -> HostError {
    match error {
        DeskError::Denied(what) => HostError::Denied(format!("{what} was not granted")),
        DeskError::Quota(what) => HostError::Quota(what.to_owned()),
        DeskError::Invalid(what) => HostError::Invalid(what.to_owned()),
        DeskError::Unavailable(why) => HostError::Unavailable(why.to_owned()),
    }
}

fn window(earliest: i64, latest: i64) -> Result<Span, HostError> {
    let at = |millis: i64| Timestamp::from_millisecond(millis).ok();
    let span = at(earliest).zip(at(latest)).and_then(|(from, to)| Span::new(from, to));
    span.ok_or_else(|| HostError::Invalid("the window is empty".to_owned()))
}

fn key(key: &str) -> Result<(), HostError> {
    if key.is_empty() || key.len() > KEY {
        return Err(HostError::Invalid("a key has 1 to 128 bytes".to_owned()));
    }
    Ok(())
}

impl shapes::Host for Call {}

impl log::Host for Call {
    async fn write(&mut self, level: String, line: String) -> wasmtime::Result<()> {
        self.count()?;
        self.log(&level, &line);
        Ok(())
    }
}

impl clock::Host for Call {
    async fn now(&mut self) -> wasmtime::Result<shapes::Moment> {
        self.count()?;
        Ok(deciding::moment(self.now, &self.zone))
    }
}

impl scheduling::Host for Call {
    async fn find_slots(&mut self, wish: scheduling::Wish) -> Answer<Vec<shapes::Slot>> {
        self.count()?;
        Ok(self.slots(wish).await)
    }
}

impl bookings::Host for Call {
    async fn of_customer(&mut self, earliest: i64, latest: i64) -> Answer<Vec<shapes::Booking>> {
        self.count()?;
        Ok(self.customers_bookings(earliest, latest).await)
    }

    async fn of_everybody(&mut self, earliest: i64, latest: i64) -> Answer<Vec<shapes::Booking>> {
        self.count()?;
        Ok(self.all_bookings(earliest, latest).await)
    }
}

impl customer::Host for Call {
    async fn get(&mut self, key: String) -> Answer<Option<String>> {
        self.count()?;
        let desk = match self.authorised(Asking::Reading, "customer", Some(&key)) {
            Ok(desk) => desk,
            Err(denied) => return Ok(Err(told(denied))),
        };
        Ok(desk.customer_field(&key).await.map_err(told))
    }
}

impl memory::Host for Call {
    async fn get(&mut self, key: String) -> Answer<Option<Vec<u8>>> {
        self.count()?;
        Ok(match self.authorised(Asking::Reading, "memory", None) {
            Ok(desk) => desk.read(&key).await.map_err(told),
            Err(denied) => Err(told(denied)),
        })
    }

    async fn set(&mut self, name: String, value: Vec<u8>) -> Answer<()> {
        self.count()?;
        if let Err(wrong) = key(&name) {
            return Ok(Err(wrong));
        }
        if value.len() > VALUE {
            return Ok(Err(HostError::Quota("64 KiB a value".to_owned())));
        }
        Ok(match self.authorised(Asking::Writing, "memory", None) {
            Ok(desk) => desk.write(&name, &value).await.map_err(told),
            Err(denied) => Err(told(denied)),
        })
    }

    async fn delete(&mut self, key: String) -> Answer<()> {
        self.count()?;
        Ok(match self.authorised(Asking::Writing, "memory", None) {
            Ok(desk) => desk.delete(&key).await.map_err(told),
            Err(denied) => Err(told(denied)),
        })
    }

    async fn keys(&mut self, prefix: String, after: Option<String>) -> Answer<Vec<String>> {
        self.count()?;
        Ok(match self.authorised(Asking::Reading, "memory", None) {
            Ok(desk) => desk.keys(&prefix, after.as_deref()).await.map_err(told),
            Err(denied) => Err(told(denied)),
        })
    }
}

impl knowledge::Host for Call {
    async fn search(&mut self, question: String, most: u32) -> Answer<Vec<knowledge::Passage>> {
        self.count()?;
        let desk = match self.authorised(Asking::Knowledge, "knowledge", None) {
            Ok(desk) => desk,
            Err(denied) => return Ok(Err(told(denied))),
        };
        if question.chars().count() > QUESTION {
            return Ok(Err(HostError::Invalid("a question has at most 500 characters".to_owned())));
        }
        let most = most.min(10);
        let found = desk.search(&question, most).await.map_err(told);
        let passage = |found: domain::vertical::Passage| knowledge::Passage {
            title: found.title,
            text: found.text.chars().take(PASSAGE).collect(),
            source: found.source,
            fields: Vec::new(),
        };
        Ok(found.map(|found| found.into_iter().take(usize::try_from(most).unwrap_or(10)).map(passage).collect()))
    }
}

impl http::Host for Call {
    async fn fetch(&mut self, request: http::Request) -> Answer<http::Response> {
        self.count()?;
        Ok(self.fetched(request).await)
    }
}

impl Call {
    async fn slots(&mut self, wish: scheduling::Wish) -> Result<Vec<shapes::Slot>, HostError> {
        let desk = self.authorised(Asking::Calendar, "scheduling", None).map_err(told)?;
        let most = wish.most.min(50);
        let asked = SlotWish {
            services: wish.services,
            window: window(wish.earliest, wish.latest)?,
            party: wish.party.max(1),
            particular: wish.particular,
            most,
        };
        let zone = self.zone.clone();
        let slot = |free: FreeSlot| shapes::Slot {
            start: deciding::moment(free.start, &zone),
            end: deciding::moment(free.end, &zone),
            resources: free.resources,
            fields: Vec::new(),
        };
        let found = desk.find_slots(&asked).await.map_err(told)?;
        Ok(found.into_iter().take(usize::try_from(most).unwrap_or(50)).map(slot).collect())
    }

    async fn customers_bookings(&mut self, earliest: i64, latest: i64) -> Result<Vec<shapes::Booking>, HostError> {
        let desk = self.authorised(Asking::Bookings, "bookings", None).map_err(told)?;
        let found = desk.bookings(window(earliest, latest)?).await.map_err(told)?;
        Ok(found.into_iter().take(100).map(|known| deciding::booking(known, &self.zone)).collect())
    }

    async fn all_bookings(&mut self, earliest: i64, latest: i64) -> Result<Vec<shapes::Booking>, HostError> {
        let desk = self.authorised(Asking::Bookings, "bookings", Some("all")).map_err(told)?;
        let window = window(earliest, latest)?;
        if window.to().duration_since(window.from()) > STRETCH {
            return Err(HostError::Invalid("at most 62 days".to_owned()));
        }
        let found = desk.bookings_of_everybody(window).await.map_err(told)?;
        Ok(found.into_iter().take(100).map(|known| deciding::booking(known, &self.zone)).collect())
    }

    async fn fetched(&mut self, request: http::Request) -> Result<http::Response, HostError> {
        let asked = asking::request(request).map_err(|why| HostError::Invalid(why.to_owned()))?;
        let desk = self.authorised(Asking::Web, "http", Some(&asked.target())).map_err(told)?;
        if !matches!(asked.method.as_str(), "GET" | "HEAD") {
            return Err(HostError::Invalid("what changes something elsewhere is the effect `request`".to_owned()));
        }
        if !self.may_wait() {
            return Err(HostError::Unavailable("prices and verdicts do not wait for other servers".to_owned()));
        }
        desk.fetch(asked).await.map(asking::answered).map_err(told)
    }
}
