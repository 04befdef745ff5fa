//! `cargo xtask bench storm -- --rounds N`: 64 racers for one slot, round after round, on both engines. Then, a tenth as
//! often, random stretches, and chains taken in opposite order. A row tells who won, who was refused, deadlocks, and p50
//! and p99 of one racer's whole transaction, its wait for the others included. It ends with a failure when a round had
//! no winner or two; the time to hold, p99 of one slot under 50 ms, is told and left to whoever knows how busy the
//! machine is.
//!
//! Needs: PostgreSQL.

#[path = "../tests/it/desk.rs"]
#[expect(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "the tests' own small tenant, not all of it used here"
)]
mod desk;

use std::{
    io::Write,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use desk::Desk;
use domain::booking::Booking;
use store::{
    StoreError,
    bookings::{self, Placed},
};

const RACERS: usize = 64;
const TO_HOLD: Duration = Duration::from_millis(50);

#[derive(Default)]
struct Tally {
    won: u64,
    refused: u64,
    failed: u64,
    deadlocks: u64,
    times: Vec<Duration>,
}

fn main() -> Result<()> {
    let mut rounds = 2_000;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--rounds" => rounds = arguments.next().context("--rounds needs a number")?.parse()?,
            other => bail!("{other} is not understood; there is --rounds N"),
        }
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(both(rounds))
}

async fn both(rounds: u32) -> Result<()> {
    let few = rounds.div_ceil(10);
    writeln!(
        std::io::stdout(),
        "{:<9} {:<24} {:>6} {:>6} {:>8} {:>9} {:>9} {:>9}",
        "engine",
        "64 racers for",
        "rounds",
        "won",
        "refused",
        "deadlocks",
        "p50 ms",
        "p99 ms"
    )?;
    for engine in ["sqlite", "postgres"] {
        let desk = if engine == "sqlite" { Desk::sqlite().await } else { Desk::postgres().await };
        let tally = storm(&desk, rounds, |_, round| vec![(0, round * 60, 45)]).await?;
        tell(engine, "one slot", rounds, &tally)?;
        ensure!(tally.won == u64::from(rounds), "a round had no winner, or two");
        let tally = storm(&desk, few, |racer, round| {
            let from = 20_000_000 + round * 600 + (racer.wrapping_mul(37) % 16) * 15;
            vec![(1, from, if racer % 3 == 0 { 30 } else { 45 })]
        })
        .await?;
        tell(engine, "random stretches", few, &tally)?;
        let tally = storm(&desk, few, |racer, round| {
            let at = 40_000_000 + round * 120;
            let mut chain = vec![(0, at, 30), (1, at + 30, 30), (2, at + 60, 30)];
            if racer % 2 == 1 {
                chain.reverse();
            }
            chain
        })
        .await?;
        tell(engine, "chains, opposite order", few, &tally)?;
        ensure!(tally.won == u64::from(few), "a chain was half taken, or twice");
    }
    Ok(())
}

async fn storm(desk: &Desk, rounds: u32, wish: impl Fn(i64, i64) -> Vec<(usize, i64, u32)>) -> Result<Tally> {
    let mut tally = Tally::default();
    for round in 0..i64::from(rounds) {
        let racers: Vec<Booking> = (0..i64::try_from(RACERS)?).map(|racer| desk.chain(&wish(racer, round))).collect();
        let mut tasks = tokio::task::JoinSet::new();
        for booking in racers {
            let (store, tenant) = (desk.store.clone(), desk.tenant);
            tasks.spawn(async move {
                let started = Instant::now();
                let placed = async {
                    let mut tx = store.write(tenant).await?;
                    let placed = bookings::place(&mut tx, &booking).await?;
                    tx.commit().await?;
                    Ok::<_, StoreError>(placed)
                };
                (placed.await, started.elapsed())
            });
        }
        while let Some(done) = tasks.join_next().await {
            let (placed, time) = done?;
            tally.times.push(time);
            match placed {
                Ok(Placed::Done(_)) => tally.won += 1,
                Ok(Placed::Taken) => tally.refused += 1,
                Ok(Placed::Refused) => tally.failed += 1,
                Err(error) => {
                    tally.failed += 1;
                    tally.deadlocks += u64::from(format!("{error:?}").contains("40P01"));
                }
            }
        }
    }
    tally.times.sort_unstable();
    ensure!(tally.failed == 0, "{} failed, {} of them deadlocks", tally.failed, tally.deadlocks);
    Ok(tally)
}

fn tell(engine: &str, what: &str, rounds: u32, tally: &Tally) -> Result<()> {
    let at = |percent: usize| {
        let place = (tally.times.len() * percent / 100).min(tally.times.len().saturating_sub(1));
        tally.times.get(place).copied().unwrap_or_default()
    };
    let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
    let over = if what == "one slot" && at(99) > TO_HOLD { "  over the 50 ms to hold" } else { "" };
    writeln!(
        std::io::stdout(),
        "{engine:<9} {what:<24} {rounds:>6} {:>6} {:>8} {:>9} {:>9.1} {:>9.1}{over}",
        tally.won,
        tally.refused,
        tally.deadlocks,
        ms(at(50)),
        ms(at(99))
    )?;
    Ok(())
}
