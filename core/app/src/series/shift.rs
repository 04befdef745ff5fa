//! Moving visits of a series: this one, this and later, or all. Bookings keep their ids and their history.

use domain::{
    BookingId, SeriesId,
    booking::{Actor, Booking, BookingAction},
    series::Series,
};
use jiff::{
    SignedDuration,
    civil::{DateTime, Weekday},
    tz::TimeZone,
};
use scheduling::{
    alternatives, explain,
    series::{Every, Occurrence, Rule, Start},
};
use store::{
    bookings,
    bookings::{Placed, PlacedAll},
    series,
};

use super::{invalid_rule, wall_of};
use crate::{
    App,
    assistant::Facts,
    bookings::{checked_visit, moved},
    view::{AppError, Clerk, Decision, MoveSeries, SeriesScope, SeriesView},
};

/// How far visits go on the wall clock, and over how many midnights.
#[derive(Debug, Clone, Copy)]
struct Shift {
    time: SignedDuration,
    days: i64,
}

/// Where each visit goes, and those that are let go of instead.
struct Shifted {
    moved: Vec<Booking>,
    dropped: Vec<Booking>,
}

impl App {
    /// All visits that cannot go along are told before anything is written; each needs a decision.
    pub async fn move_series(&self, clerk: &Clerk, id: SeriesId, to: &MoveSeries) -> Result<SeriesView, AppError> {
        let mut tx = self.store.read(clerk.tenant).await?;
        let (found, meant) = self.in_scope(&mut tx, id, to.booking, to.scope, to.version).await?;
        drop(tx);
        let pivot = meant.iter().find(|booking| booking.id == to.booking).and_then(wall_of).ok_or(AppError::Stale)?;
        let by = Shift {
            time: to.start.duration_since(pivot),
            days: to.start.date().duration_since(pivot.date()).as_hours() / 24,
        };
        let last = meant.iter().map(|booking| booking.span.to()).max().unwrap_or(self.env.now());
        let days = (last.duration_since(self.env.now()) + by.time.abs()).as_hours() / 24 + 3;
        let days = u32::try_from(days).unwrap_or(1);
        let facts = self.facts_for_days(clerk.tenant, Some(found.customer), "series", Some(days)).await?;
        let resource = to.resource.or(found.resource);
        let shifted = self.shifted(clerk, &facts, &found, &meant, by, resource, &to.decisions).await?;
        let parts = parts(&facts.location.zone, &found, &meant, to.scope, by)?;
        self.write_shift(clerk, found, shifted, parts, (resource, to.notify)).await
    }

    #[expect(clippy::too_many_arguments, reason = "the question of one caller, taken apart only for its length")]
    async fn shifted(
        &self,
        clerk: &Clerk,
        facts: &Facts,
        found: &Series,
        meant: &[Booking],
        by: Shift,
        resource: Option<domain::ResourceId>,
        decisions: &[Decision],
    ) -> Result<Shifted, AppError> {
        let visit = checked_visit(facts, &found.services, resource)?.for_party(found.party);
        let own: Vec<BookingId> = meant.iter().map(|booking| booking.id).collect();
        let mut inputs = facts.inputs.without(&own);
        let (mut planned, mut shifted) = (Vec::new(), Shifted { moved: Vec::new(), dropped: Vec::new() });
        let mut undecided = false;
        for booking in meant {
            let start = start_after(facts, booking, by).ok_or(AppError::Stale)?;
            let decision = decisions.iter().find(|decision| decision.date == start.wall.date());
            if decision.is_some_and(|decision| decision.move_to.is_none()) {
                shifted.dropped.push(booking.clone());
                continue;
            }
            let at = decision.and_then(|decision| decision.move_to).unwrap_or(start.at);
            let answer = explain(&inputs, &visit, at);
            let mut near = Vec::new();
            match &answer {
                Ok(opening) => {
                    inputs.take(opening);
                    let quote = facts.judge(clerk.language, &visit, Some(opening), None).await.quote;
                    shifted.moved.push(moved(facts, booking, opening, quote));
                }
                Err(_) => {
                    undecided = true;
                    near = alternatives(&inputs, &visit, at, facts.horizon(), 3);
                }
            }
            planned.push(Occurrence { start, answer, alternatives: near });
        }
        if undecided { Err(self.conflicts(clerk, facts, &visit, &planned)) } else { Ok(shifted) }
    }

