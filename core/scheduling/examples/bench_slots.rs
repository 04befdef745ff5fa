//! `cargo xtask bench slots [ROUNDS]`: how long it takes to work out free starts, from inputs that are loaded.
//!
//! Every round makes the inputs ready anew and works out every opening of the window, each with who and what is kept:
//! nothing is carried over. Median and 99th of a hundred are of rounds by the clock on the wall, one after the other, on
//! one thread; where Linux tells, the mean of the time on the processor stands beside them, which neighbours do not
//! change, and it is what the budget is held against.
//!
//! Needs: nothing.

use std::{
    error::Error,
    hint::black_box,
    io::{Write, stdout},
    time::{Duration, Instant},
};

use domain::{
    BookingId, Currency, LocationId, Money, ResourceId, ServiceId, Span,
    catalog::{Count, Need, Phase, Resource, Service, WeeklyHours, WeeklySpan},
    tenant::BookingPolicy,
};
use jiff::{SignedDuration, civil::Date, tz::TimeZone};
use scheduling::{Busy, Inputs, Prepared, Records, Visit, VisitItem, Wish, explain};
use uuid::Uuid;

type Failure = Box<dyn Error>;

/// A schedule to work on.
struct Case {
    name: &'static str,
    zone: &'static str,
    first: &'static str,
    days: i64,
    staff: u32,
    /// Per person, over the whole window.
    bookings: u32,
    budget: Duration,
}

const CASES: [Case; 4] = [
    Case {
        name: "20 staff, 14 days, 40 bookings each, 3 services, Mexico City",
        zone: "America/Mexico_City",
        first: "2026-03-02",
        days: 14,
        staff: 20,
        bookings: 40,
        budget: Duration::from_millis(1),
    },
    Case {
        name: "the same across the clock change of New York",
        zone: "America/New_York",
        first: "2026-03-02",
        days: 14,
        staff: 20,
        bookings: 40,
        budget: Duration::from_millis(1),
    },
    Case {
        name: "the same, nearly booked out (140 bookings each)",
        zone: "America/Mexico_City",
        first: "2026-03-02",
        days: 14,
        staff: 20,
        bookings: 140,
        budget: Duration::from_millis(2),
    },
    Case {
        name: "200 staff, 30 days, 90 bookings each, 3 services",
        zone: "America/Mexico_City",
        first: "2026-03-02",
        days: 30,
        staff: 200,
        bookings: 90,
        budget: Duration::from_millis(20),
    },
];

fn main() -> Result<(), Failure> {
    let rounds: usize = std::env::args().nth(1).map_or(Ok(2_000), |rounds| rounds.parse())?;
    let mut out = stdout().lock();
    writeln!(out, "{:<62} {:>8} {:>10} {:>8} {:>8} {:>8}", "", "openings", "median µs", "p99 µs", "cpu µs", "budget")?;
    let mut late = false;
    for case in &CASES {
        let (inputs, window) = case.inputs()?;
        let visits = visits();
        let openings = all(&inputs, &visits, window);
        let mut times = Vec::with_capacity(rounds);
        let before = on_processor();
        for _ in 0..rounds {
            let begun = Instant::now();
            black_box(all(black_box(&inputs), &visits, window));
            times.push(begun.elapsed());
        }
        let spent = before.zip(on_processor()).map(|(before, after)| after.saturating_sub(before));
        let mean = spent.and_then(|spent| Some(spent / u32::try_from(rounds).ok().filter(|rounds| *rounds > 0)?));
        times.sort_unstable();
        let at = |per_mille: usize| times.get(times.len() * per_mille / 1_000).copied().unwrap_or_default();
        let (median, p99) = (at(500), at(990));
        late |= mean.unwrap_or(median) > case.budget;
        let mean = mean.map_or("-".to_owned(), |mean| mean.as_micros().to_string());
        writeln!(
            out,
            "{:<62} {openings:>8} {:>10} {:>8} {mean:>8} {:>8}",
            case.name,
            median.as_micros(),
            p99.as_micros(),
            case.budget.as_micros()
        )?;
    }
    if late { Err("slower than the budget".into()) } else { Ok(()) }
}

/// How long this thread has run: the first number of `/proc/thread-self/schedstat`, in nanoseconds.
fn on_processor() -> Option<Duration> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(told.split_whitespace().next()?.parse().ok()?))
}

/// Every opening of each visit: how many there are.
fn all(inputs: &Inputs, visits: &[Visit], window: Span) -> usize {
    let longest = visits.iter().map(Visit::minutes).max().unwrap_or(0);
    let prepared = Prepared::new(inputs, window, longest);
    visits.iter().map(|visit| black_box(prepared.free_starts(visit, window)).len()).sum()
}

