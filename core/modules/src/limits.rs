//! The counters that hold a call to what it may use: see [`Limits`].

use std::time::Duration;

use domain::plan::Limits;
use wasmtime::{ResourceLimiter, StoreLimits, StoreLimitsBuilder};

/// Of the epoch: how often a running guest is looked at.
pub(crate) const TICK: Duration = Duration::from_millis(5);

/// What one component may consist of.
pub(crate) const CORES: usize = 20;
pub(crate) const MEMORIES: usize = 4;
pub(crate) const TABLES: usize = 8;
pub(crate) const TABLE_ELEMENTS: usize = 20_000;

/// Processor time of one call of `function`, of which a turn may leave it less. Customers wait for prices; nobody waits
/// for a migration.
pub(crate) fn cpu(limits: &Limits, function: &str) -> Duration {
    let times = match function {
        "quote" | "review" => 1,
        "call-tool" | "step" => 2,
        "migrate" => 20,
        _ => 4,
    };
    limits.cpu.saturating_mul(times)
}

/// Sums memories: wasmtime's own limiter counts each by itself.
pub(crate) struct Meter {
    inner: StoreLimits,
    most: usize,
    used: usize,
}

impl Meter {
    pub(crate) fn new(limits: &Limits) -> Self {
        let inner = StoreLimitsBuilder::new()
            .memories(MEMORIES)
            .tables(TABLES)
            .table_elements(TABLE_ELEMENTS)
            .instances(CORES)
            .memory_size(limits.memory_bytes)
            .build();
        Self { inner, most: limits.memory_bytes, used: 0 }
    }

    /// Bytes of all memories; they only ever grow.
    pub(crate) fn used(&self) -> usize {
        self.used
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        let after = self.used.saturating_add(desired.saturating_sub(current));
        if after > self.most || !self.inner.memory_growing(current, desired, maximum)? {
            return Ok(false);
        }
        self.used = after;
        Ok(true)
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        self.inner.table_growing(current, desired, maximum)
    }

    fn instances(&self) -> usize {
        self.inner.instances()
    }

    fn tables(&self) -> usize {
        self.inner.tables()
    }

    fn memories(&self) -> usize {
        self.inner.memories()
    }
}
