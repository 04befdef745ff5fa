//! Wassenger's events as captured, callers without proof, and answers that go wrong.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test wants one kind and panics with any other")]

use domain::{
    OutboxId, Phone,
    channel::{Attachment, Channel, Event, Inbound},
    customer::Identity,
    delivery::{SendFailure, Throttle, Ticks},
    message::{Choice, MediaKind},
};
use expect_test::expect;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::{
    simulator::sign,
    tests::{self as fixtures, NOW, Server, clients, env, idle_clients, outgoing},
};

const DEVICE: &str = "aaaaaaaaaaaaaaaaaaaaaaaa";

fn line() -> Line {
    fixtures::line(Provider::Wassenger, DEVICE, &[("api_key", "key"), ("webhook_secret", "s3cret")])
}

fn wassenger(base: &str) -> Wassenger {
    Wassenger::new(clients(), base, env())
}

fn receive(line: &Line, signature: Option<&str>, query: &str, body: &[u8]) -> Result<Received, WebhookRefused> {
    let headers: Vec<(String, String)> =
        signature.map(|value| ("x-wassenger-signature".to_owned(), value.to_owned())).into_iter().collect();
    Wassenger::new(idle_clients(), "http://127.0.0.1:9", env())
        .receive(line, &Webhook { url: "", query, headers: &headers, body })
}

fn event(name: &str, data: &Value) -> Received {
    let body = json!({ "id": "EVT1", "object": "message", "event": name, "created": NOW, "device": { "id": DEVICE, "phone": "+525500001111" }, "data": data }).to_string();
    receive(&line(), Some(&sign("s3cret", body.as_bytes())), "", body.as_bytes()).unwrap()
}

fn incoming(more: &Value) -> Value {
    let mut data = json!({
        "id": "3EB0BBBB", "type": "text", "flow": "inbound", "from": "5215500002222@c.us", "fromNumber": "+5215500002222",
        "toNumber": "+525500001111", "timestamp": NOW, "body": "hola",
        "chat": { "id": "5215500002222@c.us", "name": "Ana", "type": "chat", "lid": "88@lid", "contact": { "displayName": "Ana P" } },
        "meta": { "isGroup": false },
    });
    data.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    data
}

fn one(received: Received) -> Inbound {
    assert!(received.unreadable.is_empty(), "{received:?}");
    let mut events = received.events;
    assert_eq!(events.len(), 1, "{events:?}");
    events.remove(0)
}

#[test]
fn a_signature_or_the_word_in_the_address_proves_the_caller() {
    let body = br#"{"id":"E","event":"x"}"#;
    let good = sign("s3cret", body);
    assert!(receive(&line(), Some(&good), "", body).is_ok());
    assert!(receive(&line(), Some(&sign("other", body)), "", body).is_err());
    assert!(receive(&line(), None, "", body).is_err());
    assert!(receive(&line(), None, "key=s3cret", body).is_err(), "no word is configured");
    let worded = fixtures::line(Provider::Wassenger, DEVICE, &[("webhook_key", "word"), ("webhook_secret", "s3cret")]);
    assert!(receive(&worded, None, "key=word", body).is_ok());
    assert!(receive(&worded, None, "key=wor", body).is_err());
    assert!(
        receive(&worded, Some("sha256=00"), "key=word", body).is_err(),
        "a wrong signature is not made good by the word"
    );
    assert!(receive(&fixtures::line(Provider::Wassenger, DEVICE, &[]), Some(&sign("", body)), "key=", body).is_err());
}

