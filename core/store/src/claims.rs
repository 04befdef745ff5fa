//! What live bookings keep of the resources, buffers included. The database itself refuses an overlap.
//!
//! Invariants: claims go in in resource order, all or none, and zero rows affected means taken; where a resource has
//! several seats, as many fit as its capacity says at every moment, whichever seats the others happen to sit on.

use std::collections::BTreeMap;

use domain::{BookingId, ResourceId, Span, booking::Booking};
use uuid::Uuid;

use crate::{
    StoreError, TenantTx, codec,
    engine::{Engine, on},
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

/// Whether placing it does more than take one place of a resource that has only one.
pub(crate) async fn takes_several(tx: &mut TenantTx, booking: &Booking) -> Result<bool, StoreError> {
    let claims = || booking.items.iter().flat_map(|item| &item.claims);
    if claims().map(|claim| claim.blocked.len()).sum::<usize>() > 1 {
        return Ok(true);
    }
    // With several seats, others may have to change theirs.
    let capacities = capacities(tx).await?;
    Ok(claims().any(|claim| capacities.get(&claim.resource).is_some_and(|capacity| *capacity > 1)))
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

/// Takes everything `booking` claims, or nothing: false when any of it is taken.
pub(crate) async fn take(tx: &mut TenantTx, booking: &Booking) -> Result<bool, StoreError> {
    Ok(take_all(tx, std::slice::from_ref(booking)).await?.is_none())
}

/// Takes everything all of them claim, or nothing: then the id of one that cannot have it.
pub(crate) async fn take_all(tx: &mut TenantTx, bookings: &[Booking]) -> Result<Option<BookingId>, StoreError> {
    let claims = bookings.iter().flat_map(|booking| {
        let claims = booking.items.iter().flat_map(|item| &item.claims);
        claims.flat_map(|claim| claim.blocked.iter().map(|span| (claim.resource, *span, claim.units, booking.id)))
    });
    let mut wanted: Vec<(ResourceId, Span, u32, BookingId)> = claims.collect();
    // One order for everybody, or two chains could wait for each other.
    wanted.sort();
    let capacities = capacities(tx).await?;
    on!(tx, |conn| sqlx::query("SAVEPOINT take").execute(conn).await.map(|_done| ())?);
    for (resource, span, units, booking) in wanted {
        let seats = capacities.get(&resource).copied().unwrap_or(0);
        if !take_seats(tx, booking, resource, span, units, seats).await? {
            on!(tx, |conn| sqlx::query("ROLLBACK TO take").execute(conn).await.map(|_done| ())?);
            return Ok(Some(booking));
        }
    }
    Ok(None)
}

/// `units` different seats of 1..=`seats`, each guarded on its own.
async fn take_seats(
    tx: &mut TenantTx,
    booking: BookingId,
    resource: ResourceId,
    span: Span,
    units: u32,
    seats: u32,
) -> Result<bool, StoreError> {
    const SQL: &str = "INSERT INTO claims (tenant_id, booking_id, resource_id, seat, from_us, to_us, live)
        VALUES ($1, $2, $3, $4, $5, $6, TRUE) ON CONFLICT DO NOTHING";
    let tenant = tx.tenant();
    let mut missing = units;
    for seat in 1..=seats {
        if missing == 0 {
            break;
        }
        let taken = on!(tx, |conn| sqlx::query(SQL)
            .bind(tenant.0)
            .bind(booking.0)
            .bind(resource.0)
            .bind(i64::from(seat))
            .bind(codec::us(span.from()))
            .bind(codec::us(span.to()))
            .execute(conn)
            .await?
            .rows_affected());
        missing -= u32::from(taken == 1);
    }
    match missing {
        0 => Ok(true),
        // Nobody else to seat elsewhere.
        _ if seats < 2 => Ok(false),
        _ => reseat(tx, (booking, span, missing), resource, seats).await,
    }
}

/// A stretch on a seat.
type Seated = (Uuid, i64, i64);

/// Seats everybody around `span` anew, with `missing` more of `booking`: in order of their beginnings each takes the
/// first seat that is free, which fits whenever there are never more than `seats` at once. Whoever calls this is alone.
async fn reseat(
    tx: &mut TenantTx,
    (booking, span, missing): (BookingId, Span, u32),
    resource: ResourceId,
    seats: u32,
) -> Result<bool, StoreError> {
    const REMOVE: &str = "DELETE FROM claims WHERE tenant_id = $1 AND resource_id = $2 AND live
        AND from_us >= $3 AND to_us <= $4";
    const INSERT: &str = "INSERT INTO claims (tenant_id, booking_id, resource_id, seat, from_us, to_us, live)
        VALUES ($1, $2, $3, $4, $5, $6, TRUE)";
    let tenant = tx.tenant();
    let (mut everybody, (from, to)) = around(tx, resource, span).await?;
    let own = (booking.0, codec::us(span.from()), codec::us(span.to()));
    everybody.extend(std::iter::repeat_n(own, usize::try_from(missing).unwrap_or(usize::MAX)));
    let Some(seated) = seated(everybody, seats) else { return Ok(false) };
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
fn seated(mut everybody: Vec<Seated>, seats: u32) -> Option<Vec<(i64, Seated)>> {
    everybody.sort_unstable_by_key(|(booking, from, to)| (*from, *to, *booking));
    // When each seat is free again.
    let mut free = vec![i64::MIN; usize::try_from(seats).ok()?];
    let mut seated = Vec::with_capacity(everybody.len());
    for (booking, from, to) in everybody {
        let (seat, until) = (1..).zip(free.iter_mut()).find(|(_, until)| **until <= from)?;
        *until = to;
        seated.push((seat, (booking, from, to)));
    }
    Some(seated)
}

pub(crate) async fn release(tx: &mut TenantTx, booking: BookingId) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE claims SET live = FALSE WHERE tenant_id = $1 AND booking_id = $2 AND live";
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(SQL).bind(tenant.0).bind(booking.0).execute(conn).await.map(|_done| ())?);
    Ok(())
}

pub(crate) async fn remove(tx: &mut TenantTx, booking: BookingId) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM claims WHERE tenant_id = $1 AND booking_id = $2";
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(SQL).bind(tenant.0).bind(booking.0).execute(conn).await.map(|_done| ())?);
    Ok(())
}

/// All that is taken in `window`, of every resource, in one query bounded on both sides.
pub async fn touching(tx: &mut TenantTx, window: Span) -> Result<Vec<Busy>, StoreError> {
    const SQL: &str = "SELECT c.booking_id, c.resource_id, c.from_us, c.to_us FROM resources r
        JOIN claims c ON c.tenant_id = r.tenant_id AND c.resource_id = r.id
        WHERE r.tenant_id = $1 AND c.live AND c.from_us < $3 AND c.from_us > $4 AND c.to_us > $2";
    type Row = (Uuid, Uuid, i64, i64);
    let (from, to) = (codec::us(window.from()), codec::us(window.to()));
    let tenant = tx.tenant();
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL)
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

async fn capacities(tx: &mut TenantTx) -> Result<BTreeMap<ResourceId, u32>, StoreError> {
    const SQL: &str = "SELECT id, capacity FROM resources WHERE tenant_id = $1";
    let tenant = tx.tenant();
    let rows: Vec<(Uuid, i64)> = on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).fetch_all(conn).await?);
    Ok(rows.into_iter().map(|(id, capacity)| (ResourceId(id), codec::count(capacity))).collect())
}
