//! A recorded conversation over each provider: in, out, files both ways, statuses, a refusal, a forged call.
//!
//! What a member sees in the end is the same text for all of them (`transcripts/providers.txt`).

use std::{collections::BTreeMap, time::Duration};

use app::{
    NewChannel,
    view::{Clerk, InboxFilter, MessageView, NewFile, ThreadView},
};
use domain::{
    ConversationId, Secret,
    channel::Provider,
    delivery::Ticks,
    message::{Author, Body},
};
use expect_test::expect_file;
use frontdesk::config::Config;
use serde_json::{Value, json};
use testkit::{
    TestApp,
    providers::{Asked, FakeProvider, PICTURE},
};

/// Nine in the morning, when every test begins.
const NOW: i64 = 1_772_463_600;
const ANA: &str = "5215598760001";
const NOBODY: &str = "5215598769999";

/// A call as a provider makes it.
struct Post {
    query: String,
    mime: &'static str,
    header: &'static str,
    proof: String,
    body: String,
}

/// What differs between providers.
struct Wire {
    provider: Provider,
    external_id: &'static str,
    secrets: &'static [(&'static str, &'static str)],
    /// Whether what the number says is told back to us.
    echoes: bool,
}

const META: Wire = Wire {
    provider: Provider::Meta,
    external_id: "700800900100299",
    secrets: &[("app_secret", "s3cret"), ("verify_token", "v"), ("access_token", "meta-token"), ("waba_id", "42")],
    echoes: false,
};
const TWILIO: Wire = Wire {
    provider: Provider::Twilio,
    external_id: "+14155550100",
    secrets: &[("account_sid", "AC1"), ("auth_token", "s3cret")],
    echoes: false,
};
const EVOLUTION: Wire = Wire {
    provider: Provider::Evolution,
    external_id: "luz-7",
    secrets: &[("api_key", "evolution-key"), ("webhook_secret", "s3cret")],
    echoes: true,
};
const WASSENGER: Wire = Wire {
    provider: Provider::Wassenger,
    external_id: "aaaaaaaaaaaaaaaaaaaaaaaa",
    secrets: &[("api_key", "wassenger-key"), ("webhook_secret", "s3cret")],
    echoes: true,
};

impl Wire {
    fn signed(&self, webhook: &str, query: String, body: String, form: &[(String, String)]) -> Post {
        let (mime, header, proof) = match self.provider {
            Provider::Twilio => {
                let url = if query.is_empty() { webhook.to_owned() } else { format!("{webhook}?{query}") };
                (
                    "application/x-www-form-urlencoded",
                    "x-twilio-signature",
                    channels::twilio::sign("s3cret", &url, form),
                )
            }
            Provider::Evolution => ("application/json", channels::evolution::HEADER, "s3cret".to_owned()),
            Provider::Wassenger => {
                ("application/json", "x-wassenger-signature", channels::simulator::sign("s3cret", body.as_bytes()))
            }
            Provider::Meta | Provider::Simulator => {
                ("application/json", "x-hub-signature-256", channels::simulator::sign("s3cret", body.as_bytes()))
            }
        };
        Post { query, mime, header, proof, body }
    }

    fn json(&self, webhook: &str, body: Value) -> Post {
        self.signed(webhook, String::new(), body.to_string(), &[])
    }

