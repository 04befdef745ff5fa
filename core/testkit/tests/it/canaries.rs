//! A release tried on a share of its tenants: who tries it, what stops it by itself, who is left alone.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use app::{App, view::CanaryView};
use domain::canary::{CanaryState, Side, Standing};
use testkit::{TestApp, component};

/// What is asked for: the module takes ten percent off the cheaper service of two.
const WISH: [&str; 2] = ["quiero corte y barba el jueves a las 12 con Luis", "#No, gracias"];
const WITH_MODULE: &str = "Total: $530";
const CORE_ALONE: &str = "te lo confirma el equipo";
const BY: &str = "test";

/// Four businesses on one release, and another release of the same module beside it.
struct Street {
    app: TestApp,
    module: String,
    first: String,
    slugs: Vec<String>,
}

impl Street {
    async fn of(app: TestApp) -> Self {
        let release = app.app.releases().await.unwrap().remove(0);
        let mut slugs = vec!["luz".to_owned()];
        for _ in 0..3 {
            slugs.push(app.another("luz").await.unwrap());
        }
        Self { app, module: release.module, first: release.digest, slugs }
    }

    async fn install(&self, bytes: Vec<u8>) -> String {
        let installed = self.app.host.install(bytes.clone()).await.unwrap();
        self.app.app.keep_release(&installed.digest, &installed.description, &bytes).await.unwrap();
        installed.digest
    }

    async fn broken(&self) -> String {
        self.install(component("brittle").unwrap()).await
    }

    /// The same code as another release.
    async fn rebuilt(&self) -> String {
        let mut bytes = component(&self.module).unwrap();
        bytes.extend([0, 5, 4, b'n', b'o', b't', b'e']);
        self.install(bytes).await
    }

    async fn start(&self, digest: &str, percent: u8) -> CanaryView {
        self.app.app.start_canary(&self.module, Some(digest), percent, BY).await.unwrap()
    }

    /// A customer of this business asks for a price, once.
    async fn asks(&self, slug: &str) -> String {
        let phone = self.app.phone(slug, "+525598760001", "Regina").unwrap();
        phone.chat(&WISH).await.unwrap()
    }

    async fn running(&self) -> BTreeMap<String, String> {
        let mut running = BTreeMap::new();
        for slug in &self.slugs {
            running.insert(slug.clone(), self.app.app.running_digest(slug).await.unwrap().unwrap());
        }
        running
    }

    /// Who runs `digest`.
    async fn on(&self, digest: &str) -> Vec<String> {
        let running = self.running().await.into_iter();
        running.filter(|(_, runs)| runs == digest).map(|(slug, _)| slug).collect()
    }

    async fn audited(&self, slug: &str, action: &str) -> usize {
        let mut tx = self.app.app.store().platform_read().await.unwrap();
        let tenant = store::tenants::by_slug(&mut tx, slug).await.unwrap().unwrap().id;
        drop(tx);
        let mut tx = self.app.app.store().read(tenant).await.unwrap();
        let entries = store::audit::newest(&mut tx, 200).await.unwrap();
        assert_eq!(store::audit::first_broken(&mut tx).await.unwrap(), None);
        entries.iter().filter(|entry| entry.action == action).count()
    }
}

fn who(canary: &CanaryView, side: Side) -> Vec<String> {
    let of = canary.tenants.iter().filter(|tenant| tenant.side == side);
    of.map(|tenant| tenant.slug.clone()).collect()
}

async fn seen(app: &App) -> CanaryView {
    app.canaries().await.unwrap().remove(0)
}

macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(super::Street::of(testkit::TestApp::sqlite().await.unwrap()).await).await; })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(super::Street::of(testkit::TestApp::postgres().await.unwrap()).await).await; })+
        }
    };
}

on_both_databases!(
    a_broken_release_stops_by_itself_and_leaves_the_others_untouched,
    a_few_failures_of_each_of_many_tenants_stop_it_too,
    a_good_release_is_promoted_to_all_but_pinned_tenants,
    an_admin_stops_it_and_whoever_was_switched_meanwhile_is_left_alone,
);

