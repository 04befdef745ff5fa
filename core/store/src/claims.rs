//! What live bookings keep of the resources, buffers included. The database itself refuses an overlap.
//!
//! Invariants: claims go in in resource order, all or none, and zero rows affected means taken; where a resource has
//! several seats, as many fit as its capacity says at every moment, whichever seats the others happen to sit on.

use std::collections::BTreeSet;

use domain::{BookingId, ResourceId, Span, booking::Booking, faults::Sabotage};
use uuid::Uuid;

use crate::{
    StoreError, TenantTx, codec,
    engine::{Engine, on},
    outside_calendars,
};

/// A stretch of a resource that is not free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy {
    pub booking: BookingId,
    pub resource: ResourceId,
    pub span: Span,
}

/// The longest claim the schema allows; bounds every window read from below.
const LONGEST_US: i64 = 172_800_000_000;

/// Whether taking all of `wanted` does more than take one place of a resource that has only one: with several seats,
/// others may have to change theirs.
pub(crate) fn takes_several(wanted: &[Wanted]) -> bool {
    wanted.len() > 1 || wanted.iter().any(|claim| claim.seats > 1)
}

/// Keeps changes of claims from waiting for each other in a circle. PostgreSQL lets a writer wait for another's
/// uncommitted claim; one that gives up a place and takes another, or takes several, could then be waited for and wait.
/// So whoever does more than take one place is `alone` among its tenant's writers until it commits, and those who take
/// one place go beside each other. SQLite has one writer anyway.
pub(crate) async fn order(tx: &mut TenantTx, alone: bool) -> Result<(), StoreError> {
    const ALONE: &str = "SELECT pg_advisory_xact_lock(hashtextextended($1, 20))";
    const BESIDE: &str = "SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 20))";
    if tx.conn.engine() == Engine::Sqlite {
        return Ok(());
    }
    let (tenant, sql) = (tx.tenant(), if alone { ALONE } else { BESIDE });
    on!(tx, |conn| sqlx::query(sql).bind(tenant.0.to_string()).execute(conn).await.map(|_done| ())?);
    Ok(())
}

/// A claim that is wanted, and the seats that were free for it when we looked.
pub(crate) struct Wanted {
    booking: BookingId,
    resource: ResourceId,
    span: Span,
    units: usize,
    /// How many the resource has in all.
    seats: usize,
    free: Vec<i64>,
}

/// What `bookings` want and where it was free, or the one that cannot have it. Writes nothing: of many who want the same
/// slot nearly all are told so here, and on SQLite a transaction that wrote nothing ends without touching the disk.
/// What was free may be gone by the time it is taken: [`take`] decides.
pub(crate) async fn look(
    tx: &mut TenantTx,
    bookings: &[&Booking],
) -> Result<Result<Vec<Wanted>, BookingId>, StoreError> {
    let claims = bookings.iter().flat_map(|booking| {
        let claims = booking.items.iter().flat_map(|item| &item.claims);
        claims.flat_map(|claim| claim.blocked.iter().map(|span| (claim.resource, *span, claim.units, booking.id)))
    });
    let mut claims: Vec<(ResourceId, Span, u32, BookingId)> = claims.collect();
    // One order for everybody, or two chains could wait for each other.
    claims.sort();
    let mut wanted = Vec::with_capacity(claims.len());
    for (resource, span, units, booking) in claims {
        let (seats, free) = free_seats(tx, resource, span).await?;
        let units = usize::try_from(units).unwrap_or(usize::MAX);
        let claim = Wanted { booking, resource, span, units, seats, free };
        // No seat may be free all the time, and yet one at every moment.
        if claim.free.len() < units && seating(tx, &claim, units).await?.is_none() {
            return Ok(Err(booking));
        }
        wanted.push(claim);
    }
    let claims = wanted.iter().map(|claim| (claim.resource, claim.span, claim.booking)).collect();
    Ok(outside_calendars::in_the_way(tx, claims).await?.map_or(Ok(wanted), Err))
}

/// Takes everything that is wanted, or nothing: then the id of one that cannot have it.
pub(crate) async fn take(tx: &mut TenantTx, wanted: &[Wanted]) -> Result<Option<BookingId>, StoreError> {
    on!(tx, |conn| sqlx::query("SAVEPOINT take").execute(conn).await.map(|_done| ())?);
    for claim in wanted {
        if !take_seats(tx, claim).await? {
            on!(tx, |conn| sqlx::query("ROLLBACK TO take").execute(conn).await.map(|_done| ())?);
            return Ok(Some(claim.booking));
        }
    }
    Ok(None)
}

