//! Samples of the calendar and of what is written into it.

use super::*;

fn catalog() -> CatalogView {
    CatalogView {
        services: vec![service()],
        resources: vec![ResourceView {
            id: id(1),
            name: HOSTILE.to_owned(),
            kind: "person".to_owned(),
            hours: WeeklyHours::default(),
        }],
    }
}

fn change() -> domain::booking::Change {
    domain::booking::Change {
        version: 1,
        at: at("2026-03-01T18:00:00Z"),
        action: "place".to_owned(),
        by: domain::booking::Actor::Customer,
        state: BookingState::Confirmed,
        start: at("2026-03-05T23:00:00Z"),
    }
}

#[test]
fn samples_of_the_calendar_are_what_its_contexts_hold() {
    let has_resources = true;
    check(&calendar::CalendarPage {
        frame: frame("calendar"),
        has_resources,
        open_booking: String::new(),
        customer: String::new(),
        at: String::new(),
        lane: String::new(),
    });
    check(&bookings::BookingPart {
        frame: frame("calendar"),
        booking: booking(1, BookingState::Confirmed),
        actions: bookings::offered(BookingState::Confirmed),
        can_move: true,
        resources: catalog().resources,
        history: vec![change()],
        answers: vec![domain::booking::VisitAnswer {
            key: "allergies".to_owned(),
            question: HOSTILE.to_owned(),
            answer: HOSTILE.to_owned(),
            sensitive: true,
        }],
        approval: Some(HOSTILE.to_owned()),
        problem: HOSTILE.to_owned(),
    });
    let opening = booking(1, BookingState::Held);
    check(&bookings::NewBookingPart {
        frame: frame("calendar"),
        catalog: catalog(),
        form: bookings::BookingForm {
            start: "2026-03-05T17:00".to_owned(),
            name: HOSTILE.to_owned(),
            ..bookings::BookingForm::default()
        },
        key: "key".to_owned(),
        problem: HOSTILE.to_owned(),
        alternatives: vec![OpeningView { from: opening.from, to: opening.to, resources: opening.resources }],
    });
}

#[test]
fn samples_of_walk_ins_blocks_and_series_are_what_their_contexts_hold() {
    let hostile = || HOSTILE.to_owned();
    check(&agenda::WalkInPart { frame: frame("calendar"), catalog: catalog(), problem: hostile() });
    check(&agenda::BlockPart {
        frame: frame("calendar"),
        catalog: catalog(),
        start: "2026-03-05T17:00".to_owned(),
        resource: String::new(),
        problem: hostile(),
        made: true,
        across: vec![booking(1, BookingState::Confirmed)],
    });
    let (from, to) = (at("2026-03-05T23:00:00Z"), at("2026-03-06T01:00:00Z"));
    check(&agenda::ShownBlockPart {
        frame: frame("calendar"),
        block: BlockView { id: id(1), resource: id(1), from, to, reason: hostile() },
    });
    let opening = || OpeningView { from, to, resources: booking(1, BookingState::Held).resources };
    let visit = |free: bool| PlannedVisit {
        date: "2026-03-05".parse().unwrap(),
        start: from,
        opening: free.then(opening),
        reasons: vec![ReasonView { code: "taken".to_owned(), text: hostile() }],
        alternatives: vec![opening()],
    };
    check(&series::NewSeriesPart {
        frame: frame("calendar"),
        catalog: catalog(),
        form: series::SeriesForm { name: hostile(), ..series::SeriesForm::default() },
        problem: hostile(),
        plan: Some(SeriesPlan { visits: vec![visit(true), visit(false)], free: 1, conflicts: 1 }),
    });
    check(&series::SeriesPart {
        frame: frame("calendar"),
        series: SeriesView {
            id: id(1),
            customer: id(1),
            rule: "FREQ=WEEKLY;COUNT=2".to_owned(),
            first: "2026-03-05T17:00:00".parse().unwrap(),
            services: vec!["cut".to_owned()],
            resource: None,
            party: 1,
            version: 1,
            visits: vec![booking(1, BookingState::Confirmed), booking(2, BookingState::Cancelled)],
            history: Vec::new(),
        },
    });
}

#[test]
fn samples_of_who_waits_and_who_is_free_are_what_their_contexts_hold() {
    let entry = WaitlistEntryView {
        id: id(1),
        customer: id(1),
        customer_name: HOSTILE.to_owned(),
        customer_phone: "+525511223344".to_owned(),
        conversation: Some(id(1)),
        services: vec!["Cut".to_owned()],
        wishes: vec![domain::waitlist::Wish {
            first: "2026-03-05".parse().unwrap(),
            last: "2026-03-07".parse().unwrap(),
            resources: Vec::new(),
            days: Vec::new(),
            between: None,
        }],
        party: 2,
        priority: 0,
        place: 1,
        state: domain::waitlist::EntryState::Offered,
        offered: Some(at("2026-03-05T23:00:00Z")),
        offer_ends: Some(at("2026-03-05T20:00:00Z")),
        created_at: at("2026-03-01T18:00:00Z"),
    };
    check(&waitlist::WaitlistPage {
        frame: frame("waitlist"),
        approvals: vec![booking(1, BookingState::PendingApproval)],
        waitlist: WaitlistView { entries: vec![entry] },
    });
    let cell = |able: bool, next: Option<&str>| MatrixCell { resource: id(1), able, next: next.map(at) };
    let cells = vec![cell(true, Some("2026-03-05T23:00:00Z")), cell(true, None), cell(false, None)];
    let resources =
        ["Ana", HOSTILE, "Luis"].map(|name| ResourceName { id: id(1), name: name.to_owned(), role: String::new() });
    check(&waitlist::MatrixPage {
        frame: frame("matrix"),
        matrix: MatrixView {
            resources: resources.into(),
            rows: vec![MatrixRow { key: "cut".to_owned(), name: "Cut".to_owned(), minutes: 45, cells }],
            days: 14,
        },
    });
}
