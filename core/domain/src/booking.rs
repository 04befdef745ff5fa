//! A booking and its life: which states there are and which way leads between them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    BookingId, ConversationId, CustomerId, LocationId, MemberId, Money, ResourceId, SeriesId, ServiceId, Span,
};

/// What one customer has taken: one visit of one or more services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    pub id: BookingId,
    pub location: LocationId,
    pub customer: CustomerId,
    pub conversation: Option<ConversationId>,
    pub series: Option<SeriesId>,
    pub state: BookingState,
    /// What the customer is told: without buffers.
    pub span: Span,
    /// The wall time and zone that were meant, `2026-03-02T17:00:00[America/Mexico_City]`: what survives a change of tzdata.
    pub wall: String,
    pub items: Vec<BookingItem>,
    pub quote: Quote,
    pub party: u32,
    pub note: String,
    pub source: BookingSource,
    /// When a held booking lets go of its slot.
    pub hold_until: Option<Timestamp>,
    /// Grows with every change; writers name the one they read.
    pub version: i64,
    pub created_at: Timestamp,
}

/// One service of the visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookingItem {
    pub service: ServiceId,
    /// As it was called when booked.
    pub name: String,
    pub span: Span,
    pub claims: Vec<Claim>,
}

/// A resource kept for an item, buffers included. This is what the database keeps from overlapping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    pub resource: ResourceId,
    /// Its name when booked.
    pub name: String,
    pub role: String,
    /// One span, or several around gaps in which the resource is free.
    pub blocked: Vec<Span>,
    /// How much of its capacity.
    pub units: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum BookingSource {
    Chat,
    Member {
        member: MemberId,
    },
    Api,
    /// A freed slot kept for somebody on the waitlist.
    Waitlist,
    Import,
    Demo,
}

/// Who changed a booking, for its history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum Actor {
    Customer,
    Member {
        member: MemberId,
    },
    /// Time passed: a hold or an offer ran out.
    System,
}

impl From<&BookingSource> for Actor {
    fn from(source: &BookingSource) -> Self {
        match source {
            BookingSource::Chat => Self::Customer,
            BookingSource::Member { member } => Self::Member { member: *member },
            BookingSource::Api | BookingSource::Waitlist | BookingSource::Import | BookingSource::Demo => Self::System,
        }
    }
}

/// One line of a booking's history: what it was after a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub version: i64,
    pub at: Timestamp,
    /// `place`, `move`, `expire`, or the word of a [`BookingAction`].
    pub action: String,
    pub by: Actor,
    pub state: BookingState,
    pub start: Timestamp,
}

/// The price as lines, kept with the booking as it was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    pub lines: Vec<PriceLine>,
    pub total: Money,
    /// The part of it that is to be paid ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deposit: Option<Money>,
}

impl Quote {
    /// What is owed once cancelled late: the visit taken back, the fee in its place. Nothing when it cannot be added up.
    pub fn cancelled_for(&self, fee: Money, cancelled_label: &str, fee_label: &str) -> Option<Self> {
        let line = |key: &str, label: &str, amount| PriceLine { key: key.to_owned(), label: label.to_owned(), amount };
        let back = Money::new(self.total.minor.checked_neg()?, self.total.currency);
        let added = [line("cancelled", cancelled_label, back), line("late_fee", fee_label, fee)];
        Some(Self { lines: self.lines.iter().cloned().chain(added).collect(), total: fee, deposit: None })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceLine {
    /// Stable key: `base`, `peak`, or a word of the module's.
    pub key: String,
    pub label: String,
    pub amount: Money,
}

/// What the customer answered for the visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitAnswer {
    /// As the module calls it.
    pub key: String,
    /// As it was asked.
    pub question: String,
    pub answer: String,
    /// Never put into messages.
    pub sensitive: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BookingState {
    /// Kept while the customer decides; lets go at `hold_until`.
    Held,
    PendingApproval,
    Confirmed,
    Arrived,
    Completed,
    NoShow,
    Cancelled,
}

/// What can happen to a booking. Moving it keeps the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BookingAction {
    /// The customer said yes and no approval is needed.
    Confirm,
    /// The customer said yes and a member must too.
    RequestApproval,
    Approve,
    Move,
    Arrive,
    Complete,
    MarkNoShow,
    Cancel,
    /// Takes back the last mark of arrival, completion or no-show.
    Undo,
}

/// The action does not apply in this state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a booking that is {from:?} cannot {action:?}")]
pub struct IllegalAction {
    pub from: BookingState,
    pub action: BookingAction,
}

impl BookingAction {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::RequestApproval => "request_approval",
            Self::Approve => "approve",
            Self::Move => "move",
            Self::Arrive => "arrive",
            Self::Complete => "complete",
            Self::MarkNoShow => "mark_no_show",
            Self::Cancel => "cancel",
            Self::Undo => "undo",
        }
    }
}