/// Half an hour, an hour, and two with a gap, each with buffers.
fn visits() -> Vec<Visit> {
    let phases: [&[(u32, bool)]; 3] = [&[(30, true)], &[(60, true)], &[(45, true), (30, false), (45, true)]];
    let need = Need {
        role: "with".into(),
        kind: "person".into(),
        skill: Some("a".into()),
        count: Count::One,
        frees_in_gaps: true,
        choosable: true,
    };
    let service = |phases: &[(u32, bool)]| Service {
        id: ServiceId(Uuid::from_u128(1)),
        key: "s".into(),
        name: "Service".into(),
        synonyms: Vec::new(),
        active: true,
        phases: phases.iter().map(|(minutes, busy)| Phase { minutes: *minutes, busy: *busy }).collect(),
        buffer_before_minutes: 5,
        buffer_after_minutes: 10,
        price: Money::zero(Currency::MXN),
        needs: vec![need.clone()],
        position: 0,
    };
    phases.map(|phases| Visit::new(vec![VisitItem { service: service(phases), wish: Wish::Any }])).to_vec()
}

impl Case {
    /// Split shifts six days a week; bookings are placed by the engine itself, one after the other, where a fixed
    /// sequence of numbers points.
    fn inputs(&self) -> Result<(Inputs, Span), Failure> {
        let zone = TimeZone::get(self.zone)?;
        let first: Date = self.first.parse()?;
        let from = first.to_zoned(zone.clone())?.timestamp();
        let to = first.checked_add(jiff::Span::new().days(self.days))?.to_zoned(zone.clone())?.timestamp();
        let window = Span::new(from, to).ok_or("an empty window")?;
        let shift = |weekday, from_minute, to_minute| WeeklySpan { weekday, from_minute, to_minute };
        let shifts = (1..=6).flat_map(|weekday| [shift(weekday, 540, 840), shift(weekday, 900, 1_200)]);
        let person = |number: u32| Resource {
            id: ResourceId(Uuid::from_u128(u128::from(number) + 1)),
            location: LocationId(Uuid::nil()),
            kind: "person".into(),
            name: format!("Person {number}"),
            skills: vec!["a".into(), "b".into()],
            capacity: 1,
            active: true,
            hours: WeeklyHours::default(),
            weight: 100,
            position: i32::try_from(number).unwrap_or(0),
        };
        let mut inputs = Inputs {
            location: LocationId(Uuid::nil()),
            zone,
            now: from.checked_sub(SignedDuration::from_hours(24))?,
            policy: BookingPolicy { horizon_days: 400, ..BookingPolicy::default() },
            location_hours: WeeklyHours(shifts.collect()),
            exceptions: Vec::new(),
            resources: (0..self.staff).map(person).collect(),
            blocks: Vec::new(),
            busy: Vec::new(),
            records: Records::default(),
        };
        self.book(&mut inputs, window)?;
        Ok((inputs, window))
    }

    fn book(&self, inputs: &mut Inputs, window: Span) -> Result<(), Failure> {
        let visits = visits();
        let staff = std::mem::take(&mut inputs.resources);
        let slots = u64::try_from(window.minutes() / 15)?;
        let (mut chance, mut number) = (1_u64, 0_u128);
        let mut busy: Vec<Busy> = Vec::new();
        for person in &staff {
            inputs.resources = vec![person.clone()];
            inputs.busy.clear();
            let (mut booked, mut tries) = (0, 0);
            while booked < self.bookings && tries < 20_000 {
                tries += 1;
                chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let minutes = i64::try_from((chance >> 33) % slots)? * 15;
                let start = window.from().checked_add(SignedDuration::from_mins(minutes))?;
                let Some(visit) = visits.get(usize::try_from((chance >> 20) % 3)?) else { continue };
                let Ok(opening) = explain(inputs, visit, start) else { continue };
                number += 1;
                let claims = opening.items.iter().flat_map(|item| &item.claims);
                let spans = claims.flat_map(|claim| claim.blocked.iter().map(|span| (claim.resource, *span)));
                let booking = Some(BookingId(Uuid::from_u128(number)));
                inputs.busy.extend(spans.map(|(resource, span)| Busy { resource, span, booking }));
                booked += 1;
            }
            busy.append(&mut inputs.busy);
        }
        (inputs.resources, inputs.busy) = (staff, busy);
        Ok(())
    }
}
