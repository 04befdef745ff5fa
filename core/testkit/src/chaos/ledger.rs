//! What stands in the tables, read past the code that wrote it.

use std::path::Path;

use anyhow::{Context, Result};
use domain::{Id, Phone, TenantId};
use sqlx::{
    Connection, PgConnection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};
use uuid::Uuid;

pub(crate) enum Ledger {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

macro_rules! on {
    ($ledger:expr, |$conn:ident| $body:expr) => {
        match $ledger {
            Ledger::Sqlite($conn) => $body,
            Ledger::Postgres($conn) => $body,
        }
    };
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Channel {
    pub(crate) tenant: Uuid,
    pub(crate) id: Uuid,
    pub(crate) number: String,
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Arrival {
    pub(crate) provider_id: String,
    pub(crate) state: String,
    pub(crate) copies: i64,
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Departure {
    pub(crate) id: Uuid,
    pub(crate) state: String,
    pub(crate) class: String,
    pub(crate) dedupe_key: String,
    pub(crate) recipient: String,
    pub(crate) doubts: i64,
    pub(crate) reason: String,
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Job {
    pub(crate) id: Uuid,
    pub(crate) kind: String,
    pub(crate) state: String,
    pub(crate) due: bool,
    pub(crate) reason: String,
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Turn {
    pub(crate) peer: String,
    pub(crate) token: i64,
    /// A JSON list.
    pub(crate) seqs: String,
}

/// Everything a checker may want to know.
#[derive(Debug, Clone, Default)]
pub(crate) struct Snapshot {
    pub(crate) inbox: Vec<Arrival>,
    pub(crate) quarantined: i64,
    /// In the order in which they were to leave.
    pub(crate) outbox: Vec<Departure>,
    pub(crate) jobs: Vec<Job>,
    /// In the order of their tokens.
    pub(crate) turns: Vec<Turn>,
    pub(crate) overlaps: i64,
    pub(crate) bookings: i64,
    /// Message ticks by provider id.
    pub(crate) ticks: Vec<(String, String)>,
}

impl Ledger {
    /// `database` as the server takes it.
    pub(crate) async fn open(database: &str) -> Result<Self> {
        Ok(match database.strip_prefix("sqlite:") {
            Some(path) => {
                let options = SqliteConnectOptions::new()
                    .filename(path)
                    .journal_mode(SqliteJournalMode::Wal)
                    .busy_timeout(std::time::Duration::from_secs(10));
                Self::Sqlite(SqliteConnection::connect_with(&options).await.context("the seed's SQLite file")?)
            }
            None => Self::Postgres(PgConnection::connect(database).await.context("the seed's database")?),
        })
    }

    /// A statement of the nemesis.
    pub(crate) async fn run(&mut self, sql: &'static str) -> Result<u64> {
        Ok(on!(self, |conn| sqlx::query(sql).execute(conn).await?.rows_affected()))
    }

    /// The simulated number becomes one of Meta's, so that it is served by our fake. Modules are left out: a server
    /// that dies every quarter of a second would do nothing but compile them.
    pub(crate) async fn make_real(&mut self) -> Result<()> {
        self.run("UPDATE channels SET provider = 'meta'").await?;
        self.run("UPDATE activations SET active = FALSE").await?;
        if matches!(self, Self::Sqlite(_)) {
            self.run("PRAGMA wal_checkpoint(TRUNCATE)").await?;
        }
        Ok(())
    }

    pub(crate) async fn channel(&mut self) -> Result<Channel> {
        const SQL: &str = "SELECT tenant_id AS tenant, id, external_id AS number FROM channels ORDER BY id LIMIT 1";
        Ok(on!(self, |conn| sqlx::query_as(SQL).fetch_one(conn).await?))
    }

    /// Something to say that must not be said twice, in the conversation that was first; none without one.
    pub(crate) async fn enqueue_never_doubled(&mut self, id: Uuid, message: Uuid, key: &str) -> Result<bool> {
        const SAY: &str = "INSERT INTO messages (tenant_id, id, conversation_id, author, body, ticks, at_us)
            SELECT tenant_id, $1, conversation_id, author, body, 'queued', at_us + 1 FROM messages
            WHERE id = (SELECT message_id FROM outbox WHERE dedupe_key NOT LIKE 'noise:%' ORDER BY created_us LIMIT 1)";
        const SEND: &str = "INSERT INTO outbox (tenant_id, id, channel_id, conversation_id, message_id, dedupe_key, class,
                recipient, body, state, next_us, created_us)
            SELECT tenant_id, $1, channel_id, conversation_id, $2, $3, '\"never_doubled\"', recipient, body, 'queued', 0,
                (SELECT max(created_us) + 1 FROM outbox)
            FROM outbox WHERE dedupe_key NOT LIKE 'noise:%' ORDER BY created_us LIMIT 1";
        let said = on!(self, |conn| sqlx::query(SAY).bind(message).execute(conn).await?.rows_affected());
        if said == 0 {
            return Ok(false);
        }
        let sent =
            on!(self, |conn| sqlx::query(SEND).bind(id).bind(message).bind(key).execute(conn).await?.rows_affected());
        Ok(sent == 1)
    }

    /// Rows that still have to move, in words; empty when all is quiet.
    pub(crate) async fn restless(&mut self) -> Result<Vec<(String, i64)>> {
        const SQL: &str = "SELECT * FROM (
            SELECT 'inbox rows' AS what, count(*) AS many FROM inbox WHERE state = 'new'
            UNION ALL SELECT 'lanes', count(*) FROM lanes WHERE waiting
            UNION ALL SELECT 'outbox rows', count(*) FROM outbox WHERE state IN ('queued', 'claimed', 'sending')
            UNION ALL SELECT 'due jobs', count(*) FROM jobs WHERE state = 'queued' AND run_us <= $1) AS open WHERE many > 0";
        let now = i64::try_from(super::door::now_seconds()).unwrap_or(0) * 1_000_000;
        Ok(on!(self, |conn| sqlx::query_as(SQL).bind(now).fetch_all(conn).await?))
    }

    /// Whether the business `slug` has taken in all that `phone` said, has sent all it has to say to it, and has no job due.
    pub(crate) async fn settled(&mut self, slug: &str, phone: &Phone, now: jiff::Timestamp) -> Result<bool> {
        const SQL: &str =
            "SELECT (SELECT count(*) FROM inbox WHERE inbox.tenant_id = t.tenant_id AND state = 'new' AND peer LIKE $2)
            + (SELECT count(*) FROM outbox WHERE outbox.tenant_id = t.tenant_id AND recipient LIKE $2
                AND state IN ('queued', 'claimed', 'sending'))
            + (SELECT count(*) FROM jobs WHERE jobs.tenant_id = t.tenant_id AND state = 'queued' AND run_us <= $3)
            FROM tenants t WHERE slug = $1";
        // Providers write it with and without a plus, and Mexican mobiles with a one behind the country's code.
        let digits = phone.digits();
        let peer = format!("%{}", digits.get(digits.len().saturating_sub(10)..).unwrap_or(digits));
        let now = now.as_microsecond();
        let (open,): (i64,) =
            on!(self, |conn| sqlx::query_as(SQL).bind(slug).bind(&peer).bind(now).fetch_one(conn).await?);
        Ok(open == 0)
    }

    pub(crate) async fn snapshot(&mut self) -> Result<Snapshot> {
        const INBOX: &str =
            "SELECT provider_id, min(state) AS state, count(*) AS copies FROM inbox GROUP BY provider_id";
        const OUTBOX: &str = "SELECT id, state, class, dedupe_key, recipient, doubts, coalesce(reason, '') AS reason FROM outbox ORDER BY created_us, id";
        const JOBS: &str =
            "SELECT id, kind, state, run_us <= $1 AS due, coalesce(reason, '') AS reason FROM jobs ORDER BY id";
        const TURNS: &str = "SELECT peer, token, seqs FROM turns ORDER BY peer, token";
        const OVERLAPS: &str = "SELECT count(*) FROM claims a JOIN claims b ON a.tenant_id = b.tenant_id
            AND a.resource_id = b.resource_id AND a.seat = b.seat AND a.booking_id < b.booking_id AND a.live AND b.live
            AND a.from_us < b.to_us AND b.from_us < a.to_us";
        const TICKS: &str = "SELECT provider_id, coalesce(ticks, '') FROM messages WHERE provider_id IS NOT NULL";
        let now = i64::try_from(super::door::now_seconds()).unwrap_or(0) * 1_000_000;
        let inbox = on!(self, |conn| sqlx::query_as(INBOX).fetch_all(conn).await?);
        let outbox = on!(self, |conn| sqlx::query_as(OUTBOX).fetch_all(conn).await?);
        let jobs = on!(self, |conn| sqlx::query_as(JOBS).bind(now).fetch_all(conn).await?);
        let turns = on!(self, |conn| sqlx::query_as(TURNS).fetch_all(conn).await?);
        let ticks = on!(self, |conn| sqlx::query_as(TICKS).fetch_all(conn).await?);
        Ok(Snapshot {
            inbox,
            outbox,
            jobs,
            turns,
            ticks,
            quarantined: self.count("SELECT count(*) FROM quarantine").await?,
            overlaps: self.count(OVERLAPS).await?,
            bookings: self.count("SELECT count(*) FROM bookings WHERE conversation_id IS NOT NULL").await?,
        })
    }

    pub(crate) async fn count(&mut self, sql: &'static str) -> Result<i64> {
        let (count,): (i64,) = on!(self, |conn| sqlx::query_as(sql).fetch_one(conn).await?);
        Ok(count)
    }
}

/// The store of a stopped server, opened as the server would.
pub(crate) async fn open_store(database: &str, data: &Path) -> Result<store::Store> {
    let config = frontdesk::config::Config { data_dir: data.to_owned(), ..Default::default() };
    let settings = store::StoreConfig {
        url: database.to_owned(),
        master_key: config.master_key()?,
        connections: 2,
        patience: std::time::Duration::from_secs(5),
    };
    let (env, _) = frontdesk::wiring::environment(false);
    Ok(store::Store::open(&settings, env).await?)
}

/// The secret that signs webhooks of `channel`. No server may run on the file.
pub(crate) async fn secret(database: &str, data: &Path, channel: &Channel) -> Result<String> {
    let store = open_store(database, data).await?;
    let mut tx = store.platform_read().await?;
    let line = store::channels::find(&mut tx, domain::ChannelId(channel.id)).await?.context("the channel is gone")?;
    drop(tx);
    let secret = line.secret("app_secret").to_owned();
    store.close().await;
    Ok(secret)
}

/// The first row of a tenant's audit that does not follow from the one before. No server may run on the file.
pub(crate) async fn first_broken_audit(database: &str, data: &Path, tenant: Uuid) -> Result<Option<i64>> {
    let store = open_store(database, data).await?;
    let mut tx = store.read(TenantId::from_uuid(tenant)).await?;
    let broken = store::audit::first_broken(&mut tx).await?;
    drop(tx);
    store.close().await;
    Ok(broken)
}

impl Ledger {
    /// Statements that cannot be prepared.
    pub(crate) async fn run_raw(&mut self, sql: &'static str) -> Result<()> {
        on!(self, |conn| sqlx::raw_sql(sql).execute(conn).await.map(|_done| ())?);
        Ok(())
    }

    pub(crate) async fn set_read_only(&mut self, on: bool) -> Result<()> {
        let off_first = "SET default_transaction_read_only = off";
        self.run_raw(off_first).await?;
        self.run_raw(if on {
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$"
        } else {
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = off', current_database()); END $$"
        })
        .await?;
        // Settings of a database hold for new connections.
        self.end_other_connections().await
    }

    pub(crate) async fn end_other_connections(&mut self) -> Result<()> {
        self.run_raw(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'frontdesk'",
        )
        .await
    }

    /// An event that does not open and a job of a kind that nobody knows, in front of what waits. False while nobody has
    /// written yet: there is no lane to poison.
    pub(crate) async fn poison(&mut self) -> Result<bool> {
        const EVENT: &str = "INSERT INTO inbox (tenant_id, channel_id, provider_id, peer, event, received_us)
            SELECT tenant_id, channel_id, 'poison', peer, $1, 0 FROM inbox ORDER BY seq LIMIT 1";
        const LANE: &str =
            "UPDATE lanes SET waiting = TRUE WHERE peer = (SELECT peer FROM inbox WHERE provider_id = 'poison')";
        const JOB: &str = "INSERT INTO jobs (tenant_id, id, kind, key, payload, run_us, state)
            SELECT tenant_id, $1, 'unheard_of', 'poison', '{broken', 0, 'queued' FROM channels LIMIT 1";
        let junk: &[u8] = b"\0junk";
        let arrived = on!(self, |conn| sqlx::query(EVENT).bind(junk).execute(conn).await?.rows_affected());
        if arrived == 0 {
            return Ok(false);
        }
        self.run(LANE).await?;
        let id = Uuid::from_u128(0xdead);
        on!(self, |conn| sqlx::query(JOB).bind(id).execute(conn).await.map(|_done| ())?);
        Ok(true)
    }
}
