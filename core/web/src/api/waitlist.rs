//! Who waits for a place.

use app::view::JoinWaitlist;
use axum::response::Response;
use serde_json::json;

use super::created;
use crate::{
    answer::{Refused, json_response},
    call::Call,
};

/// `GET /api/v1/waitlist`: first in line first.
pub(crate) async fn index(call: Call) -> Result<Response, Refused> {
    let waiting = call.desk.app.waitlist(&call.clerk()?).await?;
    Ok(json_response(&waiting))
}

/// `POST /api/v1/waitlist`
pub(crate) async fn join(call: Call) -> Result<Response, Refused> {
    let new: JoinWaitlist = call.json()?;
    Ok(created(&call.desk.app.join_waitlist(&call.clerk()?, &new).await?))
}

/// `POST /api/v1/waitlist/{entry}/leave`
pub(crate) async fn leave(call: Call) -> Result<Response, Refused> {
    call.desk.app.leave_waitlist_for(&call.clerk()?, call.id("entry")?).await?;
    Ok(json_response(&json!({})))
}
