//! `cargo xtask bench ingest`: webhooks accepted a second through the intake, beside bare grouped inserts of the same
//! rows in the same run, on each engine; and how long a message waits behind another tenant's 50,000.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement that cannot go on must stop there and then; its ids are nobody's"
)]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use domain::{
    ChannelId, Clock, Env, Random, TenantId,
    channel::{Event, Inbound, Sender},
    message::Body,
};
use jiff::Timestamp;
use store::{
    Store, StoreConfig, Wanted,
    inbox::{self, Arrival, Delivery, Intake},
    lanes,
};
use uuid::Uuid;

const CALLERS: usize = 256;
const EACH: usize = 120;
/// As many rows to a commit as the intake gathers at most.
const GROUP: usize = 64;
const PILE: usize = 50_000;

struct Machine;

impl Clock for Machine {
    fn now(&self) -> Timestamp {
        let since = std::time::UNIX_EPOCH.elapsed().unwrap();
        Timestamp::from_microsecond(i64::try_from(since.as_micros()).unwrap()).unwrap()
    }
}

impl Random for Machine {
    fn fill(&self, bytes: &mut [u8]) {
        for part in bytes.chunks_mut(16) {
            part.copy_from_slice(Uuid::now_v7().as_bytes().get(..part.len()).unwrap());
        }
    }
}

fn arrival(tenant: TenantId, channel: ChannelId, peer: String, id: String) -> Arrival {
    let from = Sender { address: peer.clone(), identities: Vec::new(), profile_name: "Ana".into() };
    let event = Event::Message {
        from,
        body: Body::text("hola, tienen lugar mañana a las once?"),
        reply_to: None,
        referral: None,
    };
    let inbound = Inbound { provider_id: id, external_id: "1".into(), at: Timestamp::UNIX_EPOCH, event };
    Arrival { tenant, channel, peer, inbound, gather: Duration::ZERO }
}

async fn open(url: String) -> Store {
    let env = Env::new(Arc::new(Machine), Arc::new(Machine));
    let config = StoreConfig { url, master_key: [7; 32], connections: 16, patience: Duration::from_secs(5) };
    let store = Store::open(&config, env.clone()).await.unwrap();
    store.migrate().await.unwrap();
    store.close().await;
    drop(store);
    Store::open(&config, env).await.unwrap()
}

