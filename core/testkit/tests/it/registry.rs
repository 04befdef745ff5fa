//! What the platform's admin does with releases, by API and by page, as from the command line.

use std::collections::BTreeMap;

use frontdesk::config::Config;
use modules::{Manifest, Seal, public_of, seal};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use testkit::{TestApp, component};

use crate::canaries::{ADMIN, headers};

const SECRET: [u8; 32] = [9; 32];
/// What the first business asks to hear its price.
const WISH: [&str; 2] = ["quiero corte y barba el jueves a las 12 con Luis", "#No, gracias"];

type Headers = BTreeMap<&'static str, String>;

fn trusting(config: Config) -> Config {
    Config { trusted_publishers: [("estudio".to_owned(), public_of(&SECRET))].into(), ..config }
}

/// As its publisher would seal it.
fn sealed(bytes: &[u8], module: &str, version: &str, secret: &[u8; 32]) -> Seal {
    let digest: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let manifest =
        Manifest { module: module.to_owned(), version: version.to_owned(), digest, publisher: "estudio".to_owned() };
    seal(&manifest, secret).unwrap()
}

/// What a browser or `curl -F` makes of these parts.
fn form(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, bytes) in parts {
        let head = format!("--edge\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"{name}\"\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--edge--\r\n");
    body
}

async fn send(app: &TestApp, path: &str, who: &Headers, body: Vec<u8>) -> (u16, String, Option<String>) {
    let client = channels::http::client().unwrap();
    let mut request = client.post(format!("{}{path}", app.url)).body(body);
    request = request.header("content-type", "multipart/form-data; boundary=edge");
    for (name, value) in who {
        request = request.header(*name, value);
    }
    let answer = request.send().await.unwrap();
    let to = answer.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
    (answer.status().as_u16(), answer.text().await.unwrap(), to)
}

async fn install(app: &TestApp, who: &Headers, bytes: &[u8], seal: &Seal) -> (u16, Value) {
    let seal = serde_json::to_vec_pretty(seal).unwrap();
    let (status, body, _) = send(app, "/api/v1/modules", who, form(&[("component", bytes), ("seal", &seal)])).await;
    (status, serde_json::from_str(&body).unwrap())
}

async fn post(app: &TestApp, path: &str, who: &Headers, body: Value) -> (u16, Value) {
    let (status, body) = crate::post(app, path, who, &body.to_string()).await;
    (status, serde_json::from_str(&body).unwrap())
}

