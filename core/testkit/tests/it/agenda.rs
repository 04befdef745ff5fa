//! Walk-ins, blocks, approvals, the matrix, and what customers hear of changes by members: over HTTP, on both databases.

use std::collections::BTreeMap;

use domain::booking::BookingState;
use serde_json::{Value, json};

use crate::{
    on_both_databases,
    stage::{NOON, Stage, at, has_heard, hears},
};

on_both_databases!(
    who_walks_in_is_served_by_somebody_free_and_off_the_grid,
    a_block_tells_what_it_stands_across_and_gives_its_time_back,
    an_approval_and_a_refusal_are_said_to_the_customer_once,
    the_matrix_shows_who_can_do_what_and_when_next,
    a_series_changed_by_a_member_is_told_in_one_message_if_wanted,
    a_visit_a_member_moves_or_cancels_is_told_only_if_wanted,
    rules_out_of_bounds_are_refused_and_the_others_hold_at_once,
    a_price_rule_made_on_its_page_prices_the_next_booking,
);

async fn headers(stage: &Stage) -> BTreeMap<&'static str, String> {
    let (token, csrf) = crate::cookie(&stage.app).await;
    BTreeMap::from([
        ("cookie", format!("__Host-fd={token}; fd={token}")),
        ("origin", stage.app.url.clone()),
        ("x-csrf-token", csrf),
    ])
}

async fn post(stage: &Stage, path: &str, body: Value) -> (u16, Value) {
    let (status, text) = crate::post(&stage.app, path, &headers(stage).await, &body.to_string()).await;
    (status, serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status} {text}")))
}

