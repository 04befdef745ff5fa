//! A calendar that a resource keeps elsewhere, read by its address now and then, and the port that reads it.
//!
//! Invariant: what is not known is not free. Before the first reading, once the address is refused for good, and when
//! nothing could be read for [`PATIENCE`], the resource takes no bookings.

use std::fmt;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::{OutsideCalendarId, ResourceId, Secret, Span};

/// For so long the last reading holds when the next ones fail by what may pass: an hour of somebody's outage is no reason
/// to close.
pub const PATIENCE: SignedDuration = SignedDuration::from_hours(2);

/// A calendar of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutsideCalendar {
    pub id: OutsideCalendarId,
    pub resource: ResourceId,
    /// What its owner calls it.
    pub name: String,
    /// Whoever has it may read the calendar.
    pub address: Secret,
    /// When it was last read in full.
    pub read_at: Option<Timestamp>,
    /// Why the last attempt gave nothing.
    pub unread: Option<Unread>,
    /// Entries of the last reading that said nothing usable about when they are.
    pub skipped: u32,
}

/// How far a calendar can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// As it was read.
    Read,
    /// The last attempts failed; what was read before holds for a while.
    Late,
    /// Not known: its resource takes no bookings.
    Closed,
}

impl OutsideCalendar {
    pub fn standing(&self, now: Timestamp) -> Standing {
        let Some(read_at) = self.read_at else { return Standing::Closed };
        if self.unread.is_some_and(Unread::for_good) || now.duration_since(read_at) > PATIENCE {
            Standing::Closed
        } else if self.unread.is_some() {
            Standing::Late
        } else {
            Standing::Read
        }
    }
}

/// Why a calendar could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unread {
    /// Its keeper shows it to us no more: 401, 403, 404, 410.
    Revoked,
    /// It lies elsewhere now; where is for its owner to say.
    Moved,
    /// What came is no calendar: often a page to log in.
    NotACalendar,
    TooLarge,
    /// Not an address that is spoken to.
    Address,
    /// Its keeper has trouble: 429, 5xx.
    Failing,
    /// Nobody answered in time.
    Unreachable,
}

impl Unread {
    const ALL: [Self; 7] = [
        Self::Revoked,
        Self::Moved,
        Self::NotACalendar,
        Self::TooLarge,
        Self::Address,
        Self::Failing,
        Self::Unreachable,
    ];

    /// Waiting will not mend it.
    pub fn for_good(self) -> bool {
        match self {
            Self::Revoked | Self::Moved | Self::NotACalendar | Self::TooLarge | Self::Address => true,
            Self::Failing | Self::Unreachable => false,
        }
    }

    /// As stored, and as programs read it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Moved => "moved",
            Self::NotACalendar => "not_a_calendar",
            Self::TooLarge => "too_large",
            Self::Address => "address",
            Self::Failing => "failing",
            Self::Unreachable => "unreachable",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.as_str() == text)
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Revoked => "its keeper does not show it at this address any more",
            Self::Moved => "it lies at another address now",
            Self::NotACalendar => "what lies at this address is no calendar",
            Self::TooLarge => "it is too large",
            Self::Address => "only https addresses of public servers are read",
            Self::Failing => "its keeper has trouble",
            Self::Unreachable => "nobody answered",
        })
    }
}

/// What a calendar says of a stretch of time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reading {
    /// When somebody is busy, ascending, none touching the next.
    pub busy: Vec<Span>,
    /// Entries that say nothing usable about when they are.
    pub skipped: u32,
}

/// Calendars by their address. `zone` is for entries that name none.
#[async_trait]
pub trait Calendars: fmt::Debug + Send + Sync {
    async fn read(&self, address: &Secret, zone: &TimeZone, window: Span) -> Result<Reading, Unread>;
}

/// A host that reads none.
#[derive(Debug)]
pub struct NoCalendars;

#[async_trait]
impl Calendars for NoCalendars {
    async fn read(&self, _address: &Secret, _zone: &TimeZone, _window: Span) -> Result<Reading, Unread> {
        Err(Unread::Unreachable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Id;

    fn read(at: Option<&str>, unread: Option<Unread>) -> OutsideCalendar {
        OutsideCalendar {
            id: OutsideCalendarId::from_uuid(uuid::Uuid::nil()),
            resource: ResourceId::from_uuid(uuid::Uuid::nil()),
            name: String::new(),
            address: Secret::default(),
            read_at: at.map(|at| at.parse().unwrap()),
            unread,
            skipped: 0,
        }
    }

    #[test]
    fn what_is_not_known_is_closed_and_an_outage_is_borne_for_a_while() {
        let noon: Timestamp = "2026-03-05T12:00:00Z".parse().unwrap();
        for (at, unread, standing) in [
            (None, None, Standing::Closed),
            (Some("2026-03-05T11:50:00Z"), None, Standing::Read),
            (Some("2026-03-05T11:00:00Z"), Some(Unread::Failing), Standing::Late),
            (Some("2026-03-05T09:59:59Z"), Some(Unread::Unreachable), Standing::Closed),
            // Nobody even tried: the process was away.
            (Some("2026-03-05T09:59:59Z"), None, Standing::Closed),
            (Some("2026-03-05T11:59:00Z"), Some(Unread::Revoked), Standing::Closed),
            (Some("2026-03-05T11:59:00Z"), Some(Unread::NotACalendar), Standing::Closed),
        ] {
            assert_eq!(read(at, unread).standing(noon), standing, "{at:?} {unread:?}");
        }
    }

    #[test]
    fn every_reason_reads_back_what_it_is_stored_as() {
        for why in Unread::ALL {
            assert_eq!(Unread::parse(why.as_str()), Some(why));
            assert_eq!(serde_json::to_value(why).unwrap(), why.as_str());
        }
    }
}
