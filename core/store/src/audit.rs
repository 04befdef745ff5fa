//! Who did what, chained by SHA-256 per tenant: an edited, removed or reordered row breaks the chain.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::{StoreError, TenantTx, codec, engine::on};

/// More than a tenant has transactions open at once.
const TRIES: usize = 64;

/// Appends in the caller's transaction.
pub async fn append(tx: &mut TenantTx, actor: &str, action: &str, subject: &str) -> Result<(), StoreError> {
    const LAST: &str = "SELECT seq, hash FROM audit WHERE tenant_id = $1 ORDER BY seq DESC LIMIT 1";
    const SQL: &str =
        "INSERT INTO audit (tenant_id, seq, at_us, actor, action, subject, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT DO NOTHING";
    let (tenant, now) = (tx.tenant(), codec::us(tx.env.now()));
    // On PostgreSQL somebody else may be writing the same link: the insert waits for them, and then ours is the next.
    for _ in 0..TRIES {
        let last: Option<(i64, String)> =
            on!(tx, |conn| sqlx::query_as(LAST).bind(tenant.0).fetch_optional(conn).await?);
        let (seq, previous) = last.map_or((1, String::new()), |(seq, hash)| (seq + 1, hash));
        let hash = link(&previous, seq, now, actor, action, subject);
        let linked = on!(tx, |conn| sqlx::query(SQL)
            .bind(tenant.0)
            .bind(seq)
            .bind(now)
            .bind(actor)
            .bind(action)
            .bind(subject)
            .bind(&hash)
            .execute(conn)
            .await?
            .rows_affected());
        if linked == 1 {
            return Ok(());
        }
    }
    Err(StoreError::Conflict("too many write the audit at once"))
}

/// Who did what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub at: Timestamp,
    pub actor: String,
    pub action: String,
    pub subject: String,
}

/// The newest first.
pub async fn newest(tx: &mut TenantTx, most: u32) -> Result<Vec<Entry>, StoreError> {
    const SQL: &str =
        "SELECT at_us, actor, action, subject FROM audit WHERE tenant_id = $1 ORDER BY seq DESC LIMIT +$2";
    let tenant = tx.tenant();
    let rows: Vec<(i64, String, String, String)> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(i64::from(most)).fetch_all(conn).await?);
    let entry = |(at, actor, action, subject)| Ok(Entry { at: codec::at(at)?, actor, action, subject });
    rows.into_iter().map(entry).collect()
}

/// The first row that does not follow from the one before, if any.
pub async fn first_broken(tx: &mut TenantTx) -> Result<Option<i64>, StoreError> {
    const SQL: &str = "SELECT seq, at_us, actor, action, subject, hash FROM audit WHERE tenant_id = $1 ORDER BY seq";
    type Row = (i64, i64, String, String, String, String);
    let tenant = tx.tenant();
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).fetch_all(conn).await?);
    let mut previous = String::new();
    for (expected, (seq, at, actor, action, subject, hash)) in (1_i64..).zip(rows) {
        if seq != expected || hash != link(&previous, seq, at, &actor, &action, &subject) {
            return Ok(Some(expected));
        }
        previous = hash;
    }
    Ok(None)
}

/// Fields are length-prefixed so that no two rows share one text.
fn link(previous: &str, seq: i64, at: i64, actor: &str, action: &str, subject: &str) -> String {
    let mut hash = Sha256::new();
    for field in [previous, &seq.to_string(), &at.to_string(), actor, action, subject] {
        hash.update(field.len().to_string().as_bytes());
        hash.update(b":");
        hash.update(field.as_bytes());
    }
    hex::encode(hash.finalize())
}
