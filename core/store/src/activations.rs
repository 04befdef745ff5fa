//! Which release runs for a tenant. Every switch is a new revision; the highest one counts.

use domain::{
    ReleaseId, TenantId,
    vertical::{Activated, Description},
};
use uuid::Uuid;

use crate::{PlatformTx, StoreError, TenantTx, codec, engine::on};

#[derive(sqlx::FromRow)]
struct Row {
    module: String,
    release_id: Uuid,
    digest: String,
    config: String,
    grants: String,
    active: bool,
    data_version: i64,
    plan: String,
}

/// The module that runs for the tenant, if one does.
pub async fn current(tx: &mut TenantTx) -> Result<Option<Activated>, StoreError> {
    Ok(last(tx).await?.filter(|(_, active)| *active).map(|(activated, _)| activated))
}

/// What was switched to last, and whether it is on.
pub async fn last(tx: &mut TenantTx) -> Result<Option<(Activated, bool)>, StoreError> {
    const SQL: &str =
        "SELECT a.module, a.release_id, r.digest, a.config, a.grants, a.active, a.data_version, t.plan
        FROM activations a JOIN releases r ON r.id = a.release_id JOIN tenants t ON t.tenant_id = a.tenant_id WHERE a.tenant_id = $1 ORDER BY a.revision DESC LIMIT 1";
    let tenant = tx.tenant();
    let row: Option<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).fetch_optional(conn).await?);
    let Some(row) = row else { return Ok(None) };
    let activated = Activated {
        tenant,
        module: row.module,
        release: ReleaseId(row.release_id),
        digest: row.digest,
        config: codec::from_json(&row.config, "module configuration")?,
        grants: codec::from_json(&row.grants, "grants")?,
        data_version: u32::try_from(row.data_version).unwrap_or(0),
        plan: row.plan.parse().map_err(|_unknown| StoreError::Corrupt("plan"))?,
    };
    Ok(Some((activated, row.active)))
}

/// What the running release said of itself when it was installed.
pub async fn description(tx: &mut TenantTx, activated: &Activated) -> Result<Option<Description>, StoreError> {
    const SQL: &str = "SELECT r.description FROM releases r WHERE r.id = $2
        AND EXISTS (SELECT 1 FROM activations a WHERE a.tenant_id = $1 AND a.release_id = r.id)";
    let tenant = tx.tenant();
    let row: Option<(String,)> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(activated.release.0).fetch_optional(conn).await?);
    row.map(|(text,)| codec::from_json(&text, "module description")).transpose()
}

/// A tenant that a module runs for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    pub tenant: TenantId,
    pub digest: String,
    /// It stays on what it has, whatever is tried.
    pub pinned: bool,
}

/// All tenants that run `module`, whichever release of it.
pub async fn running(tx: &mut PlatformTx, module: &str) -> Result<Vec<Running>, StoreError> {
    const SQL: &str = "SELECT a.tenant_id, r.digest, p.tenant_id IS NOT NULL FROM activations a
        JOIN releases r ON r.id = a.release_id LEFT JOIN module_pins p ON p.tenant_id = a.tenant_id
        WHERE a.module = $1 AND a.active
          AND a.revision = (SELECT max(b.revision) FROM activations b WHERE b.tenant_id = a.tenant_id)
        ORDER BY a.tenant_id";
    let rows: Vec<(Uuid, String, bool)> = on!(tx, |conn| sqlx::query_as(SQL).bind(module).fetch_all(conn).await?);
    let running = |(tenant, digest, pinned)| Running { tenant: TenantId(tenant), digest, pinned };
    Ok(rows.into_iter().map(running).collect())
}

/// What to switch to.
#[derive(Debug, Clone)]
pub struct Switch<'a> {
    pub module: &'a str,
    pub release: ReleaseId,
    pub config: &'a serde_json::Value,
    pub grants: &'a [String],
    pub data_version: u32,
}

