//! What goes wrong, and when: one fault to a seed, struck again and again while people write.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use domain::faults::Point;
use tokio::{process::Command, time::Instant};

use super::{
    chance::Chance,
    customers::Habits,
    house::Engine,
    ledger::Ledger,
    locked,
    node::{Arm, Node},
    noise,
    provider::{Answer, Manner},
    proxy::Line,
    restore,
    stage::Stage,
};

macro_rules! faults {
    ($($name:ident = $number:literal $word:literal,)*) => {
        /// The faults there are, numbered as in the matrix they come from.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Fault { $($name),* }

        impl Fault {
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// `F1-kill`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => concat!($number, "-", $word)),* }
            }
        }
    };
}

faults! {
    Kill = "F1" "kill",
    Failpoint = "F1" "failpoint",
    KilledSync = "F1" "fdatasync",
    Terminate = "F2" "terminate",
    Pause = "F3" "pause",
    TwoNodes = "F4" "two-nodes",
    Panic = "F6" "panic",
    Locked = "F9" "locked",
    DiskFull = "F10" "disk-full",
    ReadOnly = "F11" "read-only",
    SyncError = "F12" "fsync-error",
    Restart = "F13" "db-restart",
    Backends = "F13" "db-connections",
    TableLocked = "F14" "table-locked",
    CommitUnknown = "F15" "commit-unknown",
    Wire = "F15" "bad-line",
    Backup = "F17" "backup-restore",
    Throttled = "F18" "throttled",
    ServerErrors = "F19" "5xx",
    Cuts = "F19" "cuts",
    Refused = "F20" "refused",
    Silent = "F21" "no-answer",
    SlowBody = "F22" "slow-body",
    Tls = "F23" "bad-tls",
    OddAnswer = "F24" "odd-200",
    Redirect = "F25" "redirect",
    Duplicates = "F26" "duplicates",
    Reorder = "F27" "reorder",
    OddTimes = "F28" "odd-times",
    Batch = "F29" "batch",
    Strangers = "F30" "unknown-number",
    Burst = "F31" "burst",
    Poison = "F48" "poison",
    Doorbell = "F49" "nats-lost",
    Noise = "F50" "noisy-tenant",
}

