//! One booking in the calendar's drawer: see it, make it, move it, say what became of it.

use app::view::{
    AppError, BookingFile, BookingView, CatalogView, Clerk, MoveBooking, NewBooking, OpeningView, ResourceView,
};
use axum::response::Response;
use domain::{
    BookingId,
    booking::{BookingAction, BookingState, Change, VisitAnswer},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use templates::pages::{Page, words};

use crate::{
    answer::{Refused, json_response, redirect},
    call::{Call, instant, invalid},
    desk::Frame,
};

/// A booking with what can be done to it.
#[derive(Debug, Serialize)]
pub(crate) struct BookingPart {
    pub(crate) frame: Frame,
    pub(crate) booking: BookingView,
    /// In the order they are offered.
    pub(crate) actions: Vec<BookingAction>,
    pub(crate) can_move: bool,
    pub(crate) resources: Vec<ResourceView>,
    /// Oldest first.
    pub(crate) history: Vec<Change>,
    /// What the customer answered for it.
    pub(crate) answers: Vec<VisitAnswer>,
    /// What it waits for, as the module says.
    pub(crate) approval: Option<String>,
    pub(crate) problem: String,
}

impl Page for BookingPart {
    const TEMPLATE: &'static str = "booking.html";
}

/// The form for a new one.
#[derive(Debug, Serialize)]
pub(crate) struct NewBookingPart {
    pub(crate) frame: Frame,
    pub(crate) catalog: CatalogView,
    pub(crate) form: BookingForm,
    /// Sent back with the form: the same twice is one booking.
    pub(crate) key: String,
    pub(crate) problem: String,
    pub(crate) alternatives: Vec<OpeningView>,
}

impl Page for NewBookingPart {
    const TEMPLATE: &'static str = "new_booking.html";
}

/// What was typed, to show it again.
#[derive(Debug, Default, Serialize)]
pub(crate) struct BookingForm {
    pub(crate) service: String,
    pub(crate) start: String,
    pub(crate) resource: String,
    pub(crate) customer: String,
    pub(crate) name: String,
    pub(crate) phone: String,
    pub(crate) note: String,
}

/// What a member may do, besides moving, in the order it is offered.
pub(crate) fn offered(state: BookingState) -> Vec<BookingAction> {
    use BookingAction as A;
    [A::Approve, A::Arrive, A::Complete, A::Undo, A::MarkNoShow, A::Cancel]
        .into_iter()
        .filter(|action| state.after(*action).is_ok())
        .collect()
}

fn frame(call: &Call, clerk: &Clerk) -> Result<Frame, Refused> {
    Ok(call.desk.frame(call.session()?, "calendar", words(clerk.language).booking))
}

async fn part(call: &Call, clerk: &Clerk, booking: BookingView, problem: String) -> Result<Response, Refused> {
    let actions = offered(booking.state);
    let can_move = booking.state.after(BookingAction::Move).is_ok();
    let resources = call.desk.app.catalog(clerk).await?.resources;
    let BookingFile { history, answers, approval, .. } = call.desk.app.booking_file(clerk, booking.id).await?;
    call.desk.html(&BookingPart {
        frame: frame(call, clerk)?,
        booking,
        actions,
        can_move,
        resources,
        history,
        answers,
        approval,
        problem,
    })
}

/// `GET /t/{slug}/bookings/{booking}`
pub(crate) async fn show(call: Call) -> Result<Response, Refused> {
    let clerk = call.clerk()?;
    let id: BookingId = call.id("booking")?;
    let booking = call.desk.app.booking(&clerk, id).await?;
    if !call.is_htmx() {
        return Ok(redirect(&format!("/t/{}/calendar?booking={id}", call.param("slug")?)));
    }
    part(&call, &clerk, booking, String::new()).await
}

/// The drawer after an attempt: as it is now, with the reason when it was refused.
async fn after(
    call: &Call,
    clerk: &Clerk,
    id: BookingId,
    done: Result<BookingView, AppError>,
) -> Result<Response, Refused> {
    let (booking, problem) = match done {
        Ok(booking) => (booking, String::new()),
        Err(refused @ (AppError::NotBookable(_) | AppError::Stale | AppError::Invalid { .. })) => {
            (call.desk.app.booking(clerk, id).await?, Refused::App(refused).told())
        }
        Err(other) => return Err(other.into()),
    };
    if !call.is_htmx() {
        return Ok(redirect(&format!("/t/{}/calendar?booking={id}", call.param("slug")?)));
    }
    part(call, clerk, booking, problem).await
}

/// `POST …/act`
pub(crate) async fn act(call: Call) -> Result<Response, Refused> {
    let (clerk, form, id) = (call.clerk()?, call.form(), call.id("booking")?);
    let action = match form.text("action") {
        "approve" => BookingAction::Approve,
        "arrive" => BookingAction::Arrive,
        "complete" => BookingAction::Complete,
        "mark_no_show" => BookingAction::MarkNoShow,
        "cancel" => BookingAction::Cancel,
        "undo" => BookingAction::Undo,
        _ => return Err(invalid("action", "is not one of ours")),
    };
    let notify = form.text("notify") == "true";
    let done = call.desk.app.act_and_tell(&clerk, id, action, form.required("version")?, notify).await;
    after(&call, &clerk, id, done).await
}

/// `POST …/move`, from the drawer's form.
pub(crate) async fn shift(call: Call) -> Result<Response, Refused> {
    let (clerk, form, id) = (call.clerk()?, call.form(), call.id("booking")?);
    let to = MoveBooking {
        start: instant(form.text("start"), &call.zone()?)?,
        resource: form.parsed("resource")?,
        version: form.required("version")?,
        notify: form.text("notify") == "true",
    };
    let done = call.desk.app.move_booking(&clerk, id, &to).await;
    after(&call, &clerk, id, done).await
}

/// A booking dropped somewhere else in the calendar; `start` is wall time.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Dragged {
    start: String,
    #[serde(default)]
    resource: Option<domain::ResourceId>,
    version: i64,
    notify: bool,
}

