//! A release tried on a share of its tenants: who takes part, what is watched, and how it ends.
//!
//! Figures are plain sums, so that nodes add theirs up in whatever order; times are kept in steps, fine enough to tell
//! a release that has become twice as slow. When a canary stops by itself is decided in `app`.

use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{CanaryId, ReleaseId};

/// How far a canary is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CanaryState {
    Running,
    /// Tenants are going back to what they had.
    Stopping,
    Stopped,
    /// Tenants that had stayed behind are following.
    Promoting,
    Promoted,
}

impl CanaryState {
    pub const ALL: [Self; 5] = [Self::Running, Self::Stopping, Self::Stopped, Self::Promoting, Self::Promoted];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::Promoting => "promoting",
            Self::Promoted => "promoted",
        }
    }

    /// Whether anything of it is still to be done or decided.
    pub fn is_open(self) -> bool {
        match self {
            Self::Running | Self::Stopping | Self::Promoting => true,
            Self::Stopped | Self::Promoted => false,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canary {
    pub id: CanaryId,
    pub module: String,
    pub release: ReleaseId,
    /// Of the release that is tried.
    pub digest: String,
    pub version: String,
    pub percent: u8,
    pub state: CanaryState,
    pub started_at: Timestamp,
    pub started_by: String,
    pub ended_at: Option<Timestamp>,
    pub ended_by: Option<String>,
    pub reason: Option<String>,
}

/// Whom a canary stops on behalf of: nobody asked, the rule did it.
pub const BY_RULE: &str = "rule";

/// Which part a tenant has in a canary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Tries the new release.
    New,
    /// Stays on the old one and is compared with.
    Old,
    /// Is left alone and not watched.
    Pinned,
}

impl Side {
    pub const ALL: [Self; 3] = [Self::New, Self::Old, Self::Pinned];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Old => "old",
            Self::Pinned => "pinned",
        }
    }
}

/// Where a tenant stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Is to be switched.
    Waiting,
    /// Runs the new release.
    On,
    /// Could not be switched; the note says why.
    Refused,
    /// Is back on what it had.
    Back,
    /// Somebody else switched it meanwhile: it is left as it is.
    Left,
    /// Was never to be switched.
    Rest,
}

impl Standing {
    pub const ALL: [Self; 6] = [Self::Waiting, Self::On, Self::Refused, Self::Back, Self::Left, Self::Rest];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::On => "on",
            Self::Refused => "refused",
            Self::Back => "back",
            Self::Left => "left",
            Self::Rest => "rest",
        }
    }
}

/// Upper ends of the steps in which times of calls are counted, in microseconds; each about √2 of the one before.
const STEPS_US: [u64; 24] = [
    1_000, 1_400, 2_000, 2_800, 4_000, 5_600, 8_000, 11_000, 16_000, 22_000, 32_000, 45_000, 64_000, 90_000, 128_000,
    180_000, 256_000, 360_000, 512_000, 720_000, 1_024_000, 1_450_000, 2_048_000, 4_096_000,
];
const WITHIN: &str = "within_us_";

/// What is watched of one side.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    pub calls: u64,
    pub traps: u64,
    /// Calls that ran out of time.
    pub timeouts: u64,
    /// Calls stopped by another limit, or answered with something that cannot be used.
    pub unusable: u64,
    /// Bookings judged, and those refused.
    pub judged: u64,
    pub refused: u64,
    pub turns: u64,
    /// Turns in which core answered without the module.
    pub fallbacks: u64,
    /// Turns that ended with a person.
    pub hand_overs: u64,
    /// Calls by the step that their time falls in.
    pub times: BTreeMap<u64, u64>,
}

impl Figures {
    pub fn took(&mut self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let last = STEPS_US.last().copied().unwrap_or_default();
        let step = STEPS_US.into_iter().find(|step| micros <= *step).unwrap_or(last);
        *self.times.entry(step).or_default() += 1;
    }

    /// Calls that failed, however.
    pub fn failures(&self) -> u64 {
        self.traps + self.timeouts + self.unusable
    }

    /// Of a hundred calls, ninety-nine took no longer than this; `None` without calls.
    pub fn p99_us(&self) -> Option<u64> {
        let all: u64 = self.times.values().sum();
        let mut left = all - all / 100;
        self.times
            .iter()
            .find(|(_, count)| {
                left = left.saturating_sub(**count);
                left == 0
            })
            .filter(|_| all > 0)
            .map(|(step, _)| *step)
    }

    /// Every figure that is not zero, by the name it is kept under.
    pub fn named(&self) -> Vec<(String, u64)> {
        let mut copy = self.clone();
        let counts = copy.counts().map(|(name, count)| (name.to_owned(), *count));
        let times = self.times.iter().map(|(step, count)| (format!("{WITHIN}{step}"), *count));
        counts.into_iter().chain(times).filter(|(_, count)| *count > 0).collect()
    }

    /// Adds to the figure of this name; what a newer node watches and this one does not know is passed over.
    pub fn add(&mut self, name: &str, amount: u64) {
        if let Some(step) = name.strip_prefix(WITHIN).and_then(|step| step.parse().ok()) {
            *self.times.entry(step).or_default() += amount;
        } else if let Some((_, count)) = self.counts().into_iter().find(|(known, _)| *known == name) {
            *count += amount;
        }
    }

    fn counts(&mut self) -> [(&'static str, &mut u64); 9] {
        [
            ("calls", &mut self.calls),
            ("traps", &mut self.traps),
            ("timeouts", &mut self.timeouts),
            ("unusable", &mut self.unusable),
            ("judged", &mut self.judged),
            ("refused", &mut self.refused),
            ("turns", &mut self.turns),
            ("fallbacks", &mut self.fallbacks),
            ("hand_overs", &mut self.hand_overs),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_back_what_they_name() {
        let mut figures = Figures { calls: 3, traps: 1, turns: 2, ..Figures::default() };
        figures.took(Duration::from_micros(900));
        figures.took(Duration::from_millis(10));
        figures.took(Duration::from_secs(60));
        let mut again = Figures::default();
        for (name, amount) in figures.named() {
            again.add(&name, amount);
        }
        again.add("of a later version", 7);
        assert_eq!(again, figures);
        assert_eq!(figures.times, BTreeMap::from([(1_000, 1), (11_000, 1), (4_096_000, 1)]));
    }

    #[test]
    fn the_slowest_of_a_hundred_does_not_count_and_the_second_slowest_does() {
        let of = |fast: u64, slow: u64| Figures { times: [(1_000, fast), (90_000, slow)].into(), ..Figures::default() };
        assert_eq!(of(99, 1).p99_us(), Some(1_000));
        assert_eq!(of(98, 2).p99_us(), Some(90_000));
        assert_eq!(of(0, 1).p99_us(), Some(90_000));
        assert_eq!(Figures::default().p99_us(), None);
    }
}
