//! What runs for a business: looked at before it is switched, switched, rolled back, turned off and on; and releases that
//! come in.

use app::view::{AppError, BusinessModule, Granted, ModuleRow};
use axum::response::Response;
use serde::Serialize;
use templates::pages::{ModuleWords, Page, module_words, words};

use super::modules::{self, PATH};
use crate::{
    answer::{Refused, redirect},
    api,
    call::{Call, Fields, invalid},
    desk::Frame,
};

/// A release and what it asks for, before it is made to run for a business.
#[derive(Debug, Serialize)]
pub(crate) struct ActivationPage {
    pub(crate) frame: Frame,
    pub(crate) w: &'static ModuleWords,
    pub(crate) business: BusinessModule,
    pub(crate) release: ModuleRow,
    pub(crate) asked: Vec<Asked>,
    /// As typed, or as they are.
    pub(crate) settings: String,
    pub(crate) schema: String,
    pub(crate) problem: String,
}

impl Page for ActivationPage {
    const TEMPLATE: &'static str = "module_activation.html";
}

/// A capability with a box to tick.
#[derive(Debug, Serialize)]
pub(crate) struct Asked {
    pub(crate) name: String,
    pub(crate) targets: Vec<String>,
    pub(crate) why: String,
    pub(crate) granted: bool,
    /// The release that runs now was not given it.
    pub(crate) new: bool,
}

/// `GET /admin/modules/businesses/{tenant}?release=`: all a first activation asks for is ticked, on an upgrade what it had.
pub(crate) async fn show(call: Call) -> Result<Response, Refused> {
    let query = call.query();
    query.only(&["release"])?;
    let (business, release) = chosen(&call, query.text("release")).await?;
    let runs = business.runs.as_ref().filter(|runs| runs.module == release.name);
    let settings = runs.map(|runs| pretty(&runs.settings)).unwrap_or_default();
    let granted = |name: &str| runs.is_none_or(|runs| runs.granted.iter().any(|one| is_of(one, name)));
    let asked = asked(&release, granted, &business);
    page(&call, business, release, asked, settings, String::new())
}

/// `POST /admin/modules/businesses/{tenant}/activate`: what is wrong is said on the page, with what was typed.
pub(crate) async fn activate(call: Call) -> Result<Response, Refused> {
    let (by, form) = (call.admin()?, call.form());
    let (business, release) = chosen(&call, form.text("release")).await?;
    match switch(&call, &business.slug, &release, &form, &by).await {
        Ok(()) => Ok(redirect(&format!("{PATH}#{}", business.slug))),
        Err(Refused::App(AppError::Invalid { reason, .. })) => {
            let ticked: Vec<&str> = form.named("grant.").map(|(name, _)| name).collect();
            let asked = asked(&release, |name| ticked.contains(&name), &business);
            page(&call, business, release, asked, form.text("settings").to_owned(), reason)
        }
        Err(other) => Err(other),
    }
}

async fn switch(call: &Call, slug: &str, release: &ModuleRow, form: &Fields, by: &str) -> Result<(), Refused> {
    let settings = Some(form.text("settings").trim()).filter(|text| !text.is_empty()).map(serde_json::from_str);
    let settings = settings.transpose().map_err(|wrong| invalid("settings", &format!("this is not JSON: {wrong}")))?;
    let grants: Vec<String> = form.named("grant.").map(|(name, _)| name.to_owned()).collect();
    let app = &call.desk.app;
    let switched = app.switch(slug, &release.name, Some(&release.digest), settings, Some(&grants), by).await;
    switched.map(drop).map_err(|error| AppError::from(error).into())
}

/// `POST /admin/modules/businesses/{tenant}/rollback`
pub(crate) async fn roll_back(call: Call) -> Result<Response, Refused> {
    let done = call.desk.app.roll_back(call.param("tenant")?, &call.admin()?).await;
    done_with(&call, done.map(drop).map_err(AppError::from)).await
}

/// `POST /admin/modules/businesses/{tenant}/disable`
pub(crate) async fn disable(call: Call) -> Result<Response, Refused> {
    let done = call.desk.app.turn_module(call.param("tenant")?, false, &call.admin()?).await;
    done_with(&call, done.map_err(AppError::from)).await
}

/// `POST /admin/modules/businesses/{tenant}/enable`
pub(crate) async fn enable(call: Call) -> Result<Response, Refused> {
    let done = call.desk.app.turn_module(call.param("tenant")?, true, &call.admin()?).await;
    done_with(&call, done.map_err(AppError::from)).await
}

/// `POST /admin/modules`: a form with the files `component` and `seal`.
pub(crate) async fn install(call: Call) -> Result<Response, Refused> {
    match api::modules::install_sent(&call).await {
        Ok(digest) => Ok(redirect(&format!("{PATH}#r-{}", digest.chars().take(12).collect::<String>()))),
        Err(Refused::App(AppError::Invalid { reason, .. })) => modules::show(&call, reason).await,
        Err(other) => Err(other),
    }
}

async fn done_with(call: &Call, done: Result<(), AppError>) -> Result<Response, Refused> {
    match done {
        Ok(()) => Ok(redirect(&format!("{PATH}#{}", call.param("tenant")?))),
        Err(AppError::Invalid { reason, .. }) => modules::show(call, reason).await,
        Err(other) => Err(other.into()),
    }
}

/// The business of the path, and the release with this digest.
async fn chosen(call: &Call, digest: &str) -> Result<(BusinessModule, ModuleRow), Refused> {
    let (app, language) = (&call.desk.app, call.session()?.language);
    let slug = call.param("tenant")?;
    let business = app.business_modules(language).await?.into_iter().find(|business| business.slug == slug);
    let release = app.modules(language).await?.into_iter().find(|release| release.digest == digest);
    business.zip(release).ok_or(Refused::NotFound)
}

fn asked(release: &ModuleRow, granted: impl Fn(&str) -> bool, business: &BusinessModule) -> Vec<Asked> {
    let runs = business.runs.as_ref().filter(|runs| runs.module == release.name);
    let box_of = |asked: &app::view::AskedFor| Asked {
        name: asked.name.clone(),
        targets: asked.targets.clone(),
        why: asked.why.clone(),
        granted: granted(&asked.name),
        new: runs.is_some_and(|runs| !runs.granted.iter().any(|one| is_of(one, &asked.name))),
    };
    release.asks_for.iter().map(box_of).collect()
}

/// `http:https://stock.example` is of `http`.
fn is_of(granted: &Granted, name: &str) -> bool {
    granted.grant.split(':').next() == Some(name)
}

fn page(
    call: &Call,
    business: BusinessModule,
    release: ModuleRow,
    asked: Vec<Asked>,
    settings: String,
    problem: String,
) -> Result<Response, Refused> {
    let session = call.session()?;
    let frame = call.desk.frame(session, "modules", words(session.language).modules);
    let (w, schema) = (module_words(session.language), pretty(&release.settings_schema));
    call.desk.html(&ActivationPage { frame, w, business, release, asked, settings, schema, problem })
}

fn pretty(value: &serde_json::Value) -> String {
    if value.is_null() { String::new() } else { serde_json::to_string_pretty(value).unwrap_or_default() }
}
