//! What went wrong at others and must not here: each scenario is a thread somebody opened elsewhere, played on both databases.

use app::view::{AppError, AvailabilityWish, Decision, JoinWaitlist, MoveSeries, NewSeries, SeriesScope};
use domain::{
    ResourceId,
    booking::{BookingAction, BookingState},
    waitlist::Wish,
};
use futures_util::future::join_all;
use jiff::Timestamp;

use crate::{
    on_both_databases,
    stage::{NOON, Stage, at, has_heard, hears, wanted},
};

on_both_databases!(
    ten_ask_for_one_slot_at_once_and_nine_are_offered_another,
    two_services_that_overlap_by_a_quarter_of_an_hour_do_not_both_get_the_same_person,
    a_request_that_waits_for_approval_keeps_its_slot_and_the_approval_reaches_the_customer,
    what_one_customer_decides_about_no_other_path_gives_away,
    with_anybody_wanted_under_load_each_gets_another_person_or_a_refusal,
    a_series_of_ten_tells_the_conflict_on_the_third_before_anything_is_written,
    a_series_moves_from_one_visit_on_and_keeps_ids_and_history,
    an_offer_that_was_used_and_then_cancelled_goes_to_the_next_and_one_that_was_passed_too,
    a_group_of_two_is_not_asked_for_one_seat,
    nothing_is_offered_after_the_start,
    three_no_shows_make_the_next_request_wait_for_a_member,
);

/// 1, calcom/cal.diy#13397.
async fn ten_ask_for_one_slot_at_once_and_nine_are_offered_another(stage: Stage) {
    let phones: Vec<_> = (0..10).map(|number| stage.phone(1_000 + number)).collect();
    let said = join_all(phones.iter().map(|phone| phone.chat(&["quiero un corte con Luis el jueves a las 12"]))).await;
    let said: Vec<String> = said.into_iter().map(Result::unwrap).collect();
    let held = said.iter().filter(|text| text.contains("Te aparto")).count();
    let offered = said.iter().filter(|text| text.contains("Lo más cercano")).count();
    assert_eq!((held, offered), (1, 9), "{said:#?}");
    let confirmed = join_all(
        phones.iter().zip(&said).filter(|(_, text)| text.contains("Te aparto")).map(|(phone, _)| phone.chat(&["sí"])),
    )
    .await;
    assert!(confirmed[0].as_ref().unwrap().contains("¡Listo!"), "{confirmed:?}");
    assert_eq!(stage.on_thursday().await.len(), 1);
}

/// 2.
async fn two_services_that_overlap_by_a_quarter_of_an_hour_do_not_both_get_the_same_person(stage: Stage) {
    let first = stage.book(1, "haircut", NOON, Some(stage.luis)).await.unwrap();
    let overlapping = first.to.checked_sub(jiff::SignedDuration::from_mins(15)).unwrap().to_string();
    let second = stage.book(2, "beard", &overlapping, Some(stage.luis)).await;
    let Err(AppError::NotBookable(why)) = second else { panic!("{second:?}") };
    assert_eq!(why.reasons[0].code, "taken");
    assert!(!why.alternatives.is_empty());
    stage.book(2, "beard", &overlapping, None).await.unwrap();
}

/// 3, calcom/cal.diy#29958.
async fn a_request_that_waits_for_approval_keeps_its_slot_and_the_approval_reaches_the_customer(stage: Stage) {
    stage.policy(|policy| policy.needs_approval = true).await;
    let (first, second) = (stage.phone(2_001), stage.phone(2_002));
    let said = first.chat(&["corte con Luis el jueves a las 12", "sí"]).await.unwrap();
    assert!(said.contains("Recibí tu solicitud"), "{said}");
    let said = second.chat(&["corte con Luis el jueves a las 12:15"]).await.unwrap();
    assert!(said.contains("Lo más cercano"), "a request blocks its time: {said}");
    assert!(matches!(stage.book(9, "haircut", NOON, Some(stage.luis)).await, Err(AppError::NotBookable(_))));
    let waiting = stage.app.app.approvals(&stage.clerk).await.unwrap();
    assert_eq!(waiting.len(), 1);
    let approved = stage.act(&waiting[0], BookingAction::Approve).await;
    assert_eq!(approved.state, BookingState::Confirmed);
    hears(&first, "¡Aprobada!").await;
    let again = stage.app.app.act_on_booking(&stage.clerk, approved.id, BookingAction::Approve, approved.version).await;
    assert!(matches!(again, Err(AppError::Invalid { .. })), "approved once: {again:?}");
    assert_eq!(stage.on_thursday().await.len(), 1);
}

