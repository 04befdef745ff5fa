//! At most so much a day or a week: what a resource, or the customer, still has room for.

use domain::{
    BookingId, Span,
    catalog::Resource,
    tenant::{Limit, LimitOf, Period},
};
use jiff::{ToSpan, civil::Date};

use crate::{
    days::{Days, opens},
    inputs::{Busy, Inputs},
    intervals::{Interval, Intervals},
};

/// What is left in each day or week that has a limit.
#[derive(Debug, Clone, Default)]
pub(crate) struct Allowance(Vec<Left>);

#[derive(Debug, Clone)]
struct Left {
    /// The days or weeks of one limit may overlap those of another.
    within: Interval,
    bookings: Option<u32>,
    seconds: Option<i64>,
    limit: Limit,
}

/// One booking as limits count it: once, by the beginning of the first thing it takes.
#[derive(Debug, Clone, Copy)]
struct Taken {
    from: i64,
    seconds: i64,
}

impl Allowance {
    pub(crate) fn of_resource(inputs: &Inputs, days: &Days<'_>, resource: &Resource) -> Self {
        let holds = |limit: &&Limit| match &limit.of {
            LimitOf::Customer => false,
            LimitOf::Kind(kind) => *kind == resource.kind,
            LimitOf::Resource(id) => *id == resource.id,
        };
        let limits: Vec<&Limit> = inputs.policy.limits.iter().filter(holds).collect();
        if limits.is_empty() {
            return Self::default();
        }
        let claims = inputs.busy.iter().chain(&inputs.records.done).filter(|busy| busy.resource == resource.id);
        Self::left(days, &limits, &by_booking(claims))
    }

    pub(crate) fn of_customer(inputs: &Inputs, days: &Days<'_>) -> Self {
        let limits: Vec<&Limit> = inputs.policy.limits.iter().filter(|limit| limit.of == LimitOf::Customer).collect();
        let visits: Vec<Taken> = inputs.records.customer.iter().map(|kept| taken(kept.span)).collect();
        Self::left(days, &limits, &visits)
    }

    fn left(days: &Days<'_>, limits: &[&Limit], taken: &[Taken]) -> Self {
        let mut left = Vec::new();
        for limit in limits {
            let mut known: Option<Interval> = None;
            for (_, day) in days.iter() {
                let within = match limit.per {
                    Period::Day => Some((day.begins, day.ends)),
                    Period::Week => week(days, day.date),
                };
                let Some(within) = within.filter(|within| known != Some(*within)) else { continue };
                known = Some(within);
                let some = taken.iter().filter(|taken| within.0 <= taken.from && taken.from < within.1);
                let (bookings, seconds) = some.fold((0_u32, 0), |(bookings, seconds), taken| {
                    (bookings.saturating_add(1), seconds + taken.seconds)
                });
                left.push(Left {
                    within,
                    bookings: limit.bookings.map(|most| most.saturating_sub(bookings)),
                    seconds: limit.minutes.map(|most| i64::from(most) * 60 - seconds),
                    limit: (*limit).clone(),
                });
            }
        }
        Self(left)
    }

    pub(crate) fn is_unlimited(&self) -> bool {
        self.0.is_empty()
    }

    /// The limit that one more booking of so many seconds, beginning at `at`, would break.
    pub(crate) fn broken_by(&self, at: i64, seconds: i64) -> Option<&Limit> {
        let there = |left: &&Left| left.within.0 <= at && at < left.within.1;
        self.0.iter().filter(there).find(|left| left.is_broken_by(seconds)).map(|left| &left.limit)
    }

    /// When nothing of so many seconds may begin.
    pub(crate) fn closed(&self, seconds: i64) -> Intervals {
        Intervals::from_unsorted(
            self.0.iter().filter(|left| left.is_broken_by(seconds)).map(|left| left.within).collect(),
        )
    }
}

impl Left {
    fn is_broken_by(&self, seconds: i64) -> bool {
        self.bookings == Some(0) || self.seconds.is_some_and(|left| left < seconds)
    }
}

/// From Monday to Monday.
fn week(days: &Days<'_>, date: Date) -> Option<Interval> {
    let monday = date.checked_sub(i64::from(date.weekday().to_monday_zero_offset()).days()).ok()?;
    Some((opens(days.zone(), monday, 0)?, opens(days.zone(), monday.checked_add(7.days()).ok()?, 0)?))
}

fn by_booking<'b>(claims: impl Iterator<Item = &'b Busy>) -> Vec<Taken> {
    let mut claims: Vec<(Option<BookingId>, Span)> = claims.map(|busy| (busy.booking, busy.span)).collect();
    claims.sort_unstable();
    // Several units of one booking take the same minutes.
    claims.dedup_by(|one, other| one == other && one.0.is_some());
    let mut all: Vec<(Option<BookingId>, Taken)> = Vec::new();
    for (booking, span) in claims {
        match all.last_mut() {
            Some((last, whole)) if last.is_some() && *last == booking => whole.seconds += taken(span).seconds,
            _ => all.push((booking, taken(span))),
        }
    }
    all.into_iter().map(|(_, taken)| taken).collect()
}

fn taken(span: Span) -> Taken {
    let from = span.from().as_second();
    Taken { from, seconds: span.to().as_second() - from }
}
