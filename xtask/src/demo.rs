//! `cargo xtask demo`: from a fresh clone to a page to click on.

use std::{os::unix::process::CommandExt, path::Path};

use anyhow::{Result, bail};

use crate::{
    assets, modules, run,
    shell::{cargo, target},
    steps::Steps,
};

/// Builds, then becomes the server, so that Ctrl-C and signals reach it directly.
pub(crate) fn run(root: &Path, port: u16, release: bool, args: &[String]) -> Result<()> {
    let mut steps = Steps::default();
    steps.must("pages: packages and bundle", || assets::build(root))?;
    steps.must("modules", || modules::build(root))?;
    let mut build = cargo(root);
    build.args(["build", "--locked", "--package", "frontdesk"]).args(release.then_some("--release"));
    steps.must("server", || run(&mut build))?;
    steps.table()?;
    let program = target(root).join(if release { "release" } else { "debug" }).join("frontdesk");
    let error = std::process::Command::new(&program)
        .args(["serve", "--demo", "--listen", &format!("127.0.0.1:{port}"), "--data-dir", "var/demo"])
        .args(args)
        .current_dir(root)
        .exec();
    bail!("cannot run {}: {error}", program.display())
}
