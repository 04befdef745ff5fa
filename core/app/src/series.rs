//! Visits that repeat: planned, made, shown and cancelled. `series::shift` moves them.
//!
//! Invariants: nothing is written before every visit that cannot be had is decided on; all visits of a series are
//! written in one transaction or none is; a visit that was held already is never changed with its series.

mod shift;

use domain::{
    CustomerId, SeriesId,
    booking::{Actor, Booking, BookingAction, BookingSource},
    series::Series,
};
use jiff::civil::{Date, DateTime};
use scheduling::{
    Opening, Visit, explain,
    series::{Occurrence, Rule, plan},
};
use store::{
    TenantTx, bookings,
    bookings::{Placed, PlacedAll},
    series,
};

use crate::{
    App,
    assistant::Facts,
    bookings::checked_visit,
    openings::opening_view,
    view::{
        AppError, CancelSeries, Clerk, Decision, NewSeries, PlannedVisit, SeriesChange, SeriesPlan, SeriesScope,
        SeriesView,
    },
};

impl App {
    /// What the series would be: every visit, and for each that cannot be had why, and what is near.
    pub async fn plan_series(&self, clerk: &Clerk, new: &NewSeries) -> Result<SeriesPlan, AppError> {
        let (rule, days) = self.read_rule(&new.rule, new.first)?;
        let facts = self.facts_for_days(clerk.tenant, new.customer, "series", Some(days)).await?;
        let visit = checked_visit(&facts, &new.services, new.resource)?.for_party(new.party);
        let planned = plan(&facts.inputs, &visit, &rule, new.first).map_err(invalid_rule)?;
        Ok(self.plan_view(clerk, &facts, &visit, &planned))
    }

    /// Makes the series, or says with [`AppError::SeriesConflicts`] everything that stands against it.
    pub async fn create_series(&self, clerk: &Clerk, new: &NewSeries) -> Result<SeriesView, AppError> {
        let (rule, days) = self.read_rule(&new.rule, new.first)?;
        let customer = self.customer_named(clerk, new.customer, new.phone.as_deref(), &new.name).await?;
        let facts = self.facts_for_days(clerk.tenant, Some(customer), "series", Some(days)).await?;
        let visit = checked_visit(&facts, &new.services, new.resource)?.for_party(new.party);
        let planned = plan(&facts.inputs, &visit, &rule, new.first).map_err(invalid_rule)?;
        let chosen = decided(&facts, &visit, &planned, &new.decisions)
            .ok_or_else(|| self.conflicts(clerk, &facts, &visit, &planned))?;
        let skipped = new.decisions.iter().filter(|decision| decision.move_to.is_none());
        let rule = skipped.fold(rule, |rule, decision| rule.without(decision.date));
        let made = Series {
            id: self.env.id(),
            location: facts.location.id,
            customer,
            rule: rule.to_string(),
            first: new.first,
            services: new.services.clone(),
            resource: new.resource,
            party: new.party.max(1),
            note: new.note.chars().take(2_000).collect(),
            version: 1,
            created_at: self.env.now(),
        };
        let visits = self.visits(clerk, &facts, &made, &visit, chosen).await;
        let mut tx = self.store.write(clerk.tenant).await?;
        series::insert(&mut tx, &made, Actor::Member { member: clerk.member }).await?;
        let talk = store::conversations::latest_of_customer(&mut tx, customer).await?.map(|talk| talk.id);
        let visits: Vec<Booking> =
            visits.into_iter().map(|booking| Booking { conversation: talk, ..booking }).collect();
        if bookings::place_all(&mut tx, &visits).await? != PlacedAll::Done {
            drop(tx);
            return Err(self.lost_series(clerk, new, customer, days, &rule).await);
        }
        for booking in &visits {
            self.remind_later(&mut tx, booking).await?;
            self.told(&mut tx, None, booking).await?;
        }
        store::audit::append(&mut tx, &clerk.member.to_string(), "made_series", &made.id.to_string()).await?;
        let view = self.series_view(&mut tx, made).await?;
        tx.commit().await?;
        self.ring();
        Ok(view)
    }

