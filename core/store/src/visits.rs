//! Visits as limits and fair shares count them: what was, beside what still takes a slot.

use domain::{BookingId, CustomerId, ResourceId, Span};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{StoreError, TenantTx, claims::Busy, codec, engine::on};

/// What one resource was given in a day: its last beginning, and how many minutes in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Given {
    pub resource: ResourceId,
    pub last: Timestamp,
    pub minutes: u32,
}

/// A customer's visits that begin in `window`: done, agreed on, or held at this moment.
pub async fn of_customer(
    tx: &mut TenantTx,
    customer: CustomerId,
    window: Span,
) -> Result<Vec<(BookingId, Span)>, StoreError> {
    const SQL: &str = "SELECT id, from_us, to_us FROM bookings
        WHERE tenant_id = $1 AND customer_id = $2 AND from_us >= $3 AND from_us < $4
        AND (state IN ('pending_approval', 'confirmed', 'arrived', 'completed')
            OR state = 'held' AND hold_until_us > $5)";
    let (tenant, now) = (tx.tenant(), codec::us(tx.env.now()));
    let rows: Vec<(Uuid, i64, i64)> = on!(tx, |conn| sqlx::query_as(SQL)
        .bind(tenant.0)
        .bind(customer.0)
        .bind(codec::us(window.from()))
        .bind(codec::us(window.to()))
        .bind(now)
        .fetch_all(conn)
        .await?);
    rows.into_iter().map(|(id, from, to)| Ok((BookingId(id), codec::span(from, to)?))).collect()
}

/// What completed visits took of the resources from within `window` on.
pub async fn done(tx: &mut TenantTx, window: Span) -> Result<Vec<Busy>, StoreError> {
    const SQL: &str = "SELECT c.booking_id, c.resource_id, c.from_us, c.to_us FROM resources r CROSS JOIN claims c
        WHERE r.tenant_id = $1 AND c.tenant_id = $1 AND c.resource_id = r.id
        AND c.from_us >= $2 AND c.from_us < $3 AND c.served";
    let tenant = tx.tenant();
    let rows: Vec<(Uuid, Uuid, i64, i64)> = on!(tx, |conn| sqlx::query_as(SQL)
        .bind(tenant.0)
        .bind(codec::us(window.from()))
        .bind(codec::us(window.to()))
        .fetch_all(conn)
        .await?);
    let busy = |(booking, resource, from, to)| {
        Ok(Busy { booking: BookingId(booking), resource: ResourceId(resource), span: codec::span(from, to)? })
    };
    rows.into_iter().map(busy).collect()
}

// As in `claims::TOUCHING`, CROSS JOIN takes the tables as they stand. All it reads lies in the index: a busy house has
// thousands of these a fortnight, and they are counted for every answer.
pub(crate) const GIVEN: &str = "SELECT c.resource_id, max(c.from_us),
        CAST(sum((c.to_us - c.from_us) / 60000000) AS BIGINT)
    FROM resources r CROSS JOIN claims c
    WHERE r.tenant_id = $1 AND c.tenant_id = $1 AND c.resource_id = r.id
        AND c.from_us >= $2 AND c.from_us < $3 AND (c.live OR c.served)
    GROUP BY c.resource_id, c.from_us / 86400000000";

/// What each resource was given from within `window` on, by day: visits that took place or still may.
pub async fn given(tx: &mut TenantTx, window: Span) -> Result<Vec<Given>, StoreError> {
    let tenant = tx.tenant();
    let rows: Vec<(Uuid, i64, i64)> = on!(tx, |conn| sqlx::query_as(GIVEN)
        .bind(tenant.0)
        .bind(codec::us(window.from()))
        .bind(codec::us(window.to()))
        .fetch_all(conn)
        .await?);
    let given = |(resource, last, minutes)| {
        Ok(Given { resource: ResourceId(resource), last: codec::at(last)?, minutes: codec::count(minutes) })
    };
    rows.into_iter().map(given).collect()
}
