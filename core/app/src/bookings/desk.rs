//! Bookings from the dashboard and the API: seen, made, moved, and what became of them.

use domain::{
    BookingId, CustomerId, Span,
    booking::{Actor, Booking, BookingAction, BookingSource, BookingState},
    customer::Identity,
    message::Author,
};
use jiff::{SignedDuration, ToSpan};
use scheduling::{Reason, explain, free_starts};
use sha2::{Digest, Sha256};
use store::{TenantTx, bookings, bookings::Placed, idempotency::Kept};

use super::{checked_visit, found, moved, service_keys};
use crate::{
    App,
    assistant::{Settled, as_booked},
    openings::opening_view,
    view::{
        AppError, AvailabilityWish, BookingView, Clerk, MoveBooking, NewBooking, NotBookable, OpeningView, ReasonView,
    },
};

/// How often a booking is tried again because somebody else took what was found free.
const TRIES: usize = 8;

impl App {
    pub async fn availability(&self, clerk: &Clerk, wish: &AvailabilityWish) -> Result<Vec<OpeningView>, AppError> {
        let facts = self.facts(clerk.tenant, None, "availability").await?;
        let visit = checked_visit(&facts, &wish.services, wish.resource)?.for_party(wish.party);
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
        if let Some(kept) = self.kept(clerk, &principal(clerk), idempotency, &request_hash).await? {
            return Ok(kept);
        }
        let customer = self.customer_named(clerk, new.customer, new.phone.as_deref(), &new.name).await?;
        let keep = idempotency.map(|key| (key, request_hash.as_str()));
        self.keep_trying(clerk, customer, new, BookingState::Confirmed, keep).await
    }

    /// Keeps a slot for a customer who is deciding: it lets go by itself, or a yes confirms it.
    pub async fn hold_for(&self, clerk: &Clerk, new: &NewBooking) -> Result<BookingView, AppError> {
        let customer = self.customer_named(clerk, new.customer, new.phone.as_deref(), &new.name).await?;
        self.keep_trying(clerk, customer, new, BookingState::Held, None).await
    }

    async fn keep_trying(
        &self,
        clerk: &Clerk,
        customer: CustomerId,
        new: &NewBooking,
        state: BookingState,
        keep: Option<(&str, &str)>,
    ) -> Result<BookingView, AppError> {
        for _ in 0..TRIES {
            let tried = self.try_book(clerk, customer, new, state, keep).await;
            if let Ok(Some(view)) = tried {
                return Ok(view);
            }
            // Whoever was faster may have been the same request, sent twice at once: its answer is ours too.
            if let Some((key, request_hash)) = keep
                && let Some(view) = self.kept(clerk, &principal(clerk), Some(key), request_hash).await?
            {
                return Ok(view);
            }
            tried?;
        }
        let facts = self.facts(clerk.tenant, Some(customer), "book").await?;
        let visit = checked_visit(&facts, &new.services, new.resource)?.for_party(new.party);
        Err(self.lost(clerk, customer, &visit, new.start).await)
    }

