//! A batch of arrivals as one statement, and the line on which it goes out.
//!
//! Invariants: rows of the inbox and the lanes they wake are committed together; lanes go in key order, so that two
//! batches never wait for each other in a circle; the same batch written twice leaves what once leaves.

use std::{collections::BTreeMap, sync::OnceLock};

use domain::{ChannelId, TenantId};
use jiff::Timestamp;
use sqlx::{Postgres, pool::PoolConnection};
use uuid::Uuid;

use super::Arrival;
use crate::{
    Engine, Store, StoreError, codec, doorbell,
    engine::{Conn, Pools, stop_when_unsynced},
};

// OR ROLLBACK says that a statement that fails takes the whole batch with it: SQLite then keeps no copy of every page it
// touches, which was a third of its work.
//
// A lane that already waits is not put off for more than its first wait, and its row is only locked; one that is being
// worked on waits for its next burst anew.
macro_rules! sqlite {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            "INSERT OR ROLLBACK INTO inbox (tenant_id, channel_id, provider_id, peer, event, received_us)
                SELECT unhex(value ->> 0), unhex(value ->> 1), value ->> 2, value ->> 3,
                    substr($4, value ->> 4, value ->> 5), $2
                FROM json_each($1) WHERE true ON CONFLICT DO NOTHING;
            INSERT OR ROLLBACK INTO lanes (tenant_id, channel_id, peer, waiting, ready_us)
                SELECT unhex(value ->> 0), unhex(value ->> 1), value ->> 2, TRUE,
                    CAST(unixepoch('subsec') * 1000000 AS INTEGER) + (value ->> 3)
                FROM json_each($3) WHERE true
                ON CONFLICT (tenant_id, channel_id, peer) DO UPDATE SET waiting = TRUE, ready_us = excluded.ready_us
                WHERE NOT (lanes.waiting AND lanes.lease_until_us <= CAST(unixepoch('subsec') * 1000000 AS INTEGER)
                    AND lanes.ready_us < excluded.ready_us)",
            $after
        )
    };
}
const SQLITE: &str = sqlite!("", "");
const SQLITE_ALONE: &str = sqlite!("BEGIN IMMEDIATE; ", "; COMMIT");
const POSTGRES: &str = "WITH clock AS (SELECT (extract(epoch FROM now()) * 1000000)::bigint AS us),
    kept AS (
        INSERT INTO inbox (tenant_id, channel_id, provider_id, peer, event, received_us)
            SELECT tenant_id, channel_id, provider_id, peer, event, $6
            FROM UNNEST($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bytea[])
                AS t (tenant_id, channel_id, provider_id, peer, event) ON CONFLICT DO NOTHING),
    woken AS (
        INSERT INTO lanes (tenant_id, channel_id, peer, waiting, ready_us)
            SELECT tenant_id, channel_id, peer, TRUE, (SELECT us FROM clock) + gather_us
            FROM UNNEST($7::uuid[], $8::uuid[], $9::text[], $10::bigint[])
                AS t (tenant_id, channel_id, peer, gather_us)
            ON CONFLICT (tenant_id, channel_id, peer) DO UPDATE SET waiting = TRUE, ready_us = excluded.ready_us
            WHERE NOT (lanes.waiting AND lanes.lease_until_us <= (SELECT us FROM clock)
                AND lanes.ready_us < excluded.ready_us))
    SELECT pg_notify($11, '') WHERE $12";

/// Arrivals of one batch, each with its event sealed, and the lanes they wake.
pub(super) struct Rows {
    arrivals: Vec<(Arrival, Vec<u8>)>,
    columns: OnceLock<Columns>,
    received_us: i64,
    rings: bool,
}

type Lane<'a> = (TenantId, ChannelId, &'a str);

impl Rows {
    pub(super) fn of(arrivals: Vec<(Arrival, Vec<u8>)>, now: Timestamp, rings: bool) -> Self {
        Self { arrivals, columns: OnceLock::new(), received_us: codec::us(now), rings }
    }

    /// Does beforehand what can be done without the line.
    pub(super) fn prepare(&self, engine: Engine) {
        if engine == Engine::Sqlite {
            self.columns();
        }
    }

    /// Within a transaction that does more.
    pub(super) async fn insert(&self, conn: &mut Conn) -> Result<(), StoreError> {
        match conn {
            Conn::Sqlite(tx) => self.sqlite(SQLITE, tx).await?,
            Conn::Postgres(tx) => self.postgres(tx).await?,
        }
        Ok(())
    }

