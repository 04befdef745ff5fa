//! Anything bookable.

use domain::{LocationId, ResourceId, catalog::Resource};
use uuid::Uuid;

use crate::{StoreError, TenantTx, codec, engine::on};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    location_id: Uuid,
    kind: String,
    name: String,
    skills: String,
    capacity: i64,
    active: bool,
    hours: String,
    weight: i64,
    position: i64,
}

impl Row {
    fn resource(self) -> Result<Resource, StoreError> {
        Ok(Resource {
            id: ResourceId(self.id),
            location: LocationId(self.location_id),
            kind: self.kind,
            name: self.name,
            skills: codec::from_json(&self.skills, "skills")?,
            capacity: codec::count(self.capacity),
            active: self.active,
            hours: codec::from_json(&self.hours, "hours")?,
            weight: codec::count(self.weight),
            position: i32::try_from(self.position).unwrap_or(0),
        })
    }
}

pub async fn insert(tx: &mut TenantTx, resource: &Resource) -> Result<(), StoreError> {
    const SQL: &str =
        "INSERT INTO resources (tenant_id, id, location_id, kind, name, skills, capacity, active, hours, weight, position)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(resource.id.0)
        .bind(resource.location.0)
        .bind(&resource.kind)
        .bind(&resource.name)
        .bind(codec::json(&resource.skills))
        .bind(i64::from(resource.capacity))
        .bind(resource.active)
        .bind(codec::json(&resource.hours))
        .bind(i64::from(resource.weight))
        .bind(i64::from(resource.position))
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

pub async fn all(tx: &mut TenantTx) -> Result<Vec<Resource>, StoreError> {
    const SQL: &str = "SELECT id, location_id, kind, name, skills, capacity, active, hours, weight, position
        FROM resources WHERE tenant_id = $1 ORDER BY position, name";
    let tenant = tx.tenant();
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).fetch_all(conn).await?);
    rows.into_iter().map(Row::resource).collect()
}
