//! A business, its outlets, and the rules the owner sets once for all bookings.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::{Currency, Language, LocationId, ResourceId, TenantId, tariff::Tariff};

/// A business. Its `slug` stands in URLs and never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    pub id: TenantId,
    pub slug: String,
    pub name: String,
    pub language: Language,
    pub currency: Currency,
    pub status: TenantStatus,
    pub policy: BookingPolicy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TenantStatus {
    Active,
    Suspended,
}

/// What the owner decides about booking as such.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BookingPolicy {
    /// No booking closer than this.
    pub notice_minutes: u32,
    /// No booking farther than this.
    pub horizon_days: u32,
    /// Starts are offered on this grid of the location's wall clock.
    pub grid_minutes: u32,
    /// A slot stays held for the customer who is deciding.
    pub hold_minutes: u32,
    /// The customer may cancel or move until this long before the start.
    pub cancel_cutoff_minutes: u32,
    /// Bookings and holds one customer may have open at once.
    pub open_per_customer: u32,
    /// New bookings wait for a member's yes.
    pub needs_approval: bool,
    /// No visit starts later than this many minutes after the midnight that began the day's hours; past 1440 in hours
    /// that run over midnight.
    pub latest_start_minute: Option<u16>,
    /// Closed on the public holidays of the location's country, where no other hours are set for the date.
    pub closed_on_holidays: bool,
    /// How much one customer, or one resource, may take.
    pub limits: Vec<Limit>,
    pub tariff: Tariff,
}

/// At most so much in each day or week of the location's wall clock. What is `None` is not limited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    pub of: LimitOf,
    pub per: Period,
    #[serde(default)]
    pub bookings: Option<u32>,
    /// A customer's visible minutes; of a resource, those it is kept for, buffers included.
    #[serde(default)]
    pub minutes: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitOf {
    /// Each customer.
    Customer,
    /// Each resource of a kind.
    Kind(String),
    /// One resource.
    Resource(ResourceId),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    Day,
    /// Monday to Sunday (ISO 8601).
    Week,
}

impl Default for BookingPolicy {
    fn default() -> Self {
        Self {
            notice_minutes: 30,
            horizon_days: 90,
            grid_minutes: 15,
            hold_minutes: 10,
            cancel_cutoff_minutes: 120,
            open_per_customer: 5,
            needs_approval: false,
            latest_start_minute: None,
            closed_on_holidays: false,
            limits: Vec::new(),
            tariff: Tariff::default(),
        }
    }
}

/// One outlet. All its hours and all times said to its customers are in `zone`.
#[derive(Debug, Clone, PartialEq)]
pub struct Location {
    pub id: LocationId,
    pub name: String,
    pub address: String,
    pub zone: TimeZone,
    /// ISO 3166 country, for public holidays; empty when unknown.
    pub country: String,
}
