//! The chaos harness: real servers, a provider that records every message, faults from one seed, and checkers.
//!
//! A seed is a plan: who writes what, what goes wrong and when. The same seed, fault and engine give the same plan;
//! timing is the machine's. Start at [`run_seed`]; what goes wrong is `nemesis`, what must hold is `checks`.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a fault that a list does not name is as usual in what that list is about"
)]

mod broken;
mod chance;
mod checks;
mod customers;
mod door;
mod house;
mod ledger;
mod nemesis;
mod node;
mod provider;
mod proxy;
mod trace;
mod wire;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result};
use app::tasks::Tasks;
use tokio::time::Instant;
use uuid::Uuid;

pub use broken::Broken;
pub use house::{Engine, House};
pub use nemesis::Fault;
pub use trace::synced_before_answered;

use chance::Chance;
use door::{Door, Told};
use house::Flat;
use ledger::Ledger;
use node::Node;
use provider::{Provider, Status};
use proxy::Proxy;

/// Short, so that a seed is short.
pub(crate) const LEASE_SECONDS: i64 = 4;
pub(crate) const WORD_WAIT_SECONDS: u64 = 5;
/// How long people write and things go wrong.
const STORM: Duration = Duration::from_millis(2_600);
/// How long everything may take to come to rest afterwards.
const REST: Duration = Duration::from_secs(45);
/// What a server may hold more than at its start: files, kilobytes.
/// SQLite's readers hold three files each.
const MORE_FILES: usize = 80;
const MORE_KB: u64 = 150_000;

/// Time passes for reminders.
const PULL: &str = "UPDATE jobs SET run_us = 1 WHERE kind = 'remind' AND state = 'queued' AND run_us > 1";

/// One seed in the making.
pub(crate) struct Stage {
    pub(crate) fault: Fault,
    pub(crate) broken: Option<Broken>,
    engine: Engine,
    pub(crate) flat: Flat,
    pub(crate) nodes: Arc<Vec<Node>>,
    pub(crate) provider: Arc<Provider>,
    pub(crate) proxy: Proxy,
    door: Arc<Door>,
    tasks: Arc<Tasks>,
}

/// What became of a seed.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    pub seed: u64,
    pub violations: Vec<String>,
    /// Lives of server processes that ended before their time.
    pub deaths: u32,
    pub webhooks: usize,
    pub bookings: i64,
    pub sent: usize,
    pub lost: usize,
    pub doubled: usize,
    pub parked: usize,
    pub took: Duration,
}

impl Stage {
    pub(crate) fn engine(&self) -> Engine {
        self.engine
    }

    async fn set(house: &House, seed: u64, fault: Fault, echo: bool, broken: Option<Broken>) -> Result<Self> {
        let chance = Chance::new(seed);
        let tasks = Arc::new(Tasks::default());
        let flat = house.flat(seed, fault)?;
        let (report, reports) = tokio::sync::mpsc::unbounded_channel::<Status>();
        // Nobody listens any more when the seed is over.
        let statuses = Arc::new(move |status| drop(report.send(status)));
        let manner = fault.manner(echo);
        let manner = broken.map_or(manner.clone(), |broken| broken.mannered(manner));
        let provider = Provider::open(chance.part("provider"), manner, &tasks, statuses).await?;
        let provider = Arc::new(provider);
        let proxy = Proxy::before(provider.address.clone(), chance.part("proxy"), &tasks).await?;
        let sabotage: Vec<(&str, String)> = broken.and_then(Broken::environment).into_iter().collect();
        let mut nodes = Vec::new();
        for number in 0..fault.nodes(house.engine) {
            let name = if number == 0 { "data".to_owned() } else { format!("data{number}") };
            let recipe = flat.recipe(&name, &proxy.url, &sabotage)?;
            let arms = if number == 0 { fault.arms(&mut chance.part("arms")) } else { Vec::new() };
            let arms = broken.and_then(Broken::arms).unwrap_or(arms);
            nodes.push(Node::start(recipe, arms, &tasks));
        }
        let nodes = Arc::new(nodes);
        let door = Arc::new(Door {
            nodes: Arc::clone(&nodes),
            path: house.path.clone(),
            number: house.number.clone(),
            secret: house.secret.clone(),
            told: Arc::default(),
            chance: Arc::new(Mutex::new(chance.part("door"))),
            tasks: Arc::clone(&tasks),
            copies: fault.copies(),
        });
        carry_reports(reports, &door, &tasks);
        Ok(Self { fault, broken, engine: house.engine, flat, nodes, provider, proxy, door, tasks })
    }

