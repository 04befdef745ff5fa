//! Bookings, and what is asked about free time.

use domain::{
    BookingId, ConversationId, CustomerId, Money, ResourceId, ServiceId,
    booking::{BookingSource, BookingState, PriceLine},
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
    pub state: BookingState,
    pub from: Timestamp,
    pub to: Timestamp,
    pub items: Vec<BookingItemView>,
    /// All resources of all items, without repeats, in item order.
    pub resources: Vec<ResourceName>,
    pub lines: Vec<PriceLine>,
    pub total: Money,
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
