//! Bookings from the assistant: held, confirmed, let go, moved and cancelled in the turn's own transaction.
//!
//! The owner's policy is asked here once more, whatever the plan thought: a plan may come from a model.

use domain::{
    BookingId, CustomerId, Money,
    booking::{Actor, Booking, BookingAction, BookingSource, BookingState, Quote},
    conversation::Conversation,
    tenant::{AfterStrikes, CancelTerms},
};
use jiff::SignedDuration;
use scheduling::Opening;
use serde_json::json;
use store::{TenantTx, bookings, bookings::Placed};

use super::{found, moved};
use crate::{
    App,
    assistant::{Facts, Outcome, Speech, Terms, Told},
    view::AppError,
};

impl App {
    pub(crate) async fn hold(
        &self,
        tx: &mut TenantTx,
        conversation: &Conversation,
        facts: &Facts,
        opening: &Opening,
        quote: &Quote,
        (party, told): (u32, &Told),
    ) -> Result<Outcome, AppError> {
        let policy = &facts.tenant.policy;
        if bookings::open_of_customer(tx, conversation.customer).await? >= policy.open_per_customer
            || policy.after(facts.customer.no_shows) == AfterStrikes::Refused
        {
            return Ok(Outcome::Refused);
        }
        let minutes = SignedDuration::from_mins(i64::from(policy.hold_minutes));
        let until = self.env.now().checked_add(minutes).unwrap_or(self.env.now());
        let mut booking = self.new_booking(facts, conversation.customer, opening, quote.clone(), BookingSource::Chat);
        (booking.state, booking.hold_until, booking.conversation) =
            (BookingState::Held, Some(until), Some(conversation.id));
        booking.party = party.max(1);
        told.note.clone_into(&mut booking.note);
        let placed = bookings::place(tx, &booking).await?;
        if let Placed::Done(booking) = &placed {
            for (order, answer) in (0..).zip(&told.answers) {
                store::visit_answers::keep(tx, booking.id, order, answer).await?;
            }
            self.keep_terms(tx, booking, &told.terms).await?;
            self.let_go_later(tx, booking.id, until).await?;
        }
        self.changed(tx, None, placed, Outcome::Held).await
    }

    /// What the module makes a condition of the visit: a customer's yes to it asks a member.
    pub(crate) async fn keep_terms(&self, tx: &mut TenantTx, booking: &Booking, terms: &Terms) -> Result<(), AppError> {
        if !terms.is_empty() {
            let approval = terms.approval.as_deref().unwrap_or_default();
            store::visit_terms::keep(tx, booking.id, approval).await?;
        }
        Ok(())
    }

    /// What this customer's yes does to this booking: where the module makes a condition, a member is asked first.
    pub(crate) async fn yes_with_terms(
        &self,
        tx: &mut TenantTx,
        facts: &Facts,
        id: BookingId,
    ) -> Result<BookingAction, AppError> {
        let conditions = store::visit_terms::of_booking(tx, id).await?.is_some();
        Ok(if conditions { BookingAction::RequestApproval } else { yes_to(facts) })
    }

    pub(crate) async fn confirm(
        &self,
        tx: &mut TenantTx,
        conversation: &Conversation,
        facts: &Facts,
        id: BookingId,
    ) -> Result<Outcome, AppError> {
        bookings::release_expired(tx).await?;
        let Some(booking) = self.own(tx, conversation.customer, id).await? else { return Ok(Outcome::Refused) };
        if booking.state != BookingState::Held {
            return Ok(Outcome::Taken);
        }
        let yes = self.yes_with_terms(tx, facts, id).await?;
        let placed = bookings::act(tx, &booking, yes, Actor::Customer).await?;
        if let Placed::Done(booking) = &placed {
            self.remind_later(tx, booking).await?;
            store::audit::append(tx, "assistant", "booked", &booking.id.to_string()).await?;
        }
        self.changed(tx, Some(&booking), placed, Outcome::Confirmed).await
    }

