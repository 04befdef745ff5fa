//! The local days around a window: zone arithmetic once a day, so that none is needed per slot or resource.

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, DateTime, Weekday},
    tz::{AmbiguousOffset, TimeZone},
};

/// Consecutive local days.
pub(crate) struct Days<'z> {
    zone: &'z TimeZone,
    days: Vec<Day>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Day {
    pub(crate) date: Date,
    pub(crate) weekday: Weekday,
    /// The first second of the day, and of the next.
    pub(crate) begins: i64,
    pub(crate) ends: i64,
}

impl Day {
    /// Without a clock change: minutes of the wall clock are minutes of the day.
    fn is_plain(self) -> bool {
        self.ends - self.begins == 86_400
    }
}

/// Hours may run this many days past the date they belong to.
const OVER: i64 = 2;

impl<'z> Days<'z> {
    /// The dates `first..=last`, what may run over into them from before, and what they may run over into.
    pub(crate) fn around(zone: &'z TimeZone, first: Date, last: Date) -> Self {
        let mut date = first.checked_sub(OVER.days()).unwrap_or(first);
        let last = last.checked_add(OVER.days()).unwrap_or(last);
        let mut days = Vec::new();
        let mut begins = opens(zone, date, 0);
        while date <= last {
            let Ok(next) = date.tomorrow() else { break };
            let ends = opens(zone, next, 0);
            if let (Some(begins), Some(ends)) = (begins, ends) {
                days.push(Day { date, weekday: date.weekday(), begins, ends });
            }
            (date, begins) = (next, ends);
        }
        Self { zone, days }
    }

    pub(crate) fn zone(&self) -> &'z TimeZone {
        self.zone
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, Day)> {
        self.days.iter().copied().enumerate()
    }

    /// `from..to` minutes after the midnight that begins the day at `place`, as seconds. Hours that end before they
    /// begin run over midnight; without length there are none.
    pub(crate) fn hours(&self, place: usize, from: u16, to: u16) -> Option<(i64, i64)> {
        let to = if to < from { to.saturating_add(1_440) } else { to };
        Some((self.opens(place, from)?, self.closes(place, to)?))
    }

    /// The first second at which the clock shows the minute, or one after it when it is skipped.
    pub(crate) fn opens(&self, place: usize, minute: u16) -> Option<i64> {
        let (day, minute) = self.on(place, minute)?;
        if day.is_plain() { Some(day.begins + minute * 60) } else { opens(self.zone, day.date, minute) }
    }

    /// The second after the last one at which the clock shows an earlier minute of the day.
    fn closes(&self, place: usize, minute: u16) -> Option<i64> {
        let Some(last) = minute.checked_sub(1) else { return self.opens(place, 0) };
        let (day, last) = self.on(place, last)?;
        if day.is_plain() { Some(day.begins + (last + 1) * 60) } else { closes(self.zone, day.date, last) }
    }

    /// The day on which a minute after the midnight of another falls, and which minute of it that is.
    fn on(&self, place: usize, minute: u16) -> Option<(Day, i64)> {
        let day = self.days.get(place + usize::from(minute / 1_440))?;
        Some((*day, i64::from(minute % 1_440)))
    }

    /// Seconds of every start on the grid within `from..to`, ascending. A wall time that a clock change skips is
    /// not offered; one that it repeats is offered twice, as two instants.
    pub(crate) fn grid(&self, from: i64, to: i64, minutes: u32) -> Vec<i64> {
        let minutes = i64::from(minutes.clamp(1, 1_440));
        let mut starts = Vec::new();
        for day in self.days.iter().filter(|day| from < day.ends && day.begins < to) {
            if day.is_plain() {
                let step = minutes * 60;
                let skipped = (from - day.begins).max(0).div_euclid(step);
                let begins = day.begins + skipped * step;
                let some = (0..).map(|number| begins + number * step).take_while(|start| *start < day.ends.min(to));
                starts.extend(some.filter(|start| from <= *start));
                continue;
            }
            let wall = (0..1_440).step_by(usize::try_from(minutes).unwrap_or(15));
            let mut changed: Vec<i64> = wall.flat_map(|minute| showing(self.zone, day.date, minute)).collect();
            changed.sort_unstable();
            starts.extend(changed.into_iter().filter(|start| from <= *start && *start < to));
        }
        starts
    }
}

