//! The protocol against recorded shapes, hostile signatures and a server that misbehaves.

use domain::{
    OutboxId, Phone,
    channel::{Channel, Event, Line, Outgoing, Provider, Webhook},
    customer::Identity,
    delivery::{RefusalKind, SendFailure, Throttle, Ticks},
    message::{Body, Choice, MediaKind},
    template::{TemplateCategory, TemplatePurpose, TemplateStatus},
};
use expect_test::expect;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::{
    simulator::sign,
    tests::{self as fixtures, Server, clients, json as answer},
};

fn line(secrets: &[(&str, &str)]) -> Line {
    fixtures::line(Provider::Meta, "700800900100200", secrets)
}

fn graph(base: &str) -> Graph {
    Graph::new(Provider::Meta, clients(), base, "v24.0")
}

fn receive(secret: &str, header: Option<&str>, body: &[u8]) -> Result<Received, WebhookRefused> {
    let headers: Vec<(String, String)> =
        header.map(|value| ("x-hub-signature-256".to_owned(), value.to_owned())).into_iter().collect();
    let webhook = Webhook { url: "", query: "", headers: &headers, body };
    Graph::new(Provider::Meta, fixtures::idle_clients(), "http://127.0.0.1:9", "v24.0")
        .receive(&line(&[("app_secret", secret)]), &webhook)
}

fn signed(body: &[u8]) -> Received {
    receive("s3cret", Some(&sign("s3cret", body)), body).unwrap()
}

#[test]
fn only_the_right_signature_over_the_raw_bytes_is_believed() {
    let body = br#"{"entry":[]}"#;
    let good = sign("s3cret", body);
    assert!(receive("s3cret", Some(&good), body).is_ok());
    assert!(receive("s3cret", Some(&good), b"{\"entry\":[] }").is_err(), "another byte");
    assert!(receive("other", Some(&good), body).is_err(), "another secret");
    assert!(receive("", Some(&sign("", body)), body).is_err(), "an empty secret proves nothing");
    for forged in
        [None, Some(""), Some("sha256="), Some("sha256=00"), Some(good.trim_start_matches("sha256=")), Some("sha1=00")]
    {
        assert!(receive("s3cret", forged, body).is_err(), "{forged:?}");
    }
    assert!(receive("s3cret", Some(&good.replace("sha256", "sha1")), body).is_err(), "a weaker algorithm");
}

#[test]
fn a_batch_with_one_bad_message_loses_only_that_one() {
    let mut messages: Vec<Value> = (0..49)
        .map(|number| json!({"from": "5215500002222", "id": format!("wamid.{number}"), "timestamp": "1790000000", "type": "text", "text": {"body": "hola"}}))
        .collect();
    messages.insert(7, json!({"from": "5215500002222", "timestamp": "1790000000", "type": "text"}));
    let body = json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": "messages", "value": {
        "metadata": {"phone_number_id": "700800900100200"}, "messages": messages}}]}]})
    .to_string();
    let received = signed(body.as_bytes());
    assert_eq!((received.events.len(), received.unreadable.len()), (49, 1));
}

#[test]
fn signed_garbage_is_kept_and_not_refused() {
    assert_eq!(signed(b"\xff\xfenot json").unreadable.len(), 1);
    assert_eq!(signed(b"[]").unreadable.len(), 1);
    for odd in [
        r#"{"entry":[7]}"#,
        r#"{"entry":[{"changes":"x"}]}"#,
        r#"{"entry":[{"changes":[{"field":"messages"}]}]}"#,
        r#"{"entry":[{"changes":[{"field":"messages","value":[]}]}]}"#,
        r#"{"entry":[{"changes":[{"field":"messages","value":{"messages":"no list"}}]}]}"#,
        r#"{"entry":[{"changes":[{"field":"messages","value":{"statuses":{}}}]}]}"#,
    ] {
        let received = signed(odd.as_bytes());
        assert_eq!((received.events.len(), received.unreadable.len()), (0, 1), "{odd}");
    }
}

