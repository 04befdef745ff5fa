//! Bookings: placed, moved and changed so that no slot is ever given twice.
//!
//! Invariants: a booking in a blocking state has exactly its claims live; every change names the version it
//! read and leaves a line of history; a hold past its time stands in nobody's way.

use domain::{
    BookingId, ConversationId, CustomerId, LocationId, SeriesId, Span,
    booking::{Actor, Booking, BookingAction, BookingState, Quote},
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    StoreError, TenantTx, booking_history, claims, codec, customers,
    engine::{Engine, on},
};

/// How a change ended.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one per change, on the stack, gone at once")]
pub enum Placed {
    Done(Booking),
    /// Somebody else has the slot.
    Taken,
    /// The booking changed meanwhile, is gone, or does not allow this.
    Refused,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    location_id: Uuid,
    customer_id: Uuid,
    conversation_id: Option<Uuid>,
    series_id: Option<Uuid>,
    state: String,
    from_us: i64,
    to_us: i64,
    wall: String,
    items: String,
    quote: String,
    party: i64,
    note: String,
    source: String,
    hold_until_us: Option<i64>,
    version: i64,
    created_us: i64,
}

impl Row {
    fn booking(self) -> Result<Booking, StoreError> {
        Ok(Booking {
            id: BookingId(self.id),
            location: LocationId(self.location_id),
            customer: CustomerId(self.customer_id),
            conversation: self.conversation_id.map(ConversationId),
            series: self.series_id.map(SeriesId),
            state: BookingState::parse(&self.state).ok_or(StoreError::Corrupt("booking state"))?,
            span: codec::span(self.from_us, self.to_us)?,
            wall: self.wall,
            items: codec::from_json(&self.items, "booking items")?,
            quote: codec::from_json(&self.quote, "quote")?,
            party: codec::count(self.party),
            note: self.note,
            source: codec::from_json(&self.source, "booking source")?,
            hold_until: self.hold_until_us.map(codec::at).transpose()?,
            version: self.version,
            created_at: codec::at(self.created_us)?,
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, location_id, customer_id, conversation_id, series_id, state, from_us, to_us, wall, items, quote, ",
            "party, note, source, hold_until_us, version, created_us FROM bookings WHERE tenant_id = $1 ",
            $rest
        )
    };
}

/// Stores `booking` with its claims, or [`Placed::Taken`].
pub async fn place(tx: &mut TenantTx, booking: &Booking) -> Result<Placed, StoreError> {
    Ok(match place_all(tx, std::slice::from_ref(booking)).await? {
        PlacedAll::Done => Placed::Done(booking.clone()),
        PlacedAll::Taken(_) => Placed::Taken,
        PlacedAll::Refused(_) => Placed::Refused,
    })
}

/// How a change of several bookings at once ended: all of them or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlacedAll {
    Done,
    /// Somebody else has what this one needs.
    Taken(BookingId),
    /// This one changed meanwhile.
    Refused(BookingId),
}

/// Stores all of `bookings` with their claims, or none of them. Those that cannot be had are refused by a look, before
/// anything is written and before anybody is waited for.
pub async fn place_all(tx: &mut TenantTx, bookings: &[Booking]) -> Result<PlacedAll, StoreError> {
    let blocking: Vec<&Booking> = bookings.iter().filter(|booking| booking.state.blocks()).collect();
    let mut looked = claims::look(tx, &blocking).await?;
    // What is in the way may be a hold that has run out.
    if looked.is_err() && !release_expired(tx).await?.is_empty() {
        looked = claims::look(tx, &blocking).await?;
    }
    let wanted = match looked {
        Ok(wanted) => wanted,
        Err(taken) => return Ok(PlacedAll::Taken(taken)),
    };
    claims::order(tx, claims::takes_several(&wanted)).await?;
    on!(tx, |conn| sqlx::query("SAVEPOINT place_all").execute(conn).await.map(|_done| ())?);
    for booking in bookings {
        insert(tx, booking).await?;
        booking_history::note(tx, booking, "place", Actor::from(&booking.source)).await?;
    }
    if let Some(taken) = claims::take(tx, &wanted).await? {
        on!(tx, |conn| sqlx::query("ROLLBACK TO place_all").execute(conn).await.map(|_done| ())?);
        return Ok(PlacedAll::Taken(taken));
    }
    Ok(PlacedAll::Done)
}

