//! Outlets of a tenant and their weekly hours.

use domain::{LocationId, catalog::WeeklyHours, tenant::Location};
use jiff::tz::TimeZone;
use uuid::Uuid;

use crate::{StoreError, TenantTx, codec, engine::on};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    name: String,
    address: String,
    zone: String,
    country: String,
    hours: String,
}

impl Row {
    fn location(self) -> Result<(Location, WeeklyHours), StoreError> {
        let zone = TimeZone::get(&self.zone).map_err(|_unknown| StoreError::Corrupt("time zone"))?;
        let location =
            Location { id: LocationId(self.id), name: self.name, address: self.address, zone, country: self.country };
        Ok((location, codec::from_json(&self.hours, "hours")?))
    }
}

pub async fn insert(tx: &mut TenantTx, location: &Location, hours: &WeeklyHours) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO locations (tenant_id, id, name, address, zone, country, hours)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(location.id.0)
        .bind(&location.name)
        .bind(&location.address)
        .bind(location.zone.iana_name().unwrap_or("UTC"))
        .bind(&location.country)
        .bind(codec::json(hours))
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

/// All outlets, the oldest first: the first is the main one.
pub async fn all(tx: &mut TenantTx) -> Result<Vec<(Location, WeeklyHours)>, StoreError> {
    const SQL: &str = "SELECT id, name, address, zone, country, hours FROM locations WHERE tenant_id = $1 ORDER BY id";
    let tenant = tx.tenant();
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).fetch_all(conn).await?);
    rows.into_iter().map(Row::location).collect()
}

/// The zone's rules by which the location's bookings were last reckoned; empty before the first time.
pub async fn zone_rules(tx: &mut TenantTx, id: LocationId) -> Result<String, StoreError> {
    const SQL: &str = "SELECT zone_rules FROM locations WHERE tenant_id = $1 AND id = $2";
    let tenant = tx.tenant();
    let row: Option<(String,)> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(id.0).fetch_optional(conn).await?);
    Ok(row.map(|(rules,)| rules).unwrap_or_default())
}

pub async fn set_zone_rules(tx: &mut TenantTx, id: LocationId, rules: &str) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE locations SET zone_rules = $3 WHERE tenant_id = $1 AND id = $2";
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(SQL).bind(tenant.0).bind(id.0).bind(rules).execute(conn).await.map(|_done| ())?);
    Ok(())
}
