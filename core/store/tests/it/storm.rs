//! Many actors at once, checked against what must always be true of the rows: never more than capacity at any moment,
//! never a hold that somebody else's change swept away, chains whole or not at all.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use domain::{
    ResourceId,
    booking::{Actor, Booking, BookingAction, BookingState},
};
use jiff::{SignedDuration, Timestamp};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use store::{
    StoreError,
    bookings::{self, Placed, PlacedAll},
};

use crate::{desk::Desk, on_both_engines};

on_both_engines!(
    a_storm_on_one_slot_has_one_winner_each_round,
    random_plans_of_many_actors_never_break_what_must_hold,
    several_at_once_are_placed_and_moved_whole_or_not_at_all,
);

/// How long a storm may take; as many rounds as fit.
const PATIENCE: Duration = Duration::from_secs(8);

async fn a_storm_on_one_slot_has_one_winner_each_round(desk: Desk) {
    let started = Instant::now();
    let mut round = 0;
    while started.elapsed() < PATIENCE && round < 60 {
        let racers = (0..64).map(|_| desk.booking(0, round * 60, 45));
        let tasks: Vec<_> = racers
            .map(|booking| {
                let (store, tenant) = (desk.store.clone(), desk.tenant);
                tokio::spawn(async move {
                    let mut tx = store.write(tenant).await?;
                    let placed = bookings::place(&mut tx, &booking).await?;
                    tx.commit().await?;
                    Ok::<_, StoreError>(placed)
                })
            })
            .collect();
        let (mut won, mut lost) = (0, 0);
        for task in tasks {
            match task.await.unwrap().unwrap() {
                Placed::Done(_) => won += 1,
                Placed::Taken => lost += 1,
                Placed::Refused => panic!("a new booking cannot be refused"),
            }
        }
        assert_eq!((won, lost), (1, 63), "round {round}");
        round += 1;
    }
    assert!(round >= 3, "only {round} rounds in {PATIENCE:?}");
}

/// One step of one actor. Bookings are named by their place among those the actor has made.
#[derive(Debug, Clone)]
enum Step {
    /// A chain of stretches `(resource, minutes after nine, minutes)`, held or confirmed.
    Place {
        parts: Vec<(usize, i64, u32)>,
        held: bool,
        units: u32,
    },
    Act {
        which: prop::sample::Index,
        action: BookingAction,
    },
    Move {
        which: prop::sample::Index,
        from: i64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let part = (0_usize..4, (0_i64..16).prop_map(|slot| slot * 15), prop::sample::select(vec![15_u32, 30, 60, 90]));
    let action = prop::sample::select(vec![
        BookingAction::Confirm,
        BookingAction::RequestApproval,
        BookingAction::Approve,
        BookingAction::Arrive,
        BookingAction::Complete,
        BookingAction::MarkNoShow,
        BookingAction::Cancel,
        BookingAction::Undo,
    ]);
    prop_oneof![
        4 => (prop::collection::vec(part, 1..4), any::<bool>(), 1_u32..4).prop_map(|(parts, held, units)| Step::Place { parts, held, units }),
        3 => (any::<prop::sample::Index>(), action).prop_map(|(which, action)| Step::Act { which, action }),
        2 => (any::<prop::sample::Index>(), (0_i64..16).prop_map(|slot| slot * 15)).prop_map(|(which, from)| Step::Move { which, from }),
    ]
}

/// Eight actors with twelve steps each, at once; then every row is looked at. Cases are the same in each run.
async fn random_plans_of_many_actors_never_break_what_must_hold(desk: Desk) {
    let seed = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), seed);
    let plans = prop::collection::vec(prop::collection::vec(step(), 12), 8);
    let started = Instant::now();
    let mut cases = 0;
    while started.elapsed() < PATIENCE && cases < 40 {
        let plan = plans.new_tree(&mut runner).unwrap().current();
        let actors = plan.clone().into_iter().map(|steps| {
            let desk = desk.actor();
            tokio::spawn(async move { play(&desk, steps).await })
        });
        let mut made = Vec::new();
        for actor in actors.collect::<Vec<_>>() {
            made.extend(actor.await.unwrap());
        }
        check(&desk, &made).await.unwrap_or_else(|broken| panic!("case {cases}: {broken}\n{plan:#?}"));
        // The next case begins with an empty calendar.
        for booking in made {
            let mut tx = desk.store.write(desk.tenant).await.unwrap();
            let now = bookings::find(&mut tx, booking).await.unwrap().unwrap();
            if now.state == BookingState::Arrived {
                bookings::act(&mut tx, &now, BookingAction::Complete, Actor::System).await.unwrap();
            } else if now.state.blocks() {
                bookings::act(&mut tx, &now, BookingAction::Cancel, Actor::System).await.unwrap();
            }
            tx.commit().await.unwrap();
        }
        cases += 1;
    }
    assert!(cases >= 2, "only {cases} cases in {PATIENCE:?}");
}