/// Moves all of them or none. They may move into each other's old places.
pub async fn replace_all(tx: &mut TenantTx, moved: &[Booking], by: Actor) -> Result<PlacedAll, StoreError> {
    release_expired(tx).await?;
    claims::order(tx, true).await?;
    on!(tx, |conn| sqlx::query("SAVEPOINT replace_all").execute(conn).await.map(|_done| ())?);
    for booking in moved {
        if !rewrite(tx, booking).await? {
            on!(tx, |conn| sqlx::query("ROLLBACK TO replace_all").execute(conn).await.map(|_done| ())?);
            return Ok(PlacedAll::Refused(booking.id));
        }
        claims::remove(tx, booking.id).await?;
        let after = Booking { version: booking.version + 1, ..booking.clone() };
        booking_history::note(tx, &after, BookingAction::Move.as_str(), by).await?;
    }
    if let Some(taken) = claims::retake(tx, moved).await? {
        on!(tx, |conn| sqlx::query("ROLLBACK TO replace_all").execute(conn).await.map(|_done| ())?);
        return Ok(PlacedAll::Taken(taken));
    }
    Ok(PlacedAll::Done)
}

/// Puts `moved` (same id, new times and claims) where the booking of version `moved.version` stood.
pub async fn replace(tx: &mut TenantTx, moved: &Booking, by: Actor) -> Result<Placed, StoreError> {
    release_expired(tx).await?;
    claims::order(tx, true).await?;
    on!(tx, |conn| sqlx::query("SAVEPOINT replace_booking").execute(conn).await.map(|_done| ())?);
    if !rewrite(tx, moved).await? {
        return Ok(Placed::Refused);
    }
    claims::remove(tx, moved.id).await?;
    if claims::retake(tx, std::slice::from_ref(moved)).await?.is_some() {
        on!(tx, |conn| sqlx::query("ROLLBACK TO replace_booking").execute(conn).await.map(|_done| ())?);
        return Ok(Placed::Taken);
    }
    let after = Booking { version: moved.version + 1, ..moved.clone() };
    booking_history::note(tx, &after, BookingAction::Move.as_str(), by).await?;
    Ok(Placed::Done(after))
}

/// Times, items, price and series of `moved` over those of its version; false when that is not the version any more.
async fn rewrite(tx: &mut TenantTx, moved: &Booking) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE bookings SET from_us = $4, to_us = $5, wall = $6, items = $7, quote = $8,
        series_id = $9, version = version + 1
        WHERE tenant_id = $1 AND id = $2 AND version = $3 AND state IN ('held', 'pending_approval', 'confirmed')";
    let tenant = tx.tenant();
    let changed = on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(moved.id.0)
        .bind(moved.version)
        .bind(codec::us(moved.span.from()))
        .bind(codec::us(moved.span.to()))
        .bind(&moved.wall)
        .bind(codec::json(&moved.items))
        .bind(codec::json(&moved.quote))
        .bind(moved.series.map(|series| series.0))
        .execute(conn)
        .await?
        .rows_affected());
    Ok(changed == 1)
}

/// Takes `action` on the booking as `before` showed it. Claims live and die with the state; no-shows are counted
/// where they are marked, so that every path counts the same.
pub async fn act(tx: &mut TenantTx, before: &Booking, action: BookingAction, by: Actor) -> Result<Placed, StoreError> {
    let Ok(state) = before.state.after(action) else { return Ok(Placed::Refused) };
    let placed = turn_to(tx, before, state, action.as_str(), by).await?;
    if matches!(placed, Placed::Done(_)) {
        let missed = |state| i64::from(state == BookingState::NoShow);
        customers::count_no_shows(tx, before.customer, missed(state) - missed(before.state)).await?;
    }
    Ok(placed)
}

