//! What modules keep and count beside their memory.

use domain::{
    booking::{Booking, BookingState, VisitAnswer},
    plan::Plan,
    vertical::Usage,
};
use store::{
    bookings, bookings::Placed, customer_fields, module_counters, module_kv, module_switches, module_usage, plan,
    visit_answers, visit_terms,
};

use crate::{desk::Desk, on_both_engines};

on_both_engines!(
    fields_answers_and_terms_are_kept_and_another_tenant_finds_none_of_them,
    counts_add_up_and_a_switch_is_what_was_said_last,
    what_is_remembered_ends_where_the_plan_says,
    what_modules_cost_is_added_up_by_day_and_the_platform_sees_it_of_all_tenants,
    an_answer_counts_from_the_latest_visit_it_was_given_for,
    what_a_module_remembers_is_found_by_how_its_keys_begin,
);

const ROOM: module_kv::Quota = module_kv::Quota { keys: 100, bytes: 1_000 };

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

async fn an_answer_counts_from_the_latest_visit_it_was_given_for(desk: Desk) {
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let states = [BookingState::Confirmed, BookingState::Completed, BookingState::Held, BookingState::Confirmed];
    let mut starts = Vec::new();
    for ((hour, state), key) in (9_i64..).zip(states).zip(["skin", "skin", "skin", "age"]) {
        let booking = Booking { state, ..desk.booking(0, hour * 60, 30) };
        assert!(matches!(bookings::place(&mut tx, &booking).await.unwrap(), Placed::Done(_)));
        visit_answers::keep(&mut tx, booking.id, 0, &answer(key, "yes")).await.unwrap();
        starts.push(booking.span.from());
    }
    tx.commit().await.unwrap();
    let mut tx = desk.store.read(desk.tenant).await.unwrap();
    let given = visit_answers::last_given(&mut tx, desk.customer).await.unwrap();
    // The third was only held: nobody has seen what was answered for it.
    assert_eq!(given, [("age".to_owned(), starts[3]), ("skin".to_owned(), starts[1])].into());
    assert!(visit_answers::last_given(&mut tx, desk.env.id()).await.unwrap().is_empty());
    drop(tx);
    let mut tx = desk.store.read(desk.env.id()).await.unwrap();
    assert!(visit_answers::last_given(&mut tx, desk.customer).await.unwrap().is_empty());
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

async fn what_modules_cost_is_added_up_by_day_and_the_platform_sees_it_of_all_tenants(desk: Desk) {
    let usage = |function: &str, cpu_us| Usage {
        tenant: desk.tenant,
        module: "m".into(),
        function: function.into(),
        calls: 2,
        failures: 1,
        cpu_us,
        host_calls: 3,
        host_bytes: 100,
        peak_memory_bytes: cpu_us * 2,
    };
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    for (day, function, cpu_us) in [
        ("2026-03-01", "quote", 900),
        ("2026-03-04", "quote", 10),
        ("2026-03-05", "quote", 5),
        ("2026-03-05", "review", 40),
    ] {
        module_usage::add(&mut tx, day, &usage(function, cpu_us)).await.unwrap();
    }
    tx.commit().await.unwrap();
    let quotes = Usage {
        calls: 4,
        failures: 2,
        cpu_us: 15,
        host_calls: 6,
        host_bytes: 200,
        peak_memory_bytes: 20,
        ..usage("quote", 0)
    };

    let mut tx = desk.store.read(desk.tenant).await.unwrap();
    let own = module_usage::since(&mut tx, "2026-03-02").await.unwrap();
    assert_eq!(own, [quotes.clone(), usage("review", 40)]);
    drop(tx);
    let mut tx = desk.store.read(desk.env.id()).await.unwrap();
    assert_eq!(module_usage::since(&mut tx, "2026-03-02").await.unwrap(), []);
    drop(tx);
    let mut tx = desk.store.platform_read().await.unwrap();
    let all = module_usage::of_all(&mut tx, "2026-03-02", 10).await.unwrap();
    let slug = all[0].0.clone();
    assert_eq!(all, [(slug.clone(), usage("review", 40)), (slug.clone(), quotes)], "what took most time first");
    assert_eq!(module_usage::of_all(&mut tx, "2026-03-02", 1).await.unwrap(), [(slug, usage("review", 40))]);
}

async fn what_a_module_remembers_is_found_by_how_its_keys_begin(desk: Desk) {
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    for key in ["rain.b", "rain.a", "sun", "rain_x"] {
        assert!(module_kv::set(&mut tx, "m", key, b"1", ROOM).await.unwrap());
    }
    assert_eq!(module_kv::keys(&mut tx, "m", "rain.", "").await.unwrap(), ["rain.a", "rain.b"]);
    assert_eq!(module_kv::keys(&mut tx, "m", "rain.", "rain.a").await.unwrap(), ["rain.b"]);
    assert_eq!(module_kv::keys(&mut tx, "m", "", "").await.unwrap().len(), 4);
    assert!(module_kv::keys(&mut tx, "other", "", "").await.unwrap().is_empty());
    tx.commit().await.unwrap();
    let mut tx = desk.store.read(desk.env.id()).await.unwrap();
    assert!(module_kv::keys(&mut tx, "m", "", "").await.unwrap().is_empty());
}
