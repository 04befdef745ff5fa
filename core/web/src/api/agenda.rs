//! What programs may do with the calendar beside booking: hold, act, move, block, walk in, look around.

use app::view::{MoveBooking, NewBlock, NewBooking, WalkIn};
use axum::response::Response;
use domain::{BookingId, booking::BookingAction};
use serde::Deserialize;
use serde_json::json;

use super::created;
use crate::{
    answer::{Refused, json_response},
    call::{Call, invalid},
};

/// `GET /api/v1/bookings/{booking}`: with its history.
pub(crate) async fn file(call: Call) -> Result<Response, Refused> {
    let file = call.desk.app.booking_file(&call.clerk()?, call.id("booking")?).await?;
    Ok(json_response(&file))
}

/// `POST /api/v1/holds`: a booking that lets go by itself; `confirm` it in time.
pub(crate) async fn hold(call: Call) -> Result<Response, Refused> {
    let new: NewBooking = call.json()?;
    Ok(created(&call.desk.app.hold_for(&call.clerk()?, &new).await?))
}

/// What became of a booking, as its version `version` stands.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Act {
    action: BookingAction,
    version: i64,
    /// Whether the customer hears of a cancellation.
    #[serde(default)]
    notify: bool,
}

/// `POST /api/v1/bookings/{booking}/act`
pub(crate) async fn act(call: Call) -> Result<Response, Refused> {
    let asked: Act = call.json()?;
    let id: BookingId = call.id("booking")?;
    if matches!(asked.action, BookingAction::Move | BookingAction::RequestApproval) {
        return Err(invalid("action", "is not done this way"));
    }
    let app = &call.desk.app;
    let booking = app.act_and_tell(&call.clerk()?, id, asked.action, asked.version, asked.notify).await?;
    Ok(json_response(&booking))
}

/// `POST /api/v1/bookings/{booking}/move`
pub(crate) async fn shift(call: Call) -> Result<Response, Refused> {
    let to: MoveBooking = call.json()?;
    let booking = call.desk.app.move_booking(&call.clerk()?, call.id("booking")?, &to).await?;
    Ok(json_response(&booking))
}

/// `GET /api/v1/approvals`: requests that wait for a yes. Say it with `approve`, or no with `cancel`.
pub(crate) async fn approvals(call: Call) -> Result<Response, Refused> {
    let bookings = call.desk.app.approvals(&call.clerk()?).await?;
    Ok(json_response(&json!({ "bookings": bookings })))
}

/// `POST /api/v1/walk-ins`
pub(crate) async fn walk_in(call: Call) -> Result<Response, Refused> {
    let new: WalkIn = call.json()?;
    Ok(created(&call.desk.app.walk_in(&call.clerk()?, &new).await?))
}

/// `POST /api/v1/blocks`
pub(crate) async fn block(call: Call) -> Result<Response, Refused> {
    let new: NewBlock = call.json()?;
    Ok(created(&call.desk.app.block(&call.clerk()?, &new).await?))
}

/// `POST /api/v1/blocks/{block}/remove`
pub(crate) async fn unblock(call: Call) -> Result<Response, Refused> {
    call.desk.app.unblock(&call.clerk()?, call.id("block")?).await?;
    Ok(json_response(&json!({})))
}

/// `GET /api/v1/matrix`: each service with everybody, and when they are free next.
pub(crate) async fn matrix(call: Call) -> Result<Response, Refused> {
    let matrix = call.desk.app.matrix(&call.clerk()?).await?;
    Ok(json_response(&matrix))
}
