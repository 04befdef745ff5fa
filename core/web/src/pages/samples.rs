//! A sample of every page, built from the typed contexts and kept as JSON beside the templates, so that
//! a template and its context cannot drift apart. `UPDATE_EXPECT=1` rewrites the files.

mod appointments;
mod conversations;
mod platform;
mod settings;

use app::{
    undelivered::{UndeliveredItem, UndeliveredKind},
    view::*,
};
use domain::{
    Currency, Language, Money,
    booking::{BookingSource, BookingState, PriceLine},
    canary::{CanaryState, Figures, Side, Standing},
    catalog::WeeklyHours,
    conversation::{Answering, ConversationStatus},
    delivery::Ticks,
    ids::Id,
    message::{Author, Body, Choice, MediaKind, MediaRef},
    outside_calendar::{Standing as Believed, Unread},
    simulator::Handset,
};
use jiff::Timestamp;
use serde_json::Value;
use templates::pages::{Page, words};

use super::{
    admin, agenda, bookings, calendar, inbox, login, module_switch, modules, outside_calendars, overview, policies,
    prices, quarantine, series, simulator, texts, undelivered, usage, waitlist,
};
use crate::{answer::ErrorPage, desk::Frame};

const HOSTILE: &str = "<img src=x onerror=\"alert(1)\">{{ 7*7 }}";

