//! Visits that repeat: what was agreed once for all of them. Each visit is a booking of its own that names its series.

use jiff::{Timestamp, civil::DateTime};

use crate::{CustomerId, LocationId, ResourceId, SeriesId};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    pub id: SeriesId,
    pub location: LocationId,
    pub customer: CustomerId,
    /// RRULE and EXDATE, as the scheduler reads and prints them.
    pub rule: String,
    /// Wall time of the first visit, in the location's zone.
    pub first: DateTime,
    /// Service keys, in order.
    pub services: Vec<String>,
    /// With whom, where that was asked for.
    pub resource: Option<ResourceId>,
    pub party: u32,
    pub note: String,
    /// Grows with every change of the series as a whole.
    pub version: i64,
    pub created_at: Timestamp,
}
