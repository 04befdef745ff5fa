//! Who waits for a place, and the freed slot that is kept for the next of them.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{BookingId, ConversationId, CustomerId, OfferId, ResourceId, Span, WaitlistEntryId};

/// One customer's wish to be told when something opens up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: WaitlistEntryId,
    pub customer: CustomerId,
    /// Where to write; without one only members can serve the entry.
    pub conversation: Option<ConversationId>,
    /// Service keys, in order.
    pub services: Vec<String>,
    /// Any of these will do. Never empty.
    pub wishes: Vec<Wish>,
    /// From the first wish's first midnight to the last one's last, at the location.
    pub around: Span,
    /// All of them at once or not at all.
    pub party: u32,
    /// Higher goes first; equals go by age.
    pub priority: i32,
    pub state: EntryState,
    pub created_at: Timestamp,
}

/// One stretch of days that would do, in the wall clock of the location. Empty lists mean "any".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// First and last date, both included.
    pub first: Date,
    pub last: Date,
    /// With one of these.
    #[serde(default)]
    pub resources: Vec<ResourceId>,
    /// 1 Monday to 7 Sunday.
    #[serde(default)]
    pub days: Vec<i8>,
    /// `[from, to)`, minutes after midnight between which the visit must start.
    #[serde(default)]
    pub between: Option<(u16, u16)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryState {
    Waiting,
    /// Has an open offer.
    Offered,
    /// Took an offer.
    Served,
    /// Does not wait any more.
    Left,
}

impl EntryState {
    const ALL: [Self; 4] = [Self::Waiting, Self::Offered, Self::Served, Self::Left];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Offered => "offered",
            Self::Served => "served",
            Self::Left => "left",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// A freed slot kept for one entry: `booking` is held for its customer until `expires_at`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    pub id: OfferId,
    pub entry: WaitlistEntryId,
    pub booking: BookingId,
    pub start: Timestamp,
    pub state: OfferState,
    pub expires_at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferState {
    Open,
    Taken,
    Passed,
    Expired,
}

impl OfferState {
    const ALL: [Self; 4] = [Self::Open, Self::Taken, Self::Passed, Self::Expired];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Taken => "taken",
            Self::Passed => "passed",
            Self::Expired => "expired",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_read_back_what_they_print() {
        for state in EntryState::ALL {
            assert_eq!(EntryState::parse(state.as_str()), Some(state));
        }
        for state in OfferState::ALL {
            assert_eq!(OfferState::parse(state.as_str()), Some(state));
        }
    }
}
