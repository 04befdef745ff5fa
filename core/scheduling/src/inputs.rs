//! What availability is computed from, and what it answers.

use domain::{
    BookingId, LocationId, ResourceId, Span,
    booking::BookingItem,
    catalog::{Block, HoursException, Resource, Service, WeeklyHours},
    tenant::BookingPolicy,
};
use jiff::{Timestamp, tz::TimeZone};

use crate::fair::Fairness;

/// Everything that bears on a window of time, loaded once.
#[derive(Debug, Clone)]
pub struct Inputs {
    pub location: LocationId,
    pub zone: TimeZone,
    pub now: Timestamp,
    pub policy: BookingPolicy,
    pub location_hours: WeeklyHours,
    pub exceptions: Vec<HoursException>,
    pub resources: Vec<Resource>,
    pub blocks: Vec<Block>,
    /// Claims of live bookings, buffers included; one entry per unit taken.
    pub busy: Vec<Busy>,
    pub records: Records,
}

/// What else is on record: nothing of it takes a slot by itself but calendars outside.
#[derive(Debug, Clone, Default)]
pub struct Records {
    /// Busy times of calendars outside: whoever has one is away, whatever the capacity. Buffers keep clear of them.
    pub outside: Vec<Busy>,
    /// Whose calendar outside cannot be read: nobody knows when they are free, so they never are.
    pub unread: Vec<ResourceId>,
    /// The visits of the customer who asks, live and done: for limits.
    pub customer: Vec<Kept>,
    /// Claims that no longer take a slot and still count towards the limits of a resource: visits that are done.
    pub done: Vec<Busy>,
    /// What fair assignment goes by, besides what lies ahead of each.
    pub fairness: Fairness,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy {
    pub resource: ResourceId,
    pub span: Span,
    pub booking: Option<BookingId>,
}

/// A visit the customer has, without buffers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    pub booking: Option<BookingId>,
    pub span: Span,
}

impl Inputs {
    /// As if these bookings were not there: for moving them, or for what is about to be let go.
    #[must_use]
    pub fn without(&self, bookings: &[BookingId]) -> Self {
        let mut inputs = self.clone();
        let theirs = |booking: Option<BookingId>| booking.is_some_and(|booking| bookings.contains(&booking));
        inputs.busy.retain(|busy| !theirs(busy.booking));
        inputs.records.customer.retain(|kept| !theirs(kept.booking));
        inputs
    }

    /// Counts `opening` among what is taken, and among the customer's visits.
    pub fn take(&mut self, opening: &Opening) {
        for claim in opening.items.iter().flat_map(|item| &item.claims) {
            for span in &claim.blocked {
                let units = usize::try_from(claim.units).unwrap_or(1);
                let busy = Busy { resource: claim.resource, span: *span, booking: None };
                self.busy.extend(std::iter::repeat_n(busy, units));
            }
        }
        self.records.customer.push(Kept { booking: None, span: opening.span });
    }
}

/// What somebody wants: one or more services, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    pub items: Vec<VisitItem>,
    /// How many come. Counts where a service needs seats, or a place that holds all of them.
    pub party: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitItem {
    pub service: Service,
    pub wish: Wish,
}

/// With whom, for the roles of a service that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Wish {
    #[default]
    Any,
    Only(ResourceId),
    Not(Vec<ResourceId>),
}

impl Visit {
    /// For one person.
    pub fn new(items: Vec<VisitItem>) -> Self {
        Self { items, party: 1 }
    }

    #[must_use]
    pub fn for_party(self, party: u32) -> Self {
        Self { party: party.max(1), ..self }
    }

    pub fn minutes(&self) -> u32 {
        self.items.iter().map(|item| item.service.minutes()).sum()
    }

    /// The same visit with whoever can.
    pub fn with_anyone(&self) -> Self {
        let items =
            self.items.iter().map(|item| VisitItem { service: item.service.clone(), wish: Wish::Any }).collect();
        Self { items, party: self.party }
    }

    pub fn has_wish(&self) -> bool {
        self.items.iter().any(|item| item.wish != Wish::Any)
    }
}

/// A start that works, with everything it would take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    pub span: Span,
    pub items: Vec<BookingItem>,
}

impl Opening {
    pub fn start(&self) -> Timestamp {
        self.span.from()
    }

    /// Who does it, without repeats, in order.
    pub fn resources(&self) -> Vec<(ResourceId, &str)> {
        let mut all: Vec<(ResourceId, &str)> = Vec::new();
        for claim in self.items.iter().flat_map(|item| &item.claims) {
            if !all.iter().any(|(id, _)| *id == claim.resource) {
                all.push((claim.resource, &claim.name));
            }
        }
        all
    }
}