fn id<I: Id>(number: u32) -> I {
    I::from_uuid(format!("018f0000-0000-7000-8000-0000{number:08x}").parse().unwrap())
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn frame(active: &'static str) -> Frame {
    Frame {
        t: words(Language::English),
        title: "Sample".to_owned(),
        css: "/assets/style.css".to_owned(),
        js: "/assets/app.js".to_owned(),
        icon: "/assets/icon.svg".to_owned(),
        csrf: "token".to_owned(),
        slug: "sample".to_owned(),
        business: HOSTILE.to_owned(),
        member: "Sofía Arriaga".to_owned(),
        nav: NavCounts { unread: 2, waiting: 1 },
        active,
        settings: true,
        zone: "America/Mexico_City".to_owned(),
        now: at("2026-03-05T18:00:00Z"),
    }
}

fn service() -> ServiceView {
    ServiceView {
        id: id(1),
        key: "cut".to_owned(),
        name: HOSTILE.to_owned(),
        minutes: 45,
        price: Money::new(35_000, Currency::MXN),
    }
}

fn booking(number: u32, state: BookingState) -> BookingView {
    let resources = vec![ResourceName { id: id(1), name: "Ana".to_owned(), role: "with".to_owned() }];
    let (from, to) = (at("2026-03-05T23:00:00Z"), at("2026-03-05T23:45:00Z"));
    let total = Money::new(35_000, Currency::MXN);
    BookingView {
        id: id(number),
        customer: id(1),
        customer_name: HOSTILE.to_owned(),
        customer_phone: "+525511223344".to_owned(),
        conversation: Some(id(1)),
        series: Some(id(1)),
        state,
        from,
        to,
        items: vec![BookingItemView { service: id(1), name: "Cut".to_owned(), from, to, resources: resources.clone() }],
        resources,
        lines: vec![PriceLine { key: "base".to_owned(), label: "Cut".to_owned(), amount: total }],
        total,
        party: 2,
        note: HOSTILE.to_owned(),
        source: BookingSource::Chat,
        hold_until: None,
        deposit: None,
        created_at: from,
        version: 1,
    }
}

fn row(number: u32, answering: Answering) -> InboxRow {
    InboxRow {
        id: id(number),
        customer: if number == 1 { HOSTILE.to_owned() } else { String::new() },
        last_line: HOSTILE.to_owned(),
        last_author: "assistant".to_owned(),
        last_at: Some(at("2026-03-05T17:00:00Z")),
        unread: 2,
        answering,
        answering_name: "Sofía".to_owned(),
        status: ConversationStatus::Open,
    }
}

/// One message of each kind, by each author.
fn decisions(base: &str) -> undelivered::DecisionList {
    use UndeliveredKind::{Event, Failed, Job, Parked, Quarantined};
    let item = |kind| UndeliveredItem {
        id: "out_1".to_owned(),
        kind,
        reason: HOSTILE.to_owned(),
        conversation: Some(id(1)),
        text: HOSTILE.to_owned(),
        at: Some(at("2026-03-05T17:00:00Z")),
        provider: Some(domain::channel::Provider::Meta),
        tenant: Some("sample".to_owned()),
    };
    let items = [Parked, Failed, Event, Quarantined, Job].map(item).to_vec();
    undelivered::DecisionList {
        items,
        base: base.to_owned(),
        again: Some(3),
        left: Some(1),
        problem: HOSTILE.to_owned(),
    }
}

/// The page as its template sees it; the texts are left out, they are the catalogue's.
fn check<P: Page>(page: &P) {
    let mut sample = serde_json::to_value(page).unwrap();
    if let Some(frame) = sample.get_mut("frame").and_then(Value::as_object_mut) {
        frame.remove("t");
    }
    let text = format!("{}\n", serde_json::to_string_pretty(&sample).unwrap());
    let name = P::TEMPLATE.replace(".html", ".json");
    let path = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../templates/pages/samples").join(name);
    expect_test::expect_file![path].assert_eq(&text);
}

fn line() -> SimulatorLine {
    SimulatorLine {
        slug: "sample".to_owned(),
        business: HOSTILE.to_owned(),
        display_number: "+52 55 5000 1000".to_owned(),
        language: Language::Spanish,
    }
}

#[test]
fn samples_of_the_other_pages_are_what_their_contexts_hold() {
    let frame_of = frame;
    check(&login::LoginPage { frame: frame_of(""), email: "sofia@luz.example".to_owned(), problem: "no" });
    check(&ErrorPage {
        frame: frame_of(""),
        status: 404,
        heading: "This page does not exist",
        next: "It may have been moved.",
        detail: HOSTILE.to_owned(),
        reference: "req_1".to_owned(),
    });
    let keys = ["number", "hours", "services", "people", "first_booking"];
    let checklist = keys.into_iter().map(|key| ChecklistStep { key: key.to_owned(), done: key == "hours" }).collect();
    let overview = OverviewView {
        today: BookingState::ALL.into_iter().map(|state| booking(1, state)).collect(),
        waiting: vec![row(1, Answering::Waiting)],
        checklist,
        undelivered: Some(2),
        unread_calendars: vec![outside_calendar(Believed::Late), outside_calendar(Believed::Closed)],
    };
    check(&overview::OverviewPage { frame: frame_of("home"), overview });
    check(&undelivered::UndeliveredPage { frame: frame_of("undelivered"), list: decisions("/t/sample/undelivered") });
    check(&quarantine::QuarantinePage { frame: frame_of("quarantine"), list: decisions("/admin/quarantine") });
    check(&simulator::SimulatorsPage { frame: frame_of(""), lines: vec![line()] });
    let handset = Handset { phone: domain::Phone::parse("+525511223344").unwrap(), name: HOSTILE.to_owned() };
    let clock = ClockView { now: at("2026-03-05T18:00:00Z"), ahead_seconds: 0, movable: true };
    let zone = "America/Mexico_City".to_owned();
    let shown = SimulatorView { line: line(), zone, channel: id(1), handsets: vec![handset], clock };
    check(&simulator::SimulatorPage { frame: frame_of(""), simulator: shown });
}

fn outside_calendar(standing: Believed) -> OutsideCalendarView {
    OutsideCalendarView {
        id: id(1),
        resource: ResourceName { id: id(1), name: HOSTILE.to_owned(), role: "person".to_owned() },
        name: HOSTILE.to_owned(),
        host: "calendar.example.com".to_owned(),
        standing,
        unread: (standing != Believed::Read).then_some(Unread::Revoked),
        read_at: (standing != Believed::Closed).then(|| at("2026-03-05T17:00:00Z")),
        skipped: 2,
    }
}
