//! The rules of this code that no compiler knows. Each check is its own file, with a bad sample that it catches.
//!
//! Invariants: reads text only, builds nothing, takes under a second; runs as a test too; every finding names file,
//! line and reason. Start at [`CHECKS`]; a check is a function from [`Tree`] to [`Finding`]s.

mod architecture;
mod budget;
mod doc_paths;
mod frozen;
mod headers;
mod jobs;
mod manifests;
mod marks;
mod migrations;
mod promises;
mod rust;
mod samples;
mod spawning;
mod sql;
mod transactions;
mod translations;
mod tree;
mod verticals;

use std::{path::Path, process::ExitCode, time::Instant};

use anyhow::Result;

use crate::say;
pub(crate) use frozen::Ship;
use tree::{Finding, Tree};

type Check = fn(&Tree) -> Vec<Finding>;

/// Every check and what it keeps from rotting.
const CHECKS: &[(&str, Check)] = &[
    ("arrows between crates, and who owns which outside crate", architecture::check),
    ("workspace lints and dependencies everywhere", manifests::check),
    ("a first line that says what the file is for", headers::check),
    ("file budgets", budget::check),
    ("core knows no vertical", verticals::check),
    ("paths and links in documents", doc_paths::check),
    ("tests and faults that promises are held by", promises::check),
    ("the tenant in every query", sql::check_tenants),
    ("no query is put together at run time", sql::check_fixed),
    ("no query is planned anew each time", sql::check_limits),
    ("nobody else is waited for inside a transaction", transactions::check),
    ("one place starts background work", spawning::check),
    ("migrations in pairs", migrations::check),
    ("what was shipped never changes", frozen::check),
    ("a sample for every page", samples::check),
    ("every message in every language", translations::check),
    ("job names are for ever", jobs::check),
    ("no silenced tests, no nameless TODO", marks::check),
];

/// `cargo xtask tidy`
pub(crate) fn report(root: &Path) -> Result<ExitCode> {
    let from = Instant::now();
    let findings = findings(root)?;
    print(&findings)?;
    let (checks, ms) = (CHECKS.len(), from.elapsed().as_millis());
    if findings.is_empty() {
        say(format_args!("tidy: {checks} checks, nothing found ({ms} ms)"))?;
        return Ok(ExitCode::SUCCESS);
    }
    say(format_args!("tidy: {} findings in {checks} checks ({ms} ms)", findings.len()))?;
    Ok(ExitCode::FAILURE)
}

/// What is wrong with the repository at `root`, by file.
pub(crate) fn findings(root: &Path) -> Result<Vec<Finding>> {
    let tree = Tree::read(root)?;
    let mut findings: Vec<Finding> = CHECKS.iter().flat_map(|(_name, check)| check(&tree)).collect();
    findings.sort();
    Ok(findings)
}

pub(crate) fn print(findings: &[Finding]) -> Result<()> {
    findings.iter().try_for_each(say)
}

/// Brings lists up to date that tidy compares with: hashes of what is new, budgets that shrank.
pub(crate) fn bless(root: &Path, ship: Ship) -> Result<()> {
    let tree = Tree::read(root)?;
    budget::bless(root, &tree)?;
    frozen::bless(root, &tree, ship)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_is_tidy() {
        let findings = findings(&crate::root().unwrap()).unwrap();
        let told: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert!(told.is_empty(), "\n{}\n", told.join("\n"));
    }
}
