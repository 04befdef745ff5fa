//! How the crates are put together: the only place that knows all of them.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use app::{App, Parts, Rings, tasks::Tasks};
use async_trait::async_trait;
use channels::{
    evolution::Evolution,
    graph::Graph,
    http::{self, Clients},
    simulator::Phones,
    twilio::{Addresses, Twilio},
    wassenger::Wassenger,
};
use domain::{
    Clock, Env, Random, Secret, ShiftedClock,
    channel::{Channel, Provider},
    media::Blobs,
    outside_calendar::Calendars,
    release::Voucher,
    simulator::Handset,
    vertical::Outside,
};
use integrations::{
    calendars::Feeds,
    files::{Bucket, Files},
    nats::Nats,
    requests::Requests,
};
pub use modules::ModuleHost as Host;
use modules::{Cache, Compiling, Components, ModuleHost, Prompts, Seal, Trusted, Workshop};
use sha2::{Digest, Sha256};
use store::{
    Store, StoreConfig,
    intake::{Intake, IntakeWriter},
};

use crate::{
    config::Config,
    faults, limits,
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
    /// What modules reach instead of the network: tests stand in for other servers.
    pub outside: Option<Arc<dyn Outside>>,
    /// What calendars kept elsewhere are read from instead of the network.
    pub calendars: Option<Arc<dyn Calendars>>,
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
        store::releases::seal(&mut tx, digest).await.ok()?
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
        slots: config.module_slots,
    })
}

/// The database, opened and brought to this version's schema.
pub async fn open_store(config: &Config, env: Env) -> Result<Store> {
    let settings = StoreConfig {
        url: config.database_url(),
        master_key: config.master_key()?,
        connections: 16,
        patience: config.lease().mul_f32(0.6).min(Duration::from_secs(5)),
    };
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
        (faults::armed(Env::new(shifted.clone(), random)), Some(shifted))
    } else {
        (faults::armed(Env::new(system, random)), None)
    }
}

/// Puts it all together. Nothing runs yet: see [`Desk::start`].
pub async fn build(config: &Config, role: Role) -> Result<Desk> {
    let (env, shifted) = environment(role.demo);
    let store = open_store(config, env.clone()).await?;
    let client = http::client()?;
    let public_url = if config.public_url.is_empty() { role.own_url.clone() } else { config.public_url.clone() };
    let phones = Arc::new(Phones::new(env.clone(), client.clone(), role.own_url.clone()));
    let registry = Arc::new(Registry(store.clone()));
    let host = Arc::new(ModuleHost::with_plans(registry, limits::plans(&config.plans), workshop(config)?)?);
    if !config.work && store.engine() == store::Engine::Sqlite {
        bail!("work = false leaves the work to other nodes, and on SQLite there are none");
    }
    let doorbell = doorbell(config).await?;
    let (intake, writer) = Intake::new(&store);
    let writer = if matches!(doorbell, Rings::Notify) { writer } else { writer.silent() };
    let tasks = Arc::new(Tasks::default());
    let app_env = env.clone();
    let app = App::new(Parts {
        store: store.clone(),
        env,
        channels: providers(config, &role.own_url, &public_url, &app_env)?,
        blobs: files(config)?,
        vertical: host.clone(),
        inspector: host.clone(),
        outside: match role.outside {
            Some(outside) => outside,
            None => Arc::new(Requests::new().context("requests of modules")?),
        },
        calendars: match role.calendars {
            Some(calendars) => calendars,
            None => Arc::new(Feeds::new().context("calendars kept elsewhere")?),
        },
        renderer: Arc::new(Prompts::new(
            Arc::clone(&host),
            std::fs::read(config.modules_dir.join("prompts.wasm")).ok(),
        )),
        simulator: role.demo.then(|| -> Arc<dyn domain::simulator::Simulator> { phones.clone() }),
        shifted,
        intake,
        tasks: Arc::clone(&tasks),
        public_url,
        burst: Duration::from_millis(config.burst_ms),
        pace: app::Pace {
            lease_seconds: i64::try_from(config.lease().as_secs()).unwrap_or(1),
            word_wait: Duration::from_secs(config.word_wait_seconds),
            works: config.work,
        },
        doorbell,
        handsets: role.handsets,
    })?;
    Ok(Desk { app: Arc::new(app), host, store, tasks, writer, phones })
}

/// How other nodes are rung for. A server that is away is no reason not to start.
async fn doorbell(config: &Config) -> Result<Rings> {
    Ok(match config.doorbell.as_str() {
        "none" => Rings::Never,
        "notify" => Rings::Notify,
        address if is_nats(address) => Rings::Line(Arc::new(Nats::open(address).await?)),
        _ => bail!("doorbell is one of: notify, none, nats://HOST:PORT, tls://HOST:PORT"),
    })
}

pub(crate) fn is_nats(doorbell: &str) -> bool {
    ["nats://", "tls://"].iter().any(|scheme| doorbell.starts_with(scheme))
}

/// Where files lie, by configuration: a folder of this machine or a bucket.
fn files(config: &Config) -> Result<Arc<dyn Blobs>> {
    let opened = match config.files.strip_prefix("s3://") {
        Some(place) => {
            let (name, prefix) = place.split_once('/').unwrap_or((place, ""));
            let key = |name: &str| {
                std::env::var(name).with_context(|| format!("files lie in a bucket, but {name} is not set"))
            };
            Files::in_bucket(&Bucket {
                name: name.to_owned(),
                prefix: prefix.to_owned(),
                endpoint: config.s3_endpoint.clone(),
                region: config.s3_region.clone(),
                access_key_id: key("AWS_ACCESS_KEY_ID")?,
                secret_access_key: Secret::new(key("AWS_SECRET_ACCESS_KEY")?),
            })
        }
        None if config.files.is_empty() => Files::in_folder(&config.data_dir.join("files")),
        None => Files::in_folder(std::path::Path::new(&config.files)),
    };
    Ok(Arc::new(opened.context("the file storage cannot be opened")?))
}

/// Every provider. Their addresses are the platform's to set; a tenant only has secrets.
fn providers(config: &Config, own_url: &str, public_url: &str, env: &Env) -> Result<Vec<Arc<dyn Channel>>> {
    let clients = Clients::new()?;
    let graph = |provider, base: &str| -> Arc<dyn Channel> {
        Arc::new(Graph::new(provider, clients.clone(), base, &config.graph_version))
    };
    let twilio = Addresses {
        api: config.twilio_url.clone(),
        content: config.twilio_content_url.clone(),
        public_url: public_url.to_owned(),
    };
    Ok(vec![
        graph(Provider::Meta, &config.graph_url),
        graph(Provider::Simulator, &format!("{own_url}/simulator/graph")),
        Arc::new(Twilio::new(clients.clone(), twilio, env.clone())),
        Arc::new(Evolution::new(clients.clone(), &config.evolution_url, env.clone())),
        Arc::new(Wassenger::new(clients, &config.wassenger_url, env.clone())),
    ])
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
        tasks.spawn("simulator", reports);
        (app, tasks, store)
    }

    /// Installs a component after every check; the same bytes twice are one release.
    pub async fn install(&self, bytes: Vec<u8>) -> Result<store::releases::Release> {
        Ok(self.app.install(&bytes, &Voucher::Operator, app::OPERATOR).await?)
    }
}