/// 4, calcom/cal.diy#23988.
async fn what_one_customer_decides_about_no_other_path_gives_away(stage: Stage) {
    let (a, b) = (stage.phone(3_001), stage.phone(3_002));
    let said = a.chat(&["corte con Luis el jueves a las 12"]).await.unwrap();
    assert!(said.contains("Te aparto"), "{said}");
    // The API and the dashboard's form.
    assert!(matches!(stage.book(5, "haircut", NOON, Some(stage.luis)).await, Err(AppError::NotBookable(_))));
    let (token, csrf) = crate::cookie(&stage.app).await;
    let form = format!(
        "csrf={csrf}&key=k1&service=haircut&start=2026-03-05T12:00&resource={}&name=B&phone=%2B525500003003",
        stage.luis
    );
    let client = channels::http::client().unwrap();
    let answer = client
        .post(format!("{}/t/luz/bookings", stage.app.url))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("cookie", format!("__Host-fd={token}; fd={token}"))
        .header("origin", &stage.app.url)
        .header("hx-request", "true")
        .body(form)
        .send()
        .await
        .unwrap();
    let page = answer.text().await.unwrap();
    assert!(page.contains("role=\"alert\""), "the form comes back with why: {page}");
    // A hold by another program, and another chat.
    let hold = stage.app.app.hold_for(&stage.clerk, &wanted(6, "haircut", NOON, Some(stage.luis))).await;
    assert!(matches!(hold, Err(AppError::NotBookable(_))));
    let said = b.chat(&["corte con Luis el jueves a las 12"]).await.unwrap();
    assert!(said.contains("Lo más cercano"), "{said}");
    let said = a.chat(&["sí"]).await.unwrap();
    assert!(said.contains("¡Listo!"), "{said}");
    let booked = stage.on_thursday().await;
    assert_eq!(booked.len(), 1);
    let file = stage.app.app.booking_file(&stage.clerk, booked[0].id).await.unwrap();
    let told: Vec<&str> = file.history.iter().map(|change| change.action.as_str()).collect();
    assert_eq!(told, ["place", "confirm"]);
}

/// 5, alextselegidis/easyappointments#845.
async fn with_anybody_wanted_under_load_each_gets_another_person_or_a_refusal(stage: Stage) {
    let catalog = stage.app.app.catalog(&stage.clerk).await.unwrap();
    let mut able = 0;
    for resource in catalog.resources {
        let wish = AvailabilityWish {
            services: vec!["haircut".into()],
            resource: Some(resource.id),
            first: "2026-03-05".parse().unwrap(),
            last: "2026-03-05".parse().unwrap(),
            party: 1,
            limit: 500,
        };
        let openings = stage.app.app.availability(&stage.clerk, &wish).await.unwrap();
        able += usize::from(openings.iter().any(|opening| opening.from == at(NOON)));
    }
    assert!(able > 1);
    let tried = join_all((0..24).map(|number| stage.book(4_000 + number, "haircut", NOON, None))).await;
    let mut people: Vec<ResourceId> =
        tried.iter().flatten().flat_map(|booking| booking.resources.iter().map(|resource| resource.id)).collect();
    let won = people.len();
    people.sort();
    people.dedup();
    assert_eq!(people.len(), won, "nobody is booked twice");
    assert_eq!(won, able, "everybody who can is given out before anybody is refused");
    let refused = tried.iter().filter(|tried| matches!(tried, Err(AppError::NotBookable(_)))).count();
    assert_eq!(refused, 24 - able);
}

