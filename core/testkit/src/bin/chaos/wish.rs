//! What was asked for on the command line.
//!
//! `--engine sqlite|postgres|both`; `--seeds N`, from `--first N`, or one `--seed S`; `--faults kill,pause`; `--at-once N`;
//! `--kills N`: so many deaths with a provider that echoes our ids and so many with one that does not;
//! `--broken`: every checker against what is broken for it on purpose; `--trace`: what the kernel sees of one webhook;
//! `--binary FILE`.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use testkit::chaos::{Engine, Fault};

pub(crate) struct Wish {
    pub(crate) engines: Vec<Engine>,
    pub(crate) first: u64,
    pub(crate) seeds: u64,
    pub(crate) faults: Vec<Fault>,
    pub(crate) at_once: usize,
    /// None: seeds are played instead.
    pub(crate) kills: u32,
    pub(crate) broken: bool,
    pub(crate) trace: bool,
    pub(crate) binary: PathBuf,
}

pub(crate) fn read(mut words: impl Iterator<Item = String>) -> Result<Wish> {
    let mut wish = Wish {
        engines: vec![Engine::Sqlite],
        first: 1,
        seeds: 10,
        faults: Vec::new(),
        at_once: 6,
        kills: 0,
        broken: false,
        trace: false,
        binary: PathBuf::from("target/debug/frontdesk"),
    };
    while let Some(word) = words.next() {
        match word.as_str() {
            "--broken" => wish.broken = true,
            "--trace" => wish.trace = true,
            _ => valued(&mut wish, &word, words.next())?,
        }
    }
    if wish.faults.is_empty() {
        wish.faults = Fault::ALL.to_vec();
    }
    wish.binary = std::path::absolute(&wish.binary)?;
    Ok(wish)
}

fn valued(wish: &mut Wish, word: &str, value: Option<String>) -> Result<()> {
    let value = value.with_context(|| format!("{word} needs a value"))?;
    match word {
        "--engine" => {
            wish.engines = match value.as_str() {
                "sqlite" => vec![Engine::Sqlite],
                "postgres" => vec![Engine::Postgres],
                "both" => vec![Engine::Sqlite, Engine::Postgres],
                other => bail!("there is no engine {other}"),
            }
        }
        "--seed" => (wish.first, wish.seeds) = (value.parse()?, 1),
        "--first" => wish.first = value.parse()?,
        "--seeds" => wish.seeds = value.parse()?,
        "--at-once" => wish.at_once = value.parse()?,
        "--kills" => wish.kills = value.parse()?,
        "--binary" => wish.binary = PathBuf::from(value),
        "--fault" | "--faults" => {
            for name in value.split(',') {
                wish.faults.push(Fault::parse(name).with_context(|| format!("there is no fault {name}"))?);
            }
        }
        other => bail!("nobody knows {other}"),
    }
    Ok(())
}
