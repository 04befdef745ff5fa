//! The engine against a slow, obvious one: a flag per minute and resource, and every way to fill the roles tried.

use std::{
    collections::BTreeMap,
    sync::{LazyLock, Mutex},
};

use domain::{
    BookingId,
    tenant::{Limit, LimitOf, Period},
};
use jiff::{ToSpan, civil::DateTime};
use proptest::prelude::*;

use super::*;
use crate::{Kept, Opening};

const DAYS: [(&str, &str); 8] = [
    ("America/Mexico_City", "2026-04-05"),
    ("America/New_York", "2026-03-08"),
    ("America/New_York", "2026-11-01"),
    ("Europe/Madrid", "2026-10-25"),
    ("Asia/Kolkata", "2026-06-01"),
    ("Australia/Lord_Howe", "2026-10-04"),
    // Clocks change at midnight: one day begins at one, another has its last hour twice.
    ("America/Santiago", "2026-09-06"),
    ("America/Santiago", "2026-04-04"),
];

/// Days before and after the window that the flags cover.
const AROUND: i64 = 9;

/// What the clock shows at each minute around a window.
struct Clock {
    /// Minutes since the epoch.
    from: i64,
    walls: Vec<DateTime>,
    /// The same as whole minutes, as if no clock ever changed: only differences mean anything.
    shown: Vec<i64>,
}

impl Clock {
    fn around(zone: &TimeZone, window: Span) -> &'static Self {
        static KNOWN: LazyLock<Mutex<BTreeMap<(String, i64), &'static Clock>>> = LazyLock::new(Mutex::default);
        let from = window.from().as_second() / 60 - AROUND * 1_440;
        let to = window.to().as_second() / 60 + AROUND * 1_440;
        let key = (zone.iana_name().unwrap().to_owned(), from);
        KNOWN.lock().unwrap().entry(key).or_insert_with(|| {
            let at = |minute: i64| zone.to_datetime(Timestamp::from_second(minute * 60).unwrap());
            let walls: Vec<DateTime> = (from..to).map(at).collect();
            let shown = walls.iter().map(|wall| wall.to_zoned(TimeZone::UTC).unwrap().timestamp().as_second() / 60);
            Box::leak(Box::new(Clock { from, shown: shown.collect(), walls }))
        })
    }

    fn wall(&self, minute: i64) -> DateTime {
        self.walls[usize::try_from(minute - self.from).unwrap()]
    }

    fn minutes(&self) -> std::ops::Range<i64> {
        self.from..self.from + i64::try_from(self.walls.len()).unwrap()
    }

    fn shown(&self, minute: i64) -> i64 {
        self.shown[usize::try_from(minute - self.from).unwrap()]
    }
}

/// The obvious engine.
struct Obvious<'a> {
    inputs: &'a Inputs,
    clock: &'static Clock,
    startable: Vec<bool>,
    open: BTreeMap<ResourceId, Vec<bool>>,
}

impl<'a> Obvious<'a> {
    fn new(inputs: &'a Inputs, window: Span) -> Self {
        let clock = Clock::around(&inputs.zone, window);
        let mut this = Self { inputs, clock, startable: vec![], open: BTreeMap::new() };
        let latest = inputs.policy.latest_start_minute.map(i64::from);
        this.startable = this.hours(&inputs.location_hours, None, latest);
        let whole = this.hours(&inputs.location_hours, None, None);
        for resource in &inputs.resources {
            let weekly = if resource.hours.0.is_empty() { &inputs.location_hours } else { &resource.hours };
            let has_own = !resource.hours.0.is_empty()
                || inputs.exceptions.iter().any(|exception| exception.resource == Some(resource.id));
            let own = if has_own { this.hours(weekly, Some(resource.id), None) } else { whole.clone() };
            this.open.insert(resource.id, own.iter().zip(&whole).map(|(own, whole)| *own && *whole).collect());
        }
        this
    }

