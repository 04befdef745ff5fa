//! When a resource works, for calendars.

use domain::{
    ResourceId, Span,
    catalog::{HoursException, WeeklyHours},
};
use jiff::{ToSpan, civil::Date, tz::TimeZone};

use crate::{
    days::{Days, opens},
    hours::open,
    intervals::Intervals,
    place::span,
};

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
    let end = first.checked_add(i64::from(days).days()).unwrap_or(first);
    let around = Days::around(zone, first, end.yesterday().unwrap_or(first));
    let of = |whose| exceptions.iter().filter(|other| other.resource == whose).collect::<Vec<_>>();
    let whole = open(&around, location, &of(None));
    let shown = opens(zone, first, 0).zip(opens(zone, end, 0)).into_iter().collect();
    let working = open(&around, own, &of(Some(resource))).intersection(&whole);
    working.intersection(&Intervals::from_unsorted(shown)).iter().filter_map(|(from, to)| span(from, to)).collect()
}
