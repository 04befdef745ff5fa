//! Rehearsal: what a candidate release would have said of a tenant's real visits, beside what runs now says of them.
//!
//! Invariants: nothing is written and nobody is told; the module reads the tenant's state and writes to a copy that is
//! dropped. Both releases are asked the same questions with the same clock.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use domain::{
    Span,
    booking::Booking,
    vertical::{Activated, Desk, DeskError, FreeSlot, KnownBooking, Passage, SlotWish},
};
use jiff::SignedDuration;
use scheduling::Opening;
use serde::Serialize;

use crate::{
    App, SwitchError,
    assistant::{Facts, Judged},
    desk::lock,
    module_figures::REHEARSAL,
};

/// What would differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rehearsal {
    pub module: String,
    pub running: String,
    pub candidate: String,
    /// Visits that both were asked about.
    pub visits: usize,
    pub differences: Vec<Difference>,
}

/// One thing said differently of one visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub booking: String,
    /// `price`, `refusals`, `notes`, `order` or `answers` (whether the module answered at all).
    pub what: &'static str,
    pub before: String,
    pub after: String,
}

impl App {
    /// Asks a release about the visits of the last `days` and of those to come. `config`: other settings than now.
    pub async fn rehearse(
        &self,
        slug: &str,
        module: &str,
        digest: Option<&str>,
        config: Option<serde_json::Value>,
        days: u32,
    ) -> Result<Rehearsal, SwitchError> {
        let tenant = self.tenant(slug).await?;
        let release = self.release(module, digest).await?;
        let now = self.env.now();
        let apart = SignedDuration::from_hours(24 * i64::from(days));
        let window = now.checked_sub(apart).ok().zip(now.checked_add(apart).ok());
        let mut tx = self.store.read(tenant).await?;
        let running = store::activations::current(&mut tx).await?.ok_or(SwitchError::NothingToTurn)?;
        let bookings = match window.and_then(|(from, to)| Span::new(from, to)) {
            Some(window) => store::bookings::touching(&mut tx, window).await?,
            None => Vec::new(),
        };
        drop(tx);
        let candidate = Activated {
            release: release.id,
            module: module.to_owned(),
            digest: release.digest.clone(),
            config: config.unwrap_or_else(|| running.config.clone()),
            ..running.clone()
        };
        let mut differences = Vec::new();
        for booking in &bookings {
            let mut facts = self.facts(tenant, Some(booking.customer), REHEARSAL).await?;
            facts.rehearsed = true;
            let before = asked(&mut facts, &running, booking).await;
            let after = asked(&mut facts, &candidate, booking).await;
            differences.extend(compared(booking, &before, &after));
        }
        Ok(Rehearsal {
            module: module.to_owned(),
            running: running.digest,
            candidate: release.digest,
            visits: bookings.len(),
            differences,
        })
    }
}

/// What a release says of a visit as it was booked.
async fn asked(facts: &mut Facts, release: &Activated, booking: &Booking) -> Judged {
    facts.activated = Some(release.clone());
    let named =
        booking.items.iter().filter_map(|item| facts.services.iter().find(|service| service.id == item.service));
    let keys: Vec<String> = named.map(|service| service.key.clone()).collect();
    let opening = Opening { span: booking.span, items: booking.items.clone() };
    let visit = facts.visit(&keys, None, &[]).for_party(booking.party);
    facts.judge(facts.tenant.language, &visit, Some(&opening), None).await
}

fn compared(booking: &Booking, before: &Judged, after: &Judged) -> Vec<Difference> {
    let told = |judged: &Judged| -> [(&'static str, String); 5] {
        let lines = judged.quote.lines.iter().map(|line| format!("{} {}", line.label, line.amount.minor));
        let lines: Vec<String> = lines.chain([format!("= {}", judged.quote.total.minor)]).collect();
        let refusals: Vec<&str> = judged.review.refusals.iter().map(|refusal| refusal.text.as_str()).collect();
        [
            ("price", lines.join(", ")),
            ("refusals", refusals.join(" / ")),
            ("notes", judged.review.notes.join(" / ")),
            ("order", format!("{:?}", judged.review.order)),
            ("answers", if judged.degraded { "no" } else { "yes" }.to_owned()),
        ]
    };
    told(before)
        .into_iter()
        .zip(told(after))
        .filter(|((_, before), (_, after))| before != after)
        .map(|((what, before), (_, after))| Difference { booking: booking.id.to_string(), what, before, after })
        .collect()
}

/// A desk whose memory is a copy: what is written stays here.
pub(crate) struct Copied {
    inner: Arc<dyn Desk>,
    written: Mutex<BTreeMap<String, Option<Vec<u8>>>>,
}

impl Copied {
    pub(crate) fn over(inner: Arc<dyn Desk>) -> Self {
        Self { inner, written: Mutex::default() }
    }
}

#[async_trait]
impl Desk for Copied {
    async fn find_slots(&self, wish: &SlotWish) -> Result<Vec<FreeSlot>, DeskError> {
        self.inner.find_slots(wish).await
    }

    async fn bookings(&self, window: Span) -> Result<Vec<KnownBooking>, DeskError> {
        self.inner.bookings(window).await
    }

    async fn bookings_of_everybody(&self, window: Span) -> Result<Vec<KnownBooking>, DeskError> {
        self.inner.bookings_of_everybody(window).await
    }

    async fn search(&self, question: &str, most: u32) -> Result<Vec<Passage>, DeskError> {
        self.inner.search(question, most).await
    }

    async fn customer_field(&self, key: &str) -> Result<Option<String>, DeskError> {
        self.inner.customer_field(key).await
    }

    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, DeskError> {
        let written = lock(&self.written).get(key).cloned();
        match written {
            Some(value) => Ok(value),
            None => self.inner.read(key).await,
        }
    }

    async fn write(&self, key: &str, value: &[u8]) -> Result<(), DeskError> {
        lock(&self.written).insert(key.to_owned(), Some(value.to_vec()));
        Ok(())
    }

    async fn delete(&self, key: &str) -> Result<(), DeskError> {
        lock(&self.written).insert(key.to_owned(), None);
        Ok(())
    }

    async fn keys(&self, prefix: &str, after: Option<&str>) -> Result<Vec<String>, DeskError> {
        self.inner.keys(prefix, after).await
    }
}