    fn form(&self, webhook: &str, query: String, fields: &[(&str, &str)]) -> Post {
        let mut form = vec![("AccountSid".to_owned(), "AC1".to_owned())];
        form.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&form).finish();
        self.signed(webhook, query, body, &form)
    }

    fn graph(&self, webhook: &str, value: Value) -> Post {
        let mut value = value;
        value["metadata"] = json!({ "display_phone_number": "52", "phone_number_id": self.external_id });
        let entry = json!([{ "id": "1", "changes": [{ "field": "messages", "value": value }] }]);
        self.json(webhook, json!({ "object": "whatsapp_business_account", "entry": entry }))
    }

    fn event(&self, webhook: &str, event: &str, data: &Value) -> Post {
        if self.provider == Provider::Evolution {
            return self
                .json(webhook, json!({ "event": event, "instance": self.external_id, "apikey": "x", "data": data }));
        }
        let device = json!({ "id": self.external_id, "phone": "+525500001111" });
        let id = format!("E-{event}-{}", data["id"]);
        self.json(webhook, json!({ "id": id, "object": "message", "event": event, "device": device, "data": data }))
    }

    /// What a phone says: words, or a picture with a caption.
    fn incoming(&self, webhook: &str, from: &str, id: &str, words: &str, picture: bool) -> Post {
        match self.provider {
            Provider::Twilio => {
                let (from, media) = (format!("whatsapp:+{from}"), "/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1");
                let mut fields = vec![
                    ("MessageSid", id),
                    ("SmsStatus", "received"),
                    ("From", &from),
                    ("To", "whatsapp:+14155550100"),
                    ("ProfileName", "Ana"),
                    ("Body", words),
                ];
                let url = format!("{}{media}", webhook.split('|').nth(1).unwrap_or_default());
                if picture {
                    fields.extend([("NumMedia", "1"), ("MediaUrl0", url.as_str()), ("MediaContentType0", "image/png")]);
                }
                self.form(webhook.split('|').next().unwrap(), String::new(), &fields)
            }
            Provider::Evolution => {
                let message = if picture {
                    json!({ "imageMessage": { "mimetype": "image/png", "caption": words } })
                } else {
                    json!({ "conversation": words })
                };
                let key = json!({ "remoteJid": format!("{from}@s.whatsapp.net"), "fromMe": false, "id": id });
                let data = json!({ "key": key, "pushName": "Ana", "message": message, "messageTimestamp": NOW });
                self.event(bare(webhook), "messages.upsert", &data)
            }
            Provider::Wassenger => {
                let mut data = json!({
                    "id": id, "type": "text", "flow": "inbound", "from": format!("{from}@c.us"), "fromNumber": format!("+{from}"),
                    "timestamp": NOW, "body": words, "chat": { "type": "chat", "name": "Ana" }, "meta": { "isGroup": false },
                });
                if picture {
                    data["type"] = json!("image");
                    data["media"] = json!({ "id": "M1", "mime": "image/png" });
                }
                self.event(bare(webhook), "message:in:new", &data)
            }
            Provider::Meta | Provider::Simulator => {
                let mut message = json!({ "from": from, "id": id, "timestamp": NOW.to_string(), "type": "text", "text": { "body": words } });
                if picture {
                    message["type"] = json!("image");
                    message["image"] = json!({ "id": "M1", "mime_type": "image/png", "caption": words });
                }
                let contacts = json!([{ "profile": { "name": "Ana" }, "wa_id": from }]);
                self.graph(bare(webhook), json!({ "contacts": contacts, "messages": [message] }))
            }
        }
    }

    /// That a message of ours was read; `asked` is the call that sent it.
    fn read(&self, webhook: &str, asked: &Asked, id: &str) -> Post {
        match self.provider {
            Provider::Twilio => {
                let form: BTreeMap<String, String> =
                    url::form_urlencoded::parse(asked.body.as_bytes()).into_owned().collect();
                let query = form["StatusCallback"].split_once('?').unwrap().1.to_owned();
                let fields = [("MessageSid", id), ("MessageStatus", "read"), ("From", "whatsapp:+14155550100")];
                self.form(bare(webhook), query, &fields)
            }
            Provider::Evolution => {
                let data = json!({ "keyId": id, "remoteJid": format!("{ANA}@s.whatsapp.net"), "fromMe": true, "status": "READ" });
                self.event(bare(webhook), "messages.update", &data)
            }
            Provider::Wassenger => {
                let data = json!({ "id": id, "reference": asked.json()["reference"], "status": "processed", "deliveryStatus": "read" });
                self.event(bare(webhook), "message:update", &data)
            }
            Provider::Meta | Provider::Simulator => {
                let echo = asked.json()["biz_opaque_callback_data"].clone();
                let status = json!({ "id": id, "status": "read", "timestamp": (NOW + 5).to_string(), "biz_opaque_callback_data": echo });
                self.graph(bare(webhook), json!({ "statuses": [status] }))
            }
        }
    }

    /// The provider tells back our own words under `id`.
    fn echo(&self, webhook: &str, to: &str, id: &str, words: &str) -> Post {
        if self.provider == Provider::Evolution {
            let key = json!({ "remoteJid": format!("{to}@s.whatsapp.net"), "fromMe": true, "id": id });
            let data = json!({ "key": key, "message": { "conversation": words }, "messageTimestamp": NOW });
            return self.event(bare(webhook), "send.message", &data);
        }
        let data = json!({
            "id": id, "type": "text", "flow": "outbound", "to": format!("{to}@c.us"), "toNumber": format!("+{to}"),
            "timestamp": NOW, "body": words, "chat": { "type": "chat" }, "meta": { "isGroup": false },
        });
        self.event(bare(webhook), "message:out:new", &data)
    }

    fn is_send(&self, asked: &Asked) -> bool {
        match self.provider {
            Provider::Twilio => asked.method == "POST" && asked.path.ends_with("/Messages.json"),
            Provider::Evolution => asked.path.starts_with("/message/"),
            Provider::Wassenger => asked.path == "/v1/messages",
            Provider::Meta | Provider::Simulator => {
                asked.path.ends_with("/messages") && asked.json().get("type").is_some()
            }
        }
    }

    /// The id under which the fake took its `count`th call.
    fn id(&self, count: usize) -> String {
        match self.provider {
            Provider::Twilio => format!("SM{count}"),
            Provider::Evolution | Provider::Wassenger => format!("3EB0FAKE{count}"),
            Provider::Meta | Provider::Simulator => format!("wamid.FAKE{count}"),
        }
    }
}

