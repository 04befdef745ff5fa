//! Series and the waitlist as they are kept.

use domain::{
    Span,
    booking::{Actor, Booking, BookingAction, BookingState},
    series::Series,
    waitlist::{Entry, EntryState, Offer, OfferState, Wish},
};
use jiff::{SignedDuration, Timestamp};
use store::{StoreError, bookings, bookings::Placed, series, waitlist};

use crate::{desk::Desk, on_both_engines};

on_both_engines!(
    the_line_goes_by_priority_and_then_by_age,
    an_entry_has_one_open_offer_and_another_tenant_none_of_it,
    an_entry_without_a_wish_is_refused,
    a_series_keeps_its_history_and_refuses_a_stale_change,
    history_tells_who_did_what_and_an_expired_hold_has_its_line,
    no_shows_are_counted_where_they_are_marked_and_taken_back,
);

fn entry(desk: &Desk, priority: i32) -> Entry {
    let nine: Timestamp = "2026-03-03T15:00:00Z".parse().unwrap();
    Entry {
        id: desk.env.id(),
        customer: desk.customer,
        conversation: None,
        services: vec!["haircut".into()],
        wishes: vec![Wish {
            first: "2026-03-03".parse().unwrap(),
            last: "2026-03-03".parse().unwrap(),
            resources: vec![desk.resources[0]],
            days: vec![2],
            between: Some((540, 660)),
        }],
        around: Span::lasting(nine, 120).unwrap(),
        party: 2,
        priority,
        state: EntryState::Waiting,
        created_at: desk.env.now(),
    }
}

async fn the_line_goes_by_priority_and_then_by_age(desk: Desk) {
    let first = entry(&desk, 0);
    desk.clock.advance(1);
    let (second, favoured) = (entry(&desk, 0), entry(&desk, 5));
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    for waiting in [&second, &first, &favoured] {
        waitlist::insert(&mut tx, waiting).await.unwrap();
    }
    let span = first.around;
    let line = waitlist::waiting_for(&mut tx, span).await.unwrap();
    assert_eq!(line, [favoured.clone(), first.clone(), second.clone()]);
    assert_eq!(waitlist::ahead_of(&mut tx, &second).await.unwrap(), 2);
    assert_eq!(waitlist::ahead_of(&mut tx, &favoured).await.unwrap(), 0);
    let after = Span::lasting(span.to(), 60).unwrap();
    assert_eq!(waitlist::waiting_for(&mut tx, after).await.unwrap(), []);
    assert_eq!(waitlist::line(&mut tx, span.to()).await.unwrap(), [], "nobody waits for what is past");
    assert!(waitlist::turn_entry(&mut tx, first.id, EntryState::Waiting, EntryState::Left).await.unwrap());
    assert!(!waitlist::turn_entry(&mut tx, first.id, EntryState::Waiting, EntryState::Left).await.unwrap());
    assert_eq!(waitlist::waiting_for(&mut tx, span).await.unwrap().len(), 2);
}

fn held(desk: &Desk) -> Booking {
    let until = desk.env.now().checked_add(SignedDuration::from_mins(20)).unwrap();
    Booking { state: BookingState::Held, hold_until: Some(until), ..desk.booking(0, 0, 60) }
}

async fn an_entry_has_one_open_offer_and_another_tenant_none_of_it(desk: Desk) {
    let (waiting, booking) = (entry(&desk, 0), held(&desk));
    let offer = |desk: &Desk, booking: &Booking| Offer {
        id: desk.env.id(),
        entry: waiting.id,
        booking: booking.id,
        start: booking.span.from(),
        state: OfferState::Open,
        expires_at: booking.hold_until.unwrap(),
    };
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    waitlist::insert(&mut tx, &waiting).await.unwrap();
    assert!(matches!(bookings::place(&mut tx, &booking).await.unwrap(), Placed::Done(_)));
    let made = offer(&desk, &booking);
    waitlist::insert_offer(&mut tx, &made).await.unwrap();
    assert_eq!(waitlist::offer_of(&mut tx, booking.id).await.unwrap(), Some(made));
    tx.commit().await.unwrap();

    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let other = Booking { hold_until: booking.hold_until, ..desk.booking(1, 0, 60) };
    assert!(matches!(bookings::place(&mut tx, &other).await.unwrap(), Placed::Done(_)));
    let second = offer(&desk, &other);
    let refused = waitlist::insert_offer(&mut tx, &second).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))), "a second open offer to the same entry: {refused:?}");
    drop(tx);

    let mut tx = desk.store.write(desk.env.id()).await.unwrap();
    assert_eq!(waitlist::find(&mut tx, waiting.id).await.unwrap(), None);
    assert_eq!(waitlist::find_offer(&mut tx, made.id).await.unwrap(), None);
    assert!(!waitlist::close_offer(&mut tx, made.id, OfferState::Taken).await.unwrap());
    drop(tx);

    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    assert!(waitlist::close_offer(&mut tx, made.id, OfferState::Passed).await.unwrap());
    assert!(!waitlist::close_offer(&mut tx, made.id, OfferState::Taken).await.unwrap(), "closed is closed");
    assert_eq!(waitlist::offers_to(&mut tx, waiting.id).await.unwrap()[0].state, OfferState::Passed);
}

