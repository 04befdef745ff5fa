//! One lane per correspondent, one turn in flight in each, on any number of nodes.
//!
//! Invariants: the token only grows; every write of a turn names it ([`guard`], [`finish`]); time is the database's.

use std::collections::BTreeMap;

use domain::{ChannelId, TenantId};
use uuid::Uuid;

use crate::{
    PlatformTx, StoreError, TenantTx,
    engine::{Conn, Engine, on},
    inbox::Arrival,
};

/// A lane that is ours until its time is up or somebody took it over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub tenant: TenantId,
    pub channel: ChannelId,
    pub peer: String,
    pub token: i64,
}

/// Seconds a turn may take before another node may take its lane.
pub const LEASE_SECONDS: i64 = 30;

pub(crate) async fn database_now(conn: &mut Conn) -> Result<i64, StoreError> {
    const SQLITE: &str = "SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER)";
    const POSTGRES: &str = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
    let (now,): (i64,) = match conn {
        Conn::Sqlite(tx) => sqlx::query_as(SQLITE).fetch_one(&mut **tx).await?,
        Conn::Postgres(tx) => sqlx::query_as(POSTGRES).fetch_one(&mut **tx).await?,
    };
    Ok(now)
}

/// Marks the lanes of `arrivals` as having work. A lane that already waits is not put off for more than its first wait.
pub(crate) async fn wake(tx: &mut PlatformTx, arrivals: &[&Arrival]) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO lanes (tenant_id, channel_id, peer, waiting, ready_us) VALUES ($1, $2, $3, TRUE, $4)
        ON CONFLICT (tenant_id, channel_id, peer) DO UPDATE SET waiting = TRUE,
            ready_us = CASE WHEN lanes.waiting AND lanes.ready_us < excluded.ready_us THEN lanes.ready_us ELSE excluded.ready_us END";
    let now = database_now(&mut tx.conn).await?;
    // In key order, so that two batches never wait for each other.
    let mut lanes: BTreeMap<(TenantId, ChannelId, &str), i64> = BTreeMap::new();
    for arrival in arrivals {
        let gather = i64::try_from(arrival.gather.as_micros()).unwrap_or(0);
        let ready = lanes.entry((arrival.tenant, arrival.channel, &arrival.peer)).or_insert(i64::MAX);
        *ready = (*ready).min(now.saturating_add(gather));
    }
    for ((tenant, channel, peer), ready) in lanes {
        on!(tx, |conn| sqlx::query(SQL)
            .bind(tenant.0)
            .bind(channel.0)
            .bind(peer)
            .bind(ready)
            .execute(conn)
            .await
            .map(|_done| ())?);
    }
    Ok(())
}

/// Leases up to `most` lanes that have work, taking turns among tenants so that none waits behind another's pile.
pub async fn claim(tx: &mut PlatformTx, most: u32) -> Result<Vec<Lease>, StoreError> {
    macro_rules! text {
        ($lock:literal) => {
            concat!(
                "UPDATE lanes SET lease_token = lease_token + 1, lease_until_us = $2
                WHERE (tenant_id, channel_id, peer) IN (
                    SELECT tenant_id, channel_id, peer FROM lanes
                    WHERE waiting AND ready_us <= $1 AND lease_until_us <= $1 AND (tenant_id, channel_id, peer) IN (
                        SELECT tenant_id, channel_id, peer FROM (
                            SELECT tenant_id, channel_id, peer,
                                row_number() OVER (PARTITION BY tenant_id ORDER BY ready_us) AS turn, ready_us
                            FROM lanes WHERE waiting AND ready_us <= $1 AND lease_until_us <= $1) AS ranked
                        ORDER BY turn, ready_us LIMIT $3)",
                $lock,
                ") RETURNING tenant_id, channel_id, peer, lease_token"
            )
        };
    }
    const SQLITE: &str = text!("");
    const POSTGRES: &str = text!(" FOR UPDATE SKIP LOCKED");
    type Row = (Uuid, Uuid, String, i64);
    let now = database_now(&mut tx.conn).await?;
    let sql = if tx.conn.engine() == Engine::Sqlite { SQLITE } else { POSTGRES };
    let until = now.saturating_add(LEASE_SECONDS * 1_000_000);
    let rows: Vec<Row> =
        on!(tx, |conn| sqlx::query_as(sql).bind(now).bind(until).bind(i64::from(most)).fetch_all(conn).await?);
    let lease =
        |(tenant, channel, peer, token)| Lease { tenant: TenantId(tenant), channel: ChannelId(channel), peer, token };
    Ok(rows.into_iter().map(lease).collect())
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
    Ok(held == 1)
}

/// Gives the lane back; it stays awake if more arrived meanwhile. False when it was not ours any more.
pub async fn finish(tx: &mut TenantTx, lease: &Lease) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE lanes SET lease_until_us = 0, waiting = EXISTS (
            SELECT 1 FROM inbox WHERE inbox.tenant_id = lanes.tenant_id AND inbox.channel_id = lanes.channel_id
                AND inbox.peer = lanes.peer AND inbox.state = 'new')
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
    Ok(held == 1)
}