pub(crate) fn local_date(zone: &TimeZone, at: Timestamp) -> Date {
    zone.to_datetime(at).date()
}

/// Whether `at` stands on the grid of its own local day.
pub(crate) fn is_on_grid(zone: &TimeZone, at: Timestamp, grid_minutes: u32) -> bool {
    let wall = zone.to_datetime(at).time();
    let minute = u32::from(wall.hour().unsigned_abs()) * 60 + u32::from(wall.minute().unsigned_abs());
    wall.second() == 0 && wall.subsec_nanosecond() == 0 && minute % grid_minutes.clamp(1, 1_440) == 0
}

fn wall(date: Date, minute: i64) -> Option<DateTime> {
    date.at(0, 0, 0, 0).checked_add(minute.minutes()).ok()
}

pub(crate) fn opens(zone: &TimeZone, date: Date, minute: i64) -> Option<i64> {
    let ambiguous = zone.to_ambiguous_timestamp(wall(date, minute)?);
    let at = match ambiguous.offset() {
        AmbiguousOffset::Gap { .. } => zone.following(ambiguous.earlier().ok()?).next()?.timestamp(),
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => ambiguous.earlier().ok()?,
    };
    Some(at.as_second())
}

fn closes(zone: &TimeZone, date: Date, last_minute: i64) -> Option<i64> {
    let ambiguous = zone.to_ambiguous_timestamp(wall(date, last_minute)?);
    let at = match ambiguous.offset() {
        AmbiguousOffset::Gap { .. } => zone.following(ambiguous.earlier().ok()?).next()?.timestamp().as_second(),
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => ambiguous.later().ok()?.as_second() + 60,
    };
    Some(at)
}

/// Every instant at which the clock shows the minute: none in a gap, two in a fold.
fn showing(zone: &TimeZone, date: Date, minute: i64) -> Vec<i64> {
    let Some(wall) = wall(date, minute) else { return Vec::new() };
    let ambiguous = zone.to_ambiguous_timestamp(wall);
    if matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. }) {
        return Vec::new();
    }
    let mut both: Vec<i64> =
        [ambiguous.earlier(), ambiguous.later()].into_iter().flatten().map(Timestamp::as_second).collect();
    both.dedup();
    both
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Closing at one means that at one it is closed, also where the hour from one to two comes twice.
    #[test]
    fn hours_that_end_where_a_repeated_hour_begins_end_before_it_is_shown_at_all() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let date: Date = "2026-11-01".parse().unwrap();
        let days = Days::around(&zone, date, date);
        let place = days.iter().find(|(_, day)| day.date == date).unwrap().0;
        let minutes = |from, to| days.hours(place, from, to).map(|(from, to)| (to - from) / 60);
        assert_eq!(minutes(0, 60), Some(60));
        assert_eq!(minutes(0, 61), Some(121));
        assert_eq!(minutes(0, 120), Some(180));
        assert_eq!(minutes(60, 120), Some(120));
    }

    #[test]
    fn hours_over_midnight_may_be_written_either_way() {
        let zone = TimeZone::get("America/Mexico_City").unwrap();
        let date: Date = "2026-03-03".parse().unwrap();
        let days = Days::around(&zone, date, date);
        assert_eq!(days.hours(2, 1_080, 120), days.hours(2, 1_080, 1_560));
        assert_eq!(days.hours(2, 1_080, 120).map(|(from, to)| to - from), Some(8 * 3_600));
    }
}
