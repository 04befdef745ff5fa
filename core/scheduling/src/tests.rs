//! The engine against tables of cases, and against a slow, obvious one.

use domain::{
    BlockId, Currency, LocationId, Money, ResourceId, ServiceId, Span,
    catalog::{Block, Count, HoursException, Need, Phase, Resource, Service, WeeklyHours, WeeklySpan},
    tenant::BookingPolicy,
};
use expect_test::{Expect, expect};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use proptest::prelude::*;
use uuid::Uuid;

use crate::{Busy, Inputs, Reason, Visit, VisitItem, Wish, alternatives, explain, free_starts};

fn resource(number: u128, skills: &[&str]) -> Resource {
    Resource {
        id: ResourceId(Uuid::from_u128(number)),
        location: LocationId(Uuid::nil()),
        kind: "person".into(),
        name: format!("P{number}"),
        skills: skills.iter().map(|skill| (*skill).to_owned()).collect(),
        capacity: 1,
        active: true,
        hours: WeeklyHours::default(),
        weight: 100,
        position: i32::try_from(number).unwrap(),
    }
}

fn service(minutes: &[(u32, bool)], before: u32, after: u32) -> Service {
    Service {
        id: ServiceId(Uuid::from_u128(99)),
        key: "s".into(),
        name: "S".into(),
        synonyms: vec![],
        active: true,
        phases: minutes.iter().map(|(minutes, busy)| Phase { minutes: *minutes, busy: *busy }).collect(),
        buffer_before_minutes: before,
        buffer_after_minutes: after,
        price: Money::new(100, Currency::MXN),
        needs: vec![Need {
            role: "with".into(),
            kind: "person".into(),
            skill: None,
            count: Count::One,
            frees_in_gaps: true,
            choosable: true,
        }],
        position: 0,
    }
}

fn one(service: Service) -> Visit {
    Visit { items: vec![VisitItem { service, wish: Wish::Any }] }
}

/// Every day from nine to eleven and noon to two, on the half hour, in `zone`, seen from long before.
fn inputs(zone: &str) -> Inputs {
    let spans = (1..=7).flat_map(|weekday| {
        [(540, 660), (720, 840)].map(|(from_minute, to_minute)| WeeklySpan { weekday, from_minute, to_minute })
    });
    Inputs {
        location: LocationId(Uuid::nil()),
        zone: TimeZone::get(zone).unwrap(),
        now: "2026-01-01T00:00:00Z".parse().unwrap(),
        policy: BookingPolicy { grid_minutes: 30, horizon_days: 400, notice_minutes: 0, ..BookingPolicy::default() },
        location_hours: WeeklyHours(spans.collect()),
        exceptions: vec![],
        resources: vec![resource(1, &[])],
        blocks: vec![],
        busy: vec![],
    }
}

fn at(inputs: &Inputs, wall: &str) -> Timestamp {
    wall.parse::<jiff::civil::DateTime>().unwrap().to_zoned(inputs.zone.clone()).unwrap().timestamp()
}

fn day(inputs: &Inputs, date: &str) -> Span {
    let from = at(inputs, &format!("{date}T00:00"));
    let next = date.parse::<Date>().unwrap().tomorrow().unwrap();
    Span::new(from, at(inputs, &format!("{next}T00:00"))).unwrap()
}

fn taken(inputs: &mut Inputs, number: u128, from: &str, to: &str) {
    let span = Span::new(at(inputs, from), at(inputs, to)).unwrap();
    inputs.busy.push(Busy { resource: ResourceId(Uuid::from_u128(number)), span, booking: None });
}

fn check(inputs: &Inputs, visit: &Visit, date: &str, expected: Expect) {
    let starts: Vec<String> = free_starts(inputs, visit, day(inputs, date))
        .iter()
        .map(|opening| {
            let who: Vec<&str> = opening.resources().into_iter().map(|(_, name)| name).collect();
            format!("{} {}", inputs.zone.to_datetime(opening.start()).strftime("%H:%M"), who.join("+"))
        })
        .collect();
    expected.assert_eq(&starts.join(", "));
}

