//! Dates on which other hours hold than in a usual week.

use domain::{BlockId, LocationId, ResourceId, catalog::HoursException};
use jiff::civil::Date;
use uuid::Uuid;

use crate::{StoreError, TenantTx, codec, engine::on};

pub async fn insert(tx: &mut TenantTx, exception: &HoursException) -> Result<(), StoreError> {
    const SQL: &str =
        "INSERT INTO hours_exceptions (tenant_id, id, location_id, resource_id, first, last, open, reason)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(exception.id.0)
        .bind(exception.location.0)
        .bind(exception.resource.map(|resource| resource.0))
        .bind(exception.first.to_string())
        .bind(exception.last.to_string())
        .bind(codec::json(&exception.open))
        .bind(&exception.reason)
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

/// Exceptions that touch any date of `first..=last`.
pub async fn touching(tx: &mut TenantTx, first: Date, last: Date) -> Result<Vec<HoursException>, StoreError> {
    const SQL: &str = "SELECT id, location_id, resource_id, first, last, open, reason FROM hours_exceptions
        WHERE tenant_id = $1 AND last >= $2 AND first <= $3";
    type Row = (Uuid, Uuid, Option<Uuid>, String, String, String, String);
    let tenant = tx.tenant();
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL)
        .bind(tenant.0)
        .bind(first.to_string())
        .bind(last.to_string())
        .fetch_all(conn)
        .await?);
    let date = |text: &str| text.parse::<Date>().map_err(|_unreadable| StoreError::Corrupt("date"));
    rows.into_iter()
        .map(|(id, location, resource, first, last, open, reason)| {
            Ok(HoursException {
                id: BlockId(id),
                location: LocationId(location),
                resource: resource.map(ResourceId),
                first: date(&first)?,
                last: date(&last)?,
                open: codec::from_json(&open, "opening hours")?,
                reason,
            })
        })
        .collect()
}
