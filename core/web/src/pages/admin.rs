//! What the platform admin sees first: every business and every module.

use app::view::PlatformView;
use axum::response::Response;
use serde::Serialize;
use templates::pages::{Page, words};

use crate::{answer::Refused, call::Call, desk::Frame};

/// The page.
#[derive(Debug, Serialize)]
pub(crate) struct AdminPage {
    pub(crate) frame: Frame,
    pub(crate) platform: PlatformView,
}

impl Page for AdminPage {
    const TEMPLATE: &'static str = "admin.html";
}

/// `GET /admin`
pub(crate) async fn show(call: Call) -> Result<Response, Refused> {
    let session = call.session()?;
    let platform = call.desk.app.platform(session.language).await?;
    let frame = call.desk.frame(session, "admin", words(session.language).platform);
    call.desk.html(&AdminPage { frame, platform })
}
