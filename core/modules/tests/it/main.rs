//! Real components in the real host: honest ones here, attackers in `hostile`, strangers at the door in `registry`, other
//! versions of the contract in `versions`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail there and then")]

mod hostile;
mod imports;
mod places;
mod plans;
mod prompts;
mod registry;
mod scripted;
mod versions;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use domain::{
    Currency, Language, ReleaseId, TenantId,
    plan::Plan,
    vertical::{Activated, CallContext, Desk, DeskError, Draft, NoDesk, Quotation, Vertical, VerticalError},
};
use modules::{Cache, Components, InstallError, Limits, ModuleHost, Workshop};
use uuid::Uuid;

#[derive(Default)]
struct Shelf(BTreeMap<String, Vec<u8>>);

#[async_trait]
impl Components for Shelf {
    async fn component(&self, digest: &str) -> Option<Vec<u8>> {
        self.0.get(digest).cloned()
    }
}

#[derive(Default)]
struct Notebook(Mutex<BTreeMap<String, Vec<u8>>>);

#[async_trait]
impl Desk for Notebook {
    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, DeskError> {
        Ok(self.0.lock().unwrap().get(key).cloned())
    }
    async fn write(&self, key: &str, value: &[u8]) -> Result<(), DeskError> {
        self.0.lock().unwrap().insert(key.into(), value.into());
        Ok(())
    }
}

