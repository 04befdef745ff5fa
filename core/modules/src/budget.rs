//! The bytes of one call's questions and answers: a desk around the tenant's desk that counts what passes.
//!
//! Past the budget every question is answered with a quota error: the module can say something sensible, or trap.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use domain::{
    Span,
    vertical::{Desk, DeskError, FreeSlot, KnownBooking, Passage, SlotWish, WebRequest, WebResponse},
};

/// What an entry of a list is counted as beside its texts: times, numbers, lengths.
const ENTRY: usize = 64;

pub(crate) struct Counted {
    inner: Arc<dyn Desk>,
    left: AtomicUsize,
}

impl Counted {
    pub(crate) fn new(inner: Arc<dyn Desk>, bytes: usize) -> Self {
        Self { inner, left: AtomicUsize::new(bytes) }
    }

    /// Bytes that may still pass.
    pub(crate) fn left(&self) -> usize {
        self.left.load(Ordering::Relaxed)
    }

    fn spend(&self, bytes: usize) -> Result<(), DeskError> {
        let spent = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes));
        spent.map(|_before| ()).map_err(|_left| DeskError::Quota("bytes of all questions and answers of one call"))
    }

    fn answered<T>(&self, answer: T, bytes: impl Fn(&T) -> usize) -> Result<T, DeskError> {
        self.spend(bytes(&answer)).map(|()| answer)
    }
}

fn texts<'a>(texts: impl IntoIterator<Item = &'a String>) -> usize {
    texts.into_iter().map(|text| text.len() + ENTRY).sum()
}

fn head(headers: &[(String, String)]) -> usize {
    headers.iter().map(|(name, value)| name.len() + value.len() + ENTRY).sum()
}

fn booking(known: &KnownBooking) -> usize {
    2 * ENTRY + texts(&known.services) + texts(&known.resources)
}

#[async_trait]
impl Desk for Counted {
    async fn find_slots(&self, wish: &SlotWish) -> Result<Vec<FreeSlot>, DeskError> {
        self.spend(texts(&wish.services))?;
        let bytes = |slots: &Vec<FreeSlot>| slots.iter().map(|slot| ENTRY + texts(&slot.resources)).sum();
        self.answered(self.inner.find_slots(wish).await?, bytes)
    }

    async fn bookings(&self, window: Span) -> Result<Vec<KnownBooking>, DeskError> {
        self.answered(self.inner.bookings(window).await?, |known| known.iter().map(booking).sum())
    }

    async fn bookings_of_everybody(&self, window: Span) -> Result<Vec<KnownBooking>, DeskError> {
        self.answered(self.inner.bookings_of_everybody(window).await?, |known| known.iter().map(booking).sum())
    }

    async fn customer_field(&self, key: &str) -> Result<Option<String>, DeskError> {
        self.spend(key.len())?;
        self.answered(self.inner.customer_field(key).await?, |value| value.as_ref().map_or(0, String::len))
    }

    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, DeskError> {
        self.spend(key.len())?;
        self.answered(self.inner.read(key).await?, |value| value.as_ref().map_or(0, Vec::len))
    }

    async fn write(&self, key: &str, value: &[u8]) -> Result<(), DeskError> {
        self.spend(key.len() + value.len())?;
        self.inner.write(key, value).await
    }

    async fn delete(&self, key: &str) -> Result<(), DeskError> {
        self.spend(key.len())?;
        self.inner.delete(key).await
    }

    async fn keys(&self, prefix: &str, after: Option<&str>) -> Result<Vec<String>, DeskError> {
        self.spend(prefix.len() + after.map_or(0, str::len))?;
        self.answered(self.inner.keys(prefix, after).await?, |keys| texts(keys))
    }

    async fn search(&self, question: &str, most: u32) -> Result<Vec<Passage>, DeskError> {
        self.spend(question.len())?;
        let one = |found: &Passage| found.title.len() + found.text.len() + found.source.len() + ENTRY;
        self.answered(self.inner.search(question, most).await?, |found| found.iter().map(one).sum())
    }

    async fn fetch(&self, request: WebRequest) -> Result<WebResponse, DeskError> {
        self.spend(request.url.len() + head(&request.headers) + request.body.len())?;
        self.answered(self.inner.fetch(request).await?, |answer| head(&answer.headers) + answer.body.len())
    }
}