async fn turn_to(
    tx: &mut TenantTx,
    before: &Booking,
    state: BookingState,
    action: &str,
    by: Actor,
) -> Result<Placed, StoreError> {
    const SQL: &str = "UPDATE bookings SET state = $4, hold_until_us = NULL, version = version + 1
        WHERE tenant_id = $1 AND id = $2 AND version = $3";
    let tenant = tx.tenant();
    if before.state.blocks() != state.blocks() {
        claims::order(tx, true).await?;
    }
    on!(tx, |conn| sqlx::query("SAVEPOINT act").execute(conn).await.map(|_done| ())?);
    let changed = on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(before.id.0)
        .bind(before.version)
        .bind(state.as_str())
        .execute(conn)
        .await?
        .rows_affected());
    if changed != 1 {
        return Ok(Placed::Refused);
    }
    let after = Booking { state, hold_until: None, version: before.version + 1, ..before.clone() };
    match (before.state.blocks(), state.blocks()) {
        (_, false) => claims::release(tx, before.id, state == BookingState::Completed).await?,
        // An undo brings back a slot that may have been given away meanwhile.
        (false, true) => {
            claims::remove(tx, before.id).await?;
            if claims::retake(tx, std::slice::from_ref(&after)).await?.is_some() {
                on!(tx, |conn| sqlx::query("ROLLBACK TO act").execute(conn).await.map(|_done| ())?);
                return Ok(Placed::Taken);
            }
        }
        (true, true) => {}
    }
    booking_history::note(tx, &after, action, by).await?;
    Ok(Placed::Done(after))
}

pub(crate) const EXPIRED: &str = select!("AND state = 'held' AND hold_until_us <= $2 ORDER BY id");

/// Lets go of every hold whose time has passed, and gives them as they are then. Each leaves its line of history.
pub async fn release_expired(tx: &mut TenantTx) -> Result<Vec<Booking>, StoreError> {
    // Whoever holds such a row is letting go of it already.
    const POSTGRES: &str = select!("AND state = 'held' AND hold_until_us <= $2 ORDER BY id FOR UPDATE SKIP LOCKED");
    let (tenant, now) = (tx.tenant(), codec::us(tx.env.now()));
    let mut rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(EXPIRED).bind(tenant.0).bind(now).fetch_all(conn).await?);
    if !rows.is_empty() && tx.conn.engine() == Engine::Postgres {
        claims::order(tx, true).await?;
        rows = on!(tx, |conn| sqlx::query_as(POSTGRES).bind(tenant.0).bind(now).fetch_all(conn).await?);
    }
    let mut released = Vec::with_capacity(rows.len());
    for row in rows {
        let held = row.booking()?;
        if let Placed::Done(after) = turn_to(tx, &held, BookingState::Cancelled, "expire", Actor::System).await? {
            released.push(after);
        }
    }
    Ok(released)
}

/// What is owed is told anew, with the change that makes it so.
pub async fn set_quote(tx: &mut TenantTx, id: BookingId, quote: &Quote) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE bookings SET quote = $3 WHERE tenant_id = $1 AND id = $2";
    let tenant = tx.tenant();
    let quote = codec::json(quote);
    on!(tx, |conn| sqlx::query(SQL).bind(tenant.0).bind(id.0).bind(&quote).execute(conn).await.map(|_done| ())?);
    Ok(())
}

pub async fn find(tx: &mut TenantTx, id: BookingId) -> Result<Option<Booking>, StoreError> {
    const SQL: &str = select!("AND id = $2");
    let tenant = tx.tenant();
    let row: Option<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(id.0).fetch_optional(conn).await?);
    row.map(Row::booking).transpose()
}

pub(crate) const TOUCHING: &str =
    select!("AND from_us < $3 AND from_us > $4 AND to_us > $2 AND state <> 'cancelled' ORDER BY from_us, id");

/// Bookings that touch `window`, without cancelled ones, in order of time.
pub async fn touching(tx: &mut TenantTx, window: Span) -> Result<Vec<Booking>, StoreError> {
    let (from, to) = (codec::us(window.from()), codec::us(window.to()));
    let tenant = tx.tenant();
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(TOUCHING)
        .bind(tenant.0)
        .bind(from)
        .bind(to)
        .bind(from.saturating_sub(172_800_000_000))
        .fetch_all(conn)
        .await?);
    rows.into_iter().map(Row::booking).collect()
}

