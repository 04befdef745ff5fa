//! Work for later: enqueued with its cause, unique by kind and key, leased while it runs.

use domain::{JobId, TenantId, faults::Sabotage};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    PlatformTx, StoreError, TenantTx, codec,
    engine::{Conn, on},
    fair::{self, Queue, Wanted},
    lanes::database_now,
    suspects::{self, SUSPECT},
    ticket::Ticket,
};

/// A job that is ours to run.
#[derive(Debug, Clone)]
pub struct Claimed {
    pub tenant: TenantId,
    pub id: JobId,
    pub kind: String,
    pub payload: serde_json::Value,
    /// This one included.
    pub attempts: u32,
    token: i64,
}

impl From<&Claimed> for Ticket<JobId> {
    fn from(claimed: &Claimed) -> Self {
        Self::claimed(claimed.id, claimed.token)
    }
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

type Row = (Uuid, Uuid, String, String, i64, i64);

/// Jobs due by our clock, taking turns among tenants, leased by the database's.
pub async fn claim(tx: &mut PlatformTx, wanted: &Wanted<'_>) -> Result<Vec<Claimed>, StoreError> {
    const APART: &str = "UPDATE jobs SET lease_until_us = lease_until_us + $3 WHERE tenant_id = $1 AND id = $2";
    let (due, now) = (codec::us(tx.env.now()), database_now(&mut tx.conn).await?);
    let round = fair::round(tx, Queue::Jobs, due, now, wanted).await?;
    if round.tenants.is_empty() {
        return Ok(Vec::new());
    }
    let rows = lease(tx, &round, due, now, wanted).await?;
    for (tenant, id, .., attempts, _) in &rows {
        if *attempts >= SUSPECT {
            suspects::hold_apart(tx, APART, (*tenant, *id), wanted).await?;
        }
    }
    let claimed = |(tenant, id, kind, payload, attempts, token): Row| {
        // A payload that does not decode still runs: the job fails by itself and is set aside, seen.
        let payload = serde_json::from_str(&payload).unwrap_or_default();
        let (tenant, id, attempts) = (TenantId(tenant), JobId(id), codec::count(attempts));
        Claimed { tenant, id, kind, payload, attempts, token }
    };
    Ok(rows.into_iter().map(claimed).collect())
}

async fn lease(
    tx: &mut PlatformTx,
    round: &fair::Round,
    due: i64,
    now: i64,
    wanted: &Wanted<'_>,
) -> Result<Vec<Row>, StoreError> {
    const SQLITE: &str = "UPDATE jobs SET attempts = attempts + 1, lease_token = lease_token + 1,
            lease_until_us = $3
        WHERE (tenant_id, id) IN (
            SELECT tenant_id, id FROM jobs
            WHERE tenant_id = $4 AND state = 'queued' AND run_us <= $1 AND lease_until_us <= $2 AND attempts < $6
            ORDER BY run_us LIMIT +$5)
        RETURNING tenant_id, id, kind, payload, attempts, lease_token";
    // By its place, as in the outbox.
    const POSTGRES: &str = "WITH picked AS (
            SELECT pick.* FROM UNNEST($4::uuid[]) AS t (tenant) CROSS JOIN LATERAL (
                SELECT ctid FROM jobs
                WHERE tenant_id = t.tenant AND state = 'queued' AND run_us <= $1 AND lease_until_us <= $2
                    AND attempts < $7
                ORDER BY run_us LIMIT +$5 FOR UPDATE SKIP LOCKED) AS pick LIMIT +$6)
        UPDATE jobs SET attempts = attempts + 1, lease_token = lease_token + 1, lease_until_us = $3
        FROM picked WHERE jobs.ctid = picked.ctid
        RETURNING tenant_id, id, kind, payload, attempts, lease_token";
    let until = now.saturating_add(wanted.lease_seconds * 1_000_000);
    let below = suspects::below(wanted);
    let mut rows: Vec<Row> = Vec::new();
    match &mut tx.conn {
        Conn::Sqlite(conn) => {
            for tenant in &round.tenants {
                let query = sqlx::query_as(SQLITE).bind(due).bind(now).bind(until).bind(tenant);
                rows.extend::<Vec<Row>>(query.bind(round.share).bind(below).fetch_all(&mut **conn).await?);
            }
        }
        Conn::Postgres(conn) => {
            let query = sqlx::query_as(POSTGRES).bind(due).bind(now).bind(until).bind(&round.tenants);
            rows = query.bind(round.share).bind(i64::from(wanted.most)).bind(below).fetch_all(&mut **conn).await?;
        }
    }
    Ok(rows)
}

