//! Thousands of deaths: nodes are killed as often as they come up, while people write, and every message is counted.

use std::time::{Duration, Instant};

use anyhow::Result;
use futures_util::StreamExt;
use testkit::chaos::{Engine, House, Tally, Trial, Verdict, play};

use crate::{say, wish::Wish};

/// So long each database is killed on; then it comes to rest and is judged.
const STORM: Duration = Duration::from_secs(25);
/// So far apart lie the seeds of the two providers: databases that were left in the middle are still there.
const APART: u64 = 100_000;

/// The provider that echoes our ids, then the one that does not.
pub(crate) async fn play_all(wish: &Wish, engine: Engine, house: &House) -> Result<(u64, u64)> {
    let (mut passed, mut failed) = (0, 0);
    for echo in [true, false] {
        let from = Instant::now();
        let verdicts = until_enough(wish, engine, house, echo).await?;
        let bad = verdicts.iter().filter(|verdict| !verdict.violations.is_empty()).count();
        failed += u64::try_from(bad).unwrap_or(u64::MAX);
        passed += u64::try_from(verdicts.len() - bad).unwrap_or(u64::MAX);
        tell(engine, echo, &verdicts, from.elapsed())?;
    }
    Ok((passed, failed))
}

async fn until_enough(wish: &Wish, engine: Engine, house: &House, echo: bool) -> Result<Vec<Verdict>> {
    let first = if echo { wish.first } else { wish.first + APART };
    let mut seeds = futures_util::stream::iter(first..)
        .map(|seed| async move { (seed, play(house, Trial::of_kills(seed, echo, STORM)).await) })
        .buffer_unordered(wish.at_once);
    let mut verdicts: Vec<Verdict> = Vec::new();
    // Databases that are being played when it is enough are not counted.
    while verdicts.iter().map(|verdict| verdict.deaths).sum::<u32>() < wish.kills {
        let Some((seed, verdict)) = seeds.next().await else { break };
        let verdict = verdict?;
        for violation in &verdict.violations {
            say(format_args!("seed {seed} on {}, echo {echo}: {violation}", engine.name()))?;
        }
        verdicts.push(verdict);
    }
    Ok(verdicts)
}

fn tell(engine: Engine, echo: bool, verdicts: &[Verdict], took: Duration) -> Result<()> {
    let sum = |of: fn(&Verdict) -> u32| verdicts.iter().map(of).sum::<u32>();
    let kills = sum(|verdict| verdict.deaths);
    say(format_args!(
        "{}, provider {} echo: {kills} kills ({} at failpoints) on {} databases in {:.0} s, {:.1} kills/s; {} webhooks accepted, {} bookings, {} violations",
        engine.name(),
        if echo { "with" } else { "without" },
        sum(|verdict| verdict.at_failpoints),
        verdicts.len(),
        took.as_secs_f64(),
        f64::from(kills) / took.as_secs_f64(),
        verdicts.iter().map(|verdict| verdict.accepted).sum::<usize>(),
        verdicts.iter().map(|verdict| verdict.bookings).sum::<i64>(),
        verdicts.iter().map(|verdict| verdict.violations.len()).sum::<usize>(),
    ))?;
    let (mut never_lost, mut never_doubled) = (Tally::default(), Tally::default());
    for verdict in verdicts {
        never_lost += verdict.never_lost;
        never_doubled += verdict.never_doubled;
    }
    for (class, tally) in [("never lost", never_lost), ("never doubled", never_doubled)] {
        say(format_args!(
            "  {class:<14} {:>6} messages, {:>6} sent, {:>4} lost, {:>4} doubled, {:>4} parked",
            tally.messages, tally.sent, tally.lost, tally.doubled, tally.parked
        ))?;
    }
    Ok(())
}
