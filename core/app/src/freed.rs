//! A slot that is freed is offered to the next in line, to one customer at a time, and never after it began.
//!
//! Whatever frees time (a cancellation, a move, a no-show before the start, a hold that ran out, a block taken away)
//! queues one job in its own transaction. The job looks at the calendar as it then is, so running it twice, or late,
//! offers nothing that is not free.

use domain::{
    BookingId, Span, TenantId,
    booking::{Booking, BookingSource, BookingState},
    conversation::{Conversation, window_closes},
    message::{Author, Body},
    waitlist::{Entry, EntryState, Offer, OfferState},
};
use jiff::{SignedDuration, Timestamp};
use scheduling::{
    Opening, Visit, free_starts,
    waitlist::{self as line, Freed, OfferRules, WaitWish},
};
use serde_json::json;
use store::{TenantTx, bookings, bookings::Placed, jobs, jobs::Claimed, waitlist};

use crate::{
    App,
    assistant::{Facts, Settled, Speech, Terms},
    records::{self, Reach},
    view::AppError,
};

/// Kinds of jobs, as stored: never reused for anything else.
const OFFER: &str = "offer_freed_time";
const LET_GO: &str = "let_go_of_hold";
/// Offers made for one freed stretch, one after the other, before the job ends.
const MOST: usize = 50;
/// Offers that came too late in a row before the job ends.
const TRIES: usize = 3;

/// An entry, what it would get, and where to tell its customer.
struct Match {
    entry: Entry,
    conversation: Conversation,
    visit: Visit,
    start: Timestamp,
    until: Timestamp,
}

impl App {
    /// Lets go of a hold when its time is over, whether or not anybody asks for the slot by then.
    pub(crate) async fn let_go_later(
        &self,
        tx: &mut TenantTx,
        booking: BookingId,
        until: Timestamp,
    ) -> Result<(), AppError> {
        jobs::push(tx, LET_GO, &booking.to_string(), &json!({ "booking": booking }), until).await?;
        Ok(())
    }

    /// `before` no longer keeps its time. An offer that stood on it ends.
    pub(crate) async fn freed(&self, tx: &mut TenantTx, before: &Booking) -> Result<(), AppError> {
        if let Some(offer) = waitlist::offer_of(tx, before.id).await?
            && waitlist::close_offer(tx, offer.id, OfferState::Expired).await?
        {
            waitlist::turn_entry(tx, offer.entry, EntryState::Offered, EntryState::Waiting).await?;
            store::events::push(tx, "waitlist", offer.entry).await?;
        }
        self.offer_later(tx, &format!("{}:{}", before.id, before.version), before.span).await
    }

    /// Queues the search for somebody who waits for `span`, if anybody might.
    pub(crate) async fn offer_later(&self, tx: &mut TenantTx, cause: &str, span: Span) -> Result<(), AppError> {
        if span.to() <= self.env.now() || waitlist::waiting_for(tx, span).await?.is_empty() {
            return Ok(());
        }
        let payload = json!({ "from": span.from(), "to": span.to() });
        jobs::push(tx, OFFER, cause, &payload, self.env.now()).await?;
        Ok(())
    }

