//! When a location or a resource is open, in instants: weekly hours in wall time, with exceptions by date.

use domain::catalog::{HoursException, WeeklyHours};
use jiff::civil::Date;

use crate::{
    days::{Day, Days},
    intervals::{Interval, Intervals},
};

/// Open intervals on `days`. Hours that run over midnight belong to the date they begin on: an exception replaces the
/// hours of its own dates, and leaves alone what runs over into them from the day before.
pub(crate) fn open(days: &Days<'_>, weekly: &WeeklyHours, exceptions: &[&HoursException]) -> Intervals {
    let mut raw: Vec<Interval> = Vec::new();
    each(days, weekly, exceptions, |place, _day, from, to| raw.extend(days.hours(place, from, to)));
    Intervals::from_unsorted(raw)
}

/// Where a visit may begin when none begins later than `latest` minutes after the midnight of the day its hours
/// belong to.
pub(crate) fn startable(
    days: &Days<'_>,
    weekly: &WeeklyHours,
    exceptions: &[&HoursException],
    latest: u16,
) -> Intervals {
    let mut raw: Vec<Interval> = Vec::new();
    each(days, weekly, exceptions, |place, _day, from, to| {
        // The latest minute itself is one to begin in.
        let last = days.hours(place, 0, latest.saturating_add(1)).map(|(_, last)| last);
        let hours = days.hours(place, from, to).zip(last);
        raw.extend(hours.map(|((from, to), last)| (from, to.min(last))));
    });
    Intervals::from_unsorted(raw)
}

fn each(
    days: &Days<'_>,
    weekly: &WeeklyHours,
    exceptions: &[&HoursException],
    mut found: impl FnMut(usize, Day, u16, u16),
) {
    for (place, day) in days.iter() {
        match on(exceptions, day.date) {
            Some(exception) => exception.open.iter().for_each(|(from, to)| found(place, day, *from, *to)),
            None => {
                let weekday = day.weekday.to_monday_one_offset().unsigned_abs();
                let today = weekly.0.iter().filter(|span| span.weekday == weekday);
                today.for_each(|span| found(place, day, span.from_minute, span.to_minute));
            }
        }
    }
}

/// The exception that holds on a date: the first that names it.
pub(crate) fn on<'e>(exceptions: &[&'e HoursException], date: Date) -> Option<&'e HoursException> {
    exceptions.iter().find(|exception| exception.first <= date && date <= exception.last).copied()
}
