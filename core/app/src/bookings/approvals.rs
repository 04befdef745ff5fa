//! A member's yes or no to what a customer asked for, and how the customer hears of it.

use domain::{
    booking::{Booking, BookingState},
    message::{Author, Body},
};
use serde_json::json;
use store::TenantTx;

use crate::{
    App,
    assistant::Speech,
    view::{AppError, BookingView, Clerk},
};

/// Most visits that one message lists.
const TOLD: usize = 8;

impl App {
    /// Requests that wait for a member's yes, soonest visit first.
    pub async fn approvals(&self, clerk: &Clerk) -> Result<Vec<BookingView>, AppError> {
        let mut tx = self.store.read(clerk.tenant).await?;
        let mut views = Vec::new();
        for booking in store::bookings::waiting_for_approval(&mut tx).await? {
            views.push(self.booking_view(&mut tx, booking).await?);
        }
        Ok(views)
    }

    /// Tells the customer what became of the request, where there is a conversation to do so in.
    pub(super) async fn answered(
        &self,
        tx: &mut TenantTx,
        clerk: &Clerk,
        before: &Booking,
        after: &Booking,
    ) -> Result<(), AppError> {
        let key = match (before.state, after.state) {
            (BookingState::PendingApproval, BookingState::Confirmed) => "approved",
            (BookingState::PendingApproval, BookingState::Cancelled) => "declined",
            _ => return Ok(()),
        };
        if after.state == BookingState::Confirmed {
            self.remind_later(tx, after).await?;
        }
        let author = Author::Member { member: clerk.member };
        self.write_about(tx, after, key, author, &format!("{key}:{}:{}", after.id, after.version)).await
    }

    /// One message about all `visits` to their customer: the first of `keys` where there is one visit, the second where
    /// there are more. Nothing is said about none.
    pub(crate) async fn write_about_visits(
        &self,
        tx: &mut TenantTx,
        clerk: &Clerk,
        visits: &[Booking],
        [one, several]: [&str; 2],
        cause: &str,
    ) -> Result<(), AppError> {
        let author = Author::Member { member: clerk.member };
        match visits {
            [] => Ok(()),
            [only] => self.write_about(tx, only, one, author, cause).await,
            [first, ..] => {
                let words = |speech: Speech<'_>| {
                    let mut about = speech.about(first);
                    if let Some(fields) = about.as_object_mut() {
                        let told = visits.iter().take(TOLD).map(|visit| speech.when(visit.span.from()));
                        fields.insert("number".to_owned(), json!(visits.len()));
                        fields.insert("lines".to_owned(), json!(told.collect::<Vec<_>>()));
                        fields.insert("more".to_owned(), json!(visits.len().saturating_sub(TOLD)));
                    }
                    speech.with(several, about)
                };
                self.write_to_customer_of(tx, first, author, cause, words).await
            }
        }
    }

    /// A message about a booking to its customer, in the language they speak; nothing where none was ever spoken.
    pub(crate) async fn write_about(
        &self,
        tx: &mut TenantTx,
        booking: &Booking,
        key: &str,
        author: Author,
        cause: &str,
    ) -> Result<(), AppError> {
        self.write_to_customer_of(tx, booking, author, cause, |speech| speech.with(key, speech.about(booking))).await
    }

    async fn write_to_customer_of(
        &self,
        tx: &mut TenantTx,
        booking: &Booking,
        author: Author,
        cause: &str,
        words: impl FnOnce(Speech<'_>) -> Body + Send,
    ) -> Result<(), AppError> {
        let Some(id) = booking.conversation else { return Ok(()) };
        let Some(conversation) = store::conversations::find(tx, id).await? else { return Ok(()) };
        let Some(line) = self.line(conversation.channel).await? else { return Ok(()) };
        let facts = self.load(tx, Some(booking.customer), cause, None).await?;
        let language = conversation.language.unwrap_or(facts.tenant.language);
        let text = words(Speech::new(&self.messages, &facts, language));
        self.say(tx, &line, &conversation, text, author, cause, self.env.now()).await?;
        Ok(())
    }
}
