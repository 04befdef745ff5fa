//! Parts of proven calls that could not be read or did not fit: kept sealed until somebody decides.
//!
//! Invariant: a tenant finds only what is its own to decide; what was signed for another number, and may be
//! somebody else's, is the platform's.

use domain::{ChannelId, EventId, TenantId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{PlatformTx, StoreError, TenantTx, codec, crypto::Keys, engine::on};

/// Who decides about a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Owner {
    #[default]
    Tenant,
    Platform,
}

impl Owner {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Platform => "platform",
        }
    }
}

/// What was done with a part in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// Read after all, and handed on.
    Released,
    Discarded,
}

/// A part that waits for a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub id: EventId,
    /// Whose channel it came in on.
    pub tenant: TenantId,
    pub channel: ChannelId,
    pub reason: String,
    /// `None` when it does not open any more.
    pub raw: Option<String>,
    pub at: Timestamp,
}

type Row = (Uuid, Uuid, Uuid, String, Vec<u8>, i64);

fn held((tenant, id, channel, reason, raw, at): Row, keys: &Keys) -> Result<Held, StoreError> {
    let (tenant, id) = (TenantId(tenant), EventId(id));
    let opened = keys.open(tenant, &place(id), "quarantined part", &raw).ok();
    let raw = opened.and_then(|bytes| String::from_utf8(bytes).ok());
    Ok(Held { id, tenant, channel: ChannelId(channel), reason, raw, at: codec::at(at)? })
}

/// Where a part is sealed for.
pub(crate) fn place(id: EventId) -> String {
    format!("quarantine|{id}")
}

/// The tenant's own, the newest first.
pub async fn of_tenant(tx: &mut TenantTx, most: u32) -> Result<Vec<Held>, StoreError> {
    const SQL: &str = "SELECT tenant_id, id, channel_id, reason, raw, at_us FROM quarantine
        WHERE tenant_id = $1 AND state = 'held' AND owner = 'tenant' ORDER BY id DESC LIMIT +$2";
    let tenant = tx.tenant();
    let rows: Vec<Row> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(i64::from(most)).fetch_all(conn).await?);
    rows.into_iter().map(|row| held(row, &tx.keys)).collect()
}

/// What is the platform's to decide, of all tenants' channels, the newest first.
pub async fn of_platform(tx: &mut PlatformTx, most: u32) -> Result<Vec<Held>, StoreError> {
    const SQL: &str = "SELECT tenant_id, id, channel_id, reason, raw, at_us FROM quarantine
        WHERE state = 'held' AND owner = 'platform' ORDER BY id DESC LIMIT +$1";
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(i64::from(most)).fetch_all(conn).await?);
    rows.into_iter().map(|row| held(row, &tx.keys)).collect()
}

/// One part of `owner`'s that still waits.
pub async fn find(tx: &mut TenantTx, id: EventId, owner: Owner) -> Result<Option<Held>, StoreError> {
    const SQL: &str = "SELECT tenant_id, id, channel_id, reason, raw, at_us FROM quarantine
        WHERE tenant_id = $1 AND id = $2 AND owner = $3 AND state = 'held'";
    let tenant = tx.tenant();
    let row: Option<Row> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(id.0).bind(owner.as_str()).fetch_optional(conn).await?);
    row.map(|row| held(row, &tx.keys)).transpose()
}

/// One part of the platform's that still waits, whoever's channel it came in on.
pub async fn find_of_platform(tx: &mut PlatformTx, id: EventId) -> Result<Option<Held>, StoreError> {
    const SQL: &str = "SELECT tenant_id, id, channel_id, reason, raw, at_us FROM quarantine
        WHERE id = $1 AND state = 'held' AND owner = 'platform'";
    let row: Option<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(id.0).fetch_optional(conn).await?);
    row.map(|row| held(row, &tx.keys)).transpose()
}

/// Decided. False when somebody else was faster.
pub async fn close(tx: &mut TenantTx, id: EventId, owner: Owner, how: Closed) -> Result<bool, StoreError> {
    const SQL: &str =
        "UPDATE quarantine SET state = $4 WHERE tenant_id = $1 AND id = $2 AND owner = $3 AND state = 'held'";
    let state = match how {
        Closed::Released => "released",
        Closed::Discarded => "discarded",
    };
    let tenant = tx.tenant();
    let closed = on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(id.0)
        .bind(owner.as_str())
        .bind(state)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(closed == 1)
}
