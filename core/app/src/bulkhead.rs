//! Seats for work in flight: so many in all, so many for one tenant, so that nobody's slow work fills the house.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use domain::TenantId;
use tokio::sync::Notify;

use crate::desk::lock;

pub(crate) struct Bulkhead {
    in_all: usize,
    each: usize,
    taken: Mutex<BTreeMap<TenantId, usize>>,
    /// Rings when a seat becomes free.
    pub(crate) freed: Notify,
}

/// Given back when dropped.
pub(crate) struct Seat {
    bulkhead: Arc<Bulkhead>,
    tenant: TenantId,
}

impl Bulkhead {
    pub(crate) fn new(in_all: usize, each: usize) -> Arc<Self> {
        Arc::new(Self { in_all, each, taken: Mutex::default(), freed: Notify::new() })
    }

    pub(crate) fn free(&self) -> u32 {
        let taken: usize = lock(&self.taken).values().sum();
        u32::try_from(self.in_all.saturating_sub(taken)).unwrap_or(u32::MAX)
    }

    /// Tenants with no seat left.
    pub(crate) fn full(&self) -> Vec<TenantId> {
        lock(&self.taken).iter().filter(|(_, taken)| **taken >= self.each).map(|(tenant, _)| *tenant).collect()
    }

    /// A claim may have brought some more than a tenant's share: they sit down, and no more are claimed.
    pub(crate) fn enter(self: &Arc<Self>, tenant: TenantId) -> Seat {
        *lock(&self.taken).entry(tenant).or_default() += 1;
        Seat { bulkhead: Arc::clone(self), tenant }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = lock(&self.bulkhead.taken);
        if let Some(count) = taken.get_mut(&self.tenant) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.tenant);
            }
        }
        drop(taken);
        self.bulkhead.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_tenant_with_all_its_seats_taken_leaves_the_others_theirs() {
        let house = Bulkhead::new(4, 2);
        let (slow, quick) = (TenantId(Uuid::from_u128(1)), TenantId(Uuid::from_u128(2)));
        let seats = [house.enter(slow), house.enter(slow)];
        assert_eq!((house.free(), house.full()), (2, vec![slow]));
        let seat = house.enter(quick);
        assert_eq!((house.free(), house.full()), (1, vec![slow]));
        drop((seats, seat));
        assert_eq!((house.free(), house.full()), (4, vec![]));
    }
}
