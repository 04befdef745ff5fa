//! What a wish in words means on the calendar: which stretches of time, which starts suit, and which few to offer.

use domain::Span;
use jiff::{Timestamp, ToSpan, civil::Date};
use language::{Days, Hour};
use scheduling::{Opening, Reason, Visit, explain};

use super::{Facts, Memory};

/// The stretches of time that were wished for; without a day, the next fortnight.
pub(super) fn windows(facts: &Facts, memory: &Memory) -> Vec<Span> {
    let day = |date: Date| {
        let from = date.to_zoned(facts.location.zone.clone()).ok()?.timestamp();
        let to = date.tomorrow().ok()?.to_zoned(facts.location.zone.clone()).ok()?.timestamp();
        Span::new(from, to)
    };
    let range = |from: Date, to: Date| Span::new(day(from)?.from(), day(to)?.to());
    let today = facts.wall().date();
    match &memory.days {
        Some(Days::On(date)) => day(*date).into_iter().collect(),
        Some(Days::Between(from, to)) => range(*from, *to).into_iter().collect(),
        Some(Days::OneOf(dates)) => dates.iter().filter_map(|date| day(*date)).collect(),
        Some(Days::Soonest) | None => {
            today.checked_add(14.days()).ok().and_then(|last| range(today, last)).into_iter().collect()
        }
    }
}

/// Whether the start is at the hour that was wished for.
pub(super) fn suits(facts: &Facts, memory: &Memory, opening: &Opening) -> bool {
    let local = facts.local(opening.start()).time();
    let minute = u16::from(local.hour().unsigned_abs()) * 60 + u16::from(local.minute().unsigned_abs());
    match memory.hour {
        None | Some(Hour::First | Hour::Last) => true,
        Some(Hour::At(time)) => local == time,
        Some(Hour::From(from)) => local >= from,
        Some(Hour::Until(to)) => local < to,
        Some(Hour::Between(from, to)) => from <= local && local <= to,
        Some(Hour::Part(part)) => {
            let (from, to) = part.minutes();
            (from..to).contains(&minute)
        }
    }
}

/// At most three: of one day its first, middle and last; of several two of the first and one of the next.
pub(super) fn spread(facts: &Facts, openings: &[Opening]) -> Vec<Opening> {
    let day = |opening: &Opening| facts.local(opening.start()).date();
    let mut days = openings.chunk_by(|a, b| day(a) == day(b));
    let first = days.next().unwrap_or_default();
    let middle = first.get(first.len() / 2).filter(|_| first.len() > 1);
    let mut others: Vec<&Opening> = days.filter_map(<[Opening]>::first).collect();
    if others.is_empty() {
        others.extend(first.last().filter(|_| first.len() > 2));
    }
    first.first().into_iter().chain(middle).chain(others).take(3).cloned().collect()
}

/// The last two of the first day that has any.
pub(super) fn latest(facts: &Facts, openings: &[Opening]) -> Vec<Opening> {
    let day = openings.first().map(|first| facts.local(first.start()).date());
    let of_day = openings.iter().filter(|opening| Some(facts.local(opening.start()).date()) == day);
    let mut last: Vec<Opening> = of_day.rev().take(2).cloned().collect();
    last.reverse();
    last
}

/// A time that stands for the wish, and why it cannot be.
pub(super) fn why_none(
    facts: &Facts,
    memory: &Memory,
    inputs: &scheduling::Inputs,
    visit: &Visit,
) -> (Timestamp, Vec<Reason>) {
    let day = match &memory.days {
        Some(Days::On(date) | Days::Between(date, _)) => *date,
        Some(Days::OneOf(dates)) => dates.first().copied().unwrap_or(facts.wall().date()),
        Some(Days::Soonest) | None => facts.wall().date(),
    };
    let time = match memory.hour {
        Some(Hour::At(time) | Hour::From(time) | Hour::Between(time, _)) => time,
        Some(Hour::Until(time)) => time.saturating_sub(1.hour()),
        Some(Hour::Part(part)) => {
            jiff::civil::Time::new(i8::try_from(part.minutes().0 / 60).unwrap_or(10).max(10), 0, 0, 0)
                .unwrap_or(jiff::civil::Time::midnight())
        }
        None | Some(Hour::First | Hour::Last) => {
            jiff::civil::Time::new(12, 0, 0, 0).unwrap_or(jiff::civil::Time::midnight())
        }
    };
    let at = facts.location.zone.to_ambiguous_timestamp(day.to_datetime(time)).compatible().unwrap_or(facts.now());
    let reasons = explain(inputs, visit, at).err().unwrap_or_default();
    (at.max(facts.now()), reasons)
}
