//! Runs calls: each in a fresh instance, on a guest thread, under every limit.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use domain::{
    TenantId,
    plan::{Limits, Plan, Plans},
    release::Seal,
    vertical::{Activated, Allowance, CallContext, Description, Desk, NoDesk, Usage, VerticalError},
};
use jiff::{Timestamp, tz::TimeZone};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use wasmtime::{Engine, Store, Trap, UpdateDeadline};

use crate::{
    call::{Call, OverBudget},
    compile::Compiling,
    engine,
    home::Payer,
    limits,
    native::Cache,
    seal::Trusted,
    threads::Threads,
    usage::{Meters, Spent, Stopwatch, Timed},
    worlds::{Answer, Fitted, Guest, Linkers},
};

/// Where component bytes are kept: the store, or a folder in tests.
#[async_trait]
pub trait Components: Send + Sync {
    async fn component(&self, digest: &str) -> Option<Vec<u8>>;

    /// The seal it was installed with, if it was.
    async fn seal(&self, _digest: &str) -> Option<Seal> {
        None
    }
}

/// How components become code, and whose are accepted.
pub struct Workshop {
    pub compiling: Compiling,
    /// Compiled code outlives the process when there is one.
    pub cache: Option<Cache>,
    pub trusted: Trusted,
    /// Guests at once for whom memory is set aside; 0: it is asked of the system for each, and there is no such bound.
    pub slots: u32,
}

impl Workshop {
    pub const SLOTS: u32 = 256;
}

impl Default for Workshop {
    fn default() -> Self {
        Self { compiling: Compiling::Here, cache: None, trusted: Trusted::default(), slots: Self::SLOTS }
    }
}

/// Runs modules. Its threads end with it.
pub struct ModuleHost {
    pub(crate) engine: Engine,
    pub(crate) compatibility: String,
    pub(crate) linkers: Linkers,
    threads: Threads,
    /// Where those ask the server something who have had their share.
    line: Arc<Semaphore>,
    slots: Slots,
    pub(crate) components: Arc<dyn Components>,
    pub(crate) workshop: Workshop,
    pub(crate) loaded: Mutex<BTreeMap<String, Fitted>>,
    /// By tenant and how many calls it may make at once: another plan is another queue.
    turns: Mutex<BTreeMap<(TenantId, usize), Arc<Semaphore>>>,
    plans: Plans,
    /// Tenants with limits of their own.
    own_limits: Mutex<BTreeMap<TenantId, Limits>>,
    meters: Arc<Meters>,
}

/// The host could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("the module host cannot start: {0}")]
pub struct NoHost(String);

/// Places for guests: a pool that is full refuses, so whoever comes waits here. Half of them are not for tenants that have
/// had their share.
struct Slots {
    all: Arc<Semaphore>,
    back: Arc<Semaphore>,
}

/// Given back with the guest's end.
type Place = (OwnedSemaphorePermit, Option<OwnedSemaphorePermit>);

impl Slots {
    /// Without a pool there is no bound.
    fn new(slots: u32) -> Self {
        let slots = if slots == 0 { Semaphore::MAX_PERMITS } else { usize::try_from(slots).unwrap_or(1) };
        Self { all: Arc::new(Semaphore::new(slots)), back: Arc::new(Semaphore::new((slots / 2).max(1))) }
    }

    async fn take(&self, overdrawn: bool) -> Result<Place, AcquireError> {
        let back = if overdrawn { Some(Arc::clone(&self.back).acquire_owned().await?) } else { None };
        Ok((Arc::clone(&self.all).acquire_owned().await?, back))
    }
}

/// After its time a guest is given so long to say so itself.
const LATE: Duration = Duration::from_millis(250);

/// Tells a turn how long it waited for a call, however that ends.
struct Waits {
    turn: Option<Arc<Allowance>>,
    since: Instant,
}

impl Drop for Waits {
    fn drop(&mut self) {
        if let Some(turn) = &self.turn {
            turn.wait(self.since.elapsed());
        }
    }
}

type Working<'a, T> = std::pin::Pin<Box<dyn Future<Output = Answer<T>> + Send + 'a>>;

/// A call to be made: of which release, which function, when, and who answers its questions.
pub(crate) struct Question<'a> {
    pub(crate) activated: &'a Activated,
    pub(crate) function: &'static str,
    pub(crate) now: Timestamp,
    pub(crate) zone: TimeZone,
    pub(crate) desk: Arc<dyn Desk>,
    /// It shares what it may use with the other calls of its turn.
    pub(crate) turn: Option<Arc<Allowance>>,
}