    /// From the first minute that is late enough to the last that is early enough, for the hours of each date.
    fn hours(&self, weekly: &WeeklyHours, whose: Option<ResourceId>, latest: Option<i64>) -> Vec<bool> {
        let clock = self.clock;
        let mut open = vec![false; clock.walls.len()];
        let middle = clock.walls[clock.walls.len() / 2].date();
        for away in -4_i64..=4 {
            let date = middle.checked_add(away.days()).unwrap();
            let exception = self
                .inputs
                .exceptions
                .iter()
                .find(|exception| exception.resource == whose && exception.first <= date && date <= exception.last);
            let spans: Vec<(u16, u16)> = match exception {
                Some(exception) => exception.open.clone(),
                None => {
                    let today = weekly.0.iter().filter(|span| span.day() == Some(date.weekday()));
                    today.map(|span| (span.from_minute, span.to_minute)).collect()
                }
            };
            // Minutes of the clock since the date's midnight, as the wall shows them.
            let midnight = date.to_zoned(TimeZone::UTC).unwrap().timestamp().as_second() / 60;
            let since = |minute: &i64| clock.shown(*minute) - midnight;
            if spans.is_empty() {
                continue;
            }
            // Ten hours before the date to three days after its midnight is all that its hours can touch.
            let begins = clock.minutes().find(|minute| since(minute) >= 0).unwrap();
            let touched = (begins - 600)..(begins + 3 * 1_440);
            for (from, to) in spans {
                let (from, to) = (i64::from(from), i64::from(to) + if to < from { 1_440 } else { 0 });
                let begin = touched.clone().find(|minute| since(minute) >= from).unwrap();
                let Some(end) = touched.clone().rev().find(|minute| since(minute) < to) else { continue };
                let last = latest.map_or(end, |latest| {
                    touched.clone().rev().find(|minute| since(minute) <= latest).unwrap().min(end)
                });
                if from < to {
                    (begin..=last).for_each(|minute| open[usize::try_from(minute - clock.from).unwrap()] = true);
                }
            }
        }
        open
    }

    fn starts(&self, visit: &Visit, window: Span) -> Vec<i64> {
        let (first, last) = (window.from().as_second() / 60, window.to().as_second() / 60);
        (first..last).filter(|start| self.may_begin(visit, *start) && self.fits(visit, *start)).collect()
    }

    fn may_begin(&self, visit: &Visit, start: i64) -> bool {
        let policy = &self.inputs.policy;
        let now = self.inputs.now.as_second();
        let wall = self.clock.wall(start);
        let minute = u32::try_from(wall.hour()).unwrap() * 60 + u32::try_from(wall.minute()).unwrap();
        minute % policy.grid_minutes == 0
            && start * 60 >= now + i64::from(policy.notice_minutes) * 60
            && start * 60 < now + i64::from(policy.horizon_days) * 86_400
            && self.startable[usize::try_from(start - self.clock.from).unwrap()]
            && policy.limits.iter().filter(|limit| limit.of == LimitOf::Customer).all(|limit| {
                let visits = self.inputs.records.customer.iter().map(|kept| (kept.span.from(), kept.span.minutes()));
                self.has_room(limit, start, visits, i64::from(visit.minutes()))
            })
    }

    fn has_room(&self, limit: &Limit, start: i64, had: impl Iterator<Item = (Timestamp, i64)>, more: i64) -> bool {
        let period = |minute: i64| {
            let date = self.clock.wall(minute).date();
            match limit.per {
                Period::Day => date,
                Period::Week => date.checked_sub(i64::from(date.weekday().to_monday_zero_offset()).days()).unwrap(),
            }
        };
        let now = period(start);
        let had: Vec<i64> =
            had.filter(|(at, _)| period(at.as_second().div_euclid(60)) == now).map(|(_, minutes)| minutes).collect();
        limit.bookings.is_none_or(|most| u32::try_from(had.len()).unwrap() < most)
            && limit.minutes.is_none_or(|most| had.iter().sum::<i64>() + more <= i64::from(most))
    }

    fn fits(&self, visit: &Visit, start: i64) -> bool {
        let mut at = start;
        visit.items.iter().all(|item| {
            let begin = at;
            at += i64::from(item.service.minutes());
            self.fill(item, begin, visit.party, 0, &mut vec![])
        })
    }

