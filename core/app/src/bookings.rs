//! Every path to a booking: the assistant's actions and a member's, over the same store and rules.

use domain::{
    BookingId, CustomerId, Span,
    booking::{Booking, BookingAction, BookingSource, BookingState, Quote},
    conversation::Conversation,
    customer::Identity,
    message::Author,
};
use jiff::{SignedDuration, ToSpan};
use scheduling::{Inputs, Opening, Reason, Visit, alternatives, explain, free_starts};
use sha2::{Digest, Sha256};
use store::{TenantTx, bookings, bookings::Placed, idempotency::Kept};

use crate::{
    App,
    assistant::{Facts, Outcome, Speech},
    openings::{code, opening_view},
    view::{
        AppError, AvailabilityWish, BookingView, Clerk, MoveBooking, NewBooking, NotBookable, OpeningView, ReasonView,
    },
};

/// Bookings from the assistant.
impl App {
    pub(crate) async fn hold(
        &self,
        tx: &mut TenantTx,
        conversation: &Conversation,
        facts: &Facts,
        opening: &Opening,
        quote: &Quote,
    ) -> Result<Outcome, AppError> {
        let until =
            self.env.now().checked_add(SignedDuration::from_mins(i64::from(facts.tenant.policy.hold_minutes))).ok();
        let mut booking = self.new_booking(facts, conversation.customer, opening, quote.clone(), BookingSource::Chat);
        (booking.state, booking.hold_until, booking.conversation) = (BookingState::Held, until, Some(conversation.id));
        let placed = bookings::place(tx, &booking).await?;
        self.changed(tx, placed, Outcome::Held).await
    }

    pub(crate) async fn confirm(&self, tx: &mut TenantTx, facts: &Facts, id: BookingId) -> Result<Outcome, AppError> {
        bookings::release_expired(tx).await?;
        let Some(booking) = bookings::find(tx, id).await? else { return Ok(Outcome::Refused) };
        if booking.state != BookingState::Held {
            return Ok(Outcome::Taken);
        }
        let action =
            if facts.tenant.policy.needs_approval { BookingAction::RequestApproval } else { BookingAction::Confirm };
        let placed = bookings::act(tx, &booking, action).await?;
        if let Placed::Done(booking) = &placed {
            self.remind_later(tx, booking).await?;
            store::audit::append(tx, "assistant", "booked", &booking.id.to_string()).await?;
        }
        self.changed(tx, placed, Outcome::Confirmed).await
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
        let placed = bookings::act(tx, &booking, BookingAction::Cancel).await?;
        self.changed(tx, placed, |_| Outcome::Done).await
    }

    pub(crate) async fn cancel(
        &self,
        tx: &mut TenantTx,
        conversation: &Conversation,
        id: BookingId,
    ) -> Result<Outcome, AppError> {
        let Some(booking) = self.own(tx, conversation.customer, id).await? else { return Ok(Outcome::Refused) };
        store::audit::append(tx, "customer", "cancelled", &id.to_string()).await?;
        let placed = bookings::act(tx, &booking, BookingAction::Cancel).await?;
        self.changed(tx, placed, Outcome::Cancelled).await
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
        let moved = moved(facts, &booking, opening, quote.clone());
        let placed = bookings::replace(tx, &moved).await?;
        if let Placed::Done(booking) = &placed {
            self.remind_later(tx, booking).await?;
        }
        self.changed(tx, placed, Outcome::Moved).await
    }

    /// The booking, if it is this customer's: what a model or a stale button names is never trusted.
    async fn own(&self, tx: &mut TenantTx, customer: CustomerId, id: BookingId) -> Result<Option<Booking>, AppError> {
        Ok(bookings::find(tx, id).await?.filter(|booking| booking.customer == customer))
    }

    async fn changed(
        &self,
        tx: &mut TenantTx,
        placed: Placed,
        done: impl FnOnce(Booking) -> Outcome,
    ) -> Result<Outcome, AppError> {
        Ok(match placed {
            Placed::Done(booking) => {
                store::events::push(tx, "booking", booking.id).await?;
                done(booking)
            }
            Placed::Taken => Outcome::Taken,
            Placed::Refused => Outcome::Refused,
        })
    }

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
}

/// Bookings from the dashboard and the API.
impl App {
    pub async fn availability(&self, clerk: &Clerk, wish: &AvailabilityWish) -> Result<Vec<OpeningView>, AppError> {
        let facts = self.facts(clerk.tenant, None, "availability").await?;
        let visit = checked_visit(&facts, &wish.services, wish.resource)?;
        let invalid =
            |field: &str, reason: &str| AppError::Invalid { field: field.to_owned(), reason: reason.to_owned() };
        if wish.last < wish.first || wish.first.until(wish.last).map_or(true, |span| span.get_days() > 30) {
            return Err(invalid("last", "must be on or within 31 days after first"));
        }
        let midnight = |date: jiff::civil::Date| date.to_zoned(facts.location.zone.clone()).map(|at| at.timestamp());
        let after = wish.last.checked_add(1.day()).map_err(|_end| invalid("last", "is too late"))?;
        let window = midnight(wish.first).ok().zip(midnight(after).ok()).and_then(|(from, to)| Span::new(from, to));
        let window = window.ok_or_else(|| invalid("first", "is not a usable date"))?;
        let limit = usize::try_from(wish.limit.clamp(1, 500)).unwrap_or(100);
        Ok(free_starts(&facts.inputs, &visit, window).iter().take(limit).map(opening_view).collect())
    }

