//! What a module judges: a visit being put together, and what it may learn of bookings and free times.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{CustomerId, Money, ServiceId};

/// A visit being put together: what rules judge and prices are made for.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    pub items: Vec<DraftItem>,
    pub start: Option<Timestamp>,
    pub end: Option<Timestamp>,
    pub party: u32,
    pub customer: Option<DraftCustomer>,
    pub fields: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct DraftItem {
    pub service: ServiceId,
    pub key: String,
    pub name: String,
    pub minutes: u32,
    pub price: Money,
    /// Resources chosen or proposed: name and skills.
    pub resources: Vec<DraftResource>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftResource {
    pub name: String,
    pub kind: String,
    pub role: String,
    pub skills: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftCustomer {
    pub id: CustomerId,
    pub completed_visits: u32,
    pub no_shows: u32,
    pub last_visit: Option<Timestamp>,
    /// Granted fields only: whoever makes the draft leaves the others out.
    pub fields: BTreeMap<String, String>,
}

/// A module's question for free times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotWish {
    /// Service keys, in order.
    pub services: Vec<String>,
    pub window: crate::Span,
    pub party: u32,
    /// The name of a resource, when it must be that one.
    pub particular: Option<String>,
    pub most: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreeSlot {
    pub start: Timestamp,
    pub end: Timestamp,
    pub resources: Vec<String>,
}

/// A booking as a module may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownBooking {
    pub id: String,
    /// `held`, `pending`, `confirmed`, `completed`, `cancelled`, `no-show`.
    pub state: String,
    pub start: Timestamp,
    pub end: Timestamp,
    pub services: Vec<String>,
    pub resources: Vec<String>,
    pub party: u32,
    pub total_minor: i64,
}