fn built(name: &str) -> Vec<u8> {
    let folder = std::env::var("FRONTDESK_MODULES_DIR")
        .map_or_else(|_| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/modules")), PathBuf::from);
    let path = folder.join(format!("{name}.wasm"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask modules` first", path.display()))
}

/// Compiles what no test before it has compiled: most of a test's time would be that.
fn warm() -> Workshop {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/compiled-for-tests/modules");
    Workshop { cache: Some(Cache::open(Path::new(folder), [7; 32]).unwrap()), ..Workshop::default() }
}

async fn host() -> (ModuleHost, String) {
    let bytes = built("hostile");
    let empty = ModuleHost::with(Arc::new(Shelf(BTreeMap::new())), Limits::default(), warm()).unwrap();
    let digest = empty.install(bytes.clone()).await.unwrap().digest;
    let shelf = Shelf([(digest.clone(), bytes)].into());
    (ModuleHost::with(Arc::new(shelf), Limits::default(), warm()).unwrap(), digest)
}

fn activated(tenant: u128, digest: &str, behaviour: &str, grants: &[&str]) -> Activated {
    Activated {
        tenant: TenantId(Uuid::from_u128(tenant)),
        module: "hostile".into(),
        release: ReleaseId(Uuid::nil()),
        digest: digest.into(),
        config: serde_json::Value::String(behaviour.into()),
        grants: grants.iter().map(|grant| (*grant).to_owned()).collect(),
        data_version: 0,
        plan: Plan::default(),
    }
}

fn context() -> CallContext {
    CallContext {
        language: Language::English,
        zone: "UTC".into(),
        now: jiff::Timestamp::UNIX_EPOCH,
        currency: Currency::MXN,
        request: "test".into(),
        allowance: None,
    }
}

fn draft() -> Draft {
    Draft { items: vec![], start: None, end: None, party: 1, customer: None, fields: BTreeMap::new() }
}

fn no_desk() -> Arc<dyn Desk> {
    Arc::new(NoDesk)
}

async fn quote(host: &ModuleHost, digest: &str, behaviour: &str) -> Result<Quotation, VerticalError> {
    host.quote(&activated(1, digest, behaviour, &[]), &context(), &draft(), Arc::new(NoDesk)).await
}

#[tokio::test]
async fn an_honest_call_answers() {
    let (host, digest) = host().await;
    let lines = quote(&host, &digest, "fine").await.unwrap().lines;
    assert_eq!((lines[0].label.as_str(), lines[0].amount.minor), ("fine", 1));
    assert_eq!(quote(&host, &digest, "refuse").await, Err(VerticalError::Refused("not today".into())));
}

#[tokio::test]
async fn hidden_characters_do_not_reach_people() {
    let (host, digest) = host().await;
    assert_eq!(quote(&host, &digest, "control").await.unwrap().lines[0].label, "bell and reversed");
}

#[tokio::test]
async fn what_is_granted_works_and_outlives_the_instance() {
    let (host, digest) = host().await;
    let desk: Arc<Notebook> = Arc::default();
    let granted = activated(1, &digest, "", &["memory"]);
    let arguments = serde_json::json!({"a": 1});
    host.call_tool(&granted, &context(), "remember", &arguments, desk.clone()).await.unwrap();
    let answer = host.call_tool(&granted, &context(), "recall", &arguments, desk.clone()).await.unwrap();
    assert_eq!(answer.text, r#"{"a":1}"#);
    let denied = host.call_tool(&activated(1, &digest, "", &[]), &context(), "remember", &arguments, desk).await;
    assert!(matches!(denied, Err(VerticalError::Refused(_))));
}

#[tokio::test]
async fn strangers_are_refused_with_the_reason() {
    let host = ModuleHost::with(Arc::new(Shelf(BTreeMap::new())), Limits::default(), warm()).unwrap();
    assert!(matches!(host.install(b"not wasm".to_vec()).await, Err(InstallError::NotAComponent(_))));
    assert!(matches!(host.install(vec![0; 3 << 20]).await, Err(InstallError::TooLarge { .. })));
    let empty = b"\0asm\x0d\0\x01\0".to_vec();
    assert!(matches!(host.install(empty).await, Err(InstallError::WrongWorld(_))));
    let unknown = host.quote(&activated(1, "00", "", &[]), &context(), &draft(), Arc::new(NoDesk)).await;
    assert!(matches!(unknown, Err(VerticalError::Unavailable(_))));
}

#[tokio::test]
async fn altered_bytes_are_not_run() {
    let bytes = built("hostile");
    let host = ModuleHost::with(Arc::new(Shelf(BTreeMap::new())), Limits::default(), warm()).unwrap();
    let digest = host.install(bytes.clone()).await.unwrap().digest;
    let mut altered = bytes;
    let last = altered.len() - 1;
    altered[last] ^= 1;
    let host =
        ModuleHost::with(Arc::new(Shelf([(digest.clone(), altered)].into())), Limits::default(), warm()).unwrap();
    let refused = host.quote(&activated(1, &digest, "fine", &[]), &context(), &draft(), Arc::new(NoDesk)).await;
    assert!(matches!(refused, Err(VerticalError::Unavailable(_))), "{refused:?}");
}

/// Every module that is built imports nothing but what the host serves: no WASI, so no files, clock or network.
#[tokio::test]
async fn no_built_module_imports_wasi() {
    let folder = std::env::var("FRONTDESK_MODULES_DIR")
        .map_or_else(|_| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/modules")), PathBuf::from);
    let host = ModuleHost::with(Arc::new(Shelf(BTreeMap::new())), Limits::default(), warm()).unwrap();
    let mut seen = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "wasm") {
            match host.install(std::fs::read(&path).unwrap()).await {
                // The one that never starts is refused for that, after its imports were looked at.
                Ok(_) | Err(InstallError::Describe(VerticalError::Limit("time"))) => seen += 1,
                Err(error) => panic!("{}: {error}", path.display()),
            }
        }
    }
    assert!(seen >= 2);
}

#[tokio::test]
async fn a_guest_of_the_previous_major_is_served_beside_the_current() {
    let bytes = built("legacy");
    let host = ModuleHost::with(Arc::new(Shelf(BTreeMap::new())), Limits::default(), warm()).unwrap();
    let digest = host.install(bytes).await.unwrap().digest;
    let granted = activated(1, &digest, "", &["memory"]);
    let desk: Arc<Notebook> = Arc::default();
    let quoted = host.quote(&granted, &context(), &draft(), desk.clone()).await.unwrap();
    assert_eq!((quoted.lines[0].amount.minor, quoted.deposit), (100, None));
    let review = host.review(&granted, &context(), &draft(), desk.clone()).await.unwrap();
    assert_eq!((review.notes[0].as_str(), review.required[0].key.as_str()), ("judged in UTC", "allergies"));
    for asked in ["asked 1 times", "asked 2 times"] {
        let answer = host.call_tool(&granted, &context(), "n", &serde_json::Value::Null, desk.clone()).await.unwrap();
        assert_eq!(answer.text, asked);
    }
    // What it cannot say has its neutral answer.
    assert_eq!(host.check_config(&granted, &context()).await, Ok(vec![]));
    assert_eq!(host.migrate(&granted, &context(), 0, desk).await, Ok(()));
}