async fn accepted(store: &Store) -> (f64, Vec<Duration>) {
    let (intake, writer) = Intake::new(store);
    let writing = tokio::spawn(writer.run());
    let (tenant, channel) = (TenantId(Uuid::now_v7()), ChannelId(Uuid::now_v7()));
    let from = Instant::now();
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let intake = intake.clone();
            tokio::spawn(async move {
                let mut times = Vec::with_capacity(EACH);
                for number in 0..EACH {
                    let arrival = arrival(tenant, channel, format!("{caller}"), format!("wamid.{caller}.{number}"));
                    let from = Instant::now();
                    assert!(intake.accept(Delivery { arrivals: vec![arrival], quarantined: Vec::new() }).await);
                    times.push(from.elapsed());
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for caller in callers {
        times.extend(caller.await.unwrap());
    }
    let rate = f64::from(u32::try_from(CALLERS * EACH).unwrap()) / from.elapsed().as_secs_f64();
    drop(intake);
    writing.await.unwrap();
    times.sort();
    (rate, times)
}

/// The same columns, index and bytes, one statement to a group, one commit to a statement, nothing else.
async fn bare(url: &str) -> f64 {
    let groups = CALLERS * EACH / GROUP;
    let body = "x".repeat(2 * 320);
    let (tenant, channel) = (Uuid::now_v7(), Uuid::now_v7());
    let from;
    if let Some(path) = url.strip_prefix("sqlite:") {
        let options = sqlx::sqlite::SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
            .synchronous(sqlx::sqlite::SqliteSynchronous::Full);
        let mut conn = <sqlx::SqliteConnection as sqlx::Connection>::connect_with(&options).await.unwrap();
        sqlx::raw_sql("CREATE TABLE bare (seq INTEGER PRIMARY KEY AUTOINCREMENT, tenant BLOB, channel BLOB, id TEXT, peer TEXT, event BLOB); CREATE UNIQUE INDEX bare_once ON bare (tenant, channel, id)").execute(&mut conn).await.unwrap();
        from = Instant::now();
        for group in 0..groups {
            let rows: Vec<[String; 3]> =
                (0..GROUP).map(|row| [format!("wamid.{group}.{row}"), format!("{row}"), body.clone()]).collect();
            sqlx::query("INSERT INTO bare (tenant, channel, id, peer, event) SELECT $2, $3, value ->> 0, value ->> 1, unhex(value ->> 2) FROM json_each($1) WHERE true ON CONFLICT DO NOTHING")
                .bind(serde_json::to_string(&rows).unwrap().replace('x', "a")).bind(tenant).bind(channel).execute(&mut conn).await.unwrap();
        }
    } else {
        let mut conn = <sqlx::PgConnection as sqlx::Connection>::connect(url).await.unwrap();
        sqlx::raw_sql("CREATE TABLE bare (seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant UUID, channel UUID, id TEXT, peer TEXT, event BYTEA); CREATE UNIQUE INDEX bare_once ON bare (tenant, channel, id)").execute(&mut conn).await.unwrap();
        from = Instant::now();
        for group in 0..groups {
            let ids: Vec<String> = (0..GROUP).map(|row| format!("wamid.{group}.{row}")).collect();
            let peers: Vec<String> = (0..GROUP).map(|row| format!("{row}")).collect();
            let events: Vec<Vec<u8>> = (0..GROUP).map(|_| vec![b'a'; 320]).collect();
            sqlx::query("INSERT INTO bare (tenant, channel, id, peer, event) SELECT $4, $5, * FROM UNNEST($1::text[], $2::text[], $3::bytea[]) ON CONFLICT DO NOTHING")
                .bind(ids).bind(peers).bind(events).bind(tenant).bind(channel).execute(&mut conn).await.unwrap();
        }
    }
    f64::from(u32::try_from(groups * GROUP).unwrap()) / from.elapsed().as_secs_f64()
}

/// Claims and finishes lanes as fast as it goes while one tenant has a pile; how long the other's single messages wait.
async fn behind_a_pile(store: &Store) -> Vec<Duration> {
    let (intake, writer) = Intake::new(store);
    let writing = tokio::spawn(writer.run());
    let (noisy, quiet, channel) = (TenantId(Uuid::now_v7()), TenantId(Uuid::now_v7()), ChannelId(Uuid::now_v7()));
    for part in 0..PILE / 500 {
        let arrivals = (0..500)
            .map(|row| arrival(noisy, channel, format!("{}", part * 500 + row), format!("pile.{part}.{row}")))
            .collect();
        assert!(intake.accept(Delivery { arrivals, quarantined: Vec::new() }).await);
    }
    let worker = {
        let store = store.clone();
        tokio::spawn(async move {
            let mut waits = Vec::new();
            while waits.len() < 100 {
                let mut tx = store.platform().await.unwrap();
                let leases = lanes::claim(&mut tx, &Wanted { most: 16, lease_seconds: 30, except: &[] }).await.unwrap();
                tx.commit().await.unwrap();
                for lease in leases {
                    let mut tx = store.write(lease.tenant).await.unwrap();
                    let pending = inbox::pending(&mut tx, &lease).await.unwrap();
                    inbox::done(&mut tx, &pending.iter().map(|event| event.seq).collect::<Vec<_>>()).await.unwrap();
                    assert!(lanes::finish(&mut tx, &lease).await.unwrap());
                    tx.commit().await.unwrap();
                    if lease.tenant == quiet {
                        waits.push((lease.peer.clone(), Instant::now()));
                    }
                }
            }
            waits
        })
    };
    let mut began = std::collections::BTreeMap::new();
    for number in 0..100 {
        let peer = format!("quiet{number}");
        let alone = arrival(quiet, channel, peer.clone(), format!("quiet.{number}"));
        began.insert(peer, Instant::now());
        assert!(intake.accept(Delivery { arrivals: vec![alone], quarantined: Vec::new() }).await);
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
    let mut waits: Vec<Duration> =
        worker.await.unwrap().into_iter().filter_map(|(peer, at)| Some(at - *began.get(&peer)?)).collect();
    drop(intake);
    writing.await.unwrap();
    waits.sort();
    waits
}

fn at(times: &[Duration], percent: usize) -> f64 {
    times.get(times.len() * percent / 100).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
}

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let cluster = pgtest::Cluster::start(true).unwrap();
    let engines = [
        ("SQLite", format!("sqlite:{}", folder.path().join("bench.sqlite").display())),
        ("PostgreSQL", cluster.database("bench", None).unwrap()),
    ];
    for (name, url) in engines {
        let store = open(url.clone()).await;
        let (rate, times) = accepted(&store).await;
        let bare_url =
            if name == "SQLite" { format!("sqlite:{}", folder.path().join("bare.sqlite").display()) } else { url };
        if name == "SQLite" {
            std::fs::File::create(folder.path().join("bare.sqlite")).unwrap();
        }
        let bare = bare(&bare_url).await;
        println!(
            "{name}: accepted {rate:.0}/s with {CALLERS} callers, p50 {:.1} ms, p99 {:.1} ms; bare groups of {GROUP}: {bare:.0}/s; ratio {:.2}",
            at(&times, 50),
            at(&times, 99),
            rate / bare
        );
        let waits = behind_a_pile(&store).await;
        println!(
            "{name}: behind another tenant's {PILE} messages a single one is done after p50 {:.0} ms, p95 {:.0} ms",
            at(&waits, 50),
            at(&waits, 95)
        );
        store.close().await;
    }
}
