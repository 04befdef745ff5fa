//! What the assistant remembers of a conversation between turns. Stored as JSON with its version.

use std::collections::BTreeMap;

use domain::{BookingId, Language, Money, ResourceId};
use jiff::{SignedDuration, Timestamp};
use language::{Days, Hour, Intent, Request};
use serde::{Deserialize, Serialize};

/// Grows when old memories no longer read; what does not read is forgotten.
const VERSION: u32 = 1;
/// A half-finished booking is dropped after this silence.
const FORGET_AFTER: SignedDuration = SignedDuration::from_hours(12);

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Memory {
    version: u32,
    pub(crate) at: Option<Timestamp>,
    pub(crate) language: Option<Language>,
    /// Service keys, in order.
    pub(crate) services: Vec<String>,
    pub(crate) resource: Option<ResourceId>,
    pub(crate) excluded: Vec<ResourceId>,
    pub(crate) days: Option<Days>,
    pub(crate) hour: Option<Hour>,
    pub(crate) party: Option<u32>,
    pub(crate) asked: Option<Asked>,
    /// Starts offered last, in order.
    pub(crate) offered: Vec<Offer>,
    /// What is held for the customer, waiting for a yes.
    pub(crate) held: Option<BookingId>,
    /// The booking being moved.
    pub(crate) moving: Option<BookingId>,
    /// Bookings listed last, in order.
    pub(crate) listed: Vec<BookingId>,
    /// The wish goes to the waitlist once it is complete.
    pub(crate) joining: bool,
    /// Answers to what the module asked about this visit, by its keys.
    pub(crate) answers: BTreeMap<String, String>,
    /// The key whose answer is awaited.
    pub(crate) answering: Option<String>,
    /// A dialog of the module's that is open.
    pub(crate) dialog: Option<OpenDialog>,
    /// What was asked about last, while nothing else has been said.
    pub(crate) topic: Option<Topic>,
    /// How often an answer to it could not be one.
    pub(crate) unread: u8,
    pub(crate) unknown: u8,
}

/// A question that goes on with few words: "¿y el domingo?".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Topic {
    Hours,
    Staff,
    Price,
}

impl Topic {
    pub(crate) fn of(intent: &Intent) -> Option<Self> {
        let among = |intents: &[Intent]| intents.contains(intent);
        if among(&[Intent::AskHours]) {
            Some(Self::Hours)
        } else if among(&[Intent::AskStaff]) {
            Some(Self::Staff)
        } else {
            among(&[Intent::AskPrice, Intent::AskDuration]).then_some(Self::Price)
        }
    }

    /// Whether `request` says only what the question can be asked about again.
    pub(crate) fn goes_on(self, request: &Request) -> bool {
        let found = &request.entities;
        let likely = matches!(request.intent, Intent::Inform | Intent::Book) && request.confidence < 0.78;
        let (day, service) = (found.time.date().is_some(), !found.services.is_empty());
        likely
            && found.time.hour.is_none()
            && found.party.is_none()
            && match self {
                Self::Hours => day && !service,
                Self::Staff => day || service,
                Self::Price => service && found.time.is_empty() && found.resources.is_empty(),
            }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "asked")]
pub(crate) enum Asked {
    Service,
    Time,
    Slot,
    /// Something the module wants to know.
    Answer,
    /// Whatever the module's dialog asked.
    Dialog,
    Confirm,
    /// Yes to this start for the booking being moved.
    ConfirmMove {
        start: Timestamp,
        resource: Option<ResourceId>,
    },
    ConfirmCancel {
        booking: BookingId,
        /// What was told to be the price of it.
        #[serde(default)]
        fee: Option<Money>,
    },
    /// Yes to cancelling everything that was listed.
    ConfirmCancelAll,
    WhichToCancel,
    WhichToMove,
    /// "Shall I get you a person?"
    Person,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Offer {
    pub(crate) start: Timestamp,
    /// Whom the customer would see; kept when chosen.
    pub(crate) resource: Option<ResourceId>,
}

/// A conversation that the module leads.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct OpenDialog {
    pub(crate) key: String,
    /// What its last step left.
    pub(crate) state: String,
    pub(crate) steps: u32,
    /// What could be answered last: value and title.
    pub(crate) choices: Vec<(String, String)>,
    /// What had been asked when it was opened.
    pub(crate) before: Option<Asked>,
}

impl Memory {
    pub(crate) fn read(stored: &serde_json::Value) -> Self {
        let read: Option<Self> = serde_json::from_value(stored.clone()).ok();
        read.filter(|memory| memory.version == VERSION).unwrap_or_default()
    }

    /// What still counts at `now`.
    pub(crate) fn current(self, now: Timestamp) -> Self {
        let stale = self.at.is_some_and(|at| now.duration_since(at) > FORGET_AFTER);
        let kept = if stale { Self { language: self.language, ..Self::default() } } else { self };
        Self { version: VERSION, at: Some(now), ..kept }
    }

    /// Forgets what was being put together.
    pub(crate) fn clear(&mut self) {
        *self = Self { version: VERSION, at: self.at, language: self.language, ..Self::default() };
    }

    pub(crate) fn forget_time(&mut self) {
        (self.days, self.hour) = (None, None);
        self.offered.clear();
    }
}