/// How a job ended; the reason is for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    Done,
    /// There was nothing to do any more.
    Moot(String),
    /// Set aside until somebody looks at it.
    Dead(String),
}

/// False when somebody else has the job by now, or it had ended.
pub async fn finish(tx: &mut TenantTx, ticket: impl Into<Ticket<JobId>>, ending: &Ending) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE jobs SET state = $4, reason = $5, lease_until_us = 0
        WHERE tenant_id = $1 AND id = $2 AND lease_token = coalesce($3, lease_token) AND state = 'queued'";
    let (tenant, ticket) = (tx.tenant(), ticket.into());
    let (state, reason) = match ending {
        Ending::Done => ("done", None),
        Ending::Moot(reason) => ("done", Some(reason)),
        Ending::Dead(reason) => ("dead", Some(reason)),
    };
    if tx.env.sabotaged(Sabotage::ForgetJobs) {
        return Ok(true);
    }
    let changed = on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(ticket.id.0)
        .bind(ticket.token)
        .bind(state)
        .bind(reason)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(changed == 1)
}

/// Once more at `run_at`. False when somebody else has the job by now.
pub async fn retry(
    tx: &mut TenantTx,
    ticket: impl Into<Ticket<JobId>>,
    run_at: Timestamp,
    reason: &str,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE jobs SET run_us = $4, reason = $5, lease_until_us = 0
        WHERE tenant_id = $1 AND id = $2 AND lease_token = coalesce($3, lease_token) AND state = 'queued'";
    let (tenant, ticket) = (tx.tenant(), ticket.into());
    let changed = on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(ticket.id.0)
        .bind(ticket.token)
        .bind(codec::us(run_at))
        .bind(reason)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(changed == 1)
}

/// A job that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dead {
    pub id: JobId,
    pub kind: String,
    pub key: String,
    pub attempts: u32,
    pub reason: String,
}

/// Jobs given up, the newest first, from before `cursor`.
pub async fn dead(tx: &mut TenantTx, cursor: Option<JobId>, most: u32) -> Result<Vec<Dead>, StoreError> {
    const SQL: &str = "SELECT id, kind, key, attempts, coalesce(reason, '') FROM jobs
        WHERE tenant_id = $1 AND state IN ('dead', 'parked') AND id < $2 ORDER BY id DESC LIMIT +$3";
    let (tenant, before) = (tx.tenant(), cursor.map_or(Uuid::max(), |id| id.0));
    let rows: Vec<(Uuid, String, String, i64, String)> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(before).bind(i64::from(most)).fetch_all(conn).await?);
    let dead =
        |(id, kind, key, attempts, reason)| Dead { id: JobId(id), kind, key, attempts: codec::count(attempts), reason };
    Ok(rows.into_iter().map(dead).collect())
}

/// What it was given to work on.
pub async fn payload(tx: &mut TenantTx, id: JobId) -> Result<Option<serde_json::Value>, StoreError> {
    const SQL: &str = "SELECT payload FROM jobs WHERE tenant_id = $1 AND id = $2";
    let tenant = tx.tenant();
    let row: Option<(String,)> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(id.0).fetch_optional(conn).await?);
    row.map(|(payload,)| codec::from_json(&payload, "job")).transpose()
}

/// Put away for good. False when it was not set aside.
pub async fn discard(tx: &mut TenantTx, id: JobId) -> Result<bool, StoreError> {
    const SQL: &str =
        "UPDATE jobs SET state = 'discarded' WHERE tenant_id = $1 AND id = $2 AND state IN ('dead', 'parked')";
    let tenant = tx.tenant();
    let gone = on!(tx, |conn| sqlx::query(SQL).bind(tenant.0).bind(id.0).execute(conn).await?.rows_affected());
    Ok(gone == 1)
}

/// Queued again, now. False when it was not set aside.
pub async fn revive(tx: &mut TenantTx, id: JobId) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE jobs SET state = 'queued', attempts = 0, run_us = $3, reason = NULL
        WHERE tenant_id = $1 AND id = $2 AND state IN ('dead', 'parked')";
    let (tenant, now) = (tx.tenant(), codec::us(tx.env.now()));
    let changed =
        on!(tx, |conn| sqlx::query(SQL).bind(tenant.0).bind(id.0).bind(now).execute(conn).await?.rows_affected());
    Ok(changed == 1)
}
