//! Conversations with the assistant, as files: what the customer writes stands in `transcripts/`, the answers are
//! written there by `UPDATE_EXPECT=1` and read by people. Start at any transcript; `script` says how they are written.

mod business;
mod script;

use std::path::PathBuf;

use expect_test::expect_file;

fn transcripts() -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/assistant/transcripts");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "txt"))
        .collect();
    files.sort();
    files
}

#[tokio::test]
async fn every_conversation_goes_as_written() {
    let only = std::env::var("TRANSCRIPT").unwrap_or_default();
    let mut ran = 0;
    for path in transcripts() {
        if !path.to_string_lossy().contains(&only) {
            continue;
        }
        let played = script::play(&path, &std::fs::read_to_string(&path).unwrap()).await;
        expect_file![path].assert_eq(&played);
        ran += 1;
    }
    assert!(ran > 0, "no transcript is called {only:?}");
}
