//! What a wish in words means on the calendar: which stretches of time, and which few openings of them to offer.

use domain::Span;
use jiff::{ToSpan, civil::Date};
use language::{Days, Hour};
use scheduling::Opening;

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
