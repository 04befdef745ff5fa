//! Loads components and runs calls on threads of their own.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use async_trait::async_trait;
use domain::{
    TenantId,
    vertical::{Activated, Description, Desk, VerticalError},
};
use sha2::{Digest, Sha256};
use tokio::{runtime, sync::Semaphore};
use wasmtime::{
    Config, Engine, Store, Trap, UpdateDeadline,
    component::{Component, HasSelf, Linker},
};

use crate::{
    bindings::{Vertical as World, VerticalPre},
    checks, convert,
    imports::{Call, OverBudget},
    limits::{Limits, TICK},
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
    linker: Arc<Linker<Call>>,
    guests: runtime::Handle,
    components: Arc<dyn Components>,
    loaded: Loaded,
    /// One compilation at a time, and none twice: a caller that gives up does not end it.
    compiling: Arc<tokio::sync::Mutex<()>>,
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
    #[error("the module does not fit frontdesk:vertical@0.1.0: {0}")]
    WrongWorld(String),
    #[error("the module cannot describe itself: {0}")]
    Describe(VerticalError),
    #[error("the module describes itself differently each time")]
    Undecided,
}

/// A component that passed every check.
#[derive(Debug, Clone, PartialEq)]
pub struct Installed {
    /// SHA-256 of the bytes, hex.
    pub digest: String,
    pub description: Description,
}

type Answer<'a, T> = std::pin::Pin<Box<dyn Future<Output = wasmtime::Result<T>> + Send + 'a>>;

type Loaded = Arc<Mutex<BTreeMap<String, VerticalPre<Call>>>>;

impl ModuleHost {
    /// Starts two guest threads and the ticker.
    pub fn new(components: Arc<dyn Components>, limits: Limits) -> Result<Self, NoHost> {
        let failed = |error: &dyn std::fmt::Display| NoHost(error.to_string());
        let engine = Engine::new(&config()).map_err(|error| failed(&error))?;
        let mut linker = Linker::new(&engine);
        World::add_to_linker::<Call, HasSelf<Call>>(&mut linker, |call| call).map_err(|error| failed(&error))?;
        start_ticker(&engine).map_err(|error| failed(&error))?;
        let guests = start_threads().map_err(|error| failed(&error))?;
        let linker = Arc::new(linker);
        let (loaded, compiling, turns) = (Arc::default(), Arc::default(), Mutex::default());
        Ok(Self { engine, linker, guests, components, loaded, compiling, turns, limits })
    }

    /// Checks a component as a stranger's: size, imports, world, and that it can say what it is, twice the same.
    pub async fn install(&self, bytes: Vec<u8>) -> Result<Installed, InstallError> {
        if bytes.len() > LARGEST {
            return Err(InstallError::TooLarge { size: bytes.len() });
        }
        let digest = hex::encode(Sha256::digest(&bytes));
        let component = self.compile(bytes).await.map_err(InstallError::NotAComponent)?;
        for (import, _) in component.component_type().imports(&self.engine) {
            if !import.starts_with("frontdesk:vertical/") {
                return Err(InstallError::ForeignImport { import: import.to_owned() });
            }
        }
        link(&self.linker, &self.loaded, &digest, &component).map_err(InstallError::WrongWorld)?;
        let activated = Activated {
            tenant: TenantId(Default::default()),
            module: "candidate".to_owned(),
            release: domain::ReleaseId(Default::default()),
            digest: digest.clone(),
            config: serde_json::Value::Null,
            grants: Vec::new(),
        };
        let first = self.describe_once(&activated).await.map_err(InstallError::Describe)?;
        let second = self.describe_once(&activated).await.map_err(InstallError::Describe)?;
        if first != second {
            return Err(InstallError::Undecided);
        }
        Ok(Installed { digest, description: first })
    }

    pub(crate) async fn describe_once(&self, activated: &Activated) -> Result<Description, VerticalError> {
        let described = self
            .call(activated, None, |store, world| Box::pin(world.frontdesk_vertical_business().call_describe(store)))
            .await?;
        checks::description(convert::description(described))
    }

