//! Evolution's events as its source writes them, callers without the secret, and a server that answers oddly.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test wants one kind and panics with any other")]

use domain::{
    Phone,
    channel::{Attachment, Channel, Event, Inbound},
    customer::Identity,
    delivery::{SendFailure, Ticks},
    message::{Body, Choice, MediaKind},
};
use expect_test::expect;
use proptest::prelude::*;

use super::*;
use crate::tests::{self as fixtures, NOW, Server, clients, env, idle_clients, json as answer, outgoing};

const ANA: &str = "5215500002222@s.whatsapp.net";

fn line() -> Line {
    fixtures::line(Provider::Evolution, "luz-7", &[("api_key", "key"), ("webhook_secret", "s3cret")])
}

fn evolution(base: &str) -> Evolution {
    Evolution::new(clients(), base, env())
}

fn receive(headers: &[(&str, &str)], body: &[u8]) -> Result<Received, WebhookRefused> {
    let headers: Vec<(String, String)> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Evolution::new(idle_clients(), "", env()).receive(&line(), &Webhook { url: "", query: "", headers: &headers, body })
}

fn event(name: &str, data: &Value) -> Received {
    let body = json!({ "event": name, "instance": "luz-7", "date_time": "2030-01-01T00:00:00.000Z", "apikey": "TOKEN", "data": data });
    receive(&[(HEADER, "s3cret")], body.to_string().as_bytes()).unwrap()
}

fn upsert(key: &Value, message: &Value, more: &Value) -> Value {
    let mut data =
        json!({ "key": key, "pushName": "Ana", "message": message, "messageTimestamp": NOW, "messageType": "x" });
    data.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    data
}

fn from_ana() -> Value {
    json!({ "remoteJid": ANA, "remoteJidAlt": "880000000000@lid", "fromMe": false, "id": "3EB0AAAA" })
}

fn one(received: Received) -> Inbound {
    assert!(received.unreadable.is_empty(), "{received:?}");
    let mut events = received.events;
    assert_eq!(events.len(), 1, "{events:?}");
    events.remove(0)
}

#[test]
fn only_who_knows_the_secret_is_believed() {
    let body = br#"{"event":"x","instance":"luz-7","apikey":"key","data":{}}"#;
    assert!(receive(&[(HEADER, "s3cret")], body).is_ok());
    assert!(receive(&[(HEADER, "s3cre")], body).is_err());
    assert!(receive(&[(HEADER, "")], body).is_err());
    assert!(receive(&[], body).is_err(), "the key in the body proves nothing");
    assert!(receive(&[("apikey", "key")], body).is_err(), "our own key is not theirs");
    let bearer = |head: Value, claims: Value, secret: &str| format!("Bearer {}", proof::token(secret, &head, &claims));
    let head = || json!({"alg": "HS256", "typ": "JWT"});
    let good = bearer(head(), json!({"iat": NOW, "exp": NOW + 600, "app": "evolution", "action": "webhook"}), "s3cret");
    assert!(receive(&[("authorization", &good)], body).is_ok());
    for bad in [
        bearer(head(), json!({"exp": NOW - 3_600, "app": "evolution"}), "s3cret"),
        bearer(head(), json!({"exp": NOW + 600, "app": "evolution"}), "other"),
        bearer(head(), json!({"app": "evolution"}), "s3cret"),
        bearer(json!({"alg": "none"}), json!({"exp": NOW + 600}), "s3cret"),
        good.replace("Bearer ", "Basic "),
        "Bearer a.b".to_owned(),
    ] {
        assert!(receive(&[("authorization", &bad)], body).is_err(), "{bad}");
    }
    let bare = fixtures::line(Provider::Evolution, "luz-7", &[]);
    let headers = [(HEADER.to_owned(), String::new())];
    let call = Webhook { url: "", query: "", headers: &headers, body };
    assert!(evolution("").receive(&bare, &call).is_err(), "an empty secret proves nothing");
}

