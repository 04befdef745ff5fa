//! Turns among tenants: whoever has one thing to do is not behind another's pile of fifty thousand.
//!
//! Each queue goes round the tenants that have something due, from where it stopped last time, and takes an equal
//! share of each. Tenants are found by hopping along an index, so a pile costs no more than a single row.

use std::sync::{Mutex, PoisonError};

use domain::TenantId;
use uuid::Uuid;

use crate::{
    PlatformTx, Store, StoreError, codec,
    engine::{Pools, on},
    lanes::sqlite_now,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    Lanes,
    Outbox,
    Jobs,
}

/// Which tenant each queue of this process served last.
#[derive(Default)]
pub(crate) struct Turns {
    lanes: Mutex<Uuid>,
    outbox: Mutex<Uuid>,
    jobs: Mutex<Uuid>,
}

impl Turns {
    fn of(&self, queue: Queue) -> &Mutex<Uuid> {
        match queue {
            Queue::Lanes => &self.lanes,
            Queue::Outbox => &self.outbox,
            Queue::Jobs => &self.jobs,
        }
    }
}

/// What a worker is ready to take.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub most: u32,
    /// How long it may take before another node may take it over.
    pub lease_seconds: i64,
    /// Tenants that have as much in work as they may.
    pub except: &'a [TenantId],
    /// Also work that died with its process time and again. Not for one that only just came up: if it dies at once, then
    /// not of that.
    pub suspects: bool,
}

/// Whose turn it is, and how many rows each may have.
pub(crate) struct Round {
    pub(crate) tenants: Vec<Uuid>,
    pub(crate) share: i64,
}

/// Tenants with something due after `$after`, each found by a hop from the one before. `$upto` says when that is enough.
macro_rules! hop {
    ($name:literal, $table:literal, $due:expr, $now:expr, $after:expr, $upto:expr) => {
        concat!(
            $name,
            " (tenant_id) AS (SELECT * FROM (SELECT tenant_id FROM ",
            $table,
            " WHERE ",
            $due,
            " AND lease_until_us <= ",
            $now,
            " AND tenant_id > ",
            $after,
            " ORDER BY tenant_id LIMIT 1) AS first
            UNION ALL SELECT (SELECT q.tenant_id FROM ",
            $table,
            " q WHERE ",
            $due,
            " AND q.lease_until_us <= ",
            $now,
            " AND q.tenant_id > line.tenant_id ORDER BY q.tenant_id LIMIT 1)
            FROM ",
            $name,
            " line WHERE line.tenant_id IS NOT NULL",
            $upto,
            ")"
        )
    };
}
/// From the one served last ($3) to the end, and round from the beginning ($5) up to it.
macro_rules! in_turn {
    ($table:literal, $due:literal) => {
        concat!(
            "WITH RECURSIVE ",
            hop!("ahead", $table, $due, "$2", "$3", ""),
            ", ",
            hop!("behind", $table, $due, "$2", "$5", " AND line.tenant_id < $3"),
            " SELECT tenant_id FROM (SELECT tenant_id FROM ahead WHERE tenant_id IS NOT NULL
                UNION ALL SELECT tenant_id FROM behind WHERE tenant_id <= $3) AS round LIMIT +$4"
        )
    };
}
/// The first of all, by SQLite's own time.
macro_rules! any {
    ($table:literal, $due:expr) => {
        concat!(
            "WITH RECURSIVE ",
            hop!("line", $table, $due, sqlite_now!(), "x''", ""),
            " SELECT tenant_id FROM line WHERE tenant_id IS NOT NULL LIMIT 1"
        )
    };
}

pub(crate) const LANES: &str = in_turn!("lanes", "waiting AND ready_us <= $1");

pub(crate) const ANY_LANE: &str = any!("lanes", concat!("waiting AND ready_us <= ", sqlite_now!()));
pub(crate) const ANY_DEPARTURE: &str =
    any!("outbox", concat!("state IN ('queued', 'claimed', 'sending') AND next_us <= ", sqlite_now!()));
pub(crate) const ANY_JOB: &str = any!("jobs", "state = 'queued' AND run_us <= $1");

impl Store {
    /// Whether a claim would find anything, asked beside SQLite's one writer: most rings bring one of the loops nothing.
    /// PostgreSQL is not asked: there a look costs as much as a claim, and keeps nobody waiting.
    pub async fn may_be_due(&self, queue: Queue) -> Result<bool, StoreError> {
        let Pools::Sqlite { readers, .. } = self.pools() else { return Ok(true) };
        let look = match queue {
            Queue::Lanes => sqlx::query(ANY_LANE),
            Queue::Outbox => sqlx::query(ANY_DEPARTURE),
            Queue::Jobs => sqlx::query(ANY_JOB).bind(codec::us(self.env.now())),
        };
        Ok(look.fetch_optional(&mut *readers.look().await?).await?.is_some())
    }
}

/// Tenants with something due at `due`, beginning after the one served last.
pub(crate) async fn round(
    tx: &mut PlatformTx,
    queue: Queue,
    due: i64,
    now: i64,
    wanted: &Wanted<'_>,
) -> Result<Round, StoreError> {
    const OUTBOX: &str = in_turn!("outbox", "state IN ('queued', 'claimed', 'sending') AND next_us <= $1");
    const JOBS: &str = in_turn!("jobs", "state = 'queued' AND run_us <= $1");
    let sql = match queue {
        Queue::Lanes => LANES,
        Queue::Outbox => OUTBOX,
        Queue::Jobs => JOBS,
    };
    let last = *tx.turns.of(queue).lock().unwrap_or_else(PoisonError::into_inner);
    let most = usize::try_from(wanted.most).unwrap_or(1) + wanted.except.len();
    let rows: Vec<(Uuid,)> = on!(tx, |conn| sqlx::query_as(sql)
        .bind(due)
        .bind(now)
        .bind(last)
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .bind(Uuid::nil())
        .fetch_all(conn)
        .await?);
    let mut tenants: Vec<Uuid> = rows.into_iter().map(|(tenant,)| tenant).collect();
    if let Some(newest) = tenants.last() {
        *tx.turns.of(queue).lock().unwrap_or_else(PoisonError::into_inner) = *newest;
    }
    tenants.retain(|tenant| !wanted.except.contains(&TenantId(*tenant)));
    let number = i64::try_from(tenants.len().max(1)).unwrap_or(i64::MAX);
    Ok(Round { tenants, share: (i64::from(wanted.most) / number).max(1) })
}
