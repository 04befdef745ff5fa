//! What the machine must have, installed when it is missing.

use std::{path::Path, process::Command};

use anyhow::{Context, Result, bail, ensure};

use crate::{
    run,
    shell::{cargo, has},
};

/// A program that tests run, and the Debian package it comes in.
#[derive(Clone, Copy)]
pub(crate) struct Tool {
    package: &'static str,
    there: fn() -> bool,
}

pub(crate) const POSTGRES: Tool = Tool { package: "postgresql-15", there: || pgtest::binaries().is_ok() };
pub(crate) const CHROMIUM: Tool = Tool { package: "chromium", there: || has("chromium") };
pub(crate) const NATS: Tool = Tool { package: "nats-server", there: || has("nats-server") };
pub(crate) const WRK: Tool = Tool { package: "wrk", there: || has("wrk") };
pub(crate) const STRACE: Tool = Tool { package: "strace", there: || has("strace") };

/// Installs those of `tools` that are missing. Needs root and Debian; otherwise says what to install.
pub(crate) fn ensure(tools: &[Tool]) -> Result<()> {
    let missing: Vec<&str> = tools.iter().filter(|tool| !(tool.there)()).map(|tool| tool.package).collect();
    ensure_debian(&missing)
}

/// Installs Debian packages that are missing. Needs root; otherwise says what to install.
pub(crate) fn ensure_debian(packages: &[&str]) -> Result<()> {
    let missing: Vec<&str> = packages.iter().copied().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let root = std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    ensure!(root && has("apt-get"), "missing programs; run: sudo apt-get install {}", missing.join(" "));
    crate::say(format_args!("installing {}", missing.join(" ")))?;
    run(Command::new("apt-get").arg("update").arg("-qq"))?;
    run(Command::new("apt-get")
        .args(["install", "-y", "-qq", "--no-install-recommends"])
        .args(&missing)
        .env("DEBIAN_FRONTEND", "noninteractive"))
}

fn is_installed(package: &str) -> bool {
    let asked = Command::new("dpkg-query").args(["-W", "-f", "${Status}", package]).output();
    asked.is_ok_and(|answer| String::from_utf8_lossy(&answer.stdout).contains("install ok installed"))
}

/// Node.js, which no Debian package gives new enough.
pub(crate) fn ensure_node() -> Result<()> {
    let asked =
        Command::new("node").arg("--version").output().context("node is missing: install Node.js 20 or newer")?;
    let version = String::from_utf8_lossy(&asked.stdout).trim().to_owned();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    match major {
        Some(major) if major >= 20 => Ok(()),
        _ => bail!("node is {version}: install Node.js 20 or newer"),
    }
}

/// The test runner; true when it is there or could be built, else `cargo test` must do.
pub(crate) fn ensure_nextest(root: &Path) -> Result<bool> {
    if has("cargo-nextest") {
        return Ok(true);
    }
    crate::say("installing cargo-nextest; this takes some minutes, once")?;
    // Below the repository's target, so that its own build is not in the way of ours.
    let folder = crate::shell::target(root).join("nextest");
    let installed = run(cargo(root).args(["install", "--locked", "cargo-nextest"]).env("CARGO_TARGET_DIR", folder));
    if let Err(error) = &installed {
        crate::say(format_args!(
            "cargo-nextest could not be installed ({error:#}); `cargo test` runs the tests instead"
        ))?;
    }
    Ok(installed.is_ok())
}

/// The pages' packages, by their lock file.
pub(crate) fn ensure_npm(folder: &Path) -> Result<()> {
    let stamp = folder.join("node_modules/.package-lock.json");
    let newer = |path: &Path| std::fs::metadata(path).and_then(|meta| meta.modified()).ok();
    if newer(&stamp) >= newer(&folder.join("package-lock.json")) && stamp.exists() {
        return Ok(());
    }
    ensure_node()?;
    run(Command::new("npm").args(["ci", "--no-audit", "--no-fund", "--silent"]).current_dir(folder))
}