#[test]
fn somebody_without_a_phone_is_known_by_the_scoped_id() {
    let body = json!({"entry": [{"changes": [{"field": "messages", "value": {
        "metadata": {"phone_number_id": "7"},
        "contacts": [{"profile": {"name": "Ana P", "username": "anap"}, "user_id": "MX.9000"}],
        "messages": [{"from_user_id": "MX.9000", "id": "wamid.A", "timestamp": 1_790_000_000, "type": "text", "text": {"body": "hola"}}]}}]}]})
    .to_string();
    let received = signed(body.as_bytes());
    let Event::Message { from, .. } = &received.events[0].event else { panic!("no message") };
    assert_eq!(from.identities, [Identity::Scoped("MX.9000".into())]);
    assert_eq!((from.address.as_str(), from.profile_name.as_str()), ("MX.9000", "Ana P"));
}

#[test]
fn every_kind_of_message_is_read_and_unknown_ones_are_kept() {
    let kinds = [
        json!({"type": "image", "image": {"id": "M1", "mime_type": "image/jpeg", "sha256": "x", "caption": "así"}}),
        json!({"type": "audio", "audio": {"id": "M2", "mime_type": "audio/ogg; codecs=opus", "voice": true}}),
        json!({"type": "location", "location": {"latitude": 19.4, "longitude": -99.1}}),
        json!({"type": "contacts", "contacts": [{"name": {"formatted_name": "Luis"}}]}),
        json!({"type": "interactive", "interactive": {"type": "button_reply", "button_reply": {"id": "slot:1", "title": "5:00"}}}),
        json!({"type": "interactive", "interactive": {"type": "list_reply", "list_reply": {"id": "slot:2", "title": "6:00"}}}),
        json!({"type": "interactive"}),
        json!({"type": "button", "button": {"payload": "ok:1", "text": "Confirmar"}}),
        json!({"type": "reaction", "reaction": {"message_id": "wamid.X"}}),
        json!({"type": "system", "system": {"type": "user_changed_number", "body": "…", "wa_id": "521"}}),
        json!({"type": "revoke", "revoke": {"original_message_id": "wamid.X"}}),
        json!({"type": "unsupported", "errors": [{"code": 131_051}]}),
        json!({"type": "hologram", "hologram": {}}),
    ];
    let bodies: Vec<String> = kinds.iter().map(|kind| serde_json::to_string(&inbound_body(kind)).unwrap()).collect();
    expect![[r#"
        {"type":"media","kind":"image","media":{"provider_id":"M1","url":null,"mime":"image/jpeg","sha256":"x","stored":null},"caption":"así","filename":""}
        {"type":"media","kind":"voice","media":{"provider_id":"M2","url":null,"mime":"audio/ogg; codecs=opus","sha256":null,"stored":null},"caption":"","filename":""}
        {"type":"location","latitude":19.4,"longitude":-99.1,"name":"","address":""}
        {"type":"contacts","names":["Luis"]}
        {"type":"chosen","id":"slot:1","title":"5:00"}
        {"type":"chosen","id":"slot:2","title":"6:00"}
        {"type":"unsupported","kind":"interactive"}
        {"type":"chosen","id":"ok:1","title":"Confirmar"}
        {"type":"reaction","to":"wamid.X","emoji":""}
        {"type":"system","kind":"user_changed_number","text":"…"}
        {"type":"revoked","original":"wamid.X"}
        {"type":"unsupported","kind":"unsupported"}
        {"type":"unsupported","kind":"hologram"}"#]]
    .assert_eq(&bodies.join("\n"));
}

fn inbound_body(kind: &Value) -> Body {
    let mut message = json!({"from": "5215500002222", "id": "wamid.A", "timestamp": "1790000000"});
    message.as_object_mut().unwrap().extend(kind.as_object().unwrap().clone());
    let body = json!({"entry": [{"changes": [{"field": "messages", "value": {"metadata": {"phone_number_id": "7"}, "messages": [message]}}]}]}).to_string();
    match signed(body.as_bytes()).events.remove(0).event {
        Event::Message { body, .. } => body,
        Event::Status { .. } | Event::Echo { .. } | Event::Template { .. } | Event::Other { .. } => {
            panic!("no message")
        }
    }
}

#[test]
fn a_status_carries_our_id_back() {
    let ours = OutboxId(Uuid::from_u128(9));
    let body = json!({"entry": [{"changes": [{"field": "messages", "value": {"metadata": {"phone_number_id": "7"}, "statuses": [
        {"id": "wamid.OUT", "status": "failed", "timestamp": "1790000100", "recipient_id": "521", "biz_opaque_callback_data": ours.to_string(),
         "errors": [{"code": 131_047, "title": "Re-engagement message", "error_data": {"details": "24 hours have passed"}}]}]}}]}]})
    .to_string();
    let event = signed(body.as_bytes()).events.remove(0);
    assert_eq!(event.provider_id, "wamid.OUT:failed");
    assert!(
        matches!(event.event, Event::Status { echo: Some(echo), code: Some(131_047), failure: Some(_), .. } if echo == ours)
    );
}

#[test]
fn the_challenge_is_answered_only_to_who_knows_the_token() {
    let ask = |token: &str, query: &str| {
        let webhook = Webhook { url: "", query, headers: &[], body: b"" };
        graph("http://127.0.0.1:9").challenge(&line(&[("verify_token", token)]), &webhook)
    };
    let query = "hub.mode=subscribe&hub.verify_token=tok&hub.challenge=12345";
    assert_eq!(ask("tok", query).unwrap(), "12345");
    assert!(ask("other", query).is_err());
    assert!(ask("", "hub.mode=subscribe&hub.verify_token=&hub.challenge=1").is_err());
}

fn outgoing(body: Body) -> Outgoing {
    fixtures::outgoing("5215500002222", body)
}

#[test]
fn titles_are_cut_to_the_limits_and_scoped_ids_are_recipients() {
    let choice = |title: &str| Choice { id: "slot:0".into(), title: title.into(), description: String::new() };
    let request = outbound::request(&outgoing(Body::Buttons {
        text: "¿Cuál?".into(),
        buttons: vec![choice("jueves 5 de marzo a las 5:00 p.m.")],
    }));
    let title = request.pointer("/interactive/action/buttons/0/reply/title").unwrap().as_str().unwrap();
    assert_eq!(title, "jueves 5 de marzo a…");
    let many: Vec<Choice> = (0..11).map(|_| choice("a")).collect();
    assert_eq!(
        outbound::request(&outgoing(Body::List { text: "x".into(), button: "b".into(), rows: many }))["type"],
        "text"
    );
    let scoped = outbound::request(&Outgoing { to: "MX.9000".into(), ..outgoing(Body::text("hola")) });
    assert_eq!((scoped.get("recipient"), scoped.get("to")), (Some(&json!("MX.9000")), None));
}

async fn server(answer: &str) -> String {
    Server::start(vec![answer.to_owned()]).await.base
}

async fn send(base: &str) -> Result<Accepted, SendFailure> {
    graph(base).send(&line(&[("access_token", "tok")]), &outgoing(Body::text("hola"))).await
}

#[tokio::test]
async fn what_an_answer_means_is_told_apart() {
    let ok = server(&answer(200, r#"{"contacts":[{"wa_id":"5215500002222"}],"messages":[{"id":"wamid.OUT"}]}"#)).await;
    assert_eq!(send(&ok).await.unwrap().provider_message_id, "wamid.OUT");
    let html = server("HTTP/1.1 200 OK\r\ncontent-length: 6\r\nconnection: close\r\n\r\n<html>").await;
    assert!(matches!(send(&html).await, Err(SendFailure::Ambiguous { .. })));
    let empty = server(&answer(200, "{}")).await;
    assert!(matches!(send(&empty).await, Err(SendFailure::Ambiguous { .. })));
    let cut = server("HTTP/1.1 200 OK\r\ncontent-length: 600\r\n\r\n{\"mess").await;
    assert!(matches!(send(&cut).await, Err(SendFailure::Ambiguous { .. })));
    let silent = server("").await;
    assert!(matches!(send(&silent).await, Err(SendFailure::Ambiguous { .. })));
    let broken = server(&answer(503, "{}")).await;
    assert!(matches!(send(&broken).await, Err(SendFailure::Ambiguous { .. })));
    assert!(matches!(send("http://127.0.0.1:9").await, Err(SendFailure::NotSent { .. })));
    let pair = server(&answer(400, r#"{"error":{"code":131056,"message":"pair"}}"#)).await;
    assert!(matches!(send(&pair).await, Err(SendFailure::NotSent { throttled: Throttle::Recipient, .. })));
    let window = server(&answer(400, r#"{"error":{"code":131047,"message":"closed"}}"#)).await;
    assert!(matches!(
        send(&window).await,
        Err(SendFailure::Refused { kind: RefusalKind::WindowClosed, code: Some(131_047), .. })
    ));
    let elsewhere =
        server("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            .await;
    assert!(send(&elsewhere).await.is_err(), "redirects are not followed");
}

#[test]
fn a_changed_number_leads_to_the_same_customer_and_is_answered_at_the_new_one() {
    let body = json!({"entry": [{"changes": [{"field": "messages", "value": {"metadata": {"phone_number_id": "7"}, "messages": [
        {"from": "5215500002222", "id": "wamid.S", "timestamp": "1790000000", "type": "system",
         "system": {"type": "user_changed_number", "body": "Ana changed", "wa_id": "5215500003333", "user_id": "MX.NEW", "previous_user_id": "MX.OLD"}}]}}]}]})
    .to_string();
    let Event::Message { from, .. } = signed(body.as_bytes()).events.remove(0).event else { panic!("no message") };
    assert_eq!(from.address, "5215500003333");
    let phone = |raw: &str| Identity::Phone(Phone::parse(raw).unwrap());
    assert_eq!(
        from.identities,
        [
            phone("5215500002222"),
            phone("5215500003333"),
            Identity::Scoped("MX.OLD".into()),
            Identity::Scoped("MX.NEW".into())
        ]
    );
}

#[test]
fn context_and_advertisement_travel_with_the_message() {
    let body = json!({"entry": [{"changes": [{"field": "messages", "value": {"metadata": {"phone_number_id": "7"}, "messages": [
        {"from": "5215500002222", "id": "wamid.R", "timestamp": "1790000000", "type": "text", "text": {"body": "info"},
         "context": {"from": "52", "id": "wamid.Q"},
         "referral": {"source_type": "ad", "source_id": "9", "source_url": "https://fb.me/x", "headline": "2x1", "ctwa_clid": "c"}}]}}]}]})
    .to_string();
    let Event::Message { reply_to, referral, .. } = signed(body.as_bytes()).events.remove(0).event else {
        panic!("no message")
    };
    assert_eq!(reply_to.as_deref(), Some("wamid.Q"));
    assert_eq!(referral.unwrap().click, "c");
}

#[test]
fn a_template_turned_down_is_told_with_its_reason_and_twice_is_two_events() {
    let post = |time: i64| {
        let body = json!({"entry": [{"id": "1", "time": time, "changes": [{"field": "message_template_status_update", "value": {
            "event": "REJECTED", "message_template_id": 123, "message_template_name": "visit_reminder",
            "message_template_language": "es_MX", "reason": "INVALID_FORMAT", "message_template_category": "UTILITY"}}]}]})
        .to_string();
        signed(body.as_bytes()).events.remove(0)
    };
    let Event::Template { report } = post(1).event else { panic!("no report") };
    assert_eq!((report.status, report.reason.as_deref()), (TemplateStatus::Rejected, Some("INVALID_FORMAT")));
    assert_eq!((report.provider_id.as_deref(), report.category), (Some("123"), Some(TemplateCategory::Utility)));
    assert_eq!(post(1).provider_id, post(1).provider_id);
    assert_ne!(post(1).provider_id, post(2).provider_id);
}

#[test]
fn troubles_of_the_whole_number_are_kept_by_code() {
    let body = json!({"entry": [{"changes": [{"field": "messages", "value": {"metadata": {"phone_number_id": "7"}, "errors": [{"code": 131_031}]}}]}]}).to_string();
    assert_eq!(signed(body.as_bytes()).events[0].event, Event::Other { name: "error:131031".into() });
}

#[test]
fn each_code_means_one_thing_to_all_of_us() {
    let told = |code: i64| match errors::failure(
        400,
        &json!({"error": {"code": code, "message": "m", "error_data": {"details": "why"}}}),
        Some(9),
    ) {
        SendFailure::NotSent { throttled, wait_seconds, .. } => format!("wait {throttled:?} {wait_seconds:?}"),
        SendFailure::Ambiguous { .. } => "ambiguous".to_owned(),
        SendFailure::Refused { kind, reason, .. } => format!("{kind:?}: {reason}"),
    };
    let codes = [
        130_429, 131_056, 131_047, 131_026, 131_051, 131_053, 132_000, 132_001, 132_015, 132_069, 190, 0, 10, 200, 368,
        131_031, 131_000, 131_016, 131_008, 131_049, 131_050, 131_062, 130_497, 133_010, 137_000, 2_388_040, 999_999,
    ];
    let table: Vec<String> = codes.iter().map(|code| format!("{code} {}", told(*code))).collect();
    expect![[r#"
        130429 wait Number Some(9)
        131056 wait Recipient Some(9)
        131047 WindowClosed: why
        131026 Unreachable: why
        131051 MediaProblem: why
        131053 MediaProblem: why
        132000 TemplateProblem: why
        132001 TemplateProblem: why
        132015 TemplateProblem: why
        132069 wait No Some(9)
        190 Unauthorised: why
        0 Unauthorised: why
        10 AccountProblem: why
        200 AccountProblem: why
        368 AccountProblem: why
        131031 AccountProblem: why
        131000 ambiguous
        131016 wait No Some(9)
        131008 BadRequest: why
        131049 Unreachable: why
        131050 Unreachable: why
        131062 Unreachable: why
        130497 AccountProblem: why
        133010 AccountProblem: why
        137000 Unreachable: why
        2388040 TemplateProblem: why
        999999 Other: why"#]]
    .assert_eq(&table.join("\n"));
}

fn media_body(mime: &str) -> Outgoing {
    let media = MediaRef { mime: mime.into(), ..MediaRef::default() };
    let body = Body::Media { kind: MediaKind::Document, media, caption: "su receta".into(), filename: "r.pdf".into() };
    let attachment =
        Attachment { media: Media { bytes: b"%PDF-1.7".to_vec(), mime: mime.into() }, link: "https://x/y".into() };
    Outgoing { attachment: Some(attachment), ..outgoing(body) }
}

#[tokio::test]
async fn a_file_is_uploaded_and_then_sent_by_its_id() {
    let server =
        Server::start(vec![answer(200, r#"{"id":"M77"}"#), answer(200, r#"{"messages":[{"id":"wamid.F"}]}"#)]).await;
    let line = line(&[("access_token", "tok")]);
    let sent = graph(&server.base).send(&line, &media_body("application/pdf")).await.unwrap();
    assert_eq!(sent.provider_message_id, "wamid.F");
    let asked = server.asked();
    assert!(
        asked[0].starts_with("POST /v24.0/700800900100200/media ") && asked[0].contains("%PDF-1.7"),
        "{}",
        asked[0]
    );
    assert!(asked[1].contains(r#""document":{"caption":"su receta","filename":"r.pdf","id":"M77"}"#), "{}", asked[1]);
}

#[tokio::test]
async fn an_upload_without_an_answer_is_tried_again_because_nothing_was_sent() {
    let server = Server::start(vec![String::new()]).await;
    let failed = graph(&server.base).send(&line(&[("access_token", "tok")]), &media_body("application/pdf")).await;
    assert!(matches!(failed, Err(SendFailure::NotSent { .. })), "{failed:?}");
}

#[tokio::test]
async fn a_file_is_fetched_by_a_fresh_address_and_checked() {
    let bytes = "hola";
    let digest = hex::encode(Sha256::digest(bytes));
    let file =
        format!("HTTP/1.1 200 X\r\ncontent-type: text/plain\r\ncontent-length: 4\r\nconnection: close\r\n\r\n{bytes}");
    let line = line(&[("access_token", "tok")]);
    let wanted =
        |sha256: &str| MediaRef { provider_id: Some("M1".into()), sha256: Some(sha256.into()), ..MediaRef::default() };
    let files = Server::start(vec![file]).await;
    let meta = Server::json(200, &json!({"url": format!("{}/file", files.base), "file_size": 4}).to_string()).await;
    // The fake file host is not Meta's: its token must not go there.
    let foreign = graph(&meta.base).fetch_media(&line, &wanted(&digest), 10).await;
    assert!(matches!(foreign, Err(SendFailure::Refused { kind: RefusalKind::MediaProblem, .. })), "{foreign:?}");
    assert!(files.asked().is_empty());
    let too_large = Server::json(200, r#"{"url":"x","file_size":11}"#).await;
    assert!(graph(&too_large.base).fetch_media(&line, &wanted(&digest), 10).await.is_err());
    let direct = MediaRef {
        provider_id: None,
        url: Some(format!("{}/file", files.base)),
        sha256: Some(digest),
        ..MediaRef::default()
    };
    assert_eq!(graph(&files.base).fetch_media(&line, &direct, 10).await.unwrap().bytes, b"hola");
    let forged = MediaRef { sha256: Some("00".repeat(32)), ..direct.clone() };
    assert!(graph(&files.base).fetch_media(&line, &forged, 10).await.is_err(), "another file than was announced");
    assert!(graph(&files.base).fetch_media(&line, &direct, 3).await.is_err(), "longer than allowed");
}

#[tokio::test]
async fn templates_are_handed_in_and_listed_page_by_page() {
    let line = line(&[("access_token", "tok"), ("waba_id", "42")]);
    let template = Template {
        id: domain::TemplateId(Uuid::from_u128(1)),
        channel: line.id,
        purpose: TemplatePurpose::Reminder,
        name: "visit_reminder".into(),
        language: "es_MX".into(),
        category: TemplateCategory::Utility,
        text: "Hola {{1}}, le esperamos mañana".into(),
        examples: vec!["Ana".into()],
        status: TemplateStatus::Draft,
        provider_id: None,
        reason: None,
    };
    let server = Server::json(200, r#"{"id":"555","status":"PENDING","category":"MARKETING"}"#).await;
    let report = graph(&server.base).submit_template(&line, &template).await.unwrap();
    assert_eq!((report.status, report.category), (TemplateStatus::Pending, Some(TemplateCategory::Marketing)));
    assert!(server.asked()[0].contains(r#""example":{"body_text":[["Ana"]]}"#), "{}", server.asked()[0]);
    let first = r#"{"data":[{"id":"1","name":"a","language":"es","status":"APPROVED"}],"paging":{"next":"x","cursors":{"after":"CUR"}}}"#;
    let second = r#"{"data":[{"id":"2","name":"b","language":"en","status":"REJECTED","rejected_reason":"SCAM"}]}"#;
    let list = Server::start(vec![answer(200, first), answer(200, second)]).await;
    let reports = graph(&list.base).template_reports(&line).await.unwrap();
    assert_eq!(reports.len(), 2);
    assert_eq!(reports[1].reason.as_deref(), Some("SCAM"));
    assert!(list.asked()[1].contains("after=CUR"));
    let bare = fixtures::line(Provider::Meta, "7", &[("access_token", "tok")]);
    assert!(graph(&list.base).template_reports(&bare).await.is_err(), "no business account");
}

#[test]
fn a_failed_status_says_what_kind_of_failure_it_is() {
    let body = json!({"entry": [{"changes": [{"field": "messages", "value": {"metadata": {"phone_number_id": "7"}, "statuses": [
        {"id": "wamid.OUT", "status": "failed", "timestamp": "1790000100", "errors": [{"code": 131_047, "title": "Re-engagement"}]},
        {"id": "wamid.OUT", "status": "delivered", "timestamp": "1790000101"}]}}]}]}).to_string();
    let events = signed(body.as_bytes()).events;
    assert!(matches!(
        &events[0].event,
        Event::Status { ticks: Ticks::Failed, refusal: Some(RefusalKind::WindowClosed), .. }
    ));
    assert!(matches!(&events[1].event, Event::Status { ticks: Ticks::Delivered, refusal: None, failure: None, .. }));
}

proptest! {
    #[test]
    fn no_body_makes_the_reader_panic(body in prop::collection::vec(any::<u8>(), 0..400)) {
        signed(&body);
    }

    #[test]
    fn no_odd_shape_makes_the_reader_panic(kind in "[a-z]{0,10}", from in "[0-9.A-Z]{0,20}", text in "\\PC{0,40}") {
        let body = json!({"entry": [{"changes": [{"field": kind.clone(), "value": {"messages": [{"type": kind.clone(), "from": from, "id": text.clone(), "timestamp": text.clone(), kind: {"id": text, "body": 3}}]}}]}]}).to_string();
        signed(body.as_bytes());
    }
}
