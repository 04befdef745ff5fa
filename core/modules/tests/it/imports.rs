//! What a guest may ask, import by import: without a grant, with one, and where this host has nothing to give.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    Span,
    vertical::{Desk, DeskError, FreeSlot, KnownBooking, SlotWish, Vertical},
};
use jiff::Timestamp;

use crate::{activated, context, host};

/// A desk that answers what the app's does.
struct Answering;

#[async_trait]
impl Desk for Answering {
    async fn find_slots(&self, wish: &SlotWish) -> Result<Vec<FreeSlot>, DeskError> {
        Ok(vec![FreeSlot { start: wish.window.from(), end: wish.window.to(), resources: vec!["Ana".into()] }])
    }
    async fn bookings(&self, window: Span) -> Result<Vec<KnownBooking>, DeskError> {
        Ok(vec![KnownBooking {
            id: "bkg_1".into(),
            state: "confirmed".into(),
            start: window.from(),
            end: Timestamp::UNIX_EPOCH,
            services: vec!["cut".into()],
            resources: vec![],
            party: 2,
            total_minor: 300,
        }])
    }
    async fn customer_field(&self, key: &str) -> Result<Option<String>, DeskError> {
        Ok(Some(format!("{key} since 2024")))
    }
}

async fn asked(what: &str, grants: &[&str]) -> String {
    let (host, digest) = host().await;
    let granted = activated(1, &digest, "", grants);
    let tool = format!("ask {what}");
    let nothing = serde_json::Value::Null;
    host.call_tool(&granted, &context(), &tool, &nothing, Arc::new(Answering)).await.unwrap().text
}

#[tokio::test]
async fn without_a_grant_each_import_refuses_in_words() {
    for (what, name) in [
        ("customer", "customer:member"),
        ("bookings", "bookings"),
        ("knowledge", "knowledge"),
        ("http", "http:GET https://api.example.com/v1/rain"),
        ("slots", "scheduling"),
    ] {
        // A grant of something else helps nobody.
        let said = asked(what, &["memory", "customer:birthday", "http:POST https://api.example.com"]).await;
        assert_eq!(said, format!("Err(HostError::Denied(\"{name} was not granted\"))"));
    }
}

#[tokio::test]
async fn with_a_grant_each_import_answers_or_says_why_this_host_cannot() {
    assert_eq!(asked("customer", &["customer:member"]).await, "Ok(Some(\"member since 2024\"))");
    assert!(asked("bookings", &["bookings"]).await.contains("bkg_1"));
    assert!(asked("slots", &["scheduling"]).await.contains("Ana"));
    assert_eq!(
        asked("knowledge", &["knowledge"]).await,
        "Err(HostError::Unavailable(\"this host keeps no articles to search\"))"
    );
    assert_eq!(
        asked("http", &["http:GET https://api.example.com/v1"]).await,
        "Err(HostError::Unavailable(\"this host makes no requests for modules\"))"
    );
}