#[test]
fn a_visit_never_straddles_a_break_and_may_end_at_closing() {
    check(
        &inputs("America/Mexico_City"),
        &one(service(&[(60, true)], 0, 0)),
        "2026-03-03",
        expect!["09:00 P1, 09:30 P1, 10:00 P1, 12:00 P1, 12:30 P1, 13:00 P1"],
    );
}

#[test]
fn back_to_back_is_allowed_and_buffers_are_kept_from_others() {
    let mut inputs = inputs("America/Mexico_City");
    taken(&mut inputs, 1, "2026-03-03T09:00", "2026-03-03T10:00");
    check(&inputs, &one(service(&[(60, true)], 0, 0)), "2026-03-03", expect!["10:00 P1, 12:00 P1, 12:30 P1, 13:00 P1"]);
    check(&inputs, &one(service(&[(60, true)], 15, 0)), "2026-03-03", expect!["12:00 P1, 12:30 P1, 13:00 P1"]);
}

#[test]
fn a_buffer_does_not_shrink_the_last_slot_of_the_day() {
    check(
        &inputs("America/Mexico_City"),
        &one(service(&[(60, true)], 30, 30)),
        "2026-03-03",
        expect!["09:00 P1, 09:30 P1, 10:00 P1, 12:00 P1, 12:30 P1, 13:00 P1"],
    );
}

#[test]
fn the_person_is_free_for_others_while_something_sets() {
    let mut inputs = inputs("America/Mexico_City");
    taken(&mut inputs, 1, "2026-03-03T09:30", "2026-03-03T10:00");
    let colour = one(service(&[(30, true), (30, false), (30, true)], 0, 0));
    check(&inputs, &colour, "2026-03-03", expect!["09:00 P1, 12:00 P1, 12:30 P1"]);
}

#[test]
fn a_closed_date_closes_and_other_hours_replace() {
    let mut inputs = inputs("America/Mexico_City");
    let date: Date = "2026-03-03".parse().unwrap();
    let mut exception = HoursException {
        id: BlockId(Uuid::nil()),
        location: LocationId(Uuid::nil()),
        resource: None,
        first: date,
        last: date,
        open: vec![],
        reason: "feriado".into(),
    };
    inputs.exceptions = vec![exception.clone()];
    let visit = one(service(&[(60, true)], 0, 0));
    check(&inputs, &visit, "2026-03-03", expect![""]);
    let refused = explain(&inputs, &visit, at(&inputs, "2026-03-03T09:00"));
    assert_eq!(refused, Err(vec![Reason::Closed { because: Some("feriado".into()) }]));
    exception.open = vec![(600, 720)];
    inputs.exceptions = vec![exception];
    check(&inputs, &visit, "2026-03-03", expect!["10:00 P1, 10:30 P1, 11:00 P1"]);
}

#[test]
fn two_services_go_to_one_person_when_possible_and_else_to_two() {
    let mut inputs = inputs("America/Mexico_City");
    inputs.resources = vec![resource(1, &["a"]), resource(2, &["a", "b"]), resource(3, &["b"])];
    let skilled = |skill: &str| {
        let mut part = service(&[(60, true)], 0, 0);
        part.needs[0].skill = Some(skill.to_owned());
        VisitItem { service: part, wish: Wish::Any }
    };
    let visit = Visit { items: vec![skilled("b"), skilled("b")] };
    check(&inputs, &visit, "2026-03-03", expect!["09:00 P2, 12:00 P2"]);
    let visit = Visit { items: vec![skilled("a"), skilled("b")] };
    check(&inputs, &visit, "2026-03-03", expect!["09:00 P1+P2, 12:00 P1+P2"]);
}

