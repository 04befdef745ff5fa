//! `cargo xtask chaos`: plays seeds and prints faults × seeds × violations. What can be asked for is in `wish`.

mod kills;
mod table;
mod wish;

use std::{io::Write, process::ExitCode, time::Instant};

use anyhow::{Context, Result};
use futures_util::StreamExt;
use testkit::chaos::{Broken, Engine, Fault, House, Trial, play, synced_before_answered};

use table::Table;
use wish::Wish;

fn say(line: impl std::fmt::Display) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}")?;
    Ok(stdout.flush()?)
}

fn main() -> Result<ExitCode> {
    let wish = wish::read(std::env::args().skip(1))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let failed = runtime.block_on(async {
        let (mut passed, mut failed, mut table) = (0, 0, Table::default());
        let from = Instant::now();
        for engine in &wish.engines {
            let house = House::build(*engine, wish.binary.clone()).await.context("the house cannot be built")?;
            let (well, badly) = if wish.trace {
                trace(&house).await?
            } else if wish.broken {
                prove(&wish, *engine, &house).await?
            } else if wish.kills > 0 {
                kills::play_all(&wish, *engine, &house).await?
            } else {
                storm(&wish, *engine, &house, &mut table).await?
            };
            passed += well;
            failed += badly;
        }
        table.show()?;
        say(format_args!("{:.0} s", from.elapsed().as_secs_f64()))?;
        say(format_args!("{passed} passed, {failed} failed"))?;
        anyhow::Ok(failed)
    })?;
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn trace(house: &House) -> Result<(u64, u64)> {
    for line in synced_before_answered(house).await? {
        say(line)?;
    }
    Ok((1, 0))
}

/// The fault of a seed: seeds go round the faults, so that a seed alone names its plan.
fn fault(faults: &[Fault], seed: u64) -> Option<Fault> {
    let place = seed.checked_rem(u64::try_from(faults.len()).unwrap_or(1)).unwrap_or(0);
    faults.get(usize::try_from(place).unwrap_or(0)).copied()
}

async fn storm(wish: &Wish, engine: Engine, house: &House, table: &mut Table) -> Result<(u64, u64)> {
    let faults: Vec<Fault> = wish.faults.iter().copied().filter(|fault| fault.is_for(engine)).collect();
    let seeds = wish.first..wish.first + wish.seeds;
    let trials = seeds.filter_map(|seed| Some(Trial::of(fault(&faults, seed)?, seed)));
    let (timed, others): (Vec<Trial>, Vec<Trial>) = trials.partition(|trial| trial.fault.by_the_clock());
    // What six at once take from each other would be blamed on the fault.
    let played = |trials: Vec<Trial>, at_once| {
        let playing = |trial| async move { (trial, play(house, trial).await) };
        futures_util::stream::iter(trials).map(playing).buffer_unordered(at_once)
    };
    let mut played = std::pin::pin!(played(others, wish.at_once).chain(played(timed, 1)));
    let (mut passed, mut failed) = (0, 0);
    while let Some((Trial { seed, fault, .. }, verdict)) = played.next().await {
        let again = format!("cargo xtask chaos --engine {} --seed {seed} --faults {}", engine.name(), fault.name());
        match verdict {
            Ok(verdict) if verdict.violations.is_empty() => {
                passed += 1;
                table.add(engine, fault, verdict);
            }
            Ok(verdict) => {
                failed += 1;
                for violation in &verdict.violations {
                    say(format_args!("seed {seed} {}: {violation}", fault.name()))?;
                }
                say(format_args!("  again: {again}"))?;
                table.add(engine, fault, verdict);
            }
            Err(error) => {
                failed += 1;
                say(format_args!("seed {seed} {} broke off: {error:#}\n  again: {again}", fault.name()))?;
            }
        }
    }
    Ok((passed, failed))
}

/// Every checker must catch what is broken for it, within a few seeds.
async fn prove(wish: &Wish, engine: Engine, house: &House) -> Result<(u64, u64)> {
    let broken: Vec<Broken> = Broken::all().into_iter().filter(|broken| broken.is_for(engine)).collect();
    let mut proofs = futures_util::stream::iter(broken.into_iter().enumerate())
        .map(|(place, broken)| async move {
            for attempt in 0..6 {
                let seed = 100_000 + u64::try_from(place).unwrap_or(0) * 10 + attempt;
                let verdict = play(house, Trial::of_broken(broken, seed)).await?;
                let caught = verdict.violations.iter().find(|violation| violation.starts_with(broken.invariant()));
                if let Some(caught) = caught {
                    return anyhow::Ok((broken, Some(caught.clone()), attempt + 1));
                }
            }
            Ok((broken, None, 6))
        })
        .buffer_unordered(wish.at_once);
    say(format_args!("{:<22} {:<4} {:<7} caught as, on {}", "broken on purpose", "by", "seeds", engine.name()))?;
    let (mut passed, mut failed) = (0, 0);
    while let Some(proof) = proofs.next().await {
        let (broken, caught, seeds) = proof?;
        let (found, tally) = match &caught {
            Some(what) => (what.as_str(), &mut passed),
            None => ("NOT CAUGHT", &mut failed),
        };
        *tally += 1;
        say(format_args!("{:<22} {:<4} {seeds:<7} {found}", broken.name(), broken.invariant()))?;
    }
    Ok((passed, failed))
}