fn weekly(stage: &Stage, decisions: Vec<Decision>) -> NewSeries {
    NewSeries {
        customer: None,
        phone: Some("+525500005000".into()),
        name: "Vera".into(),
        services: vec!["haircut".into()],
        first: "2026-03-05T12:00:00".parse().unwrap(),
        rule: "FREQ=WEEKLY;COUNT=10".into(),
        resource: Some(stage.luis),
        party: 1,
        note: String::new(),
        decisions,
    }
}

/// 9, calcom/cal.diy#16387.
async fn a_series_of_ten_tells_the_conflict_on_the_third_before_anything_is_written(stage: Stage) {
    stage.book(1, "haircut", "2026-03-19T18:00:00Z", Some(stage.luis)).await.unwrap();
    let span = (at("2026-03-05T00:00:00Z"), at("2026-05-20T00:00:00Z"));
    let count = async |stage: &Stage| stage.app.app.bookings(&stage.clerk, span.0, span.1).await.unwrap().len();
    let before = count(&stage).await;
    let refused = stage.app.app.create_series(&stage.clerk, &weekly(&stage, vec![])).await;
    let Err(AppError::SeriesConflicts(plan)) = refused else { panic!("{refused:?}") };
    let third = &plan.visits[2];
    assert_eq!((third.date.to_string().as_str(), third.opening.is_none()), ("2026-03-19", true));
    assert_eq!(third.reasons[0].code, "taken");
    assert!(!third.alternatives.is_empty());
    assert_eq!(count(&stage).await, before, "nothing was written");

    let move_to = third.alternatives[0].from;
    let decision = Decision { date: third.date, move_to: Some(move_to) };
    let made = stage.app.app.create_series(&stage.clerk, &weekly(&stage, vec![decision])).await;
    // Other weeks may clash with the demo's own bookings: those are left out.
    let made = match made {
        Err(AppError::SeriesConflicts(plan)) => {
            let skips = plan.visits.iter().filter(|visit| visit.opening.is_none() && visit.date != decision.date);
            let mut decisions: Vec<Decision> =
                skips.map(|visit| Decision { date: visit.date, move_to: None }).collect();
            decisions.push(decision);
            stage.app.app.create_series(&stage.clerk, &weekly(&stage, decisions)).await.unwrap()
        }
        other => other.unwrap(),
    };
    let starts: Vec<Timestamp> = made.visits.iter().map(|visit| visit.from).collect();
    assert!(starts.contains(&move_to) && starts.len() >= 7, "{starts:?}");
    assert!(made.visits.iter().all(|visit| visit.series == Some(made.id) && visit.state == BookingState::Confirmed));
}

