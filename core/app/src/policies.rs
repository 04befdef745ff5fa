//! What the owner decides about booking as such: read, changed, and who counts as a member of the house.

use domain::{
    CustomerId, ResourceId,
    tariff::{Change, Condition, DepositPart, PriceRule, Tariff},
    tenant::{BookingPolicy, Limit, LimitOf},
};
use jiff::ToSpan;
use scheduling::holidays;

use crate::{
    App,
    view::{AppError, Clerk, HolidayView, PolicyView, ResourceName},
};

/// More of them nobody can keep in mind.
const LIMITS: usize = 20;
const RULES: usize = 50;
/// How far ahead holidays are shown.
const HOLIDAY_DAYS: i64 = 365;

impl App {
    pub async fn policy(&self, clerk: &Clerk) -> Result<PolicyView, AppError> {
        let mut tx = self.store.read(clerk.tenant).await?;
        let tenant = store::tenants::own(&mut tx).await?;
        let (location, _) = store::locations::all(&mut tx).await?.into_iter().next().ok_or(AppError::NotFound)?;
        let resources = store::resources::all(&mut tx).await?;
        let mut kinds: Vec<String> = resources.iter().map(|resource| resource.kind.clone()).collect();
        kinds.sort();
        kinds.dedup();
        let active = resources.into_iter().filter(|resource| resource.active);
        let today = location.zone.to_datetime(self.env.now()).date();
        let far = today.checked_add(HOLIDAY_DAYS.days()).unwrap_or(today);
        let holidays = holidays::exceptions(&location.country, location.id, today, far).into_iter();
        Ok(PolicyView {
            policy: tenant.policy,
            currency: tenant.currency,
            resources: active
                .map(|resource| ResourceName { id: resource.id, name: resource.name, role: resource.kind })
                .collect(),
            kinds,
            holidays: holidays.map(|day| HolidayView { date: day.first, name: day.reason }).collect(),
            country: location.country,
        })
    }

    /// From now on. Prices stay: they have their own change. What is booked stays as it was booked.
    pub async fn set_policy(&self, clerk: &Clerk, policy: BookingPolicy) -> Result<(), AppError> {
        if let Some(wrong) = policy.out_of_bounds() {
            return Err(invalid(wrong.field, &wrong.to_string()));
        }
        let mut tx = self.store.write(clerk.tenant).await?;
        let resources = store::resources::all(&mut tx).await?;
        if policy.limits.len() > LIMITS {
            return Err(invalid("limits", "are more than 20"));
        }
        let known = |id: ResourceId| resources.iter().any(|resource| resource.id == id);
        for limit in &policy.limits {
            checked_limit(limit, known)?;
        }
        let before = store::tenants::own(&mut tx).await?.policy;
        let policy = BookingPolicy { tariff: before.tariff, ..policy };
        store::tenants::set_policy(&mut tx, &policy).await?;
        store::audit::append(&mut tx, &clerk.member.to_string(), "changed", "policy").await?;
        Ok(tx.commit().await?)
    }

    /// Prices from now on. A quote that was told keeps its price.
    pub async fn set_tariff(&self, clerk: &Clerk, tariff: Tariff) -> Result<(), AppError> {
        if tariff.rules.len() > RULES {
            return Err(invalid("rules", "are more than 50"));
        }
        tariff.rules.iter().try_for_each(checked_rule)?;
        if tariff.round_to == Some(0) {
            return Err(invalid("round_to", "must be 1 or more"));
        }
        match tariff.deposit.map(|deposit| deposit.part) {
            Some(DepositPart::Share(share)) if !(1..=10_000).contains(&share) => {
                return Err(invalid("deposit", "must be more than 0 and at most 100 percent"));
            }
            Some(DepositPart::Amount(amount)) if amount <= 0 => return Err(invalid("deposit", "must be more than 0")),
            Some(DepositPart::Share(_) | DepositPart::Amount(_)) | None => {}
        }
        let mut tx = self.store.write(clerk.tenant).await?;
        let before = store::tenants::own(&mut tx).await?.policy;
        store::tenants::set_policy(&mut tx, &BookingPolicy { tariff, ..before }).await?;
        store::audit::append(&mut tx, &clerk.member.to_string(), "changed", "tariff").await?;
        Ok(tx.commit().await?)
    }

    /// Whether a customer pays members' prices from now on. What is booked keeps its price.
    pub async fn set_member(&self, clerk: &Clerk, customer: CustomerId, member: bool) -> Result<(), AppError> {
        let mut tx = self.store.write(clerk.tenant).await?;
        let known = store::customers::find(&mut tx, customer).await?.ok_or(AppError::NotFound)?;
        store::customers::set_member(&mut tx, known.id, member).await?;
        let what = if member { "made_member" } else { "ended_membership" };
        store::audit::append(&mut tx, &clerk.member.to_string(), what, &customer.to_string()).await?;
        store::events::push(&mut tx, "customer", customer).await?;
        tx.commit().await?;
        self.ring();
        Ok(())
    }
}

fn checked_limit(limit: &Limit, known: impl Fn(ResourceId) -> bool) -> Result<(), AppError> {
    if limit.bookings.is_none() && limit.minutes.is_none() {
        return Err(invalid("limits", "need a number of bookings or of minutes"));
    }
    if limit.bookings == Some(0) || limit.minutes == Some(0) {
        return Err(invalid("limits", "must be 1 or more"));
    }
    match &limit.of {
        LimitOf::Customer => Ok(()),
        LimitOf::Kind(kind) if !kind.is_empty() => Ok(()),
        LimitOf::Resource(id) if known(*id) => Ok(()),
        LimitOf::Kind(_) | LimitOf::Resource(_) => Err(invalid("limits", "name somebody who is not there")),
    }
}

fn checked_rule(rule: &PriceRule) -> Result<(), AppError> {
    if rule.key.is_empty() || rule.label.trim().is_empty() || rule.label.chars().count() > 60 {
        return Err(invalid("label", "must be 1 to 60 letters"));
    }
    for when in &rule.when {
        let fits = match when {
            Condition::Weekdays(days) => !days.is_empty() && days.iter().all(|day| (1..=7).contains(day)),
            Condition::Between(from, to) => *from < 1_440 && *to <= 1_440 && from != to,
            Condition::Dates(first, last) => first <= last,
            Condition::Party(least) => (2..=1_000).contains(least),
            Condition::Demand(least) => (1..=100).contains(least),
            Condition::Within(minutes) => *minutes > 0,
            Condition::Member => true,
        };
        if !fits {
            return Err(invalid("when", "has days, hours, dates or numbers that cannot be"));
        }
    }
    match rule.change {
        // Nobody is paid for coming, and nothing costs more than ten times its price.
        Change::Share(share) if !(-10_000..=100_000).contains(&share) || share == 0 => {
            Err(invalid("change", "must be -100 to 1000 percent, and not 0"))
        }
        Change::PerHour(0) | Change::Amount(0) | Change::PerPerson(0) => Err(invalid("change", "must not be 0")),
        Change::Share(_) | Change::PerHour(_) | Change::Amount(_) | Change::PerPerson(_) => Ok(()),
    }
}

fn invalid(field: &str, reason: &str) -> AppError {
    AppError::Invalid { field: field.to_owned(), reason: reason.to_owned() }
}
