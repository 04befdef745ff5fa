//! Calendars that resources keep elsewhere, and when those say somebody is busy. Nobody is booked across them: this is
//! asked when claims are taken ([`crate::bookings`]), whichever path a booking comes by.

use domain::{
    OutsideCalendarId, ResourceId, Secret, Span, TenantId,
    booking::Booking,
    outside_calendar::{OutsideCalendar, PATIENCE, Reading, Unread},
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{PlatformTx, StoreError, TenantTx, codec, crypto::Keys, engine::on};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    resource_id: Uuid,
    name: String,
    address: Vec<u8>,
    read_us: Option<i64>,
    unread: Option<String>,
    skipped: i64,
}

impl Row {
    fn calendar(self, keys: &Keys, tenant: TenantId) -> Result<OutsideCalendar, StoreError> {
        let id = OutsideCalendarId(self.id);
        let plain = keys.open(tenant, &place(id), "address of a calendar", &self.address)?;
        let address = String::from_utf8(plain).map_err(|_unreadable| StoreError::Corrupt("address of a calendar"))?;
        let unread = |why: String| Unread::parse(&why).ok_or(StoreError::Corrupt("why a calendar is unread"));
        Ok(OutsideCalendar {
            id,
            resource: ResourceId(self.resource_id),
            name: self.name,
            address: Secret::new(address),
            read_at: self.read_us.map(codec::at).transpose()?,
            unread: self.unread.map(unread).transpose()?,
            skipped: codec::count(self.skipped),
        })
    }
}

fn place(id: OutsideCalendarId) -> String {
    format!("outside_calendars|address|{id}")
}

/// Kept, and due to be read at once.
pub async fn insert(tx: &mut TenantTx, calendar: &OutsideCalendar) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO outside_calendars (tenant_id, id, resource_id, name, address, next_us)
        VALUES ($1, $2, $3, $4, $5, $6)";
    let tenant = tx.tenant();
    let sealed = tx.keys.seal(&tx.env, tenant, &place(calendar.id), calendar.address.reveal().as_bytes());
    let now = codec::us(tx.env.now());
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(calendar.id.0)
        .bind(calendar.resource.0)
        .bind(&calendar.name)
        .bind(&sealed)
        .bind(now)
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

/// All of the tenant, in the order they were connected.
pub async fn all(tx: &mut TenantTx) -> Result<Vec<OutsideCalendar>, StoreError> {
    const SQL: &str = "SELECT id, resource_id, name, address, read_us, unread, skipped FROM outside_calendars
        WHERE tenant_id = $1 ORDER BY id";
    let tenant = tx.tenant();
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).fetch_all(conn).await?);
    rows.into_iter().map(|row| row.calendar(&tx.keys, tenant)).collect()
}

pub async fn find(tx: &mut TenantTx, id: OutsideCalendarId) -> Result<Option<OutsideCalendar>, StoreError> {
    const SQL: &str = "SELECT id, resource_id, name, address, read_us, unread, skipped FROM outside_calendars
        WHERE tenant_id = $1 AND id = $2";
    let tenant = tx.tenant();
    let row: Option<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(id.0).fetch_optional(conn).await?);
    row.map(|row| row.calendar(&tx.keys, tenant)).transpose()
}

/// With everything it said. False when it was not there.
pub async fn remove(tx: &mut TenantTx, id: OutsideCalendarId) -> Result<bool, StoreError> {
    const SQL: &str = "DELETE FROM outside_calendars WHERE tenant_id = $1 AND id = $2";
    let tenant = tx.tenant();
    let gone = on!(tx, |conn| sqlx::query(SQL).bind(tenant.0).bind(id.0).execute(conn).await?.rows_affected());
    Ok(gone == 1)
}

/// Calendars whose turn it is, put off until `next`: whoever gets one here reads it, and nobody else meanwhile.
pub async fn due(
    tx: &mut PlatformTx,
    most: u32,
    next: Timestamp,
) -> Result<Vec<(TenantId, OutsideCalendarId)>, StoreError> {
    const SQL: &str = "UPDATE outside_calendars SET next_us = $2
        WHERE next_us <= $1 AND (tenant_id, id) IN (
          SELECT tenant_id, id FROM outside_calendars WHERE next_us <= $1 ORDER BY next_us LIMIT +$3)
        RETURNING tenant_id, id";
    let now = codec::us(tx.env.now());
    let rows: Vec<(Uuid, Uuid)> = on!(tx, |conn| sqlx::query_as(SQL)
        .bind(now)
        .bind(codec::us(next))
        .bind(i64::from(most))
        .fetch_all(conn)
        .await?);
    Ok(rows.into_iter().map(|(tenant, id)| (TenantId(tenant), OutsideCalendarId(id))).collect())
}

