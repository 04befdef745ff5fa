//! What modules keep of a customer, each value sealed: only keys that an owner granted ever come here.

use domain::CustomerId;

use crate::{StoreError, TenantTx, codec, engine::on};

/// Most fields of one customer.
pub const MOST: i64 = 64;

fn place(customer: CustomerId, key: &str) -> String {
    format!("customer_field|{customer}|{key}")
}

pub async fn get(tx: &mut TenantTx, customer: CustomerId, key: &str) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT value FROM customer_fields WHERE tenant_id = $1 AND customer_id = $2 AND key = $3";
    let tenant = tx.tenant();
    let row: Option<(Vec<u8>,)> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(customer.0).bind(key).fetch_optional(conn).await?);
    let Some((sealed,)) = row else { return Ok(None) };
    let plain = tx.keys.open(tenant, &place(customer, key), "customer field", &sealed)?;
    Ok(Some(String::from_utf8_lossy(&plain).into_owned()))
}

/// False when the customer has as many fields as one may.
pub async fn set(tx: &mut TenantTx, customer: CustomerId, key: &str, value: &str) -> Result<bool, StoreError> {
    const COUNT: &str = "SELECT count(*) FROM customer_fields WHERE tenant_id = $1 AND customer_id = $2 AND key <> $3";
    const SQL: &str = "INSERT INTO customer_fields (tenant_id, customer_id, key, value, changed_us)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (tenant_id, customer_id, key) DO UPDATE SET value = excluded.value, changed_us = excluded.changed_us";
    let (tenant, now) = (tx.tenant(), codec::us(tx.env.now()));
    let (others,): (i64,) =
        on!(tx, |conn| sqlx::query_as(COUNT).bind(tenant.0).bind(customer.0).bind(key).fetch_one(conn).await?);
    if others >= MOST {
        return Ok(false);
    }
    let sealed = tx.keys.seal(&tx.env, tenant, &place(customer, key), value.as_bytes());
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(customer.0)
        .bind(key)
        .bind(&sealed)
        .bind(now)
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(true)
}
