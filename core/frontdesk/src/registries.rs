//! Modules out of OCI registries: pulled by whoever types the command, then installed as the files they are.
//!
//! The server that owns the database never speaks to a registry.

use std::{collections::BTreeMap, fs, path::PathBuf};

use anyhow::{Context, Result};
use domain::Secret;
use integrations::registries::{Account, Reference, Registries};
use modules::LARGEST;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::config::{Config, check_private};

/// How a registry is spoken to: `[registries."ghcr.io"]`, then what differs from https as nobody in particular.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RegistryAccount {
    pub user: String,
    /// A file that only its owner can read, with the password or token in it.
    pub password_file: Option<PathBuf>,
    /// By http: for a registry on this machine alone.
    pub http: bool,
}

/// A release on this machine, as long as this is kept.
pub(crate) struct Fetched {
    /// What the tag meant.
    pub(crate) digest: String,
    /// The component, with its seal beside it when it was published with one.
    pub(crate) file: PathBuf,
    _folder: TempDir,
}

/// Pulls what `source` names.
pub(crate) async fn fetch(config: &Config, source: &str) -> Result<Fetched> {
    let reference: Reference = source.parse()?;
    let pulled = Registries::new(accounts(&config.registries)?)?.pull(&reference, LARGEST).await?;
    // Only its owner can look into it, who is also the server's.
    let folder = tempfile::tempdir().context("there is no room for what is pulled")?;
    let file = folder.path().join("module.wasm");
    fs::write(&file, &pulled.component)?;
    if let Some(seal) = &pulled.seal {
        fs::write(folder.path().join("module.seal.json"), seal)?;
    }
    Ok(Fetched { digest: pulled.digest, file, _folder: folder })
}

fn accounts(set: &BTreeMap<String, RegistryAccount>) -> Result<BTreeMap<String, Account>> {
    let account = |(host, set): (&String, &RegistryAccount)| {
        let password = match &set.password_file {
            Some(file) => {
                check_private(file)?;
                let text = fs::read_to_string(file);
                Secret::new(text.with_context(|| format!("cannot read {}", file.display()))?.trim_end())
            }
            None => Secret::default(),
        };
        Ok((host.clone(), Account { user: set.user.clone(), password, http: set.http }))
    };
    set.iter().map(account).collect()
}
