//! Canaries, pins, plans and costs, for the platform's programs.

use app::view::AppError;
use axum::response::Response;
use domain::plan::{Limits, Plan};
use serde::Deserialize;
use serde_json::json;

use super::created;
use crate::{
    answer::{Refused, json_response},
    call::Call,
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewCanary {
    module: String,
    /// How the digest begins; the newest release without it.
    digest: Option<String>,
    percent: u8,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ending {
    because: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pin {
    pinned: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPlan {
    plan: Plan,
}

/// `GET /api/v1/plans`: every plan with what a module call may use on it.
pub(crate) async fn plans(call: Call) -> Result<Response, Refused> {
    let plan = |(plan, limits): (Plan, Limits)| json!({ "plan": plan, "limits": limits });
    Ok(json_response(&json!({ "plans": call.desk.app.plans().into_iter().map(plan).collect::<Vec<_>>() })))
}

/// `GET /api/v1/usage?days=`: what module calls cost, by tenant, module and function, the most first.
pub(crate) async fn usage(call: Call) -> Result<Response, Refused> {
    let query = call.query();
    query.only(&["days"])?;
    let days = crate::pages::usage::days(&query)?;
    Ok(json_response(&json!({ "days": days, "usage": call.desk.app.usage(days).await? })))
}

/// `POST /api/v1/tenants/{tenant}/plan`
pub(crate) async fn set_plan(call: Call) -> Result<Response, Refused> {
    let asked: NewPlan = call.json()?;
    let done = call.desk.app.set_plan(call.param("tenant")?, asked.plan, &call.admin()?).await;
    done.map_err(AppError::from)?;
    Ok(json_response(&json!({ "plan": asked.plan })))
}

/// `GET /api/v1/canaries`: the newest first, with figures of both sides.
pub(crate) async fn index(call: Call) -> Result<Response, Refused> {
    Ok(json_response(&json!({ "canaries": call.desk.app.canaries().await? })))
}

/// `POST /api/v1/canaries`: 201 and the canary; 422 says why none began.
pub(crate) async fn start(call: Call) -> Result<Response, Refused> {
    let new: NewCanary = call.json()?;
    let begun = call.desk.app.start_canary(&new.module, new.digest.as_deref(), new.percent, &call.admin()?).await;
    Ok(created(&begun.map_err(AppError::from)?))
}

/// `POST /api/v1/canaries/{canary}/stop`
pub(crate) async fn stop(call: Call) -> Result<Response, Refused> {
    let by = call.admin()?;
    let asked: Ending = call.json()?;
    let because = asked.because.unwrap_or_else(|| format!("stopped by {by}"));
    let ended = call.desk.app.stop_canary(call.id("canary")?, &by, &because).await;
    Ok(json_response(&ended.map_err(AppError::from)?))
}

/// `POST /api/v1/canaries/{canary}/promote`
pub(crate) async fn promote(call: Call) -> Result<Response, Refused> {
    let ended = call.desk.app.promote_canary(call.id("canary")?, &call.admin()?).await;
    Ok(json_response(&ended.map_err(AppError::from)?))
}

/// `POST /api/v1/tenants/{tenant}/pin`: whether the tenant stays on the release it has.
pub(crate) async fn pin(call: Call) -> Result<Response, Refused> {
    let asked: Pin = call.json()?;
    let done = call.desk.app.pin_module(call.param("tenant")?, asked.pinned, &call.admin()?).await;
    done.map_err(AppError::from)?;
    Ok(json_response(&json!({ "pinned": asked.pinned })))
}