    /// One call in a fresh instance, on a guest thread, under every limit.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        activated: &Activated,
        desk: Option<Arc<dyn Desk>>,
        work: impl for<'a> FnOnce(&'a mut Store<Call>, &'a World) -> Answer<'a, T> + Send + 'static,
    ) -> Result<T, VerticalError> {
        let turn = tokio::time::timeout(self.limits.wall, self.turns_of(activated.tenant).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(VerticalError::Busy) };
        let ready = self.loaded(&activated.digest).await?;
        let mut store = self.store(activated, desk);
        let wall = self.limits.wall;
        let running = self.guests.spawn(async move {
            // Held until the guest has really ended, even when the caller gives up first.
            let _turn = turn;
            let run = async {
                let world = ready.instantiate_async(&mut store).await?;
                work(&mut store, &world).await
            };
            match tokio::time::timeout(wall, run).await {
                Ok(outcome) => outcome.map_err(|error| failure(&error)),
                Err(_elapsed) => Err(VerticalError::Limit("time")),
            }
        });
        running.await.unwrap_or_else(|panic| Err(VerticalError::Trapped(panic.to_string())))
    }

    fn store(&self, activated: &Activated, desk: Option<Arc<dyn Desk>>) -> Store<Call> {
        let mut store = Store::new(&self.engine, Call::new(&self.limits, &activated.module, &activated.grants, desk));
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

    async fn loaded(&self, digest: &str) -> Result<VerticalPre<Call>, VerticalError> {
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
        let compiling = Arc::clone(&self.compiling).lock_owned().await;
        if let Some(ready) = lock(&self.loaded).get(digest) {
            return Ok(ready.clone());
        }
        let (engine, linker, loaded, digest) =
            (self.engine.clone(), Arc::clone(&self.linker), Arc::clone(&self.loaded), digest.to_owned());
        let compiled = tokio::task::spawn_blocking(move || {
            let _until_it_is_kept = compiling;
            let component = Component::from_binary(&engine, &bytes).map_err(|error| format!("{error:#}"))?;
            link(&linker, &loaded, &digest, &component)
        });
        compiled.await.map_err(|panic| unavailable(panic.to_string()))?.map_err(unavailable)
    }

    /// Off the async threads: compiling takes tenths of a second.
    async fn compile(&self, bytes: Vec<u8>) -> Result<Component, String> {
        let engine = self.engine.clone();
        let compiled = tokio::task::spawn_blocking(move || Component::from_binary(&engine, &bytes)).await;
        compiled.map_err(|panic| panic.to_string())?.map_err(|error| format!("{error:#}"))
    }

    fn turns_of(&self, tenant: TenantId) -> Arc<Semaphore> {
        lock(&self.turns).entry(tenant).or_insert_with(|| Arc::new(Semaphore::new(self.limits.per_tenant))).clone()
    }
}

/// Keeps a component ready to be instantiated.
fn link(
    linker: &Linker<Call>,
    loaded: &Mutex<BTreeMap<String, VerticalPre<Call>>>,
    digest: &str,
    component: &Component,
) -> Result<VerticalPre<Call>, String> {
    let instance = linker.instantiate_pre(component).map_err(|error| format!("{error:#}"))?;
    let ready = VerticalPre::new(instance).map_err(|error| format!("{error:#}"))?;
    lock(loaded).insert(digest.to_owned(), ready.clone());
    Ok(ready)
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

fn failure(error: &wasmtime::Error) -> VerticalError {
    if error.downcast_ref::<OverBudget>().is_some() {
        return VerticalError::Limit("host calls");
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => VerticalError::Limit("time"),
        Some(Trap::StackOverflow) => VerticalError::Limit("stack"),
        Some(trap) => VerticalError::Trapped(trap.to_string()),
        None => VerticalError::BadOutput(error.root_cause().to_string().chars().take(200).collect()),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
