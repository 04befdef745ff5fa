//! What happens to bookings and customers, told to the tenant's module by a job; what it wants done is applied with the
//! end of that job, in one transaction.
//!
//! Invariants: an event is queued in the transaction that causes it, once for its cause and activation; the module is
//! called while nothing is open; effects and the end of the job are one commit, so that a second run applies nothing.

use domain::{
    BookingId, CustomerId, Language,
    booking::{Booking, BookingState},
    conversation::Conversation,
    vertical::{Activated, Description, DraftCustomer, Effect, Event, Vertical as _},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};
use store::{
    TenantTx, activations,
    jobs::{self, Ending},
};

use crate::{App, assistant::Facts, desk::lock, module_desk, module_effects::Subject, view::AppError};

/// Kind of the job, as stored: never reused for anything else.
pub(crate) const TELL: &str = "tell_module";

/// What a job of this kind carries.
#[derive(Debug, Serialize, Deserialize)]
struct Told {
    module: String,
    code: String,
    at: Timestamp,
    customer: CustomerId,
    booking: Option<BookingId>,
}

/// What became of a booking, in the contract's words; nothing for what modules are not told.
fn occasion(before: Option<&Booking>, after: &Booking) -> Option<&'static str> {
    use BookingState as S;
    match (before.map(|before| before.state), after.state) {
        (None | Some(S::Held | S::PendingApproval), S::Confirmed) => Some("booking.confirmed"),
        // What was only held never was a visit.
        (None | Some(S::Held), S::Cancelled) => None,
        (Some(before), S::Cancelled) if before != S::Cancelled => Some("booking.cancelled"),
        (Some(before), S::Completed) if before != S::Completed => Some("booking.completed"),
        (Some(before), S::NoShow) if before != S::NoShow => Some("booking.no-show"),
        (Some(_), S::Confirmed) if before.is_some_and(|before| before.span != after.span) => Some("booking.moved"),
        (_, S::Held | S::PendingApproval | S::Confirmed | S::Arrived | S::Completed | S::NoShow | S::Cancelled) => None,
    }
}

impl App {
    /// Queues what the tenant's module wants to know of this change, and the messages that follow from it.
    pub(crate) async fn tell_of_booking(
        &self,
        tx: &mut TenantTx,
        before: Option<&Booking>,
        after: &Booking,
    ) -> Result<(), AppError> {
        let Some(code) = occasion(before, after) else { return Ok(()) };
        let Some((activated, description)) = self.running_module(tx).await? else { return Ok(()) };
        self.automate(tx, &activated, &description, code, after).await?;
        let cause = format!("{}:{}", after.id, after.version);
        self.tell(tx, (&activated, &description), code, &cause, (after.customer, Some(after.id))).await
    }

    /// The same for what happens to a customer: `customer.created`, `customer.opted-out`.
    pub(crate) async fn tell_of_customer(
        &self,
        tx: &mut TenantTx,
        code: &str,
        customer: CustomerId,
    ) -> Result<(), AppError> {
        let Some((activated, description)) = self.running_module(tx).await? else { return Ok(()) };
        // Opting out may happen again; meeting for the first time cannot.
        let cause = if code == "customer.created" {
            customer.to_string()
        } else {
            format!("{customer}:{}", self.env.now().as_microsecond())
        };
        self.tell(tx, (&activated, &description), code, &cause, (customer, None)).await
    }

    async fn tell(
        &self,
        tx: &mut TenantTx,
        (activated, description): (&Activated, &Description),
        code: &str,
        cause: &str,
        (customer, booking): (CustomerId, Option<BookingId>),
    ) -> Result<(), AppError> {
        if !description.events.iter().any(|wanted| wanted == code) {
            return Ok(());
        }
        let told =
            Told { module: activated.module.clone(), code: code.to_owned(), at: self.env.now(), customer, booking };
        let payload = serde_json::to_value(&told).map_err(|error| AppError::Broken(Box::new(error)))?;
        let key = format!("{code}:{cause}:{}:{}", activated.module, activated.release);
        jobs::push(tx, TELL, &key, &payload, self.env.now()).await?;
        Ok(())
    }

