//! The demo businesses: set up from data, the same each time, removable without a trace.

mod chance;

use std::collections::BTreeMap;

use domain::{
    Language, LocationId, Phone, Secret, Span, TenantId,
    booking::{Actor, BookingAction, BookingSource, BookingState},
    catalog::{Resource, Service, WeeklyHours, WeeklySpan},
    channel::{Line, Provider},
    conversation::Answering,
    customer::Identity,
    message::{Author, Body, Message},
    simulator::Handset,
    tenant::{BookingPolicy, Location, Tenant, TenantStatus},
    vertical::Description,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use scheduling::{Inputs, free_starts};
use serde::Deserialize;
use store::{TenantTx, members::Member};

use crate::{App, SwitchError, assistant::Facts, people::role, view::AppError};

/// `demo/demo.toml`, read.
#[derive(Debug, Clone, Deserialize)]
pub struct Demo {
    password: String,
    admin: DemoAdmin,
    tenants: Vec<DemoTenant>,
}

#[derive(Debug, Clone, Deserialize)]
struct DemoAdmin {
    email: String,
    name: String,
}

#[derive(Debug, Clone, Deserialize)]
struct DemoTenant {
    slug: String,
    name: String,
    module: String,
    language: Language,
    currency: domain::Currency,
    number: String,
    phone_number_id: String,
    location: DemoLocation,
    policy: BookingPolicy,
    members: Vec<DemoMember>,
    resources: Vec<DemoResource>,
    customers: Vec<DemoCustomer>,
    #[serde(default)]
    phones: Vec<Handset>,
}

#[derive(Debug, Clone, Deserialize)]
struct DemoLocation {
    name: String,
    address: String,
    zone: String,
    country: String,
    hours: Vec<WeeklySpan>,
}

#[derive(Debug, Clone, Deserialize)]
struct DemoMember {
    email: String,
    name: String,
    role: String,
    language: Language,
}

#[derive(Debug, Clone, Deserialize)]
struct DemoResource {
    name: String,
    kind: String,
    skills: Vec<String>,
    weight: u32,
    #[serde(default)]
    hours: Vec<WeeklySpan>,
}

#[derive(Debug, Clone, Deserialize)]
struct DemoCustomer {
    name: String,
    phone: Phone,
    visits: u32,
    #[serde(default)]
    chat: Vec<String>,
    #[serde(default)]
    waiting: bool,
}

/// Who can log in to the demo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoLogin {
    pub slug: String,
    pub email: String,
    pub role: String,
    pub password: String,
}

impl Demo {
    /// Reads the data; the error says where it does not fit.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    /// Modules the businesses need.
    pub fn modules(&self) -> Vec<&str> {
        self.tenants.iter().map(|tenant| tenant.module.as_str()).collect()
    }

    /// The slug of the first business that runs `module`.
    pub fn business_of(&self, module: &str) -> Option<&str> {
        self.tenants.iter().find(|tenant| tenant.module == module).map(|tenant| tenant.slug.as_str())
    }

    pub fn handsets(&self) -> Vec<(String, Handset)> {
        self.tenants
            .iter()
            .flat_map(|tenant| tenant.phones.iter().map(|handset| (tenant.slug.clone(), handset.clone())))
            .collect()
    }

    pub fn logins(&self) -> Vec<DemoLogin> {
        let login = |slug: &str, email: &str, role: &str| DemoLogin {
            slug: slug.to_owned(),
            email: email.to_owned(),
            role: role.to_owned(),
            password: self.password.clone(),
        };
        let members = self.tenants.iter().flat_map(|tenant| tenant.members.iter().map(move |member| (tenant, member)));
        members
            .map(|(tenant, member)| login(&tenant.slug, &member.email, &member.role))
            .chain([login("", &self.admin.email, "platform admin")])
            .collect()
    }
}

impl App {
    /// Sets up what is missing; a business that is there is left as it is.
    pub async fn set_up_demo(&self, demo: &Demo) -> Result<(), SwitchError> {
        self.add_admin(&demo.admin.email, &demo.admin.name, &Secret::new(&demo.password)).await?;
        for tenant in &demo.tenants {
            let mut tx = self.store.platform_read().await?;
            let there = store::tenants::by_slug(&mut tx, &tenant.slug).await?.is_some();
            drop(tx);
            if !there {
                self.set_up(tenant, &demo.password).await?;
            }
        }
        Ok(())
    }

