//! Steps of a task: each announced, timed, and summed up in a table at the end.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::say;

/// Tests that ran.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        self.passed += more.passed;
        self.failed += more.failed;
    }
}

enum Outcome {
    Done,
    Counted(Counts),
    Skipped(String),
    Broke(String),
}

struct Row {
    name: &'static str,
    took: Duration,
    outcome: Outcome,
}

/// What was done so far.
#[derive(Default)]
pub(crate) struct Steps(Vec<Row>);

impl Steps {
    /// A step without which the rest makes no sense.
    pub(crate) fn must<T>(&mut self, name: &'static str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let (took, done) = timed(name, work)?;
        let outcome = done.as_ref().map_or_else(|error| Outcome::Broke(format!("{error:#}")), |_done| Outcome::Done);
        self.0.push(Row { name, took, outcome });
        done
    }

    /// A step whose failure is told, and counts, but stops nothing.
    pub(crate) fn attempt(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) -> Result<()> {
        let (took, done) = timed(name, work)?;
        let outcome = done.map_or_else(|error| Outcome::Broke(format!("{error:#}")), |()| Outcome::Done);
        self.0.push(Row { name, took, outcome });
        Ok(())
    }

    /// A step of tests.
    pub(crate) fn count(&mut self, name: &'static str, work: impl FnOnce() -> Result<Counts>) -> Result<()> {
        let (took, done) = timed(name, work)?;
        let outcome = done.map_or_else(|error| Outcome::Broke(format!("{error:#}")), Outcome::Counted);
        self.0.push(Row { name, took, outcome });
        Ok(())
    }

    /// Said aloud, because what was not run was not proven.
    pub(crate) fn skip(&mut self, name: &'static str, why: &str) -> Result<()> {
        say(format_args!("\n── {name}: SKIPPED, {why}"))?;
        self.0.push(Row { name, took: Duration::ZERO, outcome: Outcome::Skipped(why.to_owned()) });
        Ok(())
    }

    /// Tests of all steps; a step that broke off counts as one failure.
    pub(crate) fn counts(&self) -> Counts {
        let mut sum = Counts::default();
        for row in &self.0 {
            sum += match &row.outcome {
                Outcome::Counted(counts) => *counts,
                Outcome::Broke(_) => Counts { passed: 0, failed: 1 },
                Outcome::Done | Outcome::Skipped(_) => Counts::default(),
            };
        }
        sum
    }

    pub(crate) fn table(&self) -> Result<()> {
        say("")?;
        let wide = self.0.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
        for row in &self.0 {
            let outcome = match &row.outcome {
                Outcome::Done => "ok".to_owned(),
                Outcome::Counted(counts) => format!("{} passed, {} failed", counts.passed, counts.failed),
                Outcome::Skipped(why) => format!("SKIPPED: {why}"),
                Outcome::Broke(why) => format!("FAILED: {why}"),
            };
            say(format_args!("{:wide$}  {:>7.1} s  {outcome}", row.name, row.took.as_secs_f64()))?;
        }
        Ok(())
    }
}

fn timed<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<(Duration, Result<T>)> {
    say(format_args!("\n── {name}"))?;
    let from = Instant::now();
    let done = work();
    let took = from.elapsed();
    match &done {
        Ok(_) => say(format_args!("── {name}: {:.1} s", took.as_secs_f64()))?,
        Err(error) => say(format_args!("── {name}: FAILED after {:.1} s: {error:#}", took.as_secs_f64()))?,
    }
    Ok((took, done))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_breaks_off_counts_as_a_failure_and_stops_nothing() {
        let mut steps = Steps::default();
        steps.count("first", || anyhow::bail!("does not compile")).unwrap();
        steps.count("second", || Ok(Counts { passed: 3, failed: 1 })).unwrap();
        steps.skip("third", "no tool").unwrap();
        assert_eq!(steps.counts(), Counts { passed: 3, failed: 2 });
    }
}
