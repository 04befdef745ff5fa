//! What a visit costs: core's lines first, then the module's, and one total that is their sum.
//!
//! Invariants: whole minor units throughout; every line is rounded once, half away from zero, and the total is the sum
//! of what is shown; peak and off-peak minutes are those of the wall clock.

use domain::{
    Currency, Money, Span,
    booking::{PriceLine, Quote},
    money::MoneyError,
    tariff::{Change, Condition, DepositPart, PriceRule, Tariff},
};
use jiff::{SignedDuration, Timestamp, ToSpan, tz::TimeZone};

use crate::{
    board::Board,
    inputs::{Inputs, Visit, VisitItem},
    intervals::Intervals,
};

/// The key of the line that rounds; its label is the caller's to say.
pub const ROUNDING: &str = "rounding";

/// What a price depends on besides what is booked.
#[derive(Debug, Clone)]
pub struct PriceContext {
    pub zone: TimeZone,
    pub now: Timestamp,
    pub member: bool,
    /// Percent of the day's working time that is taken: see [`demand`].
    pub demand_percent: u32,
}

/// One line per service, as the catalogue prices it.
pub fn base_lines(visit: &Visit) -> Vec<PriceLine> {
    visit.items.iter().map(base_line).collect()
}

/// Core's lines for a visit that begins at `start`: each service and what the tariff changes about it, then rounding.
pub fn lines(
    tariff: &Tariff,
    context: &PriceContext,
    visit: &Visit,
    start: Timestamp,
) -> Result<Vec<PriceLine>, MoneyError> {
    let mut lines = Vec::new();
    let mut at = start;
    for item in &visit.items {
        lines.push(base_line(item));
        let minutes = item.service.minutes();
        if let Some(span) = Span::lasting(at, minutes) {
            for rule in &tariff.rules {
                lines.extend(rule_line(rule, context, visit, item, span)?);
            }
            at = span.to();
        }
    }
    lines.extend(rounding_line(tariff, &lines)?);
    Ok(lines)
}

/// Adds up. Fails where currencies mix or the sum does not fit; a negative total becomes zero.
pub fn total(lines: Vec<PriceLine>, currency: Currency) -> Result<Quote, MoneyError> {
    let sum = sum(&lines, currency)?;
    Ok(Quote { lines, total: Money::new(sum.minor.max(0), currency), deposit: None })
}

/// What is to be paid ahead of `total`: nothing, part of it, or all.
pub fn deposit(tariff: &Tariff, context: &PriceContext, total: Money) -> Result<Money, MoneyError> {
    let asked = tariff.deposit.filter(|deposit| !(deposit.members_free && context.member));
    let Some(deposit) = asked.filter(|deposit| total.minor >= deposit.from_total) else {
        return Ok(Money::zero(total.currency));
    };
    let part = match deposit.part {
        DepositPart::Share(basis_points) => total.share(basis_points)?,
        DepositPart::Amount(minor) => Money::new(minor, total.currency),
    };
    Ok(Money::new(part.minor.clamp(0, total.minor.max(0)), total.currency))
}

/// How many percent of the working time of the local day of `at` are taken, rounded down.
pub fn demand(inputs: &Inputs, at: Timestamp) -> u32 {
    let date = inputs.zone.to_datetime(at).date();
    let midnight = |date: jiff::civil::Date| date.to_zoned(inputs.zone.clone()).ok().map(|at| at.timestamp());
    let next = date.checked_add(1.day()).ok();
    let Some(day) = midnight(date).zip(next.and_then(midnight)).and_then(|(from, to)| Span::new(from, to)) else {
        return 0;
    };
    let board = Board::new(inputs, day);
    let day = Intervals::from_unsorted(vec![(day.from().as_second(), day.to().as_second())]);
    let (mut open, mut taken) = (0, 0);
    for lane in &board.lanes {
        let working = lane.open.intersection(&day).without(&lane.blocked).without(&lane.away);
        open += working.seconds();
        taken += working.intersection(&lane.full(1)).seconds();
    }
    (taken * 100).checked_div(open).and_then(|percent| u32::try_from(percent).ok()).unwrap_or(0)
}

fn base_line(item: &VisitItem) -> PriceLine {
    PriceLine { key: "base".to_owned(), label: item.service.name.clone(), amount: item.service.price }
}

