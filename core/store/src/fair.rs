//! Turns among tenants: whoever has one thing to do is not behind another's pile of fifty thousand.
//!
//! Each queue goes round the tenants that have something due, from where it stopped last time, and takes an equal
//! share of each. Tenants are found by hopping along an index, so a pile costs no more than a single row.

use std::sync::{Mutex, PoisonError};

use domain::TenantId;
use uuid::Uuid;

use crate::{PlatformTx, StoreError, engine::on};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Queue {
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

macro_rules! hop {
    ($table:literal, $due:literal) => {
        concat!(
            "WITH RECURSIVE line (tenant_id) AS (SELECT * FROM (SELECT tenant_id FROM ",
            $table,
            " WHERE ",
            $due,
            " AND lease_until_us <= $2 AND tenant_id > $3 ORDER BY tenant_id LIMIT 1) AS first
            UNION ALL SELECT (SELECT q.tenant_id FROM ",
            $table,
            " q WHERE ",
            $due,
            " AND q.lease_until_us <= $2 AND q.tenant_id > line.tenant_id ORDER BY q.tenant_id LIMIT 1)
            FROM line WHERE line.tenant_id IS NOT NULL)
            SELECT tenant_id FROM line WHERE tenant_id IS NOT NULL LIMIT $4"
        )
    };
}

pub(crate) const LANES: &str = hop!("lanes", "waiting AND ready_us <= $1");

/// Tenants with something due at `due`, beginning after the one served last.
pub(crate) async fn round(
    tx: &mut PlatformTx,
    queue: Queue,
    due: i64,
    now: i64,
    wanted: &Wanted<'_>,
) -> Result<Round, StoreError> {
    const OUTBOX: &str = hop!("outbox", "state IN ('queued', 'claimed', 'sending') AND next_us <= $1");
    const JOBS: &str = hop!("jobs", "state = 'queued' AND run_us <= $1");
    let sql = match queue {
        Queue::Lanes => LANES,
        Queue::Outbox => OUTBOX,
        Queue::Jobs => JOBS,
    };
    let last = *tx.turns.of(queue).lock().unwrap_or_else(PoisonError::into_inner);
    let most = usize::try_from(wanted.most).unwrap_or(1) + wanted.except.len();
    let mut tenants: Vec<Uuid> = Vec::new();
    // From the last one to the end, and round from the beginning.
    for (after, upto) in [(last, Uuid::max()), (Uuid::nil(), last)] {
        let missing = i64::try_from(most.saturating_sub(tenants.len())).unwrap_or(0);
        if missing > 0 {
            let rows: Vec<(Uuid,)> = on!(tx, |conn| sqlx::query_as(sql)
                .bind(due)
                .bind(now)
                .bind(after)
                .bind(missing)
                .fetch_all(conn)
                .await?);
            tenants.extend(rows.into_iter().map(|(tenant,)| tenant).filter(|tenant| *tenant <= upto));
        }
    }
    if let Some(newest) = tenants.last() {
        *tx.turns.of(queue).lock().unwrap_or_else(PoisonError::into_inner) = *newest;
    }
    tenants.retain(|tenant| !wanted.except.contains(&TenantId(*tenant)));
    let number = i64::try_from(tenants.len().max(1)).unwrap_or(i64::MAX);
    Ok(Round { tenants, share: (i64::from(wanted.most) / number).max(1) })
}
