//! What repeats: the rule and what was agreed; the visits are bookings. Each change of a rule leaves a line of history.

use domain::{CustomerId, LocationId, ResourceId, SeriesId, booking::Actor, series::Series};
use jiff::civil::DateTime;
use uuid::Uuid;

use crate::{StoreError, TenantTx, codec, engine::on};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    location_id: Uuid,
    customer_id: Uuid,
    rule: String,
    first_wall: String,
    services: String,
    resource_id: Option<Uuid>,
    party: i64,
    note: String,
    version: i64,
    created_us: i64,
}

impl Row {
    fn series(self) -> Result<Series, StoreError> {
        Ok(Series {
            id: SeriesId(self.id),
            location: LocationId(self.location_id),
            customer: CustomerId(self.customer_id),
            rule: self.rule,
            first: self.first_wall.parse::<DateTime>().map_err(|_unreadable| StoreError::Corrupt("wall time"))?,
            services: codec::from_json(&self.services, "services of a series")?,
            resource: self.resource_id.map(ResourceId),
            party: codec::count(self.party),
            note: self.note,
            version: self.version,
            created_at: codec::at(self.created_us)?,
        })
    }
}

pub async fn insert(tx: &mut TenantTx, series: &Series, by: Actor) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO series (tenant_id, id, location_id, customer_id, rule, first_wall, services,
        resource_id, party, note, version, created_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(series.id.0)
        .bind(series.location.0)
        .bind(series.customer.0)
        .bind(&series.rule)
        .bind(series.first.to_string())
        .bind(codec::json(&series.services))
        .bind(series.resource.map(|resource| resource.0))
        .bind(i64::from(series.party))
        .bind(&series.note)
        .bind(series.version)
        .bind(codec::us(series.created_at))
        .execute(conn)
        .await
        .map(|_done| ())?);
    note(tx, series, "create", by).await
}

pub async fn find(tx: &mut TenantTx, id: SeriesId) -> Result<Option<Series>, StoreError> {
    const SQL: &str = "SELECT id, location_id, customer_id, rule, first_wall, services, resource_id, party, note,
        version, created_us FROM series WHERE tenant_id = $1 AND id = $2";
    let tenant = tx.tenant();
    let row: Option<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(id.0).fetch_optional(conn).await?);
    row.map(Row::series).transpose()
}

/// Writes the rule, first visit, services and resource of `series` over those of version `series.version`.
/// False when somebody else changed it meanwhile.
pub async fn replace(tx: &mut TenantTx, series: &Series, action: &str, by: Actor) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE series SET rule = $4, first_wall = $5, services = $6, resource_id = $7,
        version = version + 1 WHERE tenant_id = $1 AND id = $2 AND version = $3";
    let tenant = tx.tenant();
    let changed = on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(series.id.0)
        .bind(series.version)
        .bind(&series.rule)
        .bind(series.first.to_string())
        .bind(codec::json(&series.services))
        .bind(series.resource.map(|resource| resource.0))
        .execute(conn)
        .await?
        .rows_affected());
    if changed == 1 {
        note(tx, &Series { version: series.version + 1, ..series.clone() }, action, by).await?;
    }
    Ok(changed == 1)
}

async fn note(tx: &mut TenantTx, after: &Series, action: &str, by: Actor) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO series_history (tenant_id, series_id, version, at_us, action, actor, rule)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let (tenant, now) = (tx.tenant(), codec::us(tx.env.now()));
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(after.id.0)
        .bind(after.version)
        .bind(now)
        .bind(action)
        .bind(codec::json(&by))
        .bind(&after.rule)
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

/// Actions and rules, oldest first.
pub async fn history(tx: &mut TenantTx, id: SeriesId) -> Result<Vec<(String, String)>, StoreError> {
    const SQL: &str =
        "SELECT action, rule FROM series_history WHERE tenant_id = $1 AND series_id = $2 ORDER BY version";
    let tenant = tx.tenant();
    Ok(on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(id.0).fetch_all(conn).await?))
}
