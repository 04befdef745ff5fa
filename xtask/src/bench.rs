//! `cargo xtask bench NAME`: runs `examples/bench_NAME.rs` of whichever crate has it, optimised, then those that go on
//! from it as `bench_NAME_….rs`. What each needs it says itself, in a line `//! Needs: …` of its head.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use crate::{modules, postgres::Postgres, run, say, shell::cargo, tools};

/// One measurement.
#[derive(Debug, PartialEq, Eq)]
struct Bench {
    package: String,
    name: String,
    /// The first sentence of its head.
    about: String,
    needs: Vec<Need>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    /// A cluster that syncs to disk, as a real one does: its durability is part of what is measured.
    Postgres,
    /// The components of `plugins/`.
    Modules,
}

impl Need {
    const ALL: [(&str, Self); 2] = [("PostgreSQL", Self::Postgres), ("modules", Self::Modules)];

    fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, need)| *need == self).map_or("", |(word, _)| word)
    }
}

pub(crate) fn measure(root: &Path, name: Option<&str>, args: &[String]) -> Result<()> {
    let found = found(root)?;
    let Some(name) = name else {
        say("There is (arguments after --):")?;
        return found.iter().try_for_each(list);
    };
    let wanted: Vec<&Bench> =
        found.iter().filter(|bench| bench.name == name || bench.name.starts_with(&format!("{name}_"))).collect();
    ensure!(!wanted.is_empty(), "there is no bench {name}; `cargo xtask bench` lists them");
    let needed = |need| wanted.iter().any(|bench| bench.needs.contains(&need));
    if needed(Need::Modules) {
        modules::build(root)?;
    }
    let postgres = if needed(Need::Postgres) {
        tools::ensure(&[tools::POSTGRES])?;
        Some(Postgres::durable()?)
    } else {
        None
    };
    for bench in wanted {
        let example = format!("bench_{}", bench.name);
        let mut command = cargo(root);
        command
            .args(["run", "--profile", "measure", "--locked", "-p", &bench.package, "--example", &example, "--"])
            .args(args);
        if let Some(postgres) = &postgres {
            postgres.lend(&mut command);
        }
        run(&mut command)?;
    }
    Ok(())
}

fn list(bench: &Bench) -> Result<()> {
    let words: Vec<&str> = bench.needs.iter().map(|need| need.word()).collect();
    let needs = if words.is_empty() { String::new() } else { format!("; brings {} along", words.join(" and ")) };
    say(format_args!("  cargo xtask bench {}   (core/{}{needs})\n      {}", bench.name, bench.package, bench.about))
}

/// Every bench there is, in order of its name.
fn found(root: &Path) -> Result<Vec<Bench>> {
    let mut found = Vec::new();
    for crate_folder in std::fs::read_dir(root.join("core"))? {
        let crate_folder = crate_folder?;
        let Ok(examples) = std::fs::read_dir(crate_folder.path().join("examples")) else { continue };
        for example in examples {
            let example = example?;
            let file = example.file_name().to_string_lossy().into_owned();
            if let Some(name) = file.strip_prefix("bench_").and_then(|rest| rest.strip_suffix(".rs")) {
                let package = crate_folder.file_name().to_string_lossy().into_owned();
                let text = std::fs::read_to_string(example.path())?;
                found.push(read(package, name.to_owned(), &text).with_context(|| format!("core/…/examples/{file}"))?);
            }
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

/// A bench by the text of its file.
fn read(package: String, name: String, text: &str) -> Result<Bench> {
    let head: Vec<&str> = text
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .map(str::trim)
        .take_while(|line| !line.is_empty())
        .collect();
    let head = head.join(" ");
    let about = head.split_once(". ").map_or(head.as_str(), |(first, _)| first).trim_end_matches('.');
    let about = about.split_once(": ").map_or(about, |(_command, about)| about).to_owned();
    let line = text.lines().find_map(|line| line.strip_prefix("//! Needs: "));
    let words = line.context("has no line `//! Needs: …` (PostgreSQL, modules, or nothing)")?.trim_end_matches('.');
    let mut needs = Vec::new();
    for word in words.split(", ").filter(|word| *word != "nothing") {
        match Need::ALL.iter().find(|(known, _)| *known == word) {
            Some((_, need)) => needs.push(*need),
            None => bail!("needs {word:?}, which nobody here can bring"),
        }
    }
    Ok(Bench { package, name, about, needs })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bench(text: &str) -> Result<Bench> {
        read("store".into(), "storm".into(), text)
    }

    #[test]
    fn a_bench_says_what_it_is_and_needs() {
        let storm = bench("//! `cargo xtask bench storm`: many for one slot,\n//! at once. More.\n//!\n//! Needs: PostgreSQL, modules.\n").unwrap();
        assert_eq!(storm.about, "many for one slot, at once");
        assert_eq!(storm.needs, [Need::Postgres, Need::Modules]);
        assert_eq!(bench("//! A. B.\n//! Needs: nothing.\n").unwrap().needs, []);
    }

    #[test]
    fn a_bench_that_does_not_say_what_it_needs_is_an_error() {
        assert!(bench("//! Measures.\n").is_err());
        assert!(bench("//! Measures.\n//! Needs: luck.\n").is_err());
    }

    #[test]
    fn every_bench_of_the_repository_can_be_listed() {
        let names: Vec<String> = found(&crate::root().unwrap()).unwrap().into_iter().map(|bench| bench.name).collect();
        assert!(["ingest", "slots", "storm"].iter().all(|known| names.iter().any(|name| name == known)), "{names:?}");
    }
}
