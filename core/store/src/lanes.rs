//! One lane per correspondent, one turn in flight in each, on any number of nodes.
//!
//! Invariants: the token only grows; every write of a turn names it ([`guard`], [`finish`]); time is the database's;
//! what keeps killing its turn is tried apart from other lanes (`suspects`), then apart from the rest of its own, and then
//! set aside, so that the rest flows.

use domain::{ChannelId, TenantId, faults::Sabotage};
use uuid::Uuid;

use crate::{
    PlatformTx, StoreError, TenantTx, codec,
    engine::{Conn, Engine, on},
    fair::{self, Queue, Wanted},
    suspects::{self, SUSPECT},
};

/// A lane that is ours until its time is up or somebody took it over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub tenant: TenantId,
    pub channel: ChannelId,
    pub peer: String,
    pub token: i64,
    /// Claims since the lane was last finished, this one included.
    pub attempts: u32,
}

/// After so many failed turns the lane's events come one by one.
pub(crate) const TOGETHER: u32 = 5;
/// After so many, the event at the head is set aside as dead.
const TRIES: u32 = 12;

/// SQLite's time in microseconds, as SQL.
macro_rules! sqlite_now {
    () => {
        "CAST(unixepoch('subsec') * 1000000 AS INTEGER)"
    };
}
pub(crate) use sqlite_now;

/// What leases are measured by. In a transaction that writes, SQLite's is the time since which it is alone.
pub(crate) async fn database_now(conn: &mut Conn) -> Result<i64, StoreError> {
    const SQLITE: &str = concat!("SELECT ", sqlite_now!());
    const POSTGRES: &str = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
    let (now,): (i64,) = match conn {
        Conn::Sqlite(held) => match held.begun_us() {
            Some(begun) => return Ok(begun),
            None => sqlx::query_as(SQLITE).fetch_one(&mut **held).await?,
        },
        Conn::Postgres(tx) => sqlx::query_as(POSTGRES).fetch_one(&mut **tx).await?,
    };
    Ok(now)
}

type Row = (Uuid, Uuid, String, i64, i64);

/// Leases lanes that have work, taking turns among tenants so that none waits behind another's pile.
pub async fn claim(tx: &mut PlatformTx, wanted: &Wanted<'_>) -> Result<Vec<Lease>, StoreError> {
    let now = database_now(&mut tx.conn).await?;
    let round = fair::round(tx, Queue::Lanes, now, now, wanted).await?;
    if round.tenants.is_empty() {
        return Ok(Vec::new());
    }
    let mut leases = Vec::new();
    for (tenant, channel, peer, token, attempts) in lease(tx, &round, now, wanted).await? {
        let attempts = codec::count(attempts);
        let lease = Lease { tenant: TenantId(tenant), channel: ChannelId(channel), peer, token, attempts };
        if i64::from(attempts) >= SUSPECT {
            hold_apart(tx, &lease, wanted).await?;
        }
        if attempts > TRIES {
            set_head_aside(tx, &lease).await?;
        }
        leases.push(lease);
    }
    Ok(leases)
}

async fn lease(
    tx: &mut PlatformTx,
    round: &fair::Round,
    now: i64,
    wanted: &Wanted<'_>,
) -> Result<Vec<Row>, StoreError> {
    const SQLITE: &str = "UPDATE lanes SET lease_token = lease_token + 1, attempts = attempts + 1,
            lease_until_us = $2
        WHERE (tenant_id, channel_id, peer) IN (
            SELECT tenant_id, channel_id, peer FROM lanes
            WHERE tenant_id = $3 AND waiting AND ready_us <= $1 AND lease_until_us <= $1 AND attempts < $5
            ORDER BY ready_us LIMIT +$4)
        RETURNING tenant_id, channel_id, peer, lease_token, attempts";
    // By its place, as in the outbox.
    const POSTGRES: &str = "WITH picked AS (
            SELECT pick.* FROM UNNEST($3::uuid[]) AS t (tenant) CROSS JOIN LATERAL (
                SELECT ctid FROM lanes
                WHERE tenant_id = t.tenant AND waiting AND ready_us <= $1 AND lease_until_us <= $1 AND attempts < $6
                ORDER BY ready_us LIMIT +$4 FOR UPDATE SKIP LOCKED) AS pick LIMIT +$5)
        UPDATE lanes SET lease_token = lease_token + 1, attempts = attempts + 1, lease_until_us = $2
        FROM picked WHERE lanes.ctid = picked.ctid RETURNING tenant_id, channel_id, peer, lease_token, attempts";
    let stalled = if tx.env.sabotaged(Sabotage::Stall) { 3_600 } else { 0 };
    let until = now.saturating_add((wanted.lease_seconds + stalled) * 1_000_000);
    let below = suspects::below(wanted);
    let mut rows: Vec<Row> = Vec::new();
    match &mut tx.conn {
        Conn::Sqlite(conn) => {
            for tenant in &round.tenants {
                let query = sqlx::query_as(SQLITE).bind(now).bind(until).bind(tenant);
                rows.extend(query.bind(round.share).bind(below).fetch_all(&mut **conn).await?);
            }
        }
        Conn::Postgres(conn) => {
            let query = sqlx::query_as(POSTGRES).bind(now).bind(until).bind(&round.tenants);
            rows = query.bind(round.share).bind(i64::from(wanted.most)).bind(below).fetch_all(&mut **conn).await?;
        }
    }
    Ok(rows)
}