    /// People write, things go wrong, time passes for reminders, something is said that must not be doubled.
    async fn storm(&self, seed: u64, broken: Option<Broken>) -> Result<()> {
        let chance = Chance::new(seed);
        let until = Instant::now() + STORM;
        let writing = Arc::new(Tasks::default());
        let habits = broken.and_then(Broken::habits).unwrap_or_else(|| self.fault.habits());
        for person in 0..habits.people {
            let (door, provider) = (Arc::clone(&self.door), Arc::clone(&self.provider));
            let chance = chance.part(&format!("person{person}"));
            writing.spawn("person", customers::write(person, seed, habits, door, provider, chance));
        }
        let striking = nemesis::strike(self, until, chance.part("nemesis"));
        let (struck, meddled) = tokio::join!(striking, self.meddle(seed, until));
        struck?;
        meddled?;
        // Everybody finishes what they had to say: providers retry for days.
        writing.drain(Duration::from_secs(60)).await;
        Ok(())
    }

    async fn meddle(&self, seed: u64, until: Instant) -> Result<()> {
        let mut ids = Chance::new(seed).part("ids");
        let mut id = || Uuid::from_u64_pair(ids.number(), ids.number());
        let mut number = 0;
        while Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(600)).await;
            number += 1;
            // A database that is locked, full or gone is what some faults are about.
            let Ok(mut ledger) = Ledger::open(&self.flat.database).await else { continue };
            let _queued = ledger.enqueue_never_doubled(id(), id(), &format!("once:{number}")).await;
            let _pulled = ledger.run(PULL).await;
            if self.fault == Fault::Poison && number == 2 {
                ledger.poison().await?;
            }
        }
        Ok(())
    }

    /// Waits until nothing is left to do; what is left after that is a violation.
    async fn rest(&self) -> Result<Vec<String>> {
        // Six seconds lie between two messages to somebody who was complained about.
        let until = Instant::now() + if self.fault == Fault::Throttled { REST * 3 } else { REST };
        let mut quiet = 0;
        loop {
            let left = match Ledger::open(&self.flat.database).await {
                // Every reminder comes due before the end.
                Ok(mut ledger) if quiet == 2 => {
                    ledger.run(PULL).await?;
                    ledger.restless().await?
                }
                Ok(mut ledger) => ledger.restless().await.unwrap_or_else(|_gone| vec![("databases".to_owned(), 1)]),
                Err(_gone) => vec![("databases".to_owned(), 1)],
            };
            for node in self.nodes.iter().filter(|_| self.fault == Fault::Pause) {
                // It may have stopped at its failpoint only now.
                node.signal("CONT").await?;
            }
            // Statuses are on their way for a moment after everything was sent.
            quiet = if left.is_empty() { quiet + 1 } else { 0 };
            if quiet >= 4 {
                return Ok(Vec::new());
            }
            if Instant::now() > until {
                return Ok(left.into_iter().map(|(what, many)| format!("I10: {many} {what} still wait")).collect());
            }
            tokio::time::sleep(Duration::from_millis(120)).await;
        }
    }
}

fn carry_reports(mut reports: tokio::sync::mpsc::UnboundedReceiver<Status>, door: &Arc<Door>, tasks: &Arc<Tasks>) {
    let (door, own) = (Arc::clone(door), Arc::clone(tasks));
    tasks.spawn("statuses", async move {
        while let Some(status) = reports.recv().await {
            let door = Arc::clone(&door);
            own.spawn("status", async move { door.report(status).await });
        }
    });
}

