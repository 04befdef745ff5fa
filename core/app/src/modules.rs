//! Modules: installed for the platform, switched per tenant, rolled back.

use domain::{
    Language, ReleaseId, TenantId,
    release::Seal,
    vertical::{Activated, Automation, CallContext, ConfigProblem, Description, Vertical, VerticalError, memory_space},
};
use store::{
    activations::{self, Switch},
    releases::{self, Release},
};

use crate::{
    App,
    module_desk::memory_only,
    module_messages, registry,
    view::{AppError, Granted},
};

/// Who acts from the command line, as the audit log knows them.
pub const OPERATOR: &str = "platform";

/// Why a switch was not made.
#[derive(Debug, thiserror::Error)]
pub enum SwitchError {
    #[error("there is no tenant {0:?}")]
    NoTenant(String),
    #[error("no release of {0:?} is installed{1}")]
    NoRelease(String, String),
    #[error("there is no earlier release to go back to")]
    NothingBefore,
    #[error("there is no module to turn on or off, or it is so already")]
    NothingToTurn,
    #[error("the module has no automation {0:?}; it has: {1}")]
    NoAutomation(String, String),
    #[error("the configuration does not fit: {}", listed(.0))]
    Config(Vec<ConfigProblem>),
    #[error("the module does not ask for {0:?}; it asks for: {1}")]
    NotWanted(String, String),
    #[error("the module could not judge its configuration: {0}")]
    Unjudged(#[source] VerticalError),
    #[error("the module could not bring its memory to this version, so the one before stays: {0}")]
    NotMigrated(#[source] VerticalError),
    #[error(transparent)]
    App(#[from] AppError),
}

fn listed(problems: &[ConfigProblem]) -> String {
    let one = |problem: &ConfigProblem| match problem.path.as_str() {
        "" => problem.problem.clone(),
        path => format!("{path}: {}", problem.problem),
    };
    problems.iter().map(one).collect::<Vec<_>>().join("; ")
}

impl From<store::StoreError> for SwitchError {
    fn from(error: store::StoreError) -> Self {
        Self::App(error.into())
    }
}

/// What a person in front of a form is told.
impl From<SwitchError> for AppError {
    fn from(error: SwitchError) -> Self {
        match error {
            SwitchError::App(error) => error,
            SwitchError::NoTenant(_) => Self::NotFound,
            refused @ (SwitchError::NoRelease(..)
            | SwitchError::NothingBefore
            | SwitchError::NothingToTurn
            | SwitchError::NoAutomation(..)
            | SwitchError::Unjudged(_)
            | SwitchError::NotMigrated(_)) => Self::Invalid { field: "module".to_owned(), reason: refused.to_string() },
            refused @ SwitchError::Config(_) => {
                Self::Invalid { field: "settings".to_owned(), reason: refused.to_string() }
            }
            refused @ SwitchError::NotWanted(..) => {
                Self::Invalid { field: "grants".to_owned(), reason: refused.to_string() }
            }
        }
    }
}

/// A release made to run, and what it may do.
#[derive(Debug, Clone)]
pub struct Switched {
    pub release: Release,
    pub grants: Vec<String>,
    /// What it asks for and was not given: what an upgrade wants newly is given by name only.
    pub withheld: Vec<String>,
}

impl Switched {
    /// What it may use and what it was not given, with what each is for.
    pub fn in_words(&self, language: Language) -> (Vec<Granted>, Vec<Granted>) {
        let worded = |grants: &[String]| registry::in_words(&self.release.description, grants, language);
        (worded(&self.grants), worded(&self.withheld))
    }
}

/// A switch that was judged and only needs to be made.
pub(crate) struct Ready {
    pub(crate) candidate: Activated,
    withheld: Vec<String>,
}

impl Ready {
    /// Makes it, in the caller's transaction.
    pub(crate) async fn activate(&self, tx: &mut store::TenantTx, by: &str, why: &str) -> Result<(), AppError> {
        let Activated { module, release, digest, config, grants, data_version, .. } = &self.candidate;
        let switch = Switch { module, release: *release, config, grants, data_version: *data_version };
        activations::activate(tx, &switch).await?;
        store::audit::append(tx, by, why, &format!("{module} {digest}")).await?;
        Ok(())
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
        self.keep_sealed_release(digest, description, component, None).await
    }

    /// The same, with who vouches for it.
    pub async fn keep_sealed_release(
        &self,
        digest: &str,
        description: &Description,
        component: &[u8],
        seal: Option<&Seal>,
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
        if let Some(seal) = seal {
            releases::keep_seal(&mut tx, digest, seal).await?;
        }
        tx.commit().await?;
        Ok(kept)
    }

    pub async fn releases(&self) -> Result<Vec<Release>, AppError> {
        let mut tx = self.store.platform_read().await?;
        Ok(releases::all(&mut tx).await?)
    }

    /// The newest release of `module`, or the one whose digest begins with `digest`.
    pub(crate) async fn release(&self, module: &str, digest: Option<&str>) -> Result<Release, SwitchError> {
        let wanted = |release: &Release| {
            release.module == module && digest.is_none_or(|digest| release.digest.starts_with(digest))
        };
        let hint = digest.map(|digest| format!(" with a digest that begins with {digest}")).unwrap_or_default();
        let missing = || SwitchError::NoRelease(module.to_owned(), hint.clone());
        self.releases().await?.into_iter().find(wanted).ok_or_else(missing)
    }

    /// Makes a release run for a tenant with everything it asks for, or on an upgrade with what it had.
    pub async fn activate(
        &self,
        slug: &str,
        module: &str,
        digest: Option<&str>,
        config: Option<serde_json::Value>,
    ) -> Result<Release, SwitchError> {
        Ok(self.switch(slug, module, digest, config, None, OPERATOR).await?.release)
    }

    /// Makes a release run for a tenant. Its configuration is judged and its memory migrated first; turns that have begun
    /// end on the release they began with. `grants`: capabilities by name; without it a first activation gets all that
    /// is asked for and an upgrade keeps what it had.
    pub async fn switch(
        &self,
        slug: &str,
        module: &str,
        digest: Option<&str>,
        config: Option<serde_json::Value>,
        grants: Option<&[String]>,
        by: &str,
    ) -> Result<Switched, SwitchError> {
        let tenant = self.tenant(slug).await?;
        let release = self.release(module, digest).await?;
        let ready = self.prepare(tenant, &release, config, grants).await?;
        let mut tx = self.store.write(tenant).await?;
        ready.activate(&mut tx, by, "activated").await?;
        tx.commit().await?;
        self.vertical.forgive(tenant);
        self.ring();
        Ok(Switched { release, grants: ready.candidate.grants, withheld: ready.withheld })
    }

    /// Judges a switch and migrates what is remembered, without making it.
    pub(crate) async fn prepare(
        &self,
        tenant: TenantId,
        release: &Release,
        config: Option<serde_json::Value>,
        grants: Option<&[String]>,
    ) -> Result<Ready, SwitchError> {
        let mut tx = self.store.read(tenant).await?;
        let current = activations::current(&mut tx).await?;
        let before = current.filter(|current| current.module == release.module);
        let current_plan = store::plan::of(&mut tx).await?;
        drop(tx);
        let (granted, withheld) = granted(&release.description, before.as_ref(), grants)?;
        let candidate = Activated {
            tenant,
            module: release.module.clone(),
            release: release.id,
            digest: release.digest.clone(),
            config: config
                .or_else(|| before.as_ref().map(|before| before.config.clone()))
                .unwrap_or(serde_json::Value::Null),
            grants: granted,
            data_version: release.description.data_version,
            plan: current_plan,
        };
        let context = self.module_context(tenant, "activate").await?;
        let problems = self.vertical.check_config(&candidate, &context).await.map_err(SwitchError::Unjudged)?;
        if !problems.is_empty() {
            return Err(SwitchError::Config(problems));
        }
        if let Some(before) = before.filter(|before| before.data_version != candidate.data_version) {
            self.migrate(&before, &candidate, &context).await?;
        }
        Ok(Ready { candidate, withheld })
    }

    /// A copy of what the module remembers is migrated; the original stays for going back.
    async fn migrate(
        &self,
        before: &Activated,
        candidate: &Activated,
        context: &CallContext,
    ) -> Result<(), SwitchError> {
        let (from, to) = (before.memory_space(), memory_space(&candidate.module, candidate.data_version));
        let mut tx = self.store.write(candidate.tenant).await?;
        store::module_kv::copy(&mut tx, &from, &to).await?;
        tx.commit().await?;
        let desk = memory_only(&self.store, candidate.tenant, to, self.vertical.limits(candidate.plan));
        self.vertical.migrate(candidate, context, before.data_version, desk).await.map_err(SwitchError::NotMigrated)
    }

    /// What a call outside of any conversation carries.
    pub(crate) async fn module_context(&self, tenant: TenantId, step: &str) -> Result<CallContext, AppError> {
        let mut tx = self.store.read(tenant).await?;
        let own = store::tenants::own(&mut tx).await?;
        let location = store::locations::all(&mut tx).await?.into_iter().next();
        let zone = location.and_then(|(location, _)| location.zone.iana_name().map(str::to_owned));
        Ok(CallContext {
            language: own.language,
            zone: zone.unwrap_or_else(|| "UTC".to_owned()),
            now: self.env.now(),
            currency: own.currency,
            request: format!("{step}:{}", own.slug),
            allowance: None,
        })
    }

    pub async fn roll_back(&self, slug: &str, by: &str) -> Result<Activated, SwitchError> {
        let tenant = self.tenant(slug).await?;
        let mut tx = self.store.write(tenant).await?;
        let back = activations::roll_back(&mut tx).await?.ok_or(SwitchError::NothingBefore)?;
        store::audit::append(&mut tx, by, "rolled_back", &format!("{} {}", back.module, back.digest)).await?;
        tx.commit().await?;
        self.ring();
        Ok(back)
    }

    /// Turns the tenant's module off, or on again as it was; without it the core answers alone.
    pub async fn turn_module(&self, slug: &str, on: bool, by: &str) -> Result<(), SwitchError> {
        let tenant = self.tenant(slug).await?;
        let mut tx = self.store.write(tenant).await?;
        if !activations::set_active(&mut tx, on).await? {
            return Err(SwitchError::NothingToTurn);
        }
        let what = if on { "module_enabled" } else { "module_disabled" };
        store::audit::append(&mut tx, by, what, slug).await?;
        tx.commit().await?;
        self.ring();
        Ok(())
    }

    /// What the tenant's module counted since `day`, by key.
    pub async fn module_counters(&self, slug: &str, day: &str) -> Result<Vec<(String, i64)>, SwitchError> {
        let tenant = self.tenant(slug).await?;
        let mut tx = self.store.read(tenant).await?;
        let Some(current) = activations::current(&mut tx).await? else { return Ok(Vec::new()) };
        Ok(store::module_counters::since(&mut tx, &current.module, day).await?)
    }

    /// Turns one of the module's automations on or off, whatever the module says.
    pub async fn set_automation(&self, slug: &str, key: &str, runs: bool) -> Result<(), SwitchError> {
        let tenant = self.tenant(slug).await?;
        let mut tx = self.store.write(tenant).await?;
        let Some((activated, description)) = self.running_module(&mut tx).await? else {
            return Err(SwitchError::NothingToTurn);
        };
        if !description.automations.iter().any(|automation| automation.key == key) {
            let has: Vec<&str> = description.automations.iter().map(|automation| automation.key.as_str()).collect();
            return Err(SwitchError::NoAutomation(key.to_owned(), has.join(", ")));
        }
        store::module_switches::set(&mut tx, &activated.module, key, runs).await?;
        let what = if runs { "automation_on" } else { "automation_off" };
        store::audit::append(&mut tx, "platform", what, &format!("{} {key}", activated.module)).await?;
        Ok(tx.commit().await?)
    }

    /// The module's automations and whether each runs.
    pub async fn automations(&self, slug: &str) -> Result<Vec<(Automation, bool)>, SwitchError> {
        let tenant = self.tenant(slug).await?;
        let mut tx = self.store.read(tenant).await?;
        let Some((activated, description)) = self.running_module(&mut tx).await? else { return Ok(Vec::new()) };
        let switches = store::module_switches::all(&mut tx, &activated.module).await?;
        let row = |automation: &Automation| (automation.clone(), module_messages::runs(automation, &switches));
        Ok(description.automations.iter().map(row).collect())
    }

    /// The digest of what runs for a tenant now.
    pub async fn running_digest(&self, slug: &str) -> Result<Option<String>, SwitchError> {
        let tenant = self.tenant(slug).await?;
        let mut tx = self.store.read(tenant).await?;
        Ok(activations::current(&mut tx).await?.map(|current| current.digest))
    }

    pub(crate) async fn tenant(&self, slug: &str) -> Result<TenantId, SwitchError> {
        let mut tx = self.store.platform_look().await?;
        store::tenants::by_slug(&mut tx, slug)
            .await?
            .map(|tenant| tenant.id)
            .ok_or_else(|| SwitchError::NoTenant(slug.to_owned()))
    }
}

/// What the module may do: as asked for by name, or as it was before. What it does not ask for cannot be given.
fn granted(
    description: &Description,
    before: Option<&Activated>,
    names: Option<&[String]>,
) -> Result<(Vec<String>, Vec<String>), SwitchError> {
    let wanted: Vec<(String, Vec<String>)> =
        description.capabilities.iter().map(|wanted| (wanted.name.clone(), wanted.grants())).collect();
    if let Some(name) = names.into_iter().flatten().find(|name| !wanted.iter().any(|(wanted, _)| wanted == *name)) {
        let asks = wanted.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
        return Err(SwitchError::NotWanted(name.clone(), asks));
    }
    let given = |name: &String, grant: &String| match (names, before) {
        (Some(names), _) => names.contains(name),
        (None, Some(before)) => before.grants.contains(grant),
        (None, None) => true,
    };
    let all = wanted.iter().flat_map(|(name, grants)| grants.iter().map(move |grant| (name, grant)));
    let (granted, withheld): (Vec<_>, Vec<_>) = all.partition(|(name, grant)| given(name, grant));
    let plain = |list: Vec<(&String, &String)>| list.into_iter().map(|(_, grant)| grant.clone()).collect();
    Ok((plain(granted), plain(withheld)))
}
