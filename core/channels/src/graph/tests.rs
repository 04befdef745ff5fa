//! The protocol against recorded shapes, hostile signatures and a server that misbehaves.

use std::{collections::BTreeMap, time::Duration};

use domain::{
    ChannelId, OutboxId, Secret, TenantId,
    channel::{Channel, Event, Line, Outgoing, Provider, Webhook},
    customer::Identity,
    delivery::{RefusalKind, SendFailure, Throttle},
    message::{Body, Choice},
};
use expect_test::expect;
use proptest::prelude::*;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use uuid::Uuid;

use super::*;
use crate::simulator::sign;

fn line(secrets: &[(&str, &str)]) -> Line {
    Line {
        id: ChannelId(Uuid::from_u128(1)),
        tenant: TenantId(Uuid::from_u128(2)),
        provider: Provider::Meta,
        external_id: "700800900100200".into(),
        display_number: "525500001111".into(),
        active: true,
        secrets: secrets
            .iter()
            .map(|(name, secret)| ((*name).to_owned(), Secret::new(*secret)))
            .collect::<BTreeMap<_, _>>(),
    }
}

fn graph(base: &str) -> Graph {
    let http = http::client_with(Duration::from_millis(300), Duration::from_millis(500)).unwrap();
    Graph::new(Provider::Meta, http, base, "v24.0")
}

fn receive(secret: &str, header: Option<&str>, body: &[u8]) -> Result<Received, WebhookRefused> {
    let headers: Vec<(String, String)> =
        header.map(|value| ("x-hub-signature-256".to_owned(), value.to_owned())).into_iter().collect();
    let webhook = Webhook { url: "", query: "", headers: &headers, body };
    graph("http://127.0.0.1:9").receive(&line(&[("app_secret", secret)]), &webhook)
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
        Event::Status { .. } | Event::Echo { .. } | Event::Other { .. } => panic!("no message"),
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
    Outgoing { id: OutboxId(Uuid::from_u128(9)), to: "5215500002222".into(), body, reply_to: None }
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

/// A server that answers every connection with `answer`, after reading the request; its URL.
async fn server(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = vec![0; 8_192];
            let _read = socket.read(&mut request).await;
            if answer.is_empty() {
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
            let _written = socket.write_all(answer.as_bytes()).await;
        }
    });
    base
}

async fn send(base: &str) -> Result<Accepted, SendFailure> {
    graph(base).send(&line(&[("access_token", "tok")]), &outgoing(Body::text("hola"))).await
}

#[tokio::test]
async fn what_an_answer_means_is_told_apart() {
    let json = |status: &str, body: &str| {
        format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
    };
    let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let ok =
        server(leak(json("200 OK", r#"{"contacts":[{"wa_id":"5215500002222"}],"messages":[{"id":"wamid.OUT"}]}"#)))
            .await;
    assert_eq!(send(&ok).await.unwrap().provider_message_id, "wamid.OUT");
    let html = server("HTTP/1.1 200 OK\r\ncontent-length: 6\r\nconnection: close\r\n\r\n<html>").await;
    assert!(matches!(send(&html).await, Err(SendFailure::Ambiguous { .. })));
    let empty = server(leak(json("200 OK", "{}"))).await;
    assert!(matches!(send(&empty).await, Err(SendFailure::Ambiguous { .. })));
    let cut = server("HTTP/1.1 200 OK\r\ncontent-length: 600\r\n\r\n{\"mess").await;
    assert!(matches!(send(&cut).await, Err(SendFailure::Ambiguous { .. })));
    let silent = server("").await;
    assert!(matches!(send(&silent).await, Err(SendFailure::Ambiguous { .. })));
    let broken = server(leak(json("503 Service Unavailable", "{}"))).await;
    assert!(matches!(send(&broken).await, Err(SendFailure::Ambiguous { .. })));
    assert!(matches!(send("http://127.0.0.1:9").await, Err(SendFailure::NotSent { .. })));
    let pair = server(leak(json("400 Bad Request", r#"{"error":{"code":131056,"message":"pair"}}"#))).await;
    assert!(matches!(send(&pair).await, Err(SendFailure::NotSent { throttled: Throttle::Recipient, .. })));
    let window = server(leak(json("400 Bad Request", r#"{"error":{"code":131047,"message":"closed"}}"#))).await;
    assert!(matches!(
        send(&window).await,
        Err(SendFailure::Refused { kind: RefusalKind::WindowClosed, code: Some(131_047), .. })
    ));
    let elsewhere =
        server("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            .await;
    assert!(send(&elsewhere).await.is_err(), "redirects are not followed");
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