#[test]
fn whoever_has_less_to_do_comes_first() {
    let mut inputs = inputs("America/Mexico_City");
    inputs.resources = vec![resource(1, &[]), resource(2, &[])];
    taken(&mut inputs, 1, "2026-03-03T09:00", "2026-03-03T10:00");
    check(
        &inputs,
        &one(service(&[(60, true)], 0, 0)),
        "2026-03-03",
        expect!["09:00 P2, 09:30 P2, 10:00 P2, 12:00 P2, 12:30 P2, 13:00 P2"],
    );
}

#[test]
fn a_room_and_a_person_must_both_be_free_and_a_room_of_two_takes_two() {
    let mut inputs = inputs("America/Mexico_City");
    let room = Resource { kind: "room".into(), capacity: 2, ..resource(9, &[]) };
    inputs.resources = vec![resource(1, &[]), room];
    let mut both = service(&[(60, true)], 0, 0);
    both.needs.push(Need { role: "room".into(), kind: "room".into(), choosable: false, ..both.needs[0].clone() });
    taken(&mut inputs, 9, "2026-03-03T09:00", "2026-03-03T11:00");
    check(
        &inputs,
        &one(both.clone()),
        "2026-03-03",
        expect!["09:00 P1+P9, 09:30 P1+P9, 10:00 P1+P9, 12:00 P1+P9, 12:30 P1+P9, 13:00 P1+P9"],
    );
    taken(&mut inputs, 9, "2026-03-03T09:30", "2026-03-03T11:00");
    check(&inputs, &one(both), "2026-03-03", expect!["12:00 P1+P9, 12:30 P1+P9, 13:00 P1+P9"]);
}

#[test]
fn every_reason_is_told() {
    let mut inputs = inputs("America/Mexico_City");
    inputs.resources = vec![resource(1, &["a"]), resource(2, &[])];
    inputs.now = at(&inputs, "2026-03-03T08:50");
    inputs.policy.notice_minutes = 30;
    let mut skilled = service(&[(60, true)], 0, 0);
    skilled.needs[0].skill = Some("a".into());
    let visit = one(skilled.clone());
    let say = |visit: &Visit, wall: &str| format!("{:?}", explain(&inputs, visit, at(&inputs, wall)).unwrap_err());
    expect!["[TooSoon { minutes: 30 }, OffGrid { minutes: 30 }]"].assert_eq(&say(&visit, "2026-03-03T09:10"));
    expect!["[PastClosing]"].assert_eq(&say(&visit, "2026-03-03T10:30"));
    expect!["[Closed { because: None }]"].assert_eq(&say(&visit, "2026-03-03T11:30"));
    expect!["[Past, Closed { because: None }]"].assert_eq(&say(&visit, "2026-03-02T23:00"));
    let wish = Visit { items: vec![VisitItem { service: skilled, wish: Wish::Only(ResourceId(Uuid::from_u128(2))) }] };
    assert!(say(&wish, "2026-03-03T12:00").contains("LacksSkill"));
    let busy = {
        let mut inputs = inputs.clone();
        taken(&mut inputs, 1, "2026-03-03T12:30", "2026-03-03T13:00");
        let wish = Visit {
            items: vec![VisitItem { wish: Wish::Only(ResourceId(Uuid::from_u128(1))), ..visit.items[0].clone() }],
        };
        format!("{:?}", explain(&inputs, &wish, at(&inputs, "2026-03-03T12:00")).unwrap_err())
    };
    assert!(busy.contains("Busy"), "{busy}");
}

