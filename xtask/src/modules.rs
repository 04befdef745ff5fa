//! `cargo xtask modules`: builds every guest for `wasm32-unknown-unknown` and wraps it as a component.
//!
//! Finds its own way on a fresh machine: the target from rustup, or else Debian's toolchain for the web target.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};

use crate::run;

const TARGET: &str = "wasm32-unknown-unknown";

/// Builds what changed; gives the components' paths.
pub(crate) fn build(root: &Path) -> Result<Vec<PathBuf>> {
    let plugins = root.join("plugins");
    let mut cargo = if has_target(&plugins)? { Command::new("cargo") } else { debian_cargo()? };
    cargo
        .args(["build", "--release", "--locked", "--target", TARGET])
        .current_dir(&plugins)
        .env_remove("CARGO_TARGET_DIR");
    run(cargo.env("CARGO_TARGET_DIR", plugins.join("target")))?;
    let out = root.join("target/modules");
    fs::create_dir_all(&out)?;
    let mut built: Vec<PathBuf> =
        names(&plugins)?.iter().map(|name| wrap(&plugins, &out, name)).collect::<Result<_>>()?;
    built.extend(scripted(&plugins, &out)?);
    Ok(built)
}

/// Modules in other languages, each in a folder of `plugins/examples` with its own build. They need node; a machine without
/// it builds the others.
fn scripted(plugins: &Path, out: &Path) -> Result<Vec<PathBuf>> {
    let mut built = Vec::new();
    for entry in fs::read_dir(plugins.join("examples"))? {
        let folder = entry?.path();
        let Some(name) = folder.file_name().map(|name| name.to_string_lossy().into_owned()) else { continue };
        let path = out.join(format!("{name}.wasm"));
        if !folder.join("package.json").exists() {
            continue;
        }
        if Command::new("node").arg("--version").output().is_err() {
            crate::say(format_args!("  {name}: left out, node is not there"))?;
            continue;
        }
        if !fresh(&path, &folder)? {
            crate::tools::ensure_npm(&folder)?;
            let draft = path.with_extension("part");
            run(Command::new("npm").args(["run", "--silent", "build", "--"]).arg(&draft).current_dir(&folder))?;
            fs::rename(draft, &path)?;
        }
        told(&name, &fs::read(&path)?)?;
        built.push(path);
    }
    Ok(built)
}

/// Whether the component is newer than everything it is made of.
fn fresh(path: &Path, folder: &Path) -> Result<bool> {
    let changed = |path: &Path| fs::metadata(path).and_then(|meta| meta.modified()).ok();
    let Some(made) = changed(path) else { return Ok(false) };
    for entry in fs::read_dir(folder)? {
        let file = entry?;
        if file.file_type()?.is_file() && changed(&file.path()).is_none_or(|changed| changed >= made) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The crates of `plugins/` that are modules: those that link as a component's core.
fn names(plugins: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(plugins)? {
        let folder = entry?;
        let manifest = fs::read_to_string(folder.path().join("Cargo.toml")).unwrap_or_default();
        if manifest.contains("\"cdylib\"") {
            names.push(folder.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn wrap(plugins: &Path, out: &Path, name: &str) -> Result<PathBuf> {
    let core = plugins.join(format!("target/{TARGET}/release/{name}.wasm"));
    let bytes = fs::read(&core).with_context(|| format!("cannot read {}", core.display()))?;
    let component = wit_component::ComponentEncoder::default().validate(true).module(&bytes)?.encode()?;
    let path = out.join(format!("{name}.wasm"));
    if fs::read(&path).ok().as_deref() != Some(&component) {
        // In one step: whoever reads it meanwhile has the one before, whole.
        let draft = path.with_extension("part");
        fs::write(&draft, &component)?;
        fs::rename(draft, &path)?;
    }
    told(name, &component)?;
    Ok(path)
}

fn told(name: &str, component: &[u8]) -> Result<()> {
    let digest: String = hex::encode(Sha256::digest(component)).chars().take(12).collect();
    crate::say(format_args!("  {name}: {} KiB, sha256 {digest}…", component.len() / 1024))
}

/// Whether the toolchain in use has the target, after trying to add it.
fn has_target(folder: &Path) -> Result<bool> {
    let there = || -> Result<bool> {
        let printed = Command::new("rustc")
            .args(["--print", "target-libdir", "--target", TARGET])
            .current_dir(folder)
            .output()?;
        Ok(printed.status.success() && Path::new(String::from_utf8_lossy(&printed.stdout).trim()).exists())
    };
    if there()? {
        return Ok(true);
    }
    let added = Command::new("rustup").args(["target", "add", TARGET]).current_dir(folder).status();
    Ok(added.is_ok_and(|status| status.success()) && there()?)
}

/// Debian's cargo and standard library sources, with the linker of the toolchain at hand.
fn debian_cargo() -> Result<Command> {
    crate::tools::ensure_debian(&["rustc-web", "cargo-web", "rust-web-src"])?;
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output()?;
    let sysroot = PathBuf::from(String::from_utf8_lossy(&sysroot.stdout).trim());
    let linker = sysroot.join("lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld");
    ensure!(linker.exists(), "no rust-lld in {}", sysroot.display());
    let Some(cargo) = ["/usr/bin/cargo-web", "/usr/bin/cargo"].iter().map(Path::new).find(|path| path.exists()) else {
        bail!("neither rustup nor Debian gives a toolchain for {TARGET}");
    };
    let mut command = Command::new(cargo);
    command
        .env("PATH", "/usr/bin:/bin")
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker)
        .args(["-Z", "build-std=std,panic_abort"]);
    Ok(command)
}
