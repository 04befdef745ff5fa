//! Numbers: connecting one to a tenant, and what is connected.

use std::collections::BTreeMap;

use domain::{
    ChannelId, Secret,
    channel::{Line, Provider},
};

use crate::{App, view::AppError};

/// A number to connect, as typed by whoever runs the platform.
#[derive(Debug, Clone)]
pub struct NewChannel {
    /// The tenant's slug.
    pub tenant: String,
    pub provider: Provider,
    /// As people see it.
    pub number: String,
    /// The provider's own id of it; empty where that is the number.
    pub external_id: String,
    pub secrets: BTreeMap<String, Secret>,
}

/// A connected number and the address its provider must be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectedChannel {
    pub id: ChannelId,
    pub tenant: String,
    pub provider: Provider,
    pub number: String,
    pub external_id: String,
    pub active: bool,
    pub webhook: String,
}

impl App {
    /// Connects a number. Refused without the secrets its provider cannot do without.
    pub async fn add_channel(&self, new: NewChannel) -> Result<ConnectedChannel, AppError> {
        let invalid = |field: &str, reason: String| AppError::Invalid { field: field.to_owned(), reason };
        let adapter = self.adapter(new.provider)?;
        let lacking = |name: &&&str| new.secrets.get(**name).is_none_or(Secret::is_empty);
        let lacking: Vec<&str> = adapter.needs().iter().filter(lacking).copied().collect();
        if !lacking.is_empty() {
            return Err(invalid("secrets", format!("{} must be given", lacking.join(", "))));
        }
        let external_id = match (new.external_id.as_str(), new.provider) {
            ("", Provider::Twilio) => new.number.clone(),
            ("", provider) => {
                return Err(invalid("id", format!("{} needs its own id of the number", provider.as_str())));
            }
            (given, _) => given.to_owned(),
        };
        let mut tx = self.store.platform_read().await?;
        let tenant = store::tenants::by_slug(&mut tx, &new.tenant).await?.ok_or(AppError::NotFound)?;
        let taken = store::channels::of_provider(&mut tx, new.provider).await?;
        drop(tx);
        if taken.iter().any(|line| line.external_id == external_id) {
            return Err(invalid("id", "this number is connected already".to_owned()));
        }
        let line = Line {
            id: self.env.id(),
            tenant: tenant.id,
            provider: new.provider,
            external_id,
            display_number: new.number,
            active: true,
            secrets: new.secrets,
        };
        let mut tx = self.store.write(tenant.id).await?;
        store::channels::insert(&mut tx, &line).await?;
        store::audit::append(&mut tx, "platform", "connected_channel", &line.id.to_string()).await?;
        tx.commit().await?;
        Ok(self.connected(&tenant.slug, &line))
    }

    /// Every number of every tenant, by provider.
    pub async fn connected_channels(&self) -> Result<Vec<ConnectedChannel>, AppError> {
        let mut tx = self.store.platform_read().await?;
        let tenants = store::tenants::all(&mut tx).await?;
        let mut all = Vec::new();
        for provider in Provider::ALL {
            for line in store::channels::of_provider(&mut tx, provider).await? {
                let slug =
                    tenants.iter().find(|tenant| tenant.id == line.tenant).map_or("", |tenant| tenant.slug.as_str());
                all.push(self.connected(slug, &line));
            }
        }
        Ok(all)
    }

    fn connected(&self, slug: &str, line: &Line) -> ConnectedChannel {
        ConnectedChannel {
            id: line.id,
            tenant: slug.to_owned(),
            provider: line.provider,
            number: line.display_number.clone(),
            external_id: line.external_id.clone(),
            active: line.active,
            webhook: format!("{}/webhooks/whatsapp/{}", self.public_url().trim_end_matches('/'), line.id),
        }
    }
}
