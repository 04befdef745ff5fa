//! Visits that repeat.

use domain::{BookingId, CustomerId, ResourceId, SeriesId};
use jiff::{
    Timestamp,
    civil::{Date, DateTime},
};
use serde::{Deserialize, Serialize};

use super::{
    ReasonView,
    bookings::{BookingView, OpeningView, one},
};

/// A series to look at or to make. Names the customer as [`super::NewBooking`] does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewSeries {
    #[serde(default)]
    pub customer: Option<CustomerId>,
    #[serde(default)]
    pub phone: Option<String>,
    #[serde(default)]
    pub name: String,
    /// Service keys, in order.
    pub services: Vec<String>,
    /// Wall time of the first visit, at the location.
    pub first: DateTime,
    /// `FREQ=WEEKLY;COUNT=10`: RRULE and EXDATE of RFC 5545, daily, weekly or monthly, with an end.
    pub rule: String,
    #[serde(default)]
    pub resource: Option<ResourceId>,
    #[serde(default = "one")]
    pub party: u32,
    #[serde(default)]
    pub note: String,
    /// What to do about the visits that cannot be had. Any that is not decided keeps all from being written.
    #[serde(default)]
    pub decisions: Vec<Decision>,
}

/// What becomes of the visit of one date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The date the rule names.
    pub date: Date,
    /// Starts then instead; `None`: left out.
    #[serde(default)]
    pub move_to: Option<Timestamp>,
}

/// Every visit a series would have, nothing written yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeriesPlan {
    pub visits: Vec<PlannedVisit>,
    pub free: usize,
    pub conflicts: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedVisit {
    pub date: Date,
    pub start: Timestamp,
    /// `None` when it cannot be had.
    pub opening: Option<OpeningView>,
    pub reasons: Vec<ReasonView>,
    pub alternatives: Vec<OpeningView>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeriesView {
    pub id: SeriesId,
    pub customer: CustomerId,
    pub rule: String,
    pub first: DateTime,
    pub services: Vec<String>,
    pub resource: Option<ResourceId>,
    pub party: u32,
    pub version: i64,
    /// Whatever became of them, in order of time.
    pub visits: Vec<BookingView>,
    /// What was done to the series as a whole, and its rule from then on; oldest first.
    pub history: Vec<SeriesChange>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesChange {
    pub action: String,
    pub rule: String,
}

/// How much of a series a change is meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeriesScope {
    This,
    ThisAndLater,
    All,
}

/// Cancels visits from one of them on. What has happened already stays as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CancelSeries {
    pub booking: BookingId,
    pub scope: SeriesScope,
    pub version: i64,
    /// Whether to tell the customer, once for all visits.
    #[serde(default)]
    pub notify: bool,
}

/// Moves visits: `start` is where the named one goes, the others keep their distance from it on the wall clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoveSeries {
    pub booking: BookingId,
    pub scope: SeriesScope,
    pub version: i64,
    /// Wall time at the location.
    pub start: DateTime,
    /// With another one; `None` keeps it.
    #[serde(default)]
    pub resource: Option<ResourceId>,
    /// For visits that cannot go along, by the date they would go to.
    #[serde(default)]
    pub decisions: Vec<Decision>,
    /// Whether to tell the customer, once for all visits.
    #[serde(default)]
    pub notify: bool,
}
