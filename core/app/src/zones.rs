//! When a zone's rules change: bookings are meant for the wall clock, so those to come move to what it will now show.
//!
//! Invariants: each change of rules is reckoned once a location, by a job, so that a start is not held up and a crash
//! loses nothing; all bookings of a location move in one transaction; what customers were told stays true, so nobody
//! is written to. Blocks and entries of the waitlist are instants and dates, and stay.

use domain::{
    LocationId, Span,
    booking::{Actor, Booking},
};
use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use serde_json::json;
use sha2::{Digest, Sha256};
use store::{TenantTx, bookings, bookings::PlacedAll, jobs, jobs::Claimed, locations};

use crate::{App, view::AppError};

/// Kind of the job, as stored: never reused for anything else.
pub(crate) const RECKON: &str = "reckon_zone";
/// Nothing is booked farther ahead.
const YEARS: i16 = 3;

impl App {
    /// Queues a job for each location whose zone has other rules than when its bookings were last reckoned; how many.
    pub async fn reckon_zones(&self) -> Result<usize, AppError> {
        let mut tx = self.store.platform_read().await?;
        let tenants = store::tenants::all(&mut tx).await?;
        drop(tx);
        let (now, mut queued) = (self.env.now(), 0);
        for tenant in tenants {
            let mut tx = self.store.read(tenant.id).await?;
            let mut changed = Vec::new();
            for (location, _) in locations::all(&mut tx).await? {
                let rules = rules(&location.zone, now);
                if locations::zone_rules(&mut tx, location.id).await? != rules {
                    changed.push((location.id, rules));
                }
            }
            drop(tx);
            if changed.is_empty() {
                continue;
            }
            let mut tx = self.store.write(tenant.id).await?;
            for (location, rules) in &changed {
                let key = format!("{location}:{rules}:{}", TimeZone::UTC.to_datetime(now).date());
                let payload = json!({ "location": location, "rules": rules });
                queued += usize::from(jobs::push(&mut tx, RECKON, &key, &payload, now).await?);
            }
            tx.commit().await?;
        }
        Ok(queued)
    }

    /// Moves what is booked at the location to where the wall clock now is; why there was nothing to do.
    pub(crate) async fn reckon(&self, job: &Claimed) -> Result<Option<&'static str>, AppError> {
        let text = |name: &str| job.payload.get(name).and_then(serde_json::Value::as_str);
        let Some((id, rules)) = text("location").and_then(|id| id.parse::<LocationId>().ok()).zip(text("rules")) else {
            return Ok(Some("no location"));
        };
        let mut tx = self.store.write(job.tenant).await?;
        let all = locations::all(&mut tx).await?;
        let Some((location, _)) = all.into_iter().find(|(location, _)| location.id == id) else {
            return Ok(Some("the location is gone"));
        };
        let moved = self.misplaced(&mut tx, id, &location.zone).await?;
        self.put_right(&mut tx, moved).await?;
        locations::set_zone_rules(&mut tx, id, rules).await?;
        tx.commit().await?;
        self.ring();
        Ok(None)
    }

    /// Bookings to come that stand at another instant than their wall time, put where they belong.
    async fn misplaced(&self, tx: &mut TenantTx, at: LocationId, zone: &TimeZone) -> Result<Vec<Booking>, AppError> {
        let now = self.env.now();
        let far = now.checked_add(SignedDuration::from_hours(i64::from(YEARS) * 366 * 24)).ok();
        let Some(ahead) = far.and_then(|far| Span::new(now, far)) else { return Ok(Vec::new()) };
        let booked = bookings::touching(tx, ahead).await?.into_iter();
        let open = booked.filter(|booking| booking.location == at && booking.state.is_open());
        Ok(open.filter(|booking| booking.span.from() > now).filter_map(|booking| put(zone, booking)).collect())
    }

    /// All of them at once, for they move into each other's old places. One whose place somebody else has stays where it
    /// is, and is told of in the audit.
    async fn put_right(&self, tx: &mut TenantTx, mut moved: Vec<Booking>) -> Result<(), AppError> {
        while !moved.is_empty() {
            match bookings::replace_all(tx, &moved, Actor::System).await? {
                PlacedAll::Done => break,
                PlacedAll::Taken(id) | PlacedAll::Refused(id) => {
                    store::audit::append(tx, "zones", "not_moved_with_the_clock", &id.to_string()).await?;
                    moved.retain(|booking| booking.id != id);
                }
            }
        }
        for booking in &moved {
            let after = Booking { version: booking.version + 1, ..booking.clone() };
            self.remind_later(tx, &after).await?;
            store::events::push(tx, "booking", after.id).await?;
            store::audit::append(tx, "zones", "moved_with_the_clock", &after.id.to_string()).await?;
        }
        Ok(())
    }
}

/// The booking at the instant its wall time is now; `None` when it stands there, or its wall time cannot be read.
fn put(zone: &TimeZone, booking: Booking) -> Option<Booking> {
    let wall: DateTime = booking.wall.split('[').next()?.parse().ok()?;
    // An hour that comes twice is right both times.
    if zone.to_datetime(booking.span.from()) == wall {
        return None;
    }
    let by = zone.to_ambiguous_timestamp(wall).compatible().ok()?.duration_since(booking.span.from());
    let shift = |span: Span| Span::new(span.from().checked_add(by).ok()?, span.to().checked_add(by).ok()?);
    let mut moved = Booking { span: shift(booking.span)?, ..booking };
    for item in &mut moved.items {
        item.span = shift(item.span)?;
        for claim in &mut item.claims {
            claim.blocked = claim.blocked.iter().map(|span| shift(*span)).collect::<Option<_>>()?;
        }
    }
    Some(moved)
}

/// What the zone's clocks do from this year on as far as anybody books, in one word. It changes with the rules, and once
/// a year without harm.
fn rules(zone: &TimeZone, now: Timestamp) -> String {
    let year = TimeZone::UTC.to_datetime(now).year();
    let midnight = |year| {
        let date = Date::new(year, 1, 1).ok()?;
        date.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp())
    };
    let (from, to) = (midnight(year).unwrap_or(now), midnight(year.saturating_add(YEARS)).unwrap_or(Timestamp::MAX));
    let mut told = format!("{}", zone.to_offset(from).seconds());
    for change in zone.following(from).take_while(|change| change.timestamp() < to) {
        told.push_str(&format!(" {}:{}", change.timestamp().as_second(), change.offset().seconds()));
    }
    format!("{year}-{}", hex::encode(Sha256::digest(told)).chars().take(16).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_differ_where_clocks_do_and_nowhere_else() {
        let now: Timestamp = "2026-03-02T15:00:00Z".parse().unwrap();
        let of = |name: &str, at: Timestamp| rules(&TimeZone::get(name).unwrap(), at);
        assert_eq!(of("America/New_York", now), of("America/Toronto", now));
        assert_ne!(of("America/New_York", now), of("America/Bogota", now), "the same offset in winter");
        let later = now.checked_add(SignedDuration::from_hours(200 * 24)).unwrap();
        assert_eq!(of("America/New_York", now), of("America/New_York", later));
    }
}