#[test]
fn alternatives_stand_before_and_after_and_with_others() {
    let mut inputs = inputs("America/Mexico_City");
    inputs.resources = vec![resource(1, &[]), resource(2, &[])];
    taken(&mut inputs, 1, "2026-03-03T12:00", "2026-03-03T13:00");
    let wish = Wish::Only(ResourceId(Uuid::from_u128(1)));
    let visit = Visit { items: vec![VisitItem { service: service(&[(60, true)], 0, 0), wish }] };
    let wanted = at(&inputs, "2026-03-03T12:00");
    let far = at(&inputs, "2026-03-10T00:00");
    let near: Vec<String> = alternatives(&inputs, &visit, wanted, far, 3)
        .iter()
        .map(|other| {
            format!(
                "{} {} {}",
                inputs.zone.to_datetime(other.opening.start()).strftime("%H:%M"),
                other.opening.resources()[0].1,
                other.as_wished
            )
        })
        .collect();
    expect!["10:00 P1 true, 12:00 P2 false, 13:00 P1 true"].assert_eq(&near.join(", "));
}

#[test]
fn a_weekly_hour_keeps_its_wall_time_across_clock_changes_and_half_hour_zones() {
    for (zone, dates) in [
        ("America/New_York", ["2026-03-07", "2026-03-08", "2026-03-09"]),
        ("Europe/Madrid", ["2026-10-24", "2026-10-25", "2026-10-26"]),
        ("Australia/Lord_Howe", ["2026-04-04", "2026-04-05", "2026-04-06"]),
        ("Asia/Kolkata", ["2026-03-07", "2026-03-08", "2026-03-09"]),
    ] {
        for date in dates {
            check(&inputs(zone), &one(service(&[(120, true)], 0, 0)), date, expect!["09:00 P1, 12:00 P1"]);
        }
    }
}

#[test]
fn a_skipped_hour_is_not_offered_and_a_repeated_one_is_offered_twice() {
    let mut night = inputs("America/New_York");
    night.location_hours =
        WeeklyHours((1..=7).map(|weekday| WeeklySpan { weekday, from_minute: 0, to_minute: 240 }).collect());
    let visit = one(service(&[(30, true)], 0, 0));
    check(&night, &visit, "2026-03-08", expect!["00:00 P1, 00:30 P1, 01:00 P1, 01:30 P1, 03:00 P1, 03:30 P1"]);
    check(
        &night,
        &visit,
        "2026-11-01",
        expect!["00:00 P1, 00:30 P1, 01:00 P1, 01:30 P1, 01:00 P1, 01:30 P1, 02:00 P1, 02:30 P1, 03:00 P1, 03:30 P1"],
    );
}

/// The obvious way: one flag per minute and person.
fn obvious(inputs: &Inputs, visit: &Visit, window: Span) -> Vec<i64> {
    let minute = |at: i64| Timestamp::from_second(at * 60).unwrap();
    let (first, last) = (window.from().as_second() / 60, window.to().as_second() / 60);
    let wall = |at: i64| {
        let wall = inputs.zone.to_datetime(minute(at));
        (wall.weekday(), u16::try_from(wall.hour()).unwrap() * 60 + u16::try_from(wall.minute()).unwrap())
    };
    // From the first minute of the day that is late enough to the last one that is early enough.
    let mut open_minutes = std::collections::BTreeSet::new();
    // A visit that begins just before midnight ends on the next day, whose hours therefore count too.
    let evening = inputs.zone.to_datetime(minute(last)).date().tomorrow().unwrap();
    let beyond = evening.to_zoned(inputs.zone.clone()).unwrap().timestamp().as_second() / 60;
    for span in &inputs.location_hours.0 {
        let today: Vec<i64> = (first..beyond).filter(|at| span.day() == Some(wall(*at).0)).collect();
        let begin = today.iter().find(|at| wall(**at).1 >= span.from_minute);
        let end = today.iter().rev().find(|at| wall(**at).1 < span.to_minute);
        if let (Some(begin), Some(end)) = (begin, end) {
            open_minutes.extend(*begin..=*end);
        }
    }
    let open = |at: i64| open_minutes.contains(&at);
    let service = &visit.items[0].service;
    let busy_phase: Vec<bool> = service
        .phases
        .iter()
        .flat_map(|phase| std::iter::repeat_n(phase.busy, usize::try_from(phase.minutes).unwrap()))
        .collect();
    let length = i64::from(service.minutes());
    let taken = |resource: &Resource, at: i64| {
        inputs.busy.iter().any(|busy| busy.resource == resource.id && busy.span.contains(minute(at)))
    };
    let blocked = |resource: &Resource, at: i64| {
        inputs.blocks.iter().any(|block| block.resource == resource.id && block.span.contains(minute(at)))
    };
    (first..last)
        .filter(|start| {
            let wall = inputs.zone.to_datetime(minute(*start)).time();
            (u32::try_from(wall.hour()).unwrap() * 60 + u32::try_from(wall.minute()).unwrap())
                % inputs.policy.grid_minutes
                == 0
        })
        .filter(|start| {
            inputs.resources.iter().any(|resource| {
                let inside = (0..length).all(|step| open(start + step) && !blocked(resource, start + step));
                let work = (0..length).zip(&busy_phase).all(|(step, busy)| !busy || !taken(resource, start + step));
                let before = (1..=i64::from(service.buffer_before_minutes)).all(|step| !taken(resource, start - step));
                let after =
                    (0..i64::from(service.buffer_after_minutes)).all(|step| !taken(resource, start + length + step));
                inside && work && before && after
            })
        })
        .map(|start| start * 60)
        .collect()
}

