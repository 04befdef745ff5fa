//! What the calls of one turn may use together.

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::plan::Limits;

/// A customer waits for a turn, so all its calls together have what a price may use: its processor time, and its time
/// by the clock. A call that ran past its time was the last: asked again, the module would keep the customer waiting as long.
#[derive(Debug, Default)]
pub struct Allowance {
    cpu_nanos: AtomicU64,
    wall_nanos: AtomicU64,
    ended: AtomicBool,
    place: OnceLock<(u32, u64)>,
}

impl Allowance {
    /// Processor time and time by the clock for the next call; none when there is nothing left of one of them.
    pub fn left(&self, limits: &Limits) -> Option<(Duration, Duration)> {
        let left = |of: Duration, spent: &AtomicU64| {
            let left = of.saturating_sub(Duration::from_nanos(spent.load(Ordering::Relaxed)));
            (!left.is_zero()).then_some(left)
        };
        if self.ended.load(Ordering::Relaxed) {
            return None;
        }
        Some((left(limits.cpu, &self.cpu_nanos)?, left(limits.wall, &self.wall_nanos)?))
    }

    /// A call had so much of the processor.
    pub fn spend(&self, cpu: Duration) {
        add(&self.cpu_nanos, cpu);
    }

    /// The turn waited so long for a call.
    pub fn wait(&self, wall: Duration) {
        add(&self.wall_nanos, wall);
    }

    /// A call ran past its time.
    pub fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }

    /// Where the turn stands among those that wait: where it stood when it first had to.
    pub fn place(&self, first: impl FnOnce() -> (u32, u64)) -> (u32, u64) {
        *self.place.get_or_init(first)
    }
}

fn add(sum: &AtomicU64, more: Duration) {
    sum.fetch_add(u64::try_from(more.as_nanos()).unwrap_or(u64::MAX / 2), Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn calls_share_the_time_of_one() {
        let (limits, allowance) = (Limits::default(), Allowance::default());
        assert_eq!(allowance.left(&limits), Some((50 * MS, 2_000 * MS)));
        allowance.spend(30 * MS);
        allowance.wait(500 * MS);
        assert_eq!(allowance.left(&limits), Some((20 * MS, 1_500 * MS)));
        allowance.spend(80 * MS);
        assert_eq!(allowance.left(&limits), None);
        let waited = Allowance::default();
        waited.wait(2_001 * MS);
        assert_eq!(waited.left(&limits), None);
    }

    #[test]
    fn a_call_past_its_time_was_the_last() {
        let allowance = Allowance::default();
        allowance.end();
        assert_eq!(allowance.left(&Limits::default()), None);
    }

    #[test]
    fn a_turn_stands_where_it_first_stood() {
        let allowance = Allowance::default();
        assert_eq!(allowance.place(|| (1, 4)), (1, 4));
        assert_eq!(allowance.place(|| (0, 5)), (1, 4));
    }
}
