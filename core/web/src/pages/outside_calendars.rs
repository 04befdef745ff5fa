//! Calendars kept elsewhere: which are connected, how far each is believed, and why one is not.

use app::view::{AppError, NewOutsideCalendar, OutsideCalendarView, ResourceView};
use axum::response::Response;
use domain::{
    OutsideCalendarId,
    outside_calendar::{Standing, Unread},
};
use jiff::Timestamp;
use serde::Serialize;
use templates::pages::{CalendarWords, Page, calendar_words};

use crate::{
    answer::{Refused, redirect},
    call::Call,
    desk::Frame,
};

#[derive(Debug, Serialize)]
pub(crate) struct OutsideCalendarsPage {
    pub(crate) frame: Frame,
    pub(crate) w: &'static CalendarWords,
    pub(crate) calendars: Vec<CalendarRow>,
    pub(crate) resources: Vec<ResourceView>,
    pub(crate) form: CalendarForm,
    pub(crate) note: &'static str,
    pub(crate) problem: String,
}

impl Page for OutsideCalendarsPage {
    const TEMPLATE: &'static str = "outside_calendars.html";
}

#[derive(Debug, Serialize)]
pub(crate) struct CalendarRow {
    pub(crate) id: OutsideCalendarId,
    pub(crate) who: String,
    pub(crate) name: String,
    pub(crate) host: String,
    pub(crate) standing: &'static str,
    pub(crate) chip: &'static str,
    pub(crate) why: &'static str,
    /// What was read before is in force yet.
    pub(crate) holds: bool,
    pub(crate) read_at: Option<Timestamp>,
    pub(crate) skipped: u32,
}

/// As typed.
#[derive(Debug, Default, Serialize)]
pub(crate) struct CalendarForm {
    pub(crate) resource: String,
    pub(crate) name: String,
    pub(crate) address: String,
}

pub(crate) fn row(calendar: OutsideCalendarView, w: &'static CalendarWords) -> CalendarRow {
    let (standing, chip) = match calendar.standing {
        Standing::Read => (w.read, "chip-confirmed"),
        Standing::Late => (w.late, "chip-pending_approval"),
        Standing::Closed => (w.closed, "chip-no_show"),
    };
    let why = match calendar.unread {
        None => "",
        Some(Unread::Revoked) => w.why_revoked,
        Some(Unread::Moved) => w.why_moved,
        Some(Unread::NotACalendar) => w.why_not_a_calendar,
        Some(Unread::TooLarge) => w.why_too_large,
        Some(Unread::Address) => w.why_address,
        Some(Unread::Failing) => w.why_failing,
        Some(Unread::Unreachable) => w.why_unreachable,
    };
    let holds = calendar.standing == Standing::Late;
    let OutsideCalendarView { id, resource, name, host, read_at, skipped, .. } = calendar;
    CalendarRow { id, who: resource.name, name, host, standing, chip, why, holds, read_at, skipped }
}

/// `GET /t/{slug}/calendars`
pub(crate) async fn index(call: Call) -> Result<Response, Refused> {
    page(&call, CalendarForm::default(), String::new()).await
}

async fn page(call: &Call, form: CalendarForm, problem: String) -> Result<Response, Refused> {
    let clerk = call.clerk()?;
    let w = calendar_words(clerk.language);
    let mut frame = call.desk.frame(call.session()?, "policies", w.title);
    frame.nav = call.desk.app.nav(&clerk).await?;
    let calendars = call.desk.app.outside_calendars(&clerk).await?;
    let calendars = calendars.into_iter().map(|calendar| row(calendar, w)).collect();
    let resources = call.desk.app.catalog(&clerk).await?.resources;
    let note = match call.query().text("connected") {
        "yes" => w.connected,
        "unread" => w.connected_unread,
        _ => "",
    };
    call.desk.html(&OutsideCalendarsPage { frame, w, calendars, resources, form, note, problem })
}

/// `POST /t/{slug}/calendars`: connected and read once, or the form again with what is wrong.
pub(crate) async fn create(call: Call) -> Result<Response, Refused> {
    let fields = call.form();
    let text = |name: &str| fields.text(name).to_owned();
    let form = CalendarForm { resource: text("resource"), name: text("name"), address: text("address") };
    let new = NewOutsideCalendar {
        resource: fields.required("resource")?,
        name: form.name.clone(),
        address: form.address.clone(),
    };
    match call.desk.app.connect_outside_calendar(&call.clerk()?, &new).await {
        Ok(made) => {
            let connected = if made.unread.is_none() { "yes" } else { "unread" };
            Ok(redirect(&format!("/t/{}/calendars?connected={connected}", call.param("slug")?)))
        }
        Err(wrong @ AppError::Invalid { .. }) => page(&call, form, Refused::App(wrong).told()).await,
        Err(other) => Err(other.into()),
    }
}

/// `POST /t/{slug}/calendars/{calendar}/read`
pub(crate) async fn read(call: Call) -> Result<Response, Refused> {
    call.desk.app.read_outside_calendar_now(&call.clerk()?, call.id("calendar")?).await?;
    Ok(redirect(&format!("/t/{}/calendars", call.param("slug")?)))
}

/// `POST /t/{slug}/calendars/{calendar}/remove`
pub(crate) async fn remove(call: Call) -> Result<Response, Refused> {
    call.desk.app.disconnect_outside_calendar(&call.clerk()?, call.id("calendar")?).await?;
    Ok(redirect(&format!("/t/{}/calendars", call.param("slug")?)))
}
