//! A recorded conversation over each provider: in, out, files both ways, statuses, a refusal, a forged call.
//!
//! What members saw and every byte on the wire lie in `transcripts/`, one file for each provider, to be read beside the
//! provider's reference. The conversation is in [`a_conversation_is_recorded_over`]; what providers post is in [`wire`].

mod record;
mod storage;
mod wire;

use std::{sync::Arc, time::Duration};

use app::{
    NewChannel,
    view::{Clerk, ClockMove, InboxFilter, MessageView, NewFile, ThreadView},
};
use domain::{
    ConversationId, Env, OutboxId, Secret,
    channel::{Attachment, Channel, Line, Media, Outgoing, Provider},
    delivery::{SendFailure, Ticks},
    message::{Author, Body, Choice, MediaKind, MediaRef},
};
use expect_test::expect_file;
use frontdesk::config::Config;
use testkit::{
    TestApp,
    providers::{FakeProvider, PICTURE},
};

use record::Record;
use wire::{ANA, NOBODY, Post, Said, Tick, Wire};

struct Scene {
    wire: Wire,
    app: TestApp,
    fake: FakeProvider,
    clerk: Clerk,
    record: Record,
    /// How many sends have been written down.
    written: usize,
}

impl Scene {
    async fn open(provider: Provider) -> Self {
        Self::open_with(provider, |config| config).await
    }

    async fn open_with(provider: Provider, change: impl FnOnce(Config) -> Config) -> Self {
        let mut wire = Wire::of(provider);
        let fake = FakeProvider::start(provider).await.unwrap();
        let url = fake.url.clone();
        let app = TestApp::sqlite_with(|config| {
            change(Config {
                graph_url: url.clone(),
                twilio_url: url.clone(),
                twilio_content_url: url.clone(),
                evolution_url: url.clone(),
                wassenger_url: url.clone(),
                ..config
            })
        })
        .await
        .unwrap();
        let secrets = wire.secrets.iter().map(|(name, secret)| ((*name).to_owned(), Secret::new(*secret)));
        let new = NewChannel {
            tenant: "luz".into(),
            provider,
            number: "+14155550100".into(),
            external_id: wire.external_id.into(),
            secrets: secrets.collect(),
        };
        wire.webhook = app.app.add_channel(new).await.unwrap().webhook;
        wire.base = url;
        let (token, _) = crate::cookie(&app).await;
        let clerk = crate::chat::clerk(&app.app.session(&token).await.unwrap().unwrap());
        let record = Record::new(&fake.url, &app.url);
        Self { wire, app, fake, clerk, record, written: 0 }
    }

    /// Posts it and writes down the exchange, and what we sent meanwhile before that.
    async fn post(&mut self, post: &Post) -> u16 {
        self.write_sends();
        let mut url = self.wire.webhook.clone();
        if !post.query.is_empty() {
            url = format!("{url}?{}", post.query);
        }
        let client = channels::http::client().unwrap();
        let request = client.post(url).header("content-type", post.mime).header(post.header, &post.proof);
        let answer = request.body(post.body.clone()).send().await.unwrap();
        let (status, text) = (answer.status().as_u16(), answer.text().await.unwrap());
        self.record.posted(post, (status, &text));
        status
    }

    fn write_sends(&mut self) {
        let sends = self.fake.sends();
        for sent in sends.iter().skip(self.written) {
            self.record.asked(sent);
        }
        self.written = sends.len();
    }

    fn heading(&mut self, words: &str) {
        self.write_sends();
        self.record.heading(words);
    }

    /// A minute later somebody writes.
    async fn says(&mut self, from: &str, id: &str, said: &Said) {
        self.app.app.move_clock(ClockMove::AdvanceSeconds(60)).await.unwrap();
        let after = self.app.app.env().now().as_second() - NINE;
        let post = self.wire.incoming(from, id, said, after / 60 * 60);
        assert_eq!(self.post(&post).await, 200, "{}", post.body);
    }

