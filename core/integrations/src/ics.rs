//! From the text of a calendar (RFC 5545) to when somebody is busy.
//!
//! Invariants: an entry counts unless it says that it does not (cancelled, transparent, marked free); what repeats is
//! unfolded as far as the window and no farther; a calendar that cannot be unfolded within bounds is too large, never
//! half known. Zones and repetition are calcard's; only instants leave here.

use std::{collections::BTreeMap, time::Duration};

use calcard::{
    common::{PartialDateTime, timezone::Tz},
    icalendar::{
        ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarParameterName, ICalendarPeriod,
        ICalendarProperty, ICalendarStatus, ICalendarTransparency, ICalendarValue,
        dates::{CalendarExpand, TimeOrDelta},
    },
};
use domain::{
    Span,
    outside_calendar::{Reading, Unread},
};
use jiff::Timestamp;
use tokio::time::Instant;

/// How many repetitions are unfolded, first tries first: most rules reach the window's end within the first.
const UNFOLDED: [usize; 3] = [1_200, 6_000, 30_000];
/// A calendar that takes longer is one nobody keeps by hand.
const TIME: Duration = Duration::from_secs(5);
/// Stretches kept of one calendar.
const MOST: usize = 20_000;

/// When the calendar says somebody is busy within `window`; entries without a zone are in `zone`.
pub(crate) fn busy(text: &str, zone: &str, window: Span) -> Result<Reading, Unread> {
    // One that broke off would be half known.
    let whole = text.trim_end().rsplit('\n').next().is_some_and(|last| last.eq_ignore_ascii_case("END:VCALENDAR"));
    let calendar = ICalendar::parse(text).ok().filter(|_| whole).ok_or(Unread::NotACalendar)?;
    let zone: Tz = zone.parse().unwrap_or(Tz::UTC);
    let began = Instant::now();
    let mut reading = Reading::default();
    let mut stretches = Vec::new();
    for entry in entries(calendar) {
        if began.elapsed() > TIME || stretches.len() > MOST {
            return Err(Unread::TooLarge);
        }
        let unfolded = unfold(&entry, zone, window)?;
        reading.skipped += u32::try_from(unfolded.errors.len()).unwrap_or(u32::MAX);
        for event in unfolded.events {
            let component = usize::try_from(event.comp_id).ok().and_then(|place| entry.components.get(place));
            if component.is_some_and(takes_time) {
                let from = event.start.timestamp();
                let to = match event.end {
                    TimeOrDelta::Time(end) => end.timestamp(),
                    TimeOrDelta::Delta(length) => from.saturating_add(length.num_seconds()),
                };
                stretches.extend(within(from, to, window));
            }
        }
        stretches.extend(entry.components.iter().flat_map(|component| told_busy(component, zone, window)));
    }
    reading.busy = merged(stretches);
    if reading.busy.len() > MOST { Err(Unread::TooLarge) } else { Ok(reading) }
}

/// The calendar taken apart: each entry that repeats, with what changes single ones of its repetitions, on its own, and
/// all others in one.
fn entries(calendar: ICalendar) -> Vec<ICalendar> {
    let (mut zones, mut once, mut repeating) = (Vec::new(), Vec::new(), BTreeMap::<String, Vec<_>>::new());
    for mut component in calendar.components {
        let is = |kind| component.component_type == kind;
        if is(ICalendarComponentType::VTimezone) {
            zones.push(component);
        } else if is(ICalendarComponentType::VEvent) && component.is_recurrent_or_override() {
            // Changed repetitions carry another number than their entry, and belong to it all the same.
            component.entries.retain(|entry| entry.name != ICalendarProperty::Sequence);
            let whose = component.uid().unwrap_or_default().to_owned();
            repeating.entry(whose).or_default().push(component);
        } else if is(ICalendarComponentType::VEvent) || is(ICalendarComponentType::VFreebusy) {
            once.push(component);
        }
    }
    let with_zones = |components: Vec<ICalendarComponent>| ICalendar {
        components: zones.iter().cloned().chain(components).collect(),
    };
    std::iter::once(once).chain(repeating.into_values()).map(with_zones).collect()
}

