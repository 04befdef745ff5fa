//! Faults × seeds × violations, one line to a fault, both engines beside each other.

use std::{collections::BTreeMap, time::Duration};

use anyhow::Result;
use testkit::chaos::{Answers, Engine, Fault, Verdict, percentile};

use crate::say;

#[derive(Default)]
pub(crate) struct Table(BTreeMap<Fault, Vec<(Engine, Verdict)>>);

impl Table {
    pub(crate) fn add(&mut self, engine: Engine, fault: Fault, verdict: Verdict) {
        self.0.entry(fault).or_default().push((engine, verdict));
    }

    pub(crate) fn show(&self) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        say(format_args!("{:<20} {:^15} {:^15}", "", "SQLite", "PostgreSQL"))?;
        say(format_args!(
            "{:<20} {:>7} {:>7} {:>7} {:>7} {:>7} {:>8} {:>8} {:>6} {:>5} {:>7} {:>6} {:>7}",
            "fault",
            "seeds",
            "viol.",
            "seeds",
            "viol.",
            "deaths",
            "webhooks",
            "bookings",
            "sent",
            "lost",
            "doubled",
            "parked",
            "s/seed"
        ))?;
        let mut all = Vec::new();
        for (fault, verdicts) in &self.0 {
            row(fault.name(), verdicts)?;
            all.extend(verdicts.iter().cloned());
        }
        row("all", &all)?;
        for (fault, verdicts) in &self.0 {
            answers(*fault, verdicts)?;
        }
        Ok(())
    }
}

fn row(name: &str, verdicts: &[(Engine, Verdict)]) -> Result<()> {
    let on = |engine: Engine| verdicts.iter().filter(move |(other, _)| *other == engine).map(|(_, verdict)| verdict);
    let violations = |engine| on(engine).map(|verdict| verdict.violations.len()).sum::<usize>();
    let sum = |of: fn(&Verdict) -> usize| verdicts.iter().map(|(_, verdict)| of(verdict)).sum::<usize>();
    let seconds = verdicts.iter().map(|(_, verdict)| verdict.took.as_secs_f64()).sum::<f64>();
    say(format_args!(
        "{name:<20} {:>7} {:>7} {:>7} {:>7} {:>7} {:>8} {:>8} {:>6} {:>5} {:>7} {:>6} {:>7.1}",
        on(Engine::Sqlite).count(),
        violations(Engine::Sqlite),
        on(Engine::Postgres).count(),
        violations(Engine::Postgres),
        verdicts.iter().map(|(_, verdict)| verdict.deaths).sum::<u32>(),
        sum(|verdict| verdict.webhooks),
        verdicts.iter().map(|(_, verdict)| verdict.bookings).sum::<i64>(),
        sum(|verdict| verdict.both().sent),
        sum(|verdict| verdict.both().lost),
        sum(|verdict| verdict.both().doubled),
        sum(|verdict| verdict.both().parked),
        seconds / verdicts.iter().map(|_| 1.0).sum::<f64>().max(1.0),
    ))
}

/// How long people waited, for faults that are about that.
fn answers(fault: Fault, verdicts: &[(Engine, Verdict)]) -> Result<()> {
    let mut all = Answers::default();
    verdicts.iter().for_each(|(_, verdict)| all.extend(&verdict.answers));
    let words = if fault == Fault::Doorbell {
        ["with NATS", "without", "with it again"]
    } else if fault == Fault::Noise {
        ["alone", "behind 50,000", "after"]
    } else {
        return Ok(());
    };
    let [before, during, after] = words;
    let told = [(before, &all.before), (during, &all.during), (after, &all.after)].map(|(when, times)| {
        let at = |percent| percentile(times, percent).as_ref().map_or(0, Duration::as_millis);
        format!("{when} {} answers, p50 {} ms, p95 {} ms, slowest {} ms", times.len(), at(50), at(95), at(100))
    });
    say(format_args!("{}: {}", fault.name(), told.join("; ")))
}
