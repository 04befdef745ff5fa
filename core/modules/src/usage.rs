//! What each tenant's calls of each module cost: processor time, memory, questions to the host.

use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use domain::{TenantId, vertical::Usage};
use nix::time::{ClockId, clock_gettime};

use crate::{host::lock, threads::Account};

/// Nanoseconds of processor time that this thread has had; the ticks of the wall would punish a busy machine.
fn thread_nanos() -> u64 {
    let Ok(time) = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID) else { return 0 };
    let seconds = u64::try_from(time.tv_sec()).unwrap_or(0);
    seconds.saturating_mul(1_000_000_000).saturating_add(u64::try_from(time.tv_nsec()).unwrap_or(0))
}

/// Counts the processor time of a future, whichever threads it is polled on.
#[derive(Debug, Default)]
pub(crate) struct Stopwatch {
    spent: AtomicU64,
    since: AtomicU64,
}

impl Stopwatch {
    /// So far, from inside of the future too.
    pub(crate) fn nanos(&self) -> u64 {
        let since = self.since.load(Ordering::Relaxed);
        let running = if since == 0 { 0 } else { thread_nanos().saturating_sub(since) };
        self.spent.load(Ordering::Relaxed).saturating_add(running)
    }

    fn start(&self) {
        self.since.store(thread_nanos().max(1), Ordering::Relaxed);
    }

    fn stop(&self) {
        let spent = self.nanos();
        self.since.store(0, Ordering::Relaxed);
        self.spent.store(spent, Ordering::Relaxed);
    }
}

/// A future under a [`Stopwatch`], which charges an account with each of its slices.
pub(crate) struct Timed<F> {
    work: Pin<Box<F>>,
    watch: Arc<Stopwatch>,
    account: Arc<Account>,
}

impl<F: Future> Timed<F> {
    pub(crate) fn new(work: F, watch: Arc<Stopwatch>, account: Arc<Account>) -> Self {
        Self { work: Box::pin(work), watch, account }
    }
}

impl<F: Future> Future for Timed<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let before = self.watch.nanos();
        self.watch.start();
        let polled = self.work.as_mut().poll(context);
        self.watch.stop();
        self.account.charge(self.watch.nanos().saturating_sub(before));
        polled
    }
}

/// One call, once it is over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spent {
    pub(crate) nanos: u64,
    pub(crate) host_calls: u32,
    pub(crate) host_bytes: usize,
    pub(crate) memory_bytes: usize,
    pub(crate) failed: bool,
}

/// Sums since they were last taken.
#[derive(Default)]
pub(crate) struct Meters(Mutex<BTreeMap<(TenantId, String, &'static str), Usage>>);

impl Meters {
    pub(crate) fn add(&self, tenant: TenantId, module: &str, function: &'static str, spent: Spent) {
        let mut sums = lock(&self.0);
        let sum = sums.entry((tenant, module.to_owned(), function)).or_insert_with(|| Usage {
            tenant,
            module: module.to_owned(),
            function: function.to_owned(),
            calls: 0,
            failures: 0,
            cpu_us: 0,
            host_calls: 0,
            host_bytes: 0,
            peak_memory_bytes: 0,
        });
        sum.calls += 1;
        sum.failures += u64::from(spent.failed);
        sum.cpu_us += spent.nanos / 1_000;
        sum.host_calls += u64::from(spent.host_calls);
        sum.host_bytes += u64::try_from(spent.host_bytes).unwrap_or(u64::MAX);
        sum.peak_memory_bytes = sum.peak_memory_bytes.max(u64::try_from(spent.memory_bytes).unwrap_or(u64::MAX));
    }

    pub(crate) fn take(&self) -> Vec<Usage> {
        std::mem::take(&mut *lock(&self.0)).into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn waiting_costs_nothing_and_working_does() {
        let (watch, account): (Arc<Stopwatch>, _) = (Arc::default(), Arc::new(Account::new()));
        let pause = tokio::time::sleep(std::time::Duration::from_millis(30));
        Timed::new(pause, Arc::clone(&watch), Arc::clone(&account)).await;
        assert!(watch.nanos() < 10_000_000, "{}", watch.nanos());
        let work = async {
            let from = thread_nanos();
            while thread_nanos() - from < 5_000_000 {}
        };
        Timed::new(work, Arc::clone(&watch), account).await;
        assert!(watch.nanos() >= 5_000_000, "{}", watch.nanos());
    }
}
