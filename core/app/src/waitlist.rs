//! The waitlist: joining it, and what becomes of an offer. `freed` makes the offers.
//!
//! Invariants: an offer is a held booking, so what is offered is nobody else's until the offer ends; taking it
//! confirms that booking, passing it lets go of it and asks the next in line, and both name the state they expect.

use domain::{
    ConversationId, CustomerId, OfferId, ResourceId, Span, WaitlistEntryId,
    booking::{Actor, Booking, BookingAction, BookingState},
    conversation::Conversation,
    waitlist::{Entry, EntryState, Offer, OfferState, Wish},
};
use jiff::ToSpan;
use store::{TenantTx, bookings, bookings::Placed, waitlist};

use crate::{
    App,
    assistant::{Facts, Outcome},
    bookings::checked_visit,
    view::{AppError, Clerk, JoinWaitlist, WaitlistEntryView, WaitlistView},
};

/// Wishes of one entry, as others allow them too.
const WISHES: usize = 5;

/// What the customer is to wait for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Joining {
    pub(crate) services: Vec<String>,
    pub(crate) wish: Wish,
    pub(crate) party: u32,
}

/// By the assistant, in the turn's transaction.
impl App {
    pub(crate) async fn join_by_chat(
        &self,
        tx: &mut TenantTx,
        conversation: &Conversation,
        facts: &Facts,
        joining: &Joining,
    ) -> Result<Outcome, AppError> {
        let waiting = waitlist::of_customer(tx, conversation.customer, self.env.now()).await?;
        let wishes = vec![joining.wish.clone()];
        let same = waiting.iter().find(|entry| entry.services == joining.services && entry.wishes == wishes);
        let entry = match same {
            Some(known) => known.clone(),
            None if waiting.len() >= usize::try_from(facts.tenant.policy.open_per_customer).unwrap_or(usize::MAX) => {
                return Ok(Outcome::Refused);
            }
            None => {
                let entry =
                    self.entry(facts, conversation.customer, joining.services.clone(), wishes, joining.party)?;
                let entry = Entry { conversation: Some(conversation.id), ..entry };
                waitlist::insert(tx, &entry).await?;
                store::events::push(tx, "waitlist", entry.id).await?;
                entry
            }
        };
        Ok(Outcome::Joined { place: waitlist::ahead_of(tx, &entry).await?.saturating_add(1) })
    }

    pub(crate) async fn take_offer(
        &self,
        tx: &mut TenantTx,
        conversation: &Conversation,
        facts: &Facts,
        id: OfferId,
    ) -> Result<Outcome, AppError> {
        bookings::release_expired(tx).await?;
        let Some((offer, booking)) = self.own_offer(tx, conversation.customer, id).await? else {
            return Ok(Outcome::OfferGone);
        };
        if booking.state != BookingState::Held {
            return Ok(Outcome::OfferGone);
        }
        // A calendar elsewhere has filled or closed to us since: back in line, with nothing held.
        if store::outside_calendars::in_the_way_of(tx, &booking).await? {
            if waitlist::close_offer(tx, id, OfferState::Expired).await? {
                waitlist::turn_entry(tx, offer.entry, EntryState::Offered, EntryState::Waiting).await?;
                let placed = bookings::act(tx, &booking, BookingAction::Cancel, Actor::System).await?;
                self.changed(tx, Some(&booking), placed, |_| Outcome::OfferGone).await?;
            }
            return Ok(Outcome::OfferGone);
        }
        if !waitlist::close_offer(tx, id, OfferState::Taken).await? {
            return Ok(Outcome::OfferGone);
        }
        let yes = self.yes_with_terms(tx, facts, booking.id).await?;
        let placed = bookings::act(tx, &booking, yes, Actor::Customer).await?;
        if let Placed::Done(booking) = &placed {
            waitlist::turn_entry(tx, offer.entry, EntryState::Offered, EntryState::Served).await?;
            store::events::push(tx, "waitlist", offer.entry).await?;
            self.remind_later(tx, booking).await?;
            store::audit::append(tx, "customer", "took_offer", &booking.id.to_string()).await?;
        }
        self.changed(tx, Some(&booking), placed, Outcome::Confirmed).await
    }