impl Fault {
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|fault| fault.name() == text || fault.name().ends_with(&format!("-{text}")))
    }

    pub fn is_for(self, engine: Engine) -> bool {
        match self {
            Self::KilledSync | Self::Locked | Self::DiskFull | Self::SyncError => engine == Engine::Sqlite,
            Self::CommitUnknown
            | Self::ReadOnly
            | Self::Restart
            | Self::Backends
            | Self::TableLocked
            | Self::Doorbell => engine == Engine::Postgres,
            _ => true,
        }
    }

    /// Nodes of a seed.
    pub(crate) fn nodes(self, engine: Engine) -> usize {
        let several = matches!(self, Self::TwoNodes | Self::Pause | Self::Duplicates | Self::Kill | Self::Doorbell);
        if engine == Engine::Postgres && several { 2 } else { 1 }
    }

    /// How long it is struck with, when not as long as others.
    pub(crate) fn storm(self) -> Option<Duration> {
        match self {
            // Time for answers before, without and after.
            Self::Doorbell => Some(Duration::from_secs(9)),
            // Heaping up the pile alone takes some of it.
            Self::Noise => Some(Duration::from_secs(12)),
            _ => None,
        }
    }

    /// Whether answers are timed: then nothing else may happen on the machine.
    pub fn by_the_clock(self) -> bool {
        matches!(self, Self::Doorbell | Self::Noise)
    }

    pub(crate) fn habits(self) -> Habits {
        let usual = Habits { people: 5, lines: 4, gap: 700, ..Habits::default() };
        match self {
            Self::Batch => Habits { batches: true, ..usual },
            Self::Strangers => Habits { strangers: true, ..usual },
            Self::OddTimes => Habits { odd_times: true, ..usual },
            Self::Burst => Habits { people: 2, lines: 20, gap: 10, ..usual },
            Self::Doorbell => Habits { lines: u64::MAX, gap: 400, waits: true, endless: true, ..usual },
            Self::Noise => Habits { lines: u64::MAX, gap: 300, waits: true, endless: true, ..usual },
            Self::Kill | Self::Failpoint => Habits { people: 6, lines: 6, ..usual },
            _ => usual,
        }
    }

    /// Copies of each webhook.
    pub(crate) fn copies(self) -> u64 {
        if self == Self::Duplicates { 12 } else { 1 }
    }

    pub(crate) fn manner(self, echo: bool) -> Manner {
        let (odd, percent) = match self {
            Self::Throttled => (vec![Answer::TooMany, Answer::NumberTooFast, Answer::RecipientTooFast], 35),
            Self::ServerErrors => (vec![Answer::ErrorBefore, Answer::ErrorAfter], 35),
            Self::Silent => (vec![Answer::Silent], 10),
            Self::SlowBody => (vec![Answer::Drip], 60),
            Self::OddAnswer => (vec![Answer::Html, Answer::Truncated, Answer::NoId], 35),
            Self::Redirect => (vec![Answer::Redirect], 25),
            Self::Cuts => (vec![Answer::CutBefore, Answer::CutAfter], 35),
            _ => (Vec::new(), 0),
        };
        Manner { odd, percent, echo, jumbled: self == Self::Reorder, late: Duration::ZERO }
    }

    /// What the first lives of the first node are armed with.
    pub(crate) fn arms(self, chance: &mut Chance) -> Vec<Arm> {
        let mut arms = Vec::new();
        for _ in 0..6 {
            let point = chance.pick(&Point::ALL).map_or("turn_taken", |point| point.as_str());
            let (few, many) = (chance.between(1, 4), chance.between(1, 60));
            match self {
                Self::Failpoint => arms.push(Arm::Failpoint(format!("{point}:{few}"))),
                Self::KilledSync => arms.push(Arm::Injected(format!("fsync,fdatasync:signal=SIGKILL:when={many}"))),
                Self::SyncError if arms.is_empty() => {
                    arms.push(Arm::Injected(format!("fsync,fdatasync:error=EIO:when={}", 5 + many)))
                }
                Self::Pause if arms.is_empty() => arms.push(Arm::Failpoint(format!("{point}:{few}:stop"))),
                Self::Panic if arms.is_empty() => arms.push(Arm::Failpoint(format!("{point}:{few}:panic"))),
                _ => {}
            }
        }
        arms
    }
}

/// How one of many lives ends: at some failpoint, or by our hand at any moment.
pub(crate) fn life(chance: &mut Chance) -> Arm {
    match chance.pick(&Point::ALL) {
        Some(point) if chance.likely(60) => Arm::Failpoint(format!("{}:{}", point.as_str(), chance.between(1, 3))),
        Some(_) | None => Arm::Nothing,
    }
}

fn pause(chance: &mut Chance, from: u64, upto: u64) -> Duration {
    Duration::from_millis(chance.between(from, upto))
}

