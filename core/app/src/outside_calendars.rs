//! Calendars that resources keep elsewhere: connected by an owner, read in turns, believed as
//! [`domain::outside_calendar`] says.
//!
//! Invariants: nobody outside is waited for inside a transaction or while somebody looks for a time; whose turn it is lies
//! in the database, so that any node goes on after another one died, and two do not read one calendar at once.

use std::{sync::Arc, time::Duration};

use domain::{OutsideCalendarId, Secret, Span, TenantId, catalog::Resource, outside_calendar::OutsideCalendar};
use jiff::SignedDuration;
use store::outside_calendars;

use crate::{
    App,
    tasks::Stop,
    view::{AppError, Clerk, NewOutsideCalendar, OutsideCalendarView, ResourceName},
    workers::cause,
};

/// How often each is read.
const EVERY: SignedDuration = SignedDuration::from_mins(10);
/// How often we look whose turn it is.
const POLL: Duration = Duration::from_secs(5);
const AT_ONCE: u32 = 8;
/// Nothing is booked farther ahead.
const AHEAD: SignedDuration = SignedDuration::from_hours(3 * 366 * 24);
const BACK: SignedDuration = SignedDuration::from_hours(24);
/// More of them nobody keeps.
const MOST: usize = 5;
const LONGEST_ADDRESS: usize = 2_000;
const LONGEST_NAME: usize = 60;
/// Freed stretches that are offered to whoever waits, of one reading.
const OFFERED: usize = 50;

impl App {
    /// All of them, in the order they were connected.
    pub async fn outside_calendars(&self, clerk: &Clerk) -> Result<Vec<OutsideCalendarView>, AppError> {
        let mut tx = self.store.read(clerk.tenant).await?;
        let resources = store::resources::all(&mut tx).await?;
        let calendars = outside_calendars::all(&mut tx).await?;
        Ok(calendars.iter().filter_map(|calendar| self.seen(calendar, &resources)).collect())
    }

    /// Connects a calendar and reads it once, so that whoever connects it sees whether that works.
    pub async fn connect_outside_calendar(
        &self,
        clerk: &Clerk,
        new: &NewOutsideCalendar,
    ) -> Result<OutsideCalendarView, AppError> {
        let address = plain_address(&new.address).ok_or_else(|| invalid("address", "must be an https address"))?;
        let mut tx = self.store.write(clerk.tenant).await?;
        let resources = store::resources::all(&mut tx).await?;
        if !resources.iter().any(|resource| resource.id == new.resource) {
            return Err(AppError::NotFound);
        }
        let known = outside_calendars::all(&mut tx).await?;
        if known.iter().filter(|calendar| calendar.resource == new.resource).count() >= MOST {
            return Err(invalid("resource", "has five calendars already"));
        }
        if known.iter().any(|calendar| calendar.resource == new.resource && calendar.address == address) {
            return Err(invalid("address", "is connected already"));
        }
        let calendar = OutsideCalendar {
            id: self.env.id(),
            resource: new.resource,
            name: new.name.trim().chars().take(LONGEST_NAME).collect(),
            address,
            read_at: None,
            unread: None,
            skipped: 0,
        };
        outside_calendars::insert(&mut tx, &calendar).await?;
        let (by, id) = (clerk.member.to_string(), calendar.id.to_string());
        store::audit::append(&mut tx, &by, "connected_calendar", &id).await?;
        tx.commit().await?;
        self.read_outside_calendar(clerk.tenant, calendar.id).await?;
        self.outside_calendar(clerk, calendar.id).await
    }

    /// Reads it now, whoever's turn it is.
    pub async fn read_outside_calendar_now(
        &self,
        clerk: &Clerk,
        id: OutsideCalendarId,
    ) -> Result<OutsideCalendarView, AppError> {
        self.outside_calendar(clerk, id).await?;
        self.read_outside_calendar(clerk.tenant, id).await?;
        self.outside_calendar(clerk, id).await
    }

    /// Forgets it and everything it said. What was refused for its sake may be booked again.
    pub async fn disconnect_outside_calendar(&self, clerk: &Clerk, id: OutsideCalendarId) -> Result<(), AppError> {
        let mut tx = self.store.write(clerk.tenant).await?;
        if !outside_calendars::remove(&mut tx, id).await? {
            return Err(AppError::NotFound);
        }
        store::audit::append(&mut tx, &clerk.member.to_string(), "disconnected_calendar", &id.to_string()).await?;
        store::events::push(&mut tx, "calendar", id).await?;
        tx.commit().await?;
        self.ring();
        Ok(())
    }

    async fn outside_calendar(&self, clerk: &Clerk, id: OutsideCalendarId) -> Result<OutsideCalendarView, AppError> {
        let mut tx = self.store.read(clerk.tenant).await?;
        let resources = store::resources::all(&mut tx).await?;
        let calendar = outside_calendars::find(&mut tx, id).await?.ok_or(AppError::NotFound)?;
        self.seen(&calendar, &resources).ok_or(AppError::NotFound)
    }

