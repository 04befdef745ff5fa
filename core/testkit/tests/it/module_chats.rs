//! The conversations in `plugins/*/chats/*.txt`, had with the real component: authors of modules write them without Rust.
//!
//! Lines with `>` are typed by the customer (`> #Yes` taps what begins so), lines with `<` must come back, lines with `#`
//! are remarks, a line with `@` names the phone they are written from. `UPDATE_EXPECT=1` rewrites the answers.

use std::path::{Path, PathBuf};

use futures_util::stream::{self, StreamExt as _};
use testkit::{TestApp, repository};

/// Nobody has heard of her.
const STRANGER: &str = "+525598760042 Kim";

fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path).map(|entries| entries.map(|entry| entry.unwrap().path()).collect());
    let mut paths: Vec<PathBuf> = entries.unwrap_or_default();
    paths.sort();
    paths
}

/// Has the conversation of a file, in a business of its own, so that none takes another's time.
async fn held(app: &TestApp, slug: &str, chat: &Path) -> Option<String> {
    let text = std::fs::read_to_string(chat).unwrap();
    let writer = text.lines().find_map(|line| line.strip_prefix("@ ")).unwrap_or(STRANGER);
    let (number, writer) = writer.split_once(' ').unwrap();
    let slug = app.another(slug).await.unwrap();
    let phone = app.phone(&slug, number, writer).unwrap();
    let found = phone.replay(&text).await;
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(chat, &found).unwrap();
    }
    (text != found).then(|| format!("{}, as it is now:\n{found}", chat.display()))
}

/// Has all conversations of a module, a few at a time: how many, and those that went another way than written.
async fn held_by(module: &Path) -> (usize, Vec<String>) {
    let chats = folders(&module.join("chats"));
    if chats.is_empty() {
        return (0, Vec::new());
    }
    let name = module.file_name().unwrap().to_str().unwrap();
    let app = TestApp::running(name).await.unwrap();
    let slug = app.business_of(name).unwrap();
    let all = stream::iter(&chats).map(|chat| held(&app, &slug, chat));
    let other: Vec<Option<String>> = all.buffer_unordered(4).collect().await;
    (chats.len(), other.into_iter().flatten().collect())
}

/// `FRONTDESK_MODULE=carwash` has those of one module only.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_module_holds_its_conversations() {
    let only = std::env::var("FRONTDESK_MODULE").ok();
    let modules = folders(&repository().unwrap().join("plugins"));
    let wanted = |module: &PathBuf| only.as_deref().is_none_or(|only| module.ends_with(only));
    let (mut held, mut other) = (0, Vec::new());
    for module in modules.iter().filter(|module| wanted(module)) {
        let (more, different) = held_by(module).await;
        held += more;
        other.extend(different);
    }
    assert!(held > 0, "there is not one conversation in plugins/*/chats");
    assert!(other.is_empty(), "{} of {held} went another way:\n{}", other.len(), other.join("\n"));
}
