//! Where a member lands: today, who is waiting, and what is left to do before going live.

use app::view::OverviewView;
use axum::response::Response;
use serde::Serialize;
use templates::pages::{Page, words};

use crate::{answer::Refused, call::Call, desk::Frame};

/// The page.
#[derive(Debug, Serialize)]
pub(crate) struct OverviewPage {
    pub(crate) frame: Frame,
    pub(crate) overview: OverviewView,
}

impl Page for OverviewPage {
    const TEMPLATE: &'static str = "overview.html";
}

/// `GET /t/{slug}`
pub(crate) async fn show(call: Call) -> Result<Response, Refused> {
    let clerk = call.clerk()?;
    let mut overview = call.desk.app.overview(&clerk).await?;
    if overview.checklist.iter().all(|step| step.done) {
        overview.checklist.clear();
    }
    let mut frame = call.desk.frame(call.session()?, "home", words(clerk.language).home);
    frame.nav = call.desk.app.nav(&clerk).await?;
    call.desk.html(&OverviewPage { frame, overview })
}
