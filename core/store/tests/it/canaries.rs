//! Releases tried on some tenants: every step is made once, figures add up by side, and tenants' rows are their own.

use domain::{
    CanaryId, ReleaseId,
    canary::{CanaryState, Figures, Side, Standing},
    vertical::Description,
};
use store::{
    activations::{self, Switch},
    canaries::{self, NewCanary, Place},
    module_pins, releases,
    releases::Release,
};

use crate::{desk::Desk, on_both_engines};

on_both_engines!(
    a_canary_begins_and_ends_once_and_its_figures_add_up_by_side,
    who_runs_a_module_is_told_with_its_newest_release_and_whether_it_is_pinned,
);

async fn release(desk: &Desk, digest: &str) -> Release {
    let description = Description { name: "m".into(), version: "1.0.0".into(), ..Description::default() };
    let id: ReleaseId = desk.env.id();
    let new = Release { id, module: "m".into(), version: "1.0.0".into(), digest: digest.into(), description };
    let mut tx = desk.store.platform().await.unwrap();
    let kept = releases::install(&mut tx, &new, b"code").await.unwrap();
    tx.commit().await.unwrap();
    kept
}

async fn a_canary_begins_and_ends_once_and_its_figures_add_up_by_side(desk: Desk) {
    let release = release(&desk, "new").await;
    let id: CanaryId = desk.env.id();
    let new = NewCanary { id, module: "m", release: release.id, percent: 10, by: "test" };
    let place = Place {
        tenant: desk.tenant,
        side: Side::New,
        standing: Standing::Waiting,
        before_digest: "old".into(),
        note: String::new(),
    };
    let mut tx = desk.store.platform().await.unwrap();
    assert!(canaries::begin(&mut tx, &new).await.unwrap());
    let second = NewCanary { id: desk.env.id(), ..new.clone() };
    assert!(!canaries::begin(&mut tx, &second).await.unwrap(), "one of a module at a time");
    canaries::place(&mut tx, id, &place).await.unwrap();
    let changed = Place { side: Side::Old, ..place.clone() };
    canaries::place(&mut tx, id, &changed).await.unwrap();
    assert_eq!(canaries::places(&mut tx, id).await.unwrap(), [place], "who has a part keeps it");
    tx.commit().await.unwrap();

    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let mut figures = Figures { calls: 2, traps: 1, ..Figures::default() };
    figures.took(std::time::Duration::from_millis(3));
    canaries::add(&mut tx, id, &figures).await.unwrap();
    canaries::add(&mut tx, id, &figures).await.unwrap();
    assert!(canaries::stand(&mut tx, id, Standing::Waiting, Standing::On, "").await.unwrap());
    assert!(!canaries::stand(&mut tx, id, Standing::Waiting, Standing::On, "").await.unwrap(), "once");
    tx.commit().await.unwrap();
    let mut tx = desk.store.write(desk.env.id()).await.unwrap();
    assert!(!canaries::stand(&mut tx, id, Standing::On, Standing::Back, "").await.unwrap(), "another tenant's");
    drop(tx);

    let mut tx = desk.store.platform().await.unwrap();
    let (sums, others) = canaries::sums(&mut tx, id).await.unwrap();
    assert_eq!((sums.calls, sums.traps, sums.p99_us()), (4, 2, Some(4_000)));
    assert_eq!(others, Figures::default());
    assert!(canaries::turn(&mut tx, id, CanaryState::Stopping, "rule", "it broke").await.unwrap());
    assert!(!canaries::turn(&mut tx, id, CanaryState::Promoting, "test", "no").await.unwrap(), "decided once");
    assert!(canaries::close(&mut tx, id, CanaryState::Stopping, CanaryState::Stopped).await.unwrap());
    assert_eq!(canaries::open(&mut tx).await.unwrap(), []);
    let ended = canaries::newest(&mut tx, 5).await.unwrap().remove(0);
    assert_eq!(
        (ended.state, ended.reason.as_deref(), ended.digest.as_str()),
        (CanaryState::Stopped, Some("it broke"), "new")
    );
    assert!(canaries::begin(&mut tx, &second).await.unwrap(), "once the one before is closed");
}

async fn who_runs_a_module_is_told_with_its_newest_release_and_whether_it_is_pinned(desk: Desk) {
    let (old, new) = (release(&desk, "old").await, release(&desk, "new").await);
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    for release in [&old, &new] {
        let config = serde_json::Value::Null;
        let switch = Switch { module: "m", release: release.id, config: &config, grants: &[], data_version: 0 };
        activations::activate(&mut tx, &switch).await.unwrap();
    }
    tx.commit().await.unwrap();
    let running = async || {
        let mut tx = desk.store.platform_read().await.unwrap();
        let running = activations::running(&mut tx, "m").await.unwrap();
        running.into_iter().map(|running| (running.digest, running.pinned)).collect::<Vec<_>>()
    };
    assert_eq!(running().await, [("new".to_owned(), false)]);
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    assert!(module_pins::pin(&mut tx, "test").await.unwrap());
    assert!(!module_pins::pin(&mut tx, "test").await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(running().await, [("new".to_owned(), true)]);
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    assert!(module_pins::unpin(&mut tx).await.unwrap());
    assert!(activations::set_active(&mut tx, false).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(running().await, [], "what is turned off does not run");
}
