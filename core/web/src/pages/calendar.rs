//! The calendar: its page, and the feed the widget draws, in wall-clock times of the location.

use app::view::{BookingView, CalendarView, ElsewhereView};
use axum::response::Response;
use domain::{BookingId, CustomerId, ResourceId, booking::BookingState};
use jiff::{SignedDuration, Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use serde::Serialize;
use templates::pages::{Page, Words, words};

use crate::{
    answer::{Refused, json_response},
    call::{Call, invalid},
    desk::Frame,
};

/// The page around the widget.
#[derive(Debug, Serialize)]
pub(crate) struct CalendarPage {
    pub(crate) frame: Frame,
    pub(crate) has_resources: bool,
    /// Opened at once, when the link named one.
    pub(crate) open_booking: String,
    /// New bookings are for this customer, when the link named one.
    pub(crate) customer: String,
    /// A new booking is begun at this wall time and lane, when the link named them.
    pub(crate) at: String,
    pub(crate) lane: String,
}

impl Page for CalendarPage {
    const TEMPLATE: &'static str = "calendar.html";
}

/// What the widget draws. All times are wall-clock times without zone: the widget must not shift them.
#[derive(Debug, Serialize)]
pub(crate) struct Feed {
    now: String,
    grid_minutes: u32,
    /// Hours that the day must show, `08:00`.
    from: String,
    to: String,
    resources: Vec<Lane>,
    events: Vec<Entry>,
    notes: Vec<Note>,
}

#[derive(Debug, Serialize)]
struct Note {
    date: Date,
    name: String,
    closed: bool,
}

#[derive(Debug, Serialize)]
struct Lane {
    id: ResourceId,
    title: String,
}

#[derive(Debug, Serialize)]
struct Entry {
    id: String,
    /// `booking`, `block`, `elsewhere`, `closed` (that lane) or `shut` (every lane).
    kind: &'static str,
    lanes: Vec<ResourceId>,
    start: String,
    end: String,
    title: String,
    detail: String,
    state: &'static str,
    version: i64,
    movable: bool,
}

/// `GET /t/{slug}/calendar`
pub(crate) async fn show(call: Call) -> Result<Response, Refused> {
    let (clerk, query) = (call.clerk()?, call.query());
    let mut frame = call.desk.frame(call.session()?, "calendar", words(clerk.language).calendar);
    frame.nav = call.desk.app.nav(&clerk).await?;
    let has_resources = !call.desk.app.catalog(&clerk).await?.resources.is_empty();
    let opened = query.parsed::<BookingId>("booking")?.map(|id| id.to_string()).unwrap_or_default();
    let customer = query.parsed::<CustomerId>("customer")?.map(|id| id.to_string()).unwrap_or_default();
    let at = query.parsed::<jiff::civil::DateTime>("at")?;
    let at = at.map(|at| at.strftime("%Y-%m-%dT%H:%M").to_string()).unwrap_or_default();
    let lane = query.parsed::<ResourceId>("lane")?.map(|id| id.to_string()).unwrap_or_default();
    call.desk.html(&CalendarPage { frame, has_resources, open_booking: opened, customer, at, lane })
}

/// `GET /t/{slug}/calendar/feed?first=2026-03-02&days=7`
pub(crate) async fn feed(call: Call) -> Result<Response, Refused> {
    let query = call.query();
    let first: Date = query.required("first")?;
    let days: u32 = query.parsed("days")?.unwrap_or(1);
    if !(1..=42).contains(&days) {
        return Err(invalid("days", "must be 1 to 42"));
    }
    let view = call.desk.app.calendar(&call.clerk()?, first, days).await?;
    Ok(json_response(&drawn(&view, &call.zone()?, words(call.language()))))
}

/// `2026-03-05T17:00:00` on the wall of `zone`.
fn wall(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

fn drawn(view: &CalendarView, zone: &TimeZone, t: &Words) -> Feed {
    let (from, to) = shown_hours(view, zone);
    let blocks = view.blocks.iter().map(|block| Entry {
        id: block.id.to_string(),
        kind: "block",
        lanes: vec![block.resource],
        start: wall(block.from, zone),
        end: wall(block.to, zone),
        title: block.reason.clone(),
        detail: String::new(),
        state: "blocked",
        version: 0,
        movable: false,
    });
    let mut events: Vec<Entry> = view.bookings.iter().map(|booking| entry(booking, zone)).collect();
    events.extend(blocks);
    events.extend(elsewhere(view, zone, (from, to), t));
    events.extend(closed(view, zone, "closed"));
    events.extend(shut(view, zone));
    Feed {
        now: wall(view.now, zone),
        grid_minutes: view.grid_minutes,
        from: format!("{from:02}:00"),
        to: format!("{to:02}:00"),
        resources: view.resources.iter().map(|lane| Lane { id: lane.id, title: lane.name.clone() }).collect(),
        events,
        notes: view
            .notes
            .iter()
            .map(|note| Note { date: note.date, name: note.name.clone(), closed: note.closed })
            .collect(),
    }
}

/// What calendars kept elsewhere take, without what it is about.
fn elsewhere(view: &CalendarView, zone: &TimeZone, hours: (i8, i8), t: &Words) -> Vec<Entry> {
    let entry = |away: &ElsewhereView, from: Timestamp, to: Timestamp| Entry {
        title: if away.unread { t.calendar_unread } else { t.busy_elsewhere }.to_owned(),
        state: "blocked",
        ..gap(away.resource, from, to, zone, "elsewhere")
    };
    // Day by day within the hours that are shown, so that what it is can be read at its top.
    let shown = (0..i64::from(view.days)).filter_map(|offset| day_bounds(view.first, offset, zone)).filter_map(|day| {
        let hour = |hour: i8| day.0.checked_add(SignedDuration::from_hours(i64::from(hour))).ok();
        Some((hour(hours.0)?, hour(hours.1)?.min(day.1)))
    });
    let within = |away: &ElsewhereView, (from, to): (Timestamp, Timestamp)| {
        let (from, to) = (away.from.max(from), away.to.min(to));
        (from < to).then(|| entry(away, from, to))
    };
    let shown: Vec<(Timestamp, Timestamp)> = shown.collect();
    view.elsewhere.iter().flat_map(|away| shown.iter().filter_map(move |day| within(away, *day))).collect()
}

fn entry(booking: &BookingView, zone: &TimeZone) -> Entry {
    let names: Vec<&str> = booking.items.iter().map(|item| item.name.as_str()).collect();
    let title = if booking.customer_name.is_empty() { &booking.customer_phone } else { &booking.customer_name };
    Entry {
        id: booking.id.to_string(),
        kind: "booking",
        lanes: booking.resources.iter().map(|resource| resource.id).collect(),
        start: wall(booking.from, zone),
        end: wall(booking.to, zone),
        title: title.clone(),
        detail: names.join(", "),
        state: booking.state.as_str(),
        version: booking.version,
        movable: matches!(booking.state, BookingState::Held | BookingState::PendingApproval | BookingState::Confirmed),
    }
}

/// The hours that hold all work and all bookings, 8 to 20 when there are none.
fn shown_hours(view: &CalendarView, zone: &TimeZone) -> (i8, i8) {
    let opened = view.open.iter().map(|open| (open.from, open.to));
    let taken = view.bookings.iter().map(|booking| (booking.from, booking.to));
    let (mut first, mut last) = (24_i8, 0_i8);
    for (from, to) in opened.chain(taken) {
        let (from, to) = (from.to_zoned(zone.clone()), to.to_zoned(zone.clone()));
        first = first.min(from.hour());
        let end = if to.date() != from.date() { 24 } else { to.hour() + i8::from(to.minute() > 0) };
        last = last.max(end);
    }
    if first < last { (first, last) } else { (8, 20) }
}

/// The stretches of each day in which a lane does not work: what `open` leaves over.
fn closed(view: &CalendarView, zone: &TimeZone, kind: &'static str) -> Vec<Entry> {
    let mut entries = Vec::new();
    for offset in 0..i64::from(view.days) {
        let Some((from, to)) = day_bounds(view.first, offset, zone) else { continue };
        for lane in &view.resources {
            let mut open: Vec<(Timestamp, Timestamp)> = view
                .open
                .iter()
                .filter(|open| open.resource == lane.id && open.from < to && from < open.to)
                .map(|open| (open.from.max(from), open.to.min(to)))
                .collect();
            open.sort();
            let mut reached = from;
            for (opens, closes) in open.into_iter().chain([(to, to)]) {
                if reached < opens {
                    entries.push(gap(lane.id, reached, opens, zone, kind));
                }
                reached = reached.max(closes);
            }
        }
    }
    entries
}

/// When nobody works, for views without lanes: as if one lane did all the work there is.
fn shut(view: &CalendarView, zone: &TimeZone) -> Vec<Entry> {
    let Some(first) = view.resources.first() else { return Vec::new() };
    let mut merged = view.clone();
    merged.resources.truncate(1);
    merged.open.iter_mut().for_each(|open| open.resource = first.id);
    closed(&merged, zone, "shut")
}

fn day_bounds(first: Date, offset: i64, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
    let date = first.checked_add(offset.days()).ok()?;
    let from = date.to_zoned(zone.clone()).ok()?;
    let to = date.tomorrow().ok()?.to_zoned(zone.clone()).ok()?;
    Some((from.timestamp(), to.timestamp()))
}

fn gap(lane: ResourceId, from: Timestamp, to: Timestamp, zone: &TimeZone, kind: &'static str) -> Entry {
    Entry {
        id: format!("{kind}-{lane}-{from}"),
        kind,
        lanes: vec![lane],
        start: wall(from, zone),
        end: wall(to, zone),
        title: String::new(),
        detail: String::new(),
        state: "closed",
        version: 0,
        movable: false,
    }
}

#[cfg(test)]
mod tests {
    use app::view::{OpenView, ResourceView};
    use domain::ids::Id as _;

    use super::*;

    #[test]
    fn what_work_leaves_over_is_drawn_closed_in_wall_time() {
        let zone = TimeZone::get("America/Mexico_City").unwrap();
        let resource = ResourceId::from_uuid("018f0000-0000-7000-8000-000000000001".parse().unwrap());
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let open = |from, to| OpenView { resource, from: at(from), to: at(to) };
        let view = CalendarView {
            zone: "America/Mexico_City".to_owned(),
            first: "2026-03-05".parse().unwrap(),
            days: 1,
            now: at("2026-03-05T18:00:00Z"),
            grid_minutes: 15,
            resources: vec![ResourceView {
                id: resource,
                name: "A".to_owned(),
                kind: "person".to_owned(),
                hours: domain::catalog::WeeklyHours::default(),
            }],
            bookings: Vec::new(),
            blocks: Vec::new(),
            elsewhere: Vec::new(),
            open: vec![
                open("2026-03-05T16:00:00Z", "2026-03-05T20:00:00Z"),
                open("2026-03-05T21:00:00Z", "2026-03-06T01:30:00Z"),
            ],
            notes: Vec::new(),
        };
        let feed = drawn(&view, &zone, words(domain::Language::English));
        let closed = |event: &&Entry| event.kind == "closed";
        let spans: Vec<_> =
            feed.events.iter().filter(closed).map(|event| format!("{} {}", event.start, event.end)).collect();
        assert_eq!(
            spans,
            [
                "2026-03-05T00:00:00 2026-03-05T10:00:00",
                "2026-03-05T14:00:00 2026-03-05T15:00:00",
                "2026-03-05T19:30:00 2026-03-06T00:00:00"
            ]
        );
        assert_eq!(
            (feed.from.as_str(), feed.to.as_str(), feed.now.as_str()),
            ("10:00", "20:00", "2026-03-05T12:00:00")
        );
    }
}