impl BookingState {
    pub const ALL: [Self; 7] = [
        Self::Held,
        Self::PendingApproval,
        Self::Confirmed,
        Self::Arrived,
        Self::Completed,
        Self::NoShow,
        Self::Cancelled,
    ];

    /// Keeps its slot from others. The exclusion constraint and the overlap trigger use the same list.
    pub fn blocks(self) -> bool {
        matches!(self, Self::Held | Self::PendingApproval | Self::Confirmed | Self::Arrived)
    }

    /// The only way from state to state, on every path.
    pub fn after(self, action: BookingAction) -> Result<Self, IllegalAction> {
        use BookingAction as A;
        use BookingState as S;
        match (self, action) {
            (S::Held, A::Confirm) | (S::PendingApproval, A::Approve) => Ok(S::Confirmed),
            (S::Held, A::RequestApproval) => Ok(S::PendingApproval),
            (S::Held | S::PendingApproval | S::Confirmed, A::Move) => Ok(self),
            (S::Held | S::PendingApproval | S::Confirmed, A::Cancel) => Ok(S::Cancelled),
            (S::Confirmed, A::Arrive) => Ok(S::Arrived),
            (S::Confirmed | S::Arrived, A::Complete) => Ok(S::Completed),
            (S::Confirmed, A::MarkNoShow) => Ok(S::NoShow),
            (S::Arrived | S::Completed | S::NoShow, A::Undo) => Ok(S::Confirmed),
            _ => Err(IllegalAction { from: self, action }),
        }
    }

    /// A visit that may still happen, so that letting go of it gives its time to others.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Held | Self::PendingApproval | Self::Confirmed)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::PendingApproval => "pending_approval",
            Self::Confirmed => "confirmed",
            Self::Arrived => "arrived",
            Self::Completed => "completed",
            Self::NoShow => "no_show",
            Self::Cancelled => "cancelled",
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
    fn a_cancelled_booking_stays_cancelled() {
        use BookingAction as A;
        for action in [
            A::Confirm,
            A::RequestApproval,
            A::Approve,
            A::Move,
            A::Arrive,
            A::Complete,
            A::MarkNoShow,
            A::Cancel,
            A::Undo,
        ] {
            assert!(BookingState::Cancelled.after(action).is_err(), "{action:?}");
        }
    }

    #[test]
    fn a_late_cancellation_leaves_the_fee_and_says_how_it_came_about() {
        let money = |minor| Money::new(minor, crate::Currency::MXN);
        let base = PriceLine { key: "base".into(), label: "Visit".into(), amount: money(35_000) };
        let quote = Quote { lines: vec![base], total: money(35_000), deposit: None };
        let owed = quote.cancelled_for(money(17_500), "Cancelled", "Late cancellation").unwrap();
        assert_eq!(owed.total, money(17_500));
        assert_eq!(owed.lines.iter().map(|line| line.amount.minor).sum::<i64>(), 17_500);
    }

    #[test]
    fn states_read_back_what_they_print() {
        for state in BookingState::ALL {
            assert_eq!(BookingState::parse(state.as_str()), Some(state));
        }
    }

    #[test]
    fn no_action_takes_a_free_slot_without_a_new_hold() {
        use BookingAction as A;
        for state in BookingState::ALL.into_iter().filter(|state| !state.blocks()) {
            for action in
                [A::Confirm, A::RequestApproval, A::Approve, A::Move, A::Arrive, A::Complete, A::MarkNoShow, A::Cancel]
            {
                assert!(state.after(action).is_err(), "{state:?} {action:?}");
            }
        }
    }
}
