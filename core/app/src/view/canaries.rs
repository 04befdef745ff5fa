//! Canaries as an admin sees them.

use domain::{
    CanaryId,
    canary::{CanaryState, Figures, Side, Standing},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A release tried on a share of its tenants, and what was watched until now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CanaryView {
    pub id: CanaryId,
    pub module: String,
    pub version: String,
    pub digest: String,
    pub percent: u8,
    pub state: CanaryState,
    /// The rule stopped it, nobody asked for it.
    pub by_rule: bool,
    pub started_at: Timestamp,
    pub started_by: String,
    pub ended_at: Option<Timestamp>,
    pub ended_by: Option<String>,
    pub reason: Option<String>,
    pub new: SideView,
    pub old: SideView,
    pub tenants: Vec<CanaryTenant>,
}

impl CanaryView {
    /// How many tenants stand on this side.
    pub fn count(&self, side: Side) -> usize {
        self.tenants.iter().filter(|tenant| tenant.side == side).count()
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SideView {
    pub figures: Figures,
    /// Of a hundred calls, ninety-nine took no longer than this.
    pub p99_us: Option<u64>,
}

impl From<Figures> for SideView {
    fn from(figures: Figures) -> Self {
        Self { p99_us: figures.p99_us(), figures }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CanaryTenant {
    pub slug: String,
    pub side: Side,
    pub standing: Standing,
    pub note: String,
}
