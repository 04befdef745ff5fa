//! The owner's rules and prices, for programs.

use axum::response::Response;
use domain::{tariff::Tariff, tenant::BookingPolicy};
use serde::Deserialize;
use serde_json::json;

use crate::{
    answer::{Refused, json_response},
    call::Call,
};

/// `GET /api/v1/policy`: with its prices, and what there is to decide about.
pub(crate) async fn show(call: Call) -> Result<Response, Refused> {
    let policy = call.desk.app.policy(&call.clerk()?).await?;
    Ok(json_response(&policy))
}

/// `POST /api/v1/policy`: the whole policy; what is left out is as for a new business. Prices stay.
pub(crate) async fn update(call: Call) -> Result<Response, Refused> {
    let policy: BookingPolicy = call.json()?;
    call.desk.app.set_policy(&call.clerk()?, policy).await?;
    show(call).await
}

/// `POST /api/v1/tariff`: all rules that change prices, rounding, and the deposit.
pub(crate) async fn set_tariff(call: Call) -> Result<Response, Refused> {
    let tariff: Tariff = call.json()?;
    call.desk.app.set_tariff(&call.clerk()?, tariff).await?;
    show(call).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Membership {
    member: bool,
}

/// `POST /api/v1/customers/{customer}/member`
pub(crate) async fn set_member(call: Call) -> Result<Response, Refused> {
    let asked: Membership = call.json()?;
    call.desk.app.set_member(&call.clerk()?, call.id("customer")?, asked.member).await?;
    Ok(json_response(&json!({ "member": asked.member })))
}