const DAYS: [(&str, &str); 6] = [
    ("America/Mexico_City", "2026-04-05"),
    ("America/New_York", "2026-03-08"),
    ("Europe/Madrid", "2026-10-25"),
    ("Asia/Kolkata", "2026-06-01"),
    ("Australia/Lord_Howe", "2026-10-04"),
    ("America/Sao_Paulo", "2026-02-15"),
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_agrees_with_the_obvious_one(
        place in 0_usize..6,
        grid in prop::sample::select(vec![5_u32, 10, 15, 20, 30, 60]),
        phases in prop::collection::vec((1_u32..80, any::<bool>()), 1..4),
        buffers in (0_u32..25, 0_u32..25),
        busy in prop::collection::vec((1_u128..4, 0_i64..1_500, 1_i64..120), 0..14),
        blocks in prop::collection::vec((1_u128..4, 0_i64..1_500, 1_i64..200), 0..4),
        hours in prop::collection::vec((1_u8..8, 0_u16..1_200, 30_u16..700), 1..16),
    ) {
        let (zone, date) = DAYS[place];
        let mut inputs = inputs(zone);
        inputs.policy.grid_minutes = grid;
        inputs.resources = vec![resource(1, &[]), resource(2, &[]), resource(3, &[])];
        let spans = hours.into_iter().map(|(weekday, from_minute, length)| WeeklySpan { weekday, from_minute, to_minute: (from_minute + length).min(1_440) });
        inputs.location_hours = WeeklyHours(spans.collect());
        let window = day(&inputs, date);
        let span = |from: i64, length: i64| {
            let start = window.from().checked_add(SignedDuration::from_mins(from - 60)).unwrap();
            Span::new(start, start.checked_add(SignedDuration::from_mins(length)).unwrap()).unwrap()
        };
        for (number, from, length) in busy {
            inputs.busy.push(Busy { resource: ResourceId(Uuid::from_u128(number)), span: span(from, length), booking: None });
        }
        for (number, from, length) in blocks {
            inputs.blocks.push(Block { id: BlockId(Uuid::nil()), resource: ResourceId(Uuid::from_u128(number)), span: span(from, length), reason: String::new() });
        }
        // A service that is nothing but gaps claims nothing; it is not one that can be sold.
        let mut phases = phases;
        phases[0].1 = true;
        if let Some(last) = phases.last_mut() { last.1 = true; }
        let visit = one(service(&phases, buffers.0, buffers.1));
        let found: Vec<i64> = free_starts(&inputs, &visit, window).iter().map(|opening| opening.start().as_second()).collect();
        prop_assert_eq!(found, obvious(&inputs, &visit, window));
    }
}