    fn seen(&self, calendar: &OutsideCalendar, resources: &[Resource]) -> Option<OutsideCalendarView> {
        let resource = resources.iter().find(|resource| resource.id == calendar.resource)?;
        Some(OutsideCalendarView {
            id: calendar.id,
            resource: ResourceName { id: resource.id, name: resource.name.clone(), role: resource.kind.clone() },
            name: calendar.name.clone(),
            host: host(&calendar.address),
            standing: calendar.standing(self.env.now()),
            unread: calendar.unread,
            read_at: calendar.read_at,
            skipped: calendar.skipped,
        })
    }

    pub(crate) async fn keep_reading_calendars(self: Arc<Self>, mut stop: Stop) {
        while !stop.is_set() {
            match self.due_outside_calendars().await {
                Ok(due) => {
                    for (tenant, id) in due {
                        let app = Arc::clone(&self);
                        self.tasks.spawn("calendar", async move {
                            if let Err(error) = app.read_outside_calendar(tenant, id).await {
                                tracing::warn!(calendar = %id, error = cause(&error), "what was read cannot be kept");
                            }
                        });
                    }
                }
                Err(error) => tracing::warn!(error = cause(&error), "whose calendar is due cannot be seen"),
            }
            stop.sleep(POLL).await;
        }
    }

    async fn due_outside_calendars(&self) -> Result<Vec<(TenantId, OutsideCalendarId)>, AppError> {
        let next = self.env.now().checked_add(EVERY).unwrap_or(self.env.now());
        let mut tx = self.store.platform().await?;
        let due = outside_calendars::due(&mut tx, AT_ONCE, next).await?;
        tx.commit().await?;
        Ok(due)
    }

    async fn read_outside_calendar(&self, tenant: TenantId, id: OutsideCalendarId) -> Result<(), AppError> {
        let mut tx = self.store.read(tenant).await?;
        let Some(calendar) = outside_calendars::find(&mut tx, id).await? else { return Ok(()) };
        let (location, _) = store::locations::all(&mut tx).await?.into_iter().next().ok_or(AppError::NotFound)?;
        drop(tx);
        let now = self.env.now();
        let window = now.checked_sub(BACK).ok().zip(now.checked_add(AHEAD).ok());
        let window = window.and_then(|(from, to)| Span::new(from, to)).ok_or(AppError::NotFound)?;
        let before = calendar.standing(now);
        let read = self.calendars.read(&calendar.address, &location.zone, window).await;
        let mut tx = self.store.write(tenant).await?;
        match read {
            Ok(reading) => {
                let freed = outside_calendars::keep(&mut tx, &calendar, &reading).await?.unwrap_or_default();
                let cause = format!("{id}:{}", now.as_second());
                for (place, span) in freed.into_iter().filter(|span| span.to() > now).take(OFFERED).enumerate() {
                    self.offer_later(&mut tx, &format!("{cause}:{place}"), span).await?;
                }
            }
            Err(why) => {
                tracing::info!(calendar = %id, why = why.as_str(), "a calendar was not read");
                outside_calendars::miss(&mut tx, id, why).await?;
            }
        }
        let after = outside_calendars::find(&mut tx, id).await?.map(|calendar| calendar.standing(self.env.now()));
        if after.is_some_and(|after| after != before) {
            store::events::push(&mut tx, "calendar", id).await?;
        }
        tx.commit().await?;
        self.ring();
        Ok(())
    }
}

fn invalid(field: &str, reason: &str) -> AppError {
    AppError::Invalid { field: field.to_owned(), reason: reason.to_owned() }
}

/// As it will be asked for; phones and mail programs say `webcal` for the same thing.
fn plain_address(typed: &str) -> Option<Secret> {
    let typed = typed.trim();
    let rest = typed.strip_prefix("https://").or(typed.strip_prefix("webcal://"))?;
    let usable = !rest.is_empty() && typed.len() <= LONGEST_ADDRESS && !typed.contains(char::is_whitespace);
    usable.then(|| Secret::new(format!("https://{rest}")))
}

fn host(address: &Secret) -> String {
    let rest = address.reveal().strip_prefix("https://").unwrap_or_default();
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    host.rsplit('@').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_as_people_paste_them_and_show_their_host_only() {
        let plain = |typed: &str| plain_address(typed).map(|address| (address.reveal().to_owned(), host(&address)));
        let google = "https://calendar.google.com/calendar/ical/a%40b.c/private-1/basic.ics";
        assert_eq!(plain(&format!(" {google}\n")), Some((google.to_owned(), "calendar.google.com".to_owned())));
        let apple = plain("webcal://p01.icloud.com/published/2/x").unwrap();
        assert_eq!(apple, ("https://p01.icloud.com/published/2/x".to_owned(), "p01.icloud.com".to_owned()));
        for refused in ["", "https://", "http://a.b/c.ics", "calendar.google.com/x", "ana@example.com", "https://a b/c"]
        {
            assert_eq!(plain(refused), None, "{refused}");
        }
    }
}
