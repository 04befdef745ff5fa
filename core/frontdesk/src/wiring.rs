//! How the crates are put together: the only place that knows all of them.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result};
use app::{App, Parts, tasks::Tasks};
use async_trait::async_trait;
use channels::{graph::Graph, http, simulator::Phones};
use domain::{
    Clock, Env, Random, ShiftedClock,
    channel::{Channel, Provider},
    simulator::Handset,
};
pub use modules::ModuleHost as Host;
use modules::{Cache, Compiling, Components, Limits, ModuleHost, Seal, Trusted, Workshop};
use sha2::{Digest, Sha256};
use store::{
    Store, StoreConfig,
    inbox::{Intake, IntakeWriter},
};

use crate::{
    config::Config,
    system::{SystemClock, SystemRandom},
};

/// Everything a command may need.
pub struct Desk {
    pub app: Arc<App>,
    pub host: Arc<ModuleHost>,
    pub store: Store,
    pub tasks: Arc<Tasks>,
    /// To be handed to [`App::start`], or dropped by commands that accept no webhooks.
    pub writer: IntakeWriter,
    phones: Arc<Phones>,
}

/// What differs between a server, a demo and a command.
#[derive(Debug, Clone, Default)]
pub struct Role {
    /// The clock may be moved and the simulator answers.
    pub demo: bool,
    /// `http://127.0.0.1:8080`: where this process listens.
    pub own_url: String,
    pub handsets: Vec<(String, Handset)>,
}

/// Component bytes out of the store.
struct Registry(Store);

#[async_trait]
impl Components for Registry {
    async fn component(&self, digest: &str) -> Option<Vec<u8>> {
        let mut tx = self.0.platform_read().await.ok()?;
        store::releases::component(&mut tx, digest).await.ok()?
    }

    async fn seal(&self, digest: &str) -> Option<Seal> {
        let mut tx = self.0.platform_read().await.ok()?;
        let kept = store::releases::seal(&mut tx, digest).await.ok()??;
        Some(Seal { manifest: kept.manifest, key: kept.public_key, signature: kept.signature })
    }
}

/// Compiled in a child of this same program, kept in the data directory under a key of this installation.
fn workshop(config: &Config) -> Result<Workshop> {
    // Only the real program knows how to be that child; tests and tools that embed it compile where they are.
    let program = std::env::current_exe().ok().filter(|path| path.file_name().is_some_and(|name| name == "frontdesk"));
    let mut key = Sha256::new_with_prefix(b"compiled modules");
    key.update(config.master_key()?);
    Ok(Workshop {
        compiling: program.map_or(Compiling::Here, Compiling::InChild),
        cache: Some(Cache::open(&config.data_dir.join("compiled"), key.finalize().into())?),
        trusted: Trusted::parse(&config.trusted_publishers).context("trusted_publishers")?,
    })
}

/// The database, opened and brought to this version's schema.
pub async fn open_store(config: &Config, env: Env) -> Result<Store> {
    let settings = StoreConfig { url: config.database_url(), master_key: config.master_key()?, connections: 16 };
    let store = Store::open(&settings, env.clone()).await.context("the database cannot be opened")?;
    store.migrate().await.context("the database's schema cannot be brought up to date")?;
    if store.engine() == store::Engine::Postgres {
        // The first connections of a fresh database were made before there was a role to work as.
        store.close().await;
        return Store::open(&settings, env).await.context("the database cannot be opened again");
    }
    Ok(store)
}

/// Real clock and chance; the clock can be moved where `demo`.
pub fn environment(demo: bool) -> (Env, Option<Arc<ShiftedClock>>) {
    let random: Arc<dyn Random> = Arc::new(SystemRandom);
    let system: Arc<dyn Clock> = Arc::new(SystemClock);
    if demo {
        let shifted = Arc::new(ShiftedClock::new(system));
        (Env::new(shifted.clone(), random), Some(shifted))
    } else {
        (Env::new(system, random), None)
    }
}

/// Puts it all together. Nothing runs yet: see [`Desk::start`].
pub async fn build(config: &Config, role: Role) -> Result<Desk> {
    let (env, shifted) = environment(role.demo);
    let store = open_store(config, env.clone()).await?;
    let client = http::client()?;
    let graph = |provider, base: &str| -> Arc<dyn Channel> {
        Arc::new(Graph::new(provider, client.clone(), base, &config.graph_version))
    };
    let simulated = format!("{}/simulator/graph", role.own_url);
    let phones = Arc::new(Phones::new(env.clone(), client.clone(), role.own_url.clone()));
    let host = Arc::new(ModuleHost::with(Arc::new(Registry(store.clone())), Limits::default(), workshop(config)?)?);
    let (intake, writer) = Intake::new(&store);
    let tasks = Arc::new(Tasks::default());
    let app = App::new(Parts {
        store: store.clone(),
        env,
        channels: vec![graph(Provider::Meta, &config.graph_url), graph(Provider::Simulator, &simulated)],
        vertical: host.clone(),
        simulator: role.demo.then(|| -> Arc<dyn domain::simulator::Simulator> { phones.clone() }),
        shifted,
        intake,
        tasks: Arc::clone(&tasks),
        public_url: if config.public_url.is_empty() { role.own_url } else { config.public_url.clone() },
        burst: Duration::from_millis(config.burst_ms),
        handsets: role.handsets,
    })?;
    Ok(Desk { app: Arc::new(app), host, store, tasks, writer, phones })
}

impl Desk {
    /// Starts the workers. What is given back is what the server and the drain need.
    pub async fn start(self) -> (Arc<App>, Arc<Tasks>, Store) {
        let Self { app, store, tasks, writer, phones, host: _ } = self;
        app.start(writer).await;
        let mut stop = tasks.stop();
        let reports = async move {
            tokio::select! {
                () = phones.report_statuses() => {}
                () = stop.wait() => {}
            }
        };
        tasks.spawn("simulator", reports).await;
        (app, tasks, store)
    }

    /// Installs a component after every check; the same bytes twice are one release.
    pub async fn install(&self, bytes: Vec<u8>) -> Result<store::releases::Release> {
        let installed = self.host.install(bytes.clone()).await?;
        Ok(self.app.keep_release(&installed.digest, &installed.description, &bytes).await?)
    }
}
