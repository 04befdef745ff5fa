//! Calendars kept elsewhere: whose turn it is, what they say, and whether that is believed.

use domain::{
    Id, OutsideCalendarId, Secret, Span,
    outside_calendar::{OutsideCalendar, Reading, Unread},
};
use jiff::SignedDuration;
use store::outside_calendars::{self, Elsewhere};

use crate::{desk::Desk, on_both_engines};

on_both_engines!(
    each_is_due_once_and_again_when_its_time_comes,
    what_was_read_replaces_what_was_known_and_tells_what_is_free_now,
    what_is_not_believed_stands_as_unread,
    another_tenant_sees_none_of_it,
);

async fn connected(desk: &Desk) -> OutsideCalendar {
    let calendar = OutsideCalendar {
        id: desk.env.id(),
        resource: desk.resources[0],
        name: "own".into(),
        address: Secret::new("https://calendar.example.com/secret.ics"),
        read_at: None,
        unread: None,
        skipped: 0,
    };
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    outside_calendars::insert(&mut tx, &calendar).await.unwrap();
    tx.commit().await.unwrap();
    calendar
}

async fn due(desk: &Desk) -> Vec<OutsideCalendarId> {
    let next = desk.env.now().checked_add(SignedDuration::from_mins(10)).unwrap();
    let mut tx = desk.store.platform().await.unwrap();
    let due = outside_calendars::due(&mut tx, 8, next).await.unwrap();
    tx.commit().await.unwrap();
    due.into_iter().map(|(tenant, id)| (tenant == desk.tenant).then_some(id).unwrap()).collect()
}

fn ahead(desk: &Desk, from: i64, to: i64) -> Span {
    let at = |minutes| desk.env.now().checked_add(SignedDuration::from_mins(minutes)).unwrap();
    Span::new(at(from), at(to)).unwrap()
}

async fn kept(desk: &Desk, calendar: &OutsideCalendar, busy: Vec<Span>) -> Option<Vec<Span>> {
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let freed = outside_calendars::keep(&mut tx, calendar, &Reading { busy, skipped: 1 }).await.unwrap();
    tx.commit().await.unwrap();
    freed
}

async fn seen(desk: &Desk) -> Elsewhere {
    let mut tx = desk.store.read(desk.tenant).await.unwrap();
    outside_calendars::touching(&mut tx, ahead(desk, 0, 1_000)).await.unwrap()
}

async fn each_is_due_once_and_again_when_its_time_comes(desk: Desk) {
    let calendar = connected(&desk).await;
    // Two nodes look at the same moment.
    let (one, other) = tokio::join!(due(&desk), due(&desk));
    assert_eq!([one, other].concat(), [calendar.id]);
    desk.clock.advance(9);
    assert_eq!(due(&desk).await, []);
    desk.clock.advance(1);
    assert_eq!(due(&desk).await, [calendar.id]);
}

async fn what_was_read_replaces_what_was_known_and_tells_what_is_free_now(desk: Desk) {
    let calendar = connected(&desk).await;
    let (first, second, third) = (ahead(&desk, 60, 120), ahead(&desk, 180, 240), ahead(&desk, 180, 300));
    assert_eq!(kept(&desk, &calendar, vec![first, second]).await, Some(vec![]));
    assert_eq!(kept(&desk, &calendar, vec![first, second]).await, Some(vec![]));
    // The second got longer, from the same start on.
    assert_eq!(kept(&desk, &calendar, vec![first, third]).await, Some(vec![second]));
    let busy = vec![(calendar.resource, first), (calendar.resource, third)];
    assert_eq!(seen(&desk).await, Elsewhere { busy, unread: vec![] });
    assert_eq!(kept(&desk, &calendar, vec![]).await, Some(vec![first, third]));
    assert_eq!(seen(&desk).await, Elsewhere::default());
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let found = outside_calendars::find(&mut tx, calendar.id).await.unwrap().unwrap();
    assert_eq!((found.address, found.read_at, found.skipped), (calendar.address.clone(), Some(desk.env.now()), 1));
    assert!(outside_calendars::remove(&mut tx, calendar.id).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(kept(&desk, &calendar, vec![first]).await, None, "disconnected while it was read");
}

async fn what_is_not_believed_stands_as_unread(desk: Desk) {
    let calendar = connected(&desk).await;
    let unread = |elsewhere: Elsewhere| elsewhere.unread == [calendar.resource];
    assert!(unread(seen(&desk).await), "never read");
    kept(&desk, &calendar, vec![]).await;
    for (why, closes) in [(Unread::Failing, false), (Unread::Unreachable, false), (Unread::Revoked, true)] {
        let mut tx = desk.store.write(desk.tenant).await.unwrap();
        outside_calendars::miss(&mut tx, calendar.id, why).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(unread(seen(&desk).await), closes, "{why:?}");
    }
    kept(&desk, &calendar, vec![]).await;
    desk.clock.advance(120);
    assert!(!unread(seen(&desk).await));
    desk.clock.advance(1);
    assert!(unread(seen(&desk).await), "nobody read it for two hours");
}

async fn another_tenant_sees_none_of_it(desk: Desk) {
    let calendar = connected(&desk).await;
    kept(&desk, &calendar, vec![ahead(&desk, 60, 120)]).await;
    let mut tx = desk.store.write(domain::TenantId::from_uuid(uuid::Uuid::from_u128(9))).await.unwrap();
    assert_eq!(outside_calendars::all(&mut tx).await.unwrap(), []);
    assert_eq!(outside_calendars::find(&mut tx, calendar.id).await.unwrap(), None);
    assert!(!outside_calendars::remove(&mut tx, calendar.id).await.unwrap());
    let elsewhere = outside_calendars::touching(&mut tx, ahead(&desk, 0, 1_000)).await.unwrap();
    assert_eq!(elsewhere, Elsewhere::default());
}
