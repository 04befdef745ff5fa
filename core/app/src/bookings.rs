//! Every path to a booking: the assistant's actions and a member's, over the same store and rules.
//!
//! What is the same for all of them stands here; `chat` has what customers do through the assistant, `desk` what
//! members and programs do, `walk_ins` who is served at once, `approvals` the yes and no of a member to what a customer asked for.

mod approvals;
mod chat;
mod desk;
mod walk_ins;

#[cfg(test)]
pub(crate) use chat::yes_to;

use domain::{
    BookingId, CustomerId,
    booking::{Booking, BookingSource, BookingState, Quote},
};
use jiff::Timestamp;
use scheduling::{Inputs, Opening, Reason, Visit, alternatives};
use store::TenantTx;

use crate::{
    App,
    assistant::{Facts, Speech},
    openings::{code, opening_view},
    view::{AppError, Clerk, NotBookable, ReasonView},
};

impl App {
    pub(crate) fn new_booking(
        &self,
        facts: &Facts,
        customer: CustomerId,
        opening: &Opening,
        quote: Quote,
        source: BookingSource,
    ) -> Booking {
        Booking {
            id: self.env.id(),
            location: facts.location.id,
            customer,
            conversation: None,
            series: None,
            state: BookingState::Confirmed,
            span: opening.span,
            wall: wall(facts, opening),
            items: opening.items.clone(),
            quote,
            party: 1,
            note: String::new(),
            source,
            hold_until: None,
            version: 1,
            created_at: self.env.now(),
        }
    }

    /// What follows from any change of a booking, in its transaction: dashboards and the module hear of it, and whoever
    /// waits for the time that `before` gave up gets a chance at it.
    pub(crate) async fn told(
        &self,
        tx: &mut TenantTx,
        before: Option<&Booking>,
        after: &Booking,
    ) -> Result<(), AppError> {
        store::events::push(tx, "booking", after.id).await?;
        self.tell_of_booking(tx, before, after).await?;
        match before {
            Some(before) if before.state.blocks() && (!after.state.blocks() || before.span != after.span) => {
                self.freed(tx, before).await
            }
            Some(_) | None => Ok(()),
        }
    }

    pub(crate) fn not_bookable(
        &self,
        clerk: &Clerk,
        facts: &Facts,
        inputs: &Inputs,
        visit: &Visit,
        start: Timestamp,
        reasons: &[Reason],
    ) -> AppError {
        let near = alternatives(inputs, visit, start.max(facts.now()), facts.horizon(), 3);
        let alternatives = near.iter().map(|other| opening_view(&other.opening)).collect();
        let reasons = self.reason_views(clerk, facts, visit, reasons);
        AppError::NotBookable(Box::new(NotBookable { reasons, alternatives }))
    }

    pub(crate) fn reason_views(
        &self,
        clerk: &Clerk,
        facts: &Facts,
        visit: &Visit,
        reasons: &[Reason],
    ) -> Vec<ReasonView> {
        let speech = Speech::new(&self.messages, facts, clerk.language);
        let view = |reason: &Reason| ReasonView {
            code: code(reason).to_owned(),
            text: speech.reason(std::slice::from_ref(reason), visit),
        };
        reasons.iter().map(view).collect()
    }

    /// Somebody was faster between looking and taking: look again, and say what is left.
    pub(crate) async fn lost(&self, clerk: &Clerk, customer: CustomerId, visit: &Visit, start: Timestamp) -> AppError {
        match self.facts(clerk.tenant, Some(customer), "lost").await {
            Ok(facts) => {
                let taken = [Reason::AllTaken { service: String::new() }];
                self.not_bookable(clerk, &facts, &facts.inputs, visit, start, &taken)
            }
            Err(error) => error,
        }
    }
}

pub(crate) fn checked_visit(
    facts: &Facts,
    keys: &[String],
    resource: Option<domain::ResourceId>,
) -> Result<Visit, AppError> {
    let invalid = |reason: String| AppError::Invalid { field: "services".to_owned(), reason };
    if keys.is_empty() || keys.len() > 20 {
        return Err(invalid("name 1 to 20 services".to_owned()));
    }
    if let Some(unknown) = keys.iter().find(|key| facts.service(key).is_none()) {
        return Err(invalid(format!("there is no service {unknown:?}")));
    }
    if resource.is_some_and(|id| facts.resource(id).is_none()) {
        return Err(AppError::NotFound);
    }
    Ok(facts.visit(keys, resource, &[]))
}

/// What `booking` is a visit of, for finding it another time.
pub(crate) fn service_keys(facts: &Facts, booking: &Booking) -> Vec<String> {
    let services = booking.items.iter();
    services
        .filter_map(|item| facts.services.iter().find(|service| service.id == item.service))
        .map(|service| service.key.clone())
        .collect()
}

pub(crate) fn moved(facts: &Facts, booking: &Booking, opening: &Opening, quote: Quote) -> Booking {
    Booking { span: opening.span, wall: wall(facts, opening), items: opening.items.clone(), quote, ..booking.clone() }
}

/// The wall time that is meant, with its zone: what survives a change of the zone's rules.
fn wall(facts: &Facts, opening: &Opening) -> String {
    let zone = facts.location.zone.iana_name().unwrap_or("UTC");
    format!("{}[{zone}]", facts.local(opening.start()))
}

/// The booking, or that there is none.
pub(crate) async fn found(tx: &mut TenantTx, id: BookingId) -> Result<Booking, AppError> {
    store::bookings::find(tx, id).await?.ok_or(AppError::NotFound)
}
