//! SQLite's one writer connection, and whose turn it is.
//!
//! Invariants: one at a time, in the order they asked; whoever gets it finds no transaction open, whatever became of the
//! one before; it is handed on at once. (A pool of one does the same, but takes a connection back in a task of its own,
//! which under load waited longer for a processor than the file for its sync: see `cargo xtask bench ingest`.)

use std::{
    ops::{Deref, DerefMut},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::{
    runtime::Handle,
    sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard},
};

use crate::lanes::sqlite_now;

/// The longest anybody stands in the queue.
const PATIENCE: Duration = Duration::from_secs(10);
/// The time comes along: asked for on its own it is one more way to the connection's thread and back, in every claim.
const BEGIN: &str = concat!("BEGIN IMMEDIATE; SELECT ", sqlite_now!());

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Writer(Arc<Place>);

struct Place {
    options: SqliteConnectOptions,
    /// Nothing, once it is closed.
    connection: Arc<Mutex<Option<SqliteConnection>>>,
    /// Whether the last holder went away in the middle of something.
    left_open: AtomicBool,
}

/// The connection, for as long as it is held.
pub(crate) struct Held {
    connection: OwnedMappedMutexGuard<Option<SqliteConnection>, SqliteConnection>,
    place: Arc<Place>,
    clean: bool,
    begun_us: i64,
}

impl Writer {
    pub(crate) async fn open(options: SqliteConnectOptions) -> sqlx::Result<Self> {
        let connection = SqliteConnection::connect_with(&options).await?;
        let connection = Arc::new(Mutex::new(Some(connection)));
        Ok(Self(Arc::new(Place { options, connection, left_open: AtomicBool::new(false) })))
    }

    /// For statements that begin and end what they do. Say [`Held::leave`] after the last one.
    pub(crate) async fn hold(&self) -> sqlx::Result<Held> {
        let place = &self.0;
        let waiting = tokio::time::timeout(PATIENCE, Arc::clone(&place.connection).lock_owned());
        let connection = waiting.await.map_err(|_elapsed| sqlx::Error::PoolTimedOut)?;
        let connection =
            OwnedMutexGuard::try_map(connection, Option::as_mut).map_err(|_none| sqlx::Error::PoolClosed)?;
        let mut held = Held { connection, place: Arc::clone(place), clean: false, begun_us: 0 };
        if place.left_open.load(Ordering::Acquire) {
            held.clear().await?;
        }
        Ok(held)
    }

    /// A transaction; dropping it takes back what was written in it.
    pub(crate) async fn begin(&self) -> sqlx::Result<Held> {
        let mut held = self.hold().await?;
        (held.begun_us,) = sqlx::query_as(BEGIN).fetch_one(&mut *held).await?;
        Ok(held)
    }

    pub(crate) async fn close(&self) {
        let connection = self.0.connection.lock().await.take();
        if let Some(connection) = connection {
            let _closed = connection.close().await;
        }
    }
}

impl Held {
    /// When the transaction began, by the database's time; zero where none was begun.
    pub(crate) fn begun_us(&self) -> i64 {
        self.begun_us
    }

    pub(crate) async fn commit(mut self) -> sqlx::Result<()> {
        sqlx::query("COMMIT").execute(&mut *self).await?;
        self.leave();
        Ok(())
    }

    /// Nothing is open on it.
    pub(crate) fn leave(mut self) {
        self.clean = true;
    }

    /// Ends what the last holder began. Where that is refused, as after a full disk, when SQLite has ended it by itself,
    /// the connection is replaced: nobody knows what it is in.
    async fn clear(&mut self) -> sqlx::Result<()> {
        if sqlx::query("ROLLBACK").execute(&mut **self).await.is_err() {
            let fresh = SqliteConnection::connect_with(&self.place.options).await?;
            let _closed = std::mem::replace(&mut **self, fresh).close().await;
        }
        self.place.left_open.store(false, Ordering::Release);
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.clean {
            return;
        }
        self.place.left_open.store(true, Ordering::Release);
        let writer = Writer(Arc::clone(&self.place));
        // It is ended by whoever comes next. In case nobody does: the lock on the file keeps others out, too.
        if Handle::try_current().is_ok() {
            tokio::spawn(async move { writer.hold().await.map(Held::leave) });
        }
    }
}