/// Looks and takes in one go, for who has written already.
pub(crate) async fn retake(tx: &mut TenantTx, bookings: &[Booking]) -> Result<Option<BookingId>, StoreError> {
    match look(tx, &bookings.iter().collect::<Vec<_>>()).await? {
        Ok(wanted) => take(tx, &wanted).await,
        Err(taken) => Ok(Some(taken)),
    }
}

/// Different seats, each guarded on its own; one that was lost meanwhile is passed over.
async fn take_seats(tx: &mut TenantTx, wanted: &Wanted) -> Result<bool, StoreError> {
    const SQL: &str = "INSERT INTO claims (tenant_id, booking_id, resource_id, seat, from_us, to_us, live)
        VALUES ($1, $2, $3, $4, $5, $6, TRUE) ON CONFLICT DO NOTHING";
    let tenant = tx.tenant();
    let mut missing = wanted.units;
    for seat in &wanted.free {
        if missing == 0 {
            break;
        }
        let taken = on!(tx, |conn| sqlx::query(SQL)
            .bind(tenant.0)
            .bind(wanted.booking.0)
            .bind(wanted.resource.0)
            .bind(seat)
            .bind(codec::us(wanted.span.from()))
            .bind(codec::us(wanted.span.to()))
            .execute(conn)
            .await?
            .rows_affected());
        missing -= usize::from(taken == 1);
    }
    if missing == 0 { Ok(true) } else { reseat(tx, wanted, missing).await }
}

/// A stretch on a seat.
type Seated = (Uuid, i64, i64);

/// Who sits where when everybody around `wanted` is seated anew with `missing` more of it, and from when to when that
/// reaches; `None` when there would be too many at some moment. In order of their beginnings each takes the first seat
/// that is free, which fits whenever there are never more than the seats at once.
async fn seating(
    tx: &mut TenantTx,
    wanted: &Wanted,
    missing: usize,
) -> Result<Option<(Vec<(i64, Seated)>, (i64, i64))>, StoreError> {
    // Nobody else to seat elsewhere, or more than there is room for.
    if wanted.seats < 2 || missing > wanted.seats {
        return Ok(None);
    }
    let (mut everybody, reach) = around(tx, wanted.resource, wanted.span).await?;
    let own = (wanted.booking.0, codec::us(wanted.span.from()), codec::us(wanted.span.to()));
    everybody.extend(std::iter::repeat_n(own, missing));
    Ok(seated(everybody, wanted.seats).map(|seated| (seated, reach)))
}

/// Seats everybody around anew. Whoever calls this is alone.
async fn reseat(tx: &mut TenantTx, wanted: &Wanted, missing: usize) -> Result<bool, StoreError> {
    const REMOVE: &str = "DELETE FROM claims WHERE tenant_id = $1 AND resource_id = $2 AND live
        AND from_us >= $3 AND to_us <= $4";
    const INSERT: &str = "INSERT INTO claims (tenant_id, booking_id, resource_id, seat, from_us, to_us, live)
        VALUES ($1, $2, $3, $4, $5, $6, TRUE)";
    let Some((seated, (from, to))) = seating(tx, wanted, missing).await? else { return Ok(false) };
    let (tenant, resource) = (tx.tenant(), wanted.resource);
    on!(tx, |conn| sqlx::query(REMOVE)
        .bind(tenant.0)
        .bind(resource.0)
        .bind(from)
        .bind(to)
        .execute(conn)
        .await
        .map(|_done| ())?);
    for (seat, (booking, from, to)) in seated {
        on!(tx, |conn| sqlx::query(INSERT)
            .bind(tenant.0)
            .bind(booking)
            .bind(resource.0)
            .bind(seat)
            .bind(from)
            .bind(to)
            .execute(conn)
            .await
            .map(|_done| ())?);
    }
    Ok(true)
}

/// Everything live that overlaps `span`, or overlaps something that does, and so on; and from when to when that is.
async fn around(tx: &mut TenantTx, resource: ResourceId, span: Span) -> Result<(Vec<Seated>, (i64, i64)), StoreError> {
    const SQL: &str = "SELECT booking_id, from_us, to_us FROM claims
        WHERE tenant_id = $1 AND resource_id = $2 AND live AND from_us < $4 AND from_us > $5 AND to_us > $3";
    let tenant = tx.tenant();
    let (mut from, mut to) = (codec::us(span.from()), codec::us(span.to()));
    loop {
        let rows: Vec<Seated> = on!(tx, |conn| sqlx::query_as(SQL)
            .bind(tenant.0)
            .bind(resource.0)
            .bind(from)
            .bind(to)
            .bind(from.saturating_sub(LONGEST_US))
            .fetch_all(conn)
            .await?);
        let first = rows.iter().map(|row| row.1).fold(from, i64::min);
        let last = rows.iter().map(|row| row.2).fold(to, i64::max);
        if (first, last) == (from, to) {
            return Ok((rows, (from, to)));
        }
        (from, to) = (first, last);
    }
}

