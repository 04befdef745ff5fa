//! Loads components and runs calls on threads of their own.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use async_trait::async_trait;
use domain::{
    TenantId,
    vertical::{Activated, CallContext, Description, Desk, NoDesk, VerticalError},
};
use jiff::{Timestamp, tz::TimeZone};
use sha2::{Digest, Sha256};
use tokio::{runtime, sync::Semaphore};
use wasmtime::{Config, Engine, Store, Trap, UpdateDeadline, component::Component};

use crate::{
    call::{Call, OverBudget},
    limits::{Limits, TICK},
    worlds::{self, Answer, Fitted, Guest, Linkers, Misfit},
};

/// Largest component that is looked at.
const LARGEST: usize = 2 << 20;

/// Where component bytes are kept: the store, or a folder in tests.
#[async_trait]
pub trait Components: Send + Sync {
    async fn component(&self, digest: &str) -> Option<Vec<u8>>;
}

/// Runs modules. Cheap to share; its threads end with the process.
pub struct ModuleHost {
    engine: Engine,
    linkers: Linkers,
    guests: runtime::Handle,
    components: Arc<dyn Components>,
    loaded: Mutex<BTreeMap<String, Fitted>>,
    turns: Mutex<BTreeMap<TenantId, Arc<Semaphore>>>,
    limits: Limits,
}

/// The host could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("the module host cannot start: {0}")]
pub struct NoHost(String);

/// Why a component is not installed; the text is for the admin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InstallError {
    #[error("the file has {size} bytes; a module may have {LARGEST}")]
    TooLarge { size: usize },
    #[error("this is not a WebAssembly component: {0}")]
    NotAComponent(String),
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
}

impl InstallError {
    /// Describing is also the first time that a component is instantiated.
    fn describing(error: VerticalError) -> Self {
        match error {
            VerticalError::Unavailable(why) => Self::WrongWorld(why),
            error => Self::Describe(error),
        }
    }
}

/// A component that passed every check.
#[derive(Debug, Clone, PartialEq)]
pub struct Installed {
    /// SHA-256 of the bytes, hex.
    pub digest: String,
    pub description: Description,
}

type Working<'a, T> = std::pin::Pin<Box<dyn Future<Output = Answer<T>> + Send + 'a>>;

/// A call to be made: of which release, which function, when, and who answers its questions.
pub(crate) struct Question<'a> {
    pub(crate) activated: &'a Activated,
    pub(crate) function: &'static str,
    pub(crate) now: Timestamp,
    pub(crate) zone: TimeZone,
    pub(crate) desk: Arc<dyn Desk>,
}

impl<'a> Question<'a> {
    pub(crate) fn new(
        activated: &'a Activated,
        function: &'static str,
        context: &CallContext,
        desk: Arc<dyn Desk>,
    ) -> Self {
        Self { activated, function, now: context.now, zone: context.zone(), desk }
    }
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

impl ModuleHost {
    /// Starts two guest threads and the ticker.
    pub fn new(components: Arc<dyn Components>, limits: Limits) -> Result<Self, NoHost> {
        let failed = |error: &dyn std::fmt::Display| NoHost(error.to_string());
        let engine = Engine::new(&config()).map_err(|error| failed(&error))?;
        let linkers = Linkers::new(&engine).map_err(|error| failed(&error))?;
        start_ticker(&engine).map_err(|error| failed(&error))?;
        let guests = start_threads().map_err(|error| failed(&error))?;
        Ok(Self { engine, linkers, guests, components, loaded: Mutex::default(), turns: Mutex::default(), limits })
    }

    /// Checks a component as a stranger's: size, imports, world, and that it can say what it is, twice the same.
    pub async fn install(&self, bytes: Vec<u8>) -> Result<Installed, InstallError> {
        if bytes.len() > LARGEST {
            return Err(InstallError::TooLarge { size: bytes.len() });
        }
        let digest = hex::encode(Sha256::digest(&bytes));
        let component = self.compile(bytes).await.map_err(InstallError::NotAComponent)?;
        self.fit(&digest, &component)?;
        let activated = Activated {
            tenant: TenantId(Default::default()),
            module: "candidate".to_owned(),
            release: domain::ReleaseId(Default::default()),
            digest: digest.clone(),
            config: serde_json::Value::Null,
            grants: Vec::new(),
        };
        let first = self.describe_once(&activated).await.map_err(InstallError::describing)?;
        let second = self.describe_once(&activated).await.map_err(InstallError::describing)?;
        if first != second {
            return Err(InstallError::Undecided);
        }
        Ok(Installed { digest, description: first })
    }

    pub(crate) async fn describe_once(&self, activated: &Activated) -> Result<Description, VerticalError> {
        let (now, zone) = (Timestamp::UNIX_EPOCH, TimeZone::UTC);
        let question = Question { activated, function: "describe", now, zone, desk: Arc::new(NoDesk) };
        self.call(question, |guest, store| guest.describe(store)).await
    }