    /// `None`: somebody was faster. With anybody wanted there may be another who is free, so it is worth another look.
    async fn try_book(
        &self,
        clerk: &Clerk,
        customer: CustomerId,
        new: &NewBooking,
        state: BookingState,
        keep: Option<(&str, &str)>,
    ) -> Result<Option<BookingView>, AppError> {
        let facts = self.facts(clerk.tenant, Some(customer), "book").await?;
        let visit = checked_visit(&facts, &new.services, new.resource)?.for_party(new.party);
        let refused = |reasons: &[Reason]| self.not_bookable(clerk, &facts, &facts.inputs, &visit, new.start, reasons);
        let settled = facts.settle(clerk.language, &facts.inputs, &visit, new.start, None).await;
        let Settled { opening, judged } = settled.map_err(|reasons| refused(&reasons))?;
        if let Some(refusal) = judged.review.refusals.first() {
            return Err(AppError::Invalid { field: "services".to_owned(), reason: refusal.text.clone() });
        }
        let mut booking =
            self.new_booking(&facts, customer, &opening, judged.quote, BookingSource::Member { member: clerk.member });
        (booking.party, booking.note) = (new.party.max(1), new.note.chars().take(2_000).collect());
        if state == BookingState::Held {
            let minutes = SignedDuration::from_mins(i64::from(facts.tenant.policy.hold_minutes));
            (booking.state, booking.hold_until) = (state, self.env.now().checked_add(minutes).ok());
        }
        let mut tx = self.store.write(clerk.tenant).await?;
        // Where reminders and news of it will be read.
        let talk = store::conversations::latest_of_customer(&mut tx, customer).await?;
        booking.conversation = talk.map(|talk| talk.id);
        let Placed::Done(booking) = bookings::place(&mut tx, &booking).await? else {
            return Ok(None);
        };
        match booking.hold_until {
            Some(until) => self.let_go_later(&mut tx, booking.id, until).await?,
            None => self.remind_later(&mut tx, &booking).await?,
        }
        let what = if state == BookingState::Held { "held" } else { "booked" };
        store::audit::append(&mut tx, &clerk.member.to_string(), what, &booking.id.to_string()).await?;
        self.told(&mut tx, None, &booking).await?;
        let view = self.booking_view(&mut tx, booking).await?;
        if let Some((key, request_hash)) = keep {
            let response = serde_json::to_string(&view).unwrap_or_default();
            let kept = Kept { request_hash: request_hash.to_owned(), status: 201, response };
            store::idempotency::keep(&mut tx, &principal(clerk), key, &kept).await?;
        }
        tx.commit().await?;
        self.ring();
        Ok(Some(view))
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

    /// By id, or by phone; a phone that is new makes a customer.
    pub(crate) async fn customer_named(
        &self,
        clerk: &Clerk,
        id: Option<CustomerId>,
        phone: Option<&str>,
        name: &str,
    ) -> Result<CustomerId, AppError> {
        let mut tx = self.store.write(clerk.tenant).await?;
        if let Some(id) = id {
            return store::customers::find(&mut tx, id).await?.map(|customer| customer.id).ok_or(AppError::NotFound);
        }
        let invalid = |reason: &str| AppError::Invalid { field: "phone".to_owned(), reason: reason.to_owned() };
        let raw = phone.ok_or_else(|| invalid("name a customer by id or by phone"))?;
        let phone = domain::Phone::parse(raw).map_err(|error| invalid(&error.to_string()))?;
        let (id, new) = store::customers::meet(&mut tx, &[Identity::Phone(phone)], name.trim()).await?;
        if new {
            self.tell_of_customer(&mut tx, "customer.created", id).await?;
        }
        tx.commit().await?;
        Ok(id)
    }

    pub async fn move_booking(&self, clerk: &Clerk, id: BookingId, to: &MoveBooking) -> Result<BookingView, AppError> {
        let mut tx = self.store.read(clerk.tenant).await?;
        let booking = found(&mut tx, id).await?;
        drop(tx);
        if booking.version != to.version {
            return Err(AppError::Stale);
        }
        let facts = self.facts(clerk.tenant, Some(booking.customer), "move").await?;
        let resource =
            to.resource.or(booking.items.first().and_then(|item| item.claims.first()).map(|claim| claim.resource));
        let visit = checked_visit(&facts, &service_keys(&facts, &booking), resource)?.for_party(booking.party);
        let visit = as_booked(visit, &booking);
        let inputs = facts.without(&[id]);
        let opening = explain(&inputs, &visit, to.start)
            .map_err(|reasons| self.not_bookable(clerk, &facts, &inputs, &visit, to.start, &reasons))?;
        let judged = facts.judge(clerk.language, &visit, Some(&opening), None).await;
        let mut tx = self.store.write(clerk.tenant).await?;
        let by = Actor::Member { member: clerk.member };
        match bookings::replace(&mut tx, &moved(&facts, &booking, &opening, judged.quote), by).await? {
            Placed::Done(after) => {
                self.told(&mut tx, Some(&booking), &after).await?;
                let booking = after;
                self.remind_later(&mut tx, &booking).await?;
                store::audit::append(&mut tx, &clerk.member.to_string(), "moved", &id.to_string()).await?;
                if to.notify {
                    let cause = format!("moved:{}:{}", booking.id, booking.version);
                    let author = Author::Member { member: clerk.member };
                    self.write_about(&mut tx, &booking, "moved_by_us", author, &cause).await?;
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

    pub async fn act_on_booking(
        &self,
        clerk: &Clerk,
        id: BookingId,
        action: BookingAction,
        version: i64,
    ) -> Result<BookingView, AppError> {
        self.act_and_tell(clerk, id, action, version, false).await
    }

    /// As [`App::act_on_booking`]; with `notify` the customer hears of a cancellation.
    pub async fn act_and_tell(
        &self,
        clerk: &Clerk,
        id: BookingId,
        action: BookingAction,
        version: i64,
        notify: bool,
    ) -> Result<BookingView, AppError> {
        let mut tx = self.store.write(clerk.tenant).await?;
        let booking = found(&mut tx, id).await?;
        if booking.version != version {
            return Err(AppError::Stale);
        }
        if let Err(illegal) = booking.state.after(action) {
            return Err(AppError::Invalid { field: "action".to_owned(), reason: illegal.to_string() });
        }
        self.undo_in_time(&mut tx, &booking, action).await?;
        match bookings::act(&mut tx, &booking, action, Actor::Member { member: clerk.member }).await? {
            Placed::Done(after) => {
                self.told(&mut tx, Some(&booking), &after).await?;
                self.answered(&mut tx, clerk, &booking, &after).await?;
                // A request that is turned down has been answered.
                if notify && action == BookingAction::Cancel && booking.state == BookingState::Confirmed {
                    let (author, cause) =
                        (Author::Member { member: clerk.member }, format!("cancelled:{id}:{version}"));
                    self.write_about(&mut tx, &after, "cancelled_by_us", author, &cause).await?;
                }
                if booking.state == BookingState::Held && after.state == BookingState::Confirmed {
                    self.remind_later(&mut tx, &after).await?;
                }
                let booking = after;
                store::audit::append(&mut tx, &clerk.member.to_string(), &format!("{action:?}"), &id.to_string())
                    .await?;
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

    /// A mark can be taken back while it is fresh; later it is part of the books.
    async fn undo_in_time(&self, tx: &mut TenantTx, booking: &Booking, action: BookingAction) -> Result<(), AppError> {
        if action != BookingAction::Undo {
            return Ok(());
        }
        let window = store::tenants::own(tx).await?.policy.undo_minutes;
        let marked = store::booking_history::last_change(tx, booking.id).await?;
        let late = marked
            .is_some_and(|marked| self.env.now().duration_since(marked) > SignedDuration::from_mins(i64::from(window)));
        if late {
            let reason = format!("can be taken back for {window} minutes only");
            return Err(AppError::Invalid { field: "action".to_owned(), reason });
        }
        Ok(())
    }
}

/// Whose keys these are: a key of one member and purpose says nothing about another's.
fn principal(clerk: &Clerk) -> String {
    format!("{}:book", clerk.member)
}
