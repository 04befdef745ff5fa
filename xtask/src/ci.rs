//! `cargo xtask ci`: what CI runs after the tests, cheapest first. Ends with the totals of both.

use std::{path::Path, process::ExitCode};

use anyhow::{Result, ensure};

use crate::{
    assets, run, say,
    shell::{cargo, has},
    steps::{Counts, Steps},
    test, tidy,
};

pub(crate) fn check(root: &Path) -> Result<ExitCode> {
    let mut steps = Steps::default();
    steps.attempt("fmt", || {
        run(cargo(root).args(["fmt", "--all", "--check"]))?;
        run(cargo(&root.join("plugins")).args(["fmt", "--all", "--check"]))
    })?;
    steps.attempt("tidy", || {
        let findings = tidy::findings(root)?;
        tidy::print(&findings)?;
        ensure!(findings.is_empty(), "{} findings", findings.len());
        Ok(())
    })?;
    steps.attempt("pages' scripts", || {
        assets::build(root)?;
        assets::check(root)
    })?;
    let clippy = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
    steps.attempt("clippy", || run_cargo(root, &clippy))?;
    steps.attempt("docs", || {
        let mut doc = cargo(root);
        doc.args(["doc", "--workspace", "--no-deps", "--document-private-items", "--locked"]);
        run(doc.env("RUSTDOCFLAGS", "-D rustdoc::broken_intra_doc_links -D warnings"))
    })?;
    if has("cargo-deny") {
        // Advisories need the network; the rest of deny.toml does not.
        let deny = ["deny", "--offline", "check", "bans", "licenses", "sources"];
        steps.attempt("licences and sources", || run_cargo(root, &deny))?;
    } else {
        steps.skip("licences and sources", "cargo-deny is not installed (cargo install --locked cargo-deny)")?;
    }
    steps.table()?;
    finish(root, steps.counts())
}

/// Totals of the tests, and every check that failed here.
fn finish(root: &Path, checks: Counts) -> Result<ExitCode> {
    let mut counts = checks;
    match test::last_counts(root)? {
        Some(tests) => counts += tests,
        None => say("no totals of tests: `cargo xtask test` did not run to its end, so only checks are counted")?,
    }
    say(format_args!("\n{} passed, {} failed", counts.passed, counts.failed))?;
    Ok(if counts.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn run_cargo(root: &Path, arguments: &[&str]) -> Result<()> {
    run(cargo(root).args(arguments))
}
