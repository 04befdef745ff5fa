//! `cargo xtask bench NAME`: runs `examples/bench_NAME.rs` of whichever crate has it, in release.

use std::path::Path;

use anyhow::{Context, Result};

use crate::{modules, run, say, shell::cargo};

pub(crate) fn measure(root: &Path, name: Option<&str>, args: &[String]) -> Result<()> {
    let found = found(root)?;
    let Some(name) = name else {
        say("There is:")?;
        return found
            .iter()
            .try_for_each(|(package, name)| say(format_args!("  cargo xtask bench {name}   ({package})")));
    };
    let (package, _name) = found.iter().find(|(_package, other)| other == name).with_context(|| {
        let names: Vec<&str> = found.iter().map(|(_package, name)| name.as_str()).collect();
        format!("there is no bench {name}; there is: {}", names.join(", "))
    })?;
    modules::build(root)?;
    let example = format!("bench_{name}");
    run(cargo(root).args(["run", "--release", "--locked", "-p", package, "--example", &example, "--"]).args(args))
}

/// Crate and name of each bench.
fn found(root: &Path) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for crate_folder in std::fs::read_dir(root.join("core"))? {
        let crate_folder = crate_folder?;
        let Ok(examples) = std::fs::read_dir(crate_folder.path().join("examples")) else { continue };
        for example in examples {
            let file = example?.file_name().to_string_lossy().into_owned();
            if let Some(name) = file.strip_prefix("bench_").and_then(|rest| rest.strip_suffix(".rs")) {
                found.push((crate_folder.file_name().to_string_lossy().into_owned(), name.to_owned()));
            }
        }
    }
    found.sort();
    Ok(found)
}
