//! Limits of plans as the configuration sets them: `[plans.starter]`, then what differs from the default.

use std::{collections::BTreeMap, time::Duration};

use domain::plan::{Limits, Plan, Plans};
use serde::{Deserialize, Serialize};

/// What is set otherwise for a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlanLimits {
    pub cpu_ms: Option<u64>,
    pub wall_ms: Option<u64>,
    pub memory_bytes: Option<usize>,
    pub per_tenant: Option<usize>,
    pub host_calls: Option<u32>,
    pub host_bytes: Option<usize>,
    pub output_bytes: Option<usize>,
    pub log_lines: Option<u32>,
    pub memory_keys: Option<u32>,
    pub remembered_bytes: Option<u64>,
}

impl PlanLimits {
    fn over(&self, default: Limits) -> Limits {
        Limits {
            cpu: self.cpu_ms.map_or(default.cpu, Duration::from_millis),
            wall: self.wall_ms.map_or(default.wall, Duration::from_millis),
            memory_bytes: self.memory_bytes.unwrap_or(default.memory_bytes),
            per_tenant: self.per_tenant.unwrap_or(default.per_tenant).max(1),
            host_calls: self.host_calls.unwrap_or(default.host_calls),
            host_bytes: self.host_bytes.unwrap_or(default.host_bytes),
            output_bytes: self.output_bytes.unwrap_or(default.output_bytes),
            log_lines: self.log_lines.unwrap_or(default.log_lines),
            memory_keys: self.memory_keys.unwrap_or(default.memory_keys),
            remembered_bytes: self.remembered_bytes.unwrap_or(default.remembered_bytes),
        }
    }
}

/// The defaults with what the configuration sets otherwise.
pub(crate) fn plans(set: &BTreeMap<Plan, PlanLimits>) -> Plans {
    let mut plans = Plans::default();
    for (plan, limits) in set {
        plans.set(*plan, limits.over(plans.of(*plan)));
    }
    plans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_set_stays_as_it_is() {
        let set = toml::from_str("[starter]\nhost_calls = 7\ncpu_ms = 3").unwrap();
        let (plans, default) = (plans(&set), Plans::default());
        let expected = Limits { host_calls: 7, cpu: Duration::from_millis(3), ..default.of(Plan::Starter) };
        assert_eq!(plans.of(Plan::Starter), expected);
        assert_eq!(plans.of(Plan::Growth), default.of(Plan::Growth));
        assert!(toml::from_str::<BTreeMap<Plan, PlanLimits>>("[gold]\n").is_err());
    }
}