/// Plays one seed to its end and judges it. An error is the harness's own trouble, not a verdict.
pub async fn run_seed(house: &House, seed: u64, fault: Fault, broken: Option<Broken>) -> Result<Verdict> {
    let from = Instant::now();
    // Every other seed has a provider that says nothing of whose message a status is about.
    let echo = broken.map_or(seed.is_multiple_of(2), |_| true);
    let stage = Stage::set(house, seed, fault, echo, broken).await?;
    let played = play(&stage, seed, echo, broken).await;
    stage.tasks.drain(Duration::ZERO).await;
    let Stage { flat, nodes, .. } = stage;
    drop(nodes);
    if played.as_ref().is_ok_and(|verdict| verdict.violations.is_empty()) || broken.is_some() {
        house.forget(seed, flat)?;
    } else {
        flat.keep();
    }
    Ok(Verdict { seed, took: from.elapsed(), ..played? })
}

async fn play(stage: &Stage, seed: u64, echo: bool, broken: Option<Broken>) -> Result<Verdict> {
    let mut violations = Vec::new();
    for node in stage.nodes.iter() {
        node.ready(Duration::from_secs(20)).await.context("at the start")?;
    }
    if let Some(broken) = broken {
        broken.break_database(&stage.flat.database).await?;
    }
    let before: Vec<_> = stage.nodes.iter().map(Node::weight).collect();
    if let Err(error) = stage.storm(seed, broken).await {
        violations.push(format!("{error:#}"));
    }
    for node in stage.nodes.iter() {
        node.ready(Duration::from_secs(20)).await.context("after the storm")?;
    }
    violations.extend(stage.rest().await?);
    weigh(stage, &before, &mut violations);
    for node in stage.nodes.iter() {
        match node.stop(Duration::from_secs(15)).await {
            Ok((took, exit)) if took > Duration::from_secs(10) || exit != "exit status: 0" => {
                violations.push(format!("I11: asked to end, it took {} ms and gave {exit}", took.as_millis()));
            }
            Ok(_) => {}
            Err(error) => violations.push(format!("I11: {error:#}")),
        }
    }
    if let Some(broken) = broken {
        broken.break_afterwards(&stage.flat.database).await?;
    }
    let mut ledger = Ledger::open(&stage.flat.database).await?;
    let (tables, tenant) = (ledger.snapshot().await?, ledger.channel().await?.tenant);
    drop(ledger);
    let (told, sent) = (locked(&stage.door.told).clone(), stage.provider.sent());
    let evidence = checks::Evidence { fault: stage.fault, echo, tables: &tables, told: &told, sent: &sent };
    violations.extend(checks::all(&evidence));
    let data = stage.flat.folder.path().join("data");
    if let Some(row) = ledger::first_broken_audit(&stage.flat.database, &data, tenant).await? {
        violations.push(format!("I9: the audit chain breaks at row {row}"));
    }
    misbehaviour(stage, &told, &mut violations)?;
    let mut verdict = checks::count(&evidence);
    verdict.deaths = stage.nodes.iter().map(|node| locked(&node.known).starts.saturating_sub(1)).sum();
    (verdict.webhooks, verdict.violations) = (told.times.len(), violations);
    Ok(verdict)
}

/// I12: files and memory came back to about where they were.
fn weigh(stage: &Stage, before: &[Option<(usize, u64)>], violations: &mut Vec<String>) {
    for (node, before) in stage.nodes.iter().zip(before) {
        let (Some((files, kb)), Some((files_then, kb_then))) = (node.weight(), before) else { continue };
        if files > files_then + MORE_FILES || kb > kb_then + MORE_KB {
            violations.push(format!("I12: {files_then} files and {kb_then} kB became {files} and {kb}"));
        }
    }
}

/// I11: nobody panicked unasked, nothing signed was refused, nothing followed a redirect.
fn misbehaviour(stage: &Stage, told: &Told, violations: &mut Vec<String>) -> Result<()> {
    for wrong in &told.wrong {
        violations.push(format!("I11: {wrong}"));
    }
    let trespassers = *locked(&stage.provider.trespassers);
    if trespassers > 0 {
        violations.push(format!("I11: {trespassers} redirects were followed"));
    }
    for entry in std::fs::read_dir(stage.flat.folder.path())? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "log") {
            let log = std::fs::read_to_string(&path)?;
            let panics = log.lines().filter(|line| line.contains("panicked at")).count();
            if panics > usize::from(stage.fault == Fault::Panic) {
                violations.push(format!("I11: {panics} panics in the log"));
            }
        }
    }
    Ok(())
}

/// A panic while holding one of our small tables leaves it usable.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
