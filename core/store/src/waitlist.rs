//! Who waits for a place, in the order they will be asked, and the slots kept for them.
//!
//! Invariants: an entry has at most one open offer (a unique index says so); every change of an offer names the
//! state it expects; the held booking behind an offer is what keeps the slot, so nothing here can give it twice.

use domain::{
    BookingId, ConversationId, CustomerId, OfferId, Span, WaitlistEntryId,
    waitlist::{Entry, EntryState, Offer, OfferState},
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{StoreError, TenantTx, codec, engine::on};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    customer_id: Uuid,
    conversation_id: Option<Uuid>,
    services: String,
    wishes: String,
    first_us: i64,
    last_us: i64,
    party: i64,
    priority: i64,
    state: String,
    created_us: i64,
}

impl Row {
    fn entry(self) -> Result<Entry, StoreError> {
        Ok(Entry {
            id: WaitlistEntryId(self.id),
            customer: CustomerId(self.customer_id),
            conversation: self.conversation_id.map(ConversationId),
            services: codec::from_json(&self.services, "services of a waitlist entry")?,
            wishes: codec::from_json(&self.wishes, "wishes of a waitlist entry")?,
            around: codec::span(self.first_us, self.last_us)?,
            party: codec::count(self.party),
            priority: i32::try_from(self.priority).unwrap_or_default(),
            state: EntryState::parse(&self.state).ok_or(StoreError::Corrupt("waitlist state"))?,
            created_at: codec::at(self.created_us)?,
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, customer_id, conversation_id, services, wishes, first_us, last_us, party, priority, state, created_us ",
            "FROM waitlist_entries WHERE tenant_id = $1 ",
            $rest
        )
    };
}

/// Puts `entry` at the end of the line of its priority. Without a wish it waits for nothing and is refused.
pub async fn insert(tx: &mut TenantTx, entry: &Entry) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO waitlist_entries (tenant_id, id, customer_id, conversation_id, services, wishes,
        first_us, last_us, party, priority, state, created_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    if entry.wishes.is_empty() {
        return Err(StoreError::Conflict("a waitlist entry needs a wish"));
    }
    let (tenant, around) = (tx.tenant(), entry.around);
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(entry.id.0)
        .bind(entry.customer.0)
        .bind(entry.conversation.map(|id| id.0))
        .bind(codec::json(&entry.services))
        .bind(codec::json(&entry.wishes))
        .bind(codec::us(around.from()))
        .bind(codec::us(around.to()))
        .bind(i64::from(entry.party))
        .bind(i64::from(entry.priority))
        .bind(entry.state.as_str())
        .bind(codec::us(entry.created_at))
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

pub async fn find(tx: &mut TenantTx, id: WaitlistEntryId) -> Result<Option<Entry>, StoreError> {
    const SQL: &str = select!("AND id = $2");
    let tenant = tx.tenant();
    let row: Option<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(id.0).fetch_optional(conn).await?);
    row.map(Row::entry).transpose()
}

/// Entries that still wait for something after `now`, the open offers too, first in line first, at most 500.
pub async fn line(tx: &mut TenantTx, now: Timestamp) -> Result<Vec<Entry>, StoreError> {
    const SQL: &str = select!(
        "AND last_us > $2 AND state IN ('waiting', 'offered') ORDER BY priority DESC, created_us, id LIMIT 500"
    );
    let tenant = tx.tenant();
    let rows: Vec<Row> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(codec::us(now)).fetch_all(conn).await?);
    rows.into_iter().map(Row::entry).collect()
}

/// Entries without an open offer whose wishes touch `span`, first in line first, at most 100.
pub async fn waiting_for(tx: &mut TenantTx, span: Span) -> Result<Vec<Entry>, StoreError> {
    const SQL: &str = select!(
        "AND last_us > $2 AND first_us < $3 AND state = 'waiting' ORDER BY priority DESC, created_us, id LIMIT 100"
    );
    let tenant = tx.tenant();
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL)
        .bind(tenant.0)
        .bind(codec::us(span.from()))
        .bind(codec::us(span.to()))
        .fetch_all(conn)
        .await?);
    rows.into_iter().map(Row::entry).collect()
}

pub async fn of_customer(tx: &mut TenantTx, customer: CustomerId, now: Timestamp) -> Result<Vec<Entry>, StoreError> {
    const SQL: &str = select!(
        "AND customer_id = $2 AND last_us > $3 AND state IN ('waiting', 'offered') ORDER BY created_us LIMIT 20"
    );
    let tenant = tx.tenant();
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL)
        .bind(tenant.0)
        .bind(customer.0)
        .bind(codec::us(now))
        .fetch_all(conn)
        .await?);
    rows.into_iter().map(Row::entry).collect()
}