/// Strikes until `until`, then mends everything.
pub(crate) async fn strike(stage: &Stage, until: Instant, mut chance: Chance) -> Result<()> {
    let Some(first) = stage.nodes.first() else { return Ok(()) };
    while Instant::now() < until {
        match stage.trial.fault {
            _ if stage.trial.kills => kill_one(stage, &mut chance).await?,
            Fault::Doorbell => lose_nats(stage, until, &mut chance).await?,
            Fault::Noise => pile_up(stage, until).await?,
            Fault::Backup => back_up(stage, until, &mut chance).await?,
            Fault::Kill | Fault::TwoNodes if stage.engine == Engine::Postgres || stage.trial.fault == Fault::Kill => {
                tokio::time::sleep(pause(&mut chance, 120, 450)).await;
                if let Some(node) = chance.pick(&stage.nodes) {
                    node.signal("KILL").await?;
                }
            }
            Fault::TwoNodes => {
                second_is_refused(stage).await?;
                tokio::time::sleep(pause(&mut chance, 300, 900)).await;
            }
            Fault::Terminate => {
                tokio::time::sleep(pause(&mut chance, 500, 1_200)).await;
                first.signal("TERM").await?;
            }
            Fault::Pause => stop_one(stage, first, &mut chance).await?,
            Fault::Locked => hold(stage, "BEGIN IMMEDIATE", pause(&mut chance, 500, 2_500)).await?,
            Fault::TableLocked => {
                hold(stage, "BEGIN; LOCK TABLE outbox, inbox IN EXCLUSIVE MODE", pause(&mut chance, 500, 2_500)).await?
            }
            Fault::DiskFull => fill_disk(stage, pause(&mut chance, 400, 1_500)).await?,
            Fault::ReadOnly => {
                let mut ledger = Ledger::open(&stage.flat.database).await?;
                ledger.set_read_only(true).await?;
                tokio::time::sleep(pause(&mut chance, 300, 1_200)).await;
                ledger.set_read_only(false).await?;
                tokio::time::sleep(pause(&mut chance, 300, 800)).await;
            }
            Fault::Restart => {
                tokio::time::sleep(pause(&mut chance, 300, 900)).await;
                stage.flat.cluster.as_ref().context("no cluster of its own")?.crash_and_restart()?;
            }
            Fault::Backends => {
                tokio::time::sleep(pause(&mut chance, 50, 400)).await;
                Ledger::open(&stage.flat.database).await?.end_other_connections().await?;
            }
            Fault::Wire | Fault::Refused | Fault::Tls => spoil_line(stage, &mut chance).await,
            _ => {
                tokio::time::sleep(pause(&mut chance, 200, 600)).await;
                // Whatever the fault, a node may die as well.
                if stage.trial.fault != Fault::Panic && chance.likely(10) {
                    first.signal("KILL").await?;
                }
            }
        }
    }
    mend(stage).await
}

/// Longer than a lease when there is somebody to take over.
async fn stop_one(stage: &Stage, first: &Node, chance: &mut Chance) -> Result<()> {
    let node = chance.pick(&stage.nodes).unwrap_or(first);
    tokio::time::sleep(pause(chance, 100, 700)).await;
    node.signal("STOP").await?;
    let over = Duration::from_millis(u64::try_from(super::LEASE_SECONDS).unwrap_or(1) * 1_000 + 600);
    let stopped = if stage.nodes.len() > 1 { over } else { pause(chance, 300, 1_200) };
    tokio::time::sleep(stopped).await;
    // Some stopped by themselves, at a failpoint.
    for node in stage.nodes.iter() {
        node.signal("CONT").await?;
    }
    Ok(())
}

async fn spoil_line(stage: &Stage, chance: &mut Chance) {
    let line = match stage.trial.fault {
        Fault::Refused => Some(&Line::Refused),
        Fault::Tls => chance.pick(&Line::UNPROVEN),
        _ => chance.pick(&Line::FAULTY),
    };
    stage.proxy.become_like(line.copied().unwrap_or(Line::Clear));
    tokio::time::sleep(pause(chance, 200, 700)).await;
    stage.proxy.become_like(Line::Clear);
    tokio::time::sleep(pause(chance, 50, 300)).await;
}

/// Whoever is up and has worked for a moment.
async fn kill_one(stage: &Stage, chance: &mut Chance) -> Result<()> {
    let Some(node) = chance.pick(&stage.nodes) else { return Ok(()) };
    node.ready(Duration::from_secs(20)).await?;
    tokio::time::sleep(pause(chance, 20, 350)).await;
    node.signal("KILL").await
}

