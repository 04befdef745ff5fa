//! `cargo xtask chaos`: real servers, faults from seeds, checkers. What can be asked for is in
//! `core/testkit/src/bin/chaos/wish.rs`.

use std::{path::Path, process::ExitCode};

use anyhow::Result;

use crate::{
    modules,
    nextest::judged,
    run,
    shell::{cargo, target, tee},
    steps::Counts,
    tools,
};

/// Seeds of each engine that every test run plays, round the faults whose outcome does not hang on how busy the machine
/// is. `cargo xtask chaos` plays all of them; one that stops the clock of a node needs a machine of its own.
const FEW: [&str; 4] =
    ["--seeds", "6", "--faults", "F1-kill,F1-failpoint,F2-terminate,F26-duplicates,F27-reorder,F48-poison"];

/// Plays what `args` ask for.
pub(crate) fn play(root: &Path, args: &[String]) -> Result<ExitCode> {
    tools::ensure(&[tools::POSTGRES, tools::STRACE, tools::NATS])?;
    modules::build(root)?;
    build(root)?;
    let counts = storm(root, args)?;
    Ok(if counts.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A few seeds on each engine, and every checker against what is broken for it; each counts as a test.
pub(crate) fn few(root: &Path) -> Result<Counts> {
    build(root)?;
    let mut counts = Counts::default();
    counts += storm(root, &["--trace".to_owned()])?;
    for engine in ["sqlite", "postgres"] {
        counts += storm(root, &words(engine, &FEW))?;
    }
    // The checkers are the same on both engines; what only two nodes can break is proven by `cargo xtask chaos`.
    counts += storm(root, &words("sqlite", &["--broken"]))?;
    Ok(counts)
}

fn words(engine: &str, args: &[&str]) -> Vec<String> {
    ["--engine", engine].iter().chain(args).map(|word| (*word).to_owned()).collect()
}

/// With debug assertions: only such servers can be struck at their failpoints.
fn build(root: &Path) -> Result<()> {
    run(cargo(root).args([
        "build",
        "--locked",
        "-p",
        "frontdesk",
        "--bin",
        "frontdesk",
        "-p",
        "testkit",
        "--bin",
        "chaos",
    ]))
}

fn storm(root: &Path, args: &[String]) -> Result<Counts> {
    let folder = target(root).join("debug");
    let mut command = std::process::Command::new(folder.join("chaos"));
    command.current_dir(root).arg("--binary").arg(folder.join("frontdesk")).args(args);
    judged(tee(&mut command)?)
}