    /// Whether the roles from `role` on can be filled by resources that are not yet `chosen`: every choice is tried.
    fn fill(&self, item: &VisitItem, at: i64, party: u32, role: usize, chosen: &mut Vec<ResourceId>) -> bool {
        let Some(need) = item.service.needs.get(role) else { return true };
        let able: Vec<&Resource> =
            self.inputs.resources.iter().filter(|resource| resource.active && self.can(resource, need)).collect();
        let free = |resource: &Resource| self.is_free(&item.service, need, resource, at, party);
        let number = match need.count {
            Count::One | Count::Seats | Count::Whole => 1,
            Count::Several(number) => usize::try_from(number).unwrap(),
            Count::All => able.len().max(1),
        };
        let must = match item.wish {
            Wish::Only(wish) if self.wished_role(item) == Some(role) => Some(wish),
            Wish::Any | Wish::Only(_) | Wish::Not(_) => None,
        };
        let allowed = |resource: &&Resource| match &item.wish {
            Wish::Not(not) if need.choosable && need.count != Count::All => !not.contains(&resource.id),
            Wish::Any | Wish::Only(_) | Wish::Not(_) => true,
        };
        let candidates: Vec<ResourceId> =
            able.into_iter().filter(allowed).filter(|resource| free(resource)).map(|resource| resource.id).collect();
        subsets(&candidates, number).into_iter().any(|some| {
            if some.iter().any(|id| chosen.contains(id)) || must.is_some_and(|must| !some.contains(&must)) {
                return false;
            }
            chosen.extend(&some);
            let filled = self.fill(item, at, party, role + 1, chosen);
            chosen.truncate(chosen.len() - some.len());
            filled
        })
    }

    fn wished_role(&self, item: &VisitItem) -> Option<usize> {
        let Wish::Only(wish) = item.wish else { return None };
        let needs = item.service.needs.iter();
        let mut choosable = needs.enumerate().filter(|(_, need)| need.choosable && need.count != Count::All);
        let who = self.inputs.resources.iter().find(|resource| resource.id == wish);
        let able = |need: &Need| who.is_some_and(|who| self.can(who, need));
        choosable.clone().find(|(_, need)| able(need)).or_else(|| choosable.next()).map(|(role, _)| role)
    }

    fn can(&self, resource: &Resource, need: &Need) -> bool {
        resource.kind == need.kind && need.skill.iter().all(|skill| resource.skills.contains(skill))
    }

    fn is_free(&self, service: &Service, need: &Need, resource: &Resource, at: i64, party: u32) -> bool {
        let units = match need.count {
            Count::One | Count::Several(_) | Count::All => 1,
            Count::Seats => party,
            Count::Whole => resource.capacity.max(party),
        };
        let length = i64::from(service.minutes());
        let open = &self.open[&resource.id];
        let span_at = |minute: i64| Timestamp::from_second(minute * 60).unwrap();
        let touching = |spans: &[Busy], minute: i64| {
            let here = spans.iter().filter(|busy| busy.resource == resource.id);
            u32::try_from(here.filter(|busy| busy.span.contains(span_at(minute))).count()).unwrap()
        };
        let blocked = |minute: i64| {
            let mut here = self.inputs.blocks.iter().filter(|block| block.resource == resource.id);
            here.any(|block| block.span.contains(span_at(minute)))
        };
        let works = (at..at + length)
            .all(|minute| open[usize::try_from(minute - self.clock.from).unwrap()] && !blocked(minute));
        let kept = kept_minutes(service, need, at);
        works
            && kept.iter().all(|minute| {
                touching(&self.inputs.busy, *minute) + units <= resource.capacity
                    && touching(&self.inputs.records.outside, *minute) == 0
            })
            && self.limits(resource, at, i64::try_from(kept.len()).unwrap())
    }

    fn limits(&self, resource: &Resource, at: i64, more: i64) -> bool {
        let mut bookings: BTreeMap<BookingId, (Timestamp, i64)> = BTreeMap::new();
        let mut claims: Vec<&Busy> = self.inputs.busy.iter().chain(&self.inputs.records.done).collect();
        claims.retain(|busy| busy.resource == resource.id);
        claims.sort_by_key(|busy| (busy.booking, busy.span));
        claims.dedup();
        for busy in claims {
            let own = bookings.entry(busy.booking.unwrap()).or_insert((busy.span.from(), 0));
            own.0 = own.0.min(busy.span.from());
            own.1 += busy.span.minutes();
        }
        let concerns = |limit: &&Limit| match &limit.of {
            LimitOf::Customer => false,
            LimitOf::Kind(kind) => *kind == resource.kind,
            LimitOf::Resource(id) => *id == resource.id,
        };
        let mut limits = self.inputs.policy.limits.iter().filter(concerns);
        limits.all(|limit| self.has_room(limit, at, bookings.values().copied(), more))
    }

