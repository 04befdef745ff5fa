//! What owners write over texts.

use domain::{
    Language,
    text::{TextKind, TextName},
};
use store::texts;

use crate::{desk::Desk, on_both_engines};

on_both_engines!(
    the_newest_version_counts_and_older_ones_can_be_had_again,
    two_members_who_write_at_once_are_told_apart,
);

fn name(key: &str, language: Language) -> TextName {
    TextName { kind: TextKind::Message, module: "m".into(), key: key.into(), language }
}

async fn bodies(desk: &Desk) -> Vec<(String, String)> {
    let mut tx = desk.store.read(desk.tenant).await.unwrap();
    let own = texts::current(&mut tx).await.unwrap();
    own.into_iter().map(|own| (own.name.to_string(), own.body)).collect()
}

async fn the_newest_version_counts_and_older_ones_can_be_had_again(desk: Desk) {
    let (spanish, english) = (name("thanks", Language::Spanish), name("thanks", Language::English));
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    for (after, body) in [(0, Some("uno")), (1, Some("dos")), (2, None), (3, Some("cuatro"))] {
        assert!(texts::add(&mut tx, &spanish, after, body).await.unwrap());
    }
    assert!(texts::add(&mut tx, &english, 0, Some("one")).await.unwrap());
    tx.commit().await.unwrap();
    let both =
        [("message:m.thanks:en".to_owned(), "one".to_owned()), ("message:m.thanks:es-MX".into(), "cuatro".into())];
    assert_eq!(bodies(&desk).await, both);

    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let kept = texts::versions(&mut tx, &spanish).await.unwrap();
    let kept: Vec<_> = kept.iter().map(|version| (version.version, version.body.as_deref())).collect();
    assert_eq!(kept, [(4, Some("cuatro")), (3, None), (2, Some("dos")), (1, Some("uno"))]);
    let first = texts::version(&mut tx, &spanish, 1).await.unwrap().unwrap();
    assert_eq!(first.body.as_deref(), Some("uno"));
    assert_eq!(texts::version(&mut tx, &spanish, 9).await.unwrap(), None);
    assert!(texts::add(&mut tx, &spanish, 4, None).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(bodies(&desk).await, both[..1], "as it stands beneath again");

    let mut tx = desk.store.read(desk.env.id()).await.unwrap();
    assert_eq!(texts::current(&mut tx).await.unwrap(), [], "another tenant finds nothing");
    assert_eq!(texts::versions(&mut tx, &spanish).await.unwrap(), []);
}

async fn two_members_who_write_at_once_are_told_apart(desk: Desk) {
    let text = name("thanks", Language::Spanish);
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    assert!(texts::add(&mut tx, &text, 0, Some("uno")).await.unwrap());
    assert!(!texts::add(&mut tx, &text, 0, Some("otro")).await.unwrap(), "it was changed meanwhile");
    assert!(!texts::add(&mut tx, &text, 5, Some("otro")).await.unwrap(), "no version is left out");
    tx.commit().await.unwrap();
    assert_eq!(bodies(&desk).await[0].1, "uno");
}
