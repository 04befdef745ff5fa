//! The demo businesses: set up from data, the same each time, removable without a trace.

mod chance;
mod data;
mod past;

use std::collections::BTreeMap;

use domain::{
    LocationId, Secret, TenantId,
    catalog::{Resource, Service, WeeklyHours},
    channel::{Line, Provider},
    tenant::{Location, Tenant, TenantStatus},
    vertical::Description,
};
use jiff::tz::TimeZone;
use store::{TenantTx, members::Member};

use crate::{App, SwitchError, people::role, view::AppError};
use data::DemoTenant;
pub use data::{Demo, DemoBusiness, DemoLogin};

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
        self.activate(&demo.slug, &demo.module, None, demo.settings.clone()).await?;
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
}