/// A webhook is told together with its fake, `webhook|fake`, because Twilio puts the file's address into the call.
fn bare(webhook: &str) -> &str {
    webhook.split('|').next().unwrap_or_default()
}

struct Scene {
    wire: Wire,
    app: TestApp,
    fake: FakeProvider,
    webhook: String,
    clerk: Clerk,
}

impl Scene {
    async fn open(wire: Wire) -> Self {
        let fake = FakeProvider::start(wire.provider).await.unwrap();
        let url = fake.url.clone();
        let app = TestApp::sqlite_with(|config| Config {
            graph_url: url.clone(),
            twilio_url: url.clone(),
            twilio_content_url: url.clone(),
            evolution_url: url.clone(),
            wassenger_url: url.clone(),
            ..config
        })
        .await
        .unwrap();
        let secrets = wire.secrets.iter().map(|(name, secret)| ((*name).to_owned(), Secret::new(*secret)));
        let new = NewChannel {
            tenant: "luz".into(),
            provider: wire.provider,
            number: "+14155550100".into(),
            external_id: wire.external_id.into(),
            secrets: secrets.collect(),
        };
        let webhook = format!("{}|{}", app.app.add_channel(new).await.unwrap().webhook, fake.url);
        let (token, _) = crate::cookie(&app).await;
        let clerk = crate::chat::clerk(&app.app.session(&token).await.unwrap().unwrap());
        Self { wire, app, fake, webhook, clerk }
    }

