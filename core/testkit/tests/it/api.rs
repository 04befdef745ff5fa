//! The API under contention.

use std::collections::{BTreeMap, BTreeSet};

use testkit::TestApp;

async fn sixty_four_racers(app: TestApp) {
    let (token, csrf) = crate::cookie(&app).await;
    let path = "/api/v1/bookings";
    let headers = BTreeMap::from([
        ("cookie", format!("__Host-fd={token}; fd={token}")),
        ("origin", app.url.clone()),
        ("x-csrf-token", csrf),
    ]);
    let body = |phone: u32| {
        format!(
            r#"{{"phone":"+5255{phone:08}","name":"R{phone}","services":["haircut"],"start":"2026-03-05T18:00:00Z"}}"#
        )
    };
    // One resource: everybody wants Luis.
    let (_, first) = crate::post(&app, path, &headers, &body(1)).await;
    let first: serde_json::Value = serde_json::from_str(&first).unwrap();
    let luis = first["resources"][0]["id"].as_str().unwrap_or_else(|| panic!("{first}"));
    let racers = (0..64_u32).map(|number| {
        let body = body(100 + number)
            .replace("18:00", "19:00")
            .replace("\"services\"", &format!("\"resource\":\"{luis}\",\"services\""));
        let (app, headers) = (&app, &headers);
        async move { crate::post(app, path, headers, &body).await }
    });
    let mut answers: BTreeMap<u16, u32> = BTreeMap::new();
    let mut refused = String::new();
    for (status, body) in futures(racers).await {
        *answers.entry(status).or_default() += 1;
        if status == 409 {
            refused = body;
        }
    }
    assert_eq!(answers, BTreeMap::from([(201, 1), (409, 63)]), "{refused}");
    assert!(
        refused.contains("alternatives") && refused.contains("2026-03-05T"),
        "a refusal says what else there is: {refused}"
    );
}

async fn futures<F: Future>(all: impl Iterator<Item = F>) -> Vec<F::Output> {
    // Polled together on one task: requests overlap on the wire and in the server.
    let mut pinned: Vec<_> = all.map(Box::pin).collect();
    let mut done = Vec::new();
    std::future::poll_fn(|context| {
        pinned.retain_mut(|future| match future.as_mut().poll(context) {
            std::task::Poll::Ready(output) => {
                done.push(output);
                false
            }
            std::task::Poll::Pending => true,
        });
        if pinned.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_confirmations_of_one_slot_make_one_booking_on_sqlite() {
    sixty_four_racers(TestApp::sqlite().await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_confirmations_of_one_slot_make_one_booking_on_postgres() {
    sixty_four_racers(TestApp::postgres().await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_key_gives_the_same_answer_and_another_body_is_refused() {
    let app = TestApp::sqlite().await.unwrap();
    let (token, csrf) = crate::cookie(&app).await;
    let headers = BTreeMap::from([
        ("cookie", format!("__Host-fd={token}; fd={token}")),
        ("origin", app.url.clone()),
        ("x-csrf-token", csrf),
        ("idempotency-key", "k-1".to_owned()),
    ]);
    let body = r#"{"phone":"+525500000009","services":["haircut"],"start":"2026-03-05T20:00:00Z"}"#;
    let first = crate::post(&app, "/api/v1/bookings", &headers, body).await;
    assert_eq!(first.0, 201, "{}", first.1);
    let again = crate::post(&app, "/api/v1/bookings", &headers, body).await;
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&first.1).unwrap(),
        serde_json::from_str::<serde_json::Value>(&again.1).unwrap()
    );
    let other = crate::post(&app, "/api/v1/bookings", &headers, &body.replace("20:00", "21:00")).await;
    assert_eq!(other.0, 422, "{}", other.1);
    let unknown = body.replace("\"services\"", "\"state\":\"confirmed\",\"services\"");
    let smuggled = crate::post(
        &app,
        "/api/v1/bookings",
        &BTreeMap::from([
            ("cookie", headers["cookie"].clone()),
            ("origin", app.url.clone()),
            ("x-csrf-token", headers["x-csrf-token"].clone()),
        ]),
        &unknown,
    )
    .await;
    assert_eq!(smuggled.0, 422, "an unknown field is refused: {}", smuggled.1);
}

async fn one_key_at_once(app: TestApp) {
    let (token, csrf) = crate::cookie(&app).await;
    let headers = BTreeMap::from([
        ("cookie", format!("__Host-fd={token}; fd={token}")),
        ("origin", app.url.clone()),
        ("x-csrf-token", csrf),
        ("idempotency-key", "at-once".to_owned()),
    ]);
    let body = r#"{"phone":"+525500000019","services":["haircut"],"start":"2026-03-05T20:00:00Z"}"#;
    let (app, headers) = (&app, &headers);
    let post = || crate::post(app, "/api/v1/bookings", headers, body);
    let answers = futures((0..16).map(|_| post())).await;
    let booked: BTreeSet<String> =
        answers.iter().filter(|(status, _)| *status == 201).map(|(_, booking)| booking.clone()).collect();
    assert!(answers.iter().all(|(status, _)| [201, 409].contains(status)), "{answers:?}");
    assert_eq!(booked.len(), 1, "one booking, whoever asks for it and how often: {answers:?}");
    let (status, later) = post().await;
    assert_eq!((status, Some(&later)), (201, booked.first()), "and the same answer ever after");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_used_by_many_at_once_books_once_on_sqlite() {
    one_key_at_once(TestApp::sqlite().await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_used_by_many_at_once_books_once_on_postgres() {
    one_key_at_once(TestApp::postgres().await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_did_not_get_through_is_listed_and_taken_up_again_once() {
    let app = TestApp::sqlite().await.unwrap();
    app.phone("luz", "+525598760001", "Regina").unwrap().say("hola").await.unwrap();
    let (token, csrf) = crate::cookie(&app).await;
    let session = app.app.session(&token).await.unwrap().unwrap();
    let clerk = crate::chat::clerk(&session);
    assert!(app.app.undelivered(&clerk).await.unwrap().is_empty());
    // A job of a kind nobody knows is set aside by the worker itself.
    let mut tx = app.app.store().write(clerk.tenant).await.unwrap();
    store::jobs::push(&mut tx, "unheard_of", "k", &serde_json::json!({}), app.app.env().now()).await.unwrap();
    tx.commit().await.unwrap();
    let mut items = Vec::new();
    for _ in 0..100 {
        items = app.app.undelivered(&clerk).await.unwrap();
        if !items.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(items[0].reason, "nobody knows this job");
    let headers = BTreeMap::from([
        ("cookie", format!("__Host-fd={token}; fd={token}")),
        ("origin", app.url.clone()),
        ("x-csrf-token", csrf),
    ]);
    let path = format!("/api/v1/undelivered/{}/again", items[0].id);
    assert_eq!(crate::post(&app, &path, &headers, "{}").await.0, 200);
    assert_eq!(crate::post(&app, "/api/v1/undelivered/out_nonsense/again", &headers, "{}").await.0, 404);
}
