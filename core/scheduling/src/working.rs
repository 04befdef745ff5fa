//! When a resource works, for calendars.

use domain::{
    ResourceId, Span,
    catalog::{HoursException, WeeklyHours},
};
use jiff::{ToSpan, civil::Date, tz::TimeZone};

use crate::{hours::open, place::span};

/// The stretches in which `resource` works on `days` dates from `first` on: its own hours within the location's, exceptions applied.
pub fn open_spans(
    own: &WeeklyHours,
    location: &WeeklyHours,
    exceptions: &[HoursException],
    resource: ResourceId,
    zone: &TimeZone,
    first: Date,
    days: u32,
) -> Vec<Span> {
    let last = first.checked_add((i64::from(days) - 1).max(0).days()).unwrap_or(first);
    let whole = open(location, exceptions, None, zone, first, last);
    let working = open(own, exceptions, Some(resource), zone, first, last).intersection(&whole);
    working.iter().filter_map(|(from, to)| span(from, to)).collect()
}
