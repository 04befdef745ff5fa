//! What has happened in a demo business and what is to come: conversations, visits, bookings.

use domain::{
    Span, TenantId,
    booking::{Actor, Booking, BookingAction, BookingSource, BookingState},
    channel::Line,
    conversation::Answering,
    customer::{Customer, Identity},
    message::{Author, Body, Message},
};
use jiff::{SignedDuration, Timestamp};
use scheduling::free_starts;
use store::TenantTx;

use super::{
    chance,
    data::{DemoCustomer, DemoTenant},
};
use crate::{App, assistant::Facts, view::AppError};

/// A customer of the demo.
struct Guest {
    known: Customer,
    visits: u32,
}

/// When, how many, and whether it has happened already.
#[derive(Debug, Clone, Copy)]
struct Wish {
    from: Timestamp,
    party: u32,
    past: bool,
}

impl Guest {
    fn days_ago(visit: u32) -> i64 {
        i64::from(visit + 1) * 23
    }

    /// Lets the facts be those of a turn of this customer's.
    fn is_asking(&self, facts: &mut Facts) {
        let last = SignedDuration::from_hours(24 * Self::days_ago(0));
        facts.customer = self.known.clone();
        facts.completed_visits = self.visits;
        facts.last_visit = facts.now().checked_sub(last).ok().filter(|_| self.visits > 0);
    }
}

impl App {
    /// Customers with a past, some with a conversation, and a fortnight of bookings.
    pub(super) async fn fill(&self, tenant: TenantId, demo: &DemoTenant, line: &Line) -> Result<(), AppError> {
        let mut facts = self.facts(tenant, None, "demo").await?;
        let mut chance = 20_260_302_u64;
        let mut guests = Vec::new();
        let mut tx = self.store.write(tenant).await?;
        for customer in &demo.customers {
            let id =
                store::customers::get_or_create(&mut tx, &[Identity::Phone(customer.phone.clone())], &customer.name)
                    .await?;
            let known = store::customers::find(&mut tx, id).await?.ok_or(AppError::NotFound)?;
            guests.push(Guest { known, visits: customer.visits });
            if !customer.chat.is_empty() {
                self.past_chat(&mut tx, line, id, customer).await?;
            }
        }
        tx.commit().await?;
        let mut parties = demo.parties.iter().copied().cycle();
        let hours = |days: i64| SignedDuration::from_hours(24 * days);
        for day in 0..14_i64 {
            for _ in 0..demo.bookings_a_day {
                let guest = guests.get(chance::pick(&mut chance, guests.len())).ok_or(AppError::NotFound)?;
                let from = facts.hour().checked_add(hours(day)).unwrap_or(facts.hour());
                let wish = Wish { from, party: parties.next().unwrap_or(1), past: false };
                self.place_demo(&mut facts, guest, wish, &mut chance).await?;
            }
        }
        facts.inputs.busy.clear();
        for guest in &guests {
            for visit in 0..guest.visits {
                let from = facts.hour().checked_sub(hours(Guest::days_ago(visit))).unwrap_or(facts.hour());
                let wish = Wish { from, party: parties.next().unwrap_or(1), past: true };
                self.place_demo(&mut facts, guest, wish, &mut chance).await?;
            }
        }
        Ok(())
    }

    async fn past_chat(
        &self,
        tx: &mut TenantTx,
        line: &Line,
        customer: domain::CustomerId,
        demo: &DemoCustomer,
    ) -> Result<(), AppError> {
        let begun = self.env.now().checked_sub(SignedDuration::from_hours(5)).unwrap_or(self.env.now());
        let address = format!("521{}", demo.phone.digits().trim_start_matches("52"));
        let talk = store::conversations::get_or_create(tx, line.id, customer, &address, begun).await?;
        for (minute, said) in (0_i64..).zip(&demo.chat) {
            let at = begun.checked_add(SignedDuration::from_mins(minute)).unwrap_or(begun);
            let (author, text) = match said.strip_prefix("> ") {
                Some(text) => (Author::Customer, text),
                None => (Author::Assistant, said.trim_start_matches("< ")),
            };
            let ticks = (author == Author::Assistant).then_some(domain::delivery::Ticks::Read);
            store::messages::insert(tx, &Message { ticks, ..self.said(talk.id, author, Body::text(text), at) }).await?;
            if author == Author::Customer {
                store::conversations::heard(tx, talk.id, at).await?;
            } else {
                store::conversations::spoke(tx, talk.id, at).await?;
            }
        }
        if demo.waiting {
            store::conversations::set_answering(tx, talk.id, Answering::Waiting).await?;
        } else {
            store::conversations::mark_read(tx, talk.id).await?;
        }
        Ok(())
    }

    /// One visit somewhere in the day after `wish.from`, priced and judged as a customer's would be; what the module
    /// refuses is not booked.
    async fn place_demo(&self, facts: &mut Facts, guest: &Guest, wish: Wish, chance: &mut u64) -> Result<(), AppError> {
        let now = facts.inputs.now;
        let Some(service) = facts.services.get(chance::pick(chance, facts.services.len())) else { return Ok(()) };
        let visit = facts.visit(std::slice::from_ref(&service.key), None, &[]).for_party(wish.party);
        let Some(window) = Span::lasting(wish.from, 24 * 60) else { return Ok(()) };
        if wish.past {
            facts.inputs.now = wish.from;
        }
        let openings = free_starts(&facts.inputs, &visit, window);
        facts.inputs.now = now;
        let Some(opening) = openings.get(chance::pick(chance, openings.len())) else { return Ok(()) };
        guest.is_asking(facts);
        let judged = facts.judge(facts.tenant.language, &visit, Some(opening), None).await;
        if !wish.past && !judged.review.refusals.is_empty() {
            return Ok(());
        }
        let booking = self.new_booking(facts, guest.known.id, opening, judged.quote, BookingSource::Demo);
        let booking = Booking { state: BookingState::Confirmed, party: wish.party, ..booking };
        let mut tx = self.store.write(facts.tenant.id).await?;
        if let store::bookings::Placed::Done(booking) = store::bookings::place(&mut tx, &booking).await?
            && wish.past
        {
            store::bookings::act(&mut tx, &booking, BookingAction::Complete, Actor::System).await?;
        }
        Ok(tx.commit().await?)
    }
}
