//! The dates a rule names, before exceptions and before its end in time.

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};

use super::{End, Every, InvalidRule, MOST, MonthDay, Rule, YEARS};

/// Dates from `first` on: as many as COUNT says, or one more than a series may have within the years it may run.
pub(super) fn dates(rule: &Rule, first: Date) -> Result<Vec<Date>, InvalidRule> {
    if rule.interval == 0 || rule.interval > MOST {
        return Err(InvalidRule::Interval);
    }
    let wanted = match rule.end {
        End::Count(0) => return Err(InvalidRule::Never),
        End::Count(count) if count > MOST => return Err(InvalidRule::TooMany),
        End::Count(count) => usize::from(count),
        End::Wall(_) | End::Instant(_) => usize::from(MOST) + 1,
    };
    let last = first.checked_add(i64::from(YEARS).years()).map_err(|_end_of_time| InvalidRule::TooLong)?;
    let mut dates = Vec::new();
    let mut step = 0_i64;
    while dates.len() < wanted {
        let Some((_begins, mut some)) = period(rule, first, step).filter(|(begins, _)| *begins <= last) else {
            // A count that the years do not hold would silently become a shorter series.
            return if matches!(rule.end, End::Count(_)) { Err(InvalidRule::TooLong) } else { Ok(dates) };
        };
        some.retain(|date| first <= *date && *date <= last);
        dates.extend(some);
        step += 1;
    }
    dates.truncate(wanted);
    Ok(dates)
}

/// The `step`th day, week or month of the rule: when it begins, and its dates in order.
fn period(rule: &Rule, first: Date, step: i64) -> Option<(Date, Vec<Date>)> {
    let steps = step.checked_mul(i64::from(rule.interval))?;
    match &rule.every {
        Every::Day => {
            let date = first.checked_add(steps.days()).ok()?;
            Some((date, vec![date]))
        }
        Every::Week(days) => {
            let before = i64::from(rule.week_start.until(first.weekday()));
            let begins = first.checked_sub(before.days()).ok()?.checked_add(steps.weeks()).ok()?;
            let named = |day: Weekday| if days.is_empty() { day == first.weekday() } else { days.contains(&day) };
            let week = (0..7_i64).filter_map(|day| begins.checked_add(day.days()).ok());
            Some((begins, week.filter(|date| named(date.weekday())).collect()))
        }
        Every::Month(days) => {
            let begins = first.first_of_month().checked_add(steps.months()).ok()?;
            let own = [MonthDay::Date(first.day())];
            let days = if days.is_empty() { own.as_slice() } else { days.as_slice() };
            let mut dates: Vec<Date> = days.iter().filter_map(|day| on(begins, *day)).collect();
            dates.sort_unstable();
            dates.dedup();
            Some((begins, dates))
        }
    }
}

/// The day in the month that `begins`, if it has one.
fn on(begins: Date, day: MonthDay) -> Option<Date> {
    match day {
        MonthDay::Date(number) if number > 0 => Date::new(begins.year(), begins.month(), number).ok(),
        MonthDay::Date(number) => Date::new(begins.year(), begins.month(), begins.days_in_month() + 1 + number).ok(),
        MonthDay::Nth(nth, weekday) => begins.nth_weekday_of_month(nth, weekday).ok(),
    }
}
