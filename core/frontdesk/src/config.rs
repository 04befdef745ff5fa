//! Configuration: defaults, then a TOML file, then `FRONTDESK_*`, then flags; the later wins.
//!
//! Without any, Frontdesk runs on SQLite in `./var` with the simulator and the offline assistant.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use domain::{Random, plan::Plan};
use figment::{
    Figment,
    providers::{Env, Format, Serialized, Toml},
};
use modules::Workshop;
use serde::{Deserialize, Serialize};

use crate::{limits::PlanLimits, registries::RegistryAccount, system::SystemRandom};

/// All there is to set. Names in the file and after `FRONTDESK_` are these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `sqlite:PATH` or `postgres://…`. Empty: `frontdesk.sqlite` in `data_dir`.
    pub database: String,
    pub listen: String,
    /// As the world reaches us; providers sign and call it. Empty: `http://` and the listening address.
    pub public_url: String,
    /// Database, keys, compiled modules.
    pub data_dir: PathBuf,
    /// Where built modules lie, for `--demo` and `module install NAME`.
    pub modules_dir: PathBuf,
    /// Whose modules are accepted: publishers' names and their ed25519 public keys in hex.
    pub trusted_publishers: BTreeMap<String, String>,
    /// Calls of modules at once on this node, for which memory is set aside; 0: it is asked of the system for each call.
    pub module_slots: u32,
    /// What module calls may use, where a plan differs from the defaults.
    pub plans: BTreeMap<Plan, PlanLimits>,
    /// Registries that are not simply asked by https as nobody in particular, by host and port.
    pub registries: BTreeMap<String, RegistryAccount>,
    pub graph_url: String,
    pub graph_version: String,
    pub twilio_url: String,
    pub twilio_content_url: String,
    pub evolution_url: String,
    pub wassenger_url: String,
    /// Where files of conversations lie: a folder, or `s3://BUCKET/PREFIX`. Empty: `files` in `data_dir`.
    /// A bucket's keys are read from `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`.
    pub files: String,
    /// Empty means Amazon's own.
    pub s3_endpoint: String,
    pub s3_region: String,
    /// Milliseconds to wait for more fragments before answering.
    pub burst_ms: u64,
    /// Seconds after which another node may take over what a node has claimed.
    pub lease_seconds: u16,
    /// Seconds a provider's status may still tell that a message left whose answer was lost.
    pub word_wait_seconds: u64,
    /// How nodes on one PostgreSQL ring for each other: `notify` by the database, `nats://HOST:PORT` or
    /// `tls://HOST:PORT` by a NATS server, `none` not at all. They poll whatever this says.
    pub doorbell: String,
    /// False: this node answers webhooks and pages and leaves the work to other nodes.
    pub work: bool,
    /// `text` or `json`.
    pub log: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            database: String::new(),
            listen: "127.0.0.1:8080".to_owned(),
            public_url: String::new(),
            data_dir: PathBuf::from("var"),
            modules_dir: PathBuf::from("target/modules"),
            trusted_publishers: BTreeMap::new(),
            module_slots: Workshop::SLOTS,
            plans: BTreeMap::new(),
            registries: BTreeMap::new(),
            graph_url: "https://graph.facebook.com".to_owned(),
            graph_version: "v24.0".to_owned(),
            twilio_url: "https://api.twilio.com".to_owned(),
            twilio_content_url: "https://content.twilio.com".to_owned(),
            evolution_url: String::new(),
            wassenger_url: "https://api.wassenger.com".to_owned(),
            files: String::new(),
            s3_endpoint: String::new(),
            s3_region: "us-east-1".to_owned(),
            burst_ms: 1_500,
            lease_seconds: 30,
            word_wait_seconds: 120,
            doorbell: "notify".to_owned(),
            work: true,
            log: "text".to_owned(),
        }
    }
}

impl Config {
    /// Reads file and environment; `flags` hold only what was given on the command line.
    pub fn load(file: Option<&Path>, flags: impl Serialize) -> Result<Self> {
        let mut layers = Figment::from(Serialized::defaults(Self::default()));
        match file {
            Some(path) if !path.exists() => bail!("the configuration file {} does not exist", path.display()),
            Some(path) => layers = layers.merge(Toml::file(path)),
            None => layers = layers.merge(Toml::file("frontdesk.toml")),
        }
        let environment =
            Env::prefixed("FRONTDESK_").ignore(&["test_postgres", "modules_dir_test", "failpoint", "sabotage"]);
        layers
            .merge(environment)
            .merge(Serialized::defaults(flags))
            .extract()
            .context("the configuration cannot be read")
    }

    /// What is claimed is held for so long.
    pub fn lease(&self) -> Duration {
        Duration::from_secs(u64::from(self.lease_seconds.clamp(1, 300)))
    }

    pub fn database_url(&self) -> String {
        if self.database.is_empty() {
            format!("sqlite:{}", self.data_dir.join("frontdesk.sqlite").display())
        } else {
            self.database.clone()
        }
    }

    /// The key all encryption at rest hangs on: `master.key` in the data directory, made on the first start.
    pub fn master_key(&self) -> Result<[u8; 32]> {
        std::fs::create_dir_all(&self.data_dir)
            .with_context(|| format!("cannot create {}", self.data_dir.display()))?;
        let path = self.data_dir.join("master.key");
        if !path.exists() {
            let mut key = [0_u8; 32];
            SystemRandom.fill(&mut key);
            write_private(&path, hex::encode(key).as_bytes())?;
        }
        check_private(&path)?;
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let bytes = hex::decode(text.trim()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        bytes.with_context(|| {
            format!("{} does not hold 64 hexadecimal digits; restore it from your backup", path.display())
        })
    }
}

pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot create {}", path.display()))?;
    file.write_all(bytes)?;
    Ok(file.sync_all()?)
}

pub(crate) fn check_private(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?.permissions().mode();
    if mode & 0o077 != 0 {
        bail!("{} can be read by others (mode {:o}); run: chmod 600 {}", path.display(), mode & 0o777, path.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_others_can_read_is_refused_with_the_cure() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
        let key = config.master_key().unwrap();
        assert_eq!(config.master_key().unwrap(), key, "the key must survive a restart");
        std::fs::set_permissions(folder.path().join("master.key"), std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(config.master_key().unwrap_err().to_string().contains("chmod 600"));
    }

    #[test]
    fn a_misspelt_setting_is_an_error_and_not_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("frontdesk.toml");
        std::fs::write(&file, "listn = \"0.0.0.0:80\"\n").unwrap();
        assert!(Config::load(Some(&file), ()).is_err());
    }
}
