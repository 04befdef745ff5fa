//! What can be typed, and how a failure is told: one line, then its causes.

use std::{io::Write, path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use serde::Serialize;

use crate::{commands, config::Config};

/// The front desk of an appointment business, on WhatsApp.
#[derive(Debug, Parser)]
#[command(name = "frontdesk", version, about)]
struct Cli {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Command,
}

/// Settings that every command takes; each is also a key of the file and a `FRONTDESK_` variable.
#[derive(Debug, Args, Serialize)]
struct Flags {
    /// Configuration file [default: frontdesk.toml, if there is one]
    #[arg(long, global = true)]
    #[serde(skip)]
    config: Option<PathBuf>,
    /// `sqlite:PATH` or `postgres://USER@HOST/NAME`
    #[arg(long, global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    database: Option<String>,
    /// Folder for the database, keys and compiled modules
    #[arg(long, global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    data_dir: Option<PathBuf>,
    /// Folder of built modules
    #[arg(long, global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    modules_dir: Option<PathBuf>,
    /// Address to listen on, as in 127.0.0.1:8080; port 0 takes a free one
    #[arg(long, global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    listen: Option<String>,
    /// How the world reaches this server, as in `https://desk.example.com`
    #[arg(long, global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    public_url: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve pages, webhooks and workers
    Serve {
        /// Set up the demo businesses first and turn the simulator's clock on
        #[arg(long)]
        demo: bool,
    },
    /// Bring the database to this version's schema
    Migrate,
    /// Write a copy of the whole database to FILE, while the server works
    Backup { file: PathBuf },
    /// Put a backup in place of no data; what was not yet sent stays parked until `release`
    Restore { file: PathBuf },
    /// Let go what a restore parked: only when the original did none of it
    Release,
    /// Say in one line each what is wrong and how to mend it
    Doctor,
    /// Install, list, switch and roll back modules
    #[command(subcommand)]
    Module(commands::module::ModuleCommand),
    /// What module calls may use, by plan, and which plan a tenant has
    #[command(subcommand)]
    Plan(commands::plan::PlanCommand),
    /// Say whether a start can be had and, if not, why
    Availability(commands::availability::AvailabilityQuestion),
    /// Connect WhatsApp numbers to tenants, and list them
    #[command(subcommand)]
    Channel(commands::channel::ChannelCommand),
    /// List what was proven but is for no connected number, and take it up again
    #[command(subcommand)]
    Quarantine(commands::quarantine::QuarantineCommand),
    /// Understand messages: JSON lines in, JSON lines out (docs/nlu.md)
    Nlu,
    /// Compile a component from standard input to standard output, under limits; the server runs this itself
    #[command(hide = true)]
    CompileModule,
    /// Remove the demo businesses and everything of theirs
    DemoRemove,
}

/// Runs what was typed.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode> {
    if matches!(cli.command, Command::Nlu) {
        return commands::nlu::run().map(|()| ExitCode::SUCCESS);
    }
    if matches!(cli.command, Command::CompileModule) {
        return modules::compile_standard_input(modules::LARGEST)
            .map(|()| ExitCode::SUCCESS)
            .map_err(anyhow::Error::msg);
    }
    let config = Config::load(cli.flags.config.as_deref(), &cli.flags)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match cli.command {
            Command::Serve { demo } => Box::pin(commands::serve::run(config, demo)).await.map(|()| ExitCode::SUCCESS),
            Command::Migrate => commands::migrate::run(&config).await.map(|()| ExitCode::SUCCESS),
            Command::Backup { file } => commands::backup::write(&config, &file).await.map(|()| ExitCode::SUCCESS),
            Command::Restore { file } => commands::backup::restore(&config, &file).await.map(|()| ExitCode::SUCCESS),
            Command::Release => commands::backup::release(&config).await.map(|()| ExitCode::SUCCESS),
            Command::Doctor => commands::doctor::run(&config).await,
            Command::Module(command) => {
                Box::pin(commands::module::run(&config, command)).await.map(|()| ExitCode::SUCCESS)
            }
            Command::Plan(command) => Box::pin(commands::plan::run(&config, command)).await.map(|()| ExitCode::SUCCESS),
            Command::Availability(question) => {
                Box::pin(commands::availability::run(&config, question)).await.map(|()| ExitCode::SUCCESS)
            }
            Command::Channel(command) => {
                Box::pin(commands::channel::run(&config, command)).await.map(|()| ExitCode::SUCCESS)
            }
            Command::Quarantine(command) => {
                Box::pin(commands::quarantine::run(&config, command)).await.map(|()| ExitCode::SUCCESS)
            }
            Command::DemoRemove => commands::serve::remove_demo(&config).await.map(|()| ExitCode::SUCCESS),
            Command::Nlu | Command::CompileModule => Ok(ExitCode::SUCCESS),
        }
    })
}

fn complain(error: &anyhow::Error) {
    let mut stderr = std::io::stderr().lock();
    // Nothing is left to be done when standard error itself is gone.
    let _written = writeln!(stderr, "frontdesk: {error}");
    for cause in error.chain().skip(1) {
        let _written = writeln!(stderr, "  because: {cause}");
    }
}

/// One line for a person or a pipe; a closed pipe ends the command quietly.
pub(crate) fn say(line: impl std::fmt::Display) -> Result<()> {
    Ok(writeln!(std::io::stdout().lock(), "{line}")?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn no_two_options_share_a_name() {
        Cli::command().debug_assert();
        let typed =
            ["frontdesk", "module", "activate", "luz", "m", "--digest", "ab", "--settings", "{}", "--config", "f.toml"];
        assert!(Cli::try_parse_from(typed).is_ok());
    }
}