async fn get(stage: &Stage, path: &str) -> (u16, String) {
    let client = channels::http::client().unwrap();
    let mut request = client.get(format!("{}{path}", stage.app.url));
    for (name, value) in headers(stage).await {
        request = request.header(name, value);
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

fn codes(problem: &Value) -> Vec<&str> {
    problem["reasons"].as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap()).collect()
}

async fn who_walks_in_is_served_by_somebody_free_and_off_the_grid(stage: Stage) {
    stage.app.app.move_clock(app::view::ClockMove::SetTo(at("2026-03-05T18:02:20Z"))).await.unwrap();
    let (status, here) = post(&stage, "/api/v1/walk-ins", json!({ "name": "Iris", "services": ["haircut"] })).await;
    assert_eq!((status, here["state"].as_str()), (201, Some("arrived")), "{here}");
    assert_eq!(here["from"], "2026-03-05T18:03:00Z", "no notice, no grid, but a whole minute");
    let who = here["resources"][0]["id"].clone();
    // The same one again is busy now; anybody else is not.
    let again = json!({ "name": "Juno", "services": ["haircut"], "resource": who });
    let (status, refused) = post(&stage, "/api/v1/walk-ins", again).await;
    assert_eq!((status, codes(&refused)), (409, vec!["taken"]));
    let (status, other) = post(&stage, "/api/v1/walk-ins", json!({ "name": "Juno", "services": ["haircut"] })).await;
    assert_eq!(status, 201);
    assert_ne!(other["resources"][0]["id"], who);
    let (status, _) = post(&stage, "/api/v1/walk-ins", json!({ "services": ["no-such"] })).await;
    assert_eq!(status, 422);
}

async fn a_block_tells_what_it_stands_across_and_gives_its_time_back(stage: Stage) {
    let booked = stage.book(40_001, "haircut", NOON, Some(stage.luis)).await.unwrap();
    let block =
        |to: &str| json!({ "resource": stage.luis, "from": "2026-03-05T17:00:00Z", "to": to, "reason": "Curso" });
    let (status, _) = post(&stage, "/api/v1/blocks", block("2026-03-05T16:00:00Z")).await;
    assert_eq!(status, 422, "it ends before it begins");
    let (status, made) = post(&stage, "/api/v1/blocks", block("2026-03-05T22:00:00Z")).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(made["across"][0]["id"], booked.id.to_string(), "what is booked stays and is told");
    let stays = stage.app.app.booking(&stage.clerk, booked.id).await.unwrap();
    assert_eq!((stays.state, stays.from, stays.version), (booked.state, booked.from, booked.version));
    let wanted = |number: u32| {
        json!({ "phone": format!("+5255{number:08}"), "services": ["beard"], "start": "2026-03-05T20:00:00Z",
            "resource": stage.luis })
    };
    let (status, refused) = post(&stage, "/api/v1/bookings", wanted(40_002)).await;
    assert_eq!((status, codes(&refused)), (409, vec!["blocked"]));
    // Whoever waits for that time is asked when it comes back.
    let phone = stage.phone(40_003);
    phone.chat(&["ponme en lista de espera para un corte con Luis el jueves a las 2 de la tarde"]).await.unwrap();
    let remove = format!("/api/v1/blocks/{}/remove", made["id"].as_str().unwrap());
    assert_eq!(post(&stage, &remove, json!({})).await.0, 200);
    hears(&phone, "Se liberó un lugar").await;
    assert_eq!(post(&stage, &remove, json!({})).await.0, 404, "it is gone");
}

async fn an_approval_and_a_refusal_are_said_to_the_customer_once(stage: Stage) {
    stage.policy(|policy| policy.needs_approval = true).await;
    let (yes, no) = (stage.phone(41_001), stage.phone(41_002));
    yes.chat(&["corte con Luis el jueves a las 12", "sí"]).await.unwrap();
    no.chat(&["corte con Luis el jueves a las 4 de la tarde", "sí"]).await.unwrap();
    let (_, waiting) = get(&stage, "/api/v1/approvals").await;
    let waiting: Value = serde_json::from_str(&waiting).unwrap();
    let bookings = waiting["bookings"].as_array().unwrap();
    assert_eq!(bookings.len(), 2, "soonest first");
    for (booking, action) in bookings.iter().zip(["approve", "cancel"]) {
        let path = format!("/api/v1/bookings/{}/act", booking["id"].as_str().unwrap());
        let act = json!({ "action": action, "version": booking["version"], "notify": true });
        assert_eq!(post(&stage, &path, act.clone()).await.0, 200);
        assert_eq!(post(&stage, &path, act).await.0, 409, "the version is spent");
    }
    hears(&yes, "¡Aprobada!").await;
    hears(&no, "no podemos").await;
    assert!(!has_heard(&no, "Tuvimos que cancelar").await, "said once");
    let (_, waiting) = get(&stage, "/api/v1/approvals").await;
    assert!(waiting.contains("\"bookings\":[]"), "{waiting}");
}

async fn the_matrix_shows_who_can_do_what_and_when_next(stage: Stage) {
    let (status, before) = get(&stage, "/api/v1/matrix").await;
    assert_eq!(status, 200);
    let cell = |text: &str| {
        let matrix: Value = serde_json::from_str(text).unwrap();
        let lane = matrix["resources"].as_array().unwrap().iter().position(|one| one["name"] == "Luis").unwrap();
        let rows = matrix["rows"].as_array().unwrap().clone();
        move |key: &str| rows.iter().find(|row| row["key"] == key).unwrap()["cells"][lane].clone()
    };
    let free = cell(&before)("haircut");
    assert_eq!(free["able"], true);
    assert_eq!(cell(&before)("manicure"), json!({ "resource": stage.luis, "able": false, "next": null }));
    let next = free["next"].as_str().unwrap();
    stage.book(42_001, "haircut", next, Some(stage.luis)).await.unwrap();
    let (_, after) = get(&stage, "/api/v1/matrix").await;
    assert!(at(cell(&after)("haircut")["next"].as_str().unwrap()) > at(next), "the next one is later now");
}

async fn a_series_changed_by_a_member_is_told_in_one_message_if_wanted(stage: Stage) {
    let phone = stage.phone(43_001);
    phone.chat(&["hola"]).await.unwrap();
    let new = json!({ "phone": "+525500043001", "services": ["haircut"], "first": "2026-03-05T12:00:00",
        "rule": "FREQ=WEEKLY;COUNT=3", "resource": stage.luis });
    let (_, plan) = post(&stage, "/api/v1/series/plan", new.clone()).await;
    let taken = plan["visits"].as_array().unwrap().iter().filter(|visit| visit["opening"].is_null());
    let decisions: Vec<Value> = taken.map(|visit| json!({ "date": visit["date"] })).collect();
    let mut new = new;
    new["decisions"] = json!(decisions);
    let (status, made) = post(&stage, "/api/v1/series", new).await;
    assert_eq!(status, 201, "{made}");
    let visits = made["visits"].as_array().unwrap();
    assert!(visits.len() >= 2, "{made}");
    let path = format!("/api/v1/series/{}", made["id"].as_str().unwrap());
    let mut to = json!({ "booking": visits[0]["id"], "scope": "all", "version": made["version"],
        "start": "2026-03-05T12:15:00", "notify": true });
    let (mut status, mut moved) = post(&stage, &format!("{path}/move"), to.clone()).await;
    if status == 409 {
        let plan = moved["plan"]["visits"].as_array().unwrap().clone();
        let taken = plan.iter().filter(|visit| visit["opening"].is_null());
        to["decisions"] = json!(taken.map(|visit| json!({ "date": visit["date"] })).collect::<Vec<_>>());
        (status, moved) = post(&stage, &format!("{path}/move"), to).await;
    }
    assert_eq!(status, 200, "{moved}");
    let said = hears(&phone, "Cambiamos").await;
    assert!(said.contains("12:15"), "{said}");
    let open: Vec<&Value> =
        moved["visits"].as_array().unwrap().iter().filter(|visit| visit["state"] == "confirmed").collect();
    let cancel = |booking: &Value, scope: &str, version: &Value, notify: bool| json!({ "booking": booking["id"], "scope": scope, "version": version, "notify": notify });
    // One quietly, the rest aloud.
    let last = open.last().unwrap();
    let before = has_heard(&phone, "Tuvimos que cancelar").await;
    let (status, rest) = post(&stage, &format!("{path}/cancel"), cancel(last, "this", &moved["version"], false)).await;
    assert_eq!(status, 200);
    assert_eq!(has_heard(&phone, "Tuvimos que cancelar").await, before, "that one was not to be told");
    let (status, _) = post(&stage, &format!("{path}/cancel"), cancel(open[0], "all", &rest["version"], true)).await;
    assert_eq!(status, 200);
    hears(&phone, "Tuvimos que cancelar").await;
}

async fn a_visit_a_member_moves_or_cancels_is_told_only_if_wanted(stage: Stage) {
    let phone = stage.phone(44_001);
    phone.chat(&["hi, any openings tomorrow afternoon for a haircut?"]).await.unwrap();
    let mut booked = stage.book(44_001, "haircut", NOON, Some(stage.luis)).await.unwrap();
    for (start, notify) in [("2026-03-05T19:00:00Z", false), ("2026-03-05T20:00:00Z", true)] {
        let to = json!({ "start": start, "version": booked.version, "notify": notify });
        let (status, answer) = post(&stage, &format!("/api/v1/bookings/{}/move", booked.id), to).await;
        assert_eq!(status, 200, "{answer}");
        booked = serde_json::from_value(answer).unwrap();
        if !notify {
            assert!(!has_heard(&phone, "We moved your").await);
        }
    }
    let said = hears(&phone, "We moved your").await;
    assert!(said.contains("2:00"), "in the customer's language, at the place's time: {said}");
    let act = json!({ "action": "cancel", "version": booked.version, "notify": true });
    let (status, answer) = post(&stage, &format!("/api/v1/bookings/{}/act", booked.id), act).await;
    assert_eq!(status, 200, "{answer}");
    hears(&phone, "We had to cancel your").await;
    assert_eq!(stage.app.app.booking(&stage.clerk, booked.id).await.unwrap().state, BookingState::Cancelled);
}

async fn rules_out_of_bounds_are_refused_and_the_others_hold_at_once(stage: Stage) {
    let (_, before) = get(&stage, "/api/v1/policy").await;
    let before: Value = serde_json::from_str(&before).unwrap();
    let mut policy = before["policy"].clone();
    policy["notice_minutes"] = json!(100_000);
    let (status, wrong) = post(&stage, "/api/v1/policy", policy.clone()).await;
    assert_eq!((status, wrong["errors"][0]["field"].as_str()), (422, Some("notice_minutes")));
    policy["notice_minutes"] = json!(7 * 24 * 60);
    policy["limits"] = json!([{ "of": "customer", "per": "week" }]);
    assert_eq!(post(&stage, "/api/v1/policy", policy.clone()).await.0, 422, "a limit of nothing");
    policy["limits"] = json!([]);
    assert_eq!(post(&stage, "/api/v1/policy", policy).await.0, 200);
    let wanted = json!({ "phone": "+525500045001", "services": ["haircut"], "start": NOON });
    let (status, refused) = post(&stage, "/api/v1/bookings", wanted).await;
    assert_eq!((status, codes(&refused)), (409, vec!["too_soon"]));

    // The same by the owner's page: wrong numbers come back as typed, with what is wrong.
    let (_, page) = get(&stage, "/t/luz/policies").await;
    assert!(page.contains("name=\"notice_minutes\" value=\"10080\""), "{page}");
    let (_, csrf) = crate::cookie(&stage.app).await;
    let form = |notice: &str| {
        format!(
            "csrf={csrf}&notice_minutes={notice}&horizon_days=60&grid_minutes=15&open_per_customer=5\
             &cancel_cutoff_minutes=120&strikes=3&undo_minutes=60&hold_minutes=10&offer_minutes=60\
             &late_cancel=fee&late_fee=50&after_strikes=needs_approval&closed_on_holidays=true\
             &limit.0.of=customer&limit.0.per=week&limit.0.bookings=1&limit.0.minutes=&limit.1.of="
        )
    };
    let page = submit(&stage, &form("abc")).await;
    assert!(page.contains("role=\"alert\"") && page.contains("value=\"abc\""), "{page}");
    let page = submit(&stage, &form("30")).await;
    assert!(page.contains("Guardado"), "{page}");
    stage.book(45_001, "haircut", NOON, Some(stage.luis)).await.unwrap();
    let again = stage.book(45_001, "beard", "2026-03-06T18:00:00Z", None).await;
    assert!(again.is_err(), "one a week, as the page says");
    let (_, feed) = get(&stage, "/t/luz/calendar/feed?first=2026-03-16&days=1").await;
    let feed: Value = serde_json::from_str(&feed).unwrap();
    assert_eq!(feed["notes"][0]["closed"], true, "the holiday is on the calendar: {feed}");
}

async fn a_price_rule_made_on_its_page_prices_the_next_booking(stage: Stage) {
    let rule = "csrf=&key=&label=Hora+pico&change=share&amount=20&service=&day.4=1&from=12%3A00&to=14%3A00";
    let page = submit_to(&stage, "prices", &rule.replace("amount=20", "amount=none")).await;
    assert!(page.contains("role=\"alert\"") && page.contains("value=\"none\""), "{page}");
    let page = submit_to(&stage, "prices", rule).await;
    assert!(page.contains("+20 %") && page.contains("12:00–14:00"), "{page}");
    let deposit = submit_to(&stage, "prices/deposit", "csrf=&part=share&amount=50&from_total=&round_to=").await;
    assert!(deposit.contains("Guardado"), "{deposit}");
    let booked = stage.book(46_001, "haircut", NOON, Some(stage.luis)).await.unwrap();
    assert_eq!(booked.lines[1].label, "Hora pico");
    assert!(booked.deposit.is_some());
    let page = submit_to(&stage, "prices/remove", "csrf=&key=rule-1").await;
    assert!(!page.contains("+20 %"), "{page}");
    let plain = stage.book(46_002, "haircut", "2026-03-05T19:00:00Z", Some(stage.luis)).await.unwrap();
    assert!(plain.total.minor < booked.total.minor);
}

/// The policies form as a browser sends it, and the page it ends on.
async fn submit(stage: &Stage, form: &str) -> String {
    submit_to(stage, "policies", form).await
}

async fn submit_to(stage: &Stage, page: &str, form: &str) -> String {
    let (token, csrf) = crate::cookie(&stage.app).await;
    let client = channels::http::client().unwrap();
    let csrf_sent = form.split('&').next().unwrap_or_default();
    let form = form.replacen(csrf_sent, &format!("csrf={csrf}"), 1);
    let cookie = format!("__Host-fd={token}; fd={token}");
    let request = client
        .post(format!("{}/t/luz/{page}", stage.app.url))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("cookie", &cookie)
        .header("origin", &stage.app.url)
        .body(form);
    let answer = request.send().await.unwrap();
    match answer.headers().get("location").and_then(|to| to.to_str().ok()).map(str::to_owned) {
        Some(to) => get(stage, &to).await.1,
        None => answer.text().await.unwrap(),
    }
}