async fn a_series_moves_from_one_visit_on_and_keeps_ids_and_history(stage: Stage) {
    let mut new = weekly(&stage, vec![]);
    new.rule = "FREQ=WEEKLY;COUNT=4".into();
    let plan = stage.app.app.plan_series(&stage.clerk, &new).await.unwrap();
    assert_eq!(plan.visits.len(), 4);
    let skips = plan.visits.iter().filter(|visit| visit.opening.is_none());
    new.decisions = skips.map(|visit| Decision { date: visit.date, move_to: None }).collect();
    let made = stage.app.app.create_series(&stage.clerk, &new).await.unwrap();
    let pivot = made.visits[1].clone();
    let wall = pivot.from.to_zoned(jiff::tz::TimeZone::get("America/Mexico_City").unwrap()).datetime();
    let mut to = MoveSeries {
        booking: pivot.id,
        scope: SeriesScope::ThisAndLater,
        version: made.version,
        start: wall.checked_add(jiff::SignedDuration::from_mins(15)).unwrap(),
        resource: None,
        decisions: vec![],
        notify: false,
    };
    let later = match stage.app.app.move_series(&stage.clerk, made.id, &to).await {
        Err(AppError::SeriesConflicts(plan)) => {
            let skips = plan.visits.iter().filter(|visit| visit.opening.is_none());
            to.decisions = skips.map(|visit| Decision { date: visit.date, move_to: None }).collect();
            stage.app.app.move_series(&stage.clerk, made.id, &to).await.unwrap()
        }
        other => other.unwrap(),
    };
    assert_ne!(later.id, made.id, "this and later go on as a series of their own");
    let moved = later.visits.iter().find(|visit| visit.id == pivot.id).unwrap();
    assert_eq!(moved.from, pivot.from.checked_add(jiff::SignedDuration::from_mins(15)).unwrap());
    let file = stage.app.app.booking_file(&stage.clerk, pivot.id).await.unwrap();
    let told: Vec<&str> = file.history.iter().map(|change| change.action.as_str()).collect();
    assert_eq!(told, ["place", "move"]);
    let earlier = stage.app.app.series(&stage.clerk, made.id).await.unwrap();
    assert_eq!(earlier.visits.len(), 1);
    assert_eq!(earlier.history.iter().map(|change| change.action.as_str()).collect::<Vec<_>>(), ["create", "split"]);
    let stale = stage.app.app.move_series(&stage.clerk, made.id, &to).await;
    assert!(matches!(stale, Err(AppError::Stale)), "{stale:?}");

    let cancel =
        app::view::CancelSeries { booking: pivot.id, scope: SeriesScope::All, version: later.version, notify: false };
    let ended = stage.app.app.cancel_series(&stage.clerk, later.id, &cancel).await.unwrap();
    assert!(ended.visits.iter().all(|visit| visit.state == BookingState::Cancelled));
    let first = stage.app.app.series(&stage.clerk, made.id).await.unwrap();
    assert_eq!(first.visits[0].state, BookingState::Confirmed, "the earlier series is not touched");
}

/// 10, pretix/pretix#1163.
async fn an_offer_that_was_used_and_then_cancelled_goes_to_the_next_and_one_that_was_passed_too(stage: Stage) {
    let booked = stage.book(1, "haircut", NOON, Some(stage.luis)).await.unwrap();
    let (first, second, third) = (stage.phone(6_001), stage.phone(6_002), stage.phone(6_003));
    for (phone, place) in [(&first, "lugar 1"), (&second, "lugar 2"), (&third, "lugar 3")] {
        let said = phone.chat(&["corte con Luis el jueves a las 12", "ponme en lista de espera"]).await.unwrap();
        assert!(said.contains(place), "{said}");
    }
    stage.act(&booked, BookingAction::Cancel).await;
    hears(&first, "Se liberó un lugar").await;
    assert!(matches!(stage.book(7, "haircut", NOON, Some(stage.luis)).await, Err(AppError::NotBookable(_))), "kept");
    let said = first.chat(&["#Lo tomo"]).await.unwrap();
    assert!(said.contains("¡Listo!"), "{said}");
    assert!(!has_heard(&second, "Se liberó").await, "an offer is for one at a time");
    let said = first.chat(&["#Lo tomo"]).await.unwrap();
    assert!(said.contains("ya no está apartado"), "taken once: {said}");

    // Used, then cancelled: the next one is asked.
    let taken = stage.on_thursday().await.remove(0);
    assert_eq!(taken.state, BookingState::Confirmed);
    stage.act(&taken, BookingAction::Cancel).await;
    hears(&second, "Se liberó un lugar").await;
    // Passed in words: the next after that one.
    second.chat(&["no, gracias"]).await.unwrap();
    hears(&third, "Se liberó un lugar").await;
    let said = third.chat(&["sí"]).await.unwrap();
    assert!(said.contains("¡Listo!"), "{said}");
    assert_eq!(stage.on_thursday().await.len(), 1);
}