    /// Whether what the engine offers could be taken as it stands.
    fn holds(&self, visit: &Visit, opening: &Opening) -> Result<(), String> {
        let mut claims: Vec<(ResourceId, Span)> = Vec::new();
        for (wanted, item) in visit.items.iter().zip(&opening.items) {
            let at = item.span.from().as_second() / 60;
            let mut who: Vec<ResourceId> = item.claims.iter().map(|claim| claim.resource).collect();
            for claim in &item.claims {
                let need = wanted.service.needs.iter().find(|need| need.role == claim.role).unwrap();
                let resource = self.inputs.resources.iter().find(|resource| resource.id == claim.resource).unwrap();
                if !self.can(resource, need) || !self.is_free(&wanted.service, need, resource, at, visit.party) {
                    return Err(format!("{} is not free", resource.name));
                }
                claims.extend(claim.blocked.iter().map(|span| (claim.resource, *span)));
            }
            who.sort_unstable();
            who.dedup();
            if who.len() != item.claims.len() {
                return Err("somebody is in two roles at once".into());
            }
        }
        claims.sort_unstable();
        match claims.windows(2).find(|two| two[0].0 == two[1].0 && two[0].1.overlaps(two[1].1)) {
            Some(two) => Err(format!("the visit overlaps with itself: {two:?}")),
            None => Ok(()),
        }
    }
}

/// The minutes a resource is kept for.
fn kept_minutes(service: &Service, need: &Need, at: i64) -> Vec<i64> {
    let phases = service.phases.iter();
    let busy: Vec<bool> =
        phases.flat_map(|phase| std::iter::repeat_n(phase.busy, usize::try_from(phase.minutes).unwrap())).collect();
    let end = at + i64::from(service.minutes());
    let work = (at..end).zip(busy).filter(|(_, busy)| *busy || !need.frees_in_gaps).map(|(minute, _)| minute);
    let before = at - i64::from(service.buffer_before_minutes)..at;
    let after = end..end + i64::from(service.buffer_after_minutes);
    before.chain(work).chain(after).collect()
}

fn subsets(of: &[ResourceId], number: usize) -> Vec<Vec<ResourceId>> {
    match of.split_first() {
        _ if number == 0 => vec![vec![]],
        None => vec![],
        Some((first, rest)) => {
            let mut with = subsets(rest, number - 1);
            with.iter_mut().for_each(|some| some.push(*first));
            with.extend(subsets(rest, number));
            with
        }
    }
}

fn hours() -> impl Strategy<Value = (u16, u16)> {
    // Some run over midnight, in both ways of writing it.
    (0_u16..1_380, 30_u16..900, any::<bool>()).prop_map(|(from, length, wrapped)| {
        let to = from + length;
        (from, if wrapped && to > 1_440 { to - 1_440 } else { to })
    })
}

fn weekly(most: usize) -> impl Strategy<Value = WeeklyHours> {
    prop::collection::vec((1_u8..8, hours()), 0..most).prop_map(|spans| {
        let span = |(weekday, (from_minute, to_minute))| WeeklySpan { weekday, from_minute, to_minute };
        WeeklyHours(spans.into_iter().map(span).collect())
    })
}

const KINDS: [&str; 2] = ["person", "room"];

fn resources() -> impl Strategy<Value = Vec<Resource>> {
    let one = (0_usize..3, 1_u32..4, prop::bool::ANY, prop_oneof![3 => Just(WeeklyHours::default()), 1 => weekly(12)]);
    prop::collection::vec(one, 2..6).prop_map(|all| {
        (1..)
            .zip(all)
            .map(|(number, (kind, capacity, skilled, hours))| Resource {
                kind: KINDS[kind / 2].into(),
                capacity: if kind / 2 == 0 { 1 } else { capacity },
                hours,
                ..resource(number, if skilled { &["a"] } else { &[] })
            })
            .collect()
    })
}

fn need() -> impl Strategy<Value = Need> {
    let count = prop_oneof![
        4 => Just(Count::One),
        1 => (1_u32..4).prop_map(Count::Several),
        1 => Just(Count::All),
        1 => Just(Count::Seats),
        1 => Just(Count::Whole)
    ];
    (0_usize..2, prop::bool::weighted(0.3), count, any::<bool>(), any::<bool>()).prop_map(
        |(kind, skilled, count, frees_in_gaps, choosable)| Need {
            role: String::new(),
            kind: KINDS[kind].into(),
            skill: skilled.then(|| "a".into()),
            count,
            frees_in_gaps,
            choosable,
        },
    )
}

