//! Opening a database of either engine, and the transactions through which everything is reached.
//!
//! SQLite: WAL, `synchronous=FULL`, one writer connection, a read-only pool beside it, one process per file.
//! PostgreSQL: connections work as `frontdesk_app`, and each transaction names its tenant in the same round trip as BEGIN.

use std::{
    fs::File,
    io::{Read, Seek, Write},
    path::Path,
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use domain::{Env, Id, TenantId};
use sqlx::{
    AssertSqlSafe, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPool, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use crate::{
    StoreError,
    connections::{Connections, Held},
    crypto::Keys,
    fair::Turns,
};

/// How to reach the database.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// `sqlite:PATH` or `postgres://…`.
    pub url: String,
    pub master_key: [u8; 32],
    /// Connections beside SQLite's one writer.
    pub connections: u32,
    /// The longest wait for a lock or a connection: shorter than a lease, so that whoever waits learns why.
    pub patience: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

#[derive(Clone)]
pub(crate) enum Pools {
    Sqlite { writer: Connections, readers: Connections },
    Postgres(PgPool),
}

/// For the platform's transactions on PostgreSQL. Queues are read from the front, in the order of an index, and the rows
/// found there by their place. Left to itself, the planner would rather fetch and sort all of a pile its statistics have
/// not caught up with, or read through a table that was small when a connection first planned it.
const PLATFORM: &str = "SET LOCAL app.platform = 'on'; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off; \
    SET LOCAL enable_seqscan = off";
/// A transaction in which nobody does anything for so long belongs to a process that was stopped: PostgreSQL ends it,
/// or its locks would outlive every lease.
const STOPPED: &str = "10000";

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pools: Pools,
    pub(crate) env: Env,
    pub(crate) keys: Arc<Keys>,
    turns: Arc<Turns>,
    /// Held for as long as the process lives: a second one on the same file must not start.
    _lock: Option<Arc<File>>,
}

pub(crate) enum Conn {
    Sqlite(Held),
    Postgres(Transaction<'static, Postgres>),
}

impl Conn {
    pub(crate) fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }
}

/// A transaction of one tenant: the only way to its data. Dropping it rolls back.
pub struct TenantTx {
    pub(crate) conn: Conn,
    tenant: TenantId,
    pub(crate) env: Env,
    pub(crate) keys: Arc<Keys>,
}

/// A transaction of the platform, for queues and doors: what must be found before a tenant is known.
pub struct PlatformTx {
    pub(crate) conn: Conn,
    pub(crate) env: Env,
    pub(crate) keys: Arc<Keys>,
    pub(crate) turns: Arc<Turns>,
}

/// Runs the same query on whichever engine the transaction is of.
macro_rules! on {
    ($tx:expr, |$conn:ident| $body:expr) => {
        match &mut $tx.conn {
            $crate::engine::Conn::Sqlite(transaction) => {
                let $conn = &mut **transaction;
                $body
            }
            $crate::engine::Conn::Postgres(transaction) => {
                let $conn = &mut **transaction;
                $body
            }
        }
    };
}
pub(crate) use on;

impl Store {
    /// Connects; creates an SQLite file that is not there. Does not touch the schema: see [`Store::migrate`].
    pub async fn open(config: &StoreConfig, env: Env) -> Result<Self, StoreError> {
        let keys = Arc::new(Keys::new(config.master_key));
        if config.url.starts_with("postgres:") || config.url.starts_with("postgresql:") {
            let pools = Pools::Postgres(open_postgres(config).await?);
            return Ok(Self { pools, env, keys, turns: Arc::default(), _lock: None });
        }
        let Some(path) = config.url.strip_prefix("sqlite:") else {
            return Err(StoreError::Open("the URL begins with neither sqlite: nor postgres:".to_owned()));
        };
        let lock = lock_file(Path::new(path))?;
        let pools = open_sqlite(path, config.connections).await?;
        Ok(Self { pools, env, keys, turns: Arc::default(), _lock: Some(Arc::new(lock)) })
    }

    pub fn engine(&self) -> Engine {
        match self.pools {
            Pools::Sqlite { .. } => Engine::Sqlite,
            Pools::Postgres(_) => Engine::Postgres,
        }
    }

    /// Brings the schema to this version. Safe to run again and by several nodes at once.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        match &self.pools {
            Pools::Sqlite { writer, .. } => {
                let mut writer = writer.hold().await?;
                let outcome = sqlx::migrate!("../../migrations/sqlite").run(&mut *writer).await;
                if outcome.is_ok() {
                    writer.leave();
                }
                outcome
            }
            Pools::Postgres(pool) => {
                let mut owner = pool.acquire().await?;
                sqlx::query("RESET ROLE").execute(&mut *owner).await?;
                let outcome = sqlx::migrate!("../../migrations/postgres").run(&mut *owner).await;
                // The pool's own connections assume the role when they are made; this one goes.
                owner.detach();
                outcome
            }
        }
        .map_err(StoreError::Migrate)
    }

    /// Whether the database answers and its schema is this version's.
    pub async fn check(&self) -> Result<(), StoreError> {
        let mut tx = self.platform().await?;
        on!(tx, |conn| sqlx::query("SELECT tenant_id FROM tenants LIMIT 1").execute(conn).await.map(|_done| ())?);
        Ok(())
    }

    /// A transaction that writes. On SQLite it waits its turn for the one writer.
    pub async fn write(&self, tenant: TenantId) -> Result<TenantTx, StoreError> {
        let conn = match &self.pools {
            Pools::Sqlite { writer, .. } => Conn::Sqlite(writer.begin().await?),
            Pools::Postgres(pool) => {
                Conn::Postgres(begin_as(pool, &format!("SET LOCAL app.tenant = '{}'", tenant.uuid())).await?)
            }
        };
        Ok(self.tenant_tx(conn, tenant))
    }

    /// A transaction that only reads and keeps no writer waiting.
    pub async fn read(&self, tenant: TenantId) -> Result<TenantTx, StoreError> {
        match &self.pools {
            Pools::Sqlite { readers, .. } => {
                let conn = Conn::Sqlite(readers.begin_reading().await?);
                Ok(self.tenant_tx(conn, tenant))
            }
            Pools::Postgres(_) => self.write(tenant).await,
        }
    }

    /// Like [`Store::read`] for a single query: of two, each would see a state of its own.
    pub async fn look(&self, tenant: TenantId) -> Result<TenantTx, StoreError> {
        match &self.pools {
            Pools::Sqlite { readers, .. } => Ok(self.tenant_tx(Conn::Sqlite(readers.look().await?), tenant)),
            Pools::Postgres(_) => self.write(tenant).await,
        }
    }

    pub async fn platform(&self) -> Result<PlatformTx, StoreError> {
        let conn = match &self.pools {
            Pools::Sqlite { writer, .. } => Conn::Sqlite(writer.begin().await?),
            Pools::Postgres(pool) => Conn::Postgres(begin_as(pool, PLATFORM).await?),
        };
        Ok(self.platform_tx(conn))
    }

    /// Like [`Store::platform`], without keeping a writer waiting.
    pub async fn platform_read(&self) -> Result<PlatformTx, StoreError> {
        match &self.pools {
            Pools::Sqlite { readers, .. } => {
                let conn = Conn::Sqlite(readers.begin_reading().await?);
                Ok(self.platform_tx(conn))
            }
            Pools::Postgres(_) => self.platform().await,
        }
    }

    /// Like [`Store::platform_read`] for a single query.
    pub async fn platform_look(&self) -> Result<PlatformTx, StoreError> {
        match &self.pools {
            Pools::Sqlite { readers, .. } => Ok(self.platform_tx(Conn::Sqlite(readers.look().await?))),
            Pools::Postgres(_) => self.platform().await,
        }
    }

    fn tenant_tx(&self, conn: Conn, tenant: TenantId) -> TenantTx {
        TenantTx { conn, tenant, env: self.env.clone(), keys: Arc::clone(&self.keys) }
    }

    fn platform_tx(&self, conn: Conn) -> PlatformTx {
        PlatformTx { conn, env: self.env.clone(), keys: Arc::clone(&self.keys), turns: Arc::clone(&self.turns) }
    }

    pub(crate) fn pools(&self) -> &Pools {
        &self.pools
    }

    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

