//! Everything one types in this repository: `cargo xtask demo`, `test`, `ci`, `tidy` and a few more.
//!
//! Invariants: every step says what it does and how long it took; a failure is one clear line and its causes;
//! whatever is started here ends with us, even when we are killed (`leash`). Start at [`Task`].

mod assets;
mod bench;
mod bless;
mod chaos;
mod ci;
mod demo;
mod leash;
mod modules;
mod new_module;
mod nextest;
mod postgres;
mod server;
mod shell;
mod steps;
mod test;
mod tidy;
mod tools;

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

pub(crate) use shell::{run, say};
use tidy::Ship;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "Builds, shows, tests and checks Frontdesk")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Build what is missing, set up the demo businesses, serve, and say where to click
    Demo {
        #[arg(long, default_value = "127.0.0.1:8080")]
        listen: String,
        /// Short for `--listen 127.0.0.1:PORT`
        #[arg(long, conflicts_with = "listen")]
        port: Option<u16>,
        #[arg(long, default_value = "var/demo")]
        data_dir: PathBuf,
        /// Build optimised: slower to build, as fast as it gets to use
        #[arg(long)]
        release: bool,
        /// Passed on to `frontdesk serve`
        #[arg(last = true)]
        args: Vec<String>,
    },
    /// All tests: Rust on both databases, modules, browser. Installs what it needs
    Test {
        /// Leave the browser tests out
        #[arg(long)]
        no_browser: bool,
        /// Passed on to the Rust test runner instead of running everything, as in `-- -p store`
        #[arg(last = true)]
        args: Vec<String>,
    },
    /// What CI runs after the tests: fmt, tidy, clippy, types of the pages' scripts, docs, licences
    Ci,
    /// The rules of this code that no compiler knows; no build
    Tidy,
    /// Build the modules in `plugins/` as components
    Modules,
    /// Begin a module: a crate in `plugins/`, a first conversation, a business in the demo
    NewModule { name: String },
    /// Accept what is now: rewrites expected test results, hash lists and shrinking budgets
    Bless {
        /// Freeze draft migrations and WIT versions: do this once, when they are released
        #[arg(long)]
        ship: bool,
        /// Freeze draft WIT versions only: do this once, when strangers may build against them
        #[arg(long)]
        ship_contract: bool,
        /// Only lists and budgets, no tests: takes no time
        #[arg(long)]
        lists: bool,
    },
    /// Measure, optimised; without a name, lists what there is
    Bench {
        name: Option<String>,
        /// Passed on
        #[arg(last = true)]
        args: Vec<String>,
    },
    /// Kill, stop, starve and confuse real servers, and check that nothing is lost or doubled
    ///
    /// --engine sqlite|postgres, --seeds N or --seed S, --faults kill,pause, --at-once N, --broken
    Chaos {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Run a command beside a throwaway PostgreSQL, as in `cargo xtask postgres cargo test -p store`
    Postgres {
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<String>,
    },
}

fn main() -> ExitCode {
    let task = Cli::parse().task;
    match root().and_then(|root| perform(&root, task)) {
        Ok(code) => code,
        Err(error) => {
            let mut stderr = std::io::stderr().lock();
            // Nothing is left to be done when standard error itself is gone.
            let _written = writeln!(stderr, "xtask: {error}");
            for cause in error.chain().skip(1) {
                let _written = writeln!(stderr, "  because: {cause}");
            }
            ExitCode::FAILURE
        }
    }
}

fn perform(root: &Path, task: Task) -> Result<ExitCode> {
    match task {
        Task::Demo { listen, port, data_dir, release, args } => {
            let listen = port.map_or(listen, |port| format!("127.0.0.1:{port}"));
            demo::serve(root, &demo::Wish { listen, data_dir, release, args }).map(|()| ExitCode::SUCCESS)
        }
        Task::Test { no_browser, args } if args.is_empty() => test::everything(root, !no_browser),
        Task::Test { args, .. } => test::rust_only(root, &args),
        Task::Ci => ci::check(root),
        Task::Tidy => tidy::report(root),
        Task::Modules => modules::build(root).map(|_paths| ExitCode::SUCCESS),
        Task::NewModule { name } => new_module::create(root, &name).map(|()| ExitCode::SUCCESS),
        Task::Bless { ship, ship_contract, lists } => {
            let ship = match (ship, ship_contract) {
                (true, _) => Ship::Everything,
                (false, true) => Ship::Contracts,
                (false, false) => Ship::Nothing,
            };
            bless::accept(root, ship, lists)
        }
        Task::Bench { name, args } => bench::measure(root, name.as_deref(), &args).map(|()| ExitCode::SUCCESS),
        Task::Chaos { args } => chaos::play(root, &args),
        Task::Postgres { command } => postgres::beside(&command),
    }
}

/// The repository, from wherever cargo was called.
fn root() -> Result<PathBuf> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().map(Path::to_owned).context("xtask lies in no repository")
}
