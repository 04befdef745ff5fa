//! The engine against tables of cases, against what went wrong elsewhere, and against a slow, obvious one.

use domain::{
    BlockId, Currency, LocationId, Money, ResourceId, ServiceId, Span,
    catalog::{Block, Count, HoursException, Need, Phase, Resource, Service, WeeklyHours, WeeklySpan},
    tenant::BookingPolicy,
};
use expect_test::{Expect, expect};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use uuid::Uuid;

use crate::{Busy, Inputs, Reason, Records, Visit, VisitItem, Wish, alternatives, explain, free_starts};

mod obvious;
mod openings;
mod regressions;
mod rules;

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
    Visit::new(vec![VisitItem { service, wish: Wish::Any }])
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
        records: Records::default(),
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