impl TenantTx {
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    pub async fn commit(self) -> Result<(), StoreError> {
        commit(self.conn).await
    }
}

impl PlatformTx {
    pub async fn commit(self) -> Result<(), StoreError> {
        commit(self.conn).await
    }
}

async fn commit(conn: Conn) -> Result<(), StoreError> {
    match conn {
        Conn::Sqlite(held) => {
            if let Err(error) = held.commit().await {
                stop_when_unsynced(&error);
                return Err(error.into());
            }
        }
        Conn::Postgres(transaction) => transaction.commit().await?,
    }
    Ok(())
}

/// After a failed fsync nobody knows what is on the disk, and asking again would be told a lie: the process ends, and
/// the next one reads what is really there. (PostgreSQL's server does the same by itself.)
pub(crate) fn stop_when_unsynced(error: &sqlx::Error) {
    /// SQLITE_IOERR_FSYNC and SQLITE_IOERR_DIR_FSYNC.
    const CODES: [&str; 2] = ["1034", "1290"];
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    if code.is_some_and(|code| CODES.contains(&&*code)) {
        tracing::error!(%error, "the disk could not be synced; this process ends now");
        std::process::abort();
    }
}

/// BEGIN and the setting in one message: a second round trip costs a third of a read.
///
/// Carried out to its end even when whoever asked goes away meanwhile, as turns and browsers do: broken off, sqlx (0.9)
/// would put the connection back with its transaction open. What the next one wrote there on its own would never be
/// committed, and what it took for the time would be the past.
async fn begin_as(pool: &PgPool, setting: &str) -> Result<Transaction<'static, Postgres>, StoreError> {
    let (pool, begin) = (pool.clone(), AssertSqlSafe(format!("BEGIN; {setting}")));
    let begun = tokio::spawn(async move { pool.begin_with(begin).await });
    // It does not panic, so it ends early only with the process.
    Ok(begun.await.unwrap_or(Err(sqlx::Error::PoolClosed))?)
}

