//! SQLite's connections: the one that writes, and whose turn it is, and those that read beside it.
//!
//! Invariants: each has one holder at a time, in the order they asked; whoever gets one finds no transaction open,
//! whatever became of the one before; it is handed on at once, and what was left open is ended first. (A pool does the
//! same with a task and a ping for each time a connection comes back. Under load the writer's next holder waited longer
//! for that task than the file for its sync, see `cargo xtask bench ingest`, and a look of one query was four ways to the
//! connection's thread.)

use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, PoisonError},
    time::Duration,
};

use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::{
    runtime::Handle,
    sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore},
};

use crate::lanes::sqlite_now;

/// The longest anybody stands in the queue.
const PATIENCE: Duration = Duration::from_secs(10);
/// The time comes along: asked for on its own it is one more way to the connection's thread and back, in every claim.
const BEGIN_WRITING: &str = concat!("BEGIN IMMEDIATE; SELECT ", sqlite_now!());
const BEGIN_READING: &str = "BEGIN";

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Connections(Arc<Shelf>);

struct Shelf {
    options: SqliteConnectOptions,
    number: u32,
    /// As many as connections may be held; closed with them.
    places: Arc<Semaphore>,
    idle: std::sync::Mutex<Vec<Slot>>,
}

/// A connection, once somebody needed it.
#[derive(Default)]
struct Slot {
    connection: Arc<Mutex<Option<SqliteConnection>>>,
    /// Whether the last holder went away in the middle of something.
    left_open: bool,
}

/// A connection, for as long as it is held.
pub(crate) struct Held {
    connection: OwnedMappedMutexGuard<Option<SqliteConnection>, SqliteConnection>,
    // After the guard: nobody else is let to the connection before it is free.
    place: Place,
    begun_us: Option<i64>,
}

/// Where a held connection goes back to.
struct Place {
    shelf: Arc<Shelf>,
    /// Nothing once it is given back.
    taken: Option<(Slot, OwnedSemaphorePermit)>,
}

impl Connections {
    /// The first is made now, so that a file that cannot be opened is known at once.
    pub(crate) async fn open(options: SqliteConnectOptions, number: u32) -> sqlx::Result<Self> {
        let first = SqliteConnection::connect_with(&options).await?;
        let slots: Vec<Slot> = (0..number).map(|_| Slot::default()).collect();
        if let Some(last) = slots.last() {
            *last.connection.lock().await = Some(first);
        }
        let places = Arc::new(Semaphore::new(usize::try_from(number).unwrap_or(1)));
        Ok(Self(Arc::new(Shelf { options, number, places, idle: std::sync::Mutex::new(slots) })))
    }

    async fn take(&self, opens: bool) -> sqlx::Result<Held> {
        let shelf = &self.0;
        let waiting = tokio::time::timeout(PATIENCE, Arc::clone(&shelf.places).acquire_owned());
        let permit = waiting.await.map_err(|_elapsed| sqlx::Error::PoolTimedOut)?;
        let permit = permit.map_err(|_closed| sqlx::Error::PoolClosed)?;
        let slot = shelf.pop().unwrap_or_default();
        let (connection, left_open) = (Arc::clone(&slot.connection), slot.left_open);
        let mut place = Place { shelf: Arc::clone(shelf), taken: Some((slot, permit)) };
        // Nobody else has it.
        let mut connection = connection.lock_owned().await;
        if left_open {
            roll_back(&mut connection).await;
        }
        if connection.is_none() {
            *connection = Some(SqliteConnection::connect_with(&shelf.options).await?);
        }
        place.set_open(opens);
        let connection =
            OwnedMutexGuard::try_map(connection, Option::as_mut).map_err(|_none| sqlx::Error::PoolClosed)?;
        Ok(Held { connection, place, begun_us: None })
    }

    /// For statements that begin and end what they do. Say [`Held::leave`] after the last one.
    pub(crate) async fn hold(&self) -> sqlx::Result<Held> {
        self.take(true).await
    }

    /// For a single query, which is its own transaction.
    pub(crate) async fn look(&self) -> sqlx::Result<Held> {
        self.take(false).await
    }

    /// A transaction that writes; dropping it takes back what was written in it.
    pub(crate) async fn begin(&self) -> sqlx::Result<Held> {
        let mut held = self.hold().await?;
        let (begun,) = sqlx::query_as(BEGIN_WRITING).fetch_one(&mut *held).await?;
        held.begun_us = Some(begun);
        Ok(held)
    }

