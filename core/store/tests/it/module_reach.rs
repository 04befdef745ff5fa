//! What modules keep and count beside their memory.

use domain::booking::VisitAnswer;
use domain::plan::Plan;
use store::{
    bookings, bookings::Placed, customer_fields, module_counters, module_kv, module_switches, plan, visit_answers,
    visit_terms,
};

use crate::{desk::Desk, on_both_engines};

on_both_engines!(
    fields_answers_and_terms_are_kept_and_another_tenant_finds_none_of_them,
    counts_add_up_and_a_switch_is_what_was_said_last,
    what_is_remembered_ends_where_the_plan_says,
);

fn answer(key: &str, said: &str) -> VisitAnswer {
    VisitAnswer { key: key.into(), question: format!("{key}?"), answer: said.into(), sensitive: true }
}

async fn fields_answers_and_terms_are_kept_and_another_tenant_finds_none_of_them(desk: Desk) {
    let booking = desk.booking(0, 9, 30);
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    assert!(matches!(bookings::place(&mut tx, &booking).await.unwrap(), Placed::Done(_)));
    assert!(customer_fields::set(&mut tx, desk.customer, "member", "no").await.unwrap());
    assert!(customer_fields::set(&mut tx, desk.customer, "member", "since 2024").await.unwrap());
    for (place, said) in [(1, answer("b", "second")), (0, answer("a", "old")), (0, answer("a", "first"))] {
        visit_answers::keep(&mut tx, booking.id, place, &said).await.unwrap();
    }
    visit_terms::keep(&mut tx, booking.id, "looked at first").await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = desk.store.read(desk.tenant).await.unwrap();
    let kept = customer_fields::get(&mut tx, desk.customer, "member").await.unwrap();
    assert_eq!(kept.as_deref(), Some("since 2024"));
    assert_eq!(
        visit_answers::of_booking(&mut tx, booking.id).await.unwrap(),
        [answer("a", "first"), answer("b", "second")]
    );
    let reason = visit_terms::of_booking(&mut tx, booking.id).await.unwrap();
    assert_eq!(reason.as_deref(), Some("looked at first"));
    drop(tx);
    let mut tx = desk.store.read(desk.env.id()).await.unwrap();
    assert_eq!(customer_fields::get(&mut tx, desk.customer, "member").await.unwrap(), None);
    assert_eq!(visit_answers::of_booking(&mut tx, booking.id).await.unwrap(), []);
    assert_eq!(visit_terms::of_booking(&mut tx, booking.id).await.unwrap(), None);
}

async fn counts_add_up_and_a_switch_is_what_was_said_last(desk: Desk) {
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    for (key, day, amount) in
        [("a", "2026-03-01", 2), ("a", "2026-03-01", 3), ("a", "2026-03-02", -1), ("b", "2026-02-01", 9)]
    {
        module_counters::add(&mut tx, "m", key, day, amount).await.unwrap();
    }
    assert_eq!(module_counters::since(&mut tx, "m", "2026-03-01").await.unwrap(), [("a".to_owned(), 4)]);
    assert_eq!(module_counters::since(&mut tx, "other", "2026-01-01").await.unwrap(), []);
    module_switches::set(&mut tx, "m", "after", true).await.unwrap();
    module_switches::set(&mut tx, "m", "after", false).await.unwrap();
    assert_eq!(module_switches::all(&mut tx, "m").await.unwrap(), [("after".to_owned(), false)]);
}

async fn what_is_remembered_ends_where_the_plan_says(desk: Desk) {
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    assert_eq!(plan::of(&mut tx).await.unwrap(), Plan::Growth, "what a new tenant has");
    plan::set(&mut tx, Plan::Starter).await.unwrap();
    assert_eq!(plan::of(&mut tx).await.unwrap(), Plan::Starter);
    let (small, large) = (module_kv::Quota { keys: 2, bytes: 10 }, module_kv::Quota { keys: 3, bytes: 100 });
    for (key, value, quota, fits) in [
        ("a", "12345", small, true),
        ("b", "12345", small, false),
        ("b", "12", small, true),
        ("b", "123", small, true),
        ("c", "", small, false),
        ("c", "", large, true),
        ("d", "", large, false),
    ] {
        let kept = module_kv::set(&mut tx, "m", key, value.as_bytes(), quota).await.unwrap();
        assert_eq!(kept, fits, "{key}={value} with {quota:?}");
    }
}