    pub async fn remove_demo(&self, demo: &Demo) -> Result<u32, AppError> {
        let mut removed = 0;
        for demo in &demo.tenants {
            let mut tx = self.store.platform_read().await?;
            let found = store::tenants::by_slug(&mut tx, &demo.slug).await?;
            drop(tx);
            if let Some(tenant) = found {
                let mut tx = self.store.write(tenant.id).await?;
                store::tenants::delete(&mut tx).await?;
                tx.commit().await?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    async fn set_up(&self, demo: &DemoTenant, password: &str) -> Result<(), SwitchError> {
        let tenant = self.env.id::<TenantId>();
        let hash = self.hash(&Secret::new(password)).await?;
        let description = self
            .releases()
            .await?
            .into_iter()
            .find(|release| release.module == demo.module)
            .map(|release| release.description);
        let description = description.ok_or_else(|| SwitchError::NoRelease(demo.module.clone(), String::new()))?;
        let mut tx = self.store.write(tenant).await?;
        let line = self.furnish(&mut tx, tenant, demo, &description, &hash).await?;
        tx.commit().await?;
        self.activate(&demo.slug, &demo.module, None, None).await?;
        self.fill(tenant, demo, &line).await?;
        Ok(())
    }

    async fn furnish(
        &self,
        tx: &mut TenantTx,
        id: TenantId,
        demo: &DemoTenant,
        description: &Description,
        hash: &str,
    ) -> Result<Line, AppError> {
        let invalid = |reason: String| AppError::Invalid { field: "demo".to_owned(), reason };
        let tenant = Tenant {
            id,
            slug: demo.slug.clone(),
            name: demo.name.clone(),
            language: demo.language,
            currency: demo.currency,
            status: TenantStatus::Active,
            policy: demo.policy.clone(),
        };
        store::tenants::insert(tx, &tenant).await?;
        let zone = TimeZone::get(&demo.location.zone).map_err(|error| invalid(error.to_string()))?;
        let location = Location {
            id: self.env.id::<LocationId>(),
            name: demo.location.name.clone(),
            address: demo.location.address.clone(),
            zone,
            country: demo.location.country.clone(),
        };
        store::locations::insert(tx, &location, &WeeklyHours(demo.location.hours.clone())).await?;
        for member in &demo.members {
            let role = role(&member.role).ok_or_else(|| invalid(format!("no role {}", member.role)))?;
            let member = Member {
                id: self.env.id(),
                email: member.email.clone(),
                name: member.name.clone(),
                role,
                language: member.language,
            };
            store::members::insert(tx, &member, hash).await?;
        }
        for (position, resource) in (0_i32..).zip(&demo.resources) {
            let resource = Resource {
                id: self.env.id(),
                location: location.id,
                kind: resource.kind.clone(),
                name: resource.name.clone(),
                skills: resource.skills.clone(),
                capacity: 1,
                active: true,
                hours: WeeklyHours(resource.hours.clone()),
                weight: resource.weight,
                position,
            };
            store::resources::insert(tx, &resource).await?;
        }
        for service in self.starter_services(description, &tenant) {
            store::services::insert(tx, &service).await?;
        }
        let secret = || Secret::new(hex::encode(self.env.bytes::<16>()));
        let secrets: BTreeMap<String, Secret> =
            ["app_secret", "access_token", "verify_token"].map(|name| (name.to_owned(), secret())).into();
        let line = Line {
            id: self.env.id(),
            tenant: id,
            provider: Provider::Simulator,
            external_id: demo.phone_number_id.clone(),
            display_number: demo.number.clone(),
            active: true,
            secrets,
        };
        store::channels::insert(tx, &line).await?;
        Ok(line)
    }

    /// The module's catalogue, named in the tenant's language.
    fn starter_services(&self, description: &Description, tenant: &Tenant) -> Vec<Service> {
        let service = |(position, starter): (i32, &domain::vertical::StarterService)| Service {
            id: self.env.id(),
            key: starter.key.clone(),
            name: crate::assistant::name_in(tenant.language, &starter.names).unwrap_or_else(|| starter.key.clone()),
            synonyms: Vec::new(),
            active: true,
            phases: starter.phases.clone(),
            buffer_before_minutes: starter.buffer_before_minutes,
            buffer_after_minutes: starter.buffer_after_minutes,
            price: domain::Money::new(starter.price_minor, tenant.currency),
            needs: starter.needs.clone(),
            position,
        };
        (0_i32..).zip(&description.starter_services).map(service).collect()
    }

    /// Customers with a past, some with a conversation, and a fortnight of bookings.
    async fn fill(&self, tenant: TenantId, demo: &DemoTenant, line: &Line) -> Result<(), AppError> {
        let facts = self.facts(tenant, None, "demo").await?;
        let mut chance = 20_260_302_u64;
        let mut ids = Vec::new();
        let mut tx = self.store.write(tenant).await?;
        for customer in &demo.customers {
            let id =
                store::customers::get_or_create(&mut tx, &[Identity::Phone(customer.phone.clone())], &customer.name)
                    .await?;
            ids.push((id, customer.visits));
            if !customer.chat.is_empty() {
                self.past_chat(&mut tx, line, id, customer).await?;
            }
        }
        tx.commit().await?;
        let count = ids.len();
        for day in 0..14_i64 {
            for _ in 0..5 {
                let (customer, _) = ids.get(chance::pick(&mut chance, count)).copied().ok_or(AppError::NotFound)?;
                self.demo_booking(tenant, &facts, customer, day, &mut chance).await?;
            }
        }
        for (customer, visits) in ids {
            for visit in 0..visits {
                self.past_visit(tenant, &facts, customer, i64::from(visit + 1) * 23, &mut chance).await?;
            }
        }
        Ok(())
    }

    async fn past_chat(
        &self,
        tx: &mut TenantTx,
        line: &Line,
        customer: domain::CustomerId,
        demo: &DemoCustomer,
    ) -> Result<(), AppError> {
        let begun = self.env.now().checked_sub(SignedDuration::from_hours(5)).unwrap_or(self.env.now());
        let address = format!("521{}", demo.phone.digits().trim_start_matches("52"));
        let talk = store::conversations::get_or_create(tx, line.id, customer, &address, begun).await?;
        for (minute, said) in (0_i64..).zip(&demo.chat) {
            let at = begun.checked_add(SignedDuration::from_mins(minute)).unwrap_or(begun);
            let (author, text) = match said.strip_prefix("> ") {
                Some(text) => (Author::Customer, text),
                None => (Author::Assistant, said.trim_start_matches("< ")),
            };
            let ticks = (author == Author::Assistant).then_some(domain::delivery::Ticks::Read);
            store::messages::insert(tx, &Message { ticks, ..self.said(talk.id, author, Body::text(text), at) }).await?;
            if author == Author::Customer {
                store::conversations::heard(tx, talk.id, at).await?;
            } else {
                store::conversations::spoke(tx, talk.id, at).await?;
            }
        }
        if demo.waiting {
            store::conversations::set_answering(tx, talk.id, Answering::Waiting).await?;
        } else {
            store::conversations::mark_read(tx, talk.id).await?;
        }
        Ok(())
    }

    async fn demo_booking(
        &self,
        tenant: TenantId,
        facts: &Facts,
        customer: domain::CustomerId,
        day: i64,
        chance: &mut u64,
    ) -> Result<(), AppError> {
        let from = facts.hour().checked_add(SignedDuration::from_hours(24 * day)).unwrap_or(facts.hour());
        self.place_demo(tenant, facts, &facts.inputs, customer, from, chance, false).await
    }

    async fn past_visit(
        &self,
        tenant: TenantId,
        facts: &Facts,
        customer: domain::CustomerId,
        days_ago: i64,
        chance: &mut u64,
    ) -> Result<(), AppError> {
        let then = facts.hour().checked_sub(SignedDuration::from_hours(24 * days_ago)).unwrap_or(facts.hour());
        let mut inputs = facts.inputs.clone();
        (inputs.now, inputs.busy) = (then, Vec::new());
        self.place_demo(tenant, facts, &inputs, customer, then, chance, true).await
    }

    #[expect(clippy::too_many_arguments, reason = "one place for what both kinds of demo booking share")]
    async fn place_demo(
        &self,
        tenant: TenantId,
        facts: &Facts,
        inputs: &Inputs,
        customer: domain::CustomerId,
        from: Timestamp,
        chance: &mut u64,
        past: bool,
    ) -> Result<(), AppError> {
        let Some(service) = facts.services.get(chance::pick(chance, facts.services.len())) else { return Ok(()) };
        let visit = facts.visit(std::slice::from_ref(&service.key), None, &[]);
        let Some(window) = Span::lasting(from, 24 * 60) else { return Ok(()) };
        let openings = free_starts(inputs, &visit, window);
        let Some(opening) = openings.get(chance::pick(chance, openings.len())) else { return Ok(()) };
        let quote = scheduling::price::total(scheduling::price::base_lines(&visit), facts.tenant.currency)
            .map_err(|error| AppError::Broken(Box::new(error)))?;
        let mut booking = self.new_booking(facts, customer, opening, quote, BookingSource::Demo);
        booking.state = BookingState::Confirmed;
        let mut tx = self.store.write(tenant).await?;
        if let store::bookings::Placed::Done(booking) = store::bookings::place(&mut tx, &booking).await?
            && past
        {
            store::bookings::act(&mut tx, &booking, BookingAction::Complete, Actor::System).await?;
        }
        Ok(tx.commit().await?)
    }
}
