//! What the platform's admin sees: every tenant, every module, and what their calls cost.

use domain::{Language, tenant::TenantStatus, vertical::Usage};
use jiff::SignedDuration;
use store::activations;

use crate::{
    App, SwitchError,
    view::{AppError, PlatformView, TenantRow, UsageRow},
};

/// Most rows of costs shown at once.
const COSTS: u32 = 200;

impl App {
    pub async fn platform(&self, language: Language) -> Result<PlatformView, AppError> {
        let mut tx = self.store.platform_read().await?;
        let tenants = store::tenants::all(&mut tx).await?;
        drop(tx);
        let modules = self.modules(language).await?;
        let mut rows = Vec::with_capacity(tenants.len());
        for tenant in tenants {
            let mut tx = self.store.read(tenant.id).await?;
            let current = activations::current(&mut tx).await?;
            let release = current.and_then(|current| modules.iter().find(|release| release.digest == current.digest));
            let plan = store::plan::of(&mut tx).await?;
            let (bookings, conversations) = store::tenants::activity(&mut tx, 30).await?;
            drop(tx);
            rows.push(TenantRow {
                slug: tenant.slug,
                name: tenant.name,
                active: tenant.status == TenantStatus::Active,
                module: release.map(|release| format!("{} {}", release.name, release.version)).unwrap_or_default(),
                channels: u32::from(self.has_channel(tenant.id).await?),
                bookings_30_days: bookings,
                conversations_30_days: conversations,
                plan,
            });
        }
        let canaries = self.canaries().await?;
        Ok(PlatformView { tenants: rows, modules, canaries })
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
        let Usage { tenant: _, module, function, calls, failures, cpu_us, host_calls, host_bytes, peak_memory_bytes } =
            usage;
        Self { tenant, module, function, calls, failures, cpu_us, host_calls, host_bytes, peak_memory_bytes }
    }
}
