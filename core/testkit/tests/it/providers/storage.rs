//! The storage of files goes away while messages that carry some are on their way.

use std::time::Duration;

use app::view::NewFile;
use domain::{channel::Provider, delivery::Ticks};
use frontdesk::config::Config;
use testkit::providers::PICTURE;

use super::{
    Scene,
    wire::{ANA, Said},
};

/// The storage of files is down when its message is to leave: that costs the message a wait, not its file and not its
/// place.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_out_of_reach_is_waited_for() {
    // Longer than the test waits: what leaves in time was put off, and not only given up by whoever held it.
    let mut scene = Scene::open_with(Provider::Meta, |config| Config { lease_seconds: 300, ..config }).await;
    scene.says(ANA, "IN-1", &Said::Text("hola buenas tardes")).await;
    let talk = scene.talk("5598760001").await;
    scene.until_last(talk, "it left", Ticks::Sent).await;
    scene.app.app.take_over(&scene.clerk, talk).await.unwrap();
    scene.until_sends(2).await;
    scene.until_last(talk, "it left", Ticks::Sent).await;
    let (files, away) = ["files", "away"].map(|name| scene.app.data_dir().join(name)).into();
    let mut left = scene.fake.sends().len();
    // Whoever sends it may be quicker than who takes the storage away: then once more.
    for attempt in 0.. {
        assert!(attempt < 20, "always sent before the storage was gone");
        let new = NewFile {
            bytes: PICTURE.to_vec(),
            mime: "image/png".into(),
            filename: "corte.png".into(),
            caption: "¿Así?".into(),
            key: format!("k{attempt}"),
        };
        scene.app.app.reply_with_file(&scene.clerk, talk, new).await.unwrap();
        std::fs::rename(&files, &away).unwrap();
        std::fs::write(&files, "no folder").unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        if scene.fake.sends().len() == left {
            break;
        }
        left = scene.fake.sends().len();
        std::fs::remove_file(&files).unwrap();
        std::fs::rename(&away, &files).unwrap();
    }
    scene.app.app.reply(&scene.clerk, talk, "Es de ayer", "k").await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(scene.fake.sends().len(), left, "nothing overtakes it");
    assert!(scene.app.app.undelivered(&scene.clerk).await.unwrap().is_empty());
    std::fs::remove_file(&files).unwrap();
    std::fs::rename(&away, &files).unwrap();
    for _half_second in 0..100 {
        if scene.fake.sends().len() >= left + 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let after: Vec<_> = scene.fake.sends().into_iter().skip(left).map(|sent| sent.body).collect();
    assert!(after.len() == 2 && after[0].contains("¿Así?") && after[1].contains("ayer"), "{after:?}");
}
