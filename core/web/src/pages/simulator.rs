//! The imagined phones: a page that speaks as a customer, and the Graph-compatible address that we send to.

use app::view::{ClockMove, SimulatorLine, SimulatorView};
use axum::response::{IntoResponse as _, Response};
use domain::{
    Language, Phone,
    message::Body,
    simulator::{GraphAnswer, Handset},
};
use http::{HeaderValue, StatusCode, header};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::json;
use templates::pages::{Page, words};

use crate::{
    answer::{Refused, json_response},
    call::{Call, instant, invalid},
    desk::Frame,
};

/// Every number that can be played with.
#[derive(Debug, Serialize)]
pub(crate) struct SimulatorsPage {
    pub(crate) frame: Frame,
    pub(crate) lines: Vec<SimulatorLine>,
}

impl Page for SimulatorsPage {
    const TEMPLATE: &'static str = "simulators.html";
}

/// One phone.
#[derive(Debug, Serialize)]
pub(crate) struct SimulatorPage {
    pub(crate) frame: Frame,
    pub(crate) simulator: SimulatorView,
}

impl Page for SimulatorPage {
    const TEMPLATE: &'static str = "simulator.html";
}

fn frame(call: &Call, language: Language) -> Frame {
    call.desk.bare_frame(language, words(language).sim_title)
}

/// `GET /simulator`
pub(crate) async fn index(call: Call) -> Result<Response, Refused> {
    let lines = call.desk.app.simulator_lines().await?;
    call.desk.html(&SimulatorsPage { frame: frame(&call, call.language()), lines })
}

/// `GET /simulator/{slug}`
pub(crate) async fn show(call: Call) -> Result<Response, Refused> {
    let simulator = call.desk.app.simulator(call.param("slug")?).await?;
    call.desk.html(&SimulatorPage { frame: frame(&call, call.language()), simulator })
}

/// `GET …/screen?phone=…&version=…`: 204 when nothing changed since `version`.
pub(crate) async fn screen(call: Call) -> Result<Response, Refused> {
    let query = call.query();
    let screen = call.desk.app.simulator_screen(call.param("slug")?, &phone(query.text("phone"))?).await?;
    let clock = call.desk.app.clock();
    if query.parsed::<u64>("version")? == Some(screen.version) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok(json_response(&json!({ "screen": screen, "now": clock.now })))
}

fn phone(text: &str) -> Result<Phone, Refused> {
    Phone::parse(text).map_err(|wrong| invalid("phone", &wrong.to_string()))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    phone: String,
    #[serde(default)]
    name: String,
    body: Body,
}

/// `POST …/say`: as if typed or tapped on the phone.
pub(crate) async fn say(call: Call) -> Result<Response, Refused> {
    let said: Said = call.json()?;
    let from = Handset { phone: phone(&said.phone)?, name: said.name };
    let id = call.desk.app.simulator_say(call.param("slug")?, &from, said.body).await?;
    Ok(json_response(&json!({ "id": id })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    phone: String,
}

/// `POST …/look`: the phone is on screen, what was delivered is read.
pub(crate) async fn look(call: Call) -> Result<Response, Refused> {
    let which: Which = call.json()?;
    call.desk.app.simulator_look(call.param("slug")?, &phone(&which.phone)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `POST …/clear`
pub(crate) async fn clear(call: Call) -> Result<Response, Refused> {
    let which: Which = call.json()?;
    call.desk.app.simulator_clear(call.param("slug")?, &phone(&which.phone)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum ClockOrder {
    AdvanceSeconds(i64),
    /// Wall time at the location.
    SetTo(String),
    /// Back to the real time; the value says nothing.
    Real(serde::de::IgnoredAny),
}

/// `POST …/clock`: moves the clock of the whole demo.
pub(crate) async fn clock(call: Call) -> Result<Response, Refused> {
    let to = match call.json()? {
        ClockOrder::AdvanceSeconds(seconds) => ClockMove::AdvanceSeconds(seconds),
        ClockOrder::Real(_) => ClockMove::Real,
        ClockOrder::SetTo(wall) => {
            let simulator = call.desk.app.simulator(call.param("slug")?).await?;
            let zone = TimeZone::get(&simulator.zone).map_err(|_unknown| invalid("zone", "unknown time zone"))?;
            ClockMove::SetTo(instant(&wall, &zone)?)
        }
    };
    Ok(json_response(&call.desk.app.move_clock(to).await?))
}

/// `POST /simulator/graph/{version}/{phone_id}/messages`: our own sends arrive here, as they would at the provider.
pub(crate) async fn graph_messages(call: Call) -> Result<Response, Refused> {
    let json = std::str::from_utf8(&call.body).map_err(|_wrong| invalid("body", "is not UTF-8"))?;
    let authorization = call.header("authorization").unwrap_or_default();
    let answer = call.desk.app.graph_post(call.param("phone_id")?, authorization, json).await?;
    Ok(graph_answer(answer))
}

fn graph_answer(answer: GraphAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], answer.json).into_response()
}

/// `POST …/media`: the imagined provider takes files and keeps none; the phone shows that there was one.
pub(crate) async fn graph_media(call: Call) -> Result<Response, Refused> {
    let authorization = call.header("authorization").unwrap_or_default();
    Ok(graph_answer(call.desk.app.graph_upload(call.param("phone_id")?, authorization).await?))
}