    pub(crate) async fn pass_offer(
        &self,
        tx: &mut TenantTx,
        conversation: &Conversation,
        id: OfferId,
    ) -> Result<Outcome, AppError> {
        let Some((offer, booking)) = self.own_offer(tx, conversation.customer, id).await? else {
            return Ok(Outcome::OfferGone);
        };
        if !waitlist::close_offer(tx, id, OfferState::Passed).await? {
            return Ok(Outcome::OfferGone);
        }
        waitlist::turn_entry(tx, offer.entry, EntryState::Offered, EntryState::Waiting).await?;
        let placed = bookings::act(tx, &booking, BookingAction::Cancel, Actor::Customer).await?;
        self.changed(tx, Some(&booking), placed, |_| Outcome::Passed).await
    }

    pub(crate) async fn leave_waitlist(&self, tx: &mut TenantTx, customer: CustomerId) -> Result<Outcome, AppError> {
        for entry in waitlist::of_customer(tx, customer, self.env.now()).await? {
            self.leave(tx, &entry, Actor::Customer).await?;
        }
        Ok(Outcome::Done)
    }

    /// The offer and its booking, if they are this customer's.
    async fn own_offer(
        &self,
        tx: &mut TenantTx,
        customer: CustomerId,
        id: OfferId,
    ) -> Result<Option<(Offer, Booking)>, AppError> {
        let Some(offer) = waitlist::find_offer(tx, id).await? else { return Ok(None) };
        let booking = self.own(tx, customer, offer.booking).await?;
        Ok(booking.map(|booking| (offer, booking)))
    }
}

/// By members and programs.
impl App {
    pub async fn waitlist(&self, clerk: &Clerk) -> Result<WaitlistView, AppError> {
        let mut tx = self.store.read(clerk.tenant).await?;
        let mut entries = Vec::new();
        for entry in waitlist::line(&mut tx, self.env.now()).await? {
            entries.push(self.entry_view(&mut tx, entry).await?);
        }
        Ok(WaitlistView { entries })
    }

    pub async fn join_waitlist(&self, clerk: &Clerk, new: &JoinWaitlist) -> Result<WaitlistEntryView, AppError> {
        let customer = self.customer_named(clerk, new.customer, new.phone.as_deref(), &new.name).await?;
        let facts = self.facts(clerk.tenant, Some(customer), "waitlist").await?;
        let entry = self.entry(&facts, customer, new.services.clone(), new.wishes.clone(), new.party)?;
        let mut tx = self.store.write(clerk.tenant).await?;
        let conversation = store::conversations::latest_of_customer(&mut tx, customer).await?;
        let entry = Entry { conversation: conversation.map(|found| found.id), priority: new.priority, ..entry };
        waitlist::insert(&mut tx, &entry).await?;
        store::audit::append(&mut tx, &clerk.member.to_string(), "joined_waitlist", &entry.id.to_string()).await?;
        store::events::push(&mut tx, "waitlist", entry.id).await?;
        let view = self.entry_view(&mut tx, entry).await?;
        tx.commit().await?;
        self.ring();
        Ok(view)
    }

    pub async fn leave_waitlist_for(&self, clerk: &Clerk, id: WaitlistEntryId) -> Result<(), AppError> {
        let mut tx = self.store.write(clerk.tenant).await?;
        let entry = waitlist::find(&mut tx, id).await?.ok_or(AppError::NotFound)?;
        self.leave(&mut tx, &entry, Actor::Member { member: clerk.member }).await?;
        store::audit::append(&mut tx, &clerk.member.to_string(), "left_waitlist", &id.to_string()).await?;
        tx.commit().await?;
        self.ring();
        Ok(())
    }

