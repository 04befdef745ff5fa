//! The conversations in `plugins/*/chats/*.txt`, had with the real component: authors of modules write them without Rust.
//!
//! Lines with `>` are typed by the customer (`> #Yes` taps what begins so), lines with `<` must come back, lines with `#`
//! are remarks. `UPDATE_EXPECT=1` rewrites the answers.

use std::path::{Path, PathBuf};

use testkit::{TestApp, repository};

fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path).map(|entries| entries.map(|entry| entry.unwrap().path()).collect());
    let mut paths: Vec<PathBuf> = entries.unwrap_or_default();
    paths.sort();
    paths
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_module_holds_its_conversations() {
    let mut held = 0;
    for module in folders(&repository().unwrap().join("plugins")) {
        let name = module.file_name().unwrap().to_str().unwrap().to_owned();
        for chat in folders(&module.join("chats")) {
            // A business of its own for each, so that no conversation takes another's time.
            let app = TestApp::sqlite().await.unwrap();
            let slug = app.business_of(&name).unwrap_or_else(|| panic!("no business in demo/demo.toml runs {name}"));
            let phone = app.phone(&slug, "+525598760042", "Kim").unwrap();
            let text = std::fs::read_to_string(&chat).unwrap();
            let found = phone.replay(&text).await.unwrap_or_else(|error| panic!("{}: {error}", chat.display()));
            expect_test::expect_file![&chat].assert_eq(&found);
            held += 1;
        }
    }
    assert!(held > 0, "there is not one conversation in plugins/*/chats");
}
