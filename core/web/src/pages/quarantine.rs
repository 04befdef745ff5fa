//! What belongs to no tenant for certain, for the platform's admin: proven calls about numbers that are not their
//! channel's.

use app::view::AppError;
use axum::response::Response;
use serde::Serialize;
use templates::pages::{Page, words};

use super::undelivered::DecisionList;
use crate::{
    answer::{Refused, redirect},
    call::Call,
    desk::Frame,
};

const BASE: &str = "/admin/quarantine";

/// The page.
#[derive(Debug, Serialize)]
pub(crate) struct QuarantinePage {
    pub(crate) frame: Frame,
    pub(crate) list: DecisionList,
}

impl Page for QuarantinePage {
    const TEMPLATE: &'static str = "quarantine.html";
}

/// `GET /admin/quarantine`
pub(crate) async fn index(call: Call) -> Result<Response, Refused> {
    show(&call, String::new()).await
}

async fn show(call: &Call, problem: String) -> Result<Response, Refused> {
    let session = call.session()?;
    let frame = call.desk.frame(session, "quarantine", words(session.language).quarantine);
    let list = DecisionList::new(call, call.desk.app.quarantined().await?, BASE.to_owned(), problem)?;
    call.desk.html(&QuarantinePage { frame, list })
}

/// `POST /admin/quarantine/{item}/again`
pub(crate) async fn again(call: Call) -> Result<Response, Refused> {
    match call.desk.app.reread_for_platform(&call.admin()?, call.param("item")?).await {
        Ok(()) => Ok(redirect(&format!("{BASE}?again=1"))),
        Err(AppError::Invalid { reason, .. }) => show(&call, reason).await,
        Err(other) => Err(other.into()),
    }
}

/// `POST /admin/quarantine/again`
pub(crate) async fn all_again(call: Call) -> Result<Response, Refused> {
    let redriven = call.desk.app.reread_all_for_platform(&call.admin()?).await?;
    Ok(redirect(&format!("{BASE}?again={}&left={}", redriven.again, redriven.left)))
}

/// `POST /admin/quarantine/{item}/discard`
pub(crate) async fn discard(call: Call) -> Result<Response, Refused> {
    call.desk.app.discard_for_platform(&call.admin()?, call.param("item")?).await?;
    Ok(redirect(BASE))
}
