//! Releases tried on a share of their tenants: the canary itself is the platform's; who takes part and what was watched
//! of each are rows of the tenants.
//!
//! Invariant: every step of a canary is a guarded change (`WHERE state = …`), so that two nodes that take it at the same
//! time take it once.

use domain::{
    CanaryId, ReleaseId, TenantId,
    canary::{Canary, CanaryState, Figures, Side, Standing},
};
use uuid::Uuid;

use crate::{PlatformTx, StoreError, TenantTx, codec, engine::on};

/// What to begin.
#[derive(Debug, Clone)]
pub struct NewCanary<'a> {
    pub id: CanaryId,
    pub module: &'a str,
    pub release: ReleaseId,
    pub percent: u8,
    pub by: &'a str,
}

/// False when a canary of this module is open already.
pub async fn begin(tx: &mut PlatformTx, new: &NewCanary<'_>) -> Result<bool, StoreError> {
    const SQL: &str = "INSERT INTO canaries (id, module, release_id, percent, state, started_us, started_by)
        VALUES ($1, $2, $3, $4, 'running', $5, $6) ON CONFLICT DO NOTHING";
    let now = codec::us(tx.env.now());
    let begun = on!(tx, |conn| sqlx::query(SQL)
        .bind(new.id.0)
        .bind(new.module)
        .bind(new.release.0)
        .bind(i64::from(new.percent))
        .bind(now)
        .bind(new.by)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(begun == 1)
}

/// A tenant's part in a canary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub tenant: TenantId,
    pub side: Side,
    pub standing: Standing,
    pub before_digest: String,
    pub note: String,
}

/// Gives a tenant its part; one that has a part already keeps it.
pub async fn place(tx: &mut PlatformTx, canary: CanaryId, place: &Place) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO canary_tenants (tenant_id, canary_id, side, state, before_digest, note)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(place.tenant.0)
        .bind(canary.0)
        .bind(place.side.as_str())
        .bind(place.standing.as_str())
        .bind(&place.before_digest)
        .bind(&place.note)
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    module: String,
    release_id: Uuid,
    digest: String,
    version: String,
    percent: i64,
    state: String,
    started_us: i64,
    started_by: String,
    ended_us: Option<i64>,
    ended_by: Option<String>,
    reason: Option<String>,
}

impl Row {
    fn canary(self) -> Result<Canary, StoreError> {
        let state = CanaryState::ALL.into_iter().find(|state| state.as_str() == self.state);
        Ok(Canary {
            id: CanaryId(self.id),
            module: self.module,
            release: ReleaseId(self.release_id),
            digest: self.digest,
            version: self.version,
            percent: u8::try_from(self.percent).unwrap_or(100),
            state: state.ok_or(StoreError::Corrupt("state of a canary"))?,
            started_at: codec::at(self.started_us)?,
            started_by: self.started_by,
            ended_at: self.ended_us.map(codec::at).transpose()?,
            ended_by: self.ended_by,
            reason: self.reason,
        })
    }
}

/// Those that something is still to be done about.
pub async fn open(tx: &mut PlatformTx) -> Result<Vec<Canary>, StoreError> {
    const SQL: &str = "SELECT c.id, c.module, c.release_id, r.digest, r.version, c.percent, c.state, c.started_us,
          c.started_by, c.ended_us, c.ended_by, c.reason
        FROM canaries c JOIN releases r ON r.id = c.release_id
        WHERE c.state IN ('running', 'stopping', 'promoting') ORDER BY c.id";
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL).fetch_all(conn).await?);
    rows.into_iter().map(Row::canary).collect()
}

/// The newest first.
pub async fn newest(tx: &mut PlatformTx, most: u32) -> Result<Vec<Canary>, StoreError> {
    const SQL: &str = "SELECT c.id, c.module, c.release_id, r.digest, r.version, c.percent, c.state, c.started_us,
          c.started_by, c.ended_us, c.ended_by, c.reason
        FROM canaries c JOIN releases r ON r.id = c.release_id ORDER BY c.id DESC LIMIT +$1";
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(i64::from(most)).fetch_all(conn).await?);
    rows.into_iter().map(Row::canary).collect()
}