/// How many stand before `entry` for some of the same time.
pub async fn ahead_of(tx: &mut TenantTx, entry: &Entry) -> Result<u32, StoreError> {
    const SQL: &str = "SELECT count(*) FROM waitlist_entries WHERE tenant_id = $1 AND id <> $2
        AND state IN ('waiting', 'offered') AND first_us < $4 AND last_us > $3
        AND (priority > $5 OR (priority = $5 AND (created_us < $6 OR (created_us = $6 AND id < $2))))";
    let (tenant, around) = (tx.tenant(), entry.around);
    let (number,): (i64,) = on!(tx, |conn| sqlx::query_as(SQL)
        .bind(tenant.0)
        .bind(entry.id.0)
        .bind(codec::us(around.from()))
        .bind(codec::us(around.to()))
        .bind(i64::from(entry.priority))
        .bind(codec::us(entry.created_at))
        .fetch_one(conn)
        .await?);
    Ok(codec::count(number))
}

/// From one state to another; false when it is not in `from` any more.
pub async fn turn_entry(
    tx: &mut TenantTx,
    id: WaitlistEntryId,
    from: EntryState,
    to: EntryState,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE waitlist_entries SET state = $4 WHERE tenant_id = $1 AND id = $2 AND state = $3";
    let tenant = tx.tenant();
    let changed = on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(id.0)
        .bind(from.as_str())
        .bind(to.as_str())
        .execute(conn)
        .await?
        .rows_affected());
    Ok(changed == 1)
}

pub async fn insert_offer(tx: &mut TenantTx, offer: &Offer) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO waitlist_offers (tenant_id, id, entry_id, booking_id, start_us, state, expires_us,
        created_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let (tenant, now) = (tx.tenant(), codec::us(tx.env.now()));
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(offer.id.0)
        .bind(offer.entry.0)
        .bind(offer.booking.0)
        .bind(codec::us(offer.start))
        .bind(offer.state.as_str())
        .bind(codec::us(offer.expires_at))
        .bind(now)
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

type OfferRow = (Uuid, Uuid, Uuid, i64, String, i64);

fn offer((id, entry, booking, start, state, expires): OfferRow) -> Result<Offer, StoreError> {
    Ok(Offer {
        id: OfferId(id),
        entry: WaitlistEntryId(entry),
        booking: BookingId(booking),
        start: codec::at(start)?,
        state: OfferState::parse(&state).ok_or(StoreError::Corrupt("offer state"))?,
        expires_at: codec::at(expires)?,
    })
}

pub async fn find_offer(tx: &mut TenantTx, id: OfferId) -> Result<Option<Offer>, StoreError> {
    const SQL: &str = "SELECT id, entry_id, booking_id, start_us, state, expires_us FROM waitlist_offers
        WHERE tenant_id = $1 AND id = $2";
    let tenant = tx.tenant();
    let row: Option<OfferRow> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(id.0).fetch_optional(conn).await?);
    row.map(offer).transpose()
}

/// The offer that `booking` is held for.
pub async fn offer_of(tx: &mut TenantTx, booking: BookingId) -> Result<Option<Offer>, StoreError> {
    const SQL: &str = "SELECT id, entry_id, booking_id, start_us, state, expires_us FROM waitlist_offers
        WHERE tenant_id = $1 AND booking_id = $2";
    let tenant = tx.tenant();
    let row: Option<OfferRow> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(booking.0).fetch_optional(conn).await?);
    row.map(offer).transpose()
}

/// Every offer an entry ever had, oldest first: what was passed is not offered again.
pub async fn offers_to(tx: &mut TenantTx, entry: WaitlistEntryId) -> Result<Vec<Offer>, StoreError> {
    const SQL: &str = "SELECT id, entry_id, booking_id, start_us, state, expires_us FROM waitlist_offers
        WHERE tenant_id = $1 AND entry_id = $2 ORDER BY created_us, id";
    let tenant = tx.tenant();
    let rows: Vec<OfferRow> = on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(entry.0).fetch_all(conn).await?);
    rows.into_iter().map(offer).collect()
}

/// What is kept for a customer now, the first to end first.
pub async fn open_offers(tx: &mut TenantTx, customer: CustomerId, now: Timestamp) -> Result<Vec<Offer>, StoreError> {
    const SQL: &str = "SELECT o.id, o.entry_id, o.booking_id, o.start_us, o.state, o.expires_us FROM waitlist_entries e
        JOIN waitlist_offers o ON o.tenant_id = e.tenant_id AND o.entry_id = e.id
        WHERE e.tenant_id = $1 AND e.customer_id = $2 AND o.state = 'open' AND o.expires_us > $3 ORDER BY o.expires_us";
    let tenant = tx.tenant();
    let rows: Vec<OfferRow> = on!(tx, |conn| sqlx::query_as(SQL)
        .bind(tenant.0)
        .bind(customer.0)
        .bind(codec::us(now))
        .fetch_all(conn)
        .await?);
    rows.into_iter().map(offer).collect()
}

/// Closes an open offer; false when it is not open any more.
pub async fn close_offer(tx: &mut TenantTx, id: OfferId, to: OfferState) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE waitlist_offers SET state = $3 WHERE tenant_id = $1 AND id = $2 AND state = 'open'";
    let tenant = tx.tenant();
    let changed = on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(id.0)
        .bind(to.as_str())
        .execute(conn)
        .await?
        .rows_affected());
    Ok(changed == 1)
}
