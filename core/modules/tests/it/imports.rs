//! What a guest may ask, import by import: without a grant, with one, and where this host has nothing to give.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    Language, Span,
    vertical::{
        Desk, DeskError, Effect, FreeSlot, KnownBooking, Passage, SlotWish, Vertical, VerticalError, WebRequest,
        WebResponse,
    },
};
use jiff::Timestamp;
use modules::{Limits, ModuleHost};

use crate::{Shelf, activated, built, context, draft, host, warm};

/// A desk that answers what the app's does.
struct Answering;

#[async_trait]
impl Desk for Answering {
    async fn find_slots(&self, wish: &SlotWish) -> Result<Vec<FreeSlot>, DeskError> {
        Ok(vec![FreeSlot { start: wish.window.from(), end: wish.window.to(), resources: vec!["Ana".into()] }])
    }
    async fn bookings(&self, window: Span) -> Result<Vec<KnownBooking>, DeskError> {
        Ok(vec![KnownBooking {
            id: "bkg_1".into(),
            state: "confirmed".into(),
            start: window.from(),
            end: Timestamp::UNIX_EPOCH,
            services: vec!["cut".into()],
            resources: vec![],
            party: 2,
            total_minor: 300,
        }])
    }
    async fn customer_field(&self, key: &str) -> Result<Option<String>, DeskError> {
        Ok(Some(format!("{key} since 2024")))
    }
    async fn bookings_of_everybody(&self, window: Span) -> Result<Vec<KnownBooking>, DeskError> {
        let mut all = self.bookings(window).await?;
        all.iter_mut().for_each(|booking| booking.id = "bkg_2".into());
        Ok(all)
    }
    async fn search(&self, question: &str, _most: u32) -> Result<Vec<Passage>, DeskError> {
        Ok(vec![Passage { title: question.into(), text: "Behind the house.".into(), source: "place".into() }])
    }
    async fn fetch(&self, _request: WebRequest) -> Result<WebResponse, DeskError> {
        let headers = vec![("etag".to_owned(), "7".to_owned())];
        Ok(WebResponse { status: 200, headers, body: b"rain".to_vec() })
    }
}

async fn asked_of(desk: Arc<dyn Desk>, what: &str, grants: &[&str]) -> String {
    let (host, digest) = host().await;
    let granted = activated(1, &digest, "", grants);
    let tool = format!("ask {what}");
    let nothing = serde_json::Value::Null;
    host.call_tool(&granted, &context(), &tool, &nothing, desk).await.unwrap().text
}

async fn asked(what: &str, grants: &[&str]) -> String {
    asked_of(Arc::new(Answering), what, grants).await
}

const RAIN: &str = "http:GET https://api.example.com/v1";

#[tokio::test]
async fn without_a_grant_each_import_refuses_in_words() {
    for (what, name) in [
        ("customer", "customer:member"),
        ("bookings", "bookings"),
        ("everybody", "bookings:all"),
        ("knowledge", "knowledge"),
        ("http", "http:GET https://api.example.com/v1/rain"),
        ("slots", "scheduling"),
    ] {
        // A grant of something else helps nobody.
        let said = asked(what, &["memory", "customer:birthday", "http:POST https://api.example.com"]).await;
        assert_eq!(said, format!("Err(HostError::Denied(\"{name} was not granted\"))"));
    }
}

#[tokio::test]
async fn with_a_grant_each_import_answers() {
    assert_eq!(asked("customer", &["customer:member"]).await, "Ok(Some(\"member since 2024\"))");
    assert!(asked("bookings", &["bookings"]).await.contains("bkg_1"));
    assert!(asked("slots", &["scheduling"]).await.contains("Ana"));
    assert!(asked("everybody", &["bookings:all"]).await.contains("bkg_2"));
    let passage = asked("knowledge", &["knowledge"]).await;
    assert!(passage.contains("parking?") && passage.contains("place"), "{passage}");
    let rain = asked("http", &[RAIN]).await;
    assert!(rain.contains("status: 200") && rain.contains("etag"), "{rain}");
}

#[tokio::test]
async fn bookings_of_everybody_are_granted_by_themselves_and_for_two_months_at_most() {
    let denied = "Err(HostError::Denied(\"bookings:all was not granted\"))";
    assert_eq!(asked("everybody", &["bookings"]).await, denied);
    assert_eq!(asked("years", &["bookings:all"]).await, "Err(HostError::Invalid(\"at most 62 days\"))");
    assert!(asked("bookings", &["bookings:all"]).await.contains("bkg_1"));
}