/// Ends the trial of a running canary: from now on tenants go back or follow. False when somebody else ended it first.
pub async fn turn(
    tx: &mut PlatformTx,
    canary: CanaryId,
    to: CanaryState,
    by: &str,
    reason: &str,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE canaries SET state = $2, ended_us = $3, ended_by = $4, reason = $5
        WHERE id = $1 AND state = 'running'";
    let now = codec::us(tx.env.now());
    let turned = on!(tx, |conn| sqlx::query(SQL)
        .bind(canary.0)
        .bind(to.as_str())
        .bind(now)
        .bind(by)
        .bind(reason)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(turned == 1)
}

/// The last tenant is where it belongs. False when somebody else has noted it.
pub async fn close(
    tx: &mut PlatformTx,
    canary: CanaryId,
    from: CanaryState,
    to: CanaryState,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE canaries SET state = $3 WHERE id = $1 AND state = $2";
    let closed = on!(tx, |conn| sqlx::query(SQL)
        .bind(canary.0)
        .bind(from.as_str())
        .bind(to.as_str())
        .execute(conn)
        .await?
        .rows_affected());
    Ok(closed == 1)
}

/// Tenants that had stayed behind are to follow.
pub async fn call_the_rest(tx: &mut PlatformTx, canary: CanaryId) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE canary_tenants SET state = 'waiting'
        WHERE canary_id = $1 AND side = 'old' AND state = 'rest' AND tenant_id IS NOT NULL";
    on!(tx, |conn| sqlx::query(SQL).bind(canary.0).execute(conn).await.map(|_done| ())?);
    Ok(())
}

type PlaceRow = (Uuid, String, String, String, String);

fn read((tenant, side, standing, before_digest, note): PlaceRow) -> Result<Place, StoreError> {
    let known_side = Side::ALL.into_iter().find(|known| known.as_str() == side);
    let known_standing = Standing::ALL.into_iter().find(|known| known.as_str() == standing);
    Ok(Place {
        tenant: TenantId(tenant),
        side: known_side.ok_or(StoreError::Corrupt("side of a canary"))?,
        standing: known_standing.ok_or(StoreError::Corrupt("standing in a canary"))?,
        before_digest,
        note,
    })
}

/// Everybody's part.
pub async fn places(tx: &mut PlatformTx, canary: CanaryId) -> Result<Vec<Place>, StoreError> {
    const SQL: &str = "SELECT tenant_id, side, state, before_digest, note FROM canary_tenants WHERE canary_id = $1";
    let rows: Vec<PlaceRow> = on!(tx, |conn| sqlx::query_as(SQL).bind(canary.0).fetch_all(conn).await?);
    rows.into_iter().map(read).collect()
}

/// False when the tenant does not stand there any more: then another node has done what was to be done.
pub async fn stand(
    tx: &mut TenantTx,
    canary: CanaryId,
    from: Standing,
    to: Standing,
    note: &str,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE canary_tenants SET state = $4, note = $5
        WHERE tenant_id = $1 AND canary_id = $2 AND state = $3";
    let tenant = tx.tenant();
    let moved = on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(canary.0)
        .bind(from.as_str())
        .bind(to.as_str())
        .bind(note)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(moved == 1)
}

/// Adds what was watched of this tenant.
pub async fn add(tx: &mut TenantTx, canary: CanaryId, figures: &Figures) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO canary_figures (tenant_id, canary_id, figure, amount) VALUES ($1, $2, $3, $4)
        ON CONFLICT (tenant_id, canary_id, figure) DO UPDATE SET amount = canary_figures.amount + excluded.amount";
    let tenant = tx.tenant();
    for (figure, amount) in figures.named() {
        let amount = i64::try_from(amount).unwrap_or(i64::MAX);
        on!(tx, |conn| sqlx::query(SQL)
            .bind(tenant.0)
            .bind(canary.0)
            .bind(&figure)
            .bind(amount)
            .execute(conn)
            .await
            .map(|_done| ())?);
    }
    Ok(())
}

/// The sums of both sides: of those who try the new release, and of those who stayed.
pub async fn sums(tx: &mut PlatformTx, canary: CanaryId) -> Result<(Figures, Figures), StoreError> {
    const SQL: &str = "SELECT t.side, f.figure, CAST(sum(f.amount) AS BIGINT) FROM canary_figures f
        JOIN canary_tenants t ON t.tenant_id = f.tenant_id AND t.canary_id = f.canary_id
        WHERE f.canary_id = $1 GROUP BY t.side, f.figure";
    let rows: Vec<(String, String, i64)> = on!(tx, |conn| sqlx::query_as(SQL).bind(canary.0).fetch_all(conn).await?);
    let (mut new, mut old) = (Figures::default(), Figures::default());
    for (side, figure, amount) in rows {
        let sums = if side == Side::New.as_str() { &mut new } else { &mut old };
        sums.add(&figure, u64::try_from(amount).unwrap_or(0));
    }
    Ok((new, old))
}
