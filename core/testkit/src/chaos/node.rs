//! One `frontdesk serve` that is started again whenever it dies, as a supervisor would.

use std::{
    collections::BTreeMap,
    fs::File,
    path::PathBuf,
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use app::tasks::Tasks;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    sync::watch,
    time::Instant,
};

use super::locked;

/// How to start it.
#[derive(Debug, Clone)]
pub(crate) struct Recipe {
    pub(crate) binary: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) log: PathBuf,
}

/// How one life of the process is made to end.
#[derive(Debug, Clone)]
pub(crate) enum Arm {
    /// As `FRONTDESK_FAILPOINT` takes it.
    Failpoint(String),
    /// What strace is to inject, as in `fdatasync:error=EIO:when=5`.
    Injected(String),
    /// Writes down what it reads, writes and syncs.
    Traced(PathBuf),
    /// Nothing: it ends from outside.
    Nothing,
}

/// What is known of the process just now.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    /// Host and port, when it serves.
    pub(crate) address: Option<String>,
    pub(crate) pid: Option<u32>,
    pub(crate) starts: u32,
    pub(crate) exits: Vec<String>,
}

pub(crate) struct Node {
    pub(crate) known: Arc<Mutex<Known>>,
    /// What the next starts are armed with, the last first; none left, none armed.
    pub(crate) arms: Arc<Mutex<Vec<Arm>>>,
    wanted: watch::Sender<bool>,
}

impl Node {
    pub(crate) fn start(recipe: Recipe, arms: Vec<Arm>, tasks: &Arc<Tasks>) -> Self {
        let (wanted, want) = watch::channel(true);
        let node = Self { known: Arc::default(), arms: Arc::new(Mutex::new(arms)), wanted };
        let (known, arms) = (Arc::clone(&node.known), Arc::clone(&node.arms));
        tasks.spawn("node", async move {
            while *want.borrow() {
                if let Err(error) = live(&recipe, &known, &arms).await {
                    locked(&known).exits.push(format!("{error:#}"));
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                let mut known = locked(&known);
                (known.address, known.pid) = (None, None);
            }
        });
        node
    }

    pub(crate) fn address(&self) -> Option<String> {
        locked(&self.known).address.clone()
    }

    /// Until it answers.
    pub(crate) async fn ready(&self, patience: Duration) -> Result<String> {
        let until = Instant::now() + patience;
        while Instant::now() < until {
            if let Some(address) = self.address() {
                return Ok(address);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        bail!("a node did not come up: {:?}", locked(&self.known).exits.last())
    }

    /// `KILL`, `TERM`, `STOP`, `CONT`. Nothing when there is no process.
    pub(crate) async fn signal(&self, name: &str) -> Result<()> {
        let Some(pid) = locked(&self.known).pid else { return Ok(()) };
        // A process that just ended by itself cannot be signalled, and need not be.
        let _sent = Command::new("kill").arg(format!("-{name}")).arg(pid.to_string()).status().await?;
        Ok(())
    }

    /// Asks it to end and waits; the time it took and how it ended.
    pub(crate) async fn stop(&self, patience: Duration) -> Result<(Duration, String)> {
        self.wanted.send_replace(false);
        let from = Instant::now();
        self.signal("TERM").await?;
        while from.elapsed() < patience {
            let ended = {
                let known = locked(&self.known);
                known.pid.is_none().then(|| known.exits.last().cloned())
            };
            if let Some(exit) = ended {
                return Ok((from.elapsed(), exit.unwrap_or_default()));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.signal("CONT").await?;
        self.signal("KILL").await?;
        bail!("it did not end within {} s", patience.as_secs())
    }

    /// Open files and resident kilobytes.
    pub(crate) fn weight(&self) -> Option<(usize, u64)> {
        let pid = locked(&self.known).pid?;
        let files = std::fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count();
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        Some((files, resident.split_whitespace().next()?.parse().ok()?))
    }
}

/// One life of the process.
async fn live(recipe: &Recipe, known: &Mutex<Known>, arms: &Mutex<Vec<Arm>>) -> Result<()> {
    let log = File::options().append(true).create(true).open(&recipe.log)?;
    let arm = locked(arms).pop();
    let mut command = Command::new(&recipe.binary);
    let injected = match &arm {
        Some(Arm::Injected(what)) => {
            command = Command::new("strace");
            command.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e"]);
            command.arg(format!("inject={what}")).arg(&recipe.binary);
            true
        }
        Some(Arm::Traced(file)) => {
            command = Command::new("strace");
            command.args([
                "-f",
                "-qq",
                "-s",
                "48",
                "-e",
                "trace=fsync,fdatasync,read,recvfrom,write,writev,sendto",
                "-o",
            ]);
            command.arg(file).arg(&recipe.binary);
            true
        }
        Some(Arm::Failpoint(failpoint)) => {
            command.env("FRONTDESK_FAILPOINT", failpoint);
            false
        }
        Some(Arm::Nothing) | None => false,
    };
    command.args(&recipe.arguments).envs(&recipe.environment);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
    let mut child = command.spawn().context("cannot run the server")?;
    let own = child.id();
    let pid = if injected { traced(own).await } else { own };
    {
        let mut known = locked(known);
        known.pid = pid;
        known.starts += 1;
    }
    let stdout = child.stdout.take().context("no standard output")?;
    let mut lines = BufReader::new(stdout).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(address) = line.strip_prefix("listening on http://") {
            locked(known).address = Some(address.trim().to_owned());
        }
    }
    ended(&mut child, known).await
}

async fn ended(child: &mut Child, known: &Mutex<Known>) -> Result<()> {
    let status = child.wait().await?;
    locked(known).exits.push(status.to_string());
    Ok(())
}

/// The process strace runs: signals are for that one.
async fn traced(strace: Option<u32>) -> Option<u32> {
    let path = format!("/proc/{0}/task/{0}/children", strace?);
    for _ in 0..200 {
        let children = std::fs::read_to_string(&path).unwrap_or_default();
        let is_ours = |child: &&str| {
            std::fs::read_to_string(format!("/proc/{child}/comm")).is_ok_and(|name| name.trim() == "frontdesk")
        };
        // strace tries a child or two before it starts what it is to trace.
        if let Some(child) = children.split_whitespace().find(is_ours).and_then(|child| child.parse().ok()) {
            return Some(child);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    strace
}