async fn open_postgres(config: &StoreConfig) -> Result<PgPool, StoreError> {
    let options = PgConnectOptions::from_str(&config.url).map_err(|error| StoreError::Open(error.to_string()))?;
    let options = options.application_name("frontdesk").options([
        ("statement_timeout", "15000".to_owned()),
        ("lock_timeout", config.patience.as_millis().to_string()),
        ("idle_in_transaction_session_timeout", STOPPED.to_owned()),
    ]);
    let pool = PgPoolOptions::new()
        // Two are the intake's for good.
        .max_connections(config.connections.max(2).saturating_add(2))
        .acquire_timeout(config.patience)
        .after_connect(|conn, _meta| {
            Box::pin(async move {
                // Before the first migration there is no such role yet, and nothing to protect.
                let role = sqlx::query("SELECT 1 FROM pg_roles WHERE rolname = 'frontdesk_app'")
                    .fetch_optional(&mut *conn)
                    .await?;
                if role.is_some() {
                    sqlx::query("SET ROLE frontdesk_app").execute(conn).await?;
                }
                Ok(())
            })
        })
        .connect_with(options)
        .await;
    pool.map_err(StoreError::from)
}

async fn open_sqlite(path: &str, readers: u32) -> Result<Pools, StoreError> {
    let base = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(5))
        .foreign_keys(true)
        .pragma("secure_delete", "ON")
        // Pages that change again and again are copied from the log once every 32 MiB, not once every 4.
        .pragma("wal_autocheckpoint", "8192")
        .pragma("journal_size_limit", "67108864")
        // What one statement of a transaction would undo otherwise goes to a file of its own, made and removed each time.
        .pragma("temp_store", "MEMORY");
    // The one that writes keeps its pages from one transaction to the next; those that read throw theirs away whenever
    // anything was committed since, and what many of them once held for a long list is not given back until then.
    let writer = Connections::open(base.clone().pragma("cache_size", "-32768"), 1).await?;
    let reader = base.pragma("cache_size", "-4096").pragma("query_only", "ON");
    let readers = Connections::open(reader, readers.max(2)).await?;
    Ok(Pools::Sqlite { writer, readers })
}

/// Takes `PATH.lock` for the life of the process and leaves the process id in it for whoever is refused.
fn lock_file(path: &Path) -> Result<File, StoreError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| StoreError::Open(format!("{}: {error}", folder.display())))?;
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let open = File::options().read(true).write(true).create(true).truncate(false).open(&name);
    let mut file = open.map_err(|error| StoreError::Open(format!("{}: {error}", name.display())))?;
    if file.try_lock().is_err() {
        let mut holder = String::new();
        let known = file.read_to_string(&mut holder).is_ok() && !holder.trim().is_empty();
        return Err(StoreError::AlreadyRunning(if known {
            holder.trim().to_owned()
        } else {
            "unknown process".to_owned()
        }));
    }
    let note = format!("process {}\n", std::process::id());
    let written = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(note.as_bytes()));
    written.map_err(|error| StoreError::Open(error.to_string()))?;
    Ok(file)
}