impl<'a> Question<'a> {
    pub(crate) fn new(
        activated: &'a Activated,
        function: &'static str,
        context: &CallContext,
        desk: Arc<dyn Desk>,
    ) -> Self {
        let turn = context.allowance.clone();
        Self { activated, function, now: context.now, zone: context.zone(), desk, turn }
    }

    /// Processor time and time by the clock that it may use; none when its turn has nothing left.
    fn may_use(&self, limits: &Limits) -> Option<(Duration, Duration)> {
        let cpu = limits::cpu(limits, self.function);
        let Some(turn) = &self.turn else { return Some((cpu, limits.wall)) };
        turn.left(limits).map(|(left, wall)| (cpu.min(left), wall))
    }
}

impl ModuleHost {
    /// Compiles in this process, keeps nothing, and has one plan for all: for tests and tools.
    pub fn new(components: Arc<dyn Components>, limits: Limits) -> Result<Self, NoHost> {
        Self::with(components, limits, Workshop::default())
    }

    /// The same limits on every plan.
    pub fn with(components: Arc<dyn Components>, limits: Limits, workshop: Workshop) -> Result<Self, NoHost> {
        let mut plans = Plans::default();
        Plan::ALL.into_iter().for_each(|plan| plans.set(plan, limits));
        Self::with_plans(components, plans, workshop)
    }

    /// Starts the guests' threads and the ticker.
    pub fn with_plans(components: Arc<dyn Components>, plans: Plans, workshop: Workshop) -> Result<Self, NoHost> {
        let failed = |error: &dyn std::fmt::Display| NoHost(error.to_string());
        let (engine, slots) = engine_with(workshop.slots).map_err(|error| failed(&error))?;
        let linkers = Linkers::new(&engine).map_err(|error| failed(&error))?;
        engine::start_ticker(&engine).map_err(|error| failed(&error))?;
        let threads = Threads::start().map_err(|error| failed(&error))?;
        Ok(Self {
            compatibility: engine::compatibility(&engine),
            engine,
            linkers,
            threads,
            line: Arc::new(Semaphore::new(1)),
            slots: Slots::new(slots),
            components,
            workshop,
            loaded: Mutex::default(),
            turns: Mutex::default(),
            plans,
            own_limits: Mutex::default(),
            meters: Arc::default(),
        })
    }

    /// From the next call on, `tenant` has limits of its own, whatever its plan.
    pub fn limit(&self, tenant: TenantId, limits: Limits) {
        lock(&self.own_limits).insert(tenant, limits);
    }

    pub(crate) fn limits_on(&self, plan: Plan) -> Limits {
        self.plans.of(plan)
    }

    fn limits_of(&self, activated: &Activated) -> Limits {
        let own = lock(&self.own_limits).get(&activated.tenant).copied();
        own.unwrap_or_else(|| self.plans.of(activated.plan))
    }

    pub(crate) fn usage(&self) -> Vec<Usage> {
        self.meters.take()
    }

    pub(crate) async fn describe_once(&self, activated: &Activated) -> Result<Description, VerticalError> {
        let (now, zone) = (Timestamp::UNIX_EPOCH, TimeZone::UTC);
        let question = Question { activated, function: "describe", now, zone, desk: Arc::new(NoDesk), turn: None };
        self.call(question, |guest, store| guest.describe(store)).await
    }

