//! `cargo xtask chaos`: plays seeds and prints faults × seeds × violations.
//!
//! `--engine sqlite|postgres`, `--seeds N` or `--seed S`, `--faults kill,pause`, `--at-once N`, `--broken` (every
//! checker against a build or database broken on purpose), `--trace` (what the kernel sees of one webhook), `--binary`.

use std::{
    collections::BTreeMap,
    io::Write,
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use futures_util::StreamExt;
use testkit::chaos::{Broken, Engine, Fault, House, Verdict, run_seed, synced_before_answered};

struct Wish {
    engine: Engine,
    first: u64,
    seeds: u64,
    faults: Vec<Fault>,
    at_once: usize,
    broken: bool,
    trace: bool,
    binary: PathBuf,
}

fn wish() -> Result<Wish> {
    let mut wish = Wish {
        engine: Engine::Sqlite,
        first: 1,
        seeds: 10,
        faults: Vec::new(),
        at_once: 4,
        broken: false,
        trace: false,
        binary: PathBuf::from("target/debug/frontdesk"),
    };
    let mut words = std::env::args().skip(1);
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
    wish.faults.retain(|fault| fault.is_for(wish.engine));
    wish.binary = std::path::absolute(&wish.binary)?;
    Ok(wish)
}

fn valued(wish: &mut Wish, word: &str, value: Option<String>) -> Result<()> {
    let value = value.with_context(|| format!("{word} needs a value"))?;
    match word {
        "--engine" => {
            wish.engine = match value.as_str() {
                "sqlite" => Engine::Sqlite,
                "postgres" => Engine::Postgres,
                other => bail!("there is no engine {other}"),
            }
        }
        "--seed" => (wish.first, wish.seeds) = (value.parse()?, 1),
        "--first" => wish.first = value.parse()?,
        "--seeds" => wish.seeds = value.parse()?,
        "--at-once" => wish.at_once = value.parse()?,
        "--binary" => wish.binary = PathBuf::from(value),
        "--faults" => {
            for name in value.split(',') {
                wish.faults.push(Fault::parse(name).with_context(|| format!("there is no fault {name}"))?);
            }
        }
        other => bail!("nobody knows {other}"),
    }
    Ok(())
}

fn say(line: impl std::fmt::Display) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}")?;
    Ok(stdout.flush()?)
}

fn main() -> Result<ExitCode> {
    let wish = wish()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let house = House::build(wish.engine, wish.binary.clone()).await.context("the house cannot be built")?;
        if wish.trace {
            for line in synced_before_answered(&house).await? {
                say(line)?;
            }
            say("1 passed, 0 failed")?;
            return Ok(ExitCode::SUCCESS);
        }
        if wish.broken { prove(&wish, &house).await } else { play(&wish, &house).await }
    })
}

/// The fault of a seed: seeds go round the faults, so that a seed alone names its plan.
fn fault(wish: &Wish, seed: u64) -> Option<Fault> {
    let place = seed.checked_rem(u64::try_from(wish.faults.len()).unwrap_or(1)).unwrap_or(0);
    wish.faults.get(usize::try_from(place).unwrap_or(0)).copied()
}

