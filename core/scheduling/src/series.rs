//! Recurring visits: which starts a rule names, and what stands against each of them before anything is written.
//!
//! Invariants: a rule always ends, names at most [`MOST`] starts within [`YEARS`] years, and has at most one a day;
//! it is meant in the wall clock of the location, so nine in the morning stays nine across clock changes. A wall time
//! that a clock change skips is taken with the offset before the jump, one that it repeats is the first of the two
//! (RFC 5545, 3.3.5; jiff calls this "compatible"). Start at [`plan`]; [`Rule`] reads and prints the text form.

mod dates;
mod text;

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, DateTime, Weekday},
    tz::TimeZone,
};

use crate::{Alternative, Inputs, Opening, Reason, Visit, alternatives::alternatives, explain::explain};

/// A series has no more visits than this.
pub const MOST: u16 = 366;
/// And none later than this many years after its first.
pub const YEARS: i16 = 10;

/// How a visit repeats: the part of RFC 5545's RRULE and EXDATE that people use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub every: Every,
    /// Every second week is 2. Never 0.
    pub interval: u16,
    pub end: End,
    /// On which day a week begins: matters when some weeks are left out.
    pub week_start: Weekday,
    /// Dates left out. They still count towards [`End::Count`], as in RFC 5545.
    pub except: Vec<Date>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Every {
    Day,
    /// On these days; none means the first visit's.
    Week(Vec<Weekday>),
    /// On these days; none means the first visit's date. A month without such a day is passed over.
    Month(Vec<MonthDay>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MonthDay {
    /// 1 to 31, or -1 for the last day of the month, -2 for the one before.
    Date(i8),
    /// The second Tuesday is `(2, Tuesday)`, the last Friday `(-1, Friday)`.
    Nth(i8, Weekday),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Count(u16),
    /// Up to and with this wall time.
    Wall(DateTime),
    /// Up to and with this instant.
    Instant(Timestamp),
}

/// Why a rule is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRule {
    #[error(
        "{0} is not understood in a repetition; there is FREQ=DAILY, WEEKLY or MONTHLY, INTERVAL, COUNT or UNTIL, BYDAY, BYMONTHDAY, WKST and EXDATE"
    )]
    Unknown(String),
    #[error("{part} cannot be {value}")]
    Value { part: &'static str, value: String },
    #[error("{0} is said twice")]
    Twice(String),
    #[error("a repetition needs FREQ=DAILY, WEEKLY or MONTHLY")]
    NoFrequency,
    #[error("a repetition must end: by COUNT or by UNTIL, and not by both")]
    Endless,
    #[error("INTERVAL must be between 1 and {MOST}")]
    Interval,
    #[error("a series may have at most {MOST} visits")]
    TooMany,
    #[error("a series may not run longer than {YEARS} years")]
    TooLong,
    #[error("no date fits this repetition")]
    Never,
}

/// One start that a rule names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// As it was meant. In a gap of the clock the instant shows another time than this.
    pub wall: DateTime,
    pub at: Timestamp,
}

/// One visit of a series, and whether it can be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    pub start: Start,
    pub answer: Result<Opening, Vec<Reason>>,
    /// What is near, for one that cannot be had; none otherwise.
    pub alternatives: Vec<Alternative>,
}

impl Rule {
    /// Every week on the first visit's weekday, `count` times.
    pub fn weekly(count: u16) -> Self {
        Self {
            every: Every::Week(Vec::new()),
            interval: 1,
            end: End::Count(count),
            week_start: Weekday::Monday,
            except: Vec::new(),
        }
    }

    /// The starts the rule names from `first` on, ascending. `first` itself is one of them only if the rule names it.
    pub fn starts(&self, zone: &TimeZone, first: DateTime) -> Result<Vec<Start>, InvalidRule> {
        let mut starts = Vec::new();
        for (number, date) in dates::dates(self, first.date())?.into_iter().enumerate() {
            let wall = date.to_datetime(first.time());
            let at = zone.to_ambiguous_timestamp(wall).compatible().map_err(|_end_of_time| InvalidRule::TooLong)?;
            let more = match self.end {
                End::Count(count) => number < usize::from(count),
                End::Wall(last) => wall <= last,
                End::Instant(last) => at <= last,
            };
            if !more {
                break;
            }
            if number >= usize::from(MOST) {
                return Err(InvalidRule::TooMany);
            }
            if !self.except.contains(&date) {
                starts.push(Start { wall, at });
            }
        }
        if starts.is_empty() { Err(InvalidRule::Never) } else { Ok(starts) }
    }

    /// This rule without the visit on `date`: "skip that one".
    #[must_use]
    pub fn without(mut self, date: Date) -> Self {
        if let Err(place) = self.except.binary_search(&date) {
            self.except.insert(place, date);
        }
        self
    }

    /// The rule cut in two for "this and later": what stays before `date`, and what begins on it.
    /// Either is `None` when nothing is left on its side.
    pub fn split(
        &self,
        zone: &TimeZone,
        first: DateTime,
        date: Date,
    ) -> Result<(Option<Self>, Option<Self>), InvalidRule> {
        let whole = Self { except: Vec::new(), ..self.clone() };
        let earlier = whole.starts(zone, first)?.into_iter().filter(|start| start.wall.date() < date).count();
        let all = whole.starts(zone, first)?.len();
        let (earlier, all) = (count(earlier)?, count(all)?);
        let part = |number: u16, keep: &dyn Fn(&Date) -> bool| {
            let except = self.except.iter().filter(|date| keep(date)).copied().collect();
            (number > 0).then(|| Self { end: End::Count(number), except, ..self.clone() })
        };
        Ok((part(earlier, &|other| *other < date), part(all - earlier, &|other| *other >= date)))
    }
}

fn count(number: usize) -> Result<u16, InvalidRule> {
    u16::try_from(number).map_err(|_more_than_a_series_has| InvalidRule::TooMany)
}

/// How many alternatives are looked for at a start that cannot be had, and how far after it.
const NEAR: usize = 3;
const FAR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Every visit of the series with the opening it would take, or all that stands against it and what is near.
///
/// Earlier visits of the series count as taken for later ones. Nothing is written: the customer decides first
/// which of those that cannot be had are skipped or moved.
pub fn plan(inputs: &Inputs, visit: &Visit, rule: &Rule, first: DateTime) -> Result<Vec<Occurrence>, InvalidRule> {
    let mut inputs = inputs.clone();
    let mut planned = Vec::new();
    for start in rule.starts(&inputs.zone, first)? {
        let answer = explain(&inputs, visit, start.at);
        let near = match &answer {
            Ok(_) => Vec::new(),
            Err(_) => start
                .at
                .checked_add(FAR)
                .map_or_else(|_end_of_time| Vec::new(), |far| alternatives(&inputs, visit, start.at, far, NEAR)),
        };
        if let Ok(opening) = &answer {
            inputs.take(opening);
        }
        planned.push(Occurrence { start, answer, alternatives: near });
    }
    Ok(planned)
}

#[cfg(test)]
mod tests;