async fn an_entry_without_a_wish_is_refused(desk: Desk) {
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let empty = Entry { wishes: Vec::new(), ..entry(&desk, 0) };
    assert!(matches!(waitlist::insert(&mut tx, &empty).await, Err(StoreError::Conflict(_))));
}

async fn a_series_keeps_its_history_and_refuses_a_stale_change(desk: Desk) {
    let made = Series {
        id: desk.env.id(),
        location: desk.location,
        customer: desk.customer,
        rule: "FREQ=WEEKLY;COUNT=3".into(),
        first: "2026-03-03T09:00:00".parse().unwrap(),
        services: vec!["haircut".into()],
        resource: Some(desk.resources[1]),
        party: 1,
        note: "mornings".into(),
        version: 1,
        created_at: desk.env.now(),
    };
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    series::insert(&mut tx, &made, Actor::System).await.unwrap();
    assert_eq!(series::find(&mut tx, made.id).await.unwrap(), Some(made.clone()));
    for week in [1, 0] {
        let visit = Booking { series: Some(made.id), ..desk.booking(0, week * 7 * 24 * 60, 60) };
        bookings::place(&mut tx, &visit).await.unwrap();
    }
    bookings::place(&mut tx, &desk.booking(1, 0, 60)).await.unwrap();
    let visits = bookings::of_series(&mut tx, made.id).await.unwrap();
    assert_eq!(visits.len(), 2);
    assert!(visits[0].span.from() < visits[1].span.from());
    let shorter = Series { rule: "FREQ=WEEKLY;COUNT=2".into(), ..made.clone() };
    assert!(series::replace(&mut tx, &shorter, "end", Actor::Customer).await.unwrap());
    assert!(!series::replace(&mut tx, &shorter, "end", Actor::Customer).await.unwrap(), "version 1 is gone");
    let told = series::history(&mut tx, made.id).await.unwrap();
    assert_eq!(told, [("create".into(), made.rule), ("end".into(), shorter.rule)]);
}

async fn history_tells_who_did_what_and_an_expired_hold_has_its_line(desk: Desk) {
    let booking = held(&desk);
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    bookings::place(&mut tx, &booking).await.unwrap();
    tx.commit().await.unwrap();
    desk.clock.advance(20);
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let released = bookings::release_expired(&mut tx).await.unwrap();
    assert_eq!(
        released.iter().map(|booking| (booking.id, booking.state)).collect::<Vec<_>>(),
        [(booking.id, BookingState::Cancelled)]
    );
    assert_eq!(bookings::release_expired(&mut tx).await.unwrap(), []);
    let told = store::booking_history::of_booking(&mut tx, booking.id).await.unwrap();
    let told: Vec<_> = told.iter().map(|change| (change.action.as_str(), change.by, change.state)).collect();
    assert_eq!(
        told,
        [("place", Actor::System, BookingState::Held), ("expire", Actor::System, BookingState::Cancelled)]
    );
    let last = store::booking_history::last_change(&mut tx, booking.id).await.unwrap();
    assert_eq!(last, Some(desk.env.now()));
}

async fn no_shows_are_counted_where_they_are_marked_and_taken_back(desk: Desk) {
    let booking = desk.booking(0, 0, 60);
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    bookings::place(&mut tx, &booking).await.unwrap();
    let member = Actor::Member { member: desk.env.id() };
    let Placed::Done(missed) = bookings::act(&mut tx, &booking, BookingAction::MarkNoShow, member).await.unwrap()
    else {
        panic!("not marked")
    };
    let counted = store::customers::find(&mut tx, desk.customer).await.unwrap().unwrap().no_shows;
    assert_eq!(bookings::act(&mut tx, &booking, BookingAction::MarkNoShow, member).await.unwrap(), Placed::Refused);
    bookings::act(&mut tx, &missed, BookingAction::Undo, member).await.unwrap();
    let after = store::customers::find(&mut tx, desk.customer).await.unwrap().unwrap().no_shows;
    assert_eq!((counted, after), (1, 0));
}
