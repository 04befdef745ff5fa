//! Who is here and begins now: booked and arrived in one step, without notice and off the grid.

use domain::booking::{Actor, BookingAction, BookingSource};
use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use scheduling::{Reason, explain};
use store::{bookings, bookings::Placed};

use super::checked_visit;
use crate::{
    App,
    view::{AppError, BookingView, Clerk, WalkIn},
};

impl App {
    pub async fn walk_in(&self, clerk: &Clerk, new: &WalkIn) -> Result<BookingView, AppError> {
        let customer = match (new.customer, &new.phone) {
            (None, None) => {
                let mut tx = self.store.write(clerk.tenant).await?;
                let (id, _new) = store::customers::meet(&mut tx, &[], new.name.trim()).await?;
                self.tell_of_customer(&mut tx, "customer.created", id).await?;
                tx.commit().await?;
                id
            }
            (id, phone) => self.customer_named(clerk, id, phone.as_deref(), &new.name).await?,
        };
        let facts = self.facts(clerk.tenant, Some(customer), "walk-in").await?;
        let visit = checked_visit(&facts, &new.services, new.resource)?.for_party(new.party);
        let mut inputs = facts.inputs.clone();
        (inputs.policy.notice_minutes, inputs.policy.grid_minutes) = (0, 1);
        let start = next_minute(facts.now());
        let refused = |reasons: &[Reason]| self.not_bookable(clerk, &facts, &inputs, &visit, start, reasons);
        let full = [Reason::AllTaken { service: String::new() }];
        let opening = explain(&inputs, &visit, start).map_err(|reasons| refused(&reasons))?;
        let quote = facts.judge(clerk.language, &visit, Some(&opening), None).await.quote;
        let source = BookingSource::Member { member: clerk.member };
        let mut booking = self.new_booking(&facts, customer, &opening, quote, source);
        (booking.party, booking.note) = (new.party.max(1), new.note.chars().take(2_000).collect());
        let mut tx = self.store.write(clerk.tenant).await?;
        let Placed::Done(booking) = bookings::place(&mut tx, &booking).await? else { return Err(refused(&full)) };
        let by = Actor::Member { member: clerk.member };
        let Placed::Done(booking) = bookings::act(&mut tx, &booking, BookingAction::Arrive, by).await? else {
            return Err(AppError::Stale);
        };
        store::audit::append(&mut tx, &clerk.member.to_string(), "walk_in", &booking.id.to_string()).await?;
        self.told(&mut tx, None, &booking).await?;
        let view = self.booking_view(&mut tx, booking).await?;
        tx.commit().await?;
        self.ring();
        Ok(view)
    }
}

/// A minute that has begun is past.
fn next_minute(now: Timestamp) -> Timestamp {
    now.round(TimestampRound::new().smallest(Unit::Minute).mode(RoundMode::Ceil)).unwrap_or(now)
}
