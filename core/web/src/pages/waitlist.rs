//! Who waits: requests that need a yes, customers in line, and when everybody is free next.

use app::view::{BookingView, MatrixView, WaitlistView};
use axum::response::Response;
use serde::Serialize;
use templates::pages::{Page, words};

use crate::{
    answer::{Refused, redirect},
    call::Call,
    desk::Frame,
};

/// Requests and the line.
#[derive(Debug, Serialize)]
pub(crate) struct WaitlistPage {
    pub(crate) frame: Frame,
    pub(crate) approvals: Vec<BookingView>,
    pub(crate) waitlist: WaitlistView,
}

impl Page for WaitlistPage {
    const TEMPLATE: &'static str = "waitlist.html";
}

/// Services by people.
#[derive(Debug, Serialize)]
pub(crate) struct MatrixPage {
    pub(crate) frame: Frame,
    pub(crate) matrix: MatrixView,
}

impl Page for MatrixPage {
    const TEMPLATE: &'static str = "matrix.html";
}

/// `GET /t/{slug}/waitlist`
pub(crate) async fn index(call: Call) -> Result<Response, Refused> {
    let clerk = call.clerk()?;
    let mut frame = call.desk.frame(call.session()?, "waitlist", words(clerk.language).waitlist);
    frame.nav = call.desk.app.nav(&clerk).await?;
    let approvals = call.desk.app.approvals(&clerk).await?;
    let waitlist = call.desk.app.waitlist(&clerk).await?;
    call.desk.html(&WaitlistPage { frame, approvals, waitlist })
}

/// `POST /t/{slug}/waitlist/{entry}/leave`
pub(crate) async fn leave(call: Call) -> Result<Response, Refused> {
    call.desk.app.leave_waitlist_for(&call.clerk()?, call.id("entry")?).await?;
    Ok(redirect(&format!("/t/{}/waitlist", call.param("slug")?)))
}

/// `GET /t/{slug}/matrix`
pub(crate) async fn matrix(call: Call) -> Result<Response, Refused> {
    let clerk = call.clerk()?;
    let mut frame = call.desk.frame(call.session()?, "matrix", words(clerk.language).matrix);
    frame.nav = call.desk.app.nav(&clerk).await?;
    let matrix = call.desk.app.matrix(&clerk).await?;
    call.desk.html(&MatrixPage { frame, matrix })
}
