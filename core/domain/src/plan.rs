//! What a tenant pays for, and what its module calls may use for it; those of one turn share their time, see
//! [`Allowance`](crate::vertical::Allowance).
//!
//! The limits here are the defaults; the platform's configuration may set any of them otherwise for a plan.

use std::{collections::BTreeMap, fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    Starter,
    #[default]
    Growth,
    Enterprise,
}

/// The text names no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a plan; plans are starter, growth and enterprise")]
pub struct NoPlan(String);

impl Plan {
    pub const ALL: [Self; 3] = [Self::Starter, Self::Growth, Self::Enterprise];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Starter => "starter",
            Self::Growth => "growth",
            Self::Enterprise => "enterprise",
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Plan {
    type Err = NoPlan;

    fn from_str(text: &str) -> Result<Self, NoPlan> {
        Self::ALL.into_iter().find(|plan| plan.as_str() == text).ok_or_else(|| NoPlan(text.to_owned()))
    }
}

/// What one call of a module may use, and what a module may remember for a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Processor time of a price or a verdict, and of all calls of one turn together; other functions have a multiple of it
    /// outside of turns.
    pub cpu: Duration,
    /// By the wall, waiting for the host included; again for all calls of one turn together.
    pub wall: Duration,
    /// All linear memories together.
    pub memory_bytes: usize,
    /// Calls of one tenant at the same time; more wait, then are refused.
    pub per_tenant: usize,
    /// Questions to the host.
    pub host_calls: u32,
    /// Bytes that go to the host and come back with all of them together.
    pub host_bytes: usize,
    /// Bytes that the module hands over at once, as its answer or with a question.
    pub output_bytes: usize,
    pub log_lines: u32,
    /// What it remembers for a tenant: keys, and bytes of keys and values together.
    pub memory_keys: u32,
    pub remembered_bytes: u64,
}

impl Default for Limits {
    /// Those of the middle plan: a thousandfold margin over what an honest call uses, a hundredfold over its turn.
    fn default() -> Self {
        Self {
            cpu: Duration::from_millis(50),
            wall: Duration::from_secs(2),
            memory_bytes: 32 << 20,
            per_tenant: 4,
            host_calls: 256,
            host_bytes: 4 << 20,
            output_bytes: 1 << 20,
            log_lines: 64,
            memory_keys: 1_000,
            remembered_bytes: 1 << 20,
        }
    }
}

/// The limits of each plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plans(BTreeMap<Plan, Limits>);

impl Default for Plans {
    fn default() -> Self {
        let growth = Limits::default();
        let starter = Limits {
            cpu: Duration::from_millis(25),
            wall: Duration::from_secs(1),
            memory_bytes: 16 << 20,
            per_tenant: 2,
            host_calls: 128,
            host_bytes: 1 << 20,
            output_bytes: 512 << 10,
            log_lines: 32,
            memory_keys: 200,
            remembered_bytes: 256 << 10,
        };
        let enterprise = Limits {
            memory_bytes: 64 << 20,
            per_tenant: 8,
            host_calls: 1_024,
            host_bytes: 16 << 20,
            log_lines: 256,
            memory_keys: 10_000,
            remembered_bytes: 16 << 20,
            ..growth
        };
        Self([(Plan::Starter, starter), (Plan::Growth, growth), (Plan::Enterprise, enterprise)].into())
    }
}

impl Plans {
    pub fn of(&self, plan: Plan) -> Limits {
        self.0.get(&plan).copied().unwrap_or_default()
    }

    pub fn set(&mut self, plan: Plan, limits: Limits) {
        self.0.insert(plan, limits);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_larger_plan_has_no_smaller_limit() {
        let plans = Plans::default();
        let figures = |plan| {
            let limits = plans.of(plan);
            let sizes = [limits.memory_bytes, limits.per_tenant, limits.host_bytes, limits.output_bytes];
            let counts = [limits.host_calls, limits.log_lines, limits.memory_keys];
            (sizes, counts, limits.remembered_bytes, [limits.cpu, limits.wall])
        };
        for (smaller, larger) in Plan::ALL.into_iter().zip(Plan::ALL.into_iter().skip(1)) {
            let ((sizes, counts, kept, times), (more_sizes, more_counts, more_kept, more_times)) =
                (figures(smaller), figures(larger));
            assert!(sizes.iter().zip(more_sizes).all(|(less, more)| *less <= more), "{larger}");
            assert!(counts.iter().zip(more_counts).all(|(less, more)| *less <= more) && kept < more_kept, "{larger}");
            assert!(times.iter().zip(more_times).all(|(less, more)| *less <= more), "{larger}");
        }
        assert_eq!(plans.of(Plan::default()), Limits::default());
        assert!("gold".parse::<Plan>().unwrap_err().to_string().contains("starter, growth and enterprise"));
    }
}
