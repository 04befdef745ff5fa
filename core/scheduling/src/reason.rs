//! Reasons against a start, as facts; in English for the command line. Customers are told by `app`.

use std::fmt;

use domain::{
    ResourceId,
    tenant::{Limit, LimitOf, Period},
};

/// One reason against a start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// No service, or one that takes no time.
    Nothing,
    Past,
    /// Closer than the notice the tenant asks for.
    TooSoon {
        minutes: u32,
    },
    TooFar {
        days: u32,
    },
    OffGrid {
        minutes: u32,
    },
    /// The location is closed then; with the reason of the exception, if there is one.
    Closed {
        because: Option<String>,
    },
    /// Would run past closing.
    PastClosing,
    /// Open still, but no visit begins that late.
    PastLatestStart {
        /// After the midnight that began the day's hours; past 1440 after the next.
        minute: u16,
    },
    /// Nobody here does this at all.
    NobodyCan {
        service: String,
    },
    /// Nothing here holds so many at once.
    PartyTooLarge {
        service: String,
        party: u32,
        most: u32,
    },
    /// The wished one cannot, and why.
    Wished {
        resource: ResourceId,
        name: String,
        why: Unable,
    },
    /// One that the service cannot do without cannot, and why.
    Needed {
        resource: ResourceId,
        name: String,
        why: Unable,
    },
    /// Everybody who could is taken or away.
    AllTaken {
        service: String,
    },
    /// The customer has had as much as one may have.
    CustomerLimit(Limit),
}

/// Why one resource cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unable {
    LacksSkill,
    NotWorking,
    Blocked,
    /// Busy in a calendar outside.
    Away,
    /// The calendar outside cannot be read, so nobody knows.
    Unread,
    Busy,
    /// Has done as much as one may in a day or week.
    LimitReached,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("there is nothing to book"),
            Self::Past => f.write_str("it is in the past"),
            Self::TooSoon { minutes } => write!(f, "bookings need {minutes} minutes' notice"),
            Self::TooFar { days } => write!(f, "bookings are taken {days} days ahead and no farther"),
            Self::OffGrid { minutes } => write!(f, "starts are offered every {minutes} minutes of the wall clock"),
            Self::Closed { because: Some(because) } if !because.is_empty() => write!(f, "closed then: {because}"),
            Self::Closed { .. } => f.write_str("closed then"),
            Self::PastClosing => f.write_str("it would run past closing"),
            Self::PastLatestStart { minute } => {
                let (hour, minute) = (minute / 60 % 24, minute % 60);
                write!(f, "no visit begins later than {hour:02}:{minute:02}")
            }
            Self::NobodyCan { service } => write!(f, "nobody here does {service}"),
            Self::PartyTooLarge { service, party, most } => {
                write!(f, "{service} holds {most} at most, and {party} would come")
            }
            Self::Wished { name, why, .. } => write!(f, "{name} was asked for and {why}"),
            Self::Needed { name, why, .. } => write!(f, "{name} is needed and {why}"),
            Self::AllTaken { service } => write!(f, "nobody who does {service} is free then"),
            Self::CustomerLimit(limit) => write!(f, "this customer has reached the limit of {}", InWords(limit)),
        }
    }
}

/// Reads after a name: "Ana is not working then".
impl fmt::Display for Unable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LacksSkill => "does not do this",
            Self::NotWorking => "is not working then",
            Self::Blocked => "is blocked then",
            Self::Away => "is busy in another calendar then",
            Self::Unread => "has another calendar that cannot be read",
            Self::Busy => "is taken then",
            Self::LimitReached => "has reached the limit of the day or week",
        })
    }
}

struct InWords<'l>(&'l Limit);

impl fmt::Display for InWords<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Limit { of, per, bookings, minutes } = self.0;
        let parts = [bookings.map(|most| format!("{most} bookings")), minutes.map(|most| format!("{most} minutes"))];
        f.write_str(&parts.into_iter().flatten().collect::<Vec<_>>().join(" and "))?;
        f.write_str(match per {
            Period::Day => " a day",
            Period::Week => " a week",
        })?;
        match of {
            LimitOf::Customer => Ok(()),
            LimitOf::Kind(kind) => write!(f, " for each {kind}"),
            LimitOf::Resource(id) => write!(f, " for {id}"),
        }
    }
}