    /// One call in a fresh instance, on a guest thread, under every limit.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        question: Question<'_>,
        work: impl for<'a> FnOnce(&'a dyn Guest, &'a mut Store<Call>) -> Working<'a, T> + Send + 'static,
    ) -> Result<T, VerticalError> {
        let Question { activated, .. } = question;
        let turn = tokio::time::timeout(self.limits.wall, self.turns_of(activated.tenant).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(VerticalError::Busy) };
        let ready = self.loaded(&activated.digest).await?;
        let mut store = self.store(&question);
        let wall = self.limits.wall;
        let running = self.guests.spawn(async move {
            // Held until the guest has really ended, even when the caller gives up first.
            let _turn = turn;
            let run = async {
                let guest = ready.instantiate(&mut store).await.map_err(unfit)?;
                work(guest.as_ref(), &mut store).await
            };
            let ended = tokio::time::timeout(wall, run).await;
            match ended {
                Ok(Ok(answer)) => answer,
                Ok(Err(error)) => Err(failure(&error, store.data_mut().last_words.take())),
                Err(_elapsed) => Err(VerticalError::Limit("time")),
            }
        });
        running.await.unwrap_or_else(|panic| Err(VerticalError::Trapped(panic.to_string())))
    }

    fn store(&self, question: &Question<'_>) -> Store<Call> {
        let mut store = Store::new(&self.engine, Call::new(&self.limits, question));
        store.limiter(|call| &mut call.meter);
        // Default is 128 MiB of copies: far more than any honest answer.
        store.set_hostcall_fuel(1 << 20);
        store.set_epoch_deadline(1);
        let mut left = self.limits.ticks;
        store.epoch_deadline_callback(move |_| {
            left = left.saturating_sub(1);
            // Yields each tick, so that neighbours on the thread run; ends when its time is used up.
            Ok(if left == 0 { UpdateDeadline::Interrupt } else { UpdateDeadline::Yield(1) })
        });
        store
    }

    async fn loaded(&self, digest: &str) -> Result<Fitted, VerticalError> {
        if let Some(ready) = lock(&self.loaded).get(digest) {
            return Ok(ready.clone());
        }
        let unavailable = |reason: String| VerticalError::Unavailable(reason);
        let bytes = self
            .components
            .component(digest)
            .await
            .ok_or_else(|| unavailable("it is not in the registry".to_owned()))?;
        if hex::encode(Sha256::digest(&bytes)) != digest {
            return Err(unavailable("its bytes are not the ones that were installed".to_owned()));
        }
        let component = self.compile(bytes).await.map_err(unavailable)?;
        self.fit(digest, &component).map_err(|misfit| unavailable(InstallError::from(misfit).to_string()))
    }

    /// Off the async threads: compiling takes tenths of a second.
    async fn compile(&self, bytes: Vec<u8>) -> Result<Component, String> {
        let engine = self.engine.clone();
        let compiled = tokio::task::spawn_blocking(move || Component::from_binary(&engine, &bytes)).await;
        compiled.map_err(|panic| panic.to_string())?.map_err(|error| format!("{error:#}"))
    }

    fn fit(&self, digest: &str, component: &Component) -> Result<Fitted, Misfit> {
        let ready = self.linkers.fit(&self.engine, component)?;
        lock(&self.loaded).insert(digest.to_owned(), ready.clone());
        Ok(ready)
    }

    fn turns_of(&self, tenant: TenantId) -> Arc<Semaphore> {
        lock(&self.turns).entry(tenant).or_insert_with(|| Arc::new(Semaphore::new(self.limits.per_tenant))).clone()
    }
}

fn config() -> Config {
    let mut config = Config::new();
    config.wasm_component_model(true);
    config.epoch_interruption(true);
    config.max_wasm_stack(512 << 10);
    config.async_stack_size(1 << 20);
    config
}

/// Moves the epoch on a thread of its own: on a busy runtime it would stand still when it is needed most.
fn start_ticker(engine: &Engine) -> std::io::Result<()> {
    let engine = engine.weak();
    let tick = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(TICK);
        }
    };
    thread::Builder::new().name("guest-ticker".to_owned()).spawn(tick).map(|_runs_with_the_engine| ())
}

/// A runtime for guests alone.
fn start_threads() -> std::io::Result<runtime::Handle> {
    let guests = runtime::Builder::new_multi_thread().worker_threads(2).thread_name("guest").enable_time().build()?;
    let handle = guests.handle().clone();
    // Dropping a runtime inside another one panics; this one lives on a thread that waits for the end of the process.
    thread::Builder::new()
        .name("guest-keeper".to_owned())
        .spawn(move || guests.block_on(std::future::pending::<()>()))?;
    Ok(handle)
}

/// It links, but its types are not ours: only instantiating finds that.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unfit(String);

fn unfit(error: wasmtime::Error) -> wasmtime::Error {
    let stopped = error.downcast_ref::<Trap>().is_some() || error.downcast_ref::<OverBudget>().is_some();
    if stopped { error } else { wasmtime::Error::new(Unfit(format!("{error:#}"))) }
}

/// What stopped a guest. Its own last words, when it panicked, say more than the bare trap.
fn failure(error: &wasmtime::Error, last_words: Option<String>) -> VerticalError {
    if error.downcast_ref::<OverBudget>().is_some() {
        return VerticalError::Limit("host calls");
    }
    if let Some(unfit) = error.downcast_ref::<Unfit>() {
        return VerticalError::Unavailable(unfit.to_string());
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => VerticalError::Limit("time"),
        Some(Trap::StackOverflow) => VerticalError::Limit("stack"),
        Some(trap) => VerticalError::Trapped(last_words.unwrap_or_else(|| trap.to_string())),
        None => VerticalError::BadOutput(error.root_cause().to_string().chars().take(200).collect()),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
