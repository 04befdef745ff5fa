//! From a stranger's file to a release that can run: every check, then compiled once and linked.

use async_trait::async_trait;
use domain::{
    TenantId,
    plan::Plan,
    release::{Checked, Inspector, LARGEST, Manifest, Refusal, Seal, Voucher},
    vertical::{Activated, Description, Requirement, VerticalError},
};
use semver::{Version, VersionReq};
use sha2::{Digest, Sha256};
use wasmtime::component::Component;

use crate::{
    compile::CompileError,
    host::{ModuleHost, lock},
    native::Native,
    seal::SealError,
    worlds::{self, Fitted, Misfit},
};

/// Capabilities that exist here.
const CAPABILITIES: [&str; 8] =
    ["scheduling", "bookings", "customer", "memory", "knowledge", "http", "messages", "moves"];

/// Why a component is not installed; the text is for the admin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InstallError {
    #[error("the file has {size} bytes; a module may have {LARGEST}")]
    TooLarge { size: usize },
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error("this is not a WebAssembly component: {0}")]
    NotAComponent(String),
    #[error("the module cannot be compiled: {0}")]
    Compile(CompileError),
    #[error(
        "the module imports {import}, which this host does not offer; modules get no files, network, clock or chance"
    )]
    ForeignImport { import: String },
    #[error(
        "the module was built for frontdesk:vertical@{version}; this host serves {}: build it for one of these, or update the host",
        worlds::SERVED
    )]
    WrongVersion { version: String },
    #[error("the module does not keep to frontdesk:vertical: {0}")]
    WrongWorld(String),
    #[error("the module cannot describe itself: {0}")]
    Describe(VerticalError),
    #[error("the module describes itself differently each time")]
    Undecided,
    #[error("the module wants the capability {0:?}, which does not exist here")]
    UnknownCapability(String),
    #[error("the module's version {0:?} is not a semantic version")]
    NoVersion(String),
    #[error("{module} needs {needs}, {there}")]
    Missing { module: String, needs: String, there: String },
}

impl From<Misfit> for InstallError {
    fn from(misfit: Misfit) -> Self {
        match misfit {
            Misfit::Foreign(import) => Self::ForeignImport { import },
            Misfit::Version(version) => Self::WrongVersion { version },
            Misfit::World(why) => Self::WrongWorld(why),
        }
    }
}

impl InstallError {
    /// Describing is also the first time that a component is instantiated.
    fn describing(error: VerticalError) -> Self {
        if let VerticalError::Unavailable(why) = error { Self::WrongWorld(why) } else { Self::Describe(error) }
    }
}

impl ModuleHost {
    /// Checks a component as a stranger's: its seal first, because what nobody vouches for is not even looked at.
    pub async fn install_sealed(&self, bytes: Vec<u8>, seal: &Seal) -> Result<Checked, InstallError> {
        let manifest = self.workshop.trusted.check(seal, &digest(&bytes))?;
        let installed = self.install(bytes).await?;
        honest(&manifest, &installed.description)?;
        Ok(installed)
    }

    /// Checks a component that the operator vouches for: size, imports, world, and that it can say what it is, twice the
    /// same.
    pub async fn install(&self, bytes: Vec<u8>) -> Result<Checked, InstallError> {
        if bytes.len() > LARGEST {
            return Err(InstallError::TooLarge { size: bytes.len() });
        }
        let digest = digest(&bytes);
        let component = self.compiled(&digest, bytes).await.map_err(|error| match error {
            CompileError::Invalid(why) => InstallError::NotAComponent(why),
            other @ (CompileError::TooLong | CompileError::TooMuchMemory | CompileError::NoCompiler(_)) => {
                InstallError::Compile(other)
            }
        })?;
        self.fit(&digest, &component)?;
        let activated = Activated {
            tenant: TenantId(Default::default()),
            module: "candidate".to_owned(),
            release: domain::ReleaseId(Default::default()),
            digest: digest.clone(),
            config: serde_json::Value::Null,
            grants: Vec::new(),
            data_version: 0,
            plan: Plan::default(),
        };
        let first = self.describe_once(&activated).await.map_err(InstallError::describing)?;
        let second = self.describe_once(&activated).await.map_err(InstallError::describing)?;
        if first != second {
            return Err(InstallError::Undecided);
        }
        if let Some(unknown) = first.capabilities.iter().find(|wanted| !CAPABILITIES.contains(&wanted.name.as_str())) {
            return Err(InstallError::UnknownCapability(unknown.name.clone()));
        }
        if Version::parse(&first.version).is_err() {
            return Err(InstallError::NoVersion(first.version));
        }
        Ok(Checked { digest, description: first })
    }

    pub(crate) async fn loaded(&self, digest: &str) -> Result<Fitted, VerticalError> {
        if let Some(ready) = lock(&self.loaded).get(digest) {
            return Ok(ready.clone());
        }
        let unavailable = |reason: String| VerticalError::Unavailable(reason);
        let missing = || unavailable("it is not in the registry".to_owned());
        let bytes = self.components.component(digest).await.ok_or_else(missing)?;
        if self::digest(&bytes) != digest {
            return Err(unavailable("its bytes are not the ones that were installed".to_owned()));
        }
        // Trust can be withdrawn after installing, so a sealed release proves itself each time it is loaded.
        if let Some(seal) = self.components.seal(digest).await {
            self.workshop.trusted.check(&seal, digest).map_err(|error| unavailable(error.to_string()))?;
        }
        let component = self.compiled(digest, bytes).await.map_err(|error| unavailable(error.to_string()))?;
        self.fit(digest, &component).map_err(|misfit| unavailable(InstallError::from(misfit).to_string()))
    }

