//! What happened to each booking, one line per version: never changed, never removed.

use domain::{
    BookingId,
    booking::{Actor, Booking, BookingState, Change},
};
use jiff::Timestamp;

use crate::{StoreError, TenantTx, codec, engine::on};

pub(crate) async fn note(tx: &mut TenantTx, after: &Booking, action: &str, by: Actor) -> Result<(), StoreError> {
    const SQL: &str =
        "INSERT INTO booking_history (tenant_id, booking_id, version, at_us, action, actor, state, from_us)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let (tenant, now) = (tx.tenant(), codec::us(tx.env.now()));
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(after.id.0)
        .bind(after.version)
        .bind(now)
        .bind(action)
        .bind(codec::json(&by))
        .bind(after.state.as_str())
        .bind(codec::us(after.span.from()))
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

/// Oldest first.
pub async fn of_booking(tx: &mut TenantTx, id: BookingId) -> Result<Vec<Change>, StoreError> {
    const SQL: &str = "SELECT version, at_us, action, actor, state, from_us FROM booking_history
        WHERE tenant_id = $1 AND booking_id = $2 ORDER BY version";
    type Row = (i64, i64, String, String, String, i64);
    let tenant = tx.tenant();
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(id.0).fetch_all(conn).await?);
    rows.into_iter()
        .map(|(version, at, action, actor, state, start)| {
            Ok(Change {
                version,
                at: codec::at(at)?,
                action,
                by: codec::from_json(&actor, "actor")?,
                state: BookingState::parse(&state).ok_or(StoreError::Corrupt("booking state"))?,
                start: codec::at(start)?,
            })
        })
        .collect()
}

/// When the booking last changed.
pub async fn last_change(tx: &mut TenantTx, id: BookingId) -> Result<Option<Timestamp>, StoreError> {
    const SQL: &str = "SELECT max(at_us) FROM booking_history WHERE tenant_id = $1 AND booking_id = $2";
    let tenant = tx.tenant();
    let (last,): (Option<i64>,) = on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(id.0).fetch_one(conn).await?);
    last.map(codec::at).transpose()
}
