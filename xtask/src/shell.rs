//! Running other programs: output shown, no standard input, failure in words.

use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

use anyhow::{Context, Result, bail};

/// Runs to the end, output shown; failure names the command.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status =
        command.stdin(Stdio::null()).status().with_context(|| format!("cannot run {:?}", command.get_program()))?;
    if !status.success() {
        bail!("`{}` ended with {status}", told(command));
    }
    Ok(())
}

/// Runs to the end; both streams are shown as they come and handed back, without colours. True when it succeeded.
pub(crate) fn tee(command: &mut Command) -> Result<(bool, String)> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("cannot run `{}`", told(command)))?;
    let stderr = child.stderr.take().context("no standard error")?;
    let errors = thread::spawn(move || -> Result<String> { copy(BufReader::new(stderr), std::io::stderr()) });
    let mut heard = copy(BufReader::new(child.stdout.take().context("no standard output")?), std::io::stdout())?;
    match errors.join() {
        Ok(text) => heard.push_str(&text?),
        Err(_panic) => bail!("reading the output of `{}` broke off", told(command)),
    }
    Ok((child.wait()?.success(), heard))
}

fn copy(mut from: impl BufRead, mut to: impl Write) -> Result<String> {
    let mut heard = String::new();
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line)? > 0 {
        to.write_all(&line)?;
        heard.push_str(&String::from_utf8_lossy(&line));
        line.clear();
    }
    Ok(heard)
}

/// Cargo, in the repository, told nothing of the package it runs us from: build scripts ask for such variables, and what
/// they build would be built anew whenever cargo is called by hand in between.
pub(crate) fn cargo(root: &Path) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root);
    let ours = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _value) in std::env::vars_os() {
        if name.to_str().is_some_and(ours) {
            command.env_remove(name);
        }
    }
    command
}

/// Where cargo builds to.
pub(crate) fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder))
}

pub(crate) fn say(line: impl std::fmt::Display) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}")?;
    Ok(stdout.flush()?)
}

/// Whether a program of this name is on the path.
pub(crate) fn has(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn told(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