/// Requests for a time still to come that wait for a member's yes, soonest first, at most 100.
pub async fn waiting_for_approval(tx: &mut TenantTx) -> Result<Vec<Booking>, StoreError> {
    const SQL: &str = select!("AND state = 'pending_approval' AND from_us > $2 ORDER BY from_us, id LIMIT 100");
    let (tenant, now) = (tx.tenant(), codec::us(tx.env.now()));
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(now).fetch_all(conn).await?);
    rows.into_iter().map(Row::booking).collect()
}

/// A customer's bookings that end after `since`, without cancelled ones, soonest first, at most 50.
pub async fn of_customer(
    tx: &mut TenantTx,
    customer: CustomerId,
    since: Timestamp,
) -> Result<Vec<Booking>, StoreError> {
    const SQL: &str = select!("AND customer_id = $2 AND to_us > $3 AND state <> 'cancelled' ORDER BY from_us LIMIT 50");
    let tenant = tx.tenant();
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL)
        .bind(tenant.0)
        .bind(customer.0)
        .bind(codec::us(since))
        .fetch_all(conn)
        .await?);
    rows.into_iter().map(Row::booking).collect()
}

/// What a customer has open at `now`: still to come and not let go, the holds too.
pub async fn open_of_customer(tx: &mut TenantTx, customer: CustomerId) -> Result<u32, StoreError> {
    const SQL: &str = "SELECT count(*) FROM bookings WHERE tenant_id = $1 AND customer_id = $2 AND from_us > $3
        AND state IN ('held', 'pending_approval', 'confirmed') AND (hold_until_us IS NULL OR hold_until_us > $3)";
    let (tenant, now) = (tx.tenant(), codec::us(tx.env.now()));
    let (number,): (i64,) =
        on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(customer.0).bind(now).fetch_one(conn).await?);
    Ok(codec::count(number))
}

/// Bookings of a series, whatever became of them, in order of time.
pub async fn of_series(tx: &mut TenantTx, series: SeriesId) -> Result<Vec<Booking>, StoreError> {
    const SQL: &str = select!("AND series_id = $2 ORDER BY from_us, id");
    let tenant = tx.tenant();
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(series.0).fetch_all(conn).await?);
    rows.into_iter().map(Row::booking).collect()
}

/// A customer's newest booking that was not cancelled, whenever it is.
pub async fn last_of_customer(tx: &mut TenantTx, customer: CustomerId) -> Result<Option<Booking>, StoreError> {
    const SQL: &str =
        select!("AND customer_id = $2 AND state NOT IN ('cancelled', 'held') ORDER BY from_us DESC LIMIT 1");
    let tenant = tx.tenant();
    let row: Option<Row> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(customer.0).fetch_optional(conn).await?);
    row.map(Row::booking).transpose()
}

/// How many visits a customer completed and when the last one was.
pub async fn visits(tx: &mut TenantTx, customer: CustomerId) -> Result<(u32, Option<Timestamp>), StoreError> {
    const SQL: &str =
        "SELECT count(*), max(from_us) FROM bookings WHERE tenant_id = $1 AND customer_id = $2 AND state = 'completed'";
    let tenant = tx.tenant();
    let (number, last): (i64, Option<i64>) =
        on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(customer.0).fetch_one(conn).await?);
    Ok((codec::count(number), last.map(codec::at).transpose()?))
}

async fn insert(tx: &mut TenantTx, booking: &Booking) -> Result<(), StoreError> {
    const SQL: &str =
        "INSERT INTO bookings (tenant_id, id, location_id, customer_id, conversation_id, series_id, state,
        from_us, to_us, wall, items, quote, party, note, source, hold_until_us, version, created_us)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(booking.id.0)
        .bind(booking.location.0)
        .bind(booking.customer.0)
        .bind(booking.conversation.map(|id| id.0))
        .bind(booking.series.map(|id| id.0))
        .bind(booking.state.as_str())
        .bind(codec::us(booking.span.from()))
        .bind(codec::us(booking.span.to()))
        .bind(&booking.wall)
        .bind(codec::json(&booking.items))
        .bind(codec::json(&booking.quote))
        .bind(i64::from(booking.party))
        .bind(&booking.note)
        .bind(codec::json(&booking.source))
        .bind(booking.hold_until.map(codec::us))
        .bind(booking.version)
        .bind(codec::us(booking.created_at))
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}
