//! Calendars kept elsewhere, for programs. Their addresses go in and never come out.

use app::view::NewOutsideCalendar;
use axum::response::Response;
use serde_json::json;

use super::created;
use crate::{
    answer::{Refused, json_response},
    call::Call,
};

/// `GET /api/v1/outside-calendars`
pub(crate) async fn index(call: Call) -> Result<Response, Refused> {
    let calendars = call.desk.app.outside_calendars(&call.clerk()?).await?;
    Ok(json_response(&json!({ "calendars": calendars })))
}

/// `POST /api/v1/outside-calendars`: connected and read once; one that cannot be read is connected too, and `closed`.
pub(crate) async fn create(call: Call) -> Result<Response, Refused> {
    let new: NewOutsideCalendar = call.json()?;
    Ok(created(&call.desk.app.connect_outside_calendar(&call.clerk()?, &new).await?))
}

/// `POST /api/v1/outside-calendars/{calendar}/read`: now, without waiting for its turn.
pub(crate) async fn read(call: Call) -> Result<Response, Refused> {
    let calendar = call.desk.app.read_outside_calendar_now(&call.clerk()?, call.id("calendar")?).await?;
    Ok(json_response(&calendar))
}

/// `POST /api/v1/outside-calendars/{calendar}/remove`
pub(crate) async fn remove(call: Call) -> Result<Response, Refused> {
    call.desk.app.disconnect_outside_calendar(&call.clerk()?, call.id("calendar")?).await?;
    Ok(json_response(&json!({})))
}
