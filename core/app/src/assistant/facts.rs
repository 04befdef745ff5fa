//! Everything a turn may need to know, loaded in one read before it begins.

use std::{collections::BTreeMap, sync::Arc};

use domain::{
    Language, ResourceId, Span,
    booking::Booking,
    catalog::{Resource, Service, WeeklyHours},
    customer::Customer,
    tenant::{Location, Tenant},
    vertical::{Activated, Allowance, CallContext, Description, Desk, Outside, Vertical},
    waitlist::Offer,
};
use jiff::{SignedDuration, Timestamp, Zoned};
use scheduling::{Inputs, Visit, VisitItem, Wish};
use store::Store;

use crate::{module_desk, texts::Texts};

/// A snapshot of the tenant and the customer.
pub(crate) struct Facts {
    pub(crate) tenant: Tenant,
    pub(crate) location: Location,
    pub(crate) location_hours: WeeklyHours,
    pub(crate) services: Vec<Service>,
    pub(crate) inputs: Inputs,
    pub(crate) customer: Customer,
    /// Upcoming, soonest first, held ones too.
    pub(crate) bookings: Vec<Booking>,
    /// Slots kept for the customer from the waitlist, soonest to end first.
    pub(crate) offers: Vec<Offer>,
    /// Waits for something.
    pub(crate) waiting: bool,
    pub(crate) completed_visits: u32,
    pub(crate) last_visit: Option<Timestamp>,
    /// The newest that was not cancelled, past or to come.
    pub(crate) last_booking: Option<Booking>,
    /// In the owner's words.
    pub(crate) texts: Texts,
    pub(crate) activated: Option<Activated>,
    pub(crate) description: Option<Arc<Description>>,
    pub(crate) vertical: Arc<dyn Vertical>,
    /// For what a module asks of other servers.
    pub(crate) outside: Arc<dyn Outside>,
    /// For what a module asks back; absent where nothing may be asked.
    pub(crate) store: Option<Store>,
    /// What a module writes stays in a copy.
    pub(crate) rehearsed: bool,
    /// Names the turn in module calls.
    pub(crate) request: String,
    /// What the module's calls of this turn still have.
    pub(crate) allowance: Option<Arc<Allowance>>,
    /// What the line that rounds a price is called, in the tenant's language.
    pub(crate) rounding: String,
    /// What the module was granted to read of the customer.
    pub(crate) customer_fields: BTreeMap<String, String>,
    /// By key of a question: the latest visit that the customer answered it for.
    pub(crate) answered: BTreeMap<String, Timestamp>,
}

impl Facts {
    pub(crate) fn now(&self) -> Timestamp {
        self.inputs.now
    }

    /// Now on the location's wall.
    pub(crate) fn wall(&self) -> Zoned {
        self.now().to_zoned(self.location.zone.clone())
    }

    pub(crate) fn local(&self, at: Timestamp) -> jiff::civil::DateTime {
        self.location.zone.to_datetime(at)
    }

    pub(crate) fn service(&self, key: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.key == key && service.active)
    }

    pub(crate) fn resource(&self, id: ResourceId) -> Option<&Resource> {
        self.inputs.resources.iter().find(|resource| resource.id == id)
    }

    pub(crate) fn booking(&self, id: domain::BookingId) -> Option<&Booking> {
        self.bookings.iter().find(|booking| booking.id == id)
    }

    /// Upcoming and not merely held.
    pub(crate) fn firm_bookings(&self) -> Vec<&Booking> {
        use domain::booking::BookingState as S;
        self.bookings
            .iter()
            .filter(|booking| {
                matches!(booking.state, S::Confirmed | S::PendingApproval) && booking.span.from() > self.now()
            })
            .collect()
    }

    /// How many bookings and holds the customer has open, without those about to be let go.
    pub(crate) fn open_beside(&self, let_go: &[domain::BookingId]) -> u32 {
        let open = self.bookings.iter().filter(|booking| {
            booking.state.is_open()
                && booking.span.from() > self.now()
                && !let_go.contains(&booking.id)
                && booking.hold_until.is_none_or(|until| until > self.now())
        });
        u32::try_from(open.count()).unwrap_or(u32::MAX)
    }

    /// The hour that has begun. The demo takes a while to set up, longer on one database than on the other: reckoned from
    /// the very moment, windows would hold other starts, and the same sequence would book other people.
    pub(crate) fn hour(&self) -> Timestamp {
        Timestamp::from_second(self.now().as_second().div_euclid(3_600) * 3_600).unwrap_or(self.now())
    }

    pub(crate) fn horizon(&self) -> Timestamp {
        let days = i64::from(self.tenant.policy.horizon_days);
        self.now().checked_add(SignedDuration::from_hours(days * 24)).unwrap_or(self.now())
    }

    /// The services as a visit, with the same wish for each that allows one.
    pub(crate) fn visit(&self, keys: &[String], resource: Option<ResourceId>, excluded: &[ResourceId]) -> Visit {
        let wish = |service: &Service| match resource {
            Some(wanted) if self.suits(wanted, service) => Wish::Only(wanted),
            Some(_) | None if excluded.is_empty() => Wish::Any,
            Some(_) | None => Wish::Not(excluded.to_vec()),
        };
        let items = keys.iter().filter_map(|key| self.service(key));
        let items: Vec<VisitItem> =
            items.map(|service| VisitItem { service: service.clone(), wish: wish(service) }).collect();
        // A wish that suits no service of the visit must still be heard, to be refused with the reason.
        let unheard = resource.filter(|wanted| !items.iter().any(|item| item.wish == Wish::Only(*wanted)));
        match (unheard, items.as_slice()) {
            (Some(wanted), [_, ..]) => {
                let first_only = items.into_iter().enumerate().map(|(place, item)| {
                    if place == 0 { VisitItem { wish: Wish::Only(wanted), ..item } } else { item }
                });
                Visit::new(first_only.collect())
            }
            _ => Visit::new(items),
        }
    }

    pub(crate) fn suits(&self, resource: ResourceId, service: &Service) -> bool {
        self.resource(resource).is_some_and(|resource| {
            service.needs.iter().any(|need| {
                need.choosable
                    && need.kind == resource.kind
                    && need.skill.as_ref().is_none_or(|skill| resource.skills.contains(skill))
            })
        })
    }

    /// Without these bookings' own claims in the way: for moving one, or for what is about to be let go.
    pub(crate) fn without(&self, bookings: &[domain::BookingId]) -> Inputs {
        self.inputs.without(bookings)
    }

    pub(crate) fn context(&self, language: Language) -> CallContext {
        CallContext {
            language,
            zone: self.location.zone.iana_name().unwrap_or("UTC").to_owned(),
            now: self.now(),
            currency: self.tenant.currency,
            request: self.request.clone(),
            allowance: self.allowance.clone(),
        }
    }

    /// Who answers the module's questions.
    pub(crate) fn desk(&self) -> Arc<dyn Desk> {
        module_desk::desk(self)
    }

    /// From now to the horizon.
    pub(crate) fn bookable(&self) -> Option<Span> {
        Span::new(self.now(), self.horizon())
    }
}
