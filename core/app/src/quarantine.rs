//! Parts of calls that were kept because they could not be read, read again: after an update, or once a number is
//! connected.
//!
//! Invariant: what is handed on goes the way of everything that arrives, so that a part read twice is one event.

use domain::{
    EventId, TenantId,
    channel::{Inbound, Line, Provider, Received},
};
use store::{
    intake::Delivery,
    quarantine::{self, Closed, Held, Owner},
};

use crate::{
    App,
    undelivered::{Redriven, UndeliveredItem, UndeliveredKind},
    view::AppError,
};

/// Listed at most.
const MOST: u32 = 200;

impl App {
    /// What belongs to no tenant for certain: signed with one's secret, but for a number that is not theirs.
    pub async fn quarantined(&self) -> Result<Vec<UndeliveredItem>, AppError> {
        let mut tx = self.store.platform_read().await?;
        let held = quarantine::of_platform(&mut tx, MOST).await?;
        let tenants = store::tenants::all(&mut tx).await?;
        drop(tx);
        let mut items = Vec::with_capacity(held.len());
        for part in held {
            let slug = tenants.iter().find(|tenant| tenant.id == part.tenant).map(|tenant| tenant.slug.clone());
            items.push(UndeliveredItem { tenant: slug, ..self.item(part).await? });
        }
        Ok(items)
    }

    /// Reads one again, for the platform's `admin`, and hands it to whoever has that number now.
    pub async fn reread_for_platform(&self, admin: &str, id: &str) -> Result<(), AppError> {
        let held = self.of_platform(id).await?;
        self.reread(held, Owner::Platform, admin).await
    }

    pub async fn discard_for_platform(&self, admin: &str, id: &str) -> Result<(), AppError> {
        let held = self.of_platform(id).await?;
        if self.close(held.tenant, held.id, (Owner::Platform, Closed::Discarded), admin).await? {
            Ok(())
        } else {
            Err(AppError::NotFound)
        }
    }

    /// Each that is listed, once.
    pub async fn reread_all_for_platform(&self, admin: &str) -> Result<Redriven, AppError> {
        let mut redriven = Redriven::default();
        for item in self.quarantined().await? {
            redriven.count(self.reread_for_platform(admin, &item.id).await)?;
        }
        Ok(redriven)
    }

    async fn of_platform(&self, id: &str) -> Result<Held, AppError> {
        let id: EventId = id.parse().map_err(|_no_id| AppError::NotFound)?;
        let mut tx = self.store.platform_read().await?;
        quarantine::find_of_platform(&mut tx, id).await?.ok_or(AppError::NotFound)
    }

    /// As a list shows it: who carried it and why it was kept, nothing of what it says.
    pub(crate) async fn item(&self, held: Held) -> Result<UndeliveredItem, AppError> {
        let provider = self.line(held.channel).await?.map(|line| line.provider);
        let size = held.raw.as_ref().map(|raw| raw.len());
        Ok(UndeliveredItem {
            id: held.id.to_string(),
            kind: UndeliveredKind::Quarantined,
            reason: held.reason,
            conversation: None,
            text: size.map_or_else(|| "does not open any more".to_owned(), |size| format!("{size} bytes")),
            at: Some(held.at),
            provider,
            tenant: None,
        })
    }

    pub(crate) async fn reread(&self, held: Held, owner: Owner, by: &str) -> Result<(), AppError> {
        let line = self.line(held.channel).await?.ok_or_else(|| still("its channel is gone"))?;
        let raw = held.raw.ok_or_else(|| still("it does not open any more"))?;
        let received = match owner {
            Owner::Tenant => self.channel(&line)?.reread(&line, &raw, held.at),
            // It was read; only its number was nobody's.
            Owner::Platform => match serde_json::from_str::<Inbound>(&raw) {
                Ok(inbound) => Received { events: vec![inbound], unreadable: Vec::new() },
                Err(_older_form) => self.channel(&line)?.reread(&line, &raw, held.at),
            },
        };
        if let Some(part) = received.unreadable.first() {
            return Err(still(&part.reason));
        }
        if received.events.is_empty() {
            return Err(still("nothing is in it"));
        }
        let mut delivery = Delivery::default();
        for inbound in received.events {
            let to = match owner {
                Owner::Tenant => Some(&line)
                    .filter(|line| inbound.external_id.is_empty() || inbound.external_id == line.external_id)
                    .cloned(),
                Owner::Platform => self.line_with(line.provider, &inbound.external_id).await?,
            };
            let to = to.ok_or_else(|| still("no channel here has its number"))?;
            delivery.arrivals.push(self.arrival(&to, inbound));
        }
        // Durable first: whatever dies in between is read once more, which is the same event.
        if !self.intake.accept(delivery).await {
            return Err(AppError::Unavailable { retry_after_seconds: 5 });
        }
        self.close(held.tenant, held.id, (owner, Closed::Released), by).await?;
        self.wake_lanes();
        Ok(())
    }

    pub(crate) async fn close(
        &self,
        tenant: TenantId,
        id: EventId,
        (owner, how): (Owner, Closed),
        by: &str,
    ) -> Result<bool, AppError> {
        let mut tx = self.store.write(tenant).await?;
        if !quarantine::close(&mut tx, id, owner, how).await? {
            return Ok(false);
        }
        let action = match how {
            Closed::Released => "taken_up_again",
            Closed::Discarded => "discarded",
        };
        store::audit::append(&mut tx, by, action, &id.to_string()).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn line_with(&self, provider: Provider, external_id: &str) -> Result<Option<Line>, AppError> {
        let mut tx = self.store.platform_read().await?;
        let lines = store::channels::of_provider(&mut tx, provider).await?;
        Ok(lines.into_iter().find(|line| line.active && line.external_id == external_id))
    }
}

fn still(why: &str) -> AppError {
    AppError::Invalid { field: "item".to_owned(), reason: format!("cannot be taken up again: {why}") }
}
