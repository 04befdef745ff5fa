//! What limits and fair shares go by, loaded with the facts: a query more only where the owner's rules ask for it.

use domain::{
    CustomerId, ResourceId, Span,
    catalog::{HoursException, Resource},
    ids::Id,
    tenant::{BookingPolicy, LimitOf},
};
use jiff::{SignedDuration, Timestamp, ToSpan, tz::TimeZone};
use scheduling::{
    Busy, Kept, Records,
    fair::{Fairness, Given},
};
use store::{TenantTx, visits};

use crate::view::AppError;

/// How many days back count when the next customer is given to somebody.
const COUNTED_DAYS: i64 = 14;
/// From any day back to its Monday, and on to its Sunday.
const WEEK_HOURS: i64 = 7 * 24;

/// What the facts reach over.
pub(crate) struct Reach {
    pub(crate) window: Span,
    /// From when on what was given counts.
    counted: Span,
}

impl Reach {
    /// From now to `days` ahead. Limits count by the week, so where there are any the whole weeks must be known.
    pub(crate) fn new(policy: &BookingPolicy, now: Timestamp, days: u32) -> Option<Self> {
        let week = if policy.limits.is_empty() { 0 } else { WEEK_HOURS };
        let back = |hours: i64| now.checked_sub(SignedDuration::from_hours(hours)).ok();
        let to = now.checked_add(SignedDuration::from_hours((i64::from(days) + 2) * 24 + week)).ok()?;
        Some(Self { window: Span::new(back(48 + week)?, to)?, counted: Span::new(back(COUNTED_DAYS * 24)?, to)? })
    }

    /// The first date of which exceptions are worth loading.
    pub(crate) fn first(&self, zone: &TimeZone) -> jiff::civil::Date {
        zone.to_datetime(self.counted.from()).date()
    }
}

/// Everything on record but what takes a slot.
pub(crate) async fn load(
    tx: &mut TenantTx,
    policy: &BookingPolicy,
    customer: Option<CustomerId>,
    reach: &Reach,
    now: Timestamp,
    (zone, resources, exceptions): (&TimeZone, &[Resource], &[HoursException]),
) -> Result<Records, AppError> {
    let done = if policy.limits.iter().any(|limit| limit.of != LimitOf::Customer) {
        visits::done(tx, reach.window).await?
    } else {
        Vec::new()
    };
    let past = Span::new(reach.counted.from(), now);
    let given = match past {
        Some(past) => visits::given(tx, past).await?,
        None => Vec::new(),
    };
    let mut absences = store::blocks::absences(tx, reach.counted).await?;
    absences.extend(exceptions.iter().filter_map(|exception| away(zone, exception)));
    absences.extend(resources.iter().filter_map(|resource| before_joining(resource, reach.counted)));
    let elsewhere = store::outside_calendars::touching(tx, reach.window).await?;
    let away = |(resource, span)| Busy { resource, span, booking: None };
    Ok(Records {
        outside: elsewhere.busy.into_iter().map(away).collect(),
        unread: elsewhere.unread,
        customer: of_customer(tx, policy, customer, reach).await?,
        done: done
            .into_iter()
            .map(|busy| Busy { resource: busy.resource, span: busy.span, booking: Some(busy.booking) })
            .collect(),
        fairness: Fairness {
            given: given
                .into_iter()
                .map(|given| Given { resource: given.resource, at: given.last, amount: given.minutes })
                .collect(),
            absences,
            priorities: Vec::new(),
        },
    })
}

/// The customer's visits, where the owner limits them.
pub(crate) async fn of_customer(
    tx: &mut TenantTx,
    policy: &BookingPolicy,
    customer: Option<CustomerId>,
    reach: &Reach,
) -> Result<Vec<Kept>, AppError> {
    let limited = policy.limits.iter().any(|limit| limit.of == LimitOf::Customer);
    let Some(customer) = customer.filter(|_| limited) else { return Ok(Vec::new()) };
    let visits = visits::of_customer(tx, customer, reach.window).await?;
    Ok(visits.into_iter().map(|(booking, span)| Kept { booking: Some(booking), span }).collect())
}

/// A resource whose own hours say closed for whole days is away on them.
fn away(zone: &TimeZone, exception: &HoursException) -> Option<(ResourceId, Span)> {
    let resource = exception.resource.filter(|_| exception.open.is_empty())?;
    let midnight = |date: jiff::civil::Date| date.to_zoned(zone.clone()).ok().map(|at| at.timestamp());
    let span = Span::new(midnight(exception.first)?, midnight(exception.last.checked_add(1.day()).ok()?)?)?;
    Some((resource, span))
}

/// Whoever came since is not behind with what was given before: ids tell when they were made.
fn before_joining(resource: &Resource, counted: Span) -> Option<(ResourceId, Span)> {
    let (seconds, _nanos) = resource.id.uuid().get_timestamp()?.to_unix();
    let joined = Timestamp::from_second(i64::try_from(seconds).ok()?).ok()?;
    Some((resource.id, Span::new(counted.from(), joined)?))
}
