//! When a location or a resource is open, in instants: weekly hours in wall time, with exceptions by date.

use domain::{
    ResourceId,
    catalog::{HoursException, WeeklyHours},
};
use jiff::{
    Timestamp, ToSpan,
    civil::{Date, DateTime},
    tz::{AmbiguousOffset, AmbiguousTimestamp, TimeZone},
};

use crate::intervals::{Interval, Intervals};

/// Open intervals on the dates `first..=last`, and what runs over into them from the day before.
///
/// An exception replaces the weekly hours of its dates. `whose` picks which: the location's own (`None`),
/// or those of one resource.
pub(crate) fn open(
    weekly: &WeeklyHours,
    exceptions: &[HoursException],
    whose: Option<ResourceId>,
    zone: &TimeZone,
    first: Date,
    last: Date,
) -> Intervals {
    let mut raw: Vec<Interval> = Vec::new();
    let mut date = first.checked_sub(1.day()).unwrap_or(first);
    while date <= last {
        match exception_on(exceptions, whose, date) {
            Some(exception) => {
                raw.extend(exception.open.iter().filter_map(|(from, to)| instants(zone, date, *from, *to)))
            }
            None => {
                let today = weekly.0.iter().filter(|span| span.day() == Some(date.weekday()));
                raw.extend(today.filter_map(|span| instants(zone, date, span.from_minute, span.to_minute)));
            }
        }
        let Ok(next) = date.checked_add(1.day()) else { break };
        date = next;
    }
    Intervals::from_unsorted(raw)
}

pub(crate) fn exception_on(
    exceptions: &[HoursException],
    whose: Option<ResourceId>,
    date: Date,
) -> Option<&HoursException> {
    exceptions.iter().find(|exception| exception.resource == whose && exception.first <= date && date <= exception.last)
}

/// Minutes after a date's midnight as instants. Open means that the clock on the wall shows a time within:
/// hours that begin or end in a skipped hour do so when the clock jumps, and a repeated hour counts twice.
fn instants(zone: &TimeZone, date: Date, from: u16, to: u16) -> Option<Interval> {
    Some((edge(zone, date, from, AmbiguousTimestamp::earlier)?, edge(zone, date, to, AmbiguousTimestamp::later)?))
}

fn edge(
    zone: &TimeZone,
    date: Date,
    minute: u16,
    in_fold: fn(AmbiguousTimestamp) -> Result<Timestamp, jiff::Error>,
) -> Option<i64> {
    let ambiguous = zone.to_ambiguous_timestamp(wall_time(date, minute)?);
    let at = match ambiguous.offset() {
        AmbiguousOffset::Gap { .. } => zone.following(ambiguous.earlier().ok()?).next()?.timestamp(),
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => in_fold(ambiguous).ok()?,
    };
    Some(at.as_second())
}

pub(crate) fn second_of(zone: &TimeZone, date: Date, minute: u16) -> Option<i64> {
    edge(zone, date, minute, AmbiguousTimestamp::earlier)
}

pub(crate) fn wall_time(date: Date, minute: u16) -> Option<DateTime> {
    date.at(0, 0, 0, 0).checked_add(i64::from(minute).minutes()).ok()
}
