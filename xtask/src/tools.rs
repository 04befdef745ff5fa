//! What the machine must have, installed when it is missing.

use std::{path::Path, process::Command};

use anyhow::{Result, ensure};

use crate::run;

/// Installs Debian packages that are missing. Needs root; otherwise says what to install.
pub(crate) fn ensure_debian(packages: &[&str]) -> Result<()> {
    let missing: Vec<&str> = packages.iter().copied().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let root = std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    ensure!(root, "missing Debian packages; run: sudo apt-get install {}", missing.join(" "));
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

/// The pages' packages, by their lock file.
pub(crate) fn ensure_npm(folder: &Path) -> Result<()> {
    let stamp = folder.join("node_modules/.package-lock.json");
    let newer = |path: &Path| std::fs::metadata(path).and_then(|meta| meta.modified()).ok();
    if newer(&stamp) >= newer(&folder.join("package-lock.json")) && stamp.exists() {
        return Ok(());
    }
    run(Command::new("npm").args(["ci", "--no-audit", "--no-fund", "--silent"]).current_dir(folder))
}