async fn a_broken_release_stops_by_itself_and_leaves_the_others_untouched(street: Street) {
    let broken = street.broken().await;
    let canary = street.start(&broken, 50).await;
    let (trying, staying) = (who(&canary, Side::New), who(&canary, Side::Old));
    assert_eq!((trying.len(), staying.len(), canary.state), (2, 2, CanaryState::Running));
    assert_eq!(street.on(&broken).await, trying, "only they were switched, at once and without a restart");
    for slug in &staying {
        assert!(street.asks(slug).await.contains(WITH_MODULE));
    }

    // Two wishes of customers, each with two questions to the module.
    let during = street.asks(&trying[0]).await;
    assert!(during.contains(CORE_ALONE), "core answers meanwhile: {during}");
    street.asks(&trying[0]).await;
    let mut canary = seen(&street.app.app).await;
    for _ in 0..200 {
        if canary.state == CanaryState::Stopped {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        canary = seen(&street.app.app).await;
    }
    assert_eq!((canary.state, canary.by_rule), (CanaryState::Stopped, true), "{canary:?}");
    let reason = canary.reason.clone().unwrap();
    assert!(reason.contains("calls failed, on the old release 0 of"), "{reason}");
    assert!(canary.new.figures.traps >= 3 && canary.new.figures.fallbacks >= 1, "{:?}", canary.new.figures);
    assert!(canary.old.figures.calls >= 4 && canary.old.figures.failures() == 0, "{:?}", canary.old.figures);
    assert_eq!(street.on(&street.first).await.len(), 4, "all run what they had");
    for slug in &street.slugs {
        assert!(street.asks(slug).await.contains(WITH_MODULE), "{slug}");
    }
    for slug in &staying {
        assert_eq!(street.audited(slug, "canary_began").await, 0, "nothing was done to {slug}");
    }
    let tended: usize = street.audited(&trying[1], "canary_stopped").await;
    assert_eq!(tended, 1, "the tenant that had not failed yet was taken back by the canary's end");
    let platform = street.app.app.platform(domain::Language::English).await.unwrap();
    assert!(platform.canaries[0].by_rule, "the admin's page shows it as an alert");
}

async fn a_few_failures_of_each_of_many_tenants_stop_it_too(street: Street) {
    let broken = street.broken().await;
    let canary = street.start(&broken, 100).await;
    // Two traps each: too few for any one tenant's own release to be taken back.
    for slug in &who(&canary, Side::New)[..2] {
        street.asks(slug).await;
    }
    street.app.app.tend_canaries().await.unwrap();
    let canary = seen(&street.app.app).await;
    assert_eq!((canary.state, canary.by_rule, canary.new.figures.traps), (CanaryState::Stopped, true, 4));
    for slug in &street.slugs {
        assert_eq!(street.audited(slug, "module_taken_back").await, 0);
        assert_eq!(street.audited(slug, "canary_stopped").await, 1, "{slug}");
    }
    assert_eq!(street.on(&street.first).await.len(), 4);
    let again = street.app.app.start_canary(&street.module, Some(&broken), 100, BY).await.unwrap();
    assert_eq!((again.state, again.new.figures.calls), (CanaryState::Running, 0), "another try begins anew");
}

async fn a_good_release_is_promoted_to_all_but_pinned_tenants(street: Street) {
    let rebuilt = street.rebuilt().await;
    street.app.app.pin_module(&street.slugs[1], true, BY).await.unwrap();
    assert!(street.app.app.pin_module(&street.slugs[1], true, BY).await.is_err(), "it is pinned already");
    let canary = street.start(&rebuilt, 30).await;
    assert_eq!(who(&canary, Side::Pinned), [street.slugs[1].clone()]);
    let trying = who(&canary, Side::New);
    assert_eq!(trying.len(), 1, "of three that are not pinned");
    assert_eq!(street.on(&rebuilt).await, trying);
    let refused = street.app.app.start_canary(&street.module, Some(&rebuilt), 10, BY).await.unwrap_err();
    assert!(refused.to_string().ends_with("is going on already; stop or promote it first"), "{refused}");
    assert!(street.asks(&trying[0]).await.contains(WITH_MODULE));
    street.app.app.tend_canaries().await.unwrap();
    let canary = seen(&street.app.app).await;
    assert_eq!(canary.state, CanaryState::Running, "nothing speaks against it");
    assert!(canary.new.figures.calls > 0 && canary.new.figures.turns > 0 && canary.new.p99_us.is_some(), "{canary:?}");

    let canary = street.app.app.promote_canary(canary.id, BY).await.unwrap();
    assert_eq!(canary.state, CanaryState::Promoted);
    assert_eq!(street.on(&street.first).await, [street.slugs[1].clone()], "the pinned one alone stays");
    assert_eq!(street.on(&rebuilt).await.len(), 3);
    let over = street.app.app.stop_canary(canary.id, BY, "too late").await;
    assert!(over.is_err(), "what is promoted is not stopped");
}

async fn an_admin_stops_it_and_whoever_was_switched_meanwhile_is_left_alone(street: Street) {
    let rebuilt = street.rebuilt().await;
    let canary = street.start(&rebuilt, 75).await;
    let trying = who(&canary, Side::New);
    assert_eq!(trying.len(), 3);
    let broken = street.broken().await;
    street.app.app.activate(&trying[0], &street.module, Some(&broken), None).await.unwrap();
    let canary = street.app.app.stop_canary(canary.id, BY, "a customer complained").await.unwrap();
    assert_eq!((canary.state, canary.by_rule), (CanaryState::Stopped, false));
    assert_eq!(canary.reason.as_deref(), Some("a customer complained"));
    let standing = |slug: &String| canary.tenants.iter().find(|tenant| tenant.slug == *slug).unwrap().standing;
    assert_eq!(standing(&trying[0]), Standing::Left);
    assert_eq!((standing(&trying[1]), standing(&trying[2])), (Standing::Back, Standing::Back));
    assert_eq!(street.on(&broken).await, [trying[0].clone()], "somebody's own decision stands");
    assert_eq!(street.on(&street.first).await.len(), 3);
}

/// One node serves and counts, the other decides; both tend it at once, and each tenant is taken back once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_tend_one_canary_and_every_step_is_made_once() {
    let street = Street::of(TestApp::postgres().await.unwrap()).await;
    let other: Arc<App> = street.app.another_node().await.unwrap();
    let broken = street.broken().await;
    let begun = other.start_canary(&street.module, Some(&broken), 100, BY).await.unwrap();
    assert_eq!(begun.count(Side::New), 4);
    for slug in &street.slugs[..2] {
        assert!(street.asks(slug).await.contains(CORE_ALONE), "what one node switched the other runs at once");
    }
    street.app.app.canaries().await.unwrap();
    let (here, there) = tokio::join!(street.app.app.tend_canaries(), other.tend_canaries());
    here.and(there).unwrap();
    other.tend_canaries().await.unwrap();
    let canary = seen(&other).await;
    assert_eq!((canary.state, canary.by_rule), (CanaryState::Stopped, true), "{canary:?}");
    for slug in &street.slugs {
        assert_eq!(street.audited(slug, "canary_began").await, 1, "{slug}");
        assert_eq!(street.audited(slug, "canary_stopped").await, 1, "{slug}");
    }
    assert_eq!(street.on(&street.first).await.len(), 4);
    assert!(street.asks(&street.slugs[0]).await.contains(WITH_MODULE));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_and_the_page_begin_and_end_a_canary_for_the_platform_only() {
    let street = Street::of(TestApp::sqlite().await.unwrap()).await;
    let rebuilt = street.rebuilt().await;
    let (owner, admin) = (headers(&street.app, "sofia@luz.example").await, headers(&street.app, ADMIN).await);
    let body = format!(r#"{{"module": "{}", "digest": "{rebuilt}", "percent": 25}}"#, street.module);
    assert_eq!(crate::post(&street.app, "/api/v1/canaries", &owner, &body).await.0, 404, "owners learn nothing");
    let (status, begun) = crate::post(&street.app, "/api/v1/canaries", &admin, &body).await;
    assert_eq!(status, 201, "{begun}");
    let begun: CanaryView = serde_json::from_str(&begun).unwrap();
    let (status, told) = crate::post(&street.app, "/api/v1/canaries", &admin, &body).await;
    assert!(status == 422 && told.contains("going on already"), "{status} {told}");
    let page = get(&street.app, "/admin/modules", &admin).await;
    assert!(page.contains(&begun.id.to_string()) && page.contains("Being tried"), "{page}");
    let path = format!("/api/v1/canaries/{}/stop", begun.id);
    assert_eq!(crate::post(&street.app, &path, &owner, "{}").await.0, 404);
    let (status, ended) = crate::post(&street.app, &path, &admin, r#"{"because": "enough"}"#).await;
    assert!(status == 200 && ended.contains(r#""state":"stopped""#), "{status} {ended}");
    assert_eq!(street.on(&street.first).await.len(), 4);
}

pub(crate) const ADMIN: &str = "admin@frontdesk.example";

pub(crate) async fn headers(app: &TestApp, email: &str) -> BTreeMap<&'static str, String> {
    let token = app.app.login(email, "frontdesk-demo", "test").await.unwrap().token;
    let csrf = app.app.session(&token).await.unwrap().unwrap().csrf;
    let cookie = format!("__Host-fd={token}; fd={token}");
    BTreeMap::from([("cookie", cookie), ("origin", app.url.clone()), ("x-csrf-token", csrf)])
}

async fn get(app: &TestApp, path: &str, headers: &BTreeMap<&'static str, String>) -> String {
    let mut request = channels::http::client().unwrap().get(format!("{}{path}", app.url));
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    request.send().await.unwrap().text().await.unwrap()
}
