//! `cargo xtask bless`: accepts what is now. Read the diff it leaves: every line of it is a decision.

use std::{path::Path, process::ExitCode};

use anyhow::Result;

use crate::{
    nextest::judged,
    postgres::Postgres,
    say,
    shell::{cargo, tee},
    tidy::{self, Ship},
    tools,
};

pub(crate) fn accept(root: &Path, ship: Ship, lists: bool) -> Result<ExitCode> {
    tidy::bless(root, ship)?;
    if ship != Ship::Nothing {
        say("drafts are frozen; their files never change again")?;
    }
    if ship != Ship::Nothing || lists {
        return Ok(ExitCode::SUCCESS);
    }
    tools::ensure(&[tools::POSTGRES])?;
    let postgres = Postgres::start()?;
    let mut tests = cargo(root);
    tests.args(["test", "--workspace", "--locked", "--no-fail-fast", "--lib", "--bins", "--tests"]);
    postgres.lend(tests.env("UPDATE_EXPECT", "1"));
    let counts = judged(tee(&mut tests)?)?;
    say(format_args!("{} tests accepted, {} still fail; now read `git diff`", counts.passed, counts.failed))?;
    Ok(if counts.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
