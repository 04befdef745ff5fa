//! What runs where and what is installed (`module_switch` changes it); and releases being tried on a share of their tenants:
//! what was watched, side by side, and the two ways to end it.

use app::view::{AppError, BusinessModule, CanaryView, ModuleRow};
use axum::response::Response;
use domain::plan::{Limits, Plan};
use serde::Serialize;
use templates::pages::{ModuleWords, Page, module_words, words};

use crate::{
    answer::{Refused, redirect},
    call::{Call, invalid},
    desk::Frame,
};

pub(crate) const PATH: &str = "/admin/modules";

/// The page.
#[derive(Debug, Serialize)]
pub(crate) struct ModulesPage {
    pub(crate) frame: Frame,
    pub(crate) w: &'static ModuleWords,
    pub(crate) businesses: Vec<BusinessModule>,
    pub(crate) modules: Vec<ModuleRow>,
    pub(crate) canaries: Vec<CanaryView>,
    /// The smallest first.
    pub(crate) plans: Vec<PlanRow>,
    pub(crate) problem: String,
}

/// What one call may use on a plan.
#[derive(Debug, Serialize)]
pub(crate) struct PlanRow {
    pub(crate) plan: Plan,
    pub(crate) limits: Limits,
    pub(crate) cpu_ms: u128,
    pub(crate) wall_ms: u128,
}

impl From<(Plan, Limits)> for PlanRow {
    fn from((plan, limits): (Plan, Limits)) -> Self {
        Self { plan, limits, cpu_ms: limits.cpu.as_millis(), wall_ms: limits.wall.as_millis() }
    }
}

impl Page for ModulesPage {
    const TEMPLATE: &'static str = "modules.html";
}

/// `GET /admin/modules`
pub(crate) async fn index(call: Call) -> Result<Response, Refused> {
    show(&call, String::new()).await
}

pub(crate) async fn show(call: &Call, problem: String) -> Result<Response, Refused> {
    let session = call.session()?;
    let (app, language) = (&call.desk.app, session.language);
    let frame = call.desk.frame(session, "modules", words(language).modules);
    let (businesses, modules) = (app.business_modules(language).await?, app.modules(language).await?);
    let (canaries, plans) = (app.canaries().await?, app.plans().into_iter().map(PlanRow::from).collect());
    let w = module_words(language);
    call.desk.html(&ModulesPage { frame, w, businesses, modules, canaries, plans, problem })
}

/// `POST /admin/modules/canaries`: `release` is a module's name and a digest, as the form offers them.
pub(crate) async fn start(call: Call) -> Result<Response, Refused> {
    let form = call.form();
    let (module, digest) = form.text("release").split_once(' ').ok_or_else(|| invalid("release", "is missing"))?;
    let percent = form.required("percent")?;
    let begun = call.desk.app.start_canary(module, Some(digest), percent, &call.admin()?).await;
    shown(&call, begun.map_err(AppError::from)).await
}

/// `POST /admin/modules/canaries/{canary}/stop`
pub(crate) async fn stop(call: Call) -> Result<Response, Refused> {
    let by = call.admin()?;
    let ended = call.desk.app.stop_canary(call.id("canary")?, &by, &format!("stopped by {by}")).await;
    shown(&call, ended.map_err(AppError::from)).await
}

/// `POST /admin/modules/canaries/{canary}/promote`
pub(crate) async fn promote(call: Call) -> Result<Response, Refused> {
    let ended = call.desk.app.promote_canary(call.id("canary")?, &call.admin()?).await;
    shown(&call, ended.map_err(AppError::from)).await
}

/// What cannot be done is said on the page it was asked from.
async fn shown(call: &Call, done: Result<CanaryView, AppError>) -> Result<Response, Refused> {
    match done {
        Ok(canary) => Ok(redirect(&format!("{PATH}#{}", canary.id))),
        Err(AppError::Invalid { reason, .. }) => show(call, reason).await,
        Err(other) => Err(other.into()),
    }
}