/// `POST …/drag`: 409 with reasons and alternatives makes the widget snap back.
pub(crate) async fn drag(call: Call) -> Result<Response, Refused> {
    let dragged: Dragged = call.json()?;
    let start = instant(&dragged.start, &call.zone()?)?;
    let to = MoveBooking { start, resource: dragged.resource, version: dragged.version, notify: dragged.notify };
    let booking = call.desk.app.move_booking(&call.clerk()?, call.id("booking")?, &to).await?;
    Ok(json_response(&json!({ "version": booking.version })))
}

/// `GET /t/{slug}/bookings/new?start=2026-03-05T17:00&resource=…&customer=…`
pub(crate) async fn new(call: Call) -> Result<Response, Refused> {
    let query = call.query();
    let form = BookingForm {
        start: query.text("start").to_owned(),
        resource: query.text("resource").to_owned(),
        customer: query.text("customer").to_owned(),
        ..BookingForm::default()
    };
    form_part(&call, form, String::new(), Vec::new()).await
}

async fn form_part(
    call: &Call,
    form: BookingForm,
    problem: String,
    alternatives: Vec<OpeningView>,
) -> Result<Response, Refused> {
    let clerk = call.clerk()?;
    let catalog = call.desk.app.catalog(&clerk).await?;
    let key = call.desk.app.env().uuid().simple().to_string();
    call.desk.html(&NewBookingPart { frame: frame(call, &clerk)?, catalog, form, key, problem, alternatives })
}

/// `POST /t/{slug}/bookings`
pub(crate) async fn create(call: Call) -> Result<Response, Refused> {
    let (clerk, form) = (call.clerk()?, call.form());
    let new = NewBooking {
        customer: form.parsed("customer")?,
        phone: form.some("phone").map(str::to_owned),
        name: form.text("name").trim().to_owned(),
        services: vec![form.text("service").to_owned()],
        start: instant(form.text("start"), &call.zone()?)?,
        resource: form.parsed("resource")?,
        party: 1,
        note: form.text("note").trim().to_owned(),
    };
    let text = |name: &str| form.text(name).to_owned();
    let typed = || BookingForm {
        service: text("service"),
        start: text("start"),
        resource: text("resource"),
        customer: text("customer"),
        name: text("name"),
        phone: text("phone"),
        note: text("note"),
    };
    match call.desk.app.book(&clerk, &new, form.some("key")).await {
        Ok(booking) if call.is_htmx() => part(&call, &clerk, booking, String::new()).await,
        Ok(booking) => Ok(redirect(&format!("/t/{}/calendar?booking={}", call.param("slug")?, booking.id))),
        Err(AppError::NotBookable(why)) => {
            form_part(&call, typed(), crate::answer::reasons(&why), why.alternatives).await
        }
        Err(wrong @ AppError::Invalid { .. }) => {
            form_part(&call, typed(), Refused::App(wrong).told(), Vec::new()).await
        }
        Err(other) => Err(other.into()),
    }
}