#[test]
fn every_kind_of_message_is_read_and_unknown_ones_are_kept() {
    let kinds = [
        json!({"conversation": "hola"}),
        json!({"extendedTextMessage": {"text": "mire https://x"}}),
        json!({"imageMessage": {"url": "https://mmg/x.enc", "mimetype": "image/jpeg", "caption": "así"}}),
        json!({"audioMessage": {"ptt": true, "mimetype": "audio/ogg; codecs=opus"}}),
        json!({"audioMessage": {"mimetype": "audio/mp4"}}),
        json!({"documentWithCaptionMessage": {"message": {"documentMessage": {"fileName": "r.pdf", "mimetype": "application/pdf", "caption": "c"}}}}),
        json!({"viewOnceMessageV2": {"message": {"videoMessage": {"mimetype": "video/mp4"}}}}),
        json!({"stickerMessage": {"mimetype": "image/webp"}}),
        json!({"locationMessage": {"degreesLatitude": 19.4, "degreesLongitude": -99.1, "name": "Casa"}}),
        json!({"contactMessage": {"displayName": "Luis", "vcard": "BEGIN:VCARD"}}),
        json!({"contactsArrayMessage": {"contacts": [{"displayName": "Luis"}, {"displayName": "Eva"}]}}),
        json!({"reactionMessage": {"key": {"id": "3EB0X"}, "text": "👍"}}),
        json!({"listResponseMessage": {"title": "6:00", "singleSelectReply": {"selectedRowId": "slot:2"}}}),
        json!({"buttonsResponseMessage": {"selectedButtonId": "slot:1", "selectedDisplayText": "5:00"}}),
        json!({"templateButtonReplyMessage": {"selectedId": "ok:1"}}),
        json!({"interactiveResponseMessage": {"body": {"text": "Sí"}, "nativeFlowResponseMessage": {"paramsJson": "{\"id\":\"yes\"}"}}}),
        json!({"protocolMessage": {"key": {"id": "3EB0X"}, "type": "REVOKE"}}),
        json!({"protocolMessage": {"key": {"id": "3EB0X"}, "type": 14, "editedMessage": {"conversation": "mejor a las 6"}}}),
        json!({"messageContextInfo": {}, "pollCreationMessageV3": {"name": "?"}}),
    ];
    let bodies: Vec<String> = kinds
        .iter()
        .map(|message| {
            match one(event("messages.upsert", &upsert(&from_ana(), message, &json!({"messageType": ""})))).event {
                Event::Message { body, .. } => serde_json::to_string(&body).unwrap(),
                other => panic!("{other:?}"),
            }
        })
        .collect();
    expect![[r#"
        {"type":"text","text":"hola"}
        {"type":"text","text":"mire https://x"}
        {"type":"media","kind":"image","media":{"provider_id":"3EB0AAAA","url":null,"mime":"image/jpeg","sha256":null,"stored":null},"caption":"así","filename":""}
        {"type":"media","kind":"voice","media":{"provider_id":"3EB0AAAA","url":null,"mime":"audio/ogg; codecs=opus","sha256":null,"stored":null},"caption":"","filename":""}
        {"type":"media","kind":"audio","media":{"provider_id":"3EB0AAAA","url":null,"mime":"audio/mp4","sha256":null,"stored":null},"caption":"","filename":""}
        {"type":"media","kind":"document","media":{"provider_id":"3EB0AAAA","url":null,"mime":"application/pdf","sha256":null,"stored":null},"caption":"c","filename":"r.pdf"}
        {"type":"media","kind":"video","media":{"provider_id":"3EB0AAAA","url":null,"mime":"video/mp4","sha256":null,"stored":null},"caption":"","filename":""}
        {"type":"media","kind":"sticker","media":{"provider_id":"3EB0AAAA","url":null,"mime":"image/webp","sha256":null,"stored":null},"caption":"","filename":""}
        {"type":"location","latitude":19.4,"longitude":-99.1,"name":"Casa","address":""}
        {"type":"contacts","names":["Luis"]}
        {"type":"contacts","names":["Luis","Eva"]}
        {"type":"reaction","to":"3EB0X","emoji":"👍"}
        {"type":"chosen","id":"slot:2","title":"6:00"}
        {"type":"chosen","id":"slot:1","title":"5:00"}
        {"type":"chosen","id":"ok:1","title":"ok:1"}
        {"type":"chosen","id":"yes","title":"Sí"}
        {"type":"revoked","original":"3EB0X"}
        {"type":"edited","original":"3EB0X","text":"mejor a las 6"}
        {"type":"unsupported","kind":"pollCreationMessageV3"}"#]].assert_eq(&bodies.join("\n"));
    let silent =
        upsert(&from_ana(), &json!({"protocolMessage": {"key": {"id": "x"}, "type": "EPHEMERAL_SETTING"}}), &json!({}));
    assert_eq!(event("messages.upsert", &silent), Received::default(), "phones talking among themselves");
}

#[test]
fn a_hidden_id_is_answered_as_it_came_and_known_by_its_phone() {
    let key = json!({ "remoteJid": "880000000000@lid", "remoteJidAlt": ANA, "fromMe": false, "id": "3EB0AAAA" });
    let inbound = one(event(
        "messages.upsert",
        &upsert(&key, &json!({"conversation": "hola"}), &json!({"contextInfo": {"stanzaId": "3EB0Q"}})),
    ));
    assert_eq!(
        (inbound.external_id.as_str(), inbound.at.as_second()),
        ("luz-7", NOW),
        "not the time that claims to be UTC"
    );
    let Event::Message { from, reply_to, .. } = inbound.event else { panic!("no message") };
    assert_eq!((from.address.as_str(), reply_to.as_deref()), ("880000000000@lid", Some("3EB0Q")));
    let phone = Identity::Phone(Phone::parse("+525500002222").unwrap());
    assert_eq!(from.identities, [phone, Identity::Lid("880000000000@lid".into())]);
    let alone = json!({ "remoteJid": "880000000000@lid", "fromMe": false, "id": "3EB0AAAB" });
    let Event::Message { from, .. } =
        one(event("messages.upsert", &upsert(&alone, &json!({"conversation": "a"}), &json!({})))).event
    else {
        panic!("no message")
    };
    assert_eq!(from.identities, [Identity::Lid("880000000000@lid".into())]);
}

#[test]
fn groups_and_broadcasts_are_left_out() {
    for jid in ["120363@g.us", "status@broadcast", "99@broadcast", "1@newsletter"] {
        let key = json!({ "remoteJid": jid, "fromMe": false, "id": "A" });
        assert_eq!(
            event("messages.upsert", &upsert(&key, &json!({"conversation": "a"}), &json!({}))),
            Received::default(),
            "{jid}"
        );
    }
}

#[test]
fn what_the_business_says_itself_is_an_echo_without_its_own_name() {
    let key = json!({ "remoteJid": ANA, "fromMe": true, "id": "3EB0OURS" });
    let data = upsert(&key, &json!({"conversation": "ya le atiendo"}), &json!({}));
    for name in ["messages.upsert", "send.message", "SEND_MESSAGE"] {
        let inbound = one(event(name, &data));
        assert_eq!(inbound.provider_id, "3EB0OURS", "the same under both names, so it is taken in once");
        assert!(matches!(inbound.event, Event::Echo { to, .. } if to.profile_name.is_empty()));
    }
}

#[test]
fn statuses_come_one_by_one_or_in_lists_and_only_ours_count() {
    let status = |word: Value| json!({ "keyId": "3EB0O", "remoteJid": ANA, "fromMe": true, "status": word });
    let ticks = |received: Received| {
        received
            .events
            .into_iter()
            .filter_map(|inbound| match inbound.event {
                Event::Status { ticks, .. } => Some(ticks),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(ticks(event("messages.update", &status(json!("DELIVERY_ACK")))), [Ticks::Delivered]);
    let list = json!([status(json!("SERVER_ACK")), status(json!(4)), status(json!("PENDING")), status(json!("ERROR"))]);
    assert_eq!(ticks(event("messages.update", &list)), [Ticks::Sent, Ticks::Read, Ticks::Failed]);
    let theirs = json!({ "keyId": "A", "remoteJid": ANA, "fromMe": false, "status": "READ" });
    assert_eq!(event("messages.update", &theirs), Received::default());
}

#[test]
fn a_lost_connection_is_told_and_a_code_to_link_with_is_kept_nowhere() {
    let closed = one(event("connection.update", &json!({"instance": "luz-7", "state": "close", "statusReason": 401})));
    assert_eq!(closed.event, Event::Other { name: "connection:close:401".into() });
    let qr = event("qrcode.updated", &json!({"qrcode": {"base64": "data:image/png;base64,SECRET"}}));
    assert!(!format!("{qr:?}").contains("SECRET") && !format!("{qr:?}").contains("TOKEN"));
    let broken = event("messages.upsert", &json!({"key": {"remoteJid": ANA, "id": ""}}));
    assert_eq!((broken.events.len(), broken.unreadable.len()), (0, 1));
    assert!(!broken.unreadable[0].raw.contains("TOKEN"));
}

fn body_of(request: &str) -> Value {
    serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[tokio::test]
async fn each_kind_leaves_by_its_own_call() {
    let server = Server::json(
        201,
        r#"{"key":{"remoteJid":"5215500002222@s.whatsapp.net","fromMe":true,"id":"3EB0NEW"},"status":"PENDING"}"#,
    )
    .await;
    let evolution = evolution(&server.base);
    let choice = |title: &str| Choice { id: format!("slot:{title}"), title: title.into(), description: String::new() };
    let question =
        Body::List { text: "¿Cuál?".into(), button: "Ver".into(), rows: vec![choice("5:00"), choice("6:00")] };
    let file =
        |kind| Body::Media { kind, media: MediaRef::default(), caption: "mire".into(), filename: "a.png".into() };
    let with_file = |kind| Outgoing {
        attachment: Some(Attachment {
            media: Media { bytes: b"png".to_vec(), mime: "image/png".into() },
            link: String::new(),
        }),
        ..outgoing(ANA, file(kind))
    };
    let messages = [
        Outgoing { reply_to: Some("3EB0AAAA".into()), ..outgoing(ANA, Body::text("hola")) },
        outgoing(ANA, question.clone()),
        with_file(MediaKind::Image),
        with_file(MediaKind::Voice),
        with_file(MediaKind::Sticker),
        outgoing(
            ANA,
            Body::Location { latitude: 19.4, longitude: -99.1, name: "Luz".into(), address: "Calle 1".into() },
        ),
        outgoing(ANA, Body::Reaction { to: "3EB0AAAA".into(), emoji: "👍".into() }),
    ];
    for message in &messages {
        assert_eq!(evolution.send(&line(), message).await.unwrap().provider_message_id, "3EB0NEW");
    }
    let native = fixtures::line(Provider::Evolution, "luz-7", &[("api_key", "key"), ("interactive", "native")]);
    evolution.send(&native, &outgoing(ANA, question)).await.unwrap();
    evolution.mark_read(&line(), ANA, "3EB0AAAA", true).await;
    let asked: Vec<String> = server
        .asked()
        .iter()
        .map(|request| format!("{} {}", request.split(' ').nth(1).unwrap(), body_of(request)))
        .collect();
    expect![[r#"
        /message/sendText/luz-7 {"number":"5215500002222@s.whatsapp.net","quoted":{"key":{"id":"3EB0AAAA"}},"text":"hola"}
        /message/sendText/luz-7 {"number":"5215500002222@s.whatsapp.net","text":"¿Cuál?\n1. 5:00\n2. 6:00"}
        /message/sendMedia/luz-7 {"caption":"mire","fileName":"a.png","media":"cG5n","mediatype":"image","mimetype":"image/png","number":"5215500002222@s.whatsapp.net"}
        /message/sendWhatsAppAudio/luz-7 {"audio":"cG5n","number":"5215500002222@s.whatsapp.net"}
        /message/sendSticker/luz-7 {"number":"5215500002222@s.whatsapp.net","sticker":"cG5n"}
        /message/sendLocation/luz-7 {"address":"Calle 1","latitude":19.4,"longitude":-99.1,"name":"Luz","number":"5215500002222@s.whatsapp.net"}
        /message/sendReaction/luz-7 {"key":{"fromMe":false,"id":"3EB0AAAA","remoteJid":"5215500002222@s.whatsapp.net"},"reaction":"👍"}
        /message/sendList/luz-7 {"buttonText":"Ver","description":"","footerText":"","number":"5215500002222@s.whatsapp.net","sections":[{"rows":[{"description":"","rowId":"slot:5:00","title":"5:00"},{"description":"","rowId":"slot:6:00","title":"6:00"}],"title":"Ver"}],"title":"¿Cuál?\n1. 5:00\n2. 6:00"}
        /chat/markMessageAsRead/luz-7 {"readMessages":[{"fromMe":false,"id":"3EB0AAAA","remoteJid":"5215500002222@s.whatsapp.net"}]}
        /chat/sendPresence/luz-7 {"delay":3000,"number":"5215500002222@s.whatsapp.net","presence":"composing"}"#]].assert_eq(&asked.join("\n"));
    assert!(server.asked()[0].contains("apikey: key"));
}

#[tokio::test]
async fn what_an_answer_means_is_told_apart() {
    let outcome = |status: u16, body: &'static str| async move {
        let server = Server::json(status, body).await;
        evolution(&server.base).send(&line(), &outgoing(ANA, Body::text("x"))).await
    };
    let kind = |outcome| match outcome {
        Err(SendFailure::Refused { kind, .. }) => kind,
        other => panic!("{other:?}"),
    };
    let absent =
        r#"{"status":400,"error":"Bad Request","response":{"message":[{"exists":false,"jid":"x","number":"52"}]}}"#;
    assert_eq!(kind(outcome(400, absent).await), RefusalKind::Unreachable);
    assert_eq!(
        kind(outcome(400, r#"{"status":400,"error":"Bad Request","message":["text is required"]}"#).await),
        RefusalKind::BadRequest
    );
    assert_eq!(kind(outcome(401, r#"{"status":401,"error":"Unauthorized"}"#).await), RefusalKind::Unauthorised);
    assert_eq!(kind(outcome(404, r#"{"status":404,"error":"Not Found"}"#).await), RefusalKind::AccountProblem);
    assert!(matches!(outcome(500, r#"{"message":"Connection Closed"}"#).await, Err(SendFailure::Ambiguous { .. })));
    assert!(matches!(outcome(201, "{}").await, Err(SendFailure::Ambiguous { .. })));
    let elsewhere = Line { external_id: "../instance".into(), ..line() };
    assert_eq!(
        kind(evolution("http://127.0.0.1:9").send(&elsewhere, &outgoing(ANA, Body::text("x"))).await),
        RefusalKind::AccountProblem
    );
    assert_eq!(kind(evolution("").send(&line(), &outgoing(ANA, Body::text("x"))).await), RefusalKind::AccountProblem);
}

#[tokio::test]
async fn an_ambiguous_send_is_searched_and_silence_proves_nothing() {
    let since = Timestamp::from_second(NOW).unwrap();
    let find = async |answer: &str| {
        let server = Server::json(200, answer).await;
        evolution(&server.base).find(&line(), &outgoing(ANA, Body::text("hola  Ana")), since).await
    };
    let row = |id: &str, text: &str, at: i64| json!({"key": {"id": id, "fromMe": true, "remoteJid": ANA}, "message": {"conversation": text}, "messageTimestamp": at});
    let found = json!({"messages": {"total": 2, "records": [row("OLD", "hola Ana", NOW - 900), row("NEW", "hola Ana", NOW + 3)]}});
    assert_eq!(find(&found.to_string()).await, Found::Sent { provider_message_id: "NEW".into() });
    assert_eq!(
        find(&json!([row("OLD", "otra", NOW)]).to_string()).await,
        Found::NotSent,
        "a bare list, and others of ours in it"
    );
    assert_eq!(
        find(r#"{"messages":{"total":0,"records":[]}}"#).await,
        Found::CannotTell,
        "perhaps it keeps no messages at all"
    );
}

#[tokio::test]
async fn a_file_is_asked_for_by_its_message() {
    let server =
        Server::start(vec![answer(201, r#"{"base64":"aG9sYQ==","mimetype":"audio/ogg","fileName":"a.oga"}"#)]).await;
    let media = MediaRef { provider_id: Some("3EB0AAAA".into()), ..MediaRef::default() };
    let found = evolution(&server.base).fetch_media(&line(), &media, 10).await.unwrap();
    assert_eq!((found.bytes.as_slice(), found.mime.as_str()), (&b"hola"[..], "audio/ogg"));
    assert!(evolution(&server.base).fetch_media(&line(), &media, 3).await.is_err(), "longer than allowed");
    assert!(evolution(&server.base).fetch_media(&line(), &MediaRef::default(), 10).await.is_err());
}

proptest! {
    #[test]
    fn no_body_makes_the_reader_panic(body in prop::collection::vec(any::<u8>(), 0..300)) {
        inbound::read(&body, env().now());
    }

    #[test]
    fn no_odd_shape_makes_the_reader_panic(name in "(messages.upsert|messages.update|send.message|[a-z.]{0,9})", jid in "[0-9a-z:@.]{0,24}", kind in "[a-zA-Z]{0,12}Message", text in "\\PC{0,20}") {
        event(&name, &upsert(&json!({"remoteJid": jid, "id": text.clone()}), &json!({kind: {"text": text, "caption": 3}}), &json!({"status": 77})));
    }
}
