//! What did not get through: listed with its reason, taken up again, put away; each by whom it belongs to.

use std::{collections::BTreeMap, time::Duration};

use app::{
    undelivered::UndeliveredKind,
    view::{Clerk, InboxFilter},
};
use domain::channel::{Line, Provider};
use testkit::TestApp;

struct Desk {
    app: TestApp,
    clerk: Clerk,
    line: Line,
    headers: BTreeMap<&'static str, String>,
    admin: BTreeMap<&'static str, String>,
}

impl Desk {
    async fn open(app: TestApp) -> Self {
        let (token, _) = crate::cookie(&app).await;
        let clerk = crate::chat::clerk(&app.app.session(&token).await.unwrap().unwrap());
        let mut platform = app.app.store().platform_read().await.unwrap();
        let lines = store::channels::of_provider(&mut platform, Provider::Simulator).await.unwrap();
        let line = lines.into_iter().find(|line| line.tenant == clerk.tenant).unwrap();
        drop(platform);
        let (headers, admin) =
            (signed_in(&app, "sofia@luz.example").await, signed_in(&app, "admin@frontdesk.example").await);
        Self { app, clerk, line, headers, admin }
    }

    /// A proven call with one element of `list`.
    async fn told(&self, number: &str, list: &str, element: &str) {
        let body = format!(
            r#"{{"object":"whatsapp_business_account","entry":[{{"id":"1","changes":[{{"field":"messages","value":{{
            "metadata":{{"phone_number_id":"{number}"}},"contacts":[{{"profile":{{"name":"Ana P"}},"wa_id":"5215500002222"}}],
            "{list}":[{element}]}}}}]}}]}}"#
        );
        let signature = channels::simulator::sign(self.line.secret("app_secret"), body.as_bytes());
        let headers = BTreeMap::from([("x-hub-signature-256", signature)]);
        let path = format!("/webhooks/whatsapp/{}", self.line.id);
        assert_eq!(crate::post(&self.app, &path, &headers, &body).await.0, 200);
    }

    async fn items(&self) -> Vec<app::undelivered::UndeliveredItem> {
        self.app.app.undelivered(&self.clerk).await.unwrap()
    }

    async fn page(&self, path: &str, headers: &BTreeMap<&'static str, String>) -> (u16, String) {
        let client = channels::http::client().unwrap();
        let mut request = client.get(format!("{}{path}", self.app.url));
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn post(&self, path: &str, headers: &BTreeMap<&'static str, String>) -> (u16, String) {
        crate::post(&self.app, path, headers, "{}").await
    }
}

async fn signed_in(app: &TestApp, email: &str) -> BTreeMap<&'static str, String> {
    let token = app.app.login(email, "frontdesk-demo", "test").await.unwrap().token;
    let csrf = app.app.session(&token).await.unwrap().unwrap().csrf;
    BTreeMap::from([
        ("cookie", format!("__Host-fd={token}; fd={token}")),
        ("origin", app.url.clone()),
        ("x-csrf-token", csrf),
    ])
}

