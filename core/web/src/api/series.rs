//! Visits that repeat. 409 with `plan` tells every visit that cannot be had; nothing was written then.

use app::view::{CancelSeries, MoveSeries, NewSeries};
use axum::response::Response;

use super::created;
use crate::{
    answer::{Refused, json_response},
    call::Call,
};

/// `POST /api/v1/series/plan`: what the series would be. Writes nothing.
pub(crate) async fn plan(call: Call) -> Result<Response, Refused> {
    let new: NewSeries = call.json()?;
    let plan = call.desk.app.plan_series(&call.clerk()?, &new).await?;
    Ok(json_response(&plan))
}

/// `POST /api/v1/series`
pub(crate) async fn create(call: Call) -> Result<Response, Refused> {
    let new: NewSeries = call.json()?;
    Ok(created(&call.desk.app.create_series(&call.clerk()?, &new).await?))
}

/// `GET /api/v1/series/{series}`
pub(crate) async fn show(call: Call) -> Result<Response, Refused> {
    let series = call.desk.app.series(&call.clerk()?, call.id("series")?).await?;
    Ok(json_response(&series))
}

/// `POST /api/v1/series/{series}/cancel`
pub(crate) async fn cancel(call: Call) -> Result<Response, Refused> {
    let change: CancelSeries = call.json()?;
    let series = call.desk.app.cancel_series(&call.clerk()?, call.id("series")?, &change).await?;
    Ok(json_response(&series))
}

/// `POST /api/v1/series/{series}/move`
pub(crate) async fn shift(call: Call) -> Result<Response, Refused> {
    let to: MoveSeries = call.json()?;
    let series = call.desk.app.move_series(&call.clerk()?, call.id("series")?, &to).await?;
    Ok(json_response(&series))
}