/// 10, pretix/pretix#974.
async fn a_group_of_two_is_not_asked_for_one_seat(stage: Stage) {
    stage.furnish_room(3).await;
    let mut booked = Vec::new();
    for number in 0..3 {
        booked.push(stage.book(7_000 + number, "circle", NOON, None).await.unwrap());
    }
    assert!(matches!(stage.book(7_009, "circle", NOON, None).await, Err(AppError::NotBookable(_))));
    let (group, single) = (stage.phone(7_101), stage.phone(7_102));
    for (phone, number, party, priority) in [(&group, 7_101, 2, 5), (&single, 7_102, 1, 0)] {
        phone.chat(&["hola"]).await.unwrap();
        let join = JoinWaitlist {
            customer: None,
            phone: Some(format!("+5255{number:08}")),
            name: String::new(),
            services: vec!["circle".into()],
            wishes: vec![Wish {
                first: "2026-03-05".parse().unwrap(),
                last: "2026-03-05".parse().unwrap(),
                resources: vec![],
                days: vec![],
                between: Some((12 * 60, 12 * 60 + 1)),
            }],
            party,
            priority,
        };
        stage.app.app.join_waitlist(&stage.clerk, &join).await.unwrap();
    }
    stage.act(&booked[0], BookingAction::Cancel).await;
    hears(&single, "Se liberó un lugar").await;
    assert!(!has_heard(&group, "Se liberó").await, "one seat is nothing for two");
    single.chat(&["#Lo tomo"]).await.unwrap();
    stage.act(&booked[1], BookingAction::Cancel).await;
    stage.act(&booked[2], BookingAction::Cancel).await;
    hears(&group, "Se liberó un lugar").await;
    group.chat(&["#Lo tomo"]).await.unwrap();
    let seats: u32 = stage.on_thursday().await.iter().map(|booking| booking.party).sum();
    assert_eq!(seats, 3);
    assert!(matches!(stage.book(7_010, "circle", NOON, None).await, Err(AppError::NotBookable(_))), "full again");
}

/// 10, pretix/pretix#1031.
async fn nothing_is_offered_after_the_start(stage: Stage) {
    let begun = stage.book(1, "haircut", NOON, Some(stage.luis)).await.unwrap();
    let later = stage.book(2, "haircut", "2026-03-05T22:00:00Z", Some(stage.luis)).await.unwrap();
    stage.app.app.move_clock(app::view::ClockMove::SetTo(at("2026-03-05T17:00:00Z"))).await.unwrap();
    let (morning, evening) = (stage.phone(8_001), stage.phone(8_002));
    morning.chat(&["ponme en lista de espera para un corte con Luis hoy a las 12"]).await.unwrap();
    evening.chat(&["ponme en lista de espera para un corte con Luis hoy a las 4 de la tarde"]).await.unwrap();
    stage.app.app.move_clock(app::view::ClockMove::SetTo(at("2026-03-05T18:05:00Z"))).await.unwrap();
    stage.act(&begun, BookingAction::Cancel).await;
    stage.act(&later, BookingAction::Cancel).await;
    // Jobs run in order: once the second is answered, the first has been.
    hears(&evening, "Se liberó un lugar").await;
    assert!(!has_heard(&morning, "Se liberó").await, "what has begun is nobody's any more");
}

async fn three_no_shows_make_the_next_request_wait_for_a_member(stage: Stage) {
    let phone = stage.phone(9_001);
    for start in ["2026-03-05T16:30:00Z", "2026-03-05T18:00:00Z", "2026-03-05T20:00:00Z"] {
        let booking = stage.book(9_001, "haircut", start, Some(stage.luis)).await.unwrap();
        stage.act(&booking, BookingAction::MarkNoShow).await;
    }
    let said = phone.chat(&["corte con Luis el jueves a las 12", "sí"]).await.unwrap();
    assert!(said.contains("Recibí tu solicitud"), "{said}");
    let waiting = stage.app.app.approvals(&stage.clerk).await.unwrap();
    stage.act(&waiting[0], BookingAction::Cancel).await;
    hears(&phone, "no podemos").await;
}
