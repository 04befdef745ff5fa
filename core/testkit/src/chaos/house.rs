//! Databases with the demo in them: made once, copied for every seed.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use app::tasks::Tasks;
use pgtest::Cluster;

use super::{
    ledger::Ledger,
    nemesis::Fault,
    node::{Node, Recipe},
};

/// Which engine a run is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// The database every seed begins with, and what is needed to talk to its demo business.
pub struct House {
    pub(crate) engine: Engine,
    pub(crate) binary: PathBuf,
    pub(crate) folder: tempfile::TempDir,
    cluster: Option<Cluster>,
    /// `/webhooks/whatsapp/chn_…`, the number it is for, and the secret that signs.
    pub(crate) path: String,
    pub(crate) number: String,
    pub(crate) secret: String,
}

/// One seed's own database and folder.
pub(crate) struct Flat {
    _disk: Option<SmallDisk>,
    pub(crate) folder: tempfile::TempDir,
    /// As `--database` takes it.
    pub(crate) database: String,
    pub(crate) binary: PathBuf,
    /// A cluster of its own, for seeds that restart the server.
    pub(crate) cluster: Option<Cluster>,
}

impl House {
    pub async fn build(engine: Engine, binary: PathBuf) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("fdchaos").tempdir()?;
        let cluster = if engine == Engine::Postgres { Some(Cluster::start(false)?) } else { None };
        let mut house =
            Self { engine, binary, folder, cluster, path: String::new(), number: String::new(), secret: String::new() };
        house.furnish().await?;
        Ok(house)
    }

    /// Runs the server with the demo once, and makes its simulated number a real one.
    async fn furnish(&mut self) -> Result<()> {
        let tasks = Arc::new(Tasks::default());
        let data = self.folder.path().join("template");
        let database = match &self.cluster {
            Some(cluster) => cluster.database("template_demo", None)?,
            None => format!("sqlite:{}", data.join("frontdesk.sqlite").display()),
        };
        let log = self.folder.path().join("template.log");
        let recipe = Recipe {
            binary: self.binary.clone(),
            arguments: words(
                &["serve", "--demo", "--listen", "127.0.0.1:0", "--database", &database, "--data-dir"],
                &data,
            ),
            environment: BTreeMap::from([("FRONTDESK_MODULES_DIR".to_owned(), modules_dir()?)]),
            log: log.clone(),
        };
        let node = Node::start(recipe, Vec::new(), &tasks);
        node.ready(Duration::from_secs(60)).await?;
        // The doors are told right after the address.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let told = node.stop(Duration::from_secs(20)).await;
        tasks.drain(Duration::from_millis(500)).await;
        told.context("the template's server")?;
        let mut ledger = Ledger::open(&database).await?;
        ledger.make_real().await?;
        let channel = ledger.channel().await?;
        (self.path, self.number) = (format!("/webhooks/whatsapp/chn_{}", channel.id.simple()), channel.number.clone());
        drop(ledger);
        self.secret = super::ledger::secret(&database, &data, &channel).await?;
        ensure!(!self.secret.is_empty(), "the demo's number has no app secret");
        Ok(())
    }

    pub(crate) fn flat(&self, seed: u64, fault: Fault) -> Result<Flat> {
        let folder = tempfile::Builder::new().prefix(&format!("seed{seed}-")).tempdir()?;
        let data = folder.path().join("data");
        std::fs::create_dir(&data)?;
        let disk = if fault == Fault::DiskFull { Some(SmallDisk::at(&data)?) } else { None };
        let template = self.folder.path().join("template");
        let mut cluster = None;
        let database = match &self.cluster {
            None => {
                copy(&template, &data, "frontdesk.sqlite")?;
                format!("sqlite:{}", data.join("frontdesk.sqlite").display())
            }
            Some(shared) if fault == Fault::Restart => {
                let own = Cluster::start(true)?;
                let dump = shared.dump("template_demo")?;
                let url = own.database("demo", None)?;
                own.load("demo", &dump)?;
                cluster = Some(own);
                url
            }
            Some(shared) => shared.database(&format!("seed_{seed}"), Some("template_demo"))?,
        };
        copy(&template, &data, "master.key")?;
        Ok(Flat { _disk: disk, folder, database, binary: self.binary.clone(), cluster })
    }

    /// Where a copy of the seed's data can be put: nothing is there yet.
    pub(crate) fn second(&self, seed: u64, flat: &Flat) -> Result<String> {
        Ok(match &self.cluster {
            None => format!("sqlite:{}", flat.folder.path().join("restored.sqlite").display()),
            Some(cluster) => cluster.database(&format!("restored_{seed}"), None)?,
        })
    }

    pub(crate) fn forget_second(&self, seed: u64) -> Result<()> {
        self.cluster.as_ref().map_or(Ok(()), |cluster| cluster.drop_database(&format!("restored_{seed}")))
    }

    pub(crate) fn forget(&self, seed: u64, flat: Flat) -> Result<()> {
        if let (Some(cluster), None) = (&self.cluster, &flat.cluster) {
            cluster.drop_database(&format!("seed_{seed}"))?;
        }
        Ok(())
    }
}

/// A few megabytes of memory that pass for a disk.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn at(path: &Path) -> Result<Self> {
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=14m", "tmpfs"]).arg(path).status()?.success();
        ensure!(mounted, "a small disk cannot be mounted here: that needs root");
        Ok(Self(path.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // What cannot be unmounted goes with the machine.
        let _gone = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

impl Flat {
    /// Leaves the seed's files for whoever looks into it.
    pub(crate) fn keep(self) {
        let _path = self.folder.keep();
    }

    /// How a node of this flat is started; `name` keeps two apart.
    pub(crate) fn recipe(&self, name: &str, graph_url: &str, more: &[(&str, String)]) -> Result<Recipe> {
        self.recipe_on(&self.database, name, graph_url, more)
    }

    /// The same on another database.
    pub(crate) fn recipe_on(
        &self,
        database: &str,
        name: &str,
        graph_url: &str,
        more: &[(&str, String)],
    ) -> Result<Recipe> {
        let data = self.folder.path().join(name);
        if !data.exists() {
            std::fs::create_dir(&data)?;
            copy(&self.folder.path().join("data"), &data, "master.key")?;
        }
        let mut environment = BTreeMap::from([
            ("FRONTDESK_GRAPH_URL".to_owned(), graph_url.to_owned()),
            ("FRONTDESK_MODULES_DIR".to_owned(), modules_dir()?),
            ("FRONTDESK_BURST_MS".to_owned(), "40".to_owned()),
            ("FRONTDESK_LEASE_SECONDS".to_owned(), super::LEASE_SECONDS.to_string()),
            ("FRONTDESK_WORD_WAIT_SECONDS".to_owned(), super::WORD_WAIT.as_secs().to_string()),
        ]);
        environment.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        Ok(Recipe {
            binary: self.binary.clone(),
            arguments: words(&["serve", "--listen", "127.0.0.1:0", "--database", database, "--data-dir"], &data),
            environment,
            log: self.folder.path().join(format!("{name}.log")),
        })
    }
}

fn modules_dir() -> Result<String> {
    Ok(crate::repository()?.join("target/modules").display().to_string())
}

fn words(words: &[&str], last: &Path) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).chain([last.display().to_string()]).collect()
}

fn copy(from: &Path, to: &Path, name: &str) -> Result<()> {
    std::fs::copy(from.join(name), to.join(name)).with_context(|| format!("cannot copy {name}"))?;
    Ok(())
}
