//! What the calendar, the overview and the booking drawer show.

use domain::{
    BookingId, Span,
    access::Role,
    booking::{Booking, BookingState},
    catalog::{HoursException, WeeklyHours},
    outside_calendar::Standing,
};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use store::TenantTx;

use crate::{
    App,
    openings::names,
    view::{
        AppError, BlockView, BookingFile, BookingItemView, BookingView, CalendarView, CatalogView, ChecklistStep,
        Clerk, DayNote, ElsewhereView, InboxFilter, OpenView, OverviewView, ResourceView, ServiceView,
    },
};

impl App {
    pub async fn catalog(&self, clerk: &Clerk) -> Result<CatalogView, AppError> {
        let mut tx = self.store.read(clerk.tenant).await?;
        let tenant = store::tenants::own(&mut tx).await?;
        let services = store::services::all(&mut tx, tenant.currency).await?;
        let services = services.into_iter().filter(|service| service.active).map(|service| ServiceView {
            id: service.id,
            minutes: service.minutes(),
            key: service.key,
            name: service.name,
            price: service.price,
        });
        Ok(CatalogView { services: services.collect(), resources: lanes(&mut tx).await? })
    }

    pub async fn calendar(&self, clerk: &Clerk, first: Date, days: u32) -> Result<CalendarView, AppError> {
        let days = days.clamp(1, 42);
        let mut tx = self.store.read(clerk.tenant).await?;
        let tenant = store::tenants::own(&mut tx).await?;
        let (location, weekly) = store::locations::all(&mut tx).await?.into_iter().next().ok_or(AppError::NotFound)?;
        let invalid = || AppError::Invalid { field: "first".to_owned(), reason: "is not a usable date".to_owned() };
        let after = first.checked_add(i64::from(days).days()).map_err(|_end| invalid())?;
        let midnight = |date: Date| date.to_zoned(location.zone.clone()).map(|at| at.timestamp()).ok();
        let window =
            midnight(first).zip(midnight(after)).and_then(|(from, to)| Span::new(from, to)).ok_or_else(invalid)?;
        let last = after.yesterday().unwrap_or(after);
        let mut exceptions = store::hours::touching(&mut tx, first, after).await?;
        let holidays = scheduling::holidays::exceptions(&location.country, location.id, first, last);
        let mut notes = own_notes(&exceptions, first, last);
        let closed = tenant.policy.closed_on_holidays;
        // The owner's own word about a date stands before the country's.
        notes.extend(
            holidays
                .iter()
                .filter(|day| !notes.iter().any(|note| note.date == day.first))
                .map(|day| DayNote { date: day.first, name: day.reason.clone(), closed })
                .collect::<Vec<_>>(),
        );
        notes.sort_by_key(|note| note.date);
        if closed {
            exceptions.extend(holidays);
        }
        let resources = lanes(&mut tx).await?;
        let mut open = Vec::new();
        for resource in &resources {
            let hours = if resource.hours.0.is_empty() { &weekly } else { &resource.hours };
            for span in scheduling::open_spans(hours, &weekly, &exceptions, resource.id, &location.zone, first, days) {
                open.push(OpenView { resource: resource.id, from: span.from(), to: span.to() });
            }
        }
        let blocks = store::blocks::touching(&mut tx, window).await?;
        let blocks = blocks.into_iter().map(|block| BlockView {
            id: block.id,
            resource: block.resource,
            from: block.span.from(),
            to: block.span.to(),
            reason: block.reason,
        });
        let elsewhere = store::outside_calendars::touching(&mut tx, window).await?;
        let unread = elsewhere.unread.iter().map(|resource| (*resource, window.from(), window.to(), true));
        let busy = elsewhere.busy.iter().map(|(resource, span)| (*resource, span.from(), span.to(), false));
        let elsewhere = unread
            .chain(busy)
            .map(|(resource, from, to, unread)| ElsewhereView { resource, from, to, unread })
            .collect();
        Ok(CalendarView {
            zone: location.zone.iana_name().unwrap_or("UTC").to_owned(),
            first,
            days,
            now: self.env.now(),
            grid_minutes: tenant.policy.grid_minutes,
            bookings: self.views(&mut tx, window).await?,
            resources,
            blocks: blocks.collect(),
            elsewhere,
            open,
            notes,
        })
    }

    pub async fn booking(&self, clerk: &Clerk, id: BookingId) -> Result<BookingView, AppError> {
        let mut tx = self.store.read(clerk.tenant).await?;
        let booking = store::bookings::find(&mut tx, id).await?.ok_or(AppError::NotFound)?;
        self.booking_view(&mut tx, booking).await
    }

    pub async fn booking_file(&self, clerk: &Clerk, id: BookingId) -> Result<BookingFile, AppError> {
        let mut tx = self.store.read(clerk.tenant).await?;
        let booking = store::bookings::find(&mut tx, id).await?.ok_or(AppError::NotFound)?;
        let history = store::booking_history::of_booking(&mut tx, id).await?;
        let answers = store::visit_answers::of_booking(&mut tx, id).await?;
        let approval = store::visit_terms::of_booking(&mut tx, id).await?;
        let booking = self.booking_view(&mut tx, booking).await?;
        Ok(BookingFile { booking, history, answers, approval })
    }

