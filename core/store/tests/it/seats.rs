//! A resource with several seats takes what fits at every moment, as availability reckons it, whatever came and went.

use domain::booking::{Actor, Booking, BookingAction};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use store::bookings::{self, Placed};

use crate::{desk::Desk, on_both_engines};

on_both_engines!(
    seats_that_are_free_one_after_the_other_are_a_seat,
    what_fits_at_every_moment_is_accepted_and_nothing_else,
    racers_for_the_last_seats_in_crumbs_get_exactly_those,
);

/// The one of the desk that takes ten.
const ROOM: usize = 3;
const SEATS: u32 = 10;

fn seats(desk: &Desk, from: i64, minutes: u32, units: u32) -> Booking {
    let mut booking = desk.booking(ROOM, from, minutes);
    booking.items[0].claims[0].units = units;
    booking
}

async fn place(desk: &Desk, booking: &Booking) -> bool {
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let placed = bookings::place(&mut tx, booking).await.unwrap();
    tx.commit().await.unwrap();
    matches!(placed, Placed::Done(_))
}

async fn cancel(desk: &Desk, booking: &Booking) {
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let done = bookings::act(&mut tx, booking, BookingAction::Cancel, Actor::System).await.unwrap();
    assert!(matches!(done, Placed::Done(_)));
    tx.commit().await.unwrap();
}

/// Nine fill the room; of two that follow each other, each sits on a seat of its own because of one that then goes.
async fn seats_that_are_free_one_after_the_other_are_a_seat(desk: Desk) {
    assert!(place(&desk, &seats(&desk, 0, 180, SEATS - 2)).await);
    let first = seats(&desk, 0, 90, 1);
    assert!(place(&desk, &first).await);
    assert!(place(&desk, &seats(&desk, 60, 60, 1)).await);
    cancel(&desk, &first).await;
    assert!(place(&desk, &seats(&desk, 0, 60, 1)).await);
    assert!(place(&desk, &seats(&desk, 120, 60, 1)).await);
    // Never more than nine so far, and yet no seat was free all the time.
    assert!(place(&desk, &seats(&desk, 0, 180, 1)).await);
    assert!(!place(&desk, &seats(&desk, 0, 15, 1)).await, "ten are ten");
}

#[derive(Debug, Clone)]
enum Step {
    Place { from: i64, minutes: u32, units: u32 },
    Cancel(prop::sample::Index),
}

fn step() -> impl Strategy<Value = Step> {
    let from = (0_i64..24).prop_map(|slot| slot * 15);
    let minutes = prop::sample::select(vec![15_u32, 30, 60, 105]);
    prop_oneof![
        3 => (from, minutes, 1_u32..5).prop_map(|(from, minutes, units)| Step::Place { from, minutes, units }),
        1 => any::<prop::sample::Index>().prop_map(Step::Cancel),
    ]
}

/// How many are taken at the fullest moment of `from..to`, in minutes after nine.
fn fullest(live: &[(i64, i64, u32, Booking)], from: i64, to: i64) -> u32 {
    let at = |minute: i64| live.iter().filter(|one| one.0 <= minute && minute < one.1).map(|one| one.2).sum();
    (from..to).map(at).max().unwrap_or(0)
}

async fn what_fits_at_every_moment_is_accepted_and_nothing_else(desk: Desk) {
    let seed = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), seed);
    let plans = prop::collection::vec(step(), 40);
    let (mut accepted, mut refused) = (0, 0);
    for case in 0..12_i64 {
        // Each on a day of its own.
        let day = case * 1_440;
        let mut live: Vec<(i64, i64, u32, Booking)> = Vec::new();
        for step in plans.new_tree(&mut runner).unwrap().current() {
            match step {
                Step::Place { from, minutes, units } => {
                    let to = from + i64::from(minutes);
                    let fits = fullest(&live, from, to) + units <= SEATS;
                    let booking = seats(&desk, day + from, minutes, units);
                    let placed = place(&desk, &booking).await;
                    assert_eq!(placed, fits, "case {case}: {units} at {from} for {minutes}, among {live:#?}");
                    if placed {
                        live.push((from, to, units, booking));
                    }
                    *(if placed { &mut accepted } else { &mut refused }) += 1;
                }
                Step::Cancel(which) if !live.is_empty() => {
                    let (.., booking) = live.swap_remove(which.index(live.len()));
                    cancel(&desk, &booking).await;
                }
                Step::Cancel(_) => {}
            }
        }
    }
    assert!(accepted > 100 && refused > 20, "{accepted} accepted, {refused} refused: nothing was tried");
}

async fn racers_for_the_last_seats_in_crumbs_get_exactly_those(desk: Desk) {
    // Two seats are left at any moment, never the same two.
    for (from, units) in [(0, 8), (60, 8), (120, 8)] {
        let shift = seats(&desk, from, 60, units);
        let beside = seats(&desk, from, 60, 2);
        assert!(place(&desk, &beside).await && place(&desk, &shift).await);
        cancel(&desk, if from == 60 { &shift } else { &beside }).await;
        if from == 60 {
            assert!(place(&desk, &seats(&desk, from, 60, 6)).await);
        }
    }
    let racers: Vec<_> = (0..12)
        .map(|_| {
            let (actor, booking) = (desk.actor(), seats(&desk, 0, 180, 1));
            tokio::spawn(async move {
                let mut tx = actor.store.write(actor.tenant).await.unwrap();
                let placed = bookings::place(&mut tx, &booking).await.unwrap();
                tx.commit().await.unwrap();
                matches!(placed, Placed::Done(_))
            })
        })
        .collect();
    let mut won = 0;
    for racer in racers {
        won += usize::from(racer.await.unwrap());
    }
    assert_eq!(won, 2);
}