async fn hold_apart(tx: &mut PlatformTx, lease: &Lease, wanted: &Wanted<'_>) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE lanes SET lease_until_us = lease_until_us + $4
        WHERE tenant_id = $1 AND channel_id = $2 AND peer = $3";
    let longer = suspects::apart(&tx.env, wanted);
    on!(tx, |conn| sqlx::query(SQL)
        .bind(lease.tenant.0)
        .bind(lease.channel.0)
        .bind(&lease.peer)
        .bind(longer)
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

/// Committed with the claim: a turn that dies cannot take this back.
async fn set_head_aside(tx: &mut PlatformTx, lease: &Lease) -> Result<(), StoreError> {
    const DEAD: &str = "UPDATE inbox SET state = 'dead', attempts = $4 WHERE tenant_id = $1 AND seq = (
        SELECT min(seq) FROM inbox WHERE tenant_id = $1 AND channel_id = $2 AND peer = $3 AND state = 'new')";
    const LANE: &str =
        "UPDATE lanes SET attempts = $4 WHERE tenant_id = $1 AND channel_id = $2 AND peer = $3 AND attempts > $4";
    for (sql, number) in [(DEAD, lease.attempts), (LANE, TOGETHER)] {
        on!(tx, |conn| sqlx::query(sql)
            .bind(lease.tenant.0)
            .bind(lease.channel.0)
            .bind(&lease.peer)
            .bind(i64::from(number))
            .execute(conn)
            .await
            .map(|_done| ())?);
    }
    tracing::error!(tenant = %lease.tenant, channel = %lease.channel, "an event kept failing and was set aside");
    Ok(())
}

/// False when somebody else has the lane by now: the caller must drop everything it was about to write.
pub async fn guard(tx: &mut TenantTx, lease: &Lease) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE lanes SET lease_token = lease_token
        WHERE tenant_id = $1 AND channel_id = $2 AND peer = $3 AND lease_token = $4";
    let tenant = tx.tenant();
    let held = on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(lease.channel.0)
        .bind(&lease.peer)
        .bind(lease.token)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(held == 1 || tx.env.sabotaged(Sabotage::IgnoreLease))
}

/// The turn failed for a reason that is not in its arrivals: it does not count against them.
pub async fn excuse(tx: &mut TenantTx, lease: &Lease) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE lanes SET attempts = attempts - 1
        WHERE tenant_id = $1 AND channel_id = $2 AND peer = $3 AND lease_token = $4 AND attempts > 0";
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(lease.channel.0)
        .bind(&lease.peer)
        .bind(lease.token)
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

/// Gives the lane back; it stays awake if more arrived meanwhile. False when it was not ours any more.
pub async fn finish(tx: &mut TenantTx, lease: &Lease) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE lanes SET lease_until_us = 0, attempts = 0, waiting = EXISTS (
            SELECT 1 FROM inbox WHERE inbox.tenant_id = lanes.tenant_id AND inbox.channel_id = lanes.channel_id
                AND inbox.peer = lanes.peer AND inbox.state = 'new')
        WHERE tenant_id = $1 AND channel_id = $2 AND peer = $3 AND lease_token = $4";
    // The row lock first: a statement that waited for an arrival's lock would still not see that arrival. On SQLite nobody
    // waits within a transaction.
    if tx.conn.engine() == Engine::Postgres && !guard(tx, lease).await? {
        return Ok(false);
    }
    let tenant = tx.tenant();
    let held = on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(lease.channel.0)
        .bind(&lease.peer)
        .bind(lease.token)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(held == 1 || tx.env.sabotaged(Sabotage::IgnoreLease))
}
