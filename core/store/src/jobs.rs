//! Work for later: enqueued with its cause, unique by kind and key, leased while it runs.

use domain::{JobId, TenantId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    PlatformTx, StoreError, TenantTx, codec,
    engine::{Engine, on},
};

/// A job that is ours to run.
#[derive(Debug, Clone)]
pub struct Claimed {
    pub tenant: TenantId,
    pub id: JobId,
    pub kind: String,
    pub payload: serde_json::Value,
    pub attempts: u32,
}

/// False when a job of this kind and key is already there, whatever became of it.
pub async fn push(
    tx: &mut TenantTx,
    kind: &str,
    key: &str,
    payload: &serde_json::Value,
    run_at: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str =
        "INSERT INTO jobs (tenant_id, id, kind, key, payload, run_us, state) VALUES ($1, $2, $3, $4, $5, $6, 'queued')
        ON CONFLICT DO NOTHING";
    let (tenant, id) = (tx.tenant(), tx.env.id::<JobId>());
    let inserted = on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(id.0)
        .bind(kind)
        .bind(key)
        .bind(payload.to_string())
        .bind(codec::us(run_at))
        .execute(conn)
        .await?
        .rows_affected());
    Ok(inserted == 1)
}

/// Jobs due by our clock, leased for a minute.
pub async fn claim(tx: &mut PlatformTx, most: u32) -> Result<Vec<Claimed>, StoreError> {
    macro_rules! text {
        ($lock:literal) => {
            concat!(
                "UPDATE jobs SET attempts = attempts + 1, lease_until_us = $2 WHERE (tenant_id, id) IN (
                    SELECT tenant_id, id FROM jobs WHERE state = 'queued' AND run_us <= $1 AND lease_until_us <= $3 ORDER BY run_us LIMIT $4",
                $lock,
                ") RETURNING tenant_id, id, kind, payload, attempts"
            )
        };
    }
    const SQLITE: &str = text!("");
    const POSTGRES: &str = text!(" FOR UPDATE SKIP LOCKED");
    type Row = (Uuid, Uuid, String, String, i64);
    let (due, now) = (codec::us(tx.env.now()), crate::lanes::database_now(&mut tx.conn).await?);
    let sql = if tx.conn.engine() == Engine::Sqlite { SQLITE } else { POSTGRES };
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(sql)
        .bind(due)
        .bind(now.saturating_add(60_000_000))
        .bind(now)
        .bind(i64::from(most))
        .fetch_all(conn)
        .await?);
    rows.into_iter()
        .map(|(tenant, id, kind, payload, attempts)| {
            // A payload that does not decode still runs: the job fails by itself and is set aside, seen.
            let payload = serde_json::from_str(&payload).unwrap_or_default();
            Ok(Claimed { tenant: TenantId(tenant), id: JobId(id), kind, payload, attempts: codec::count(attempts) })
        })
        .collect()
}

/// `done`, or `dead` with the reason.
pub async fn finish(tx: &mut TenantTx, id: JobId, dead: Option<&str>) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE jobs SET state = $3, reason = $4, lease_until_us = 0 WHERE tenant_id = $1 AND id = $2";
    let tenant = tx.tenant();
    let state = if dead.is_some() { "dead" } else { "done" };
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(id.0)
        .bind(state)
        .bind(dead)
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}