    async fn post(&self, post: &Post) -> (u16, String) {
        let mut url = bare(&self.webhook).to_owned();
        if !post.query.is_empty() {
            url = format!("{url}?{}", post.query);
        }
        let client = channels::http::client().unwrap();
        let request = client.post(url).header("content-type", post.mime).header(post.header, &post.proof);
        let answer = request.body(post.body.clone()).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn says(&self, from: &str, id: &str, words: &str, picture: bool) {
        let post = self.wire.incoming(&self.webhook, from, id, words, picture);
        assert_eq!(self.post(&post).await.0, 200, "{}", post.body);
    }

    /// The calls that sent something, each with its place among all calls.
    fn sends(&self) -> Vec<(usize, Asked)> {
        let asked = self.fake.asked().into_iter().enumerate().map(|(place, asked)| (place + 1, asked));
        asked.filter(|(_, asked)| self.wire.is_send(asked)).collect()
    }

    /// Waits for the conversation with that number; the demo's own customers have others.
    async fn talk(&self, phone: &str) -> ConversationId {
        for _ in 0..200 {
            let list = self.app.app.inbox(&self.clerk, InboxFilter::All, None).await.unwrap();
            for row in list
                .rows
                .iter()
                .filter(|row| ["Ana", ""].contains(&row.customer.as_str()) || row.customer.ends_with(phone))
            {
                let thread = self.app.app.thread(&self.clerk, row.id, None).await.unwrap();
                if thread.card.phone.ends_with(phone) {
                    return row.id;
                }
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("no conversation with {phone}");
    }

    async fn thread(&self, talk: ConversationId) -> ThreadView {
        self.app.app.thread(&self.clerk, talk, None).await.unwrap()
    }

    /// Waits until the thread is as `wanted`.
    async fn until(
        &self,
        talk: ConversationId,
        what: &str,
        wanted: impl Fn(&[MessageView]) -> bool,
    ) -> Vec<MessageView> {
        for _ in 0..400 {
            let messages = self.thread(talk).await.messages;
            if wanted(&messages) {
                return messages;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("never: {what}: {:#?}", self.thread(talk).await.messages);
    }
}

fn shown(message: &MessageView) -> String {
    let who = match message.author {
        Author::Customer => "customer",
        Author::Assistant => "assistant",
        Author::Member { .. } => "member",
        Author::System => "system",
    };
    let file = match &message.body {
        Body::Media { media, .. } => {
            format!(" [{} {}]", media.mime, if media.stored.is_some() { "kept" } else { "not kept" })
        }
        _ => String::new(),
    };
    let ticks = message.ticks.map_or(String::new(), |ticks| format!(" ({})", ticks.as_str()));
    let words = message.body.plain().replace('\n', " / ");
    format!("{who}: {words}{file}{ticks}")
}

async fn a_conversation_is_the_same_over(wire: Wire) {
    let scene = Scene::open(wire).await;
    let talk = in_out_and_read(&scene).await;
    scene.app.app.take_over(&scene.clerk, talk).await.unwrap();
    a_file_comes_in(&scene, talk).await;
    let messages = a_file_goes_out(&scene, talk).await;
    nobody_is_there(&scene).await;
    let transcript = messages.iter().map(shown).collect::<Vec<_>>().join("\n");
    expect_file!["transcripts/providers.txt"].assert_eq(&transcript);
    assert!(scene.app.stop().await);
}

fn has(author: Author, ticks: Ticks) -> impl Fn(&[MessageView]) -> bool {
    move |messages| messages.iter().any(|message| message.author == author && message.ticks == Some(ticks))
}

async fn in_out_and_read(scene: &Scene) -> ConversationId {
    // Forged: the right words with a wrong proof.
    let mut forged = scene.wire.incoming(&scene.webhook, ANA, "FORGED", "hola", false);
    forged.proof = forged.proof.chars().rev().collect();
    assert_eq!(scene.post(&forged).await.0, 401);
    // The same call twice is one message.
    scene.says(ANA, "IN-1", "hola buenas tardes", false).await;
    scene.says(ANA, "IN-1", "hola buenas tardes", false).await;
    let talk = scene.talk("5598760001").await;
    scene.until(talk, "answered", has(Author::Assistant, Ticks::Sent)).await;
    let (count, sent) = scene.sends().remove(0);
    let id = scene.wire.id(count);
    assert_eq!(scene.post(&scene.wire.read(&scene.webhook, &sent, &id)).await.0, 200);
    let messages = scene.until(talk, "read", has(Author::Assistant, Ticks::Read)).await;
    // Our own words told back change nothing.
    if scene.wire.echoes {
        let said = messages.iter().find(|message| message.author == Author::Assistant).unwrap();
        let echo = scene.wire.echo(&scene.webhook, ANA, &id, &said.body.plain());
        assert_eq!(scene.post(&echo).await.0, 200);
    }
    talk
}

async fn a_file_comes_in(scene: &Scene, talk: ConversationId) {
    scene.says(ANA, "IN-2", "así lo quiero", true).await;
    let stored = |messages: &[MessageView]| {
        messages.iter().find_map(|message| match &message.body {
            Body::Media { media, .. } => media.stored.clone(),
            _ => None,
        })
    };
    let messages = scene.until(talk, "the file is kept", |messages| stored(messages).is_some()).await;
    let id = stored(&messages).unwrap().parse().unwrap();
    let file = scene.app.app.file(scene.clerk.tenant, id).await.unwrap();
    assert_eq!((file.bytes.as_slice(), file.mime.as_str()), (PICTURE, "image/png"));
}

async fn a_file_goes_out(scene: &Scene, talk: ConversationId) -> Vec<MessageView> {
    let new = NewFile {
        bytes: PICTURE.to_vec(),
        mime: "image/png".into(),
        filename: "corte.png".into(),
        caption: "¿Así?".into(),
        key: "k1".into(),
    };
    // The same form twice is one message.
    scene.app.app.reply_with_file(&scene.clerk, talk, new.clone()).await.unwrap();
    scene.app.app.reply_with_file(&scene.clerk, talk, new).await.unwrap();
    let member = Author::Member { member: scene.clerk.member };
    let messages = scene.until(talk, "the file left", has(member, Ticks::Sent)).await;
    link_opens(scene).await;
    messages
}

/// The provider's own words stand beside the message.
async fn nobody_is_there(scene: &Scene) {
    scene.says(NOBODY, "IN-3", "hola buenas tardes", false).await;
    let talk = scene.talk("5598769999").await;
    let messages = scene.until(talk, "refused", has(Author::Assistant, Ticks::Failed)).await;
    let reason = messages.iter().find_map(|message| message.failure.clone()).unwrap();
    let expected = match scene.wire.provider {
        Provider::Twilio => "Invalid message recipient",
        Provider::Evolution => "the number is not on WhatsApp",
        Provider::Wassenger => "Phone number is not on WhatsApp",
        Provider::Meta | Provider::Simulator => "Message undeliverable",
    };
    assert_eq!(reason, expected);
}

/// Providers that fetch get a link that opens this file, locked up, and no other.
async fn link_opens(scene: &Scene) {
    let (_, sent) = scene.sends().pop().unwrap();
    let link = match scene.wire.provider {
        Provider::Twilio => url::form_urlencoded::parse(sent.body.as_bytes())
            .find(|(name, _)| name == "MediaUrl")
            .unwrap()
            .1
            .into_owned(),
        Provider::Wassenger => sent.json()["media"]["url"].as_str().unwrap().to_owned(),
        Provider::Meta | Provider::Evolution | Provider::Simulator => return,
    };
    let client = channels::http::client().unwrap();
    let answer = client.get(&link).send().await.unwrap();
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!((answer.status().as_u16(), header("content-type").as_str()), (200, "image/png"));
    assert!(header("content-disposition").starts_with("attachment"));
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert!(header("content-security-policy").contains("sandbox"));
    assert_eq!(answer.bytes().await.unwrap().as_ref(), PICTURE);
    let last = link.chars().last().unwrap();
    let changed = format!("{}{}", link.strip_suffix(last).unwrap(), if last == '0' { '1' } else { '0' });
    assert_eq!(client.get(changed).send().await.unwrap().status().as_u16(), 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_over_meta() {
    a_conversation_is_the_same_over(META).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_over_twilio() {
    a_conversation_is_the_same_over(TWILIO).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_over_evolution() {
    a_conversation_is_the_same_over(EVOLUTION).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_over_wassenger() {
    a_conversation_is_the_same_over(WASSENGER).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_who_answers_on_the_phone_sends_the_assistant_back() {
    let scene = Scene::open(EVOLUTION).await;
    let post = scene.wire.echo(&scene.webhook, ANA, "3EB0STAFF", "ya le atiendo yo");
    assert_eq!(scene.post(&post).await.0, 200);
    let talk = scene.talk("5598760001").await;
    let thread = scene.thread(talk).await;
    assert_eq!(thread.row.answering, domain::conversation::Answering::Waiting);
    assert_eq!(thread.messages.last().unwrap().body, Body::text("ya le atiendo yo"));
}