    pub async fn series(&self, clerk: &Clerk, id: SeriesId) -> Result<SeriesView, AppError> {
        let mut tx = self.store.read(clerk.tenant).await?;
        let found = series::find(&mut tx, id).await?.ok_or(AppError::NotFound)?;
        self.series_view(&mut tx, found).await
    }

    pub async fn cancel_series(
        &self,
        clerk: &Clerk,
        id: SeriesId,
        change: &CancelSeries,
    ) -> Result<SeriesView, AppError> {
        let by = Actor::Member { member: clerk.member };
        let mut tx = self.store.write(clerk.tenant).await?;
        let (found, meant) = self.in_scope(&mut tx, id, change.booking, change.scope, change.version).await?;
        let zone = store::locations::all(&mut tx).await?.into_iter().next().ok_or(AppError::NotFound)?.0.zone;
        let mut cancelled = Vec::new();
        for booking in &meant {
            if let Placed::Done(after) = bookings::act(&mut tx, booking, BookingAction::Cancel, by).await? {
                self.told(&mut tx, Some(booking), &after).await?;
                cancelled.push(after);
            }
        }
        let rule: Rule = found.rule.parse().map_err(|error| AppError::Broken(Box::new(error)))?;
        let first = meant.first().and_then(wall_date);
        let (action, rule) = match (change.scope, first) {
            (SeriesScope::This, Some(date)) => ("skip", Some(rule.without(date))),
            (SeriesScope::ThisAndLater, Some(date)) => {
                let (earlier, _later) = rule.split(&zone, found.first, date).map_err(invalid_rule)?;
                ("end", earlier)
            }
            (SeriesScope::All, _) | (_, None) => ("cancel", None),
        };
        let rule = rule.map_or(found.rule.clone(), |rule| rule.to_string());
        let after = Series { rule, ..found };
        if !series::replace(&mut tx, &after, action, by).await? {
            return Err(AppError::Stale);
        }
        store::audit::append(&mut tx, &clerk.member.to_string(), "cancelled_series", &id.to_string()).await?;
        if change.notify {
            let cause = format!("series_cancelled:{id}:{}", change.version);
            self.write_about_visits(&mut tx, clerk, &cancelled, ["cancelled_by_us", "series_cancelled"], &cause)
                .await?;
        }
        let view = self.series_view(&mut tx, Series { version: after.version + 1, ..after }).await?;
        tx.commit().await?;
        self.ring();
        Ok(view)
    }

    /// The series and those of its visits, still to come, that a change from `pivot` on is meant for.
    async fn in_scope(
        &self,
        tx: &mut TenantTx,
        id: SeriesId,
        pivot: domain::BookingId,
        scope: SeriesScope,
        version: i64,
    ) -> Result<(Series, Vec<Booking>), AppError> {
        let found = series::find(tx, id).await?.ok_or(AppError::NotFound)?;
        if found.version != version {
            return Err(AppError::Stale);
        }
        let all = bookings::of_series(tx, id).await?;
        let from = all.iter().find(|booking| booking.id == pivot).ok_or(AppError::NotFound)?.span.from();
        let now = self.env.now();
        let meant = all.into_iter().filter(|booking| {
            let in_scope = match scope {
                SeriesScope::This => booking.id == pivot,
                SeriesScope::ThisAndLater => booking.span.from() >= from,
                SeriesScope::All => true,
            };
            in_scope && booking.state.is_open() && booking.span.from() > now
        });
        Ok((found, meant.collect()))
    }

    pub(crate) async fn series_view(&self, tx: &mut TenantTx, found: Series) -> Result<SeriesView, AppError> {
        let mut visits = Vec::new();
        for booking in bookings::of_series(tx, found.id).await? {
            visits.push(self.booking_view(tx, booking).await?);
        }
        let history = series::history(tx, found.id).await?.into_iter();
        Ok(SeriesView {
            id: found.id,
            customer: found.customer,
            rule: found.rule,
            first: found.first,
            services: found.services,
            resource: found.resource,
            party: found.party,
            version: found.version,
            visits,
            history: history.map(|(action, rule)| SeriesChange { action, rule }).collect(),
        })
    }

