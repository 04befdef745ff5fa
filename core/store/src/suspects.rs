//! Work whose claims keep ending without a word: it may be what kills processes, or it was only there when they died.
//!
//! Three deaths say nothing: a process that is killed as often as it comes up takes along whatever it had in hand. From
//! then on work is suspect, and tried only where it can show what it is. Its claim runs out by itself, whoever restarts
//! meanwhile, and lasts a random while longer, so that those who died together are not claimed together again. And only
//! a process that has lived for a while claims it ([`Wanted::suspects`]): one that dies at once did not die of that.

use domain::Env;
use uuid::Uuid;

use crate::{PlatformTx, StoreError, engine::on, fair::Wanted};

/// So many claims that ended in nothing make a suspect.
pub(crate) const SUSPECT: i64 = 3;

/// Only what was claimed less often than this is wanted.
pub(crate) fn below(wanted: &Wanted<'_>) -> i64 {
    if wanted.suspects { i64::MAX } else { SUSPECT }
}

/// How much longer than others a suspect is held: anything up to another lease, in microseconds.
pub(crate) fn apart(env: &Env, wanted: &Wanted<'_>) -> i64 {
    let lease_us = u128::try_from(wanted.lease_seconds.saturating_mul(1_000_000)).unwrap_or(0);
    let longer = u128::from_be_bytes(env.bytes::<16>()).checked_rem(lease_us).unwrap_or(0);
    i64::try_from(longer).unwrap_or(0)
}

/// Holds one apart; `sql` adds $3 to the lease of the row ($1, $2).
pub(crate) async fn hold_apart(
    tx: &mut PlatformTx,
    sql: &'static str,
    (tenant, id): (Uuid, Uuid),
    wanted: &Wanted<'_>,
) -> Result<(), StoreError> {
    let longer = apart(&tx.env, wanted);
    on!(tx, |conn| sqlx::query(sql).bind(tenant).bind(id).bind(longer).execute(conn).await.map(|_done| ())?);
    Ok(())
}

/// Nobody else can hold anything here: what a process that died had claimed is free at once, suspects apart. For
/// SQLite, whose file has one owner; with several nodes all claims must run out by themselves.
pub async fn release_all(tx: &mut PlatformTx) -> Result<(), StoreError> {
    const ALL: [&str; 3] = [
        "UPDATE lanes SET lease_until_us = 0 WHERE lease_until_us > 0 AND attempts < $1 AND tenant_id IS NOT NULL",
        "UPDATE jobs SET lease_until_us = 0
            WHERE lease_until_us > 0 AND attempts < $1 AND state = 'queued' AND tenant_id IS NOT NULL",
        "UPDATE outbox SET lease_until_us = 0 WHERE lease_until_us > 0 AND claims < $1
            AND state IN ('queued', 'claimed', 'sending') AND tenant_id IS NOT NULL",
    ];
    for sql in ALL {
        on!(tx, |conn| sqlx::query(sql).bind(SUSPECT).execute(conn).await.map(|_done| ())?);
    }
    Ok(())
}