    /// The module that runs and what it said of itself, without asking it.
    pub(crate) async fn running_module(
        &self,
        tx: &mut TenantTx,
    ) -> Result<Option<(Activated, Arc<Description>)>, AppError> {
        let Some(activated) = activations::current(tx).await? else { return Ok(None) };
        let known = lock(&self.descriptions).get(&activated.digest).cloned();
        let description = match known {
            Some(known) => Some(known),
            None => activations::description(tx, &activated).await?.map(Arc::new),
        };
        Ok(description.map(|description| (activated, description)))
    }

    /// Runs the job: tells the module, then applies what it wants.
    pub(crate) async fn tell_module(&self, job: &jobs::Claimed) -> Result<Ending, AppError> {
        let moot = |why: &str| Ok(Ending::Moot(why.to_owned()));
        let Ok(told) = serde_json::from_value::<Told>(job.payload.clone()) else {
            return Ok(Ending::Dead("no event".to_owned()));
        };
        let facts = self.facts(job.tenant, Some(told.customer), &format!("event:{}", job.id)).await?;
        let Some(activated) = facts.activated.clone().filter(|activated| activated.module == told.module) else {
            return moot("the module does not run any more");
        };
        let Some(description) = facts.description.clone() else {
            return Err(AppError::Unavailable { retry_after_seconds: 5 });
        };
        let mut tx = self.store.read(job.tenant).await?;
        let (booking, conversation) = self.about(&mut tx, told.customer, told.booking).await?;
        drop(tx);
        if told.booking.is_some() && booking.is_none() {
            return moot("the booking is gone");
        }
        let language = language(&facts, conversation.as_ref());
        let event = Event {
            code: told.code.clone(),
            at: told.at,
            booking: booking.as_ref().map(|booking| module_desk::known(booking, &facts.services)),
            customer: Some(visitor(&facts)),
            answer: None,
            fields: BTreeMap::new(),
        };
        let answer = self.vertical.on_event(&activated, &facts.context(language), &event, facts.desk()).await;
        let effects = answer.map_err(|error| AppError::Broken(Box::new(error)))?;
        let subject = Subject {
            activated: &activated,
            description: &description,
            facts: &facts,
            conversation: conversation.as_ref(),
            booking: booking.as_ref(),
            language,
            cause: format!("event:{}", job.id),
            chain: 0,
        };
        self.apply_with_end(job, &subject, &effects).await
    }

    /// Effects and the end of the job together, or, when somebody else has the job by now, nothing.
    async fn apply_with_end(
        &self,
        job: &jobs::Claimed,
        subject: &Subject<'_>,
        effects: &[Effect],
    ) -> Result<Ending, AppError> {
        let mut tx = self.store.write(job.tenant).await?;
        if !jobs::finish(&mut tx, job, &Ending::Done).await? {
            return Ok(Ending::Done);
        }
        self.apply(&mut tx, subject, effects).await?;
        tx.commit().await?;
        self.ring();
        Ok(Ending::Done)
    }

    /// The booking, and where its customer is spoken to.
    pub(crate) async fn about(
        &self,
        tx: &mut TenantTx,
        customer: CustomerId,
        booking: Option<BookingId>,
    ) -> Result<(Option<Booking>, Option<Conversation>), AppError> {
        let booking = match booking {
            Some(id) => store::bookings::find(tx, id).await?,
            None => None,
        };
        let conversation = match booking.as_ref().and_then(|booking| booking.conversation) {
            Some(id) => store::conversations::find(tx, id).await?,
            None => store::conversations::latest_of_customer(tx, customer).await?,
        };
        Ok((booking, conversation))
    }
}

pub(crate) fn language(facts: &Facts, conversation: Option<&Conversation>) -> Language {
    let spoken = conversation.and_then(|conversation| conversation.language);
    spoken.or(facts.customer.language).unwrap_or(facts.tenant.language)
}

/// The customer as modules see one: no name, no number.
pub(crate) fn visitor(facts: &Facts) -> DraftCustomer {
    DraftCustomer {
        id: facts.customer.id,
        completed_visits: facts.completed_visits,
        no_shows: facts.customer.no_shows,
        last_visit: facts.last_visit,
        fields: facts.customer_fields.clone(),
    }
}
