//! Work whose claims keep ending without a word: it may be what kills processes, or it was only there when they died.
//!
//! Two deaths are followed at once. From its third claim on, work waits until that claim runs out by itself, whoever
//! restarts meanwhile: to be tried a dozen times takes minutes. Each claim then also lasts a random while longer, so that
//! those who died together are not claimed together again, and only the guilty one is there at every death.

use domain::Env;

use crate::{PlatformTx, StoreError, engine::on, fair::Wanted};

/// From this claim on, the ones before having ended in nothing.
pub(crate) const SUSPECT: i64 = 3;

/// How much longer than others a suspect is held: anything up to another lease, in microseconds.
pub(crate) fn apart(env: &Env, wanted: &Wanted<'_>) -> i64 {
    let lease_us = u128::try_from(wanted.lease_seconds.saturating_mul(1_000_000)).unwrap_or(0);
    let longer = u128::from_be_bytes(env.bytes::<16>()).checked_rem(lease_us).unwrap_or(0);
    i64::try_from(longer).unwrap_or(0)
}

/// Nobody else can hold anything here: what a process that died had claimed is free at once, suspects apart. For
/// SQLite, whose file has one owner; with several nodes all claims must run out by themselves.
pub async fn release_all(tx: &mut PlatformTx) -> Result<(), StoreError> {
    const COUNTED: [&str; 2] = [
        "UPDATE lanes SET lease_until_us = 0 WHERE lease_until_us > 0 AND attempts < $1 AND tenant_id IS NOT NULL",
        "UPDATE jobs SET lease_until_us = 0
            WHERE lease_until_us > 0 AND attempts < $1 AND state = 'queued' AND tenant_id IS NOT NULL",
    ];
    const OUTBOX: &str = "UPDATE outbox SET lease_until_us = 0
        WHERE lease_until_us > 0 AND state IN ('queued', 'claimed', 'sending') AND tenant_id IS NOT NULL";
    for sql in COUNTED {
        on!(tx, |conn| sqlx::query(sql).bind(SUSPECT).execute(conn).await.map(|_done| ())?);
    }
    on!(tx, |conn| sqlx::query(OUTBOX).execute(conn).await.map(|_done| ())?);
    Ok(())
}