/// All repetitions up to the window's end.
fn unfold(entry: &ICalendar, zone: Tz, window: Span) -> Result<CalendarExpand, Unread> {
    let repeats = entry.components.iter().any(ICalendarComponent::is_recurrent);
    // What repeats from an instant in UTC repeats in UTC, which calcard would unfold on the default zone's wall.
    let in_utc = |component: &ICalendarComponent| {
        component.is_recurrent() && start(component).is_some_and(|start| start.tz_hour == Some(0))
    };
    let zone = if entry.components.iter().any(in_utc) { Tz::UTC } else { zone };
    let mut before = None;
    for limit in UNFOLDED {
        let unfolded = entry.expand_dates(zone, limit);
        let beyond = unfolded.events.iter().any(|event| event.start.timestamp() >= window.to().as_second());
        // Past the window, or no more came with a larger limit: that was all of it.
        if !repeats || beyond || before == Some(unfolded.events.len()) {
            return Ok(unfolded);
        }
        before = Some(unfolded.events.len());
    }
    Err(Unread::TooLarge)
}

fn start(component: &ICalendarComponent) -> Option<&PartialDateTime> {
    component.property(&ICalendarProperty::Dtstart)?.values.first()?.as_partial_date_time()
}

/// Whether an entry keeps anybody from anything.
fn takes_time(component: &ICalendarComponent) -> bool {
    let marked_free = component.entries.iter().any(|entry| {
        matches!(&entry.name, ICalendarProperty::Other(name) if name.eq_ignore_ascii_case("X-MICROSOFT-CDO-BUSYSTATUS"))
            && entry
                .values
                .first()
                .and_then(ICalendarValue::as_text)
                .is_some_and(|text| text.eq_ignore_ascii_case("FREE"))
    });
    // From a time on and until none: a note, of no length by the standard.
    let lasts = |property| component.has_property(property);
    let point = start(component).is_some_and(PartialDateTime::has_time)
        && !lasts(&ICalendarProperty::Dtend)
        && !lasts(&ICalendarProperty::Duration);
    component.component_type == ICalendarComponentType::VEvent
        && !point
        && component.status() != Some(&ICalendarStatus::Cancelled)
        && component.transparency() != Some(&ICalendarTransparency::Transparent)
        && !marked_free
}

/// Calendars that tell no more than that somebody is busy.
fn told_busy(component: &ICalendarComponent, zone: Tz, window: Span) -> Vec<Span> {
    let told = component.properties(&ICalendarProperty::Freebusy).filter(|entry| {
        let mut kinds = entry.parameters(&ICalendarParameterName::Fbtype);
        !kinds.any(|kind| kind.as_text().is_some_and(|kind| kind.eq_ignore_ascii_case("FREE")))
    });
    let periods = told.flat_map(|entry| &entry.values).filter_map(|value| {
        let ICalendarValue::Period(period) = value else { return None };
        match period {
            ICalendarPeriod::Range { start, end } => {
                let (from, to) = (start.to_date_time_with_tz(zone)?, end.to_date_time_with_tz(zone)?);
                within(from.timestamp(), to.timestamp(), window)
            }
            ICalendarPeriod::Duration { start, duration } => {
                let from = start.to_date_time_with_tz(zone)?.timestamp();
                within(from, from.saturating_add(duration.to_time_delta()?.num_seconds()), window)
            }
        }
    });
    periods.collect()
}

fn within(from: i64, to: i64, window: Span) -> Option<Span> {
    let span = Span::new(Timestamp::from_second(from).ok()?, Timestamp::from_second(to).ok()?)?;
    // Whole: cut at the window's edge, what lasts long would be another stretch at each reading.
    span.overlaps(window).then_some(span)
}

/// Ascending, none touching the next.
fn merged(mut stretches: Vec<Span>) -> Vec<Span> {
    stretches.sort_unstable();
    let mut merged: Vec<Span> = Vec::with_capacity(stretches.len());
    for next in stretches {
        match merged.last_mut().filter(|last| last.to() >= next.from()) {
            Some(last) => *last = Span::new(last.from(), last.to().max(next.to())).unwrap_or(*last),
            None => merged.push(next),
        }
    }
    merged
}

#[cfg(test)]
#[path = "ics/tests.rs"]
mod tests;