#[test]
fn every_kind_of_message_is_read_and_unknown_ones_are_kept() {
    let kinds = [
        json!({}),
        json!({"type": "image", "body": "", "media": {"id": "M1", "mime": "image/jpeg", "caption": "así"}}),
        json!({"type": "audio", "body": "", "media": {"id": "M2", "mime": "audio/ogg"}}),
        json!({"type": "document", "body": "", "media": {"id": "M3", "mime": "application/pdf", "filename": "r.pdf"}}),
        json!({"type": "sticker", "body": "", "media": {"id": "M4", "mime": "image/webp"}}),
        json!({"type": "location", "location": {"latitude": 19.4, "longitude": -99.1, "name": "Casa"}}),
        json!({"type": "contacts", "contacts": [{"name": "Luis"}, {"displayName": "Eva"}]}),
        json!({"type": "buttons", "subtype": "response", "body": "5:00", "selectedId": "slot:1"}),
        json!({"type": "list", "subtype": "response", "body": "6:00"}),
        json!({"type": "order", "body": "2 cosas", "order": {"items": [1, 2]}}),
        json!({"type": "poll"}),
    ];
    let bodies: Vec<String> = kinds
        .iter()
        .map(|kind| match one(event("message:in:new", &incoming(kind))).event {
            Event::Message { body, .. } => serde_json::to_string(&body).unwrap(),
            other => panic!("{other:?}"),
        })
        .collect();
    expect![[r#"
        {"type":"text","text":"hola"}
        {"type":"media","kind":"image","media":{"provider_id":"M1","url":null,"mime":"image/jpeg","sha256":null,"stored":null},"caption":"así","filename":""}
        {"type":"media","kind":"voice","media":{"provider_id":"M2","url":null,"mime":"audio/ogg","sha256":null,"stored":null},"caption":"","filename":""}
        {"type":"media","kind":"document","media":{"provider_id":"M3","url":null,"mime":"application/pdf","sha256":null,"stored":null},"caption":"","filename":"r.pdf"}
        {"type":"media","kind":"sticker","media":{"provider_id":"M4","url":null,"mime":"image/webp","sha256":null,"stored":null},"caption":"","filename":""}
        {"type":"location","latitude":19.4,"longitude":-99.1,"name":"Casa","address":""}
        {"type":"contacts","names":["Luis","Eva"]}
        {"type":"chosen","id":"slot:1","title":"5:00"}
        {"type":"chosen","id":"6:00","title":"6:00"}
        {"type":"order","text":"2 cosas","items":2}
        {"type":"unsupported","kind":"poll"}"#]].assert_eq(&bodies.join("\n"));
}

#[test]
fn who_wrote_is_known_by_number_and_hidden_id_flat_or_nested() {
    for data in [incoming(&json!({})), json!({ "message": incoming(&json!({})) })] {
        let inbound = one(event("message:in:new", &data));
        assert_eq!((inbound.provider_id.as_str(), inbound.external_id.as_str()), ("3EB0BBBB", DEVICE));
        let Event::Message { from, .. } = inbound.event else { panic!("no message") };
        assert_eq!((from.address.as_str(), from.profile_name.as_str()), ("+5215500002222", "Ana P"));
        assert_eq!(
            from.identities,
            [Identity::Phone(Phone::parse("+525500002222").unwrap()), Identity::Lid("88@lid".into())]
        );
    }
}

#[test]
fn groups_channels_and_our_own_words_are_left_out() {
    for odd in [
        json!({"meta": {"isGroup": true}}),
        json!({"chat": {"type": "channel"}}),
        json!({"fromNumber": "+525500001111"}),
    ] {
        assert_eq!(event("message:in:new", &incoming(&odd)), Received::default(), "{odd}");
    }
}

#[test]
fn what_became_of_ours_is_told_by_reference_or_id() {
    let ours = OutboxId(Uuid::from_u128(9));
    let status = |name: &str, more: Value| {
        let mut data = json!({ "id": "3EB0O", "reference": ours.to_string() });
        data.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        event(name, &data)
            .events
            .into_iter()
            .filter_map(|inbound| match inbound.event {
                Event::Status { ticks, echo, failure, .. } => Some((ticks, echo == Some(ours), failure)),
                _ => None,
            })
            .next()
    };
    assert_eq!(status("message:out:new", json!({})), Some((Ticks::Sent, true, None)));
    assert_eq!(
        status("message:update", json!({"status": "processed", "deliveryStatus": "delivered"})),
        Some((Ticks::Delivered, true, None))
    );
    assert_eq!(status("message:out:ack", json!({"ack": "read"})), Some((Ticks::Read, true, None)));
    assert_eq!(status("message:out:delivered", json!({})), Some((Ticks::Delivered, true, None)));
    assert_eq!(status("message:update", json!({"status": "queued"})), None);
    let failed = status("message:out:failed", json!({"error": {"message": "not on WhatsApp"}}));
    assert_eq!(failed, Some((Ticks::Failed, true, Some("not on WhatsApp".into()))));
    let theirs = incoming(
        &json!({"from": "525500001111@c.us", "fromNumber": "+525500001111", "to": "5215500002222@c.us", "toNumber": "+5215500002222"}),
    );
    assert!(matches!(one(event("message:out:new", &theirs)).event, Event::Echo { .. }), "somebody wrote on the phone");
}

#[test]
fn reactions_and_unknown_events_are_kept() {
    let reaction = incoming(&json!({"reaction": {"parentId": "3EB0Q", "reaction": "👍"}}));
    assert!(matches!(
        one(event("message:reaction", &reaction)).event,
        Event::Message { body: Body::Reaction { .. }, .. }
    ));
    assert_eq!(one(event("campaign:done", &json!({}))).event, Event::Other { name: "campaign:done".into() });
}

#[tokio::test]
async fn messages_leave_with_our_reference() {
    let server = Server::json(201, r#"{"id":"5f","waId":"3EB0NEW","status":"queued"}"#).await;
    let wassenger = wassenger(&server.base);
    let choice = |title: &str| Choice { id: title.into(), title: title.into(), description: "con Luis".into() };
    let question =
        Body::List { text: "¿Cuál?".into(), button: "Ver".into(), rows: vec![choice("5:00"), choice("6:00")] };
    let file = Body::Media {
        kind: MediaKind::Image,
        media: MediaRef::default(),
        caption: "mire".into(),
        filename: String::new(),
    };
    let attachment = Attachment {
        media: Media { bytes: vec![1], mime: "image/png".into() },
        link: "https://desk.example/files/x".into(),
    };
    let messages = [
        outgoing("+5215500002222", Body::text("hola")),
        outgoing("+5215500002222", question),
        Outgoing { attachment: Some(attachment), reply_to: Some("3EB0Q".into()), ..outgoing("+5215500002222", file) },
    ];
    for message in &messages {
        assert_eq!(wassenger.send(&line(), message).await.unwrap().provider_message_id, "3EB0NEW");
    }
    wassenger.mark_read(&line(), "+5215500002222", "3EB0BBBB", true).await;
    let asked = server.asked();
    let shown: Vec<String> = asked
        .iter()
        .map(|request| format!("{} {}", request.split(' ').nth(1).unwrap(), request.split_once("\r\n\r\n").unwrap().1))
        .collect();
    expect![[r#"
        /v1/messages {"device":"aaaaaaaaaaaaaaaaaaaaaaaa","message":"hola","phone":"+5215500002222","reference":"out_00000000000000000000000000000009"}
        /v1/messages {"device":"aaaaaaaaaaaaaaaaaaaaaaaa","message":"¿Cuál?\n1. 5:00 – con Luis\n2. 6:00 – con Luis","phone":"+5215500002222","reference":"out_00000000000000000000000000000009"}
        /v1/messages {"device":"aaaaaaaaaaaaaaaaaaaaaaaa","media":{"url":"https://desk.example/files/x"},"message":"mire","phone":"+5215500002222","quote":"3EB0Q","reference":"out_00000000000000000000000000000009"}
        /v1/chat/aaaaaaaaaaaaaaaaaaaaaaaa/typing {"action":"typing","chat":"+5215500002222","duration":10}"#]].assert_eq(&shown.join("\n"));
    assert!(asked[0].contains("token: key"));
    let reaction = outgoing("+52", Body::Reaction { to: "x".into(), emoji: "👍".into() });
    assert!(matches!(wassenger.send(&line(), &reaction).await, Err(SendFailure::Refused { .. })));
}

#[tokio::test]
async fn what_an_answer_means_is_told_apart() {
    let outcome = |status: u16, body: &'static str| async move {
        let server = Server::json(status, body).await;
        wassenger(&server.base).send(&line(), &outgoing("+52", Body::text("x"))).await
    };
    let kind = |outcome| match outcome {
        Err(SendFailure::Refused { kind, .. }) => kind,
        other => panic!("{other:?}"),
    };
    assert_eq!(kind(outcome(401, r#"{"message":"bad token"}"#).await), RefusalKind::Unauthorised);
    assert_eq!(kind(outcome(402, r#"{"message":"plan"}"#).await), RefusalKind::AccountProblem);
    assert_eq!(kind(outcome(400, r#"{"message":"no","errorCode":"phone:invalid"}"#).await), RefusalKind::Unreachable);
    assert_eq!(kind(outcome(400, r#"{"message":"no","errorCode":"validation"}"#).await), RefusalKind::BadRequest);
    assert_eq!(
        kind(outcome(409, r#"{"message":"off","errorCode":"device:offline"}"#).await),
        RefusalKind::AccountProblem
    );
    assert!(matches!(outcome(429, "{}").await, Err(SendFailure::NotSent { throttled: Throttle::Number, .. })));
    assert!(matches!(outcome(502, "<html>").await, Err(SendFailure::Ambiguous { .. })));
}

#[tokio::test]
async fn an_ambiguous_send_is_found_by_reference_or_words() {
    let since = Timestamp::from_second(NOW).unwrap();
    let message = outgoing("+5215500002222", Body::text("hola"));
    let find = async |answer: Value| {
        let server = Server::json(200, &answer.to_string()).await;
        let found = wassenger(&server.base).find(&line(), &message, since).await;
        assert!(server.asked()[0].contains("chat=5215500002222%40c.us"), "{}", server.asked()[0]);
        found
    };
    let reference = message.id.to_string();
    let sent = |id: &str| Found::Sent { provider_message_id: id.into() };
    assert_eq!(find(json!([{"id": "A", "reference": reference}])).await, sent("A"));
    assert_eq!(find(json!([{"id": "B", "flow": "outbound", "timestamp": NOW, "body": "hola"}])).await, sent("B"));
    assert_eq!(
        find(json!([{"id": "C", "flow": "outbound", "timestamp": NOW - 900, "body": "hola"}])).await,
        Found::NotSent
    );
    assert_eq!(find(json!([])).await, Found::CannotTell);
}

#[tokio::test]
async fn a_file_is_fetched_from_the_device() {
    let file = "HTTP/1.1 200 X\r\ncontent-type: image/png\r\ncontent-length: 3\r\nconnection: close\r\n\r\npng";
    let server = Server::start(vec![file.into()]).await;
    let media = |id: &str| MediaRef { provider_id: Some(id.into()), ..MediaRef::default() };
    let found = wassenger(&server.base).fetch_media(&line(), &media("M1"), 10).await.unwrap();
    assert_eq!(found.bytes, b"png");
    assert!(
        server.asked()[0].starts_with(&format!("GET /v1/chat/{DEVICE}/files/M1/download ")),
        "{}",
        server.asked()[0]
    );
    assert!(wassenger(&server.base).fetch_media(&line(), &media("../../x"), 10).await.is_err());
}

proptest! {
    #[test]
    fn no_body_makes_the_reader_panic(body in prop::collection::vec(any::<u8>(), 0..300)) {
        inbound::read(&body, env().now());
    }

    #[test]
    fn no_odd_shape_makes_the_reader_panic(name in "message:(in:new|out:new|update|out:ack|reaction)", kind in "[a-z]{0,9}", number in "[0-9+@a-z.]{0,16}", text in "\\PC{0,20}") {
        event(&name, &incoming(&json!({"type": kind, "fromNumber": number, "toNumber": text, "reference": text, "media": 3, "ack": text})));
    }
}