    pub(crate) async fn call<T: Send + 'static>(
        &self,
        question: Question<'_>,
        work: impl for<'a> FnOnce(&'a dyn Guest, &'a mut Store<Call>) -> Working<'a, T> + Send + 'static,
    ) -> Result<T, VerticalError> {
        let Question { activated, function, .. } = question;
        let limits = self.limits_of(activated);
        let Some((cpu, wall)) = question.may_use(&limits) else { return Err(VerticalError::Spent) };
        let allowance = question.turn.clone();
        let mut waits = Waits { turn: allowance.clone(), since: Instant::now() };
        let left = |waits: &Waits| wall.saturating_sub(waits.since.elapsed());
        let turns = self.turns_of(activated.tenant, &limits);
        let turn = tokio::time::timeout(left(&waits), turns.acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(VerticalError::Busy) };
        let loading = Instant::now();
        let ready = self.loaded(&activated.digest).await;
        // Compiling it after a restart is the host's own work.
        waits.since += loading.elapsed();
        let ready = ready?;
        let account = self.threads.account(activated.tenant);
        let place = tokio::time::timeout(left(&waits), self.slots.take(account.overdrawn())).await;
        let Ok(Ok(place)) = place else { return Err(VerticalError::Busy) };
        let watch: Arc<Stopwatch> = Arc::default();
        let payer = Payer { account: Arc::clone(&account), line: Arc::clone(&self.line) };
        let store = self.store(&question, &limits, cpu, Arc::clone(&watch), payer);
        let meters = Arc::clone(&self.meters);
        let (tenant, module) = (activated.tenant, activated.module.clone());
        let (paying, until_late) = (Arc::clone(&account), left(&waits));
        let ending = allowance.clone();
        let running = self.threads.spawn(&account, allowance, async move {
            // Held until the guest has really ended, even when the caller gives up first.
            let _held = (turn, place);
            // Here it is gone before its place is given back.
            let mut store = store;
            let run = async {
                let guest = ready.instantiate(&mut store).await.map_err(unfit)?;
                work(guest.as_ref(), &mut store).await
            };
            let ended = tokio::time::timeout(until_late, Timed::new(run, Arc::clone(&watch), paying)).await;
            let answer = match ended {
                Ok(Ok(answer)) => answer,
                Ok(Err(error)) if error.downcast_ref() == Some(&Trap::Interrupt) => Err(out_of_time(cpu, limits.cpu)),
                Ok(Err(error)) => Err(failure(&error, store.data_mut().last_words.take())),
                // It stood in line for most of it.
                Err(_elapsed) if until_late < wall / 2 => Err(VerticalError::Busy),
                Err(_elapsed) => Err(out_of_time(wall, limits.wall)),
            };
            let spent = Spent {
                nanos: watch.nanos(),
                host_calls: store.data().asked(&limits),
                host_bytes: store.data().passed(&limits),
                memory_bytes: store.data().meter.used(),
                failed: answer.as_ref().is_err_and(VerticalError::is_a_strike),
            };
            meters.add(tenant, &module, function, spent);
            if let Some(turn) = ending {
                turn.spend(Duration::from_nanos(spent.nanos));
                if matches!(answer, Err(VerticalError::Limit("time") | VerticalError::Spent)) {
                    turn.end();
                }
            }
            answer
        });
        // Outside of a turn nobody is kept waiting, and an owner's switch had better come late than not.
        let ended = match &question.turn {
            Some(_) => tokio::time::timeout(left(&waits) + LATE, running).await,
            None => Ok(running.await),
        };
        match ended {
            Ok(ended) => ended.unwrap_or_else(|_panic| Err(VerticalError::Trapped("the host failed in it".to_owned()))),
            // It stands in line at the back, and ends when it is looked at.
            Err(_elapsed) => Err(VerticalError::Busy),
        }
    }

    fn store(
        &self,
        question: &Question<'_>,
        limits: &Limits,
        cpu: Duration,
        watch: Arc<Stopwatch>,
        payer: Payer,
    ) -> Store<Call> {
        let mut store = Store::new(&self.engine, Call::new(limits, question, payer));
        store.limiter(|call| &mut call.meter);
        // Default is 128 MiB of copies: far more than any honest answer.
        store.set_hostcall_fuel(limits.output_bytes);
        store.set_epoch_deadline(1);
        let budget = u64::try_from(cpu.as_nanos()).unwrap_or(u64::MAX);
        store.epoch_deadline_callback(move |_| {
            // Yields each tick, so that neighbours on the thread run; ends when its time is used up.
            Ok(if watch.nanos() >= budget { UpdateDeadline::Interrupt } else { UpdateDeadline::Yield(1) })
        });
        store
    }

    fn turns_of(&self, tenant: TenantId, limits: &Limits) -> Arc<Semaphore> {
        lock(&self.turns)
            .entry((tenant, limits.per_tenant))
            .or_insert_with(|| Arc::new(Semaphore::new(limits.per_tenant)))
            .clone()
    }
}

/// With memory set aside for so many guests if there is room for it, and for how many there is.
fn engine_with(slots: u32) -> wasmtime::Result<(Engine, u32)> {
    if slots > 0 {
        match engine::pooled(slots) {
            Ok(engine) => return Ok((engine, slots)),
            Err(error) => {
                tracing::warn!(%error, "no memory can be set aside for modules; it is asked of the system for each call")
            }
        }
    }
    Ok((engine::engine()?, 0))
}

/// It links, but its types are not ours: only instantiating finds that.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unfit(String);

/// A call ended because the time it had is over. It is no strike when others of its turn had left it less than half of
/// what it may use.
fn out_of_time(had: Duration, of: Duration) -> VerticalError {
    if had < of / 2 { VerticalError::Spent } else { VerticalError::Limit("time") }
}

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

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