fn rule_line(
    rule: &PriceRule,
    context: &PriceContext,
    visit: &Visit,
    item: &VisitItem,
    span: Span,
) -> Result<Option<PriceLine>, MoneyError> {
    let concerned = rule.services.is_empty() || rule.services.contains(&item.service.key);
    if !concerned || !rule.when.iter().all(|condition| holds(condition, context, visit, span.from())) {
        return Ok(None);
    }
    let price = item.service.price;
    let amount = match rule.change {
        Change::Share(basis_points) => {
            // Both shares in one fraction: rounding happens once.
            let (part, whole) = (minutes_within(rule, context, span), span.minutes());
            fraction(price, i128::from(basis_points) * i128::from(part), 10_000 * i128::from(whole.max(1)))?
        }
        Change::PerHour(minor) => {
            let part = minutes_within(rule, context, span);
            fraction(Money::new(minor, price.currency), i128::from(part), 60)?
        }
        Change::Amount(minor) if starts_within(rule, context, span) => Money::new(minor, price.currency),
        Change::PerPerson(minor) if starts_within(rule, context, span) => {
            fraction(Money::new(minor, price.currency), i128::from(visit.party.saturating_sub(1)), 1)?
        }
        Change::Amount(_) | Change::PerPerson(_) => Money::zero(price.currency),
    };
    Ok((amount.minor != 0).then(|| PriceLine { key: rule.key.clone(), label: rule.label.clone(), amount }))
}

/// Conditions of time hold minute by minute and are asked elsewhere.
fn holds(condition: &Condition, context: &PriceContext, visit: &Visit, start: Timestamp) -> bool {
    match condition {
        Condition::Weekdays(_) | Condition::Between(..) | Condition::Dates(..) => true,
        Condition::Member => context.member,
        Condition::Party(least) => visit.party >= *least,
        Condition::Demand(least) => context.demand_percent >= *least,
        Condition::Within(minutes) => {
            start.duration_since(context.now) <= SignedDuration::from_mins(i64::from(*minutes))
        }
    }
}

fn minutes_within(rule: &PriceRule, context: &PriceContext, span: Span) -> i64 {
    if !rule.when.iter().any(Condition::is_of_time) {
        return span.minutes();
    }
    let minutes = (0..span.minutes()).filter_map(|minute| span.from().checked_add(minute.minutes()).ok());
    i64::try_from(minutes.filter(|at| is_time(rule, context, *at)).count()).unwrap_or(0)
}

fn starts_within(rule: &PriceRule, context: &PriceContext, span: Span) -> bool {
    is_time(rule, context, span.from())
}

fn is_time(rule: &PriceRule, context: &PriceContext, at: Timestamp) -> bool {
    let wall = context.zone.to_datetime(at);
    let minute = u16::from(wall.hour().unsigned_abs()) * 60 + u16::from(wall.minute().unsigned_abs());
    rule.when.iter().all(|condition| match condition {
        Condition::Weekdays(days) => days.contains(&wall.weekday().to_monday_one_offset().unsigned_abs()),
        Condition::Between(from, to) if from <= to => (*from..*to).contains(&minute),
        Condition::Between(from, to) => minute >= *from || minute < *to,
        Condition::Dates(first, last) => (*first..=*last).contains(&wall.date()),
        Condition::Member | Condition::Party(_) | Condition::Demand(_) | Condition::Within(_) => true,
    })
}

fn rounding_line(tariff: &Tariff, lines: &[PriceLine]) -> Result<Option<PriceLine>, MoneyError> {
    let (Some(step), Some(first)) = (tariff.round_to.filter(|step| *step > 1), lines.first()) else { return Ok(None) };
    let exact = sum(lines, first.amount.currency)?;
    let steps = fraction(exact, 1, i128::from(step))?;
    let rounded = fraction(steps, i128::from(step), 1)?;
    let minor = rounded.minor.checked_sub(exact.minor).ok_or(MoneyError::Overflow)?;
    let amount = Money::new(minor, exact.currency);
    Ok((minor != 0).then(|| PriceLine { key: ROUNDING.to_owned(), label: String::new(), amount }))
}

fn sum(lines: &[PriceLine], currency: Currency) -> Result<Money, MoneyError> {
    lines.iter().try_fold(Money::zero(currency), |sum, line| sum.checked_add(line.amount))
}

/// `money × part ÷ whole`, rounded half away from zero.
fn fraction(money: Money, part: i128, whole: i128) -> Result<Money, MoneyError> {
    let exact = i128::from(money.minor).checked_mul(part).ok_or(MoneyError::Overflow)?;
    let half = if (exact < 0) == (whole < 0) { whole / 2 } else { -(whole / 2) };
    let rounded = exact.checked_add(half).and_then(|exact| exact.checked_div(whole)).ok_or(MoneyError::Overflow)?;
    let minor = i64::try_from(rounded).map_err(|_too_large| MoneyError::Overflow)?;
    Ok(Money::new(minor, money.currency))
}

#[cfg(test)]
mod tests;
