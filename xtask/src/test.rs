//! `cargo xtask test`: all tests there are, on both databases, with real components and a real browser.

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use anyhow::{Context, Result};

use crate::{
    assets, chaos, modules,
    nextest::judged,
    postgres::Postgres,
    run, say,
    server::Server,
    shell::{cargo, target, tee},
    steps::{Counts, Steps},
    tools,
};

/// Everything; the last line holds the totals.
pub(crate) fn everything(root: &Path, browser: bool) -> Result<ExitCode> {
    let totals = totals(root);
    // A total left by an earlier run would be a lie if this one breaks off; there may be none.
    let _gone = std::fs::remove_file(&totals);
    let mut steps = Steps::default();
    let done = walk(root, browser, &mut steps);
    steps.table()?;
    done?;
    let counts = steps.counts();
    std::fs::write(&totals, format!("{} {}", counts.passed, counts.failed))?;
    say(format_args!("\n{} passed, {} failed", counts.passed, counts.failed))?;
    Ok(if counts.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What the last `cargo xtask test` counted, for `cargo xtask ci`; none when it did not come to its end.
pub(crate) fn last_counts(root: &Path) -> Result<Option<Counts>> {
    let Ok(text) = std::fs::read_to_string(totals(root)) else { return Ok(None) };
    let (passed, failed) = text.split_once(' ').context("the totals of the last test run cannot be read")?;
    Ok(Some(Counts { passed: passed.parse()?, failed: failed.parse()? }))
}

/// Only Rust tests, with `args` for the runner.
pub(crate) fn rust_only(root: &Path, args: &[String]) -> Result<ExitCode> {
    tools::ensure(&[tools::POSTGRES])?;
    assets::build(root)?;
    modules::build(root)?;
    let postgres = Postgres::start()?;
    let counts = rust(root, &postgres, tools::ensure_nextest(root)?, args)?;
    Ok(if counts.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn walk(root: &Path, browser: bool, steps: &mut Steps) -> Result<()> {
    let programs = [tools::POSTGRES, tools::CHROMIUM, tools::NATS, tools::WRK, tools::STRACE];
    steps.must("programs", || tools::ensure(&programs))?;
    let nextest = steps.must("test runner", || tools::ensure_nextest(root))?;
    steps.must("pages: packages and bundle", || assets::build(root))?;
    steps.must("modules", || modules::build(root))?;
    let postgres = steps.must("PostgreSQL", Postgres::start)?;
    steps.count("Rust tests", || rust(root, &postgres, nextest, &[]))?;
    drop(postgres);
    steps.count("chaos: a few seeds, and every checker", || chaos::few(root))?;
    steps.count("modules' own tests", || plugins(root))?;
    if browser {
        steps.count("browser tests", || in_browser(root))
    } else {
        steps.skip("browser tests", "--no-browser")
    }
}

fn rust(root: &Path, postgres: &Postgres, nextest: bool, args: &[String]) -> Result<Counts> {
    let mut command = cargo(root);
    if nextest {
        command.args(["nextest", "run", "--locked", "--no-fail-fast"]);
    } else {
        command.args(["test", "--locked", "--no-fail-fast", "--lib", "--bins", "--tests"]);
    }
    if args.is_empty() {
        command.arg("--workspace");
    }
    postgres.lend(command.args(args));
    judged(tee(&mut command)?)
}

/// Modules' tests run natively, without a component.
fn plugins(root: &Path) -> Result<Counts> {
    let folder = root.join("plugins");
    let mut command = cargo(&folder);
    command.args(["test", "--workspace", "--locked", "--no-fail-fast"]).env("CARGO_TARGET_DIR", folder.join("target"));
    judged(tee(&mut command)?)
}

fn in_browser(root: &Path) -> Result<Counts> {
    let tests = assets::tests(root)?;
    if tests.is_empty() {
        say("there are no browser tests")?;
        return Ok(Counts::default());
    }
    run(cargo(root).args(["build", "--locked", "--workspace", "--bins"]))?;
    let server = Server::start(root)?;
    say(format_args!("the server answers at {}", server.url))?;
    let mut node = Command::new("node");
    node.args(["--test", "--test-concurrency=1"]).args(&tests);
    node.current_dir(assets::folder(root)).env("BASE_URL", &server.url);
    let counts = judged(tee(&mut node)?)?;
    if counts.failed > 0 {
        say(format_args!("── the server said:\n{}", server.log()))?;
    }
    Ok(counts)
}

fn totals(root: &Path) -> PathBuf {
    target(root).join("test-totals.txt")
}
