//! A series in the calendar's drawer: planned with all its conflicts before anything is written, shown, ended.

use app::view::{AppError, CancelSeries, CatalogView, Decision, NewSeries, SeriesPlan, SeriesScope, SeriesView};
use axum::response::Response;
use jiff::civil::Date;
use serde::Serialize;
use templates::pages::{Page, words};

use crate::{
    answer::{Refused, redirect},
    call::{Call, Fields, invalid},
    desk::Frame,
};

/// The form; with a plan, what stands against it and a choice for each visit that cannot be had.
#[derive(Debug, Serialize)]
pub(crate) struct NewSeriesPart {
    pub(crate) frame: Frame,
    pub(crate) catalog: CatalogView,
    pub(crate) form: SeriesForm,
    pub(crate) problem: String,
    pub(crate) plan: Option<SeriesPlan>,
}

impl Page for NewSeriesPart {
    const TEMPLATE: &'static str = "new_series.html";
}

/// What was typed.
#[derive(Debug, Default, Serialize)]
pub(crate) struct SeriesForm {
    pub(crate) service: String,
    pub(crate) start: String,
    pub(crate) resource: String,
    pub(crate) name: String,
    pub(crate) phone: String,
    pub(crate) every: String,
    pub(crate) count: String,
}

/// A series with its visits.
#[derive(Debug, Serialize)]
pub(crate) struct SeriesPart {
    pub(crate) frame: Frame,
    pub(crate) series: SeriesView,
}

impl Page for SeriesPart {
    const TEMPLATE: &'static str = "series.html";
}

fn frame(call: &Call) -> Result<Frame, Refused> {
    Ok(call.desk.frame(call.session()?, "calendar", words(call.language()).calendar))
}

/// `GET /t/{slug}/series/new`
pub(crate) async fn new(call: Call) -> Result<Response, Refused> {
    let form = SeriesForm { start: call.query().text("start").to_owned(), ..SeriesForm::default() };
    part(&call, form, String::new(), None).await
}

async fn part(call: &Call, form: SeriesForm, problem: String, plan: Option<SeriesPlan>) -> Result<Response, Refused> {
    let catalog = call.desk.app.catalog(&call.clerk()?).await?;
    call.desk.html(&NewSeriesPart { frame: frame(call)?, catalog, form, problem, plan })
}

/// `POST /t/{slug}/series`: made, or the form again with every conflict.
pub(crate) async fn create(call: Call) -> Result<Response, Refused> {
    let fields = call.form();
    let new = NewSeries {
        customer: None,
        phone: fields.some("phone").map(str::to_owned),
        name: fields.text("name").trim().to_owned(),
        services: vec![fields.text("service").to_owned()],
        first: fields.required("start")?,
        rule: rule(&fields)?,
        resource: fields.parsed("resource")?,
        party: 1,
        note: String::new(),
        decisions: decisions(&fields)?,
    };
    let text = |name: &str| fields.text(name).to_owned();
    let typed = SeriesForm {
        service: text("service"),
        start: text("start"),
        resource: text("resource"),
        name: text("name"),
        phone: text("phone"),
        every: text("every"),
        count: text("count"),
    };
    match call.desk.app.create_series(&call.clerk()?, &new).await {
        Ok(series) => call.desk.html(&SeriesPart { frame: frame(&call)?, series }),
        Err(AppError::SeriesConflicts(plan)) => part(&call, typed, String::new(), Some(*plan)).await,
        Err(wrong @ AppError::Invalid { .. }) => part(&call, typed, Refused::App(wrong).told(), None).await,
        Err(other) => Err(other.into()),
    }
}

/// The few rules the form offers; programs may send any.
fn rule(fields: &Fields) -> Result<String, Refused> {
    let count: u16 = fields.parsed("count")?.unwrap_or(4);
    let every = match fields.text("every") {
        "day" => "FREQ=DAILY",
        "fortnight" => "FREQ=WEEKLY;INTERVAL=2",
        "month" => "FREQ=MONTHLY",
        "week" | "" => "FREQ=WEEKLY",
        _ => return Err(invalid("every", "is not one of ours")),
    };
    Ok(format!("{every};COUNT={count}"))
}

/// `decision.2026-03-19` is `skip`, or the instant to move to.
fn decisions(fields: &Fields) -> Result<Vec<Decision>, Refused> {
    let chosen = fields.named("decision.").filter(|(_, choice)| !choice.is_empty());
    chosen
        .map(|(date, choice)| {
            let date: Date = date.parse().map_err(|_not_a_date| invalid("decision", "is not for a date"))?;
            let move_to = match choice {
                "skip" => None,
                start => Some(start.parse().map_err(|_not_a_time| invalid("decision", "is not a time"))?),
            };
            Ok(Decision { date, move_to })
        })
        .collect()
}

/// `GET /t/{slug}/series/{series}`
pub(crate) async fn show(call: Call) -> Result<Response, Refused> {
    let series = call.desk.app.series(&call.clerk()?, call.id("series")?).await?;
    if !call.is_htmx() {
        return Ok(redirect(&format!("/t/{}/calendar", call.param("slug")?)));
    }
    call.desk.html(&SeriesPart { frame: frame(&call)?, series })
}

/// `POST /t/{slug}/series/{series}/cancel`
pub(crate) async fn cancel(call: Call) -> Result<Response, Refused> {
    let form = call.form();
    let scope = match form.text("scope") {
        "this" => SeriesScope::This,
        "this_and_later" => SeriesScope::ThisAndLater,
        "all" => SeriesScope::All,
        _ => return Err(invalid("scope", "is not one of ours")),
    };
    let change = CancelSeries {
        booking: form.required("booking")?,
        scope,
        version: form.required("version")?,
        notify: form.text("notify") == "true",
    };
    let series = call.desk.app.cancel_series(&call.clerk()?, call.id("series")?, &change).await?;
    call.desk.html(&SeriesPart { frame: frame(&call)?, series })
}