/// What an actor did, as it believes; what it made.
async fn play(desk: &crate::desk::ActorDesk, steps: Vec<Step>) -> Vec<domain::BookingId> {
    let mut own: Vec<Booking> = Vec::new();
    let mut made = Vec::new();
    for step in steps {
        let mut tx = desk.store.write(desk.tenant).await.unwrap();
        match step {
            Step::Place { parts, held, units } => {
                let mut booking = desk.chain(&parts);
                for claim in booking.items.iter_mut().flat_map(|item| &mut item.claims) {
                    claim.units = if claim.resource == desk.resources[3] { units } else { 1 };
                }
                if held {
                    booking.state = BookingState::Held;
                    booking.hold_until = Some(desk.env.now().checked_add(SignedDuration::from_mins(30)).unwrap());
                }
                if let Placed::Done(placed) = bookings::place(&mut tx, &booking).await.unwrap() {
                    made.push(placed.id);
                    own.push(placed);
                }
            }
            Step::Act { which, action } if !own.is_empty() => {
                let which = which.index(own.len());
                let expected = own[which].state.after(action);
                match bookings::act(&mut tx, &own[which], action, Actor::System).await.unwrap() {
                    Placed::Done(after) => {
                        assert_eq!(Ok(after.state), expected);
                        own[which] = after;
                    }
                    // Nobody else changes our bookings: a hold of ours is never lost to another.
                    Placed::Refused => assert!(expected.is_err(), "{:?} {action:?} was lost", own[which].state),
                    Placed::Taken => assert_eq!(action, BookingAction::Undo, "only an undo asks for the slot again"),
                }
            }
            Step::Move { which, from } if !own.is_empty() => {
                let which = which.index(own.len());
                let parts: Vec<(usize, i64, u32)> = vec![(which % 4, from, 30)];
                let target = desk.chain(&parts);
                let moved = Booking { span: target.span, items: target.items, ..own[which].clone() };
                match bookings::replace(&mut tx, &moved, Actor::System).await.unwrap() {
                    Placed::Done(after) => own[which] = after,
                    Placed::Taken => {}
                    Placed::Refused => assert!(!own[which].state.is_open(), "an open booking of ours can be moved"),
                }
            }
            Step::Act { .. } | Step::Move { .. } => {}
        }
        tx.commit().await.unwrap();
    }
    let mut tx = desk.store.read(desk.tenant).await.unwrap();
    for booking in own {
        assert_eq!(
            bookings::find(&mut tx, booking.id).await.unwrap(),
            Some(booking),
            "what was committed is what is there"
        );
    }
    made
}