async fn play(wish: &Wish, house: &House) -> Result<ExitCode> {
    let from = Instant::now();
    let seeds = wish.first..wish.first + wish.seeds;
    let mut played = futures_util::stream::iter(seeds.filter_map(|seed| Some((seed, fault(wish, seed)?))))
        .map(|(seed, fault)| async move { (seed, fault, run_seed(house, seed, fault, None).await) })
        .buffer_unordered(wish.at_once);
    let mut table: BTreeMap<Fault, Vec<Verdict>> = BTreeMap::new();
    let mut failed = 0_u32;
    while let Some((seed, fault, verdict)) = played.next().await {
        match verdict {
            Ok(verdict) => {
                failed += u32::from(!verdict.violations.is_empty());
                for violation in &verdict.violations {
                    say(format_args!("seed {seed} {}: {violation}", fault.name()))?;
                }
                if !verdict.violations.is_empty() {
                    say(format_args!("  again: {}", again(wish, seed, fault)))?;
                }
                table.entry(fault).or_default().push(verdict);
            }
            Err(error) => {
                failed += 1;
                say(format_args!("seed {seed} {} broke off: {error:#}", fault.name()))?;
            }
        }
    }
    show(&table, from.elapsed())?;
    say(format_args!("{} passed, {failed} failed", wish.seeds - u64::from(failed)))?;
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn again(wish: &Wish, seed: u64, fault: Fault) -> String {
    let engine = if wish.engine == Engine::Sqlite { "sqlite" } else { "postgres" };
    format!("cargo xtask chaos --engine {engine} --seed {seed} --faults {}", fault.name())
}

fn show(table: &BTreeMap<Fault, Vec<Verdict>>, took: Duration) -> Result<()> {
    say(format_args!(
        "\n{:<20} {:>5} {:>10} {:>6} {:>8} {:>8} {:>6} {:>5} {:>7} {:>6} {:>7}",
        "fault", "seeds", "violations", "deaths", "webhooks", "bookings", "sent", "lost", "doubled", "parked", "s/seed"
    ))?;
    let mut all = Vec::new();
    for (fault, verdicts) in table {
        row(fault.name(), verdicts)?;
        all.extend(verdicts.iter().cloned());
    }
    row("all", &all)?;
    say(format_args!("{:.0} s", took.as_secs_f64()))
}

fn row(name: &str, verdicts: &[Verdict]) -> Result<()> {
    let sum = |of: fn(&Verdict) -> usize| verdicts.iter().map(of).sum::<usize>();
    let seconds = verdicts.iter().map(|verdict| verdict.took.as_secs_f64()).sum::<f64>();
    let mean = verdicts.iter().map(|_| 1.0).sum::<f64>().max(1.0);
    say(format_args!(
        "{name:<20} {:>5} {:>10} {:>6} {:>8} {:>8} {:>6} {:>5} {:>7} {:>6} {:>7.1}",
        verdicts.len(),
        sum(|verdict| verdict.violations.len()),
        verdicts.iter().map(|verdict| verdict.deaths).sum::<u32>(),
        sum(|verdict| verdict.webhooks),
        verdicts.iter().map(|verdict| verdict.bookings).sum::<i64>(),
        sum(|verdict| verdict.sent),
        sum(|verdict| verdict.lost),
        sum(|verdict| verdict.doubled),
        sum(|verdict| verdict.parked),
        seconds / mean,
    ))
}

/// Every checker must catch what is broken for it, within a few seeds.
async fn prove(wish: &Wish, house: &House) -> Result<ExitCode> {
    let mut failed = 0_u32;
    let broken: Vec<Broken> = Broken::all().into_iter().filter(|broken| broken.is_for(wish.engine)).collect();
    let mut proofs = futures_util::stream::iter(broken.into_iter().enumerate())
        .map(|(place, broken)| async move {
            for attempt in 0..6 {
                let seed = 100_000 + u64::try_from(place).unwrap_or(0) * 10 + attempt;
                let verdict = run_seed(house, seed, broken.fault(), Some(broken)).await?;
                let caught = verdict.violations.iter().find(|violation| violation.starts_with(broken.invariant()));
                if let Some(caught) = caught {
                    return anyhow::Ok((broken, Some(caught.clone()), attempt + 1));
                }
            }
            Ok((broken, None, 6))
        })
        .buffer_unordered(wish.at_once);
    say(format_args!("{:<22} {:<4} {:<7} caught as", "broken on purpose", "by", "seeds"))?;
    let mut passed = 0_u32;
    while let Some(proof) = proofs.next().await {
        let (broken, caught, seeds) = proof?;
        let what = caught.unwrap_or_else(|| "NOT CAUGHT".to_owned());
        let line = format!("{:<22} {:<4} {seeds:<7} {what}", broken.name(), broken.invariant());
        if what == "NOT CAUGHT" {
            failed += 1
        } else {
            passed += 1
        }
        say(line)?;
    }
    say(format_args!("{passed} passed, {failed} failed"))?;
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
