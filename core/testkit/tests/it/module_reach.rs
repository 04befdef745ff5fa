//! What a module learns of and wants done after the conversation: real component, real jobs, both databases.

use std::{collections::BTreeSet, time::Duration};

use app::view::{BookingView, Clerk, ClockMove, InboxFilter};
use domain::booking::{BookingAction, BookingState};
use jiff::{SignedDuration, Timestamp};
use testkit::{MONDAY, TestApp};

use crate::chat::clerk;

/// Makes `sqlite::NAME` and `postgres::NAME` of each test.
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(testkit::TestApp::sqlite().await.unwrap()).await; })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(testkit::TestApp::postgres().await.unwrap()).await; })+
        }
    };
}
pub(crate) use on_both_engines;

on_both_engines!(
    a_visit_that_is_over_brings_an_invitation_when_it_is_due_again,
    an_automation_runs_once_it_is_turned_on,
    nobody_who_opted_out_is_invited,
    a_visit_is_as_long_as_the_module_wants_and_its_form_is_filled_in_chat,
    a_deposit_is_told_and_a_yes_is_asked_for_where_the_module_wants_them,
);

pub(crate) async fn owner(app: &TestApp) -> Clerk {
    let (token, _) = crate::cookie(app).await;
    clerk(&app.app.session(&token).await.unwrap().unwrap())
}

/// The only booking of the customer from Monday on.
async fn booking_of(app: &TestApp, clerk: &Clerk, name: &str) -> BookingView {
    let from: Timestamp = MONDAY.parse().unwrap();
    let to = from.checked_add(SignedDuration::from_hours(24 * 20)).unwrap();
    let all = app.app.bookings(clerk, from, to).await.unwrap();
    let own = |booking: &BookingView| booking.customer_name == name && booking.state != BookingState::Cancelled;
    all.into_iter().find(own).unwrap()
}

/// The visit takes place.
pub(crate) async fn completed(app: &TestApp, clerk: &Clerk, name: &str) -> BookingView {
    let booked = booking_of(app, clerk, name).await;
    let arrived = app.app.act_on_booking(clerk, booked.id, BookingAction::Arrive, booked.version).await.unwrap();
    app.app.act_on_booking(clerk, booked.id, BookingAction::Complete, arrived.version).await.unwrap()
}

/// Everything in the customer's thread, sent or waiting to be.
pub(crate) async fn thread(app: &TestApp, clerk: &Clerk, name: &str) -> Vec<String> {
    let inbox = app.app.inbox(clerk, InboxFilter::All, None).await.unwrap();
    let row = inbox.rows.into_iter().find(|row| row.customer == name).unwrap();
    let thread = app.app.thread(clerk, row.id, None).await.unwrap();
    thread.messages.iter().map(|message| message.body.words().to_owned()).collect()
}