/// What must be true of all rows at once.
async fn check(desk: &Desk, made: &[domain::BookingId]) -> Result<(), String> {
    let mut tx = desk.store.read(desk.tenant).await.unwrap();
    let day = desk.booking(0, -600, 2_400).span;
    let busy = store::claims::touching(&mut tx, day).await.unwrap();
    for (number, capacity) in [(0, 1), (1, 1), (2, 1), (3, 10)] {
        let resource = desk.resources[number];
        let most = depth(busy.iter().filter(|busy| busy.resource == resource).map(|busy| busy.span));
        if most > capacity {
            return Err(format!("resource {number} has {most} of {capacity}"));
        }
    }
    for id in made {
        let booking = bookings::find(&mut tx, *id).await.unwrap().unwrap();
        let mut claimed: BTreeMap<(ResourceId, Timestamp), u32> = BTreeMap::new();
        for claim in booking.items.iter().flat_map(|item| &item.claims).filter(|_| booking.state.blocks()) {
            for span in &claim.blocked {
                *claimed.entry((claim.resource, span.from())).or_default() += claim.units;
            }
        }
        let mut live: BTreeMap<(ResourceId, Timestamp), u32> = BTreeMap::new();
        for busy in busy.iter().filter(|busy| busy.booking == *id) {
            *live.entry((busy.resource, busy.span.from())).or_default() += 1;
        }
        if live != claimed {
            return Err(format!("{:?} claims {claimed:?} and has {live:?}", booking.state));
        }
        let history = store::booking_history::of_booking(&mut tx, *id).await.unwrap();
        let versions: Vec<i64> = history.iter().map(|change| change.version).collect();
        if versions != (1..=booking.version).collect::<Vec<_>>() {
            return Err(format!("version {} has the history {versions:?}", booking.version));
        }
    }
    Ok(())
}

/// The most spans over one moment.
fn depth(spans: impl Iterator<Item = domain::Span>) -> i32 {
    let mut steps: BTreeMap<Timestamp, i32> = BTreeMap::new();
    for span in spans {
        *steps.entry(span.from()).or_default() += 1;
        *steps.entry(span.to()).or_default() -= 1;
    }
    let mut now = 0;
    steps.into_values().fold(0, |most, step| {
        now += step;
        most.max(now)
    })
}

async fn several_at_once_are_placed_and_moved_whole_or_not_at_all(desk: Desk) {
    let week = 7 * 24 * 60;
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    bookings::place(&mut tx, &desk.booking(0, 2 * week, 60)).await.unwrap();
    let series: Vec<Booking> = (0..4).map(|number| desk.booking(0, number * week, 60)).collect();
    assert_eq!(bookings::place_all(&mut tx, &series).await.unwrap(), PlacedAll::Taken(series[2].id));
    for booking in &series {
        assert_eq!(bookings::find(&mut tx, booking.id).await.unwrap(), None, "none of it was written");
    }
    let free: Vec<Booking> = [0, 1, 3].map(|number| desk.booking(0, number * week, 60)).into();
    assert_eq!(bookings::place_all(&mut tx, &free).await.unwrap(), PlacedAll::Done);
    // Each into the place of the one before and after it: only together that is possible.
    let at = |booking: &Booking, from: i64| Booking { id: booking.id, ..desk.booking(0, from, 60) };
    let turned = vec![at(&free[0], week), at(&free[1], 3 * week), at(&free[2], 0)];
    assert_eq!(bookings::replace_all(&mut tx, &turned, Actor::System).await.unwrap(), PlacedAll::Done);
    let onto = vec![Booking { version: 2, ..at(&free[0], 5 * week) }, Booking { version: 2, ..at(&free[1], 2 * week) }];
    let refused = bookings::replace_all(&mut tx, &onto, Actor::System).await.unwrap();
    assert_eq!(refused, PlacedAll::Taken(free[1].id));
    let kept = bookings::find(&mut tx, free[0].id).await.unwrap().unwrap();
    assert_eq!((kept.span, kept.version), (turned[0].span, 2), "the first stays where it was");
    let stale = bookings::replace_all(&mut tx, &turned, Actor::System).await.unwrap();
    assert_eq!(stale, PlacedAll::Refused(free[0].id));
}
