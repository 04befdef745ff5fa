//! The starts that may be offered: every `grid_minutes` of the location's wall clock.

use domain::Span;
use jiff::{ToSpan, civil::Date, tz::TimeZone};

use crate::hours::{second_of, wall_time};

/// Seconds of every grid start in `window`, ascending. A wall time that a clock change skips is not offered;
/// one that it repeats is offered twice, as two instants.
pub(crate) fn starts(zone: &TimeZone, window: Span, grid_minutes: u32) -> Vec<i64> {
    let grid = u16::try_from(grid_minutes.clamp(1, 1_440)).unwrap_or(15);
    let (from, to) = (window.from().as_second(), window.to().as_second());
    let (mut date, last) = (local_date(zone, window.from()), local_date(zone, window.to()));
    let mut starts = Vec::new();
    while date <= last {
        push_day(zone, date, grid, &mut starts);
        let Ok(next) = date.checked_add(1.day()) else { break };
        date = next;
    }
    starts.retain(|start| from <= *start && *start < to);
    starts.sort_unstable();
    starts.dedup();
    starts
}

pub(crate) fn local_date(zone: &TimeZone, at: jiff::Timestamp) -> Date {
    zone.to_datetime(at).date()
}

fn push_day(zone: &TimeZone, date: Date, grid: u16, starts: &mut Vec<i64>) {
    let minutes = (0..1_440).step_by(usize::from(grid));
    let (Some(midnight), Some(next)) = (second_of(zone, date, 0), second_of(zone, date, 1_440)) else { return };
    if next - midnight == 86_400 {
        starts.extend(minutes.map(|minute: u16| midnight + i64::from(minute) * 60));
        return;
    }
    // A day with a clock change: ask for each wall time.
    for minute in minutes {
        let Some(wall) = wall_time(date, minute) else { continue };
        let ambiguous = zone.to_ambiguous_timestamp(wall);
        if matches!(ambiguous.offset(), jiff::tz::AmbiguousOffset::Gap { .. }) {
            continue;
        }
        let both = [ambiguous.earlier(), ambiguous.later()];
        starts.extend(both.into_iter().flatten().map(jiff::Timestamp::as_second));
    }
}

/// Whether `at` stands on the grid of its own local day.
pub(crate) fn is_on_grid(zone: &TimeZone, at: jiff::Timestamp, grid_minutes: u32) -> bool {
    let wall = zone.to_datetime(at).time();
    let minute = u32::from(wall.hour().unsigned_abs()) * 60 + u32::from(wall.minute().unsigned_abs());
    wall.second() == 0 && wall.subsec_nanosecond() == 0 && minute % grid_minutes.max(1) == 0
}
