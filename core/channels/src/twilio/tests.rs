//! Twilio's forms as its documentation and captures have them, hostile signatures, and answers that go wrong.

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
use crate::tests::{self as fixtures, NOW, Server, clients, env, json as answer, outgoing};

const URL: &str = "https://desk.example/webhooks/whatsapp/chn_1";

fn line() -> Line {
    fixtures::line(Provider::Twilio, "+14155550100", &[("account_sid", "AC1"), ("auth_token", "tok")])
}

fn twilio(base: &str) -> Twilio {
    let at = Addresses { api: base.into(), content: base.into(), public_url: "https://desk.example".into() };
    Twilio::new(clients(), at, env())
}

fn pairs(form: &[(&str, &str)]) -> Vec<(String, String)> {
    form.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn receive(url: &str, signature: &str, form: &[(&str, &str)]) -> Result<Received, WebhookRefused> {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let headers = [("x-twilio-signature".to_owned(), signature.to_owned())];
    let query = url.split_once('?').map_or("", |(_, query)| query);
    twilio("http://127.0.0.1:9").receive(&line(), &Webhook { url, query, headers: &headers, body: body.as_bytes() })
}

fn signed(url: &str, form: &[(&str, &str)]) -> Vec<Inbound> {
    let received = receive(url, &sign("tok", url, &pairs(form)), form).unwrap();
    assert!(received.unreadable.is_empty(), "{received:?}");
    received.events
}

const FROM_ANA: [(&str, &str); 6] = [
    ("AccountSid", "AC1"),
    ("MessageSid", "SM1"),
    ("SmsStatus", "received"),
    ("From", "whatsapp:+5215500002222"),
    ("To", "whatsapp:+14155550100"),
    ("ProfileName", "Ana"),
];

fn message(more: &[(&str, &str)]) -> Inbound {
    let form: Vec<(&str, &str)> = FROM_ANA.iter().chain(more).copied().collect();
    signed(URL, &form).remove(0)
}

#[test]
fn only_the_right_signature_is_believed() {
    let form = [
        ("AccountSid", "AC1"),
        ("MessageSid", "SM1"),
        ("From", "whatsapp:+5215500002222"),
        ("To", "whatsapp:+14155550100"),
        ("Body", "hola"),
    ];
    let good = sign("tok", URL, &pairs(&form));
    assert!(receive(URL, &good, &form).is_ok());
    assert!(receive(URL, &sign("other", URL, &pairs(&form)), &form).is_err(), "another secret");
    assert!(receive("https://desk.example/webhooks/whatsapp/chn_2", &good, &form).is_err(), "another address");
    assert!(receive(URL, &good, &form[..4]).is_err(), "a parameter less");
    for forged in ["", "AAAA", "0/KCTR6DLpKmkAf8muzZqo1nDgQ="] {
        assert!(receive(URL, forged, &form).is_err(), "{forged}");
    }
    let with_port = "https://desk.example:443/webhooks/whatsapp/chn_1";
    assert!(receive(URL, &sign("tok", with_port, &pairs(&form)), &form).is_ok(), "signed with the port written out");
    let empty = fixtures::line(Provider::Twilio, "+1", &[("account_sid", "AC1")]);
    let headers = [("x-twilio-signature".to_owned(), sign("", URL, &[]))];
    let nothing = Webhook { url: URL, query: "", headers: &headers, body: b"" };
    assert!(twilio("http://127.0.0.1:9").receive(&empty, &nothing).is_err(), "an empty secret proves nothing");
}

#[test]
fn the_newer_signature_is_checked_with_the_shared_key() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let line = fixtures::line(
        Provider::Twilio,
        "+14155550100",
        &[("account_sid", "AC1"), ("auth_token", "tok"), ("signing_key", "shared")],
    );
    let check = |key: &str| {
        let signature = STANDARD.encode(crate::proof::hmac_sha256(key, format!("{URL}MessageSidSM1").as_bytes()));
        let headers = [
            ("x-twilio-signature".to_owned(), signature),
            ("x-twilio-webhooks-signature-settings".to_owned(), "key=K1,algorithm=HMAC_SHA256".to_owned()),
        ];
        twilio("http://127.0.0.1:9")
            .receive(&line, &Webhook { url: URL, query: "", headers: &headers, body: b"MessageSid=SM1" })
    };
    assert!(check("shared").is_ok());
    assert!(check("tok").is_err());
}