async fn get(app: &TestApp, path: &str, who: &Headers) -> (u16, String) {
    let mut request = channels::http::client().unwrap().get(format!("{}{path}", app.url));
    for (name, value) in who {
        request = request.header(*name, value);
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn listed(app: &TestApp, who: &Headers) -> Vec<Value> {
    let (status, body) = get(app, "/api/v1/modules", who).await;
    assert_eq!(status, 200, "{body}");
    serde_json::from_str::<Value>(&body).unwrap()["modules"].as_array().unwrap().clone()
}

/// The same code as another release.
fn rebuilt(module: &str) -> Vec<u8> {
    let mut bytes = component(module).unwrap();
    bytes.extend([0, 5, 4, b'n', b'o', b't', b'e']);
    bytes
}

async fn quoted(app: &TestApp) -> String {
    let phone = app.phone("luz", "+525598760001", "Regina").unwrap();
    phone.chat(&WISH).await.unwrap()
}

async fn audited(app: &TestApp, actor: &str) -> Vec<String> {
    let mut tx = app.app.store().platform_read().await.unwrap();
    let tenant = store::tenants::by_slug(&mut tx, "luz").await.unwrap().unwrap().id;
    drop(tx);
    let mut tx = app.app.store().read(tenant).await.unwrap();
    let entries = store::audit::newest(&mut tx, 200).await.unwrap();
    assert_eq!(store::audit::first_broken(&mut tx).await.unwrap(), None);
    entries.into_iter().filter(|entry| entry.actor == actor).map(|entry| entry.action).collect()
}

async fn a_sealed_release_is_installed_run_rolled_back_and_turned_off_by_api(app: TestApp) {
    let admin = headers(&app, ADMIN).await;
    let first = listed(&app, &admin).await.remove(0);
    let (module, version) = (first["name"].as_str().unwrap().to_owned(), first["version"].as_str().unwrap().to_owned());
    assert_eq!((&first["publisher"], &first["tenants"]), (&Value::Null, &json!(1)), "the demo's own, unsigned");

    let bytes = rebuilt(&module);
    let seal = sealed(&bytes, &module, &version, &SECRET);
    let (status, release) = install(&app, &admin, &bytes, &seal).await;
    assert_eq!(status, 201, "{release}");
    assert_eq!((&release["publisher"], &release["version"]), (&json!("estudio"), &json!(version)));
    assert!(release["contributes"]["services"].as_u64().unwrap() > 0, "{release}");
    assert_eq!(release["asks_for"][0]["name"], "scheduling");
    assert!(!release["asks_for"][0]["why"].as_str().unwrap().is_empty(), "{release}");
    let digest = release["digest"].as_str().unwrap().to_owned();
    assert_eq!(install(&app, &admin, &bytes, &seal).await.1["digest"], digest.as_str());
    assert_eq!(listed(&app, &admin).await.len(), 2, "the same bytes twice are one release");

    let door = "/api/v1/tenants/luz/module";
    let wrong = [
        (
            json!({ "module": module, "settings": { "combo_discount_percent": 99 } }),
            "settings",
            "/combo_discount_percent",
        ),
        (json!({ "module": module, "grants": ["memory"] }), "grants", "it asks for: scheduling, messages"),
        (json!({ "module": "nothing" }), "module", "no release of \"nothing\" is installed"),
        (json!({ "module": module, "digest": "0000" }), "module", "with a digest that begins with 0000"),
    ];
    for (asked, field, words) in wrong {
        let (status, told) = post(&app, door, &admin, asked).await;
        assert_eq!((status, &told["errors"][0]["field"]), (422, &json!(field)), "{told}");
        assert!(told["errors"][0]["reason"].as_str().unwrap().contains(words), "{told}");
    }
    assert_eq!(post(&app, "/api/v1/tenants/nobody/module", &admin, json!({ "module": module })).await.0, 404);
    assert!(quoted(&app).await.contains("Total: $530"), "nothing was switched");

    let half = json!({ "module": module, "digest": digest, "settings": { "combo_discount_percent": 50 } });
    let (status, runs) = post(&app, door, &admin, half).await;
    assert_eq!((status, &runs["digest"]), (200, &json!(digest)), "{runs}");
    assert_eq!(runs["granted"][0]["grant"], "scheduling", "an upgrade keeps what it had: {runs}");
    assert!(quoted(&app).await.contains("Total: $450"), "the next turn uses it");
    let (status, fewer) = post(&app, door, &admin, json!({ "module": module, "grants": ["scheduling"] })).await;
    assert_eq!((status, &fewer["withheld"][0]["grant"]), (200, &json!("messages")), "{fewer}");

    let (status, back) = post(&app, &format!("{door}/rollback"), &admin, json!({})).await;
    assert_eq!((status, &back["digest"]), (200, &json!(digest)), "{back}");
    let (status, off) = post(&app, &format!("{door}/disable"), &admin, json!({})).await;
    assert_eq!((status, off), (200, json!({ "on": false })));
    assert_eq!(post(&app, &format!("{door}/disable"), &admin, json!({})).await.0, 422, "it is off already");
    let (_, shown) = get(&app, door, &admin).await;
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!((&shown["module"]["on"], &shown["module"]["digest"]), (&json!(false), &json!(digest)));
    assert_eq!(shown["module"]["settings"]["combo_discount_percent"], 50);
    let alone = quoted(&app).await;
    assert!(!alone.contains("Total: $450") && alone.contains("< "), "the core answers, without the module: {alone}");
    assert_eq!(post(&app, &format!("{door}/enable"), &admin, json!({})).await.0, 200);
    assert!(quoted(&app).await.contains("Total: $450"));

    let entries = audited(&app, ADMIN).await;
    assert_eq!(entries, ["module_enabled", "module_disabled", "rolled_back", "activated", "activated"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_admin_does_it_on_sqlite() {
    let app = TestApp::sqlite_with(trusting).await.unwrap();
    a_sealed_release_is_installed_run_rolled_back_and_turned_off_by_api(app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_admin_does_it_on_postgres() {
    let app = TestApp::postgres_with(trusting).await.unwrap();
    a_sealed_release_is_installed_run_rolled_back_and_turned_off_by_api(app).await;
}

/// A component that imports an instance of this name, and gives it on under another.
fn naming(import: &str, export: Option<&str>) -> Vec<u8> {
    let length = |bytes: &[u8], more: usize| u8::try_from(bytes.len() + more).unwrap();
    let named = |name: &str| [&[0, length(name.as_bytes(), 0)][..], name.as_bytes()].concat();
    let section = |id: u8, entry: &[u8]| [&[id, length(entry, 1), 1][..], entry].concat();
    let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
    bytes.extend(section(7, &[0x42, 0]));
    bytes.extend(section(10, &[named(import), vec![5, 0]].concat()));
    bytes.extend(export.map(|name| section(11, &[named(name), vec![5, 0, 0]].concat())).unwrap_or_default());
    bytes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_command_line_refuses_the_api_refuses_in_the_same_words() {
    let app = TestApp::sqlite_with(trusting).await.unwrap();
    let admin = headers(&app, ADMIN).await;
    let before = listed(&app, &admin).await;
    let (good, ours) = (rebuilt("hostile"), |bytes: &[u8]| sealed(bytes, "hostile", "0.1.0", &SECRET));
    let mut tampered = good.clone();
    *tampered.last_mut().unwrap() ^= 1;
    let wasi = naming("wasi:random/random@0.2.0", None);
    let future = "frontdesk:vertical/business@2.0.0";
    let future = naming(future, Some(future));
    let large = vec![0; (2 << 20) + 1];
    let cases = [
        (&good, sealed(&good, "hostile", "0.1.0", &[8; 32]), "seal", "by a key that this installation does not trust"),
        (&tampered, ours(&good), "seal", "the file is not the one that was signed: it was changed afterwards"),
        (&good, sealed(&good, "honest", "0.1.0", &SECRET), "seal", "the seal says honest 0.1.0, the module says"),
        (&wasi, ours(&wasi), "component", "imports wasi:random/random@0.2.0, which this host does not offer"),
        (&future, ours(&future), "component", "was built for frontdesk:vertical@2.0.0; this host serves 0.1 and 1.0"),
        (&large, ours(&large), "component", "the file has 2097153 bytes; a module may have 2097152"),
    ];
    for (bytes, seal, field, words) in cases {
        let (status, told) = install(&app, &admin, bytes, &seal).await;
        assert_eq!((status, &told["errors"][0]["field"]), (422, &json!(field)), "{words}: {told}");
        assert!(told["errors"][0]["reason"].as_str().unwrap().contains(words), "{words}: {told}");
    }
    let (status, told, _) = send(&app, "/api/v1/modules", &admin, form(&[("component", &good)])).await;
    assert!(status == 422 && told.contains("the module is not signed"), "{status} {told}");
    let nonsense = form(&[("component", &good), ("seal", b"{}")]);
    let (status, told, _) = send(&app, "/api/v1/modules", &admin, nonsense).await;
    assert!(status == 422 && told.contains("this is not a seal"), "{status} {told}");
    let (status, ..) = send(&app, "/api/v1/modules", &admin, form(&[("component", &vec![0_u8; 3 << 20])])).await;
    assert_eq!(status, 413);
    assert_eq!(crate::post(&app, "/api/v1/modules", &admin, "{}").await.0, 422, "not a form");
    assert_eq!(listed(&app, &admin).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_no_platform_admin_finds_none_of_it() {
    let app = TestApp::sqlite_with(trusting).await.unwrap();
    let owner = headers(&app, "sofia@luz.example").await;
    let mut forged = headers(&app, ADMIN).await;
    forged.remove("x-csrf-token");
    for path in ["/api/v1/modules", "/api/v1/tenants/luz/module", "/api/v1/tenants/luz/module/rollback"] {
        assert_eq!(crate::post(&app, path, &owner, "{}").await.0, 404, "{path}");
        assert_eq!(crate::post(&app, path, &BTreeMap::new(), "{}").await.0, 401, "{path}");
        assert_eq!(crate::post(&app, path, &forged, "{}").await.0, 403, "{path}");
    }
    for path in ["/api/v1/modules", "/api/v1/tenants/luz/module"] {
        assert_eq!(get(&app, path, &owner).await.0, 404, "{path}");
    }
}

async fn sent(app: &TestApp, path: &str, who: &Headers, fields: &[(&str, &str)]) -> (u16, String, Option<String>) {
    let client = channels::http::client().unwrap();
    let body: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let mut request = client.post(format!("{}{path}", app.url)).body(body);
    request = request.header("content-type", "application/x-www-form-urlencoded");
    for (name, value) in who {
        request = request.header(*name, value);
    }
    let answer = request.send().await.unwrap();
    let to = answer.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
    (answer.status().as_u16(), answer.text().await.unwrap(), to)
}

/// As a browser without script: the token travels in the form.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_the_page_a_release_is_installed_read_and_activated_without_script() {
    let app = TestApp::sqlite_with(trusting).await.unwrap();
    let mut admin = headers(&app, ADMIN).await;
    let first = listed(&app, &admin).await.remove(0);
    let csrf = admin.remove("x-csrf-token").unwrap();
    let (module, version) = (first["name"].as_str().unwrap().to_owned(), first["version"].as_str().unwrap().to_owned());
    let bytes = rebuilt(&module);
    let seal = serde_json::to_vec(&sealed(&bytes, &module, &version, &SECRET)).unwrap();

    let parts: [(&str, &[u8]); 3] = [("csrf", csrf.as_bytes()), ("component", &bytes), ("seal", &seal)];
    assert_eq!(send(&app, "/admin/modules", &admin, form(&parts[1..])).await.0, 403, "without its token");
    let (status, told, _) = send(&app, "/admin/modules", &admin, form(&parts[..2])).await;
    assert!(status == 200 && told.contains("the module is not signed"), "said on the page it was asked from: {status}");
    let (status, told, to) = send(&app, "/admin/modules", &admin, form(&parts)).await;
    assert_eq!(status, 303, "{told}");
    assert!(to.unwrap().starts_with("/admin/modules#r-"));
    let digest = listed(&app, &admin).await[0]["digest"].as_str().unwrap().to_owned();

    let door = "/admin/modules/businesses/luz";
    let (status, page) = get(&app, &format!("{door}?release={digest}"), &admin).await;
    assert_eq!(status, 200, "{page}");
    let why = first["asks_for"][0]["why"].as_str().unwrap();
    assert!(page.contains("name=\"grant.scheduling\"") && page.contains("estudio"), "{page}");
    assert!(why.split('\'').all(|piece| page.contains(piece)), "what it is for stands there in words: {page}");
    let wrong = [("csrf", csrf.as_str()), ("release", &digest), ("settings", "{\"combo_discount_percent\": 99}")];
    let (status, told, _) = sent(&app, &format!("{door}/activate"), &admin, &wrong).await;
    assert!(status == 200 && told.contains("the configuration does not fit"), "{status} {told}");
    assert!(told.contains("99}"), "what was typed stays: {told}");
    let right = [
        ("csrf", csrf.as_str()),
        ("release", &digest),
        ("settings", "{\"combo_discount_percent\": 50}"),
        ("grant.scheduling", "true"),
    ];
    let (status, _, to) = sent(&app, &format!("{door}/activate"), &admin, &right).await;
    assert_eq!((status, to.as_deref()), (303, Some("/admin/modules#luz")));
    assert!(quoted(&app).await.contains("Total: $450"));
    let (_, page) = get(&app, "/admin/modules", &admin).await;
    assert!(page.contains("May use: 1 · Not granted: 1"), "{page}");

    let token = [("csrf", csrf.as_str())];
    let acts = [("disable", None), ("enable", Some(digest.as_str())), ("rollback", first["digest"].as_str())];
    for (act, then_runs) in acts {
        assert_eq!(sent(&app, &format!("{door}/{act}"), &admin, &token).await.0, 303, "{act}");
        assert_eq!(app.app.running_digest("luz").await.unwrap().as_deref(), then_runs, "{act}");
    }
    let (status, told, _) = sent(&app, &format!("{door}/enable"), &admin, &token).await;
    assert!(status == 200 && told.contains("or it is so already"), "{status} {told}");
}
