//! What a running module may ask of this tenant: free times, bookings, granted fields of the customer, its memory, what the
//! business tells of itself, and, through the port, other servers.
//!
//! Tenant and customer are fixed when the desk is made; nothing a module says can name others. Calendar questions are
//! answered from the facts of the turn, so that a module sees the same calendar as the assistant.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{
    CustomerId, ServiceId, Span, TenantId,
    booking::{Booking, BookingState},
    catalog::Service,
    plan::Limits,
    vertical::{
        Desk, DeskError, FreeSlot, KnownBooking, NoDesk, NotAnswered, Outside, Passage, SlotWish, WebRequest,
        WebResponse,
    },
};
use scheduling::{Inputs, Visit, VisitItem, Wish, free_starts};
use store::{
    Store, StoreError,
    module_kv::{self, Quota},
};

use crate::{
    assistant::{Facts, Knowledge},
    rehearsal::Copied,
};

/// Most free starts, and most bookings, a module is told at once.
const SLOTS: usize = 50;
const BOOKINGS: usize = 100;
/// Somebody waits for what the module says.
const PATIENCE: Duration = Duration::from_secs(1);

struct ModuleDesk {
    knowledge: Option<Knowledge>,
    outside: Arc<dyn Outside>,
    customer: CustomerId,
    inputs: Inputs,
    services: Vec<Service>,
    memory: MemoryDesk,
}

/// A module's memory, of one tenant and one version of its data.
struct MemoryDesk {
    tenant: TenantId,
    space: String,
    store: Store,
    quota: Quota,
}

/// The desk for the tenant's module; one that knows nothing when there is no store behind the facts, as in a rehearsed
/// thought, or when the module was granted nothing.
pub(crate) fn desk(facts: &Facts) -> Arc<dyn Desk> {
    let desk = live(facts);
    if facts.rehearsed { Arc::new(Copied::over(desk)) } else { desk }
}

fn live(facts: &Facts) -> Arc<dyn Desk> {
    match (&facts.store, &facts.activated) {
        (Some(store), Some(activated)) if !activated.grants.is_empty() => Arc::new(ModuleDesk {
            knowledge: activated.grants.iter().any(|grant| grant == "knowledge").then(|| Knowledge::of(facts)),
            outside: Arc::clone(&facts.outside),
            customer: facts.customer.id,
            inputs: facts.inputs.clone(),
            services: facts.services.clone(),
            memory: MemoryDesk {
                tenant: facts.tenant.id,
                space: activated.memory_space(),
                store: store.clone(),
                quota: quota(&facts.vertical.limits(activated.plan)),
            },
        }),
        _ => Arc::new(NoDesk),
    }
}

/// A desk with the module's memory at one version of its data and nothing else: for migrating it.
pub(crate) fn memory_only(store: &Store, tenant: TenantId, space: String, limits: Limits) -> Arc<dyn Desk> {
    Arc::new(MemoryDesk { tenant, space, store: store.clone(), quota: quota(&limits) })
}

/// What a module may keep for a tenant on a plan with these limits.
pub(crate) fn quota(limits: &Limits) -> Quota {
    Quota { keys: limits.memory_keys, bytes: limits.remembered_bytes }
}

fn unavailable(error: StoreError) -> DeskError {
    tracing::warn!(%error, "a module's question was not answered");
    DeskError::Unavailable("the database does not answer")
}

#[async_trait]
impl Desk for ModuleDesk {
    async fn find_slots(&self, wish: &SlotWish) -> Result<Vec<FreeSlot>, DeskError> {
        let named = |key: &String| self.services.iter().find(|service| service.key == *key && service.active);
        let services: Option<Vec<&Service>> = wish.services.iter().map(named).collect();
        let services = services.filter(|services| !services.is_empty()).ok_or(DeskError::Invalid("no such service"))?;
        let particular = match &wish.particular {
            Some(name) => {
                let found = self.inputs.resources.iter().find(|resource| resource.name == *name);
                Wish::Only(found.ok_or(DeskError::Invalid("no such resource"))?.id)
            }
            None => Wish::Any,
        };
        let item = |service: &Service| VisitItem { service: service.clone(), wish: particular.clone() };
        let visit = Visit { items: services.into_iter().map(item).collect(), party: wish.party.max(1) };
        let free = free_starts(&self.inputs, &visit, wish.window).into_iter().take(SLOTS);
        Ok(free
            .map(|opening| FreeSlot {
                start: opening.span.from(),
                end: opening.span.to(),
                resources: opening.resources().into_iter().map(|(_, name)| name.to_owned()).collect(),
            })
            .collect())
    }

