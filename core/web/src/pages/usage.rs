//! What module calls of every tenant cost, for the platform's admin: by tenant, module and function, the most first.

use app::view::UsageRow;
use axum::response::Response;
use serde::Serialize;
use templates::pages::{Page, words};

use crate::{
    answer::Refused,
    call::{Call, Fields},
    desk::Frame,
};

/// Of which the page has choices.
const DAYS: [u32; 3] = [1, 7, 30];

/// The page.
#[derive(Debug, Serialize)]
pub(crate) struct UsagePage {
    pub(crate) frame: Frame,
    pub(crate) days: u32,
    pub(crate) choices: [u32; 3],
    pub(crate) rows: Vec<UsageRow>,
}

impl UsagePage {
    pub(crate) fn new(frame: Frame, days: u32, rows: Vec<UsageRow>) -> Self {
        Self { frame, days, choices: DAYS, rows }
    }
}

impl Page for UsagePage {
    const TEMPLATE: &'static str = "usage.html";
}

/// `GET /admin/usage?days=`
pub(crate) async fn index(call: Call) -> Result<Response, Refused> {
    let days = days(&call.query())?;
    let rows = call.desk.app.usage(days).await?;
    let session = call.session()?;
    let frame = call.desk.frame(session, "usage", words(session.language).usage);
    call.desk.html(&UsagePage::new(frame, days, rows))
}

/// How far back is asked for: a month where nothing is said.
pub(crate) fn days(query: &Fields) -> Result<u32, Refused> {
    Ok(query.parsed::<u16>("days")?.map_or(30, u32::from))
}
