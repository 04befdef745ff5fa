//! `cargo xtask demo`: from a fresh clone to a page to click on.

use std::{
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, bail};

use crate::{
    assets, modules, run,
    shell::{cargo, target},
    steps::Steps,
};

/// What was asked for.
pub(crate) struct Wish {
    pub(crate) listen: String,
    pub(crate) data_dir: PathBuf,
    pub(crate) release: bool,
    pub(crate) args: Vec<String>,
}

/// Builds, then becomes the server, so that Ctrl-C and signals reach it directly.
pub(crate) fn serve(root: &Path, wish: &Wish) -> Result<()> {
    let mut steps = Steps::default();
    steps.must("pages: packages and bundle", || assets::build(root))?;
    steps.must("modules", || modules::build(root))?;
    let mut build = cargo(root);
    build.args(["build", "--locked", "--package", "frontdesk"]).args(wish.release.then_some("--release"));
    steps.must("server", || run(&mut build))?;
    steps.table()?;
    let program = target(root).join(if wish.release { "release" } else { "debug" }).join("frontdesk");
    let error = Command::new(&program)
        .args(["serve", "--demo", "--listen", &wish.listen, "--data-dir"])
        .arg(&wish.data_dir)
        .args(&wish.args)
        .current_dir(root)
        .exec();
    bail!("cannot run {}: {error}", program.display())
}