fn visit() -> impl Strategy<Value = Visit> {
    let phases = prop::collection::vec((1_u32..80, prop::bool::weighted(0.7)), 1..4);
    let needs = prop_oneof![3 => prop::collection::vec(need(), 1), 2 => prop::collection::vec(need(), 2..4)];
    let wish = prop_oneof![
        3 => Just(Wish::Any),
        1 => (1_u128..7).prop_map(|number| Wish::Only(ResourceId(Uuid::from_u128(number)))),
        1 => prop::collection::vec(1_u128..7, 1..3)
            .prop_map(|some| Wish::Not(some.into_iter().map(|number| ResourceId(Uuid::from_u128(number))).collect())),
    ];
    let item = (phases, 0_u32..25, 0_u32..25, needs, wish).prop_map(|(mut phases, before, after, needs, wish)| {
        // It begins and ends with work; a service that is nothing but a gap cannot be sold.
        phases[0].1 = true;
        phases.last_mut().unwrap().1 = true;
        let roles = (0..).zip(needs).map(|(role, need): (i32, Need)| Need { role: role.to_string(), ..need });
        VisitItem { service: Service { needs: roles.collect(), ..service(&phases, before, after) }, wish }
    });
    let items = prop_oneof![3 => prop::collection::vec(item.clone(), 1), 1 => prop::collection::vec(item, 2)];
    (items, 1_u32..4).prop_map(|(items, party)| Visit::new(items).for_party(party))
}

/// `(resource, minutes after the window's beginning, length, booking)`.
type Taking = (u128, i64, i64, u128);

fn takings(most: usize) -> impl Strategy<Value = Vec<Taking>> {
    prop::collection::vec((1_u128..7, -1_600_i64..3_000, 1_i64..120, 1_u128..9), 0..most)
}

fn limits() -> impl Strategy<Value = Vec<Limit>> {
    let of = prop_oneof![
        Just(LimitOf::Customer),
        Just(LimitOf::Kind("person".into())),
        (1_u128..7).prop_map(|number| LimitOf::Resource(ResourceId(Uuid::from_u128(number)))),
    ];
    let per = prop_oneof![Just(Period::Day), Just(Period::Week)];
    let limit = (of, per, prop::option::of(0_u32..4), prop::option::of(0_u32..400));
    let limit = limit.prop_map(|(of, per, bookings, minutes)| Limit { of, per, bookings, minutes });
    prop_oneof![2 => Just(vec![]), 1 => prop::collection::vec(limit, 1..3)]
}

/// `(whose, first date, days, hours)`: the location's where there is no such resource.
type Exception = (u128, i64, i64, Vec<(u16, u16)>);

fn exceptions() -> impl Strategy<Value = Vec<Exception>> {
    let one = (0_u128..4, -2_i64..3, 0_i64..3, prop::collection::vec(hours(), 0..2));
    prop_oneof![2 => Just(vec![]), 1 => prop::collection::vec(one, 1..3)]
}

#[derive(Debug, Clone)]
struct Schedule {
    inputs: Inputs,
    window: Span,
}

