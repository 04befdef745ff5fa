//! What the platform's admin sees: every tenant, every module, and what their calls cost.

use domain::{Id as _, ReleaseId, tenant::TenantStatus, vertical::Usage};
use jiff::SignedDuration;
use store::{
    activations,
    releases::{self, Release},
};

use crate::{
    App, SwitchError,
    view::{AppError, ModuleRow, PlatformView, TenantRow, UsageRow},
};

/// Most rows of costs shown at once.
const COSTS: u32 = 200;

impl App {
    pub async fn platform(&self) -> Result<PlatformView, AppError> {
        let mut tx = self.store.platform_read().await?;
        let tenants = store::tenants::all(&mut tx).await?;
        let releases = releases::all(&mut tx).await?;
        drop(tx);
        let mut rows = Vec::with_capacity(tenants.len());
        let mut running: Vec<String> = Vec::new();
        for tenant in tenants {
            let mut tx = self.store.read(tenant.id).await?;
            let current = activations::current(&mut tx).await?;
            let release = current.and_then(|current| releases.iter().find(|release| release.id == current.release));
            running.extend(release.map(|release| release.digest.clone()));
            let plan = store::plan::of(&mut tx).await?;
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
                plan,
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
        let canaries = self.canaries().await?;
        Ok(PlatformView { tenants: rows, modules: releases.iter().map(row).collect(), canaries })
    }

    /// What a tenant's module calls cost in the last `days`, by module and function, written down or not.
    pub async fn module_usage(&self, slug: &str, days: u32) -> Result<Vec<UsageRow>, SwitchError> {
        self.keep_usage().await?;
        let tenant = self.tenant(slug).await?;
        let mut tx = self.store.read(tenant).await?;
        let costs = store::module_usage::since(&mut tx, &self.days_ago(days)).await?;
        Ok(costs.into_iter().map(|usage| UsageRow::new(slug.to_owned(), usage)).collect())
    }

    /// What module calls of all tenants cost in the last `days`, by tenant, module and function: the most first.
    pub async fn usage(&self, days: u32) -> Result<Vec<UsageRow>, AppError> {
        self.keep_usage().await?;
        let mut tx = self.store.platform_read().await?;
        let costs = store::module_usage::of_all(&mut tx, &self.days_ago(days), COSTS).await?;
        Ok(costs.into_iter().map(|(slug, usage)| UsageRow::new(slug, usage)).collect())
    }

    /// As costs are added up: by days in UTC, today's included.
    fn days_ago(&self, days: u32) -> String {
        let apart = SignedDuration::from_hours(24 * i64::from(days));
        self.env.now().checked_sub(apart).unwrap_or(jiff::Timestamp::MIN).strftime("%Y-%m-%d").to_string()
    }
}

impl UsageRow {
    fn new(tenant: String, usage: Usage) -> Self {
        let Usage { tenant: _, module, function, calls, failures, cpu_us, host_calls, peak_memory_bytes } = usage;
        Self { tenant, module, function, calls, failures, cpu_us, host_calls, peak_memory_bytes }
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