    /// A transaction that sees one state of the file from its first query on.
    pub(crate) async fn begin_reading(&self) -> sqlx::Result<Held> {
        let mut held = self.hold().await?;
        sqlx::query(BEGIN_READING).execute(&mut *held).await?;
        Ok(held)
    }

    /// When all that are held have come back.
    pub(crate) async fn close(&self) {
        let shelf = &self.0;
        let all = shelf.places.acquire_many(shelf.number).await;
        shelf.places.close();
        drop(all);
        while let Some(slot) = shelf.pop() {
            let connection = slot.connection.lock().await.take();
            if let Some(connection) = connection {
                let _closed = connection.close().await;
            }
        }
    }
}

impl Shelf {
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Slot>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pop(&self) -> Option<Slot> {
        self.idle().pop()
    }
}

impl Held {
    /// When the transaction began, by the database's time, if it writes.
    pub(crate) fn begun_us(&self) -> Option<i64> {
        self.begun_us
    }

    pub(crate) async fn commit(mut self) -> sqlx::Result<()> {
        if self.place.is_open() {
            sqlx::query("COMMIT").execute(&mut *self).await?;
        }
        self.leave();
        Ok(())
    }

    /// Nothing is open on it.
    pub(crate) fn leave(mut self) {
        self.place.set_open(false);
    }
}

impl Place {
    fn is_open(&self) -> bool {
        self.taken.as_ref().is_some_and(|(slot, _)| slot.left_open)
    }

    fn set_open(&mut self, open: bool) {
        if let Some((slot, _)) = &mut self.taken {
            slot.left_open = open;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((mut slot, permit)) = self.taken.take() else { return };
        let shelf = Arc::clone(&self.shelf);
        let give_back = move |slot| {
            shelf.idle().push(slot);
            drop(permit);
        };
        if !slot.left_open || Handle::try_current().is_err() {
            return give_back(slot);
        }
        // What was begun is ended now, not when somebody comes next: it locks others out of the file, or keeps old pages
        // of it alive.
        tokio::spawn(async move {
            roll_back(&mut *slot.connection.lock().await).await;
            slot.left_open = false;
            give_back(slot);
        });
    }
}

/// Ends what the last holder began. Where that is refused, as after a full disk, when SQLite has ended it by itself,
/// the connection goes, and whoever comes next makes another: nobody knows what it is in.
async fn roll_back(connection: &mut Option<SqliteConnection>) {
    let Some(open) = connection else { return };
    if sqlx::query("ROLLBACK").execute(open).await.is_err()
        && let Some(lost) = connection.take()
    {
        let _closed = lost.close().await;
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

    async fn writer(folder: &tempfile::TempDir) -> Connections {
        let options = SqliteConnectOptions::new().filename(folder.path().join("a.sqlite")).create_if_missing(true);
        let options = options.journal_mode(sqlx::sqlite::SqliteJournalMode::Wal);
        let writer = Connections::open(options.busy_timeout(Duration::from_secs(1)), 1).await.unwrap();
        let mut held = writer.hold().await.unwrap();
        sqlx::query("CREATE TABLE seen (number INTEGER)").execute(&mut *held).await.unwrap();
        held.leave();
        writer
    }

    async fn add(connection: &mut SqliteConnection, number: i64) -> sqlx::Result<()> {
        sqlx::query("INSERT INTO seen VALUES ($1)").bind(number).execute(connection).await.map(|_done| ())
    }

    async fn seen(writer: &Connections) -> Vec<i64> {
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

    #[tokio::test]
    async fn whoever_reads_sees_one_state_and_the_next_the_newest() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(&folder).await;
        let readers = Connections::open(writer.0.options.clone().pragma("query_only", "ON"), 1).await.unwrap();
        let count = async |held: &mut Held| -> i64 {
            sqlx::query_scalar("SELECT count(*) FROM seen").fetch_one(&mut **held).await.unwrap()
        };
        let mut reading = readers.begin_reading().await.unwrap();
        assert_eq!(count(&mut reading).await, 0);
        let mut held = writer.begin().await.unwrap();
        add(&mut held, 1).await.unwrap();
        held.commit().await.unwrap();
        assert_eq!(count(&mut reading).await, 0);
        drop(reading);
        let mut look = readers.look().await.unwrap();
        assert_eq!(count(&mut look).await, 1);
        assert!(add(&mut look, 2).await.is_err(), "readers do not write");
        look.commit().await.unwrap();
        let mut reading = readers.begin_reading().await.unwrap();
        assert_eq!(count(&mut reading).await, 1);
        reading.commit().await.unwrap();
        readers.close().await;
        assert!(matches!(readers.look().await.err(), Some(sqlx::Error::PoolClosed)));
    }
}
