//! One throwaway PostgreSQL for a whole run of tests.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};
use pgtest::Cluster;

use crate::{leash::Leash, say, tools};

/// Stopped and removed when dropped, or when we are killed.
pub(crate) struct Postgres {
    // Dropped first: stops the server before its cleaner is let go.
    cluster: Cluster,
    _leash: Leash,
}

impl Postgres {
    pub(crate) fn start() -> Result<Self> {
        Self::leashed(Cluster::start(false)?)
    }

    /// One that syncs to disk, for measuring.
    pub(crate) fn durable() -> Result<Self> {
        Self::leashed(Cluster::start(true)?)
    }

    fn leashed(cluster: Cluster) -> Result<Self> {
        let folder = cluster.socket().to_str().context("the temporary folder's name is not UTF-8")?;
        let script = "kill -QUIT \"$(head -n 1 \"$1/data/postmaster.pid\")\"; sleep 1; rm -rf \"$1\"";
        let leash = Leash::new(script, &[folder])?;
        Ok(Self { cluster, _leash: leash })
    }

    /// Lets `command` and what it starts use the cluster.
    pub(crate) fn lend(&self, command: &mut Command) {
        command.env(pgtest::VARIABLE, self.cluster.socket());
    }
}

/// `cargo xtask postgres COMMAND…`
pub(crate) fn beside(command: &[String]) -> Result<ExitCode> {
    tools::ensure(&[tools::POSTGRES])?;
    let (program, arguments) = command.split_first().context("no command given")?;
    let postgres = Postgres::start()?;
    let mut command = Command::new(program);
    postgres.lend(command.args(arguments));
    let status = command.status().with_context(|| format!("cannot run {program}"))?;
    say(format_args!("{program} ended with {status}"))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
