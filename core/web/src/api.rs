//! The JSON API, version 1: what programs may ask of bookings. Errors are problem+json with the request id.

mod agenda;
pub(crate) mod modules;
pub(crate) mod outside_calendars;
mod platform;
mod policies;
mod series;
pub(crate) mod texts;
mod waitlist;

pub(crate) use agenda::{act, approvals, block, file, hold, matrix, shift, unblock, walk_in};
pub(crate) use platform::{
    index as canaries, pin as pin_module, plans, promote as promote_canary, set_plan, start as start_canary,
    stop as stop_canary, usage,
};
pub(crate) use policies::{set_member, set_tariff, show as policy, update as set_policy};
pub(crate) use series::{
    cancel as cancel_series, create as create_series, plan as plan_series, shift as shift_series, show as show_series,
};
pub(crate) use waitlist::{index as waitlist, join as join_waitlist, leave as leave_waitlist};

use app::view::{AvailabilityWish, NewBooking};
use axum::response::Response;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde_json::json;

use crate::{
    answer::{Refused, json_response},
    call::{Call, invalid},
};

/// `GET /api/v1/bookings?from=…&to=…`: by start; seven days from now unless told.
pub(crate) async fn bookings(call: Call) -> Result<Response, Refused> {
    let query = call.query();
    query.only(&["from", "to"])?;
    let from: Timestamp = query.parsed("from")?.unwrap_or_else(|| call.desk.app.env().now());
    let week = SignedDuration::from_hours(7 * 24);
    let to = match query.parsed::<Timestamp>("to")? {
        Some(to) => to,
        None => from.checked_add(week).map_err(|_beyond| invalid("from", "is out of range"))?,
    };
    if from >= to {
        return Err(invalid("to", "must come after from"));
    }
    let bookings = call.desk.app.bookings(&call.clerk()?, from, to).await?;
    Ok(json_response(&json!({ "bookings": bookings })))
}

/// `POST /api/v1/bookings`: 201, or 409 with what is free instead. The same `Idempotency-Key` gives the same answer.
pub(crate) async fn book(call: Call) -> Result<Response, Refused> {
    let new: NewBooking = call.json()?;
    let key = call.header("idempotency-key");
    if key.is_some_and(|key| key.is_empty() || key.len() > 255) {
        return Err(invalid("Idempotency-Key", "must have 1 to 255 characters"));
    }
    let booking = call.desk.app.book(&call.clerk()?, &new, key).await?;
    Ok(created(&booking))
}

pub(crate) fn created(made: &impl serde::Serialize) -> Response {
    let mut response = json_response(made);
    *response.status_mut() = StatusCode::CREATED;
    response
}

/// `GET /api/v1/undelivered`: messages parked or failed, events and jobs set aside, parts that could not be read.
pub(crate) async fn undelivered(call: Call) -> Result<Response, Refused> {
    let items = call.desk.app.undelivered(&call.clerk()?).await?;
    Ok(json_response(&json!({ "items": items })))
}

/// `POST /api/v1/undelivered/{item}/again`: once more; 404 when it is not set aside any more, 422 with the reason when it cannot be.
pub(crate) async fn take_up_again(call: Call) -> Result<Response, Refused> {
    call.desk.app.take_up_again(&call.clerk()?, call.param("item")?).await?;
    Ok(json_response(&json!({ "taken_up": true })))
}

/// `POST /api/v1/undelivered/again`: all that are listed; how many went, and how many stayed.
pub(crate) async fn take_all_up_again(call: Call) -> Result<Response, Refused> {
    Ok(json_response(&call.desk.app.take_all_up_again(&call.clerk()?).await?))
}

/// `POST /api/v1/undelivered/{item}/discard`: for good.
pub(crate) async fn discard(call: Call) -> Result<Response, Refused> {
    call.desk.app.discard(&call.clerk()?, call.param("item")?).await?;
    Ok(json_response(&json!({ "discarded": true })))
}

/// `GET /api/v1/availability?services=a,b&first=2026-03-05&last=2026-03-07`
pub(crate) async fn availability(call: Call) -> Result<Response, Refused> {
    let query = call.query();
    query.only(&["services", "resource", "first", "last", "party", "limit"])?;
    let first: Date = query.required("first")?;
    let wish = AvailabilityWish {
        services: query.text("services").split(',').filter(|key| !key.is_empty()).map(str::to_owned).collect(),
        resource: query.parsed("resource")?,
        first,
        last: query.parsed("last")?.unwrap_or(first),
        party: query.parsed("party")?.unwrap_or(1),
        limit: query.parsed("limit")?.unwrap_or(100),
    };
    if wish.services.is_empty() {
        return Err(invalid("services", "is missing"));
    }
    let openings = call.desk.app.availability(&call.clerk()?, &wish).await?;
    Ok(json_response(&json!({ "openings": openings })))
}