#[tokio::test]
async fn a_request_is_bounded_before_anybody_makes_it() {
    let denied = asked("http upwards", &[RAIN]).await;
    assert_eq!(denied, "Err(HostError::Denied(\"http:GET https://api.example.com/v1/%2e%2e/admin was not granted\"))");
    for (what, why) in [
        ("http post", "what changes something elsewhere is the effect `request`"),
        ("http much", "64 KiB a request"),
        ("http secret", "secrets in headers are not there yet"),
    ] {
        let said = asked(what, &[RAIN, "http:POST https://api.example.com/v1"]).await;
        assert_eq!(said, format!("Err(HostError::Invalid({why:?}))"));
    }
}

#[tokio::test]
async fn a_price_does_not_wait_for_other_servers() {
    let (host, digest) = host().await;
    let granted = activated(1, &digest, "fetch", &[RAIN]);
    let quoted = host.quote(&granted, &context(), &draft(), Arc::new(Answering)).await.unwrap();
    assert!(quoted.lines[0].label.contains("prices and verdicts do not wait"), "{quoted:?}");
}

#[tokio::test]
async fn a_request_that_changes_something_is_an_effect() {
    let (host, digest) = host().await;
    let granted = activated(1, &digest, "", &[]);
    let nothing = serde_json::Value::Null;
    let answer = host.call_tool(&granted, &context(), "send http", &nothing, Arc::new(Answering)).await.unwrap();
    let [effect @ Effect::Request(errand)] = answer.effects.as_slice() else { panic!("{:?}", answer.effects) };
    assert_eq!(
        (errand.key.as_str(), errand.request.target().as_str()),
        ("rain", "POST https://api.example.com/v1/rain")
    );
    // Whether it is made is asked of the grants, not of the module.
    assert!(effect.allowed_by(&["http:POST https://api.example.com".to_owned()]));
    assert!(!effect.allowed_by(&["http:GET https://api.example.com".to_owned()]));
}

/// Opens a connection, as a database or another server wants one.
struct Connecting(SocketAddr);

#[async_trait]
impl Desk for Connecting {
    async fn customer_field(&self, _key: &str) -> Result<Option<String>, DeskError> {
        let connected = tokio::net::TcpStream::connect(self.0).await;
        Ok(connected.ok().map(|_stream| "connected".to_owned()))
    }
}

#[tokio::test]
async fn a_question_may_open_a_connection_though_guests_threads_have_none() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let desk = Arc::new(Connecting(listener.local_addr().unwrap()));
    assert_eq!(asked_of(desk, "customer", &["customer:member"]).await, "Ok(Some(\"connected\"))");
}

#[tokio::test]
async fn a_server_that_is_silent_costs_a_call_its_time_and_is_not_waited_for_after_it() {
    struct Silent(Arc<AtomicBool>);

    #[async_trait]
    impl Desk for Silent {
        async fn fetch(&self, _request: WebRequest) -> Result<WebResponse, DeskError> {
            let _told = Told(Arc::clone(&self.0));
            std::future::pending().await
        }
    }
    /// Says so when nobody waits any more.
    struct Told(Arc<AtomicBool>);
    impl Drop for Told {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }

    let given_up: Arc<AtomicBool> = Arc::default();
    let bytes = built("hostile");
    let empty = ModuleHost::with(Arc::new(Shelf::default()), Limits::default(), warm()).unwrap();
    let digest = empty.install(bytes.clone()).await.unwrap().digest;
    let limits = Limits { wall: Duration::from_millis(200), ..Limits::default() };
    let host = ModuleHost::with(Arc::new(Shelf([(digest.clone(), bytes)].into())), limits, warm()).unwrap();
    let granted = activated(1, &digest, "", &[RAIN]);
    // Loading it takes longer than that the first time.
    host.describe(&granted, Language::English).await.unwrap();
    let nothing = serde_json::Value::Null;
    let desk = Arc::new(Silent(Arc::clone(&given_up)));
    let called = host.call_tool(&granted, &context(), "ask http", &nothing, desk).await;
    assert_eq!(called, Err(VerticalError::Limit("time")));
    for _ in 0..100 {
        if given_up.load(Ordering::SeqCst) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("somebody still waits for a server that nobody asks any more");
}
