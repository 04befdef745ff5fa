//! No double booking, on any path, under any race.

use std::time::Instant;

use domain::booking::{Actor, Booking, BookingAction, BookingState};
use jiff::SignedDuration;
use store::bookings::{self, Placed};

use crate::{desk::Desk, on_both_engines};

on_both_engines!(
    sixty_four_racers_for_one_slot_leave_one_booking,
    chains_taken_in_opposite_order_neither_deadlock_nor_half_succeed,
    ten_fit_a_class_of_ten_and_no_eleventh,
    back_to_back_is_no_overlap_and_buffers_count,
    a_hold_past_its_time_lets_go_and_a_fresh_one_does_not,
    a_moved_booking_keeps_its_id_and_frees_its_old_slot,
    a_change_on_a_stale_version_is_refused,
    undo_asks_for_the_slot_again,
    a_window_shows_what_touches_it,
    what_was_given_took_place_or_still_may,
);

async fn place(desk: &Desk, booking: &Booking) -> Placed {
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let placed = bookings::place(&mut tx, booking).await.unwrap();
    tx.commit().await.unwrap();
    placed
}

async fn race(desk: &Desk, racers: Vec<Booking>) -> (usize, usize, Vec<u128>) {
    let tasks: Vec<_> = racers
        .into_iter()
        .map(|booking| {
            let (store, tenant) = (desk.store.clone(), desk.tenant);
            tokio::spawn(async move {
                let started = Instant::now();
                let mut tx = store.write(tenant).await.unwrap();
                let placed = bookings::place(&mut tx, &booking).await.unwrap();
                tx.commit().await.unwrap();
                (placed, started.elapsed().as_micros())
            })
        })
        .collect();
    let (mut won, mut lost, mut times) = (0, 0, Vec::new());
    for task in tasks {
        let (placed, time) = task.await.unwrap();
        times.push(time);
        match placed {
            Placed::Done(_) => won += 1,
            Placed::Taken => lost += 1,
            Placed::Refused => panic!("a new booking cannot be refused"),
        }
    }
    times.sort_unstable();
    (won, lost, times)
}

async fn sixty_four_racers_for_one_slot_leave_one_booking(desk: Desk) {
    for round in 0..5 {
        let racers = (0..64).map(|_| desk.booking(0, round * 60, 45)).collect();
        let (won, lost, times) = race(&desk, racers).await;
        assert_eq!((won, lost), (1, 63), "round {round}, slowest {} µs", times.last().unwrap());
    }
}

async fn chains_taken_in_opposite_order_neither_deadlock_nor_half_succeed(desk: Desk) {
    for round in 0..10 {
        let at = round * 120;
        let racers = (0..16)
            .map(|number| match number % 2 {
                0 => desk.chain(&[(0, at, 30), (1, at + 30, 30), (2, at + 60, 30)]),
                _ => desk.chain(&[(2, at + 60, 30), (1, at + 30, 30), (0, at, 30)]),
            })
            .collect();
        let (won, lost, _) = race(&desk, racers).await;
        assert_eq!((won, lost), (1, 15), "round {round}");
    }
}

async fn ten_fit_a_class_of_ten_and_no_eleventh(desk: Desk) {
    let racers = (0..24).map(|_| desk.booking(3, 0, 60)).collect();
    let (won, lost, _) = race(&desk, racers).await;
    assert_eq!((won, lost), (10, 14));
}

async fn back_to_back_is_no_overlap_and_buffers_count(desk: Desk) {
    assert!(matches!(place(&desk, &desk.booking(0, 0, 60)).await, Placed::Done(_)));
    assert!(matches!(place(&desk, &desk.booking(0, 60, 60)).await, Placed::Done(_)));
    assert_eq!(place(&desk, &desk.booking(0, 45, 30)).await, Placed::Taken);
    assert!(matches!(place(&desk, &desk.booking(1, 45, 30)).await, Placed::Done(_)));
}

async fn a_hold_past_its_time_lets_go_and_a_fresh_one_does_not(desk: Desk) {
    let mut held = desk.booking(0, 0, 60);
    held.state = BookingState::Held;
    held.hold_until = Some(desk.env.now().checked_add(SignedDuration::from_mins(10)).unwrap());
    assert!(matches!(place(&desk, &held).await, Placed::Done(_)));
    assert_eq!(place(&desk, &desk.booking(0, 30, 60)).await, Placed::Taken);
    desk.clock.advance(11);
    assert!(matches!(place(&desk, &desk.booking(0, 30, 60)).await, Placed::Done(_)));
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    assert_eq!(bookings::act(&mut tx, &held, BookingAction::Confirm, Actor::System).await.unwrap(), Placed::Refused);
}

