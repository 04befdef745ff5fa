//! Guests whose memory is set aside beforehand: who finds no place waits for one.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use domain::vertical::{Desk, DeskError, Vertical, VerticalError};
use modules::{Limits, ModuleHost, Workshop};
use serde_json::Value;

use crate::{Shelf, activated, built, context, warm};

/// Takes its time to answer, and notes how many guests wait for it at once.
#[derive(Default)]
struct Slow {
    asking: AtomicUsize,
    most: AtomicUsize,
}

#[async_trait]
impl Desk for Slow {
    async fn read(&self, _key: &str) -> Result<Option<Vec<u8>>, DeskError> {
        let asking = self.asking.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(asking, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(200)).await;
        self.asking.fetch_sub(1, Ordering::SeqCst);
        Ok(Some(b"kept".to_vec()))
    }
}

async fn host(slots: u32, wall: Duration) -> (Arc<ModuleHost>, String) {
    let bytes = built("hostile");
    let workshop = || Workshop { slots, ..warm() };
    let empty = ModuleHost::with(Arc::new(Shelf::default()), Limits::default(), workshop()).unwrap();
    let digest = empty.install(bytes.clone()).await.unwrap().digest;
    let shelf = Arc::new(Shelf([(digest.clone(), bytes)].into()));
    let host = Arc::new(ModuleHost::with(shelf, Limits { wall, ..Limits::default() }, workshop()).unwrap());
    // Compiled before anybody is timed.
    host.describe(&activated(1, &digest, "", &[]), context().language).await.unwrap();
    (host, digest)
}

/// Twelve tenants ask at the same time: their answers, and how many guests there were at once.
async fn twelve(host: &Arc<ModuleHost>, digest: &str) -> (Vec<Result<String, VerticalError>>, usize) {
    let desk = Arc::new(Slow::default());
    let mut calls = tokio::task::JoinSet::new();
    for tenant in 0..12 {
        let (host, desk, asked) = (Arc::clone(host), Arc::clone(&desk), activated(tenant, digest, "", &["memory"]));
        calls.spawn(async move {
            let answer = host.call_tool(&asked, &context(), "recall", &Value::Null, desk).await;
            answer.map(|answer| answer.text)
        });
    }
    (calls.join_all().await, desk.most.load(Ordering::SeqCst))
}

#[tokio::test]
async fn who_finds_no_place_waits_and_is_answered() {
    for (slots, most) in [(3, 3), (256, 12), (0, 12)] {
        let (host, digest) = host(slots, Duration::from_secs(20)).await;
        let (answers, at_once) = twelve(&host, &digest).await;
        assert!(answers.iter().all(|answer| answer.as_deref() == Ok("kept")), "{answers:?}");
        assert_eq!(at_once, most, "of {slots} places");
        // Given back, every one.
        let (answers, _) = twelve(&host, &digest).await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    }
}

#[tokio::test]
async fn who_waits_too_long_for_a_place_is_told_that_it_is_busy() {
    let (host, digest) = host(1, Duration::from_millis(700)).await;
    let (answers, at_once) = twelve(&host, &digest).await;
    let busy = answers.iter().filter(|answer| **answer == Err(VerticalError::Busy)).count();
    assert!(busy > 0 && busy < 12 && at_once == 1, "{answers:?}");
    assert!(answers.iter().all(|answer| matches!(answer, Ok(_) | Err(VerticalError::Busy))), "{answers:?}");
}
