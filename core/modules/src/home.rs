//! Questions of guests are answered where the server lives. Guests have threads of their own and nothing but time on them:
//! no sockets. A question that opens a connection to a database or to another server goes back to the runtime that the
//! host was called from, and the guest waits. What it costs there its tenant is charged with; of those who have had
//! their share, one question is answered at a time.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    Span,
    vertical::{Desk, DeskError, FreeSlot, KnownBooking, Passage, SlotWish, WebRequest, WebResponse},
};
use tokio::{runtime::Handle, sync::Semaphore, task::JoinSet};

use crate::{threads::Account, usage::Timed};

/// Who pays for questions, and where those stand in line who have had their share.
#[derive(Clone)]
pub(crate) struct Payer {
    pub(crate) account: Arc<Account>,
    pub(crate) line: Arc<Semaphore>,
}

/// The desk, asked at home. Made where the call is made, never on a guest's thread.
pub(crate) fn at_home(desk: Arc<dyn Desk>, payer: Payer) -> Arc<dyn Desk> {
    match Handle::try_current() {
        Ok(home) => Arc::new(AtHome { desk, home, payer }),
        // Nobody calls the host from outside of a runtime; there would be nowhere to go back to.
        Err(_outside) => desk,
    }
}

struct AtHome {
    desk: Arc<dyn Desk>,
    home: Handle,
    payer: Payer,
}

impl AtHome {
    async fn ask<T: Send + 'static, F>(&self, question: impl FnOnce(Arc<dyn Desk>) -> F) -> Result<T, DeskError>
    where
        F: Future<Output = Result<T, DeskError>> + Send + 'static,
    {
        // Given back with the answer. It is never closed.
        let _turn = if self.payer.account.overdrawn() { self.payer.line.acquire().await.ok() } else { None };
        self.ask_at_once(question).await
    }

    async fn ask_at_once<T: Send + 'static, F>(&self, question: impl FnOnce(Arc<dyn Desk>) -> F) -> Result<T, DeskError>
    where
        F: Future<Output = Result<T, DeskError>> + Send + 'static,
    {
        let account = Arc::clone(&self.payer.account);
        // A set ends what is in it when it is dropped: once the call's time is up nobody goes on looking for an answer.
        let mut asked = JoinSet::new();
        asked.spawn_on(Timed::new(question(Arc::clone(&self.desk)), Arc::default(), account), &self.home);
        match asked.join_next().await {
            Some(Ok(answer)) => answer,
            Some(Err(_)) | None => Err(DeskError::Unavailable("the question could not be answered")),
        }
    }
}

#[async_trait]
impl Desk for AtHome {
    async fn find_slots(&self, wish: &SlotWish) -> Result<Vec<FreeSlot>, DeskError> {
        let wish = wish.clone();
        self.ask(|desk| async move { desk.find_slots(&wish).await }).await
    }

    async fn bookings(&self, window: Span) -> Result<Vec<KnownBooking>, DeskError> {
        self.ask(|desk| async move { desk.bookings(window).await }).await
    }

    async fn bookings_of_everybody(&self, window: Span) -> Result<Vec<KnownBooking>, DeskError> {
        self.ask(|desk| async move { desk.bookings_of_everybody(window).await }).await
    }

    async fn customer_field(&self, key: &str) -> Result<Option<String>, DeskError> {
        let key = key.to_owned();
        self.ask(|desk| async move { desk.customer_field(&key).await }).await
    }

    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, DeskError> {
        let key = key.to_owned();
        self.ask(|desk| async move { desk.read(&key).await }).await
    }

    async fn write(&self, key: &str, value: &[u8]) -> Result<(), DeskError> {
        let (key, value) = (key.to_owned(), value.to_vec());
        self.ask(|desk| async move { desk.write(&key, &value).await }).await
    }

    async fn delete(&self, key: &str) -> Result<(), DeskError> {
        let key = key.to_owned();
        self.ask(|desk| async move { desk.delete(&key).await }).await
    }

    async fn keys(&self, prefix: &str, after: Option<&str>) -> Result<Vec<String>, DeskError> {
        let (prefix, after) = (prefix.to_owned(), after.map(str::to_owned));
        self.ask(|desk| async move { desk.keys(&prefix, after.as_deref()).await }).await
    }

    async fn search(&self, question: &str, most: u32) -> Result<Vec<Passage>, DeskError> {
        let question = question.to_owned();
        self.ask(|desk| async move { desk.search(&question, most).await }).await
    }

    async fn fetch(&self, request: WebRequest) -> Result<WebResponse, DeskError> {
        // It waits for other servers, and keeps nobody busy here.
        self.ask_at_once(|desk| async move { desk.fetch(request).await }).await
    }
}
