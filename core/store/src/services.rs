//! What is sold.

use domain::{Currency, Money, ServiceId, catalog::Service};
use uuid::Uuid;

use crate::{StoreError, TenantTx, codec, engine::on};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    key: String,
    name: String,
    synonyms: String,
    active: bool,
    phases: String,
    buffer_before_minutes: i64,
    buffer_after_minutes: i64,
    price_minor: i64,
    needs: String,
    position: i64,
}

impl Row {
    fn service(self, currency: Currency) -> Result<Service, StoreError> {
        Ok(Service {
            id: ServiceId(self.id),
            key: self.key,
            name: self.name,
            synonyms: codec::from_json(&self.synonyms, "synonyms")?,
            active: self.active,
            phases: codec::from_json(&self.phases, "phases")?,
            buffer_before_minutes: codec::count(self.buffer_before_minutes),
            buffer_after_minutes: codec::count(self.buffer_after_minutes),
            price: Money::new(self.price_minor, currency),
            needs: codec::from_json(&self.needs, "needs")?,
            position: i32::try_from(self.position).unwrap_or(0),
        })
    }
}

pub async fn insert(tx: &mut TenantTx, service: &Service) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO services (tenant_id, id, key, name, synonyms, active, phases,
        buffer_before_minutes, buffer_after_minutes, price_minor, needs, position)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(service.id.0)
        .bind(&service.key)
        .bind(&service.name)
        .bind(codec::json(&service.synonyms))
        .bind(service.active)
        .bind(codec::json(&service.phases))
        .bind(i64::from(service.buffer_before_minutes))
        .bind(i64::from(service.buffer_after_minutes))
        .bind(service.price.minor)
        .bind(codec::json(&service.needs))
        .bind(i64::from(service.position))
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

/// `currency` is the tenant's: a price is stored as minor units alone.
pub async fn all(tx: &mut TenantTx, currency: Currency) -> Result<Vec<Service>, StoreError> {
    const SQL: &str = "SELECT id, key, name, synonyms, active, phases, buffer_before_minutes, buffer_after_minutes,
        price_minor, needs, position FROM services WHERE tenant_id = $1 ORDER BY position, name";
    let tenant = tx.tenant();
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).fetch_all(conn).await?);
    rows.into_iter().map(|row| row.service(currency)).collect()
}
