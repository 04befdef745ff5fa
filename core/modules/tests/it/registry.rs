//! Strangers at the door: who is let in, and the sentence for each who is not.

use std::sync::Arc;

use domain::vertical::{Vertical, VerticalError};
use modules::{
    Cache, Compiling, Components, InstallError, Limits, Manifest, ModuleHost, Seal, SealError, Trusted, Workshop,
    public_of, seal,
};
use sha2::{Digest, Sha256};

use crate::{Shelf, activated, built, context, draft, no_desk};

const SECRET: [u8; 32] = [9; 32];

fn trusting(secret: &[u8; 32]) -> Workshop {
    Workshop { trusted: Trusted::parse([(&"estudio".to_owned(), &public_of(secret))]).unwrap(), ..Workshop::default() }
}

fn host(workshop: Workshop) -> ModuleHost {
    ModuleHost::with(Arc::new(Shelf::default()), Limits::default(), workshop).unwrap()
}

fn sealed(bytes: &[u8], module: &str) -> Seal {
    let manifest = Manifest {
        module: module.into(),
        version: "0.1.0".into(),
        digest: hex::encode(Sha256::digest(bytes)),
        publisher: "estudio".into(),
    };
    seal(&manifest, &SECRET).unwrap()
}

#[tokio::test]
async fn a_module_of_a_trusted_publisher_is_installed() {
    let bytes = built("hostile");
    let installed = host(trusting(&SECRET)).install_sealed(bytes.clone(), &sealed(&bytes, "hostile")).await.unwrap();
    assert_eq!(installed.description.name, "hostile");
}

#[tokio::test]
async fn four_refusals_each_say_what_is_wrong() {
    let bytes = built("hostile");
    let unknown = host(trusting(&[8; 32])).install_sealed(bytes.clone(), &sealed(&bytes, "hostile")).await.unwrap_err();
    assert!(unknown.to_string().starts_with("the module is signed by a key that this installation does not trust"));

    let mut tampered = bytes.clone();
    *tampered.last_mut().unwrap() ^= 1;
    let tampered = host(trusting(&SECRET)).install_sealed(tampered, &sealed(&bytes, "hostile")).await.unwrap_err();
    assert_eq!(tampered.to_string(), "the file is not the one that was signed: it was changed afterwards");

    let wasi = include_str!("../../../../wit/1.0.0/vertical.wit");
    let wasi = crate::versions::built_with_wasi(wasi);
    let wasi = host(Workshop::default()).install(wasi).await.unwrap_err();
    assert_eq!(
        wasi.to_string(),
        "the module imports wasi:random/random@0.2.0, which this host does not offer; modules get no files, network, \
         clock or chance"
    );

    let future = crate::versions::built_for("2.0.0");
    let future = host(Workshop::default()).install(future).await.unwrap_err();
    assert_eq!(
        future.to_string(),
        "the module was built for frontdesk:vertical@2.0.0; this host serves 0.1 and 1.0: build it for one of these, or \
         update the host"
    );
}

#[tokio::test]
async fn a_module_that_is_not_what_its_seal_says_is_refused() {
    let bytes = built("hostile");
    let lying = host(trusting(&SECRET)).install_sealed(bytes.clone(), &sealed(&bytes, "hair")).await.unwrap_err();
    assert!(matches!(lying, InstallError::Seal(SealError::Lying { .. })), "{lying}");
}

/// Components with a seal each.
struct Sealed(Shelf, Seal);

#[async_trait::async_trait]
impl Components for Sealed {
    async fn component(&self, digest: &str) -> Option<Vec<u8>> {
        self.0.component(digest).await
    }
    async fn seal(&self, _digest: &str) -> Option<Seal> {
        Some(self.1.clone())
    }
}

#[tokio::test]
async fn a_key_that_is_no_longer_trusted_stops_what_was_installed_with_it() {
    let bytes = built("hostile");
    let digest = hex::encode(Sha256::digest(&bytes));
    for (trusted, runs) in [(SECRET, true), ([8; 32], false)] {
        let shelf = Shelf([(digest.clone(), bytes.clone())].into());
        let components = Sealed(shelf, sealed(&bytes, "hostile"));
        let host = ModuleHost::with(Arc::new(components), Limits::default(), trusting(&trusted)).unwrap();
        let quoted = host.quote(&activated(1, &digest, "fine", &[]), &context(), &draft(), no_desk()).await;
        assert_eq!(quoted.is_ok(), runs, "{quoted:?}");
        assert!(runs || matches!(quoted, Err(VerticalError::Unavailable(_))));
    }
}

#[tokio::test]
async fn compiled_code_is_loaded_again_and_made_again_when_somebody_changed_it() {
    let folder = tempfile::tempdir().unwrap();
    let workshop = || Workshop { cache: Some(Cache::open(folder.path(), [3; 32]).unwrap()), ..Workshop::default() };
    let bytes = built("legacy");
    let first = host(workshop()).install(bytes.clone()).await.unwrap();
    let kept = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    let written = std::fs::metadata(&kept).unwrap().modified().unwrap();
    // A compiler that cannot work proves that the second time needs none.
    let none = Compiling::InChild("/nonexistent".into());
    let second = host(Workshop { compiling: none.clone(), ..workshop() }).install(bytes.clone()).await.unwrap();
    assert_eq!(first, second);
    let mut native = std::fs::read(&kept).unwrap();
    native[1000] ^= 1;
    std::fs::write(&kept, native).unwrap();
    let refused = host(Workshop { compiling: none, ..workshop() }).install(bytes.clone()).await.unwrap_err();
    assert!(matches!(refused, InstallError::Compile(_)), "changed code is not loaded: {refused}");
    host(workshop()).install(bytes).await.unwrap();
    assert_ne!(std::fs::metadata(&kept).unwrap().modified().unwrap(), written);
}

#[tokio::test]
async fn settings_are_judged_by_the_schema_before_the_module_is_asked() {
    let bytes = built("studio");
    let host = host(Workshop::default());
    let digest = host.install(bytes).await.unwrap().digest;
    let mut candidate = activated(1, &digest, "", &[]);
    candidate.config = serde_json::json!({"deposit_percent": 10});
    assert_eq!(host.check_config(&candidate, &context()).await, Ok(vec![]));
    candidate.config = serde_json::json!({"deposit_percent": 190, "colour": true});
    let problems = host.check_config(&candidate, &context()).await.unwrap();
    let told: Vec<String> = problems.iter().map(|problem| format!("{} {}", problem.path, problem.problem)).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().any(|line| line.starts_with("/deposit_percent")), "{told:?}");
}
