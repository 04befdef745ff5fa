//! Whether the process lives, whether its parts can do their work, and what modules cost.

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

/// `GET /metrics`: calls of modules since the process began, in Prometheus' text form. For the platform's admin only: it
/// names tenants.
pub(crate) async fn metrics(call: Call) -> Result<Response, Refused> {
    let kind = [(http::header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    Ok((kind, call.desk.app.module_metrics()).into_response())
}