/// A seat for everybody, or `None` when there are too many at some moment.
fn seated(mut everybody: Vec<Seated>, seats: usize) -> Option<Vec<(i64, Seated)>> {
    everybody.sort_unstable_by_key(|(booking, from, to)| (*from, *to, *booking));
    // When each seat is free again.
    let mut free = vec![i64::MIN; seats];
    let mut seated = Vec::with_capacity(everybody.len());
    for (booking, from, to) in everybody {
        let (seat, until) = (1..).zip(free.iter_mut()).find(|(_, until)| **until <= from)?;
        *until = to;
        seated.push((seat, (booking, from, to)));
    }
    Some(seated)
}

pub(crate) const FREE_SEATS: &str =
    "SELECT r.capacity, c.seat FROM resources r LEFT JOIN claims c ON c.tenant_id = r.tenant_id
    AND c.resource_id = r.id AND c.live AND c.from_us < $4 AND c.from_us > $5 AND c.to_us > $3
    WHERE r.tenant_id = $1 AND r.id = $2";

/// How many seats `resource` has, and those that nobody keeps at any time of `span`; none for one that is not there.
async fn free_seats(tx: &mut TenantTx, resource: ResourceId, span: Span) -> Result<(usize, Vec<i64>), StoreError> {
    let (from, to) = (codec::us(span.from()), codec::us(span.to()));
    let tenant = tx.tenant();
    let rows: Vec<(i64, Option<i64>)> = on!(tx, |conn| sqlx::query_as(FREE_SEATS)
        .bind(tenant.0)
        .bind(resource.0)
        .bind(from)
        .bind(to)
        .bind(from.saturating_sub(LONGEST_US))
        .fetch_all(conn)
        .await?);
    let seats = rows.first().map_or(0, |(capacity, _)| *capacity);
    let seen = !tx.env.sabotaged(Sabotage::LookAway);
    let taken: BTreeSet<i64> = rows.into_iter().filter_map(|(_, seat)| seat.filter(|_| seen)).collect();
    let free = (1..=seats).filter(|seat| !taken.contains(seat)).collect();
    Ok((usize::try_from(seats).unwrap_or(0), free))
}

/// Whoever comes next may have these places; `served` when the visit took place.
pub(crate) async fn release(tx: &mut TenantTx, booking: BookingId, served: bool) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE claims SET live = FALSE, served = $3 WHERE tenant_id = $1 AND booking_id = $2";
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(SQL).bind(tenant.0).bind(booking.0).bind(served).execute(conn).await.map(|_done| ())?);
    Ok(())
}

pub(crate) async fn remove(tx: &mut TenantTx, booking: BookingId) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM claims WHERE tenant_id = $1 AND booking_id = $2";
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(SQL).bind(tenant.0).bind(booking.0).execute(conn).await.map(|_done| ())?);
    Ok(())
}

// CROSS JOIN keeps SQLite from beginning with all claims the tenant ever had: it takes the tables as they stand.
pub(crate) const TOUCHING: &str = "SELECT c.booking_id, c.resource_id, c.from_us, c.to_us
    FROM resources r CROSS JOIN claims c
    WHERE r.tenant_id = $1 AND c.tenant_id = $1 AND c.resource_id = r.id
        AND c.live AND c.from_us < $3 AND c.from_us > $4 AND c.to_us > $2";

/// All that is taken in `window`, of every resource, in one query bounded on both sides.
pub async fn touching(tx: &mut TenantTx, window: Span) -> Result<Vec<Busy>, StoreError> {
    type Row = (Uuid, Uuid, i64, i64);
    let (from, to) = (codec::us(window.from()), codec::us(window.to()));
    let tenant = tx.tenant();
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(TOUCHING)
        .bind(tenant.0)
        .bind(from)
        .bind(to)
        .bind(from.saturating_sub(LONGEST_US))
        .fetch_all(conn)
        .await?);
    rows.into_iter()
        .map(|(booking, resource, from, to)| {
            Ok(Busy { booking: BookingId(booking), resource: ResourceId(resource), span: codec::span(from, to)? })
        })
        .collect()
}