    async fn status(&mut self, asked: &testkit::providers::Asked, tick: Tick) {
        let id = self.wire.id_of(asked);
        let post = self.wire.status(asked, &id, tick);
        assert_eq!(self.post(&post).await, 200, "{}", post.body);
    }

    async fn until_sends(&self, count: usize) {
        for _ in 0..400 {
            if self.fake.sends().len() >= count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("never sent: {:#?}", self.fake.sends());
    }

    async fn until_waiting(&self, count: usize) {
        let store = self.app.app.store();
        for _ in 0..400 {
            let mut tx = store.read(self.clerk.tenant).await.unwrap();
            if store::waiting::count(&mut tx).await.unwrap() == count {
                return;
            }
            drop(tx);
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("nothing waits");
    }

    /// Waits for the conversation with that number; the demo's own customers have others.
    async fn talk(&self, phone: &str) -> ConversationId {
        for _ in 0..200 {
            let list = self.app.app.inbox(&self.clerk, InboxFilter::All, None).await.unwrap();
            let ours = |name: &str| ["Ana", ""].contains(&name) || name.ends_with(phone);
            for row in list.rows.iter().filter(|row| ours(&row.customer)) {
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

    /// Waits until the newest message of ours is there with these ticks.
    async fn until_last(&self, talk: ConversationId, what: &str, wanted: Ticks) -> Vec<MessageView> {
        let ours = |message: &&MessageView| message.author != Author::Customer;
        let last = |messages: &[MessageView]| messages.iter().rfind(ours).is_some_and(|m| m.ticks == Some(wanted));
        self.until(talk, what, |messages| last(messages)).await
    }
}

/// 2 March 2026, nine in the morning in Mexico City.
const NINE: i64 = 1_772_463_600;

fn shown(message: &MessageView) -> String {
    let who = match message.author {
        Author::Customer => "customer",
        Author::Assistant => "assistant",
        Author::Member { .. } => "member",
        Author::System => "system",
    };
    let kind = match &message.body {
        Body::Media { media, .. } => {
            format!(" [{} {}]", media.mime, if media.stored.is_some() { "kept" } else { "not kept" })
        }
        Body::Chosen { .. } => " [tapped]".to_owned(),
        Body::Template { name, .. } => format!(" [template {name}]"),
        Body::Unsupported { kind } => format!("[of a kind we do not know: {kind}]"),
        Body::Reaction { .. } => " [reaction]".to_owned(),
        Body::Text { .. }
        | Body::Buttons { .. }
        | Body::List { .. }
        | Body::Location { .. }
        | Body::Contacts { .. }
        | Body::Order { .. }
        | Body::System { .. }
        | Body::Edited { .. }
        | Body::Revoked { .. } => String::new(),
    };
    let ticks = message.ticks.map_or(String::new(), |ticks| format!(" ({})", ticks.as_str()));
    let failure = message.failure.as_ref().map_or(String::new(), |reason| format!(" because: {reason}"));
    format!("{who}: {}{kind}{ticks}{failure}", message.body.plain().replace('\n', " / "))
}

/// The whole of it. Each step waits for what it caused, so that the record has one order.
async fn a_conversation_is_recorded_over(provider: Provider) -> String {
    let mut scene = Scene::open(provider).await;
    let talk = in_out_and_ticks(&mut scene).await;
    a_booking_by_tapping(&mut scene, talk).await;
    scene.app.app.take_over(&scene.clerk, talk).await.unwrap();
    scene.until_last(talk, "somebody joined", Ticks::Sent).await;
    every_kind_comes_in(&mut scene, talk).await;
    a_file_goes_out(&mut scene, talk).await;
    a_reply_fails_later(&mut scene, talk).await;
    a_reminder_after_the_window(&mut scene, talk).await;
    let seen = scene.thread(talk).await.messages;
    nobody_is_there(&mut scene).await;
    every_kind_goes_out(&mut scene).await;
    scene.heading("Beside the sends: files, contents, read marks, typing");
    for asked in scene.fake.others() {
        scene.record.asked(&asked);
    }
    scene.record.heading("What members see");
    for message in seen {
        scene.record.line(&shown(&message));
    }
    assert!(scene.app.stop().await);
    scene.record.finish()
}

async fn in_out_and_ticks(scene: &mut Scene) -> ConversationId {
    scene.heading("A forged call: nothing is kept");
    let mut forged = scene.wire.incoming(ANA, "FORGED", &Said::Text("hola"), 0);
    forged.proof = forged.proof.chars().rev().collect();
    assert_eq!(scene.post(&forged).await, 401);
    scene.heading("A text, delivered twice, is answered once");
    scene.says(ANA, "IN-1", &Said::Text("hola buenas tardes")).await;
    let again = scene.wire.incoming(ANA, "IN-1", &Said::Text("hola buenas tardes"), 60);
    assert_eq!(scene.post(&again).await, 200);
    let talk = scene.talk("5598760001").await;
    scene.until_last(talk, "answered", Ticks::Sent).await;
    scene.heading("What became of it, out of order and twice");
    let sent = scene.fake.sends().remove(0);
    for (tick, ticks) in [(Tick::Sent, Ticks::Sent), (Tick::Read, Ticks::Read), (Tick::Delivered, Ticks::Read)] {
        scene.status(&sent, tick).await;
        scene.until_last(talk, "ticked", ticks).await;
    }
    let messages = scene.thread(talk).await.messages;
    if scene.wire.echoes {
        scene.heading("Our own words told back change nothing");
        let said = messages.iter().find(|message| message.author == Author::Assistant).unwrap();
        let echo = scene.wire.echo(ANA, &scene.wire.id_of(&sent), &said.body.plain(), Some(&sent));
        assert_eq!(scene.post(&echo).await, 200);
    }
    talk
}

async fn a_booking_by_tapping(scene: &mut Scene, talk: ConversationId) {
    scene.heading("A list is shown, a row is tapped, buttons are shown, a button is tapped");
    scene.says(ANA, "IN-2", &Said::Text("quiero una cita")).await;
    scene.until_sends(2).await;
    let (id, title) = scene.wire.offered(&scene.fake.asked()).remove(0);
    scene.says(ANA, "IN-3", &Said::Row(id, title)).await;
    scene.until_sends(3).await;
    scene.says(ANA, "IN-4", &Said::Text("el jueves a las 12 con Luis")).await;
    scene.until_sends(4).await;
    let (id, title) = scene.wire.offered(&scene.fake.asked()).remove(0);
    scene.says(ANA, "IN-5", &Said::Button(id, title)).await;
    scene.until_sends(5).await;
    scene.until_last(talk, "booked", Ticks::Sent).await;
    let card = scene.thread(talk).await.card;
    assert_eq!(card.upcoming.len(), 1, "the tapped button booked it");
}

async fn every_kind_comes_in(scene: &mut Scene, talk: ConversationId) {
    scene.heading("A place, a reaction, something unknown, a picture");
    let theirs = scene.wire.id_of(&scene.fake.sends().remove(0));
    scene.says(ANA, "IN-6", &Said::Place).await;
    scene.says(ANA, "IN-7", &Said::Reaction(theirs)).await;
    scene.says(ANA, "IN-8", &Said::Unknown).await;
    scene.says(ANA, "IN-9", &Said::Picture("así lo quiero")).await;
    let stored = |messages: &[MessageView]| {
        messages.iter().find_map(|message| {
            let Body::Media { media, .. } = &message.body else { return None };
            media.stored.clone()
        })
    };
    let messages = scene.until(talk, "the file is kept", |messages| stored(messages).is_some()).await;
    let id = stored(&messages).unwrap().parse().unwrap();
    let file = scene.app.app.file(scene.clerk.tenant, id).await.unwrap();
    assert_eq!((file.bytes.as_slice(), file.mime.as_str()), (PICTURE, "image/png"));
}

async fn a_file_goes_out(scene: &mut Scene, talk: ConversationId) {
    scene.heading("A file goes out");
    let new = NewFile {
        bytes: PICTURE.to_vec(),
        mime: "image/png".into(),
        filename: "corte.png".into(),
        caption: "¿Así?".into(),
        key: "k1".into(),
    };
    let page = NewFile { mime: "text/html".into(), ..new.clone() };
    let refused = scene.app.app.reply_with_file(&scene.clerk, talk, page).await;
    assert!(refused.is_err(), "what no provider takes is refused before it is kept");
    let before = scene.fake.sends().len();
    // The same form twice is one message.
    scene.app.app.reply_with_file(&scene.clerk, talk, new.clone()).await.unwrap();
    scene.app.app.reply_with_file(&scene.clerk, talk, new).await.unwrap();
    scene.until_sends(before + 1).await;
    scene.until_last(talk, "the file left", Ticks::Sent).await;
    link_opens(scene).await;
}

async fn a_reply_fails_later(scene: &mut Scene, talk: ConversationId) {
    scene.heading("A reply is taken, and then reported as failed");
    let before = scene.fake.sends().len();
    scene.app.app.reply(&scene.clerk, talk, "Te esperamos", "k2").await.unwrap();
    scene.until_sends(before + 1).await;
    scene.until_last(talk, "the reply left", Ticks::Sent).await;
    let sent = scene.fake.sends().pop().unwrap();
    scene.status(&sent, Tick::Failed).await;
    scene.until_last(talk, "the reply failed", Ticks::Failed).await;
}

async fn a_reminder_after_the_window(scene: &mut Scene, talk: ConversationId) {
    scene.heading("Two days later a reminder: the approved template where there is a window");
    if scene.wire.provider.has_window() {
        let provider = scene.wire.provider;
        crate::window::approve_reminder(&scene.app, scene.clerk.tenant, provider).await;
    }
    let before = scene.fake.sends().len();
    scene.app.app.move_clock(ClockMove::AdvanceSeconds(51 * 3_600)).await.unwrap();
    scene.until_sends(before + 1).await;
    scene.until_last(talk, "the reminder left", Ticks::Sent).await;
}

/// The provider's own words stand beside the message.
async fn nobody_is_there(scene: &mut Scene) {
    scene.heading("A number that is on nobody's WhatsApp");
    scene.says(NOBODY, "IN-10", &Said::Text("hola buenas tardes")).await;
    let talk = scene.talk("5598769999").await;
    let messages = scene.until_last(talk, "refused", Ticks::Failed).await;
    let reason = messages.iter().find_map(|message| message.failure.clone()).unwrap();
    let expected = match scene.wire.provider {
        Provider::Twilio => "Invalid message recipient",
        Provider::Evolution => "the number is not on WhatsApp",
        Provider::Wassenger => "Phone number is not on WhatsApp",
        Provider::Meta | Provider::Simulator => "Message undeliverable.",
    };
    assert_eq!(reason, expected);
}

/// The kinds that nothing above says, straight through the adapter.
async fn every_kind_goes_out(scene: &mut Scene) {
    scene.heading("The remaining kinds, straight through the adapter");
    let env = scene.app.app.env();
    let (adapter, line) = (adapter(scene, env), line(scene).await);
    let to = match scene.wire.provider {
        Provider::Twilio => format!("+{ANA}"),
        Provider::Evolution => format!("{ANA}@s.whatsapp.net"),
        Provider::Wassenger => format!("+{ANA}"),
        Provider::Meta | Provider::Simulator => ANA.to_owned(),
    };
    let file = |kind, mime: &str, filename: &str| {
        let media = MediaRef { mime: mime.into(), ..MediaRef::default() };
        Body::Media { kind, media, caption: String::new(), filename: filename.into() }
    };
    let choice = |id: &str, title: &str| Choice { id: id.into(), title: title.into(), description: String::new() };
    let bodies = [
        Body::Location { latitude: 19.43, longitude: -99.13, name: "Condesa".into(), address: "Ámsterdam 1".into() },
        Body::Reaction { to: "IN-9".into(), emoji: "👍".into() },
        Body::Reaction { to: "IN-9".into(), emoji: String::new() },
        Body::Contacts { names: vec!["Luis Ortega".into()] },
        // One button too many for buttons.
        Body::Buttons { text: "¿Cuál?".into(), buttons: ["1", "2", "3", "4"].map(|id| choice(id, id)).to_vec() },
        file(MediaKind::Document, "application/pdf", "receta.pdf"),
        file(MediaKind::Voice, "audio/ogg", ""),
        file(MediaKind::Sticker, "image/webp", ""),
    ];
    for (place, body) in bodies.into_iter().enumerate() {
        let media = if let Body::Media { media, .. } = &body {
            Some(Media { bytes: b"bytes".to_vec(), mime: media.mime.clone() })
        } else {
            None
        };
        let attachment = media.map(|media| Attachment { media, link: "https://desk.example/files/TOKEN".into() });
        let id = OutboxId(uuid::Uuid::from_u128(u128::try_from(place).unwrap() + 1));
        let message = Outgoing { id, to: to.clone(), body, reply_to: Some("IN-9".into()), attachment };
        let outcome = adapter.send(&line, &message).await;
        scene.write_sends();
        match outcome {
            Ok(_) => {}
            Err(SendFailure::Refused { kind, reason, .. }) => {
                scene.record.line(&format!("\n(not sent: {kind:?}, {reason})"));
            }
            Err(failure) => panic!("{failure}: {message:?}"),
        }
    }
}

fn adapter(scene: &Scene, env: &Env) -> Arc<dyn Channel> {
    let (clients, base) = (channels::http::Clients::new().unwrap(), scene.fake.url.as_str());
    match scene.wire.provider {
        Provider::Twilio => {
            let at = channels::twilio::Addresses {
                api: base.into(),
                content: base.into(),
                public_url: scene.app.url.clone(),
            };
            Arc::new(channels::twilio::Twilio::new(clients, at, env.clone()))
        }
        Provider::Evolution => Arc::new(channels::evolution::Evolution::new(clients, base, env.clone())),
        Provider::Wassenger => Arc::new(channels::wassenger::Wassenger::new(clients, base, env.clone())),
        provider @ (Provider::Meta | Provider::Simulator) => {
            Arc::new(channels::graph::Graph::new(provider, clients, base, "v24.0"))
        }
    }
}

async fn line(scene: &Scene) -> Line {
    let mut platform = scene.app.app.store().platform_read().await.unwrap();
    store::channels::of_provider(&mut platform, scene.wire.provider).await.unwrap().remove(0)
}

/// Providers that fetch get a link that opens this file, locked up, and no other.
async fn link_opens(scene: &Scene) {
    let sent = scene.fake.sends().pop().unwrap();
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
async fn a_message_reported_as_failed_goes_again_or_is_put_away() {
    let mut scene = Scene::open(Provider::Meta).await;
    scene.says(ANA, "IN-1", &Said::Text("hola buenas tardes")).await;
    let talk = scene.talk("5598760001").await;
    for (round, decision) in ["again", "discard"].into_iter().enumerate() {
        scene.until_sends(round + 1).await;
        scene.until_last(talk, "it left", Ticks::Sent).await;
        let sent = scene.fake.sends().pop().unwrap();
        scene.status(&sent, Tick::Failed).await;
        scene.until_last(talk, "it failed", Ticks::Failed).await;
        let items = scene.app.app.undelivered(&scene.clerk).await.unwrap();
        let item = items.first().unwrap();
        assert_eq!(item.reason, "Message Undeliverable: the recipient blocked the business.");
        match decision {
            "again" => scene.app.app.take_up_again(&scene.clerk, &item.id).await.unwrap(),
            _ => scene.app.app.discard(&scene.clerk, &item.id).await.unwrap(),
        }
        assert!(scene.app.app.undelivered(&scene.clerk).await.unwrap().is_empty(), "{decision}");
    }
    let last = scene.thread(talk).await.messages.pop().unwrap();
    assert_eq!(last.ticks, Some(Ticks::Failed), "put away, and still known to have failed");
}

/// Providers count the window themselves, and may say days later that it had closed.
async fn what_the_window_closed_on_travels_on(provider: Provider) {
    let mut scene = Scene::open(provider).await;
    crate::window::approve_reminder(&scene.app, scene.clerk.tenant, provider).await;
    scene.says(ANA, "IN-1", &Said::Text("quiero un corte con Luis el jueves a las 12")).await;
    let talk = scene.talk("5598760001").await;
    scene.until_sends(1).await;
    scene.says(ANA, "IN-2", &Said::Text("si")).await;
    scene.until_sends(2).await;
    scene.until_last(talk, "booked", Ticks::Sent).await;
    scene.app.app.take_over(&scene.clerk, talk).await.unwrap();
    scene.until_sends(3).await;
    scene.app.app.reply(&scene.clerk, talk, "¿Todo bien?", "k").await.unwrap();
    scene.until_sends(4).await;
    scene.until_last(talk, "said", Ticks::Sent).await;
    let sent = scene.fake.sends().pop().unwrap();
    scene.status(&sent, Tick::TooLate).await;
    // It waits, and leaves again when the customer writes: a word of theirs opens the window.
    let waits = scene.until_last(talk, "it waits", Ticks::Queued).await;
    assert_eq!(waits.last().unwrap().failure, None);
    // The job that takes it off its way runs on its own; until it has, there is nothing to let through.
    scene.until_waiting(1).await;
    scene.says(ANA, "IN-3", &Said::Text("sí, gracias")).await;
    scene.until_sends(5).await;
    scene.until_last(talk, "it left after all", Ticks::Sent).await;
    let again = scene.fake.sends().pop().unwrap();
    assert!(again.body.contains("Todo"), "{}", again.body);
    // A reminder does not wait where a template says it.
    scene.app.app.move_clock(ClockMove::AdvanceSeconds(50 * 3_600)).await.unwrap();
    scene.says(ANA, "IN-4", &Said::Text("¿sigue en pie?")).await;
    scene.app.app.move_clock(ClockMove::AdvanceSeconds(3_600)).await.unwrap();
    scene.until_sends(6).await;
    scene.until_last(talk, "the reminder left", Ticks::Sent).await;
    let reminder = scene.fake.sends().pop().unwrap();
    scene.status(&reminder, Tick::TooLate).await;
    scene.until_sends(7).await;
    let messages = scene.until_last(talk, "the template left", Ticks::Sent).await;
    let last = messages.iter().rfind(|message| message.author == Author::System).unwrap();
    assert!(matches!(&last.body, Body::Template { .. }), "{last:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_metas_window_closed_on_travels_on() {
    what_the_window_closed_on_travels_on(Provider::Meta).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_twilios_window_closed_on_travels_on() {
    what_the_window_closed_on_travels_on(Provider::Twilio).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_over_meta() {
    expect_file!["transcripts/meta.txt"].assert_eq(&a_conversation_is_recorded_over(Provider::Meta).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_over_twilio() {
    expect_file!["transcripts/twilio.txt"].assert_eq(&a_conversation_is_recorded_over(Provider::Twilio).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_over_evolution() {
    expect_file!["transcripts/evolution.txt"].assert_eq(&a_conversation_is_recorded_over(Provider::Evolution).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_over_wassenger() {
    expect_file!["transcripts/wassenger.txt"].assert_eq(&a_conversation_is_recorded_over(Provider::Wassenger).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_who_answers_on_the_phone_sends_the_assistant_back() {
    let mut scene = Scene::open(Provider::Evolution).await;
    let post = scene.wire.echo(ANA, "3EB0STAFF", "ya le atiendo yo", None);
    assert_eq!(scene.post(&post).await, 200);
    let talk = scene.talk("5598760001").await;
    let thread = scene.thread(talk).await;
    assert_eq!(thread.row.answering, domain::conversation::Answering::Waiting);
    assert_eq!(thread.messages.last().unwrap().body, Body::text("ya le atiendo yo"));
}
