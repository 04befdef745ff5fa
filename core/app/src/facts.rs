//! Loads what a turn or a member's booking needs to know, in one read transaction.

use std::{collections::BTreeMap, sync::Arc};

use domain::{
    CustomerId, Language,
    catalog::WeeklyHours,
    customer::Customer,
    tenant::{Location, Tenant},
    vertical::{Activated, Description, Vertical},
};
use jiff::Timestamp;
use scheduling::{Busy, Inputs, holidays};
use serde_json::json;
use store::TenantTx;

use crate::{
    App,
    assistant::Facts,
    desk::lock,
    records::{self, Reach},
    texts::Texts,
    view::AppError,
};

impl App {
    /// Everything about the tenant from now to its horizon, and about this customer.
    pub(crate) async fn facts(
        &self,
        tenant: domain::TenantId,
        customer: Option<CustomerId>,
        request: &str,
    ) -> Result<Facts, AppError> {
        self.facts_for_days(tenant, customer, request, None).await
    }

    /// As [`App::facts`], with another horizon than the owner's: a series may run farther than customers book.
    pub(crate) async fn facts_for_days(
        &self,
        tenant: domain::TenantId,
        customer: Option<CustomerId>,
        request: &str,
        days: Option<u32>,
    ) -> Result<Facts, AppError> {
        let mut tx = self.store.read(tenant).await?;
        let mut facts = self.load(&mut tx, customer, request, days).await?;
        drop(tx);
        // Asking the module is a call: only once nothing is open.
        facts.description = match &facts.activated {
            Some(activated) => self.description(activated).await,
            None => None,
        };
        Ok(facts)
    }

    /// Without the module's description: for what is said inside a transaction.
    pub(crate) async fn load(
        &self,
        tx: &mut TenantTx,
        customer: Option<CustomerId>,
        request: &str,
        days: Option<u32>,
    ) -> Result<Facts, AppError> {
        let mut own = store::tenants::own(tx).await?;
        own.policy.horizon_days = days.unwrap_or(own.policy.horizon_days);
        let (location, location_hours) =
            store::locations::all(tx).await?.into_iter().next().ok_or(AppError::NotFound)?;
        let now = self.env.now();
        let (known, (completed_visits, last_visit)) = history(tx, customer).await?;
        let inputs = inputs(tx, &own, (&location, &location_hours), customer, now).await?;
        let activated = store::activations::current(tx).await?;
        let (offers, waiting) = match customer {
            Some(id) => (
                store::waitlist::open_offers(tx, id, now).await?,
                !store::waitlist::of_customer(tx, id, now).await?.is_empty(),
            ),
            None => (Vec::new(), false),
        };
        let texts = self.texts_of(tx, &own).await?;
        let rounding = texts.platform("rounding_line", own.language, &json!({}));
        let rounding = rounding.or_else(|| self.messages.render(own.language, "rounding_line", json!({})).ok());
        Ok(Facts {
            texts,
            offers,
            waiting,
            services: store::services::all(tx, own.currency).await?,
            bookings: match customer {
                Some(id) => store::bookings::of_customer(tx, id, now).await?,
                None => Vec::new(),
            },
            customer_fields: granted_fields(tx, customer, activated.as_ref()).await?,
            answered: match (customer, &activated) {
                (Some(id), Some(_)) => store::visit_answers::last_given(tx, id).await?,
                (None, _) | (_, None) => BTreeMap::new(),
            },
            activated,
            tenant: own,
            location,
            location_hours,
            inputs,
            last_booking: match customer {
                Some(id) => store::bookings::last_of_customer(tx, id).await?,
                None => None,
            },
            customer: known.unwrap_or_else(nobody),
            completed_visits,
            last_visit,
            description: None,
            vertical: self.vertical.clone(),
            outside: Arc::clone(&self.outside),
            store: Some(self.store.clone()),
            rehearsed: false,
            request: request.to_owned(),
            allowance: None,
            rounding: rounding.unwrap_or_default(),
        })
    }

    async fn texts_of(&self, tx: &mut TenantTx, own: &Tenant) -> Result<Texts, AppError> {
        let (current, alarms) = (Arc::new(store::texts::current(tx).await?), Arc::clone(&self.text_alarms));
        Ok(Texts { own: current, alarms, tenant: Some(own.id) })
    }

    /// What the release says of itself: asked once per release.
    pub(crate) async fn description(&self, activated: &Activated) -> Option<Arc<Description>> {
        if let Some(known) = lock(&self.descriptions).get(&activated.digest) {
            return Some(Arc::clone(known));
        }
        match self.vertical.describe(activated, Language::default()).await {
            Ok(description) => {
                let description = Arc::new(description);
                lock(&self.descriptions).insert(activated.digest.clone(), Arc::clone(&description));
                Some(description)
            }
            Err(error) => {
                tracing::warn!(module = %activated.module, %error, "the module does not describe itself");
                None
            }
        }
    }
}

fn busy(busy: store::claims::Busy) -> Busy {
    Busy { resource: busy.resource, span: busy.span, booking: Some(busy.booking) }
}

/// Everything that free times are worked out from, from now to the horizon.
async fn inputs(
    tx: &mut TenantTx,
    own: &Tenant,
    (location, hours): (&Location, &WeeklyHours),
    customer: Option<CustomerId>,
    now: Timestamp,
) -> Result<Inputs, AppError> {
    let reach = Reach::new(&own.policy, now, own.policy.horizon_days).ok_or(AppError::NotFound)?;
    let window = reach.window;
    let dates = (reach.first(&location.zone), location.zone.to_datetime(window.to()).date());
    let mut exceptions = store::hours::touching(tx, dates.0, dates.1).await?;
    if own.policy.closed_on_holidays {
        exceptions.extend(holidays::exceptions(&location.country, location.id, dates.0, dates.1));
    }
    let resources = store::resources::all(tx).await?;
    let about = (&location.zone, resources.as_slice(), exceptions.as_slice());
    let records = records::load(tx, &own.policy, customer, &reach, now, about).await?;
    Ok(Inputs {
        location: location.id,
        zone: location.zone.clone(),
        now,
        policy: own.policy.clone(),
        location_hours: hours.clone(),
        exceptions,
        resources,
        blocks: store::blocks::touching(tx, window).await?,
        busy: store::claims::touching(tx, window).await?.into_iter().map(busy).collect(),
        records,
    })
}

fn nobody() -> Customer {
    Customer {
        id: CustomerId(Default::default()),
        name: String::new(),
        language: None,
        note: String::new(),
        no_shows: 0,
        member: false,
    }
}

/// The fields of the customer that the module may read.
async fn granted_fields(
    tx: &mut TenantTx,
    customer: Option<CustomerId>,
    activated: Option<&Activated>,
) -> Result<BTreeMap<String, String>, AppError> {
    let mut fields = BTreeMap::new();
    let (Some(customer), Some(activated)) = (customer, activated) else { return Ok(fields) };
    for key in activated.grants.iter().filter_map(|grant| grant.strip_prefix("customer:")) {
        let key = key.strip_suffix('=').unwrap_or(key);
        if let Some(value) = store::customer_fields::get(tx, customer, key).await? {
            fields.insert(key.to_owned(), value);
        }
    }
    Ok(fields)
}

/// Who it is, how many visits there were, and the last of them.
async fn history(
    tx: &mut TenantTx,
    customer: Option<CustomerId>,
) -> Result<(Option<Customer>, (u32, Option<Timestamp>)), AppError> {
    let Some(id) = customer else { return Ok((None, (0, None))) };
    Ok((store::customers::find(tx, id).await?, store::bookings::visits(tx, id).await?))
}