    /// The lanes these wake, with the shortest wait of each in microseconds.
    fn lanes(&self) -> BTreeMap<Lane<'_>, i64> {
        let mut lanes: BTreeMap<Lane<'_>, i64> = BTreeMap::new();
        for (arrival, _) in &self.arrivals {
            let gather = i64::try_from(arrival.gather.as_micros()).unwrap_or(0);
            let wait = lanes.entry((arrival.tenant, arrival.channel, &arrival.peer)).or_insert(gather);
            *wait = (*wait).min(gather);
        }
        lanes
    }

    fn columns(&self) -> &Columns {
        self.columns.get_or_init(|| self.as_columns())
    }

    fn as_columns(&self) -> Columns {
        // Bytes go beside the text, which is parsed once for each of its columns.
        let mut bytes: Vec<u8> = Vec::new();
        let rows: Vec<_> = self
            .arrivals
            .iter()
            .map(|(arrival, sealed)| {
                let (tenant, channel) = (hex::encode(arrival.tenant.0), hex::encode(arrival.channel.0));
                let first = bytes.len().saturating_add(1);
                bytes.extend_from_slice(sealed);
                (tenant, channel, &arrival.inbound.provider_id, &arrival.peer, first, sealed.len())
            })
            .collect();
        let lanes = self.lanes();
        let lanes = lanes
            .iter()
            .map(|((tenant, channel, peer), wait)| (hex::encode(tenant.0), hex::encode(channel.0), peer, wait));
        let lanes = codec::json(&lanes.collect::<Vec<_>>());
        Columns { arrivals: codec::json(&rows), lanes, bytes }
    }

    async fn sqlite(&self, text: &'static str, conn: &mut sqlx::SqliteConnection) -> sqlx::Result<()> {
        let Columns { arrivals, lanes, bytes } = self.columns();
        let query = sqlx::query(text).bind(arrivals).bind(self.received_us).bind(lanes).bind(bytes);
        query.execute(conn).await.map(|_done| ())
    }

    async fn postgres(&self, conn: &mut sqlx::PgConnection) -> sqlx::Result<()> {
        fn column<'a, R, T>(rows: &'a [R], of: impl Fn(&'a R) -> T) -> Vec<T> {
            rows.iter().map(of).collect()
        }
        let (rows, lanes) = (&self.arrivals, self.lanes());
        let lanes: Vec<_> = lanes.iter().collect();
        sqlx::query(POSTGRES)
            .bind::<Vec<Uuid>>(column(rows, |(arrival, _)| arrival.tenant.0))
            .bind::<Vec<Uuid>>(column(rows, |(arrival, _)| arrival.channel.0))
            .bind::<Vec<&str>>(column(rows, |(arrival, _)| &*arrival.inbound.provider_id))
            .bind::<Vec<&str>>(column(rows, |(arrival, _)| &*arrival.peer))
            .bind::<Vec<&[u8]>>(column(rows, |(_, sealed)| sealed.as_slice()))
            .bind(self.received_us)
            .bind::<Vec<Uuid>>(column(&lanes, |((tenant, _, _), _)| tenant.0))
            .bind::<Vec<Uuid>>(column(&lanes, |((_, channel, _), _)| channel.0))
            .bind::<Vec<&str>>(column(&lanes, |((_, _, peer), _)| *peer))
            .bind::<Vec<i64>>(column(&lanes, |(_, wait)| **wait))
            .bind(doorbell::CHANNEL)
            .bind(self.rings)
            .execute(conn)
            .await?;
        Ok(())
    }
}

/// As SQLite takes them.
struct Columns {
    arrivals: String,
    lanes: String,
    bytes: Vec<u8>,
}

/// Where whole batches go out, each as a transaction of its own that needs no word before or after it. On PostgreSQL a
/// connection is kept for it that works for the platform all its life.
pub(super) struct Line {
    store: Store,
    kept: Option<PoolConnection<Postgres>>,
}

impl Line {
    pub(super) fn new(store: &Store) -> Self {
        Self { store: store.clone(), kept: None }
    }

    pub(super) async fn commit(&mut self, rows: &Rows) -> Result<(), StoreError> {
        match self.store.pools().clone() {
            Pools::Sqlite { writer, .. } => {
                let mut held = writer.hold().await?;
                rows.sqlite(SQLITE_ALONE, &mut held).await.inspect_err(stop_when_unsynced)?;
                held.leave();
                Ok(())
            }
            Pools::Postgres(pool) => {
                let held = self.kept.is_some();
                match self.send(&pool, rows).await {
                    // The server may have gone and come back since the last batch: twice is as good as once.
                    Err(_) if held => self.send(&pool, rows).await,
                    outcome => outcome,
                }
            }
        }
    }

    async fn send(&mut self, pool: &sqlx::PgPool, rows: &Rows) -> Result<(), StoreError> {
        let mut conn = match self.kept.take() {
            Some(conn) => conn,
            None => {
                let mut conn = pool.acquire().await?;
                // Whoever had it before may have gone away with a transaction open: all that is written here, each batch
                // on its own, would be part of that one and go with it.
                sqlx::raw_sql("ROLLBACK; SET app.platform = 'on'").execute(&mut *conn).await?;
                conn
            }
        };
        let outcome = rows.postgres(&mut conn).await;
        if outcome.is_ok() {
            self.kept = Some(conn);
        } else {
            // Never back to the others, who work for one tenant each.
            drop(conn.detach());
        }
        Ok(outcome?)
    }

    pub(super) async fn hang_up(&mut self) {
        if let Some(conn) = self.kept.take() {
            let _closed = conn.close().await;
        }
    }
}