    /// An open offer of the entry ends with it, and its slot goes to the next.
    async fn leave(&self, tx: &mut TenantTx, entry: &Entry, by: Actor) -> Result<(), AppError> {
        for offer in waitlist::offers_to(tx, entry.id).await? {
            if waitlist::close_offer(tx, offer.id, OfferState::Passed).await?
                && let Some(booking) = bookings::find(tx, offer.booking).await?
                && let Placed::Done(after) = bookings::act(tx, &booking, BookingAction::Cancel, by).await?
            {
                self.told(tx, Some(&booking), &after).await?;
            }
        }
        for state in [EntryState::Waiting, EntryState::Offered] {
            waitlist::turn_entry(tx, entry.id, state, EntryState::Left).await?;
        }
        Ok(store::events::push(tx, "waitlist", entry.id).await?)
    }

    async fn entry_view(&self, tx: &mut TenantTx, entry: Entry) -> Result<WaitlistEntryView, AppError> {
        let customer = store::customers::find(tx, entry.customer).await?;
        let phone = store::customers::phone(tx, entry.customer).await?.map(String::from).unwrap_or_default();
        let currency = store::tenants::own(tx).await?.currency;
        let services = store::services::all(tx, currency).await?;
        let name = |key: &String| {
            services.iter().find(|service| service.key == *key).map_or_else(|| key.clone(), |known| known.name.clone())
        };
        let offer = waitlist::offers_to(tx, entry.id).await?.into_iter().find(|offer| offer.state == OfferState::Open);
        let place = waitlist::ahead_of(tx, &entry).await?.saturating_add(1);
        Ok(WaitlistEntryView {
            id: entry.id,
            customer: entry.customer,
            customer_name: customer.map(|customer| customer.name).unwrap_or_default(),
            customer_phone: phone,
            conversation: entry.conversation,
            services: entry.services.iter().map(name).collect(),
            wishes: entry.wishes,
            party: entry.party,
            priority: entry.priority,
            place,
            state: entry.state,
            offered: offer.map(|offer| offer.start),
            offer_ends: offer.map(|offer| offer.expires_at),
            created_at: entry.created_at,
        })
    }

    /// A new entry, checked: services that exist, wishes still to come and within reason.
    fn entry(
        &self,
        facts: &Facts,
        customer: CustomerId,
        services: Vec<String>,
        wishes: Vec<Wish>,
        party: u32,
    ) -> Result<Entry, AppError> {
        let invalid =
            |field: &str, reason: &str| AppError::Invalid { field: field.to_owned(), reason: reason.to_owned() };
        checked_visit(facts, &services, None)?;
        if wishes.is_empty() || wishes.len() > WISHES {
            return Err(invalid("wishes", "name 1 to 5 of them"));
        }
        if !(1..=1_000).contains(&party) {
            return Err(invalid("party", "must be 1 to 1000"));
        }
        let unknown = |id: &ResourceId| facts.resource(*id).is_none();
        for wish in &wishes {
            if wish.last < wish.first
                || wish.resources.iter().any(unknown)
                || wish.days.iter().any(|day| !(1..=7).contains(day))
            {
                return Err(invalid("wishes", "has dates that run backwards, or days or resources that do not exist"));
            }
        }
        let around = around(facts, &wishes).ok_or_else(|| invalid("wishes", "is not a usable date"))?;
        if around.to() <= facts.now() {
            return Err(invalid("wishes", "is over"));
        }
        Ok(Entry {
            id: self.env.id(),
            customer,
            conversation: None::<ConversationId>,
            services,
            wishes,
            around,
            party,
            priority: 0,
            state: EntryState::Waiting,
            created_at: self.env.now(),
        })
    }
}

/// From the first midnight to the last one.
fn around(facts: &Facts, wishes: &[Wish]) -> Option<Span> {
    let first = wishes.iter().map(|wish| wish.first).min()?;
    let last = wishes.iter().map(|wish| wish.last).max()?;
    let midnight = |date: jiff::civil::Date| date.to_zoned(facts.location.zone.clone()).ok().map(|at| at.timestamp());
    Span::new(midnight(first)?, midnight(last.checked_add(1.day()).ok()?)?)
}
