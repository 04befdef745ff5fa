//! Conversations with the assistant, as files: what the customer writes stands in `transcripts/`, the answers are
//! written there by `UPDATE_EXPECT=1` and read by people. Start at any transcript; `script` says how they are written.

mod business;
mod script;

use std::path::PathBuf;

use expect_test::expect_file;

use super::Knowledge;

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

/// Whoever the question names or means comes first; nothing that does not fit comes at all.
#[test]
fn what_the_business_tells_is_found_by_what_is_asked() {
    let facts = business::Business::new().facts();
    let knowledge = Knowledge::of(&facts);
    let sources = |question: &str, most: usize| -> Vec<String> {
        knowledge.search(question, most).into_iter().map(|passage| passage.source).collect()
    };
    for (question, first) in [
        ("¿cuánto cuesta el tinte?", "service.tinte"),
        ("how much is a colour", "service.tinte"),
        ("¿a qué hora abren?", "hours"),
        ("¿dónde están?", "place"),
        ("¿qué hace Marta?", "person"),
    ] {
        assert_eq!(sources(question, 3).first().map(String::as_str), Some(first), "{question}");
    }
    assert_eq!(sources("xyzzy", 10), Vec::<String>::new());
    let prices = sources("¿qué precios tienen?", 2);
    assert_eq!(prices, ["service.corte", "service.tinte"], "no more than was asked for, in the catalogue's order");
    let dyed = knowledge.search("tinte", 1);
    assert_eq!(dyed[0].text, "Tinte: $1,200 (2 h)");
    let marta = knowledge.search("Marta", 1);
    assert_eq!((marta[0].title.as_str(), marta[0].text.as_str()), ("Marta", "Tinte"));
}