#[test]
fn every_kind_of_message_is_read() {
    let kinds: [&[(&str, &str)]; 13] = [
        &[("Body", "hola & adiós")],
        &[
            ("NumMedia", "1"),
            ("MediaUrl0", "https://api.twilio.com/m/1"),
            ("MediaContentType0", "image/jpeg"),
            ("Body", "así"),
        ],
        &[("NumMedia", "1"), ("MediaUrl0", "https://api.twilio.com/m/2"), ("MediaContentType0", "audio/ogg")],
        &[
            ("NumMedia", "1"),
            ("MediaUrl0", "https://api.twilio.com/m/3"),
            ("MediaContentType0", "application/pdf"),
            ("Body", "receta.pdf"),
            ("MessageType", "document"),
        ],
        &[
            ("NumMedia", "1"),
            ("MediaUrl0", "https://api.twilio.com/m/4"),
            ("MediaContentType0", "text/vcard"),
            ("MessageType", "contacts"),
        ],
        &[
            ("NumMedia", "1"),
            ("MediaUrl0", "https://api.twilio.com/m/5"),
            ("MediaContentType0", "image/webp"),
            ("MessageType", "sticker"),
        ],
        &[
            ("Latitude", "19.4"),
            ("Longitude", "-99.1"),
            ("Label", "Casa"),
            ("Address", "Calle 1"),
            ("MessageType", "location"),
        ],
        &[("ButtonPayload", "slot:1"), ("ButtonText", "5:00"), ("MessageType", "button"), ("Body", "5:00")],
        &[("ListId", "slot:2"), ("ListTitle", "6:00"), ("MessageType", "interactive")],
        &[("InteractiveData", "{\"a\":1}"), ("MessageType", "interactive")],
        &[("Body", "👍"), ("MessageType", "reaction"), ("OriginalRepliedMessageSid", "SM0")],
        &[("MessageType", "order")],
        &[],
    ];
    let bodies: Vec<String> = kinds
        .iter()
        .map(|kind| match message(kind).event {
            Event::Message { body, .. } => serde_json::to_string(&body).unwrap(),
            other => panic!("{other:?}"),
        })
        .collect();
    expect![[r#"
        {"type":"text","text":"hola & adiós"}
        {"type":"media","kind":"image","media":{"provider_id":null,"url":"https://api.twilio.com/m/1","mime":"image/jpeg","sha256":null,"stored":null},"caption":"así","filename":""}
        {"type":"media","kind":"voice","media":{"provider_id":null,"url":"https://api.twilio.com/m/2","mime":"audio/ogg","sha256":null,"stored":null},"caption":"","filename":""}
        {"type":"media","kind":"document","media":{"provider_id":null,"url":"https://api.twilio.com/m/3","mime":"application/pdf","sha256":null,"stored":null},"caption":"","filename":"receta.pdf"}
        {"type":"media","kind":"document","media":{"provider_id":null,"url":"https://api.twilio.com/m/4","mime":"text/vcard","sha256":null,"stored":null},"caption":"","filename":"contact.vcf"}
        {"type":"media","kind":"sticker","media":{"provider_id":null,"url":"https://api.twilio.com/m/5","mime":"image/webp","sha256":null,"stored":null},"caption":"","filename":""}
        {"type":"location","latitude":19.4,"longitude":-99.1,"name":"Casa","address":"Calle 1"}
        {"type":"chosen","id":"slot:1","title":"5:00"}
        {"type":"chosen","id":"slot:2","title":"6:00"}
        {"type":"chosen","id":"flow","title":"{\"a\":1}"}
        {"type":"reaction","to":"SM0","emoji":"👍"}
        {"type":"unsupported","kind":"order"}
        {"type":"unsupported","kind":"empty"}"#]].assert_eq(&bodies.join("\n"));
}

#[test]
fn who_wrote_and_what_it_answers_are_kept() {
    let more = [
        ("Body", "sí"),
        ("OriginalRepliedMessageSid", "SM0"),
        ("ExternalUserId", "whatsapp:ID.900"),
        ("ReferralCtwaClid", "c"),
        ("ReferralSourceType", "ad"),
    ];
    let inbound = message(&more);
    assert_eq!((inbound.provider_id.as_str(), inbound.external_id.as_str()), ("SM1", "+14155550100"));
    assert_eq!(inbound.at.as_second(), NOW, "Twilio tells no time");
    let Event::Message { from, reply_to, referral, .. } = inbound.event else { panic!("no message") };
    assert_eq!((from.address.as_str(), from.profile_name.as_str()), ("+5215500002222", "Ana"));
    assert_eq!(
        from.identities,
        [Identity::Phone(Phone::parse("+525500002222").unwrap()), Identity::Scoped("ID.900".into())]
    );
    assert_eq!((reply_to.as_deref(), referral.unwrap().kind.as_str()), (Some("SM0"), "ad"));
}

#[test]
fn several_files_in_one_message_are_several_messages() {
    let form: Vec<(&str, &str)> = FROM_ANA
        .iter()
        .chain(&[
            ("NumMedia", "2"),
            ("MediaUrl0", "https://api.twilio.com/1"),
            ("MediaContentType0", "image/png"),
            ("MediaUrl1", "https://api.twilio.com/2"),
            ("MediaContentType1", "image/png"),
        ])
        .copied()
        .collect();
    let ids: Vec<String> = signed(URL, &form).into_iter().map(|inbound| inbound.provider_id).collect();
    assert_eq!(ids, ["SM1", "SM1:1"]);
}

#[test]
fn another_account_fits_no_line_of_ours() {
    let mut form: Vec<(&str, &str)> = FROM_ANA.to_vec();
    form[0].1 = "AC2";
    assert_eq!(signed(URL, &form)[0].external_id, "AC2/+14155550100");
}

#[test]
fn a_status_carries_our_id_in_its_address_and_the_reason_in_its_form() {
    let ours = OutboxId(Uuid::from_u128(9));
    let url = format!("{URL}?out={ours}");
    let status = |word: &str, more: &[(&str, &str)]| {
        let form: Vec<(&str, &str)> = [
            ("AccountSid", "AC1"),
            ("MessageSid", "SM9"),
            ("MessageStatus", word),
            ("From", "whatsapp:+14155550100"),
            ("To", "whatsapp:+52"),
        ]
        .iter()
        .chain(more)
        .copied()
        .collect();
        signed(&url, &form)
    };
    assert!(status("queued", &[]).is_empty() && status("sending", &[]).is_empty());
    let read = status("delivered", &[("EventType", "READ")]).remove(0);
    assert_eq!(read.provider_id, "SM9:read");
    let failed = status("undelivered", &[("ErrorCode", "63016"), ("ErrorMessage", "outside the window")]).remove(0);
    let Event::Status { ticks, echo, failure, code, refusal, .. } = failed.event else { panic!("no status") };
    assert_eq!(
        (ticks, echo, code, refusal),
        (Ticks::Failed, Some(ours), Some(63_016), Some(RefusalKind::WindowClosed))
    );
    assert_eq!(failure.as_deref(), Some("outside the window"));
}

fn decoded(request: &str) -> Vec<(String, String)> {
    let body = request.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    url::form_urlencoded::parse(body.as_bytes()).into_owned().collect()
}

#[tokio::test]
async fn a_text_leaves_with_sender_recipient_and_our_callback() {
    let server = Server::json(201, r#"{"sid":"SM7","status":"queued"}"#).await;
    let sent = twilio(&server.base).send(&line(), &outgoing("+5215500002222", Body::text("hola"))).await.unwrap();
    assert_eq!(sent.provider_message_id, "SM7");
    let asked = server.asked().remove(0);
    assert!(
        asked.starts_with("POST /2010-04-01/Accounts/AC1/Messages.json ")
            && asked.contains("authorization: Basic QUMxOnRvaw=="),
        "{asked}"
    );
    expect![[r#"
        To=whatsapp:+5215500002222
        StatusCallback=https://desk.example/webhooks/whatsapp/chn_00000000000000000000000000000001?out=out_00000000000000000000000000000009
        From=whatsapp:+14155550100
        Body=hola"#]].assert_eq(&decoded(&asked).iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("\n"));
}

fn question() -> Body {
    let choice = |id: &str, title: &str| Choice { id: id.into(), title: title.into(), description: String::new() };
    Body::Buttons { text: "¿Cuál {{1}}?".into(), buttons: vec![choice("a", "5:00"), choice("b", "6:00")] }
}

#[tokio::test]
async fn a_question_is_made_once_as_content_and_falls_back_to_numbers() {
    let made = Server::start(vec![
        answer(201, r#"{"sid":"HX1"}"#),
        answer(201, r#"{"sid":"SM7"}"#),
        answer(201, r#"{"sid":"SM8"}"#),
    ])
    .await;
    let twilio_made = twilio(&made.base);
    for _ in 0..2 {
        twilio_made.send(&line(), &outgoing("+52", question())).await.unwrap();
    }
    let asked = made.asked();
    assert_eq!(asked.len(), 3, "the content was made once: {asked:?}");
    assert!(asked[0].contains(r#""body":"¿Cuál { {1}}?""#), "a customer's braces are no places: {}", asked[0]);
    assert!(decoded(&asked[2]).contains(&("ContentSid".into(), "HX1".into())));

    let refused =
        Server::start(vec![answer(403, r#"{"code":20003,"message":"no content"}"#), answer(201, r#"{"sid":"SM7"}"#)])
            .await;
    twilio(&refused.base).send(&line(), &outgoing("+52", question())).await.unwrap();
    let form = decoded(&refused.asked()[1]);
    assert!(form.contains(&("Body".into(), "¿Cuál {{1}}?\n1. 5:00\n2. 6:00".into())), "{form:?}");
}

#[tokio::test]
async fn files_go_by_link_templates_by_content_and_reactions_not_at_all() {
    let server = Server::json(201, r#"{"sid":"SM7"}"#).await;
    let twilio = twilio(&server.base);
    let body = Body::Media {
        kind: MediaKind::Image,
        media: MediaRef::default(),
        caption: "mire".into(),
        filename: String::new(),
    };
    let attachment = Attachment {
        media: Media { bytes: vec![1], mime: "image/png".into() },
        link: "https://desk.example/files/x".into(),
    };
    twilio.send(&line(), &Outgoing { attachment: Some(attachment), ..outgoing("+52", body.clone()) }).await.unwrap();
    assert!(decoded(&server.asked()[0]).contains(&("MediaUrl".into(), "https://desk.example/files/x".into())));
    let template = Body::Template {
        name: "HX9".into(),
        language: "es".into(),
        params: vec!["Ana\nP".into(), "10:00".into()],
        text: String::new(),
    };
    twilio.send(&line(), &outgoing("+52", template)).await.unwrap();
    assert!(decoded(&server.asked()[1]).contains(&("ContentVariables".into(), r#"{"1":"Ana P","2":"10:00"}"#.into())));
    let reaction = Body::Reaction { to: "SM1".into(), emoji: "👍".into() };
    assert!(matches!(twilio.send(&line(), &outgoing("+52", reaction)).await, Err(SendFailure::Refused { .. })));
    assert!(twilio.send(&line(), &outgoing("+52", body)).await.is_err(), "a file without a link");
}

#[tokio::test]
async fn what_an_answer_means_is_told_apart() {
    let outcome = |status: u16, body: &'static str| async move {
        let server = Server::json(status, body).await;
        twilio(&server.base).send(&line(), &outgoing("+52", Body::text("x"))).await
    };
    assert!(matches!(outcome(201, "{}").await, Err(SendFailure::Ambiguous { .. })));
    assert!(matches!(outcome(503, "{}").await, Err(SendFailure::Ambiguous { .. })));
    assert!(matches!(
        outcome(429, r#"{"code":20429}"#).await,
        Err(SendFailure::NotSent { throttled: Throttle::Number, .. })
    ));
    let kinds = [
        (401, r#"{"code":20003,"message":"auth"}"#, RefusalKind::Unauthorised),
        (400, r#"{"code":63016,"message":"window"}"#, RefusalKind::WindowClosed),
        (400, r#"{"code":21211,"message":"to"}"#, RefusalKind::Unreachable),
        (400, r#"{"code":63024,"message":"to"}"#, RefusalKind::Unreachable),
        (400, r#"{"code":21656,"message":"variables"}"#, RefusalKind::TemplateProblem),
        (400, r#"{"code":63019,"message":"media"}"#, RefusalKind::MediaProblem),
        (400, r#"{"code":21602,"message":"body"}"#, RefusalKind::BadRequest),
        (400, r#"{"code":99999,"message":"new"}"#, RefusalKind::Other),
    ];
    for (status, body, expected) in kinds {
        match outcome(status, body).await {
            Err(SendFailure::Refused { kind, reason, .. }) => {
                assert_eq!(kind, expected, "{body}");
                assert!(body.contains(&reason), "the provider's words are kept");
            }
            other => panic!("{body}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn an_ambiguous_send_is_found_by_its_words_and_time() {
    let row = |sid: &str, body: &str, at: &str| {
        format!(r#"{{"sid":"{sid}","body":"{body}","direction":"outbound-api","num_media":"0","date_created":"{at}"}}"#)
    };
    let list = format!(
        r#"{{"messages":[{},{},{}]}}"#,
        row("SM1", "hola", "Mon, 21 Sep 2020 13:00:00 +0000"),
        row("SM2", "otra cosa", "Mon, 21 Sep 2026 14:13:25 +0000"),
        row("SM3", "hola", "Mon, 21 Sep 2026 14:13:25 +0000"),
    );
    let server = Server::json(200, &list).await;
    let since = Timestamp::from_second(NOW).unwrap();
    let find = async |body: &str| {
        twilio(&server.base).find(&line(), &outgoing("+5215500002222", Body::text(body)), since).await
    };
    assert_eq!(find("hola").await, Found::Sent { provider_message_id: "SM3".into() });
    assert_eq!(find("nunca dicho").await, Found::NotSent);
    assert!(
        server.asked()[0].contains("To=whatsapp%3A%2B5215500002222&DateSent%3E=2026-09-21"),
        "{}",
        server.asked()[0]
    );
    let down = Server::json(503, "{}").await;
    assert_eq!(twilio(&down.base).find(&line(), &outgoing("+52", Body::text("hola")), since).await, Found::CannotTell);
}

#[tokio::test]
async fn a_file_follows_one_redirect_without_the_password() {
    let file = "HTTP/1.1 200 X\r\ncontent-type: image/png\r\ncontent-length: 3\r\nconnection: close\r\n\r\npng";
    let redirect = "HTTP/1.1 307 X\r\nlocation: /store/1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let server = Server::start(vec![redirect.into(), file.into()]).await;
    let media =
        |base: &str| MediaRef { url: Some(format!("{base}/2010-04-01/Accounts/AC1/Media/ME1")), ..MediaRef::default() };
    let found = twilio(&server.base).fetch_media(&line(), &media(&server.base), 10).await.unwrap();
    assert_eq!((found.bytes.as_slice(), found.mime.as_str()), (&b"png"[..], "image/png"));
    let asked = server.asked();
    assert!(asked[0].contains("authorization: Basic"));
    assert!(!asked[1].contains("authorization"), "{}", asked[1]);
    let home =
        "HTTP/1.1 307 X\r\nlocation: https://169.254.169.254/latest\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let trap = Server::start(vec![home.into()]).await;
    assert!(matches!(
        twilio(&trap.base).fetch_media(&line(), &media(&trap.base), 10).await,
        Err(SendFailure::Refused { .. })
    ));
    assert!(twilio(&server.base).fetch_media(&line(), &media("http://127.0.0.1:1"), 10).await.is_err(), "another host");
}

proptest! {
    #[test]
    fn no_form_makes_the_reader_panic(form in prop::collection::vec(("(MessageSid|From|To|Body|NumMedia|MediaUrl0|Latitude|MessageStatus|[a-zA-Z]{1,8})", "\\PC{0,20}"), 0..12)) {
        inbound::read(&line(), &inbound::Form::new(form), "out=x", env().now());
    }
}
