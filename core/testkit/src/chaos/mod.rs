//! The chaos harness: real servers, a provider that records every message, faults from one seed, and checkers.
//!
//! A seed is a plan: who writes what, what goes wrong and when. The same seed, fault and engine give the same plan;
//! timing is the machine's. Start at [`play`]; what goes wrong is `nemesis`, what must hold is `checks`.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a fault that a list does not name is as usual in what that list is about"
)]

mod broken;
mod chance;
mod checks;
mod commits;
mod customers;
mod door;
mod house;
mod ledger;
mod nats;
mod nemesis;
mod node;
mod noise;
mod provider;
mod proxy;
mod restore;
mod stage;
mod tls;
mod trace;
mod verdict;
mod wire;

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result};
use tokio::time::Instant;

pub use broken::Broken;
pub use house::{Engine, House};
pub use nemesis::Fault;
pub use trace::synced_before_answered;
pub use verdict::{Answers, Tally, Verdict, percentile};

use chance::Chance;
use customers::Habits;
use door::Told;
pub(crate) use ledger::Ledger;
use node::{Arm, Node};
use stage::Stage;

/// Short, so that a seed is short.
pub(crate) const LEASE_SECONDS: i64 = 4;
/// How long a server waits for word of what it may have sent.
pub(crate) const WORD_WAIT: Duration = Duration::from_secs(5);
/// How long people write and things go wrong.
const STORM: Duration = Duration::from_millis(2_600);
/// What a server may hold more than at its start: files, kilobytes.
/// SQLite's readers hold three files each.
const MORE_FILES: usize = 80;
const MORE_KB: u64 = 150_000;
/// More lives than any storm is long enough for.
const LIVES: usize = 2_000;

/// What is to be played.
#[derive(Debug, Clone, Copy)]
pub struct Trial {
    pub seed: u64,
    pub fault: Fault,
    pub broken: Option<Broken>,
    /// Whether statuses carry our id back.
    pub echo: bool,
    /// Nodes are killed as often as they come up, at failpoints and at any moment.
    pub kills: bool,
    pub storm: Duration,
}

impl Trial {
    /// Every other seed has a provider that says nothing of whose message a status is about.
    pub fn of(fault: Fault, seed: u64) -> Self {
        let storm = fault.storm().unwrap_or(STORM);
        Self { seed, fault, broken: None, echo: seed.is_multiple_of(2), kills: false, storm }
    }

    pub fn of_broken(broken: Broken, seed: u64) -> Self {
        Self { broken: Some(broken), echo: true, ..Self::of(broken.fault(), seed) }
    }

    /// People who write as long as nodes are killed, for `storm`.
    pub fn of_kills(seed: u64, echo: bool, storm: Duration) -> Self {
        Self { echo, kills: true, storm, ..Self::of(Fault::Kill, seed) }
    }

    fn habits(&self) -> Habits {
        let usual = self.fault.habits();
        let usual = if self.kills { Habits { lines: u64::MAX, gap: 500, endless: true, ..usual } } else { usual };
        self.broken.and_then(Broken::habits).unwrap_or(usual)
    }

    pub(crate) fn word_wait(&self) -> Duration {
        self.broken.and_then(Broken::word_wait).unwrap_or(WORD_WAIT)
    }

    fn arms(&self, chance: &mut Chance) -> Vec<Arm> {
        if let Some(arms) = self.broken.and_then(Broken::arms) {
            return arms;
        }
        if self.kills {
            return (0..LIVES).map(|_| nemesis::life(chance)).collect();
        }
        self.fault.arms(chance)
    }
}

/// Plays one seed to its end and judges it. An error is the harness's own trouble, not a verdict.
pub async fn play(house: &House, trial: Trial) -> Result<Verdict> {
    let from = Instant::now();
    let stage = Stage::set(house, trial).await?;
    let played = judge(house, &stage).await;
    stage.tasks.drain(Duration::ZERO).await;
    let Stage { flat, nodes, .. } = stage;
    drop(nodes);
    if played.as_ref().is_ok_and(|verdict| verdict.violations.is_empty()) || trial.broken.is_some() {
        house.forget(trial.seed, flat)?;
    } else {
        flat.keep();
    }
    Ok(Verdict { seed: trial.seed, took: from.elapsed(), ..played? })
}

async fn judge(house: &House, stage: &Stage) -> Result<Verdict> {
    let Stage { trial, flat, nodes, .. } = stage;
    let mut violations = Vec::new();
    for node in nodes.iter() {
        node.ready(Duration::from_secs(20)).await.context("at the start")?;
    }
    if let Some(broken) = trial.broken {
        broken.break_database(&flat.database).await?;
    }
    let before: Vec<_> = nodes.iter().map(Node::weight).collect();
    if let Err(error) = stage.storm().await {
        violations.push(format!("{error:#}"));
    }
    for node in nodes.iter() {
        node.ready(Duration::from_secs(20)).await.context("after the storm")?;
    }
    violations.extend(stage.rest().await?);
    weigh(stage, &before, &mut violations);
    for node in nodes.iter() {
        match node.stop(Duration::from_secs(15)).await {
            Ok((took, exit)) if took > Duration::from_secs(10) || exit != "exit status: 0" => {
                violations.push(format!("I11: asked to end, it took {} ms and gave {exit}", took.as_millis()));
            }
            Ok(_) => {}
            Err(error) => violations.push(format!("I11: {error:#}")),
        }
    }
    if let Some(broken) = trial.broken {
        broken.break_afterwards(&flat.database).await?;
    }
    let mut ledger = Ledger::open(&flat.database).await?;
    let (tables, tenant) = (ledger.snapshot().await?, ledger.channel().await?.tenant);
    drop(ledger);
    let (told, sent) = (locked(&stage.door.told).clone(), stage.provider.sent());
    let evidence = checks::Evidence {
        fault: trial.fault,
        echo: trial.echo,
        word_wait: trial.word_wait(),
        tables: &tables,
        told: &told,
        sent: &sent,
    };
    violations.extend(checks::all(&evidence));
    let data = flat.folder.path().join("data");
    if let Some(row) = ledger::first_broken_audit(&flat.database, &data, tenant).await? {
        violations.push(format!("I9: the audit chain breaks at row {row}"));
    }
    if trial.fault == Fault::Backup {
        violations.extend(restore::drill(house, stage, tenant).await?);
    }
    misbehaviour(stage, &told, &mut violations)?;
    let answers = Answers::between(&told.answers, &locked(&stage.marks));
    violations.extend(answers.violations(trial.fault));
    Ok(verdict::tell(&evidence, nodes, violations, answers))
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
        violations.push(format!(
            "I11: {trespassers} requests went where they must not: after a redirect, or to who proved nothing"
        ));
    }
    for entry in std::fs::read_dir(stage.flat.folder.path())? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "log") {
            let log = std::fs::read_to_string(&path)?;
            let panics = log.lines().filter(|line| line.contains("panicked at")).count();
            if panics > usize::from(stage.trial.fault == Fault::Panic) {
                violations.push(format!("I11: {panics} panics in the log"));
            }
        }
    }
    Ok(())
}

/// Statements to a database whoever works on it.
pub(crate) async fn tamper(database: &str, sql: &'static str) -> Result<()> {
    Ledger::open(database).await?.run_raw(sql).await
}

/// A panic while holding one of our small tables leaves it usable.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