/// Keeps what was read over what was known; the stretches that are free now. `None` when it was disconnected meanwhile.
pub async fn keep(
    tx: &mut TenantTx,
    calendar: &OutsideCalendar,
    reading: &Reading,
) -> Result<Option<Vec<Span>>, StoreError> {
    const READ: &str = "UPDATE outside_calendars SET read_us = $3, unread = NULL, for_good = FALSE, skipped = $4
        WHERE tenant_id = $1 AND id = $2";
    const KNOWN: &str = "SELECT from_us, to_us FROM outside_busy WHERE tenant_id = $1 AND calendar_id = $2";
    const FORGET: &str =
        "DELETE FROM outside_busy WHERE tenant_id = $1 AND calendar_id = $2 AND from_us = $3 AND to_us = $4";
    const KEEP: &str = "INSERT INTO outside_busy (tenant_id, calendar_id, resource_id, from_us, to_us)
        VALUES ($1, $2, $3, $4, $5)";
    let (tenant, now) = (tx.tenant(), codec::us(tx.env.now()));
    let read = on!(tx, |conn| sqlx::query(READ)
        .bind(tenant.0)
        .bind(calendar.id.0)
        .bind(now)
        .bind(i64::from(reading.skipped))
        .execute(conn)
        .await?
        .rows_affected());
    if read == 0 {
        return Ok(None);
    }
    let known: Vec<(i64, i64)> =
        on!(tx, |conn| sqlx::query_as(KNOWN).bind(tenant.0).bind(calendar.id.0).fetch_all(conn).await?);
    let said: Vec<(i64, i64)> =
        reading.busy.iter().map(|span| (codec::us(span.from()), codec::us(span.to()))).collect();
    let (before, after) = (known.iter().collect::<std::collections::BTreeSet<_>>(), said.iter().collect());
    for (from, to) in before.difference(&after) {
        on!(tx, |conn| sqlx::query(FORGET)
            .bind(tenant.0)
            .bind(calendar.id.0)
            .bind(from)
            .bind(to)
            .execute(conn)
            .await
            .map(|_done| ())?);
    }
    for (from, to) in after.difference(&before) {
        on!(tx, |conn| sqlx::query(KEEP)
            .bind(tenant.0)
            .bind(calendar.id.0)
            .bind(calendar.resource.0)
            .bind(from)
            .bind(to)
            .execute(conn)
            .await
            .map(|_done| ())?);
    }
    before.difference(&after).map(|(from, to)| codec::span(*from, *to)).collect::<Result<_, _>>().map(Some)
}

/// Notes why it was not read. What was read before stays, for as long as it is believed.
pub async fn miss(tx: &mut TenantTx, id: OutsideCalendarId, why: Unread) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE outside_calendars SET unread = $3, for_good = $4 WHERE tenant_id = $1 AND id = $2";
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(id.0)
        .bind(why.as_str())
        .bind(why.for_good())
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

/// When who is busy elsewhere, and of whom that is not known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Elsewhere {
    pub busy: Vec<(ResourceId, Span)>,
    pub unread: Vec<ResourceId>,
}

/// Both in one question, as it is asked with every availability: a calendar that is not believed stands as an empty
/// stretch.
pub(crate) const TOUCHING: &str = "SELECT resource_id, from_us, to_us FROM outside_busy
    WHERE tenant_id = $1 AND to_us > $2 AND from_us < $3
    UNION ALL SELECT resource_id, 0, 0 FROM outside_calendars
    WHERE tenant_id = $1 AND (read_us IS NULL OR for_good OR read_us < $4)";

pub async fn touching(tx: &mut TenantTx, window: Span) -> Result<Elsewhere, StoreError> {
    let (tenant, believed) = (tx.tenant(), believed_since(tx));
    let rows: Vec<(Uuid, i64, i64)> = on!(tx, |conn| sqlx::query_as(TOUCHING)
        .bind(tenant.0)
        .bind(codec::us(window.from()))
        .bind(codec::us(window.to()))
        .bind(believed)
        .fetch_all(conn)
        .await?);
    let mut elsewhere = Elsewhere::default();
    for (resource, from, to) in rows {
        if from == to {
            elsewhere.unread.push(ResourceId(resource));
        } else {
            elsewhere.busy.push((ResourceId(resource), codec::span(from, to)?));
        }
    }
    Ok(elsewhere)
}

impl Elsewhere {
    fn against(&self, resource: ResourceId, span: Span) -> bool {
        self.unread.contains(&resource) || self.busy.iter().any(|(who, busy)| *who == resource && busy.overlaps(span))
    }
}

/// The first of `claims` that something elsewhere stands against, or may: one question for all of them. What is over is
/// nobody's concern.
pub(crate) async fn in_the_way<T: Copy>(
    tx: &mut TenantTx,
    mut claims: Vec<(ResourceId, Span, T)>,
) -> Result<Option<T>, StoreError> {
    let now = tx.env.now();
    claims.retain(|(_, span, _)| span.to() > now);
    let from = claims.iter().map(|(_, span, _)| span.from()).min();
    let to = claims.iter().map(|(_, span, _)| span.to()).max();
    let Some(window) = from.zip(to).and_then(|(from, to)| Span::new(from, to)) else { return Ok(None) };
    let elsewhere = touching(tx, window).await?;
    Ok(claims.into_iter().find(|(resource, span, _)| elsewhere.against(*resource, *span)).map(|(.., what)| what))
}

/// Whether anything elsewhere stands against what `booking` has already.
pub async fn in_the_way_of(tx: &mut TenantTx, booking: &Booking) -> Result<bool, StoreError> {
    let claims = booking.items.iter().flat_map(|item| &item.claims);
    let spans = claims.flat_map(|claim| claim.blocked.iter().map(|span| (claim.resource, *span, ()))).collect();
    Ok(in_the_way(tx, spans).await?.is_some())
}

/// Readings older than this are not believed.
fn believed_since(tx: &TenantTx) -> i64 {
    codec::us(tx.env.now().checked_sub(PATIENCE).unwrap_or(Timestamp::MIN))
}