impl Deref for Held {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for Held {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn writer(folder: &tempfile::TempDir) -> Writer {
        let options = SqliteConnectOptions::new().filename(folder.path().join("a.sqlite")).create_if_missing(true);
        let options = options.journal_mode(sqlx::sqlite::SqliteJournalMode::Wal);
        let writer = Writer::open(options.busy_timeout(Duration::from_secs(1))).await.unwrap();
        let mut held = writer.hold().await.unwrap();
        sqlx::query("CREATE TABLE seen (number INTEGER)").execute(&mut *held).await.unwrap();
        held.leave();
        writer
    }

    async fn add(connection: &mut SqliteConnection, number: i64) -> sqlx::Result<()> {
        sqlx::query("INSERT INTO seen VALUES ($1)").bind(number).execute(connection).await.map(|_done| ())
    }

    async fn seen(writer: &Writer) -> Vec<i64> {
        let mut held = writer.hold().await.unwrap();
        let seen = sqlx::query_scalar("SELECT number FROM seen").fetch_all(&mut *held).await.unwrap();
        held.leave();
        seen
    }

    #[tokio::test]
    async fn what_is_dropped_is_taken_back_and_shuts_nobody_out() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(&folder).await;
        let mut held = writer.begin().await.unwrap();
        add(&mut held, 1).await.unwrap();
        drop(held);
        // Another process: nobody of ours comes for the connection meanwhile.
        let options = writer.0.options.clone().busy_timeout(Duration::from_secs(5));
        let mut other = SqliteConnection::connect_with(&options).await.unwrap();
        add(&mut other, 2).await.unwrap();
        let mut held = writer.begin().await.unwrap();
        add(&mut held, 3).await.unwrap();
        held.commit().await.unwrap();
        assert_eq!(seen(&writer).await, [2, 3]);
    }

    /// As turns do that run out of time, at any point of their waiting.
    #[tokio::test]
    async fn whoever_goes_away_while_beginning_leaves_nothing_open() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(&folder).await;
        for number in 0..100 {
            let _gone = tokio::time::timeout(Duration::from_micros(number * 3), async {
                let mut held = writer.begin().await.unwrap();
                add(&mut held, 1).await.unwrap();
                std::future::pending::<()>().await;
            })
            .await;
            let mut held = writer.begin().await.unwrap();
            add(&mut held, 2).await.unwrap();
            held.commit().await.unwrap();
        }
        assert_eq!(seen(&writer).await, [2; 100]);
    }

    #[tokio::test]
    async fn a_transaction_that_sqlite_ended_by_itself_costs_its_connection_only() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(&folder).await;
        let mut held = writer.begin().await.unwrap();
        sqlx::query("INSERT OR ROLLBACK INTO seen SELECT json('[')").execute(&mut *held).await.unwrap_err();
        drop(held);
        let mut held = writer.begin().await.unwrap();
        add(&mut held, 1).await.unwrap();
        held.commit().await.unwrap();
        assert_eq!(seen(&writer).await, [1]);
    }

    #[tokio::test]
    async fn they_come_in_the_order_they_asked_and_none_after_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(&folder).await;
        let first = writer.begin().await.unwrap();
        let mut waiting = tokio::task::JoinSet::new();
        for number in 0..10 {
            let writer = writer.clone();
            waiting.spawn(async move {
                let mut held = writer.begin().await.unwrap();
                add(&mut held, number).await.unwrap();
                held.commit().await.unwrap();
            });
            tokio::task::yield_now().await;
        }
        first.commit().await.unwrap();
        waiting.join_all().await;
        assert_eq!(seen(&writer).await, (0..10).collect::<Vec<_>>());
        writer.close().await;
        assert!(matches!(writer.begin().await.err(), Some(sqlx::Error::PoolClosed)));
    }
}