    /// Runs a job of ours; `None` when it is not.
    pub(crate) async fn run_freed(&self, job: &Claimed) -> Result<Option<Option<&'static str>>, AppError> {
        let text = |name: &str| job.payload.get(name).and_then(serde_json::Value::as_str);
        let at = |name: &str| text(name).and_then(|text| text.parse::<Timestamp>().ok());
        match job.kind.as_str() {
            LET_GO => match text("booking").and_then(|id| id.parse().ok()) {
                Some(booking) => self.let_go_of(job.tenant, booking).await.map(|()| Some(None)),
                None => Ok(Some(Some("no booking"))),
            },
            OFFER => match at("from").zip(at("to")).and_then(|(from, to)| Span::new(from, to)) {
                Some(span) => self.offer_all(job.tenant, span).await.map(|()| Some(None)),
                None => Ok(Some(Some("no stretch of time"))),
            },
            _ => Ok(None),
        }
    }

    /// The hold's time is over. Somebody else's booking may have swept it away before us: its line of history
    /// is the same, and whoever waits is asked either way.
    async fn let_go_of(&self, tenant: TenantId, id: BookingId) -> Result<(), AppError> {
        let mut tx = self.store.write(tenant).await?;
        bookings::release_expired(&mut tx).await?;
        let Some(booking) = bookings::find(&mut tx, id).await? else { return Ok(()) };
        if booking.state == BookingState::Cancelled {
            let offer = waitlist::offer_of(&mut tx, id).await?;
            self.told(&mut tx, Some(&Booking { state: BookingState::Held, ..booking.clone() }), &booking).await?;
            if offer.is_some_and(|offer| offer.state == OfferState::Open) {
                let cause = format!("offer_expired:{id}");
                self.write_about(&mut tx, &booking, "offer_expired", Author::System, &cause).await?;
            }
        }
        tx.commit().await?;
        self.ring();
        Ok(())
    }

    async fn offer_all(&self, tenant: TenantId, span: Span) -> Result<(), AppError> {
        let mut lost = 0;
        for _ in 0..MOST {
            let Some(found) = self.next_in_line(tenant, span).await? else { break };
            // Somebody was faster: look again, but not for ever.
            lost = if self.offer(tenant, found).await? { 0 } else { lost + 1 };
            if lost == TRIES {
                break;
            }
        }
        Ok(())
    }

    /// The first entry in line that can have something of `span`, and what.
    async fn next_in_line(&self, tenant: TenantId, span: Span) -> Result<Option<Match>, AppError> {
        let mut facts = self.facts(tenant, None, "waitlist").await?;
        let policy = &facts.tenant.policy;
        let reach = Reach::new(policy, facts.now(), policy.horizon_days).ok_or(AppError::NotFound)?;
        let mut tx = self.store.read(tenant).await?;
        let mut in_line = Vec::new();
        for entry in waitlist::waiting_for(&mut tx, span).await? {
            let past = waitlist::offers_to(&mut tx, entry.id).await?;
            if let Some(conversation) = self.reachable(&mut tx, &entry).await? {
                // Whoever may have no more this week does not stand in the others' way.
                let visits = records::of_customer(&mut tx, policy, Some(entry.customer), &reach).await?;
                in_line.push((entry, past, conversation, visits));
            }
        }
        drop(tx);
        Ok(in_line.into_iter().find_map(|(entry, past, conversation, visits)| {
            facts.inputs.records.customer = visits;
            let (visit, opening) = fitting(&facts, &entry, &past, span)?;
            let start = opening.start();
            let until = line::window(&rules(&facts), facts.now(), start)?;
            Some(Match { entry, conversation, visit, start, until })
        }))
    }

    /// Where the offer would be read: a conversation in whose window we may write.
    async fn reachable(&self, tx: &mut TenantTx, entry: &Entry) -> Result<Option<Conversation>, AppError> {
        let conversation = match entry.conversation {
            Some(id) => store::conversations::find(tx, id).await?,
            None => store::conversations::latest_of_customer(tx, entry.customer).await?,
        };
        // Outside the window only an approved template goes; members see the entry and can call.
        Ok(conversation.filter(|conversation| {
            window_closes(conversation.last_inbound_at).is_some_and(|closes| closes > self.env.now())
        }))
    }

    /// Holds the slot for the entry, says so, and queues the end of it. Nothing when somebody was faster.
    async fn offer(&self, tenant: TenantId, found: Match) -> Result<bool, AppError> {
        let Match { entry, conversation, visit, start, until } = found;
        let facts = self.facts(tenant, Some(entry.customer), "waitlist").await?;
        let language = conversation.language.unwrap_or(facts.tenant.language);
        let settled = facts.settle(language, &facts.inputs, &visit, start, None).await;
        let Ok(Settled { opening, judged }) = settled else { return Ok(false) };
        let terms = Terms::of(&judged);
        let Some(channel) = self.line(conversation.channel).await? else { return Ok(false) };
        let booking = Booking {
            state: BookingState::Held,
            hold_until: Some(until),
            conversation: Some(conversation.id),
            party: entry.party,
            ..self.new_booking(&facts, entry.customer, &opening, judged.quote, BookingSource::Waitlist)
        };
        let offer = Offer {
            id: self.env.id(),
            entry: entry.id,
            booking: booking.id,
            start,
            state: OfferState::Open,
            expires_at: until,
        };
        let mut tx = self.store.write(tenant).await?;
        // Left or offered something else meanwhile: its turn is over.
        if !waitlist::turn_entry(&mut tx, entry.id, EntryState::Waiting, EntryState::Offered).await? {
            return Ok(false);
        }
        let Placed::Done(booking) = bookings::place(&mut tx, &booking).await? else { return Ok(false) };
        waitlist::insert_offer(&mut tx, &offer).await?;
        self.keep_terms(&mut tx, &booking, &terms).await?;
        self.let_go_later(&mut tx, booking.id, until).await?;
        let speech = Speech::new(&self.messages, &facts, language);
        let body = offered(speech, &booking, &offer, until.duration_since(facts.now()));
        let cause = format!("offer:{}", offer.id);
        self.say(&mut tx, &channel, &conversation, body, Author::Assistant, &cause, self.env.now()).await?;
        store::audit::append(&mut tx, "waitlist", "offered", &offer.id.to_string()).await?;
        store::events::push(&mut tx, "waitlist", entry.id).await?;
        self.told(&mut tx, None, &booking).await?;
        tx.commit().await?;
        self.ring();
        Ok(true)
    }
}