    pub async fn book(
        &self,
        clerk: &Clerk,
        new: &NewBooking,
        idempotency: Option<&str>,
    ) -> Result<BookingView, AppError> {
        let request_hash = hex::encode(Sha256::digest(serde_json::to_string(new).unwrap_or_default()));
        let principal = format!("{}:book", clerk.member);
        if let Some(kept) = self.kept(clerk, &principal, idempotency, &request_hash).await? {
            return Ok(kept);
        }
        let customer = self.customer_of(clerk, new).await?;
        let facts = self.facts(clerk.tenant, Some(customer), "book").await?;
        let visit = checked_visit(&facts, &new.services, new.resource)?;
        let opening = explain(&facts.inputs, &visit, new.start)
            .map_err(|reasons| self.not_bookable(clerk, &facts, &facts.inputs, &visit, new.start, &reasons))?;
        let judged = facts.judge(clerk.language, &visit, Some(&opening), new.party).await;
        if let Some(refusal) = judged.review.refusals.first() {
            return Err(AppError::Invalid { field: "services".to_owned(), reason: refusal.text.clone() });
        }
        let mut booking =
            self.new_booking(&facts, customer, &opening, judged.quote, BookingSource::Member { member: clerk.member });
        (booking.party, booking.note) = (new.party.max(1), new.note.chars().take(2_000).collect());
        let mut tx = self.store.write(clerk.tenant).await?;
        let Placed::Done(booking) = bookings::place(&mut tx, &booking).await? else {
            drop(tx);
            return Err(self.lost(clerk, customer, &visit, new.start).await);
        };
        self.remind_later(&mut tx, &booking).await?;
        store::audit::append(&mut tx, &clerk.member.to_string(), "booked", &booking.id.to_string()).await?;
        store::events::push(&mut tx, "booking", booking.id).await?;
        let view = self.booking_view(&mut tx, booking).await?;
        if let Some(key) = idempotency {
            let response = serde_json::to_string(&view).unwrap_or_default();
            store::idempotency::keep(&mut tx, &principal, key, &Kept { request_hash, status: 201, response }).await?;
        }
        tx.commit().await?;
        self.ring();
        Ok(view)
    }

    async fn kept(
        &self,
        clerk: &Clerk,
        principal: &str,
        key: Option<&str>,
        request_hash: &str,
    ) -> Result<Option<BookingView>, AppError> {
        let Some(key) = key else { return Ok(None) };
        let mut tx = self.store.read(clerk.tenant).await?;
        match store::idempotency::find(&mut tx, principal, key).await? {
            Some(kept) if kept.request_hash != request_hash => Err(AppError::KeyReused),
            Some(kept) => {
                serde_json::from_str(&kept.response).map(Some).map_err(|error| AppError::Broken(Box::new(error)))
            }
            None => Ok(None),
        }
    }

    async fn customer_of(&self, clerk: &Clerk, new: &NewBooking) -> Result<CustomerId, AppError> {
        let mut tx = self.store.write(clerk.tenant).await?;
        if let Some(id) = new.customer {
            return store::customers::find(&mut tx, id).await?.map(|customer| customer.id).ok_or(AppError::NotFound);
        }
        let invalid = |reason: &str| AppError::Invalid { field: "phone".to_owned(), reason: reason.to_owned() };
        let raw = new.phone.as_deref().ok_or_else(|| invalid("name a customer by id or by phone"))?;
        let phone = domain::Phone::parse(raw).map_err(|error| invalid(&error.to_string()))?;
        let id = store::customers::get_or_create(&mut tx, &[Identity::Phone(phone)], new.name.trim()).await?;
        tx.commit().await?;
        Ok(id)
    }

    pub async fn move_booking(&self, clerk: &Clerk, id: BookingId, to: &MoveBooking) -> Result<BookingView, AppError> {
        let mut tx = self.store.read(clerk.tenant).await?;
        let booking = bookings::find(&mut tx, id).await?.ok_or(AppError::NotFound)?;
        drop(tx);
        if booking.version != to.version {
            return Err(AppError::Stale);
        }
        let facts = self.facts(clerk.tenant, Some(booking.customer), "move").await?;
        let keys: Vec<String> = booking
            .items
            .iter()
            .filter_map(|item| facts.services.iter().find(|service| service.id == item.service))
            .map(|service| service.key.clone())
            .collect();
        let resource =
            to.resource.or(booking.items.first().and_then(|item| item.claims.first()).map(|claim| claim.resource));
        let visit = checked_visit(&facts, &keys, resource)?;
        let inputs = facts.without(&[id]);
        let opening = explain(&inputs, &visit, to.start)
            .map_err(|reasons| self.not_bookable(clerk, &facts, &inputs, &visit, to.start, &reasons))?;
        let judged = facts.judge(clerk.language, &visit, Some(&opening), booking.party).await;
        let mut tx = self.store.write(clerk.tenant).await?;
        match bookings::replace(&mut tx, &moved(&facts, &booking, &opening, judged.quote)).await? {
            Placed::Done(booking) => {
                self.remind_later(&mut tx, &booking).await?;
                store::audit::append(&mut tx, &clerk.member.to_string(), "moved", &id.to_string()).await?;
                store::events::push(&mut tx, "booking", id).await?;
                if to.notify {
                    self.notify(&mut tx, clerk, &facts, &booking).await?;
                }
                let view = self.booking_view(&mut tx, booking).await?;
                tx.commit().await?;
                self.ring();
                Ok(view)
            }
            Placed::Taken => {
                drop(tx);
                Err(self.lost(clerk, booking.customer, &visit, to.start).await)
            }
            Placed::Refused => Err(AppError::Stale),
        }
    }

