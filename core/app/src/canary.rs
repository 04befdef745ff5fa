//! Trying a release on a share of its tenants before all get it: begun, looked at, stopped and promoted by a platform
//! admin, or stopped by itself (`rule`). `steps` moves the tenants.
//!
//! Invariants: who takes part is settled once, by the digest and the tenants' ids, when the canary begins; all of it lies
//! in the database, so that any node goes on after another one died; pinned tenants are never touched.

mod rule;
mod steps;

use domain::{
    CanaryId, Id, TenantId,
    canary::{BY_RULE, Canary, CanaryState, Side, Standing},
};
use sha2::{Digest, Sha256};
use store::{
    activations::{self, Running},
    canaries::{self, NewCanary, Place},
};

use crate::{
    App, SwitchError,
    view::{AppError, CanaryTenant, CanaryView},
};

/// Canaries that a list shows at most.
const MOST: u32 = 20;

/// Why a canary was not begun or ended.
#[derive(Debug, thiserror::Error)]
pub enum CanaryError {
    #[error("a share is 1 to 100 percent")]
    Percent,
    #[error("nobody runs another release of {0}, so there is nobody to try this one on")]
    Nobody(String),
    #[error("all tenants that run {0} are pinned")]
    AllPinned(String),
    #[error("a canary of {0} is going on already; stop or promote it first")]
    GoingOn(String),
    #[error("no canary of {0} is running")]
    NotRunning(String),
    #[error("the tenant is pinned already, or was not pinned")]
    AsItWas,
    #[error(transparent)]
    Switch(#[from] SwitchError),
    #[error(transparent)]
    App(#[from] AppError),
}

impl From<store::StoreError> for CanaryError {
    fn from(error: store::StoreError) -> Self {
        Self::App(error.into())
    }
}

/// What a person in front of a form is told.
impl From<CanaryError> for AppError {
    fn from(error: CanaryError) -> Self {
        match error {
            CanaryError::App(error) => error,
            CanaryError::Switch(error) => error.into(),
            refused @ (CanaryError::Percent
            | CanaryError::Nobody(_)
            | CanaryError::AllPinned(_)
            | CanaryError::GoingOn(_)
            | CanaryError::NotRunning(_)
            | CanaryError::AsItWas) => Self::Invalid { field: "canary".to_owned(), reason: refused.to_string() },
        }
    }
}

impl App {
    /// Begins to try a release on `percent` of the tenants that run another one of its module: the newest of `module`, or
    /// the one whose digest begins with `digest`.
    pub async fn start_canary(
        &self,
        module: &str,
        digest: Option<&str>,
        percent: u8,
        by: &str,
    ) -> Result<CanaryView, CanaryError> {
        if !(1..=100).contains(&percent) {
            return Err(CanaryError::Percent);
        }
        let release = self.release(module, digest).await?;
        let new = NewCanary { id: self.env.id(), module, release: release.id, percent, by };
        let mut tx = self.store.platform().await?;
        let running = activations::running(&mut tx, module).await?;
        let places = draw(running, &release.digest, percent);
        if places.is_empty() {
            return Err(CanaryError::Nobody(module.to_owned()));
        }
        if places.iter().all(|place| place.side == Side::Pinned) {
            return Err(CanaryError::AllPinned(module.to_owned()));
        }
        if !canaries::begin(&mut tx, &new).await? {
            return Err(CanaryError::GoingOn(module.to_owned()));
        }
        for place in &places {
            canaries::place(&mut tx, new.id, place).await?;
        }
        tx.commit().await?;
        tracing::info!(module, digest = release.digest, percent, by, "a canary began");
        self.advance_canaries().await?;
        self.canary(new.id).await
    }

    /// The newest first, with what was watched until now.
    pub async fn canaries(&self) -> Result<Vec<CanaryView>, AppError> {
        self.keep_figures().await?;
        let mut tx = self.store.platform_read().await?;
        let newest = canaries::newest(&mut tx, MOST).await?;
        drop(tx);
        let mut views = Vec::with_capacity(newest.len());
        for canary in newest {
            views.push(self.shown(canary).await?);
        }
        Ok(views)
    }

    pub async fn canary(&self, id: CanaryId) -> Result<CanaryView, CanaryError> {
        let found = self.canaries().await?.into_iter().find(|canary| canary.id == id);
        Ok(found.ok_or(AppError::NotFound)?)
    }

    /// The canary of `module` that is running.
    pub async fn running_canary(&self, module: &str) -> Result<CanaryId, CanaryError> {
        let mut tx = self.store.platform_read().await?;
        let open = canaries::open(&mut tx).await?;
        let running = open.into_iter().find(|open| open.module == module && open.state == CanaryState::Running);
        running.map(|canary| canary.id).ok_or_else(|| CanaryError::NotRunning(module.to_owned()))
    }

    /// All tenants that try it go back to what they had.
    pub async fn stop_canary(&self, id: CanaryId, by: &str, reason: &str) -> Result<CanaryView, CanaryError> {
        self.end_canary(id, CanaryState::Stopping, by, reason).await
    }

    /// All tenants that stayed behind follow, except pinned ones.
    pub async fn promote_canary(&self, id: CanaryId, by: &str) -> Result<CanaryView, CanaryError> {
        self.end_canary(id, CanaryState::Promoting, by, "promoted").await
    }

    async fn end_canary(
        &self,
        id: CanaryId,
        to: CanaryState,
        by: &str,
        reason: &str,
    ) -> Result<CanaryView, CanaryError> {
        let mut tx = self.store.platform().await?;
        let open = canaries::open(&mut tx).await?;
        let canary = open.into_iter().find(|open| open.id == id).ok_or(AppError::NotFound)?;
        if !canaries::turn(&mut tx, id, to, by, reason).await? {
            return Err(CanaryError::NotRunning(canary.module));
        }
        if to == CanaryState::Promoting {
            canaries::call_the_rest(&mut tx, id).await?;
            // Whoever took up an old release since follows too.
            for running in activations::running(&mut tx, &canary.module).await? {
                if !running.pinned && running.digest != canary.digest {
                    canaries::place(&mut tx, id, &place(running, Side::Old, Standing::Waiting)).await?;
                }
            }
        }
        tx.commit().await?;
        tracing::info!(module = canary.module, digest = canary.digest, by, reason, "a canary ended");
        self.advance_canaries().await?;
        self.canary(id).await
    }

    /// Keeps a tenant on the release it has, whatever is tried or promoted; or lets it take part again.
    pub async fn pin_module(&self, slug: &str, pinned: bool, by: &str) -> Result<(), CanaryError> {
        let tenant = self.tenant(slug).await?;
        let mut tx = self.store.write(tenant).await?;
        let changed = if pinned {
            store::module_pins::pin(&mut tx, by).await?
        } else {
            store::module_pins::unpin(&mut tx).await?
        };
        if !changed {
            return Err(CanaryError::AsItWas);
        }
        store::audit::append(&mut tx, by, if pinned { "module_pinned" } else { "module_unpinned" }, slug).await?;
        Ok(tx.commit().await?)
    }

    async fn shown(&self, canary: Canary) -> Result<CanaryView, AppError> {
        let mut tx = self.store.platform_read().await?;
        let (new, old) = canaries::sums(&mut tx, canary.id).await?;
        let places = canaries::places(&mut tx, canary.id).await?;
        let tenants = store::tenants::all(&mut tx).await?;
        drop(tx);
        let slug = |id: TenantId| tenants.iter().find(|tenant| tenant.id == id).map(|tenant| tenant.slug.clone());
        let row = |place: Place| CanaryTenant {
            slug: slug(place.tenant).unwrap_or_default(),
            side: place.side,
            standing: place.standing,
            note: place.note,
        };
        let mut tenants: Vec<CanaryTenant> = places.into_iter().map(row).collect();
        tenants.sort_by(|one, other| (one.side, &one.slug).cmp(&(other.side, &other.slug)));
        Ok(CanaryView {
            id: canary.id,
            module: canary.module,
            version: canary.version,
            digest: canary.digest,
            percent: canary.percent,
            state: canary.state,
            by_rule: canary.ended_by.as_deref() == Some(BY_RULE),
            started_at: canary.started_at,
            started_by: canary.started_by,
            ended_at: canary.ended_at,
            ended_by: canary.ended_by,
            reason: canary.reason,
            new: new.into(),
            old: old.into(),
            tenants,
        })
    }
}

/// Who tries the release: those whose hash with its digest is smallest, as many as the share rounded up. A larger share
/// of the same release has all of a smaller one; another release begins with others.
fn draw(running: Vec<Running>, digest: &str, percent: u8) -> Vec<Place> {
    let hash = |running: &Running| {
        let mut hash = Sha256::new_with_prefix(digest.as_bytes());
        hash.update(running.tenant.uuid().as_bytes());
        <[u8; 32]>::from(hash.finalize())
    };
    let others = running.into_iter().filter(|running| running.digest != digest);
    let (pinned, mut free): (Vec<Running>, Vec<Running>) = others.partition(|running| running.pinned);
    free.sort_by_cached_key(hash);
    let tried = (free.len() * usize::from(percent)).div_ceil(100);
    let standing =
        |place: usize| if place < tried { (Side::New, Standing::Waiting) } else { (Side::Old, Standing::Rest) };
    let free = free.into_iter().enumerate().map(|(number, running)| {
        let (side, standing) = standing(number);
        place(running, side, standing)
    });
    free.chain(pinned.into_iter().map(|running| place(running, Side::Pinned, Standing::Rest))).collect()
}

fn place(running: Running, side: Side, standing: Standing) -> Place {
    Place { tenant: running.tenant, side, standing, before_digest: running.digest, note: String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenants(count: u128) -> Vec<Running> {
        let running = |number| Running {
            tenant: TenantId::from_uuid(uuid::Uuid::from_u128(number)),
            digest: "old".to_owned(),
            pinned: number % 10 == 0,
        };
        (1..=count).map(running).collect()
    }

    fn tried(digest: &str, percent: u8) -> Vec<TenantId> {
        let drawn = draw(tenants(40), digest, percent).into_iter();
        drawn.filter(|place| place.side == Side::New).map(|place| place.tenant).collect()
    }

    #[test]
    fn the_share_is_exact_the_same_each_time_and_leaves_pinned_tenants_out() {
        let (one, more) = (tried("aa", 10), tried("aa", 50));
        assert_eq!((one.len(), more.len()), (4, 18), "of the 36 that are not pinned, rounded up");
        assert_eq!(one, tried("aa", 10));
        assert!(one.iter().all(|tenant| more.contains(tenant)), "a larger share has all of a smaller one");
        assert_ne!(one, tried("bb", 10), "another release is tried on others");
        assert!(more.iter().all(|tenant| tenant.uuid().as_u128() % 10 != 0));
        assert_eq!(draw(tenants(1), "aa", 1).len(), 1, "a share is never nobody");
    }

    #[test]
    fn who_runs_it_already_takes_no_part() {
        assert!(draw(tenants(9), "old", 100).is_empty());
    }
}