async fn a_moved_booking_keeps_its_id_and_frees_its_old_slot(desk: Desk) {
    let booking = desk.booking(0, 0, 60);
    place(&desk, &booking).await;
    place(&desk, &desk.booking(0, 120, 60)).await;
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let onto_taken = Booking { id: booking.id, ..desk.booking(0, 90, 60) };
    assert_eq!(bookings::replace(&mut tx, &onto_taken, Actor::Customer).await.unwrap(), Placed::Taken);
    // Overlaps only itself: half an hour later is free for the one who moves.
    let later = Booking { id: booking.id, ..desk.booking(0, 30, 60) };
    let Placed::Done(moved) = bookings::replace(&mut tx, &later, Actor::Customer).await.unwrap() else {
        panic!("not moved")
    };
    tx.commit().await.unwrap();
    assert_eq!((moved.id, moved.version), (booking.id, 2));
    assert!(matches!(place(&desk, &desk.booking(0, 0, 30)).await, Placed::Done(_)));
    assert_eq!(place(&desk, &desk.booking(0, 60, 30)).await, Placed::Taken);
}

async fn a_change_on_a_stale_version_is_refused(desk: Desk) {
    let booking = desk.booking(0, 0, 60);
    place(&desk, &booking).await;
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let Placed::Done(arrived) = bookings::act(&mut tx, &booking, BookingAction::Arrive, Actor::System).await.unwrap()
    else {
        panic!("not arrived")
    };
    assert_eq!(bookings::act(&mut tx, &booking, BookingAction::Cancel, Actor::System).await.unwrap(), Placed::Refused);
    assert_eq!(arrived.state, BookingState::Arrived);
    assert_eq!(bookings::find(&mut tx, booking.id).await.unwrap(), Some(arrived));
}

async fn undo_asks_for_the_slot_again(desk: Desk) {
    let booking = desk.booking(0, 0, 60);
    place(&desk, &booking).await;
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let Placed::Done(missed) =
        bookings::act(&mut tx, &booking, BookingAction::MarkNoShow, Actor::System).await.unwrap()
    else {
        panic!("not marked")
    };
    tx.commit().await.unwrap();
    place(&desk, &desk.booking(0, 0, 60)).await;
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    assert_eq!(bookings::act(&mut tx, &missed, BookingAction::Undo, Actor::System).await.unwrap(), Placed::Taken);
    assert_eq!(bookings::find(&mut tx, booking.id).await.unwrap().unwrap().state, BookingState::NoShow);
}

async fn a_window_shows_what_touches_it(desk: Desk) {
    let (early, late) = (desk.booking(0, 0, 60), desk.booking(1, 300, 60));
    place(&desk, &early).await;
    place(&desk, &late).await;
    let mut tx = desk.store.read(desk.tenant).await.unwrap();
    let busy = store::claims::touching(&mut tx, early.span).await.unwrap();
    assert_eq!(busy.iter().map(|busy| busy.booking).collect::<Vec<_>>(), [early.id]);
    let seen = bookings::touching(&mut tx, late.span).await.unwrap();
    assert_eq!(seen, [late]);
}

async fn what_was_given_took_place_or_still_may(desk: Desk) {
    async fn minutes(desk: &Desk, booking: &Booking) -> (u32, usize) {
        let mut tx = desk.store.read(desk.tenant).await.unwrap();
        let given = store::visits::given(&mut tx, booking.span).await.unwrap();
        let done = store::visits::done(&mut tx, booking.span).await.unwrap();
        (given.iter().map(|given| given.minutes).sum(), done.len())
    }
    let mut booking = desk.booking(0, 0, 60);
    place(&desk, &booking).await;
    assert_eq!(minutes(&desk, &booking).await, (60, 0));
    let expected = [
        (BookingAction::Complete, (60, 1)),
        (BookingAction::Undo, (60, 0)),
        (BookingAction::MarkNoShow, (0, 0)),
        (BookingAction::Undo, (60, 0)),
        (BookingAction::Cancel, (0, 0)),
    ];
    for (action, counted) in expected {
        let mut tx = desk.store.write(desk.tenant).await.unwrap();
        let Placed::Done(after) = bookings::act(&mut tx, &booking, action, Actor::System).await.unwrap() else {
            panic!("{action:?} was refused")
        };
        tx.commit().await.unwrap();
        booking = after;
        assert_eq!(minutes(&desk, &booking).await, counted, "{action:?}");
    }
}
