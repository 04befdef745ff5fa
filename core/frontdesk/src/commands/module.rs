//! `frontdesk module install | list | activate | rollback`.
//!
//! With a server running on the same SQLite file the command goes through it, because one process owns the file:
//! see `commands::serve` for the control socket.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use serde::{Deserialize, Serialize};

use crate::{
    config::Config,
    control::{self, Order},
    wiring::Desk,
};

#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
pub(crate) enum ModuleCommand {
    /// Check a component and keep it
    Install { file: PathBuf },
    /// What is installed
    List,
    /// Run a release for a tenant: the newest of MODULE, or the one whose digest begins with --digest
    Activate {
        tenant: String,
        module: String,
        #[arg(long)]
        digest: Option<String>,
        /// The module's configuration, as JSON
        #[arg(long)]
        settings: Option<String>,
    },
    /// Go back to what ran before
    Rollback { tenant: String },
}

pub(crate) async fn run(config: &Config, command: ModuleCommand) -> Result<()> {
    control::run(config, Order::Module(absolute(command)?)).await
}

/// Does it, in whichever process owns the database; the answer is for the terminal.
pub(crate) async fn carry_out(app: &app::App, host: &modules::ModuleHost, command: &ModuleCommand) -> Result<String> {
    match command {
        ModuleCommand::Install { file } => {
            let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
            let installed = host.install(bytes.clone()).await?;
            let release = app.keep_release(&installed.digest, &installed.description, &bytes).await?;
            Ok(format!("installed {} {} as {}", release.module, release.version, short(&release.digest)))
        }
        ModuleCommand::List => {
            let releases = app.releases().await?;
            if releases.is_empty() {
                return Ok("nothing is installed; run: frontdesk module install FILE".to_owned());
            }
            let line = |release: &store::releases::Release| {
                format!("{:<12} {:<8} {}", release.module, release.version, short(&release.digest))
            };
            Ok(releases.iter().map(line).collect::<Vec<_>>().join("\n"))
        }
        ModuleCommand::Activate { tenant, module, digest, settings } => {
            let config = settings.as_deref().map(serde_json::from_str).transpose().context("--settings is not JSON")?;
            let release = app.activate(tenant, module, digest.as_deref(), config).await?;
            Ok(format!("{tenant} runs {} {} ({})", release.module, release.version, short(&release.digest)))
        }
        ModuleCommand::Rollback { tenant } => {
            let back = app.roll_back(tenant).await?;
            Ok(format!("{tenant} is back on {} ({})", back.module, short(&back.digest)))
        }
    }
}

/// The server may stand in another folder than whoever types.
fn absolute(command: ModuleCommand) -> Result<ModuleCommand> {
    let ModuleCommand::Install { file } = command else { return Ok(command) };
    if !file.exists() {
        bail!("there is no file {}", file.display());
    }
    Ok(ModuleCommand::Install { file: std::path::absolute(file)? })
}

fn short(digest: &str) -> String {
    digest.chars().take(12).collect()
}

/// Installs the built modules a demo needs.
pub(crate) async fn install_built(desk: &Desk, folder: &Path, names: &[&str]) -> Result<()> {
    for name in names {
        let file = folder.join(format!("{name}.wasm"));
        let bytes = std::fs::read(&file)
            .with_context(|| format!("cannot read {}; run: cargo xtask modules", file.display()))?;
        desk.install(bytes).await?;
    }
    Ok(())
}
