//! Whether the process lives, and whether its parts can do their work.

use axum::response::{IntoResponse as _, Response};
use http::StatusCode;

use crate::{
    answer::{Refused, json_response},
    call::Call,
};

/// `GET /healthz`: the process answers. Asks nothing else, so that a slow database does not restart us.
pub(crate) async fn live(_call: Call) -> Result<Response, Refused> {
    Ok("ok\n".into_response())
}

/// `GET /readyz`: each part by name; 503 when work should go elsewhere.
pub(crate) async fn ready(call: Call) -> Result<Response, Refused> {
    let health = call.desk.app.health().await;
    let mut response = json_response(&health);
    if !health.ready || *call.desk.draining.borrow() {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    }
    Ok(response)
}