/// The opening that takes up some of `span`, is as wished, and has room for the whole party: the nearest to where the
/// freed time began, so that as little as possible of it is left in crumbs.
fn fitting(facts: &Facts, entry: &Entry, past: &[Offer], span: Span) -> Option<(Visit, Opening)> {
    let waiting = in_line(facts, entry, past);
    let mut best: Option<(Visit, Opening)> = None;
    for wish in &entry.wishes {
        let wanted: Vec<Option<domain::ResourceId>> = match wish.resources.as_slice() {
            [] => vec![None],
            some => some.iter().copied().map(Some).collect(),
        };
        for resource in wanted {
            let visit = facts.visit(&entry.services, resource, &[]).for_party(entry.party);
            let before = visit.minutes();
            let Some(window) = span.padded(before, 1) else { continue };
            let openings = free_starts(&facts.inputs, &visit, window).into_iter();
            let fits = |opening: &Opening| {
                // Who passed five o'clock is not asked about a quarter past five next.
                let passed = waiting.iter().flat_map(|entry| &entry.passed);
                opening.span.overlaps(span)
                    && !passed.into_iter().any(|passed| passed.overlaps(opening.span))
                    && freed_by(opening)
                        .is_some_and(|freed| !line::line(&facts.location.zone, &freed, &waiting).is_empty())
            };
            let off = |opening: &Opening| opening.start().duration_since(span.from()).abs();
            if let Some(opening) = openings.filter(fits).min_by_key(off)
                && best.as_ref().is_none_or(|(_, other)| off(&opening) < off(other))
            {
                best = Some((visit, opening));
            }
        }
    }
    best
}

fn offered(speech: Speech<'_>, booking: &Booking, offer: &Offer, stands: SignedDuration) -> Body {
    let mut about = speech.about(booking);
    if let Some(fields) = about.as_object_mut() {
        let minutes = u32::try_from(stands.as_mins()).unwrap_or(u32::MAX);
        fields.insert("duration".to_owned(), json!(language::say::duration(speech.language(), minutes)));
    }
    let take = speech.choice(&format!("offer:take:{}", offer.id), "take_button");
    let pass = speech.choice(&format!("offer:pass:{}", offer.id), "pass_button");
    Body::Buttons { text: speech.words("waitlist_offer", about), buttons: vec![take, pass] }
}

fn rules(facts: &Facts) -> OfferRules {
    let policy = &facts.tenant.policy;
    OfferRules { claim_minutes: policy.offer_minutes, notice_minutes: policy.notice_minutes, ..OfferRules::default() }
}

fn freed_by(opening: &Opening) -> Option<Freed> {
    Some(Freed {
        service: opening.items.first()?.service,
        span: opening.span,
        resources: opening.resources().into_iter().map(|(id, _)| id).collect(),
        // Whoever found the opening asked for room for the whole party.
        seats: u32::MAX,
    })
}

/// The entry as the pure line knows it. A chain of services is known by its first.
fn in_line(facts: &Facts, entry: &Entry, past: &[Offer]) -> [line::Entry; 1] {
    let service = entry.services.first().and_then(|key| facts.service(key)).map(|service| service.id);
    let minutes = facts.visit(&entry.services, None, &[]).minutes();
    let wish = |wish: &domain::waitlist::Wish| {
        Some(WaitWish {
            service: service?,
            resources: wish.resources.clone(),
            first: wish.first,
            last: wish.last,
            days: wish.days.iter().filter_map(|day| jiff::civil::Weekday::from_monday_one_offset(*day).ok()).collect(),
            between: wish.between,
        })
    };
    [line::Entry {
        id: entry.id,
        customer: entry.customer,
        wishes: entry.wishes.iter().filter_map(wish).collect(),
        party: entry.party,
        priority: entry.priority,
        since: entry.created_at,
        passed: past.iter().filter_map(|offer| Span::lasting(offer.start, minutes)).collect(),
        state: line::EntryState::Waiting,
    }]
}