/// A third of the time with NATS, a third without, a third with it again.
async fn lose_nats(stage: &Stage, until: Instant, chance: &mut Chance) -> Result<()> {
    let nats = stage.nats.as_ref().context("no NATS")?;
    let third = until.saturating_duration_since(Instant::now()) / 3;
    tokio::time::sleep(third).await;
    // Killed, it refuses; stopped, it takes what it is told and says nothing.
    if chance.likely(60) {
        nats.kill()?
    } else {
        nats.stand_still()?
    }
    locked(&stage.marks).push(Instant::now());
    tokio::time::sleep(third).await;
    nats.again()?;
    locked(&stage.marks).push(Instant::now());
    tokio::time::sleep_until(until).await;
    Ok(())
}

/// Another tenant's queue is full to the end of the storm, and what is left of it then goes away.
async fn pile_up(stage: &Stage, until: Instant) -> Result<()> {
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut ledger = Ledger::open(&stage.flat.database).await?;
    noise::pile(&mut ledger).await?;
    locked(&stage.marks).push(Instant::now());
    tokio::time::sleep_until(until).await;
    locked(&stage.marks).push(Instant::now());
    noise::clear(&mut ledger).await
}

/// A copy is made at some moment; killed nodes or not, it must be one that can be worked with.
async fn back_up(stage: &Stage, until: Instant, chance: &mut Chance) -> Result<()> {
    tokio::time::sleep(pause(chance, 600, 1_800)).await;
    // A copy from before anybody was answered would prove nothing.
    while stage.provider.sent().is_empty() && Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    restore::back_up(stage).await?;
    tokio::time::sleep_until(until).await;
    Ok(())
}

async fn mend(stage: &Stage) -> Result<()> {
    stage.proxy.become_like(Line::Clear);
    if let Some(line) = &stage.commits {
        line.mend();
    }
    {
        let mut manner = locked(&stage.provider.manner);
        (manner.percent, manner.jumbled) = (0, false);
    }
    for node in stage.nodes.iter() {
        node.signal("CONT").await?;
        if stage.trial.broken.is_some() {
            // What is broken on purpose stays so to the end.
            continue;
        }
        let armed = {
            let mut arms = locked(&node.arms);
            std::mem::take(&mut *arms)
        };
        if !armed.is_empty() || matches!(stage.trial.fault, Fault::KilledSync | Fault::SyncError) {
            node.signal("KILL").await?;
        }
    }
    Ok(())
}

/// A second process on the same file must say so and go.
async fn second_is_refused(stage: &Stage) -> Result<()> {
    let recipe = stage.flat.recipe("data", "http://127.0.0.1:9", &[])?;
    let second = Command::new(&recipe.binary).args(&recipe.arguments).kill_on_drop(true).output();
    let output = tokio::time::timeout(Duration::from_secs(10), second).await.context("a second server ran on")??;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(!output.status.success(), "I4: a second process was let onto the file");
    ensure!(complaint.contains("in use by another frontdesk process"), "I4: unclear refusal: {complaint}");
    Ok(())
}

async fn hold(stage: &Stage, begin: &'static str, time: Duration) -> Result<()> {
    let mut ledger = Ledger::open(&stage.flat.database).await?;
    if ledger.run_raw(begin).await.is_ok() {
        tokio::time::sleep(time).await;
        ledger.run_raw("ROLLBACK").await?;
    }
    tokio::time::sleep(time / 4).await;
    Ok(())
}

/// Fills the small disk the data lies on, and empties it again.
async fn fill_disk(stage: &Stage, time: Duration) -> Result<()> {
    let filler = stage.flat.folder.path().join("data/filler");
    let block = vec![0_u8; 64 * 1_024];
    {
        use std::io::Write;
        let mut file = std::fs::File::create(&filler)?;
        while file.write_all(&block).is_ok() {}
    }
    tokio::time::sleep(time).await;
    std::fs::remove_file(&filler)?;
    tokio::time::sleep(time / 2).await;
    Ok(())
}
