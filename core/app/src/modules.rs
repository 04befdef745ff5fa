//! Modules: installed for the platform, switched per tenant, rolled back; and what the platform admin sees.

use domain::{
    Id, ReleaseId, TenantId,
    tenant::TenantStatus,
    vertical::{Activated, Description},
};
use store::releases::{self, Release};

use crate::{
    App,
    view::{AppError, ModuleRow, PlatformView, TenantRow},
};

/// Why a switch was not made.
#[derive(Debug, thiserror::Error)]
pub enum SwitchError {
    #[error("there is no tenant {0:?}")]
    NoTenant(String),
    #[error("no release of {0:?} is installed{1}")]
    NoRelease(String, String),
    #[error("there is no earlier release to go back to")]
    NothingBefore,
    #[error(transparent)]
    App(#[from] AppError),
}

impl From<store::StoreError> for SwitchError {
    fn from(error: store::StoreError) -> Self {
        Self::App(error.into())
    }
}

impl App {
    /// Keeps a component that the module host has checked. The same bytes twice are one release.
    pub async fn keep_release(
        &self,
        digest: &str,
        description: &Description,
        component: &[u8],
    ) -> Result<Release, AppError> {
        let release = Release {
            id: self.env.id::<ReleaseId>(),
            module: description.name.clone(),
            version: description.version.clone(),
            digest: digest.to_owned(),
            description: description.clone(),
        };
        let mut tx = self.store.platform().await?;
        let kept = releases::install(&mut tx, &release, component).await?;
        tx.commit().await?;
        Ok(kept)
    }

    pub async fn releases(&self) -> Result<Vec<Release>, AppError> {
        let mut tx = self.store.platform_read().await?;
        Ok(releases::all(&mut tx).await?)
    }

    /// Makes the newest release of `module` (or the one whose digest begins with `digest`) run for a tenant. Turns that
    /// have begun end on the release they began with.
    pub async fn activate(
        &self,
        slug: &str,
        module: &str,
        digest: Option<&str>,
        config: Option<serde_json::Value>,
    ) -> Result<Release, SwitchError> {
        let tenant = self.tenant(slug).await?;
        let all = self.releases().await?;
        let wanted = |release: &&Release| {
            release.module == module && digest.is_none_or(|digest| release.digest.starts_with(digest))
        };
        let hint = digest.map(|digest| format!(" with a digest that begins with {digest}")).unwrap_or_default();
        let release = all.iter().find(wanted).ok_or(SwitchError::NoRelease(module.to_owned(), hint))?.clone();
        let mut tx = self.store.write(tenant).await?;
        let current = store::activations::current(&mut tx).await?.filter(|current| current.module == module);
        let config = config.or(current.map(|current| current.config)).unwrap_or(serde_json::Value::Null);
        let grants: Vec<String> = release.description.capabilities.iter().map(|wanted| wanted.name.clone()).collect();
        store::activations::activate(&mut tx, module, release.id, &config, &grants).await?;
        store::audit::append(&mut tx, "platform", "activated", &format!("{module} {}", release.digest)).await?;
        tx.commit().await?;
        self.ring();
        Ok(release)
    }

    pub async fn roll_back(&self, slug: &str) -> Result<Activated, SwitchError> {
        let tenant = self.tenant(slug).await?;
        let mut tx = self.store.write(tenant).await?;
        let back = store::activations::roll_back(&mut tx).await?.ok_or(SwitchError::NothingBefore)?;
        store::audit::append(&mut tx, "platform", "rolled_back", &format!("{} {}", back.module, back.digest)).await?;
        tx.commit().await?;
        self.ring();
        Ok(back)
    }

    async fn tenant(&self, slug: &str) -> Result<TenantId, SwitchError> {
        let mut tx = self.store.platform_read().await?;
        store::tenants::by_slug(&mut tx, slug)
            .await?
            .map(|tenant| tenant.id)
            .ok_or_else(|| SwitchError::NoTenant(slug.to_owned()))
    }

    pub async fn platform(&self) -> Result<PlatformView, AppError> {
        let mut tx = self.store.platform_read().await?;
        let tenants = store::tenants::all(&mut tx).await?;
        let releases = releases::all(&mut tx).await?;
        drop(tx);
        let mut rows = Vec::with_capacity(tenants.len());
        let mut running: Vec<String> = Vec::new();
        for tenant in tenants {
            let mut tx = self.store.read(tenant.id).await?;
            let current = store::activations::current(&mut tx).await?;
            let release = current.and_then(|current| releases.iter().find(|release| release.id == current.release));
            running.extend(release.map(|release| release.digest.clone()));
            let (bookings, conversations) = store::tenants::activity(&mut tx, 30).await?;
            drop(tx);
            rows.push(TenantRow {
                slug: tenant.slug,
                name: tenant.name,
                active: tenant.status == TenantStatus::Active,
                module: release.map(|release| format!("{} {}", release.module, release.version)).unwrap_or_default(),
                channels: u32::from(self.has_channel(tenant.id).await?),
                bookings_30_days: bookings,
                conversations_30_days: conversations,
            });
        }
        let row = |release: &Release| ModuleRow {
            name: release.module.clone(),
            version: release.version.clone(),
            digest: release.digest.clone(),
            installed_at: installed_at(release.id),
            tenants: u32::try_from(running.iter().filter(|digest| **digest == release.digest).count())
                .unwrap_or(u32::MAX),
        };
        Ok(PlatformView { tenants: rows, modules: releases.iter().map(row).collect() })
    }
}

/// A version 7 id holds the time it was made.
fn installed_at(id: ReleaseId) -> jiff::Timestamp {
    let made = id.uuid().get_timestamp().and_then(|stamp| {
        let (seconds, nanos) = stamp.to_unix();
        jiff::Timestamp::new(i64::try_from(seconds).ok()?, i32::try_from(nanos).ok()?).ok()
    });
    made.unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}
