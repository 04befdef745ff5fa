//! `cargo xtask bench ingest`: webhooks accepted a second through the intake, beside the bare grouped insert. All in
//! the same run on the same disk, turn by turn, so that they have the same neighbours on the machine: the bare one has
//! the same rows in the same order, as many to a commit, one statement to a group over one connection, and nobody to
//! answer, no lanes to wake, nothing to seal; on PostgreSQL the intake has two batches under way, which is how it can
//! be the faster one (on SQLite two were slower than one). Once with the inbox's
//! indexes, which is what the ratio of 0.7 is held against, and once with the unique one alone, which shows what finding
//! a lane's arrivals again costs. How long other tenants wait behind a pile is measured by `ingest_pile`.
//!
//! Needs: PostgreSQL.

#![expect(clippy::disallowed_methods, reason = "a measurement reads the machine's clock and spawns what it awaits")]

use std::{
    io::Write,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use domain::{
    ChannelId, Clock, Env, Random, TenantId,
    channel::{Event, Inbound, Sender},
    message::Body,
};
use jiff::Timestamp;
use sqlx::Connection;
use store::{
    Store, StoreConfig,
    intake::{Arrival, BATCH, Delivery, Intake},
};
use uuid::Uuid;

const EACH: usize = 60;
/// Turns of both, whose middle ones count.
const PASSES: usize = 5;
const TO_HOLD: f64 = 0.7;

struct Machine;

impl Clock for Machine {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

impl Random for Machine {
    fn fill(&self, bytes: &mut [u8]) {
        for part in bytes.chunks_mut(16) {
            for (byte, chance) in part.iter_mut().zip(Uuid::now_v7().into_bytes()) {
                *byte = chance;
            }
        }
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut callers = 256;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--callers" => callers = arguments.next().context("--callers needs a number")?.parse()?,
            other => bail!("{other} is not understood; there is --callers N"),
        }
    }
    let folder = tempfile::tempdir()?;
    let file = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
    writeln!(
        std::io::stdout(),
        "{:<9} {:>8} {:>8} {:>11} {:>9} {:>9} {:>10} {:>7} {:>13} {:>7}",
        "engine",
        "callers",
        "a commit",
        "accepted/s",
        "p50 ms",
        "p99 ms",
        "bare/s",
        "ratio",
        "one index/s",
        "ratio"
    )?;
    for engine in ["sqlite", "postgres"] {
        let url = |name: &str| if engine == "sqlite" { Ok(file(name)) } else { pgtest::database() };
        let store = open(&url("ingest.sqlite")?).await?;
        let mut bare = Bare::open(&url("bare.sqlite")?, true).await?;
        let mut once = Bare::open(&url("once.sqlite")?, false).await?;
        let (mut rates, mut bares, mut onces) = (Vec::new(), Vec::new(), Vec::new());
        let (mut to_bare, mut to_once, mut times) = (Vec::new(), Vec::new(), Vec::new());
        for pass in 0..PASSES {
            let (rate, mut waits) = accepted(&store, callers, pass).await?;
            let (beside, alone) = (bare.insert(callers, pass).await?, once.insert(callers, pass).await?);
            rates.push(rate);
            bares.push(beside);
            onces.push(alone);
            to_bare.push(rate / beside);
            to_once.push(rate / alone);
            times.append(&mut waits);
        }
        times.sort_unstable();
        let ratio = median(&mut to_bare);
        writeln!(
            std::io::stdout(),
            "{engine:<9} {callers:>8} {BATCH:>8} {:>11.0} {:>9.1} {:>9.1} {:>10.0} {ratio:>7.2} {:>13.0} {:>7.2}{}",
            median(&mut rates),
            at(&times, 50),
            at(&times, 99),
            median(&mut bares),
            median(&mut onces),
            median(&mut to_once),
            if ratio < TO_HOLD { "  under the 0.7 to hold" } else { "" }
        )?;
        store.close().await;
    }
    Ok(())
}

fn id(pass: usize, caller: usize, number: usize) -> String {
    format!("wamid.HBgNNTI1NTEyMzQ1Njc4FQIAERgS{pass}.{caller}.{number}")
}

fn peer(caller: usize) -> String {
    format!("52155{caller:08}")
}

fn arrival(tenant: TenantId, channel: ChannelId, peer: String, id: String) -> Arrival {
    let from = Sender { address: peer.clone(), identities: Vec::new(), profile_name: "Ana".into() };
    let body = Body::text("hola, tienen lugar mañana a las once?");
    let event = Event::Message { from, body, reply_to: None, referral: None };
    let inbound = Inbound { provider_id: id, external_id: "1".into(), at: Timestamp::UNIX_EPOCH, event };
    Arrival { tenant, channel, peer, inbound, gather: Duration::ZERO }
}

async fn open(url: &str) -> Result<Store> {
    let env = Env::new(Arc::new(Machine), Arc::new(Machine));
    let config =
        StoreConfig { url: url.to_owned(), master_key: [7; 32], connections: 16, patience: Duration::from_secs(5) };
    let store = Store::open(&config, env.clone()).await?;
    store.migrate().await?;
    // The first connections of a new database were made before there was a role to work as.
    store.close().await;
    drop(store);
    Ok(Store::open(&config, env).await?)
}

/// Each caller waits for its answer before it calls again, as a provider's connections do.
async fn accepted(store: &Store, callers: usize, pass: usize) -> Result<(f64, Vec<Duration>)> {
    let (intake, writer) = Intake::new(store);
    let writing = tokio::spawn(writer.run());
    let (tenant, channel) = (TenantId(Uuid::from_u128(1)), ChannelId(Uuid::from_u128(2)));
    let from = Instant::now();
    let mut calling = tokio::task::JoinSet::new();
    for caller in 0..callers {
        let intake = intake.clone();
        calling.spawn(async move {
            let mut times = Vec::with_capacity(EACH);
            for number in 0..EACH {
                let arrival = arrival(tenant, channel, peer(caller), id(pass, caller, number));
                let from = Instant::now();
                ensure!(intake.accept(Delivery { arrivals: vec![arrival], quarantined: Vec::new() }).await);
                times.push(from.elapsed());
            }
            Ok(times)
        });
    }
    let mut times = Vec::new();
    while let Some(done) = calling.join_next().await {
        times.extend(done??);
    }
    let rate = rate(callers * EACH, from)?;
    drop(intake);
    writing.await?;
    Ok((rate, times))
}

/// The floor: a table with the inbox's columns and its unique index, and nobody to answer.
enum Bare {
    Sqlite(sqlx::SqliteConnection),
    Postgres(sqlx::PgConnection),
}

/// As long as a sealed event of [`arrival`] is.
const SEALED: usize = 420;

impl Bare {
    /// As the inbox stands, or with the unique index alone.
    async fn open(url: &str, indexed: bool) -> Result<Self> {
        const WAITING: &str = "CREATE INDEX bare_waiting ON bare (tenant, channel, peer, seq) WHERE state = 'new'";
        let Some(path) = url.strip_prefix("sqlite:") else {
            let mut conn = sqlx::PgConnection::connect(url).await?;
            let table =
                "CREATE TABLE bare (seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant UUID, channel UUID,
                    id TEXT, peer TEXT, event BYTEA, state TEXT NOT NULL DEFAULT 'new', at_us BIGINT);
                CREATE UNIQUE INDEX bare_once ON bare (tenant, channel, id)";
            sqlx::raw_sql(table).execute(&mut conn).await?;
            if indexed {
                sqlx::raw_sql(WAITING).execute(&mut conn).await?;
            }
            return Ok(Self::Postgres(conn));
        };
        let options = sqlx::sqlite::SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
            .synchronous(sqlx::sqlite::SqliteSynchronous::Full)
            .pragma("wal_autocheckpoint", "8192")
            .pragma("cache_size", "-32768");
        let mut conn = sqlx::SqliteConnection::connect_with(&options).await?;
        let table = "CREATE TABLE bare (seq INTEGER PRIMARY KEY AUTOINCREMENT, tenant BLOB, channel BLOB,
                id TEXT, peer TEXT, event BLOB, state TEXT NOT NULL DEFAULT 'new', at_us BIGINT);
            CREATE UNIQUE INDEX bare_once ON bare (tenant, channel, id)";
        sqlx::raw_sql(table).execute(&mut conn).await?;
        if indexed {
            sqlx::raw_sql(WAITING).execute(&mut conn).await?;
        }
        Ok(Self::Sqlite(conn))
    }

    async fn insert(&mut self, callers: usize, pass: usize) -> Result<f64> {
        let rows = callers * EACH;
        const SQLITE: &str = "INSERT INTO bare (tenant, channel, id, peer, event, at_us)
            SELECT unhex(value ->> 0), unhex(value ->> 1), value ->> 2, value ->> 3,
                substr($2, value ->> 4, value ->> 5), 1
            FROM json_each($1) WHERE true ON CONFLICT DO NOTHING";
        const POSTGRES: &str = "INSERT INTO bare (tenant, channel, id, peer, event, at_us)
            SELECT tenant, channel, id, peer, event, 1
            FROM UNNEST($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bytea[]) AS t (tenant, channel, id, peer, event)
            ON CONFLICT DO NOTHING";
        let (tenant, channel) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let from = Instant::now();
        for group in 0..rows / BATCH {
            // Spread over the index as those of the callers are.
            let caller = |row: usize| (group * BATCH + row) % callers;
            let number = |row: usize| (group * BATCH + row) / callers;
            let ids = (0..BATCH).map(|row| id(pass, caller(row), number(row)));
            let peers = (0..BATCH).map(|row| peer(caller(row)));
            match self {
                Self::Sqlite(conn) => {
                    let rows = ids.zip(peers).enumerate().map(|(row, (id, peer))| {
                        (hex::encode(tenant), hex::encode(channel), id, peer, row * SEALED + 1, SEALED)
                    });
                    let rows = serde_json::to_string(&rows.collect::<Vec<_>>())?;
                    sqlx::query(SQLITE).bind(rows).bind(vec![0xa5_u8; SEALED * BATCH]).execute(conn).await?;
                }
                Self::Postgres(conn) => {
                    let query = sqlx::query(POSTGRES).bind(vec![tenant; BATCH]).bind(vec![channel; BATCH]);
                    let query = query.bind(ids.collect::<Vec<_>>()).bind(peers.collect::<Vec<_>>());
                    query.bind(vec![vec![0xa5_u8; SEALED]; BATCH]).execute(conn).await?;
                }
            }
        }
        rate(rows / BATCH * BATCH, from)
    }
}

fn rate(rows: usize, since: Instant) -> Result<f64> {
    Ok(f64::from(u32::try_from(rows)?) / since.elapsed().as_secs_f64())
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn at(times: &[Duration], percent: usize) -> f64 {
    times.get(times.len() * percent / 100).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
}
