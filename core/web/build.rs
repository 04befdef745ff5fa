//! Embeds the bundled assets: every file of `assets/dist`, building them from npm when they are missing.

use std::{env, error::Error, fmt::Write as _, fs, path::Path, process::Command};

fn main() -> Result<(), Box<dyn Error>> {
    let assets = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("assets");
    let dist = assets.join("dist");
    for watched in ["dist", "src", "package-lock.json", "build.mjs"] {
        println!("cargo::rerun-if-changed={}", assets.join(watched).display());
    }
    if stale(&assets, &dist) {
        for arguments in [["ci", "--no-audit", "--no-fund"].as_slice(), ["run", "build"].as_slice()] {
            let done = Command::new("npm").args(arguments).current_dir(&assets).status();
            if !done.is_ok_and(|status| status.success()) {
                return Err(format!(
                    "the dashboard's assets are not bundled and `npm {}` failed in {}: install node 20 or newer, then run `cargo xtask demo`",
                    arguments.join(" "),
                    assets.display()
                )
                .into());
            }
        }
    }
    let mut names: Vec<String> =
        fs::read_dir(&dist)?.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    let mut code = String::from(
        "/// Every bundled file and its gzipped form.\npub(crate) static FILES: &[(&str, &[u8], &[u8])] = &[\n",
    );
    for name in names.iter().filter(|name| !name.ends_with(".gz")) {
        let path = dist.join(name);
        writeln!(
            code,
            "    ({name:?}, include_bytes!({path:?}), include_bytes!({:?})),",
            format!("{}.gz", path.display())
        )?;
    }
    code.push_str("];\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("files.rs"), code)?;
    Ok(())
}

/// Missing, or older than what they are made from.
fn stale(assets: &Path, dist: &Path) -> bool {
    let changed = |path: &Path| fs::metadata(path).and_then(|meta| meta.modified()).ok();
    let Some(bundled) = changed(&dist.join("bundled")) else { return true };
    let sources = fs::read_dir(assets.join("src")).into_iter().flatten().flatten().map(|entry| entry.path());
    sources
        .chain([assets.join("package-lock.json"), assets.join("build.mjs")])
        .filter_map(|path| changed(&path))
        .any(|at| at > bundled)
}
