//! What module calls cost, from when it was counted until it is written down.
//!
//! Invariant: what was counted is written or still owed, also where writing fails or is broken off.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use domain::{TenantId, vertical::Usage};

use crate::{App, desk::lock, view::AppError};

/// Sums by tenant that are not written yet.
#[derive(Default)]
pub(crate) struct Costs {
    owed: Mutex<BTreeMap<TenantId, Vec<Usage>>>,
}

impl Costs {
    pub(crate) fn owe(&self, usage: impl IntoIterator<Item = Usage>) {
        let mut owed = lock(&self.owed);
        for new in usage {
            let sums = owed.entry(new.tenant).or_default();
            let same = |sum: &&mut Usage| sum.module == new.module && sum.function == new.function;
            match sums.iter_mut().find(same) {
                Some(sum) => sum.add(&new),
                None => sums.push(new),
            }
        }
    }

    fn tenants(&self) -> Vec<TenantId> {
        lock(&self.owed).keys().copied().collect()
    }

    /// To be written: nobody else has them meanwhile.
    fn take(self: &Arc<Self>, tenant: TenantId) -> Taken {
        let usage = lock(&self.owed).remove(&tenant).unwrap_or_default();
        Taken { costs: Arc::clone(self), usage }
    }
}

/// One tenant's sums while they are written; owed again unless they were.
struct Taken {
    costs: Arc<Costs>,
    usage: Vec<Usage>,
}

impl Taken {
    fn written(mut self) {
        self.usage.clear();
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.costs.owe(self.usage.drain(..));
    }
}

impl App {
    /// Writes down what module calls cost since the last time. What cannot be written now is tried again the next time, and
    /// keeps nobody else's from being written.
    pub async fn keep_usage(&self) -> Result<(), AppError> {
        self.vertical.count();
        let mut kept = Ok(());
        for tenant in self.vertical.costs.tenants() {
            let taken = self.vertical.costs.take(tenant);
            match self.write_usage(tenant, &taken.usage).await {
                Ok(()) => taken.written(),
                Err(error) => kept = Err(error),
            }
        }
        kept
    }

    async fn write_usage(&self, tenant: TenantId, usage: &[Usage]) -> Result<(), AppError> {
        let day = self.env.now().strftime("%Y-%m-%d").to_string();
        let mut tx = self.store.write(tenant).await?;
        // A tenant may be gone by now; its costs went with it.
        if store::tenants::exists(&mut tx).await? {
            for usage in usage {
                store::module_usage::add(&mut tx, &day, usage).await?;
            }
            tx.commit().await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use domain::Id;

    use super::*;

    fn spent(tenant: u128, function: &str, peak_memory_bytes: u64) -> Usage {
        Usage {
            tenant: TenantId::from_uuid(uuid::Uuid::from_u128(tenant)),
            module: "m".to_owned(),
            function: function.to_owned(),
            calls: 2,
            failures: 1,
            cpu_us: 10,
            host_calls: 3,
            host_bytes: 100,
            peak_memory_bytes,
        }
    }

    #[test]
    fn what_was_not_written_is_owed_again_beside_what_was_counted_meanwhile() {
        let costs: Arc<Costs> = Arc::default();
        costs.owe([spent(1, "quote", 5), spent(2, "quote", 5)]);
        let tenant = costs.tenants()[0];
        let taken = costs.take(tenant);
        assert!(costs.take(tenant).usage.is_empty(), "it is written by one only");
        costs.owe([spent(1, "quote", 4), spent(1, "review", 4)]);
        drop(taken);
        let taken = costs.take(tenant);
        let sums: Vec<_> = taken.usage.iter().map(|sum| (sum.function.as_str(), sum.calls, sum.cpu_us)).collect();
        assert_eq!(sums, [("quote", 4, 20), ("review", 2, 10)]);
        assert_eq!(taken.usage.iter().map(|sum| sum.peak_memory_bytes).max(), Some(5));
        taken.written();
        assert_eq!(costs.tenants().len(), 1, "the other tenant's are owed still");
    }
}