async fn unreadable_parts_are_the_owners(app: TestApp) {
    let desk = Desk::open(app).await;
    let (_, empty) = desk.page("/t/luz/undelivered", &desk.headers).await;
    assert!(empty.contains("empty-state"), "{empty}");
    let timeless = r#"{"from":"5215500002222","id":"wamid.T","type":"text","text":{"body":"secreto"}}"#;
    desk.told(&desk.line.external_id, "messages", timeless).await;
    let items = desk.items().await;
    let item = items.first().unwrap();
    assert_eq!((item.kind, item.reason.as_str()), (UndeliveredKind::Quarantined, "a message without a time"));
    assert_eq!(item.provider, Some(Provider::Simulator));
    let (status, page) = desk.page("/t/luz/undelivered", &desk.headers).await;
    assert_eq!(status, 200);
    assert!(page.contains("a message without a time") && page.contains(&item.id), "{page}");
    assert!(!page.contains("secreto") && !page.contains("5215500002222"), "nothing of what it says: {page}");
    // It is as unreadable as before, and says so.
    let path = format!("/api/v1/undelivered/{}", item.id);
    let (status, told) = desk.post(&format!("{path}/again"), &desk.headers).await;
    assert_eq!(status, 422, "{told}");
    assert!(told.contains("a message without a time"), "{told}");
    let (status, all) = desk.post("/api/v1/undelivered/again", &desk.headers).await;
    assert_eq!((status, all.as_str()), (200, r#"{"again":0,"left":1}"#));
    assert_eq!(desk.post(&format!("{path}/discard"), &desk.headers).await.0, 200);
    assert!(desk.items().await.is_empty());
    assert_eq!(desk.post(&format!("{path}/again"), &desk.headers).await.0, 404, "put away is gone");
    assert!(desk.app.stop().await);
}

async fn what_is_for_another_number_is_the_platforms(app: TestApp) {
    let desk = Desk::open(app).await;
    let hola =
        r#"{"from":"5215500002222","id":"wamid.F","timestamp":"1772463600","type":"text","text":{"body":"hola"}}"#;
    desk.told("999", "messages", hola).await;
    assert!(desk.items().await.is_empty(), "it may be somebody else's: the owner does not see it");
    assert_eq!(desk.page("/admin/quarantine", &desk.headers).await.0, 404, "nor the page");
    let held = desk.app.app.quarantined().await.unwrap();
    let item = held.first().unwrap();
    assert_eq!((item.tenant.as_deref(), held.len()), (Some("luz"), 1));
    let (status, page) = desk.page("/admin/quarantine", &desk.admin).await;
    assert_eq!(status, 200);
    assert!(page.contains("another number") && !page.contains("hola"), "{page}");
    let again = format!("/admin/quarantine/{}/again", item.id);
    let (status, told) = desk.post(&again, &desk.admin).await;
    assert_eq!(status, 200);
    assert!(told.contains("no channel here has its number"), "{told}");
    // The number is connected, and what came too early arrives.
    let line = Line { id: desk.app.app.env().id(), external_id: "999".into(), ..desk.line.clone() };
    let mut tx = desk.app.app.store().write(desk.clerk.tenant).await.unwrap();
    store::channels::insert(&mut tx, &line).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(desk.post(&again, &desk.admin).await.0, 303);
    assert_eq!(desk.post(&again, &desk.admin).await.0, 404, "once");
    for _ in 0..200 {
        let list = desk.app.app.inbox(&desk.clerk, InboxFilter::All, None).await.unwrap();
        if list.rows.iter().any(|row| row.customer == "Ana P") {
            assert!(desk.app.app.quarantined().await.unwrap().is_empty());
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("it never arrived");
}

/// A database that takes no message with this word: whatever turn meets it fails, each time.
const POISONED: [&str; 2] = [
    "CREATE TRIGGER poison BEFORE INSERT ON messages WHEN NEW.body LIKE '%veneno%'
        BEGIN SELECT RAISE(ABORT, 'poison'); END",
    "CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF NEW.body LIKE '%veneno%' THEN RAISE EXCEPTION 'poison'; END IF; RETURN NEW; END $$;
        CREATE TRIGGER poison BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION poison()",
];
const CURED: [&str; 2] = ["DROP TRIGGER poison", "DROP TRIGGER poison ON messages"];

async fn a_poisoned_message_holds_up_its_own_conversation_and_waits_for_a_person(app: TestApp) {
    let desk = Desk::open(app).await;
    let engine = usize::from(desk.app.app.store().engine() == store::Engine::Postgres);
    desk.app.tamper(POISONED[engine]).await.unwrap();
    let number = desk.line.external_id.clone();
    let said = |id: &str, text: &str| {
        format!(
            r#"{{"from":"5215500002222","id":"{id}","timestamp":"1772463600","type":"text","text":{{"body":"{text}"}}}}"#
        )
    };
    desk.told(&number, "messages", &said("wamid.POISON", "veneno")).await;
    desk.told(&number, "messages", &said("wamid.AFTER", "hola")).await;
    let others = desk.app.phone("luz", "+525598760001", "Regina").unwrap();
    assert!(others.say("hola").await.unwrap().len() > 1, "everybody else is answered meanwhile");
    assert!(desk.items().await.is_empty(), "nothing is given up after a moment");
    let talk = async || {
        let list = desk.app.app.inbox(&desk.clerk, InboxFilter::All, None).await.unwrap();
        list.rows.into_iter().find(|row| row.customer == "Ana P").map(|row| row.id)
    };
    assert_eq!(talk().await, None, "what came after it waits");
    // Minutes pass: leases run out.
    let mut items = Vec::new();
    for _ in 0..800 {
        desk.app.tamper("UPDATE lanes SET lease_until_us = 0 WHERE lease_until_us > 0 AND attempts > 0").await.unwrap();
        items = desk.items().await;
        if !items.is_empty() && talk().await.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!((items.len(), items[0].kind), (1, UndeliveredKind::Event), "{items:?}");
    let shown = async |word: &str| {
        for _ in 0..200 {
            let thread = desk.app.app.thread(&desk.clerk, talk().await.unwrap(), None).await.unwrap();
            if format!("{:?}", thread.messages).contains(word) {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        false
    };
    assert!(shown("hola").await, "what came after it was taken up");
    // Whatever was wrong is mended, and a person says: once more.
    desk.app.tamper(CURED[engine]).await.unwrap();
    let path = format!("/api/v1/undelivered/{}/again", items[0].id);
    assert_eq!(desk.post(&path, &desk.headers).await.0, 200);
    assert!(shown("veneno").await, "and it arrives");
    assert!(desk.items().await.is_empty());
    assert!(desk.app.stop().await);
}

macro_rules! on_both {
    ($($name:ident: $sqlite:ident, $postgres:ident;)*) => { $(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $sqlite() {
            $name(TestApp::sqlite().await.unwrap()).await;
        }
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $postgres() {
            $name(TestApp::postgres().await.unwrap()).await;
        }
    )* };
}

on_both! {
    unreadable_parts_are_the_owners: unreadable_parts_are_the_owners_on_sqlite, unreadable_parts_are_the_owners_on_postgres;
    a_poisoned_message_holds_up_its_own_conversation_and_waits_for_a_person:
        a_poisoned_message_waits_for_a_person_on_sqlite, a_poisoned_message_waits_for_a_person_on_postgres;
    what_is_for_another_number_is_the_platforms: another_number_is_the_platforms_on_sqlite, another_number_is_the_platforms_on_postgres;
}