    pub(crate) async fn let_go(
        &self,
        tx: &mut TenantTx,
        conversation: &Conversation,
        id: BookingId,
    ) -> Result<Outcome, AppError> {
        let Some(booking) =
            self.own(tx, conversation.customer, id).await?.filter(|booking| booking.state == BookingState::Held)
        else {
            return Ok(Outcome::Done);
        };
        let placed = bookings::act(tx, &booking, BookingAction::Cancel, Actor::Customer).await?;
        self.changed(tx, Some(&booking), placed, |_| Outcome::Done).await
    }

    /// `told`: the fee the customer said yes to. A fee that was not told is not charged: then nothing is cancelled.
    pub(crate) async fn cancel(
        &self,
        tx: &mut TenantTx,
        conversation: &Conversation,
        facts: &Facts,
        id: BookingId,
        told: Option<Money>,
    ) -> Result<Outcome, AppError> {
        let Some(booking) = self.own(tx, conversation.customer, id).await? else { return Ok(Outcome::Refused) };
        let terms = facts.tenant.policy.cancel_terms(booking.span.from(), booking.quote.total, self.env.now());
        match (terms, told) {
            (CancelTerms::Refused, _) | (CancelTerms::Fee(_), None) => return Ok(Outcome::Refused),
            (CancelTerms::Fee(_), Some(fee)) => {
                let speech = Speech::new(&self.messages, facts, facts.tenant.language);
                let label = |key| speech.words(key, json!({}));
                let owed = booking.quote.cancelled_for(fee, &label("cancelled_line"), &label("late_fee_line"));
                let Some(owed) = owed else { return Ok(Outcome::Refused) };
                bookings::set_quote(tx, id, &owed).await?;
            }
            (CancelTerms::Free, _) => {}
        }
        store::audit::append(tx, "customer", "cancelled", &id.to_string()).await?;
        let before = found(tx, id).await?;
        let placed = bookings::act(tx, &before, BookingAction::Cancel, Actor::Customer).await?;
        self.changed(tx, Some(&before), placed, Outcome::Cancelled).await
    }

    pub(crate) async fn relocate(
        &self,
        tx: &mut TenantTx,
        conversation: &Conversation,
        facts: &Facts,
        id: BookingId,
        opening: &Opening,
        quote: &Quote,
    ) -> Result<Outcome, AppError> {
        let Some(booking) = self.own(tx, conversation.customer, id).await? else { return Ok(Outcome::Refused) };
        if !facts.tenant.policy.may_move(booking.span.from(), self.env.now()) {
            return Ok(Outcome::Refused);
        }
        let moved = moved(facts, &booking, opening, quote.clone());
        let placed = bookings::replace(tx, &moved, Actor::Customer).await?;
        if let Placed::Done(booking) = &placed {
            self.remind_later(tx, booking).await?;
        }
        self.changed(tx, Some(&booking), placed, Outcome::Moved).await
    }

    /// The booking, if it is this customer's: what a model or a stale button names is never trusted.
    pub(crate) async fn own(
        &self,
        tx: &mut TenantTx,
        customer: CustomerId,
        id: BookingId,
    ) -> Result<Option<Booking>, AppError> {
        Ok(bookings::find(tx, id).await?.filter(|booking| booking.customer == customer))
    }

    pub(crate) async fn changed(
        &self,
        tx: &mut TenantTx,
        before: Option<&Booking>,
        placed: Placed,
        done: impl FnOnce(Booking) -> Outcome,
    ) -> Result<Outcome, AppError> {
        Ok(match placed {
            Placed::Done(booking) => {
                self.told(tx, before, &booking).await?;
                done(booking)
            }
            Placed::Taken => Outcome::Taken,
            Placed::Refused => Outcome::Refused,
        })
    }
}

/// What this customer's yes does: book, or ask a member.
pub(crate) fn yes_to(facts: &Facts) -> BookingAction {
    let policy = &facts.tenant.policy;
    if policy.needs_approval || policy.after(facts.customer.no_shows) == AfterStrikes::NeedsApproval {
        BookingAction::RequestApproval
    } else {
        BookingAction::Confirm
    }
}