prop_compose! {
    fn schedules(places: std::ops::Range<usize>)(
        place in places,
        (grid, notice, latest) in (
            prop::sample::select(vec![5_u32, 10, 15, 20, 30, 60]),
            prop_oneof![2 => Just(0_u32), 1 => 0_u32..600],
            prop_oneof![2 => Just(None), 1 => (300_u16..1_700).prop_map(Some)],
        ),
        location_hours in weekly(16),
        resources in resources(),
        (busy, outside, done, blocks) in (takings(16), takings(3), takings(4), takings(4)),
        customer in prop::collection::vec((-9_000_i64..9_000, 10_i64..200), 0..4),
        limits in limits(),
        exceptions in exceptions(),
    ) -> Schedule {
        let (zone, date) = DAYS[place];
        let mut inputs = inputs(zone);
        let window = day(&inputs, date);
        let date: Date = date.parse().unwrap();
        inputs.policy.grid_minutes = grid;
        inputs.policy.latest_start_minute = latest;
        inputs.policy.limits = limits;
        if notice > 0 {
            inputs.policy.notice_minutes = notice;
            inputs.now = window.from().checked_add(SignedDuration::from_secs(61)).unwrap();
        }
        inputs.location_hours = location_hours;
        inputs.resources = resources;
        let span = |from: i64, length: i64| {
            let start = window.from().checked_add(SignedDuration::from_mins(from)).unwrap();
            Span::new(start, start.checked_add(SignedDuration::from_mins(length)).unwrap()).unwrap()
        };
        let busy_of = |(number, from, length, booking): Taking| Busy {
            resource: ResourceId(Uuid::from_u128(number)),
            span: span(from, length),
            booking: Some(BookingId(Uuid::from_u128(booking))),
        };
        inputs.busy = busy.into_iter().map(busy_of).collect();
        inputs.records.outside = outside.into_iter().map(busy_of).collect();
        inputs.records.done = done.into_iter().map(busy_of).collect();
        inputs.records.customer = customer.into_iter().map(|(from, length)| Kept { booking: None, span: span(from, length) }).collect();
        inputs.blocks = blocks.into_iter().map(|(number, from, length, _)| Block {
            id: BlockId(Uuid::nil()),
            resource: ResourceId(Uuid::from_u128(number)),
            span: span(from, length),
            reason: String::new(),
        }).collect();
        inputs.exceptions = exceptions.into_iter().map(|(whose, first, days, open)| {
            let first = date.checked_add(first.days()).unwrap();
            HoursException {
                id: BlockId(Uuid::nil()),
                location: LocationId(Uuid::nil()),
                resource: (whose > 0).then(|| ResourceId(Uuid::from_u128(whose))),
                first,
                last: first.checked_add(days.days()).unwrap(),
                open,
                reason: String::new(),
            }
        }).collect();
        Schedule { inputs, window }
    }
}

fn agree(schedule: Schedule, visit: &Visit, turn: usize) -> Result<(), TestCaseError> {
    let Schedule { mut inputs, window } = schedule;
    if visit.items.len() > 1 {
        // How much of a limit in minutes the first service leaves to the second depends on who does it; the
        // engine takes the fairest for the first and looks no farther.
        inputs.policy.limits.iter_mut().for_each(|limit| {
            if limit.of != LimitOf::Customer {
                limit.minutes = None
            }
        });
    }
    let openings = free_starts(&inputs, visit, window);
    let found: Vec<i64> = openings.iter().map(|opening| opening.start().as_second() / 60).collect();
    let obvious = Obvious::new(&inputs, window);
    prop_assert_eq!(&found, &obvious.starts(visit, window));
    for opening in &openings {
        prop_assert_eq!(obvious.holds(visit, opening), Ok(()));
    }
    // One start at a time says the same, and never refuses without a reason.
    let (first, last) = (window.from().as_second() / 60, window.to().as_second() / 60);
    for start in (first..last).step_by(97 + turn) {
        let at = Timestamp::from_second(start * 60).unwrap();
        match explain(&inputs, visit, at) {
            Ok(opening) => prop_assert!(openings.contains(&opening)),
            Err(reasons) => prop_assert!(!reasons.is_empty() && !found.contains(&start)),
        }
    }
    // In whatever order things were loaded.
    let places = inputs.resources.len();
    inputs.resources.rotate_left(turn % places);
    inputs.busy.reverse();
    inputs.blocks.reverse();
    prop_assert_eq!(openings, free_starts(&inputs, visit, window));
    Ok(())
}

// Ten thousand in all; in four tests, so that they run beside each other.
proptest! {
    #![proptest_config(ProptestConfig { cases: 2_500, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_agrees_with_the_obvious_one_in_mexico_and_where_an_hour_is_skipped(
        schedule in schedules(0..2), visit in visit(), turn in 0_usize..5,
    ) {
        agree(schedule, &visit, turn)?;
    }

    #[test]
    fn the_engine_agrees_with_the_obvious_one_where_an_hour_comes_twice(
        schedule in schedules(2..4), visit in visit(), turn in 0_usize..5,
    ) {
        agree(schedule, &visit, turn)?;
    }

    #[test]
    fn the_engine_agrees_with_the_obvious_one_where_half_hours_count(
        schedule in schedules(4..6), visit in visit(), turn in 0_usize..5,
    ) {
        agree(schedule, &visit, turn)?;
    }

    #[test]
    fn the_engine_agrees_with_the_obvious_one_where_clocks_change_at_midnight(
        schedule in schedules(6..8), visit in visit(), turn in 0_usize..5,
    ) {
        agree(schedule, &visit, turn)?;
    }
}