    /// From the cache, or compiled now. No lock is held meanwhile.
    async fn compiled(&self, digest: &str, bytes: Vec<u8>) -> Result<Component, CompileError> {
        let invalid = |error: wasmtime::Error| CompileError::Invalid(format!("{error:#}"));
        let cache = self.workshop.cache.as_ref();
        if let Some(component) = cache
            .and_then(|cache| cache.read(digest, &self.compatibility))
            .and_then(|native| native.load(&self.engine).ok())
        {
            return Ok(component);
        }
        let native = Native::compiled(self.workshop.compiling.compile(bytes).await?);
        let component = native.load(&self.engine).map_err(invalid)?;
        if let Some(Err(error)) = cache.map(|cache| cache.write(digest, &self.compatibility, &native)) {
            tracing::warn!(digest, %error, "compiled code could not be kept; it is compiled again next time");
        }
        Ok(component)
    }

    fn fit(&self, digest: &str, component: &Component) -> Result<Fitted, Misfit> {
        let ready = self.linkers.fit(&self.engine, component)?;
        lock(&self.loaded).insert(digest.to_owned(), ready.clone());
        Ok(ready)
    }
}

#[async_trait]
impl Inspector for ModuleHost {
    async fn inspect(&self, component: Vec<u8>, voucher: &Voucher) -> Result<Checked, Refusal> {
        let checked = match voucher {
            Voucher::Publisher(seal) => self.install_sealed(component, seal).await,
            Voucher::Operator => self.install(component).await,
        };
        Ok(checked?)
    }

    fn resolve(&self, description: &Description, there: &[(String, String)]) -> Result<(), Refusal> {
        Ok(resolve(description, there)?)
    }
}

impl From<InstallError> for Refusal {
    fn from(error: InstallError) -> Self {
        let told = error.to_string();
        match error {
            InstallError::Seal(_) => Self::Seal(told),
            InstallError::Compile(CompileError::NoCompiler(_)) => Self::NotChecked(told),
            InstallError::TooLarge { .. }
            | InstallError::NotAComponent(_)
            | InstallError::Compile(_)
            | InstallError::ForeignImport { .. }
            | InstallError::WrongVersion { .. }
            | InstallError::WrongWorld(_)
            | InstallError::Describe(_)
            | InstallError::Undecided
            | InstallError::UnknownCapability(_)
            | InstallError::NoVersion(_)
            | InstallError::Missing { .. } => Self::Component(told),
        }
    }
}

fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// What was signed is what the module says of itself.
fn honest(manifest: &Manifest, description: &Description) -> Result<(), SealError> {
    let (sealed, said) =
        (format!("{} {}", manifest.module, manifest.version), format!("{} {}", description.name, description.version));
    if sealed == said { Ok(()) } else { Err(SealError::Lying { sealed, said }) }
}

/// Whether what a module requires is there, among modules by name and version.
pub fn resolve(description: &Description, there: &[(String, String)]) -> Result<(), InstallError> {
    description.requires.iter().try_for_each(|required| resolve_one(&description.name, required, there))
}

fn resolve_one(module: &str, required: &Requirement, there: &[(String, String)]) -> Result<(), InstallError> {
    let missing = |there: String| InstallError::Missing {
        module: module.to_owned(),
        needs: format!("{} {}", required.module, required.versions),
        there,
    };
    let wanted = VersionReq::parse(&required.versions)
        .map_err(|error| missing(format!("which is not a range of versions: {error}")))?;
    let versions: Vec<&str> =
        there.iter().filter(|(name, _)| *name == required.module).map(|(_, version)| version.as_str()).collect();
    if versions.iter().any(|version| Version::parse(version).is_ok_and(|version| wanted.matches(&version))) {
        return Ok(());
    }
    Err(missing(if versions.is_empty() {
        format!("and no {} is installed", required.module)
    } else {
        format!("but only {} {} is installed", required.module, versions.join(", "))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_dependency_is_told_in_a_sentence() {
        let requires = vec![Requirement { module: "stock".into(), versions: "^1.2".into() }];
        let description = Description { name: "hair".into(), requires, ..Description::default() };
        let there = |versions: &[&str]| -> Vec<(String, String)> {
            versions.iter().map(|version| ("stock".to_owned(), (*version).to_owned())).collect()
        };
        assert_eq!(resolve(&description, &there(&["1.1.0", "1.3.0"])), Ok(()));
        assert_eq!(
            resolve(&description, &there(&["1.1.0", "2.0.0"])).unwrap_err().to_string(),
            "hair needs stock ^1.2, but only stock 1.1.0, 2.0.0 is installed"
        );
        assert_eq!(
            resolve(&description, &[]).unwrap_err().to_string(),
            "hair needs stock ^1.2, and no stock is installed"
        );
    }
}
