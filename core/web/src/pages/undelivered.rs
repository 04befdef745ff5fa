//! What did not get through, for the owner: with its reason, to be taken up again or put away.

use app::{undelivered::UndeliveredItem, view::AppError};
use axum::response::Response;
use serde::Serialize;
use templates::pages::{Page, words};

use crate::{
    answer::{Refused, redirect},
    call::Call,
    desk::Frame,
};

/// The page.
#[derive(Debug, Serialize)]
pub(crate) struct UndeliveredPage {
    pub(crate) frame: Frame,
    pub(crate) list: DecisionList,
}

/// Things that wait for a decision, here and on the platform's page.
#[derive(Debug, Serialize)]
pub(crate) struct DecisionList {
    pub(crate) items: Vec<UndeliveredItem>,
    /// Where decisions are posted to.
    pub(crate) base: String,
    /// How the last one went: taken up again, and left where they are.
    pub(crate) again: Option<u32>,
    pub(crate) left: Option<u32>,
    pub(crate) problem: String,
}

impl DecisionList {
    pub(crate) fn new(
        call: &Call,
        items: Vec<UndeliveredItem>,
        base: String,
        problem: String,
    ) -> Result<Self, Refused> {
        let query = call.query();
        Ok(Self { items, base, again: query.parsed("again")?, left: query.parsed("left")?, problem })
    }
}

impl Page for UndeliveredPage {
    const TEMPLATE: &'static str = "undelivered.html";
}

/// `GET /t/{slug}/undelivered`
pub(crate) async fn index(call: Call) -> Result<Response, Refused> {
    show(&call, String::new()).await
}

async fn show(call: &Call, problem: String) -> Result<Response, Refused> {
    let clerk = call.clerk()?;
    let mut frame = call.desk.frame(call.session()?, "undelivered", words(clerk.language).undelivered);
    frame.nav = call.desk.app.nav(&clerk).await?;
    let items = call.desk.app.undelivered(&clerk).await?;
    let list = DecisionList::new(call, items, base(call)?, problem)?;
    call.desk.html(&UndeliveredPage { frame, list })
}

fn base(call: &Call) -> Result<String, Refused> {
    Ok(format!("/t/{}/undelivered", call.param("slug")?))
}

/// `POST /t/{slug}/undelivered/{item}/again`: what cannot be taken up says why, in its list.
pub(crate) async fn again(call: Call) -> Result<Response, Refused> {
    match call.desk.app.take_up_again(&call.clerk()?, call.param("item")?).await {
        Ok(()) => Ok(redirect(&format!("{}?again=1", base(&call)?))),
        Err(AppError::Invalid { reason, .. }) => show(&call, reason).await,
        Err(other) => Err(other.into()),
    }
}

/// `POST /t/{slug}/undelivered/again`
pub(crate) async fn all_again(call: Call) -> Result<Response, Refused> {
    let redriven = call.desk.app.take_all_up_again(&call.clerk()?).await?;
    Ok(redirect(&format!("{}?again={}&left={}", base(&call)?, redriven.again, redriven.left)))
}

/// `POST /t/{slug}/undelivered/{item}/discard`
pub(crate) async fn discard(call: Call) -> Result<Response, Refused> {
    call.desk.app.discard(&call.clerk()?, call.param("item")?).await?;
    Ok(redirect(&base(&call)?))
}