    /// Tells the customer of the move, where there is a conversation to do so in.
    async fn notify(&self, tx: &mut TenantTx, clerk: &Clerk, facts: &Facts, booking: &Booking) -> Result<(), AppError> {
        let Some(id) = booking.conversation else { return Ok(()) };
        let Some(conversation) = store::conversations::find(tx, id).await? else { return Ok(()) };
        let Some(line) = self.line(conversation.channel).await? else { return Ok(()) };
        let speech = Speech::new(&self.messages, facts, conversation.language.unwrap_or(facts.tenant.language));
        let text = speech.with("moved", speech.about(booking));
        let cause = format!("moved:{}:{}", booking.id, booking.version);
        self.say(tx, &line, &conversation, text, Author::Member { member: clerk.member }, &cause, self.env.now())
            .await?;
        Ok(())
    }

    pub async fn act_on_booking(
        &self,
        clerk: &Clerk,
        id: BookingId,
        action: BookingAction,
        version: i64,
    ) -> Result<BookingView, AppError> {
        let mut tx = self.store.write(clerk.tenant).await?;
        let booking = bookings::find(&mut tx, id).await?.ok_or(AppError::NotFound)?;
        if booking.version != version {
            return Err(AppError::Stale);
        }
        if let Err(illegal) = booking.state.after(action) {
            return Err(AppError::Invalid { field: "action".to_owned(), reason: illegal.to_string() });
        }
        match bookings::act(&mut tx, &booking, action).await? {
            Placed::Done(booking) => {
                store::audit::append(&mut tx, &clerk.member.to_string(), &format!("{action:?}"), &id.to_string())
                    .await?;
                store::events::push(&mut tx, "booking", id).await?;
                let view = self.booking_view(&mut tx, booking).await?;
                tx.commit().await?;
                self.ring();
                Ok(view)
            }
            Placed::Taken => Err(AppError::NotBookable(Box::new(NotBookable {
                reasons: vec![ReasonView {
                    code: "taken".to_owned(),
                    text: "the slot has been given to somebody else".to_owned(),
                }],
                alternatives: Vec::new(),
            }))),
            Placed::Refused => Err(AppError::Stale),
        }
    }

    fn not_bookable(
        &self,
        clerk: &Clerk,
        facts: &Facts,
        inputs: &Inputs,
        visit: &Visit,
        start: jiff::Timestamp,
        reasons: &[Reason],
    ) -> AppError {
        let speech = Speech::new(&self.messages, facts, clerk.language);
        let reasons = reasons
            .iter()
            .map(|reason| ReasonView {
                code: code(reason).to_owned(),
                text: speech.reason(std::slice::from_ref(reason)),
            })
            .collect();
        let near = alternatives(inputs, visit, start.max(facts.now()), facts.horizon(), 3);
        let alternatives = near.iter().map(|other| opening_view(&other.opening)).collect();
        AppError::NotBookable(Box::new(NotBookable { reasons, alternatives }))
    }

    /// Somebody was faster between looking and taking: look again, and say what is left.
    async fn lost(&self, clerk: &Clerk, customer: CustomerId, visit: &Visit, start: jiff::Timestamp) -> AppError {
        match self.facts(clerk.tenant, Some(customer), "lost").await {
            Ok(facts) => {
                let taken = [Reason::AllTaken { service: String::new() }];
                self.not_bookable(clerk, &facts, &facts.inputs, visit, start, &taken)
            }
            Err(error) => error,
        }
    }
}

fn checked_visit(facts: &Facts, keys: &[String], resource: Option<domain::ResourceId>) -> Result<Visit, AppError> {
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

fn moved(facts: &Facts, booking: &Booking, opening: &Opening, quote: Quote) -> Booking {
    Booking { span: opening.span, wall: wall(facts, opening), items: opening.items.clone(), quote, ..booking.clone() }
}

/// The wall time that is meant, with its zone: what survives a change of the zone's rules.
fn wall(facts: &Facts, opening: &Opening) -> String {
    let zone = facts.location.zone.iana_name().unwrap_or("UTC");
    format!("{}[{zone}]", facts.local(opening.start()))
}
