//! What is installed and what runs where, as the platform's admin sees it; and how a component gets in.

use domain::{
    Id as _, Language, ReleaseId,
    release::{Refusal, Seal, Voucher},
    vertical::{Activated, Description, describing::in_language},
};
use store::{
    TenantTx, activations,
    releases::{self, Release},
};

use crate::{
    App, SwitchError,
    view::{AppError, AskedFor, BusinessModule, Contribution, Granted, ModuleRow, TenantModule},
};

/// Why a component was not installed.
#[derive(Debug, thiserror::Error)]
pub enum NotInstalled {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    App(#[from] AppError),
}

/// What a person in front of a form is told.
impl From<NotInstalled> for AppError {
    fn from(error: NotInstalled) -> Self {
        let invalid = |field: &str, reason| Self::Invalid { field: field.to_owned(), reason };
        match error {
            NotInstalled::Refused(Refusal::Seal(reason)) => invalid("seal", reason),
            NotInstalled::Refused(Refusal::Component(reason)) => invalid("component", reason),
            NotInstalled::Refused(ours @ Refusal::NotChecked(_)) => Self::Broken(Box::new(ours)),
            NotInstalled::App(error) => error,
        }
    }
}

impl App {
    /// Keeps a component that passes every check; the same bytes twice are one release. One is checked at a time.
    pub async fn install(&self, component: &[u8], voucher: &Voucher, by: &str) -> Result<Release, NotInstalled> {
        let bench = self.workbench.lock().await;
        let checked = self.inspector.inspect(component.to_vec(), voucher).await?;
        drop(bench);
        let there: Vec<(String, String)> =
            self.releases().await?.into_iter().map(|release| (release.module, release.version)).collect();
        self.inspector.resolve(&checked.description, &there)?;
        let release =
            self.keep_sealed_release(&checked.digest, &checked.description, component, voucher.seal()).await?;
        tracing::info!(module = release.module, version = release.version, digest = release.digest, by, "installed");
        Ok(release)
    }

    /// Every release, the newest first, worded in `language` where the module has it.
    pub async fn modules(&self, language: Language) -> Result<Vec<ModuleRow>, AppError> {
        let mut tx = self.store.platform_read().await?;
        let (releases, seals) = (releases::all(&mut tx).await?, releases::seals(&mut tx).await?);
        let mut names: Vec<&str> = releases.iter().map(|release| release.module.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let mut running = Vec::new();
        for module in names {
            running.extend(activations::running(&mut tx, module).await?);
        }
        let row = |release: &Release| {
            let users = running.iter().filter(|running| running.digest == release.digest).count();
            row(release, seals.get(&release.digest), users, language)
        };
        Ok(releases.iter().map(row).collect())
    }

    /// What runs for a tenant, or would when it is turned on.
    pub async fn tenant_module(&self, slug: &str, language: Language) -> Result<Option<TenantModule>, SwitchError> {
        let tenant = self.tenant(slug).await?;
        let mut tx = self.store.read(tenant).await?;
        Ok(last(&mut tx, language).await?)
    }

    /// The same of every tenant.
    pub async fn business_modules(&self, language: Language) -> Result<Vec<BusinessModule>, AppError> {
        let mut tx = self.store.platform_read().await?;
        let tenants = store::tenants::all(&mut tx).await?;
        drop(tx);
        let mut rows = Vec::with_capacity(tenants.len());
        for tenant in tenants {
            let mut tx = self.store.read(tenant.id).await?;
            let runs = last(&mut tx, language).await?;
            rows.push(BusinessModule { slug: tenant.slug, name: tenant.name, runs });
        }
        Ok(rows)
    }
}

async fn last(tx: &mut TenantTx, language: Language) -> Result<Option<TenantModule>, AppError> {
    let Some((activated, on)) = activations::last(tx).await? else { return Ok(None) };
    let Some(description) = activations::description(tx, &activated).await? else { return Ok(None) };
    let Activated { module, digest, config, grants, .. } = activated;
    let all = all_grants(&description);
    let withheld: Vec<String> = all.into_iter().filter(|grant| !grants.contains(grant)).collect();
    Ok(Some(TenantModule {
        module,
        version: description.version.clone(),
        digest,
        on,
        granted: in_words(&description, &grants, language),
        withheld: in_words(&description, &withheld, language),
        settings: config,
    }))
}

fn all_grants(description: &Description) -> Vec<String> {
    description.capabilities.iter().flat_map(|wanted| wanted.grants()).collect()
}

/// Grants with what each is for, in the module's own words.
pub(crate) fn in_words(description: &Description, grants: &[String], language: Language) -> Vec<Granted> {
    let granted = |grant: &String| {
        let name = grant.split(':').next().unwrap_or_default();
        let wanted = description.capabilities.iter().find(|wanted| wanted.name == name);
        let why = wanted.map(|wanted| in_language(&wanted.reasons, language.tag()).unwrap_or(&wanted.reason));
        Granted { grant: grant.clone(), why: why.unwrap_or_default().to_owned() }
    };
    grants.iter().map(granted).collect()
}

fn row(release: &Release, seal: Option<&Seal>, users: usize, language: Language) -> ModuleRow {
    let description = &release.description;
    let asked = |wanted: &domain::vertical::WantedCapability| AskedFor {
        name: wanted.name.clone(),
        targets: wanted.targets.clone(),
        why: in_language(&wanted.reasons, language.tag()).unwrap_or(&wanted.reason).to_owned(),
    };
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    ModuleRow {
        name: release.module.clone(),
        version: release.version.clone(),
        digest: release.digest.clone(),
        title: in_language(&description.title, language.tag()).unwrap_or_default().to_owned(),
        publisher: seal.and_then(|seal| seal.manifest().ok()).map(|manifest| manifest.publisher),
        languages: description.languages.clone(),
        contributes: Contribution {
            services: count(description.starter_services.len()),
            tools: count(description.tools.len()),
            dialogs: count(description.dialogs.len()),
            forms: count(description.forms.len()),
            automations: count(description.automations.len()),
            messages: count(description.messages.len()),
        },
        asks_for: description.capabilities.iter().map(asked).collect(),
        settings_schema: serde_json::from_str(&description.config_schema).unwrap_or_default(),
        installed_at: installed_at(release.id),
        tenants: count(users),
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