/// Switches to a release with its configuration and grants. Gives the new revision.
pub async fn activate(tx: &mut TenantTx, switch: &Switch<'_>) -> Result<i64, StoreError> {
    const SQL: &str = "INSERT INTO activations
        (tenant_id, module, revision, release_id, config, grants, active, at_us, data_version)
        SELECT $1, $2, coalesce(max(revision), 0) + 1, $3, $4, $5, TRUE, $6, $7 FROM activations WHERE tenant_id = $1
        RETURNING revision";
    let (tenant, now) = (tx.tenant(), codec::us(tx.env.now()));
    let (revision,): (i64,) = on!(tx, |conn| sqlx::query_as(SQL)
        .bind(tenant.0)
        .bind(switch.module)
        .bind(switch.release.0)
        .bind(switch.config.to_string())
        .bind(codec::json(&switch.grants))
        .bind(now)
        .bind(i64::from(switch.data_version))
        .fetch_one(conn)
        .await?);
    Ok(revision)
}

/// Goes back to the newest release, configuration and grants that differ from the current ones. `None` when there are
/// none.
pub async fn roll_back(tx: &mut TenantTx) -> Result<Option<Activated>, StoreError> {
    const SQL: &str = "INSERT INTO activations
        (tenant_id, module, revision, release_id, config, grants, active, at_us, data_version)
        SELECT tenant_id, module, (SELECT max(revision) + 1 FROM activations WHERE tenant_id = $1), release_id, config,
          grants, active, $2, data_version
        FROM activations b WHERE tenant_id = $1 AND active AND EXISTS (
            SELECT 1 FROM activations c WHERE c.tenant_id = $1
              AND c.revision = (SELECT max(revision) FROM activations WHERE tenant_id = $1)
              AND (c.release_id <> b.release_id OR c.config <> b.config OR c.grants <> b.grants))
        ORDER BY revision DESC LIMIT 1";
    went_back(tx, SQL).await
}

/// The same, but to another release: other settings of one that fails are no way back.
pub async fn roll_back_release(tx: &mut TenantTx) -> Result<Option<Activated>, StoreError> {
    const SQL: &str = "INSERT INTO activations
        (tenant_id, module, revision, release_id, config, grants, active, at_us, data_version)
        SELECT tenant_id, module, (SELECT max(revision) + 1 FROM activations WHERE tenant_id = $1), release_id, config,
          grants, active, $2, data_version
        FROM activations WHERE tenant_id = $1 AND active AND release_id <> (
            SELECT release_id FROM activations WHERE tenant_id = $1 ORDER BY revision DESC LIMIT 1)
        ORDER BY revision DESC LIMIT 1";
    went_back(tx, SQL).await
}

async fn went_back(tx: &mut TenantTx, sql: &'static str) -> Result<Option<Activated>, StoreError> {
    let (tenant, now) = (tx.tenant(), codec::us(tx.env.now()));
    let changed = on!(tx, |conn| sqlx::query(sql).bind(tenant.0).bind(now).execute(conn).await?.rows_affected());
    if changed == 1 { current(tx).await } else { Ok(None) }
}

/// Turns the module off, or on again as it was. False when there is nothing to turn.
pub async fn set_active(tx: &mut TenantTx, active: bool) -> Result<bool, StoreError> {
    const SQL: &str = "INSERT INTO activations
        (tenant_id, module, revision, release_id, config, grants, active, at_us, data_version)
        SELECT tenant_id, module, revision + 1, release_id, config, grants, $2, $3, data_version
        FROM activations WHERE tenant_id = $1 AND active <> $2
          AND revision = (SELECT max(revision) FROM activations WHERE tenant_id = $1)";
    let (tenant, now) = (tx.tenant(), codec::us(tx.env.now()));
    let changed =
        on!(tx, |conn| sqlx::query(SQL).bind(tenant.0).bind(active).bind(now).execute(conn).await?.rows_affected());
    Ok(changed == 1)
}