    /// The rule, and for how many days from now the calendar must be looked at.
    fn read_rule(&self, text: &str, first: DateTime) -> Result<(Rule, u32), AppError> {
        let rule: Rule = text.parse().map_err(invalid_rule)?;
        let starts = rule.starts(&jiff::tz::TimeZone::UTC, first).map_err(invalid_rule)?;
        let last = starts.last().map_or(self.env.now(), |start| start.at);
        let days = last.duration_since(self.env.now()).as_hours() / 24 + 3;
        Ok((rule, u32::try_from(days.max(1)).unwrap_or(1)))
    }

    /// A booking for each start, priced as the module sees it.
    async fn visits(
        &self,
        clerk: &Clerk,
        facts: &Facts,
        made: &Series,
        visit: &Visit,
        openings: Vec<Opening>,
    ) -> Vec<Booking> {
        let mut visits = Vec::with_capacity(openings.len());
        for opening in openings {
            let quote = facts.judge(clerk.language, visit, Some(&opening), None).await.quote;
            let source = BookingSource::Member { member: clerk.member };
            visits.push(Booking {
                series: Some(made.id),
                party: made.party,
                note: made.note.clone(),
                ..self.new_booking(facts, made.customer, &opening, quote, source)
            });
        }
        visits
    }

    fn plan_view(&self, clerk: &Clerk, facts: &Facts, wished: &Visit, planned: &[Occurrence]) -> SeriesPlan {
        let visit = |occurrence: &Occurrence| PlannedVisit {
            date: occurrence.start.wall.date(),
            start: occurrence.start.at,
            opening: occurrence.answer.as_ref().ok().map(opening_view),
            reasons: match &occurrence.answer {
                Ok(_) => Vec::new(),
                Err(reasons) => self.reason_views(clerk, facts, wished, reasons),
            },
            alternatives: occurrence.alternatives.iter().map(|other| opening_view(&other.opening)).collect(),
        };
        let visits: Vec<PlannedVisit> = planned.iter().map(visit).collect();
        let free = visits.iter().filter(|visit| visit.opening.is_some()).count();
        SeriesPlan { conflicts: visits.len() - free, free, visits }
    }

    fn conflicts(&self, clerk: &Clerk, facts: &Facts, visit: &Visit, planned: &[Occurrence]) -> AppError {
        AppError::SeriesConflicts(Box::new(self.plan_view(clerk, facts, visit, planned)))
    }

    /// Somebody was faster: the same question again, with what is true now.
    async fn lost_series(
        &self,
        clerk: &Clerk,
        new: &NewSeries,
        customer: CustomerId,
        days: u32,
        rule: &Rule,
    ) -> AppError {
        let again = async {
            let facts = self.facts_for_days(clerk.tenant, Some(customer), "series", Some(days)).await?;
            let visit = checked_visit(&facts, &new.services, new.resource)?.for_party(new.party);
            let planned = plan(&facts.inputs, &visit, rule, new.first).map_err(invalid_rule)?;
            Ok::<_, AppError>(self.conflicts(clerk, &facts, &visit, &planned))
        };
        again.await.unwrap_or_else(|error| error)
    }
}

/// What is to be booked; `None` while a visit that cannot be had is not decided on, or its new time cannot be had.
fn decided(facts: &Facts, visit: &Visit, planned: &[Occurrence], decisions: &[Decision]) -> Option<Vec<Opening>> {
    let mut chosen = Vec::new();
    for occurrence in planned {
        let date = occurrence.start.wall.date();
        match (decisions.iter().find(|decision| decision.date == date), &occurrence.answer) {
            (Some(Decision { move_to: None, .. }), _) => {}
            (Some(Decision { move_to: Some(start), .. }), _) => {
                chosen.push(explain(&facts.inputs, visit, *start).ok()?);
            }
            (None, Ok(opening)) => chosen.push(opening.clone()),
            (None, Err(_)) => return None,
        }
    }
    Some(chosen)
}

fn invalid_rule(error: scheduling::series::InvalidRule) -> AppError {
    AppError::Invalid { field: "rule".to_owned(), reason: error.to_string() }
}

/// The wall time that was meant for a visit.
fn wall_of(booking: &Booking) -> Option<DateTime> {
    booking.wall.split('[').next()?.parse().ok()
}

fn wall_date(booking: &Booking) -> Option<Date> {
    wall_of(booking).map(DateTime::date)
}