    async fn bookings(&self, window: Span) -> Result<Vec<KnownBooking>, DeskError> {
        let mut tx = self.memory.store.look(self.memory.tenant).await.map_err(unavailable)?;
        let own = store::bookings::of_customer(&mut tx, self.customer, window.from()).await.map_err(unavailable)?;
        let within = own.into_iter().filter(|booking| booking.span.from() < window.to());
        Ok(within.map(|booking| known(&booking, &self.services)).collect())
    }

    async fn bookings_of_everybody(&self, window: Span) -> Result<Vec<KnownBooking>, DeskError> {
        let mut tx = self.memory.store.look(self.memory.tenant).await.map_err(unavailable)?;
        let mut all = store::bookings::touching(&mut tx, window).await.map_err(unavailable)?;
        all.sort_by_key(|booking| (booking.span.from(), booking.id));
        Ok(all.iter().take(BOOKINGS).map(|booking| known(booking, &self.services)).collect())
    }

    async fn search(&self, question: &str, most: u32) -> Result<Vec<Passage>, DeskError> {
        let knowledge = self.knowledge.as_ref().ok_or(DeskError::Unavailable("nothing is known in this call"))?;
        Ok(knowledge.search(question, usize::try_from(most).unwrap_or(usize::MAX)))
    }

    async fn fetch(&self, request: WebRequest) -> Result<WebResponse, DeskError> {
        self.outside.ask(&request, PATIENCE).await.map_err(|error| match error {
            NotAnswered::Refused(why) => DeskError::Invalid(why),
            NotAnswered::Nobody(why) => DeskError::Unavailable(why),
            NotAnswered::TooLarge => DeskError::Quota("an answer has at most 256 KiB"),
        })
    }

    async fn customer_field(&self, key: &str) -> Result<Option<String>, DeskError> {
        let mut tx = self.memory.store.look(self.memory.tenant).await.map_err(unavailable)?;
        store::customer_fields::get(&mut tx, self.customer, key).await.map_err(unavailable)
    }

    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, DeskError> {
        self.memory.read(key).await
    }

    async fn write(&self, key: &str, value: &[u8]) -> Result<(), DeskError> {
        self.memory.write(key, value).await
    }

    async fn delete(&self, key: &str) -> Result<(), DeskError> {
        self.memory.delete(key).await
    }

    async fn keys(&self, prefix: &str, after: Option<&str>) -> Result<Vec<String>, DeskError> {
        self.memory.keys(prefix, after).await
    }
}

#[async_trait]
impl Desk for MemoryDesk {
    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, DeskError> {
        let mut tx = self.store.look(self.tenant).await.map_err(unavailable)?;
        module_kv::get(&mut tx, &self.space, key).await.map_err(unavailable)
    }

    async fn write(&self, key: &str, value: &[u8]) -> Result<(), DeskError> {
        let mut tx = self.store.write(self.tenant).await.map_err(unavailable)?;
        if !module_kv::set(&mut tx, &self.space, key, value, self.quota).await.map_err(unavailable)? {
            return Err(DeskError::Quota("keys and bytes that the plan remembers"));
        }
        tx.commit().await.map_err(unavailable)
    }

    async fn delete(&self, key: &str) -> Result<(), DeskError> {
        let mut tx = self.store.write(self.tenant).await.map_err(unavailable)?;
        module_kv::delete(&mut tx, &self.space, key).await.map_err(unavailable)?;
        tx.commit().await.map_err(unavailable)
    }

    async fn keys(&self, prefix: &str, after: Option<&str>) -> Result<Vec<String>, DeskError> {
        let mut tx = self.store.look(self.tenant).await.map_err(unavailable)?;
        module_kv::keys(&mut tx, &self.space, prefix, after.unwrap_or_default()).await.map_err(unavailable)
    }
}

/// A booking as modules see it: no names, no notes.
pub(crate) fn known(booking: &Booking, services: &[Service]) -> KnownBooking {
    let key = |id: ServiceId| services.iter().find(|service| service.id == id).map(|service| service.key.clone());
    let state = match booking.state {
        BookingState::Held => "held",
        BookingState::PendingApproval => "pending",
        BookingState::Confirmed => "confirmed",
        BookingState::Arrived => "arrived",
        BookingState::Completed => "completed",
        BookingState::NoShow => "no-show",
        BookingState::Cancelled => "cancelled",
    };
    let claims = booking.items.iter().flat_map(|item| &item.claims);
    KnownBooking {
        id: booking.id.to_string(),
        state: state.to_owned(),
        start: booking.span.from(),
        end: booking.span.to(),
        services: booking.items.iter().filter_map(|item| key(item.service)).collect(),
        resources: claims.map(|claim| claim.name.clone()).collect(),
        party: booking.party,
        total_minor: booking.quote.total.minor,
    }
}
