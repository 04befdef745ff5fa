//! The dashboard's scripts and styles: packages by lock file, then the bundle. `core/web/build.rs` makes the same
//! bundle when it is stale; doing it here first shows the step and its time.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{run, tools};

pub(crate) fn folder(root: &Path) -> PathBuf {
    root.join("core/web/assets")
}

/// Bundles what changed.
pub(crate) fn build(root: &Path) -> Result<()> {
    let folder = folder(root);
    tools::ensure_npm(&folder)?;
    if stale(&folder) {
        run(Command::new("npm").args(["run", "--silent", "build"]).current_dir(folder))?;
    }
    Ok(())
}

/// Whether TypeScript agrees with itself.
pub(crate) fn check(root: &Path) -> Result<()> {
    tools::ensure_npm(&folder(root))?;
    run(Command::new("npm").args(["run", "--silent", "check"]).current_dir(folder(root)))
}

/// The browser tests, each a file.
pub(crate) fn tests(root: &Path) -> Result<Vec<PathBuf>> {
    let folder = folder(root).join("tests");
    if !folder.is_dir() {
        return Ok(vec![]);
    }
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .context("the browser tests")?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.to_string_lossy().contains(".test."))
        .collect();
    files.sort();
    Ok(files)
}

fn stale(folder: &Path) -> bool {
    let changed = |path: &Path| std::fs::metadata(path).and_then(|meta| meta.modified()).ok();
    let Some(bundled) = changed(&folder.join("dist/bundled")) else { return true };
    let sources = std::fs::read_dir(folder.join("src")).into_iter().flatten().flatten().map(|entry| entry.path());
    sources
        .chain([folder.join("package-lock.json"), folder.join("build.mjs")])
        .filter_map(|path| changed(&path))
        .any(|at| at > bundled)
}
