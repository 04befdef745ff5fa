//! Releases, and what runs for a tenant, for the platform's programs.

use app::{
    Switched,
    view::{AppError, Granted},
};
use axum::response::Response;
use domain::release::{Seal, Voucher};
use serde::Deserialize;
use serde_json::json;

use super::created;
use crate::{
    answer::{Refused, json_response},
    call::{Call, invalid},
    multipart::Multipart,
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewModule {
    module: String,
    /// How the digest begins; the newest release without it.
    digest: Option<String>,
    /// The module's configuration; what it had without it.
    settings: Option<serde_json::Value>,
    /// Capabilities by name. Without: all it asks for the first time, what it had on an upgrade.
    grants: Option<Vec<String>>,
}

/// `GET /api/v1/modules`: every release with what it contributes and asks for, the newest first.
pub(crate) async fn index(call: Call) -> Result<Response, Refused> {
    let modules = call.desk.app.modules(call.session()?.language).await?;
    Ok(json_response(&json!({ "modules": modules })))
}

/// `POST /api/v1/modules`: a form with the files `component` and `seal`; 201 and the release, 422 says what is wrong.
pub(crate) async fn install(call: Call) -> Result<Response, Refused> {
    let digest = install_sent(&call).await?;
    let modules = call.desk.app.modules(call.session()?.language).await?;
    let release = modules.into_iter().find(|release| release.digest == digest).ok_or(Refused::NotFound)?;
    Ok(created(&release))
}

/// Installs what the form carries; its digest. Only whoever sits at the machine may do without a seal.
pub(crate) async fn install_sent(call: &Call) -> Result<String, Refused> {
    let form = Multipart::read(&call.headers, &call.body).await?;
    let form = form.ok_or_else(|| invalid("body", "must be multipart/form-data with the files component and seal"))?;
    let component = form.some("component").ok_or_else(|| invalid("component", "is missing"))?;
    let seal = form
        .some("seal")
        .ok_or_else(|| invalid("seal", "the module is not signed: its seal (NAME.seal.json) must come with it"))?;
    let seal: Seal =
        serde_json::from_slice(seal).map_err(|wrong| invalid("seal", &format!("this is not a seal: {wrong}")))?;
    let installed = call.desk.app.install(component, &Voucher::Publisher(seal), &call.admin()?).await;
    Ok(installed.map_err(AppError::from)?.digest)
}

/// `GET /api/v1/tenants/{tenant}/module`: what runs, or would when it is turned on; null without one.
pub(crate) async fn show(call: Call) -> Result<Response, Refused> {
    let shown = call.desk.app.tenant_module(call.param("tenant")?, call.session()?.language).await;
    Ok(json_response(&json!({ "module": shown.map_err(AppError::from)? })))
}

/// `POST /api/v1/tenants/{tenant}/module`: what runs now and what it may do; 422 with the field that is wrong.
pub(crate) async fn activate(call: Call) -> Result<Response, Refused> {
    let (by, language) = (call.admin()?, call.session()?.language);
    let new: NewModule = call.json()?;
    let app = &call.desk.app;
    let switched =
        app.switch(call.param("tenant")?, &new.module, new.digest.as_deref(), new.settings, new.grants.as_deref(), &by);
    let switched: Switched = switched.await.map_err(AppError::from)?;
    let (granted, withheld): (Vec<Granted>, Vec<Granted>) = switched.in_words(language);
    let release = &switched.release;
    Ok(json_response(&json!({
        "module": release.module,
        "version": release.version,
        "digest": release.digest,
        "granted": granted,
        "withheld": withheld,
    })))
}

/// `POST /api/v1/tenants/{tenant}/module/rollback`: release, settings and grants as they were before.
pub(crate) async fn roll_back(call: Call) -> Result<Response, Refused> {
    let back = call.desk.app.roll_back(call.param("tenant")?, &call.admin()?).await.map_err(AppError::from)?;
    Ok(json_response(&json!({ "module": back.module, "digest": back.digest })))
}

/// `POST /api/v1/tenants/{tenant}/module/disable`: the core answers alone.
pub(crate) async fn disable(call: Call) -> Result<Response, Refused> {
    turn(&call, false).await
}

/// `POST /api/v1/tenants/{tenant}/module/enable`: on again as it was.
pub(crate) async fn enable(call: Call) -> Result<Response, Refused> {
    turn(&call, true).await
}

async fn turn(call: &Call, on: bool) -> Result<Response, Refused> {
    call.desk.app.turn_module(call.param("tenant")?, on, &call.admin()?).await.map_err(AppError::from)?;
    Ok(json_response(&json!({ "on": on })))
}