    pub async fn bookings(&self, clerk: &Clerk, from: Timestamp, to: Timestamp) -> Result<Vec<BookingView>, AppError> {
        let window = Span::new(from, to)
            .ok_or_else(|| AppError::Invalid { field: "to".to_owned(), reason: "must be after from".to_owned() })?;
        let mut tx = self.store.read(clerk.tenant).await?;
        let mut views = self.views(&mut tx, window).await?;
        views.truncate(500);
        Ok(views)
    }

    pub async fn overview(&self, clerk: &Clerk) -> Result<OverviewView, AppError> {
        let mut tx = self.store.read(clerk.tenant).await?;
        let tenant = store::tenants::own(&mut tx).await?;
        let (location, hours) = store::locations::all(&mut tx).await?.into_iter().next().ok_or(AppError::NotFound)?;
        let today = location.zone.to_datetime(self.env.now()).date();
        let from = today.to_zoned(location.zone.clone()).map(|at| at.timestamp()).unwrap_or(self.env.now());
        let window = Span::new(from, from.checked_add(SignedDuration::from_hours(24)).unwrap_or(from))
            .ok_or(AppError::NotFound)?;
        let today = self.views(&mut tx, window).await?;
        let services = !store::services::all(&mut tx, tenant.currency).await?.is_empty();
        let people = !store::resources::all(&mut tx).await?.is_empty();
        drop(tx);
        let number = self.has_channel(clerk.tenant).await?;
        let waiting = self.inbox(clerk, InboxFilter::Waiting, None).await?.rows;
        let step = |key: &str, done: bool| ChecklistStep { key: key.to_owned(), done };
        let checklist = vec![
            step("number", number),
            step("hours", !hours.0.is_empty()),
            step("services", services),
            step("people", people),
            step("first_booking", !today.is_empty()),
        ];
        let undelivered = match clerk.role {
            Role::Owner => u32::try_from(self.undelivered(clerk).await?.len()).ok(),
            Role::Manager | Role::Staff => None,
        };
        let mut unread_calendars = self.outside_calendars(clerk).await?;
        unread_calendars.retain(|calendar| calendar.standing != Standing::Read);
        Ok(OverviewView { today, waiting, checklist, undelivered, unread_calendars })
    }

    async fn views(&self, tx: &mut TenantTx, window: Span) -> Result<Vec<BookingView>, AppError> {
        let mut views = Vec::new();
        for booking in store::bookings::touching(tx, window).await? {
            let lapsed =
                booking.state == BookingState::Held && booking.hold_until.is_some_and(|until| until <= self.env.now());
            if !lapsed {
                views.push(self.booking_view(tx, booking).await?);
            }
        }
        Ok(views)
    }

    pub(crate) async fn booking_view(&self, tx: &mut TenantTx, booking: Booking) -> Result<BookingView, AppError> {
        let customer = store::customers::find(tx, booking.customer).await?;
        let phone = store::customers::phone(tx, booking.customer).await?.map(String::from).unwrap_or_default();
        let item = |item: &domain::booking::BookingItem| BookingItemView {
            service: item.service,
            name: item.name.clone(),
            from: item.span.from(),
            to: item.span.to(),
            resources: names(item.claims.iter()),
        };
        Ok(BookingView {
            id: booking.id,
            customer: booking.customer,
            customer_name: customer.map(|customer| customer.name).unwrap_or_default(),
            customer_phone: phone,
            conversation: booking.conversation,
            series: booking.series,
            state: booking.state,
            from: booking.span.from(),
            to: booking.span.to(),
            items: booking.items.iter().map(item).collect(),
            resources: names(booking.items.iter().flat_map(|item| &item.claims)),
            lines: booking.quote.lines,
            total: booking.quote.total,
            deposit: booking.quote.deposit,
            party: booking.party,
            note: booking.note,
            source: booking.source,
            hold_until: booking.hold_until,
            created_at: booking.created_at,
            version: booking.version,
        })
    }
}

/// Dates on which the whole place has other hours, by the owner's own entries.
fn own_notes(exceptions: &[HoursException], first: Date, last: Date) -> Vec<DayNote> {
    let whole = exceptions.iter().filter(|exception| exception.resource.is_none());
    whole
        .flat_map(|exception| {
            let dates = exception.first.series(1.day()).take_while(|date| *date <= exception.last);
            dates.filter(|date| (first..=last).contains(date)).map(|date| DayNote {
                date,
                name: exception.reason.clone(),
                closed: exception.open.is_empty(),
            })
        })
        .collect()
}

async fn lanes(tx: &mut TenantTx) -> Result<Vec<ResourceView>, AppError> {
    let resources = store::resources::all(tx).await?;
    let view = |resource: domain::catalog::Resource| ResourceView {
        id: resource.id,
        name: resource.name,
        kind: resource.kind,
        hours: WeeklyHours(resource.hours.0),
    };
    Ok(resources.into_iter().filter(|resource| resource.active).map(view).collect())
}
