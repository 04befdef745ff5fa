//! Bookings, and what is asked about free time.

use domain::{
    BlockId, BookingId, ConversationId, CustomerId, Money, ResourceId, SeriesId, ServiceId,
    booking::{BookingSource, BookingState, Change, PriceLine, VisitAnswer},
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BookingView {
    pub id: BookingId,
    pub customer: CustomerId,
    pub customer_name: String,
    pub customer_phone: String,
    pub conversation: Option<ConversationId>,
    /// The visits it repeats with.
    #[serde(default)]
    pub series: Option<SeriesId>,
    pub state: BookingState,
    pub from: Timestamp,
    pub to: Timestamp,
    pub items: Vec<BookingItemView>,
    /// All resources of all items, without repeats, in item order.
    pub resources: Vec<ResourceName>,
    pub lines: Vec<PriceLine>,
    pub total: Money,
    /// The part of it that is to be paid ahead.
    #[serde(default)]
    pub deposit: Option<Money>,
    pub party: u32,
    pub note: String,
    pub source: BookingSource,
    pub hold_until: Option<Timestamp>,
    pub created_at: Timestamp,
    pub version: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookingItemView {
    pub service: ServiceId,
    pub name: String,
    pub from: Timestamp,
    pub to: Timestamp,
    pub resources: Vec<ResourceName>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceName {
    pub id: ResourceId,
    pub name: String,
    pub role: String,
}

/// Free starts wanted: by service key, on a date range of the location's wall clock (`first..=last`, at most 31 days).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AvailabilityWish {
    pub services: Vec<String>,
    #[serde(default)]
    pub resource: Option<ResourceId>,
    pub first: Date,
    pub last: Date,
    #[serde(default = "one")]
    pub party: u32,
    /// At most that many, 1 to 500.
    #[serde(default = "hundred")]
    pub limit: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpeningView {
    pub from: Timestamp,
    pub to: Timestamp,
    pub resources: Vec<ResourceName>,
}

/// A booking made by a member or a program. Names the customer by id, or by phone and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewBooking {
    #[serde(default)]
    pub customer: Option<CustomerId>,
    #[serde(default)]
    pub phone: Option<String>,
    #[serde(default)]
    pub name: String,
    /// Service keys, in order.
    pub services: Vec<String>,
    pub start: Timestamp,
    #[serde(default)]
    pub resource: Option<ResourceId>,
    #[serde(default = "one")]
    pub party: u32,
    #[serde(default)]
    pub note: String,
}

/// Somebody who is here and begins now. Without a phone it is somebody new.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WalkIn {
    #[serde(default)]
    pub customer: Option<CustomerId>,
    #[serde(default)]
    pub phone: Option<String>,
    #[serde(default)]
    pub name: String,
    pub services: Vec<String>,
    #[serde(default)]
    pub resource: Option<ResourceId>,
    #[serde(default = "one")]
    pub party: u32,
    #[serde(default)]
    pub note: String,
}

/// A booking with all that happened to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BookingFile {
    pub booking: BookingView,
    /// Oldest first.
    pub history: Vec<Change>,
    /// What the customer answered for it, sensitive things too: they stand here and nowhere else.
    #[serde(default)]
    pub answers: Vec<VisitAnswer>,
    /// Why a member must agree, as the module says.
    #[serde(default)]
    pub approval: Option<String>,
}

/// Time of a resource that nobody can book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewBlock {
    pub resource: ResourceId,
    pub from: Timestamp,
    pub to: Timestamp,
    #[serde(default)]
    pub reason: String,
}

/// A block that was made, and the bookings it stands across: they stay until somebody moves them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BlockMade {
    pub id: BlockId,
    pub across: Vec<BookingView>,
}

/// When each service can be had next with each resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MatrixView {
    pub resources: Vec<ResourceName>,
    pub rows: Vec<MatrixRow>,
    /// How many days ahead was looked.
    pub days: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MatrixRow {
    /// Service key.
    pub key: String,
    pub name: String,
    pub minutes: u32,
    /// One per resource, in their order.
    pub cells: Vec<MatrixCell>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatrixCell {
    pub resource: ResourceId,
    /// Whether it can do the service at all.
    pub able: bool,
    /// The next free start; `None`: none in the days looked at.
    pub next: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoveBooking {
    pub start: Timestamp,
    /// Another one than now; `None` keeps it.
    #[serde(default)]
    pub resource: Option<ResourceId>,
    /// The version the member was looking at.
    pub version: i64,
    /// Whether to tell the customer.
    #[serde(default)]
    pub notify: bool,
}

pub(super) fn one() -> u32 {
    1
}

fn hundred() -> u32 {
    100
}