pub(crate) async fn says_in_time(app: &TestApp, clerk: &Clerk, name: &str, part: &str) -> usize {
    for _ in 0..120 {
        let said = thread(app, clerk, name).await.iter().filter(|text| text.contains(part)).count();
        if said > 0 {
            return said;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    0
}

pub(crate) async fn at(app: &TestApp, moment: Timestamp) {
    app.app.move_clock(ClockMove::SetTo(moment)).await.unwrap();
}

/// Queued jobs have had their time to run.
pub(crate) async fn settled() {
    tokio::time::sleep(Duration::from_millis(2_500)).await;
}

async fn a_visit_that_is_over_brings_an_invitation_when_it_is_due_again(app: TestApp) {
    let clerk = owner(&app).await;
    let phone = app.phone("luz", "+525598760101", "Regina").unwrap();
    phone.chat(&["quiero un corte el jueves a las 12 con Luis", "si"]).await.unwrap();
    let over = completed(&app, &clerk, "Regina").await;
    // Marked by mistake and marked again: the module hears of it twice, the customer once.
    let undone = app.app.act_on_booking(&clerk, over.id, BookingAction::Undo, over.version).await.unwrap();
    app.app.act_on_booking(&clerk, over.id, BookingAction::Complete, undone.version).await.unwrap();
    settled().await;
    let sums = app.app.module_counters("luz", "2026-01-01").await.unwrap();
    assert_eq!(sums, [("invited.haircut".to_owned(), 2)]);

    let due = over.to.checked_add(SignedDuration::from_hours(24 * 35)).unwrap();
    at(&app, due.checked_sub(SignedDuration::from_mins(5)).unwrap()).await;
    settled().await;
    assert!(!thread(&app, &clerk, "Regina").await.iter().any(|text| text.contains("5 semanas")));
    at(&app, due.checked_add(SignedDuration::from_mins(5)).unwrap()).await;
    let invited = says_in_time(&app, &clerk, "Regina", "ya pasaron 5 semanas desde tu corte").await;
    assert_eq!(invited, 1, "{:?}", thread(&app, &clerk, "Regina").await);
    // Weeks later the window is closed: the invitation waits, and leaves when the customer writes.
    let seen: BTreeSet<String> =
        phone.bubbles().await.unwrap().iter().map(|bubble| bubble.body.words().to_owned()).collect();
    assert!(!seen.iter().any(|text| text.contains("5 semanas")), "{seen:?}");
    phone.say("hola").await.unwrap();
    let left = phone.bubbles().await.unwrap();
    assert!(left.iter().any(|bubble| bubble.body.words().contains("5 semanas")));
    assert!(app.stop().await);
}

async fn an_automation_runs_once_it_is_turned_on(app: TestApp) {
    let clerk = owner(&app).await;
    app.app.set_automation("luz", "after-visit", true).await.unwrap();
    let unknown = app.app.set_automation("luz", "before-breakfast", true).await.unwrap_err().to_string();
    assert_eq!(unknown, "the module has no automation \"before-breakfast\"; it has: after-visit");
    let phone = app.phone("luz", "+525598760102", "Nora").unwrap();
    phone.chat(&["quiero un corte el martes a las 12 con Luis", "si"]).await.unwrap();
    let booked = booking_of(&app, &clerk, "Nora").await;
    // It moves: what was queued for the old time says nothing.
    phone.chat(&["puedes moverla al jueves a las 12?", "si"]).await.unwrap();
    at(&app, booked.to.checked_add(SignedDuration::from_hours(3)).unwrap()).await;
    settled().await;
    assert!(!thread(&app, &clerk, "Nora").await.iter().any(|text| text.starts_with("Gracias por venir")));
    let moved = booking_of(&app, &clerk, "Nora").await;
    assert_ne!(moved.from, booked.from);
    completed(&app, &clerk, "Nora").await;
    at(&app, moved.to.checked_add(SignedDuration::from_hours(3)).unwrap()).await;
    assert_eq!(says_in_time(&app, &clerk, "Nora", "Gracias por venir, Nora").await, 1);
    assert!(app.stop().await);
}

async fn nobody_who_opted_out_is_invited(app: TestApp) {
    let clerk = owner(&app).await;
    app.app.set_automation("luz", "after-visit", true).await.unwrap();
    let phone = app.phone("luz", "+525598760103", "Vera").unwrap();
    phone.chat(&["quiero un corte el martes a las 12 con Luis", "si"]).await.unwrap();
    let over = completed(&app, &clerk, "Vera").await;
    phone.chat(&["baja"]).await.unwrap();
    at(&app, over.to.checked_add(SignedDuration::from_hours(3)).unwrap()).await;
    settled().await;
    let said = thread(&app, &clerk, "Vera").await;
    assert!(!said.iter().any(|text| text.starts_with("Gracias por venir")), "{said:?}");
    assert!(app.stop().await);
}

async fn a_visit_is_as_long_as_the_module_wants_and_its_form_is_filled_in_chat(app: TestApp) {
    let clerk = owner(&app).await;
    let settings = serde_json::json!({ "long_hair_minutes": 45, "intake": true });
    let running = app.app.running_digest("luz").await.unwrap().unwrap();
    let releases = app.app.releases().await.unwrap();
    let module = releases.into_iter().find(|release| release.digest == running).unwrap().module;
    app.app.activate("luz", &module, None, Some(settings)).await.unwrap();
    let phone = app.phone("luz", "+525598760104", "Lola").unwrap();
    let said = phone
        .chat(&[
            "quiero un tinte el jueves a las 12",
            "#Largo",
            "quizás",
            "#Sí",
            "a uno con amoniaco, me dio comezón",
            "si",
        ])
        .await
        .unwrap();
    for part in ["corto o largo", "¿Has tenido alergia", "No te entendí bien. ¿Has tenido alergia", "¿A cuál"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let booked = booking_of(&app, &clerk, "Lola").await;
    assert_eq!(booked.to.duration_since(booked.from).as_mins(), 105 + 45, "{said}");
    assert!(!booked.note.contains("amoniaco"), "what is sensitive is not in the note: {}", booked.note);
    let file = app.app.booking_file(&clerk, booked.id).await.unwrap();
    let answers: Vec<(&str, &str, bool)> =
        file.answers.iter().map(|kept| (kept.key.as_str(), kept.answer.as_str(), kept.sensitive)).collect();
    let reaction = "a uno con amoniaco, me dio comezón";
    assert_eq!(answers, [("allergies", "yes", false), ("allergy-to", reaction, true), ("hair", "long", false)]);

    // What moves stays as long as it is.
    phone.chat(&["puedes moverla al viernes a las 12?", "si"]).await.unwrap();
    let moved = booking_of(&app, &clerk, "Lola").await;
    assert_ne!(moved.from, booked.from);
    assert_eq!(moved.to.duration_since(moved.from).as_mins(), 150);
    assert!(app.stop().await);
}

async fn a_deposit_is_told_and_a_yes_is_asked_for_where_the_module_wants_them(app: TestApp) {
    let clerk = owner(&app).await;
    let module = testkit::component("hostile").unwrap();
    let installed = app.host.install(module.clone()).await.unwrap();
    app.app.keep_release(&installed.digest, &installed.description, &module).await.unwrap();
    app.app.activate("luz", "hostile", None, Some(serde_json::json!("deposit"))).await.unwrap();
    let phone = app.phone("luz", "+525598760105", "Pia").unwrap();
    let said = phone.chat(&["quiero un corte el jueves a las 11 con Luis", "si"]).await.unwrap();
    assert!(said.contains("Anticipo: $100"), "{said}");
    let booked = booking_of(&app, &clerk, "Pia").await;
    assert_eq!(booked.deposit.map(|deposit| deposit.minor), Some(10_000));

    app.app.activate("luz", "hostile", None, Some(serde_json::json!("approval"))).await.unwrap();
    let phone = app.phone("luz", "+525598760106", "Ema").unwrap();
    let said = phone.chat(&["quiero un corte el jueves a la 1 con Luis", "si"]).await.unwrap();
    assert!(said.contains("The team looks at this one first."), "{said}");
    let asked = booking_of(&app, &clerk, "Ema").await;
    assert_eq!(asked.state, BookingState::PendingApproval, "{said}");
    let file = app.app.booking_file(&clerk, asked.id).await.unwrap();
    assert_eq!(file.approval.as_deref(), Some("The team looks at this one first."));
    let agreed = app.app.act_on_booking(&clerk, asked.id, BookingAction::Approve, asked.version).await.unwrap();
    assert_eq!(agreed.state, BookingState::Confirmed);
    assert!(app.stop().await);
}