    async fn write_shift(
        &self,
        clerk: &Clerk,
        found: Series,
        mut shifted: Shifted,
        parts: Parts,
        (resource, notify): (Option<domain::ResourceId>, bool),
    ) -> Result<SeriesView, AppError> {
        let by = Actor::Member { member: clerk.member };
        let mut tx = self.store.write(clerk.tenant).await?;
        let stays = Series { rule: parts.rule, first: parts.first, ..found.clone() };
        let stays = if parts.later.is_none() { Series { resource, ..stays } } else { stays };
        if !series::replace(&mut tx, &stays, parts.action, by).await? {
            return Err(AppError::Stale);
        }
        let mut shown = Series { version: stays.version + 1, ..stays };
        if let Some((rule, first)) = parts.later {
            let later = Series { id: self.env.id(), rule, first, resource, version: 1, ..found };
            series::insert(&mut tx, &later, by).await?;
            for booking in shifted.moved.iter_mut().chain(&mut shifted.dropped) {
                booking.series = Some(later.id);
            }
            shown = later;
        }
        let mut before = Vec::new();
        for booking in &shifted.moved {
            before.push(super::bookings::find(&mut tx, booking.id).await?.ok_or(AppError::Stale)?);
        }
        for booking in &shifted.dropped {
            let Placed::Done(after) = bookings::act(&mut tx, booking, BookingAction::Cancel, by).await? else {
                return Err(AppError::Stale);
            };
            self.told(&mut tx, Some(booking), &after).await?;
        }
        if bookings::replace_all(&mut tx, &shifted.moved, by).await? != PlacedAll::Done {
            return Err(AppError::Stale);
        }
        let mut visits = Vec::new();
        for (before, moved) in before.iter().zip(&shifted.moved) {
            let after = Booking { version: moved.version + 1, ..moved.clone() };
            self.remind_later(&mut tx, &after).await?;
            self.told(&mut tx, Some(before), &after).await?;
            visits.push(after);
        }
        if notify {
            let cause = format!("series_moved:{}:{}", shown.id, shown.version);
            self.write_about_visits(&mut tx, clerk, &visits, ["moved_by_us", "series_moved"], &cause).await?;
            let gone = ["cancelled_by_us", "series_cancelled"];
            self.write_about_visits(&mut tx, clerk, &shifted.dropped, gone, &format!("{cause}:left_out")).await?;
        }
        store::audit::append(&mut tx, &clerk.member.to_string(), "moved_series", &shown.id.to_string()).await?;
        let view = self.series_view(&mut tx, shown).await?;
        tx.commit().await?;
        self.ring();
        Ok(view)
    }
}

fn start_after(facts: &Facts, booking: &Booking, by: Shift) -> Option<Start> {
    let wall = wall_of(booking)?.checked_add(by.time).ok()?;
    let at = facts.location.zone.to_ambiguous_timestamp(wall).compatible().ok()?;
    Some(Start { wall, at })
}

/// What the rule becomes: what stays with the series, and what goes on as a series of its own.
struct Parts {
    rule: String,
    first: DateTime,
    later: Option<(String, DateTime)>,
    action: &'static str,
}

fn parts(zone: &TimeZone, found: &Series, meant: &[Booking], scope: SeriesScope, by: Shift) -> Result<Parts, AppError> {
    let rule: Rule = found.rule.parse().map_err(invalid_rule)?;
    let unchanged = |action| Parts { rule: found.rule.clone(), first: found.first, later: None, action };
    let shift = |first: DateTime| first.checked_add(by.time).map_err(|_end_of_time| AppError::Stale);
    match (scope, meant.first().and_then(wall_of)) {
        // A single visit leaves the rule alone: it is an exception that its own row tells.
        (SeriesScope::This, _) | (_, None) => Ok(unchanged("move_one")),
        (SeriesScope::All, Some(first)) if first.date() <= found.first.date() => {
            let later = turned(rule, by)?;
            Ok(Parts { rule: later.to_string(), first: shift(found.first)?, later: None, action: "move" })
        }
        // Some visits are over already: they keep their rule, and the rest goes on as its own series.
        (SeriesScope::ThisAndLater | SeriesScope::All, Some(first)) => {
            let (earlier, later) = rule.split(zone, found.first, first.date()).map_err(invalid_rule)?;
            match (earlier, later) {
                (Some(earlier), Some(later)) => Ok(Parts {
                    rule: earlier.to_string(),
                    first: found.first,
                    later: Some((turned(later, by)?.to_string(), shift(first)?)),
                    action: "split",
                }),
                _ => Ok(Parts {
                    rule: turned(rule, by)?.to_string(),
                    first: shift(found.first)?,
                    later: None,
                    action: "move",
                }),
            }
        }
    }
}

/// The rule with its named days turned by the whole days of the move. A monthly rule that names its days cannot be turned.
fn turned(rule: Rule, by: Shift) -> Result<Rule, AppError> {
    let days = i8::try_from(by.days.rem_euclid(7)).unwrap_or(0);
    match rule.every {
        Every::Week(named) if by.days != 0 => {
            let turn = |day: Weekday| day.wrapping_add(days);
            Ok(Rule { every: Every::Week(named.into_iter().map(turn).collect()), except: Vec::new(), ..rule })
        }
        Every::Month(named) if by.days != 0 && !named.is_empty() => Err(AppError::Invalid {
            field: "start".to_owned(),
            reason: "a series on named days of the month moves by time of day only".to_owned(),
        }),
        every @ (Every::Day | Every::Week(_) | Every::Month(_)) => Ok(Rule { every, ..rule }),
    }
}
