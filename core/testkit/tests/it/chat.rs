//! Conversations, from the first word to the right rows.

use domain::booking::BookingState;
use expect_test::expect_file;
use testkit::TestApp;

/// Twelve messages with a typo, a change of mind, a taken time, a move and a cancellation.
const SPANISH: [&str; 14] = [
    "hola buenas tardes",
    "cuanto cuesta el corte de pleo?",
    "kiero un corte con Luis mañana a las 11",
    "no, mejor el juebes a las 12",
    "si",
    "cuando es mi cita?",
    "puedes moverla al viernes?",
    "va",
    "a que hora abren el domingo",
    "quiero un corte con Luis el viernes a las 12",
    "ninguna, mejor el sabado en la mañana con quien sea",
    "la primera",
    "#No, gracias",
    "ya no voy a poder ir, cancela mi cita porfa",
];

async fn a_booking_in_spanish_ends_in_the_right_rows(app: TestApp, word_for_word: bool) {
    let phone = app.phone("luz", "+525598760001", "Regina").unwrap();
    let mut transcript = phone.chat(&SPANISH).await.unwrap();
    transcript.push_str(&phone.chat(&["si", "gracias!"]).await.unwrap());
    // Who of several equally free people is named first may differ; the words are compared once.
    if word_for_word {
        expect_file!["transcripts/spanish.txt"].assert_eq(&transcript);
    }

    let (token, _) = crate::cookie(&app).await;
    let session = app.app.session(&token).await.unwrap().unwrap();
    let clerk = clerk(&session);
    let row = app
        .app
        .inbox(&clerk, app::view::InboxFilter::All, None)
        .await
        .unwrap()
        .rows
        .into_iter()
        .find(|row| row.customer == "Regina")
        .unwrap();
    let thread = app.app.thread(&clerk, row.id, None).await.unwrap();
    assert!(thread.messages.len() >= 30, "{} messages", thread.messages.len());
    assert!(thread.card.upcoming.is_empty(), "{:?}", thread.card.upcoming);
    let from = testkit::MONDAY.parse().unwrap();
    let to = "2026-03-10T00:00:00Z".parse().unwrap();
    let left = app.app.bookings(&clerk, from, to).await.unwrap();
    assert!(left.iter().all(|booking| booking.customer_name != "Regina"), "cancelled, and nothing else is left");
    assert!(left.iter().any(|booking| booking.state == BookingState::Confirmed), "the others' bookings stand");
    assert!(app.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_booking_in_spanish_on_sqlite() {
    a_booking_in_spanish_ends_in_the_right_rows(TestApp::sqlite().await.unwrap(), true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_booking_in_spanish_on_postgres() {
    a_booking_in_spanish_ends_in_the_right_rows(TestApp::postgres().await.unwrap(), false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_booking_in_english() {
    let app = TestApp::sqlite().await.unwrap();
    let phone = app.phone("luz", "+13105550123", "Mike").unwrap();
    let lines = [
        "hi, any openings tomorow afternoon for a haircut?",
        "the second one",
        "yes please",
        "what time do you close?",
        "can I talk to a real person",
    ];
    expect_file!["transcripts/english.txt"].assert_eq(&phone.chat(&lines).await.unwrap());
}

pub(crate) fn clerk(session: &app::view::SessionView) -> app::view::Clerk {
    let domain::access::Principal::Member { id, tenant, role } = session.principal else { panic!("not a member") };
    app::view::Clerk { tenant, member: id, role, language: session.language }
}
