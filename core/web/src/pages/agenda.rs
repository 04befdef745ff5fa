//! Walk-ins and blocks, from the calendar's drawer.

use app::view::{AppError, BlockView, BookingView, CatalogView, NewBlock, WalkIn};
use axum::response::Response;
use serde::Serialize;
use templates::pages::{Page, words};

use crate::{
    answer::{Refused, redirect},
    call::{Call, instant},
    desk::Frame,
};

/// The form for somebody who is here.
#[derive(Debug, Serialize)]
pub(crate) struct WalkInPart {
    pub(crate) frame: Frame,
    pub(crate) catalog: CatalogView,
    pub(crate) problem: String,
}

impl Page for WalkInPart {
    const TEMPLATE: &'static str = "walk_in.html";
}

/// The form for a block; after it, what it stands across.
#[derive(Debug, Serialize)]
pub(crate) struct BlockPart {
    pub(crate) frame: Frame,
    pub(crate) catalog: CatalogView,
    pub(crate) start: String,
    pub(crate) resource: String,
    pub(crate) problem: String,
    pub(crate) made: bool,
    pub(crate) across: Vec<BookingView>,
}

impl Page for BlockPart {
    const TEMPLATE: &'static str = "new_block.html";
}

fn frame(call: &Call) -> Result<Frame, Refused> {
    Ok(call.desk.frame(call.session()?, "calendar", words(call.language()).calendar))
}

fn back(call: &Call) -> Result<Response, Refused> {
    Ok(redirect(&format!("/t/{}/calendar", call.param("slug")?)))
}

/// `GET /t/{slug}/walk-ins/new`
pub(crate) async fn new_walk_in(call: Call) -> Result<Response, Refused> {
    walk_in_part(&call, String::new()).await
}

async fn walk_in_part(call: &Call, problem: String) -> Result<Response, Refused> {
    let catalog = call.desk.app.catalog(&call.clerk()?).await?;
    call.desk.html(&WalkInPart { frame: frame(call)?, catalog, problem })
}

/// `POST /t/{slug}/walk-ins`
pub(crate) async fn walk_in(call: Call) -> Result<Response, Refused> {
    let form = call.form();
    let new = WalkIn {
        customer: None,
        phone: form.some("phone").map(str::to_owned),
        name: form.text("name").trim().to_owned(),
        services: vec![form.text("service").to_owned()],
        resource: form.parsed("resource")?,
        party: form.parsed("party")?.unwrap_or(1),
        note: String::new(),
    };
    match call.desk.app.walk_in(&call.clerk()?, &new).await {
        Ok(booking) => Ok(redirect(&format!("/t/{}/calendar?booking={}", call.param("slug")?, booking.id))),
        Err(refused @ (AppError::NotBookable(_) | AppError::Invalid { .. })) => {
            walk_in_part(&call, Refused::App(refused).told()).await
        }
        Err(other) => Err(other.into()),
    }
}

/// `GET /t/{slug}/blocks/new?start=2026-03-05T17:00&resource=…`
pub(crate) async fn new_block(call: Call) -> Result<Response, Refused> {
    block_part(&call, String::new(), None).await
}

async fn block_part(call: &Call, problem: String, across: Option<Vec<BookingView>>) -> Result<Response, Refused> {
    let (query, form) = (call.query(), call.form());
    let typed = |name: &str| query.some(name).unwrap_or_else(|| form.text(name)).to_owned();
    call.desk.html(&BlockPart {
        frame: frame(call)?,
        catalog: call.desk.app.catalog(&call.clerk()?).await?,
        start: typed("start"),
        resource: typed("resource"),
        problem,
        made: across.is_some(),
        across: across.unwrap_or_default(),
    })
}

/// `POST /t/{slug}/blocks`
pub(crate) async fn block(call: Call) -> Result<Response, Refused> {
    let (form, zone) = (call.form(), call.zone()?);
    let new = NewBlock {
        resource: form.required("resource")?,
        from: instant(form.text("start"), &zone)?,
        to: instant(form.text("end"), &zone)?,
        reason: form.text("reason").to_owned(),
    };
    match call.desk.app.block(&call.clerk()?, &new).await {
        Ok(made) if call.is_htmx() => block_part(&call, String::new(), Some(made.across)).await,
        Ok(_) => back(&call),
        Err(wrong @ AppError::Invalid { .. }) => block_part(&call, Refused::App(wrong).told(), None).await,
        Err(other) => Err(other.into()),
    }
}

/// A block that is there.
#[derive(Debug, Serialize)]
pub(crate) struct ShownBlockPart {
    pub(crate) frame: Frame,
    pub(crate) block: BlockView,
}

impl Page for ShownBlockPart {
    const TEMPLATE: &'static str = "block.html";
}

/// `GET /t/{slug}/blocks/{block}`
pub(crate) async fn show_block(call: Call) -> Result<Response, Refused> {
    let block = call.desk.app.block_view(&call.clerk()?, call.id("block")?).await?;
    call.desk.html(&ShownBlockPart { frame: frame(&call)?, block })
}

/// `POST /t/{slug}/blocks/{block}/remove`
pub(crate) async fn unblock(call: Call) -> Result<Response, Refused> {
    call.desk.app.unblock(&call.clerk()?, call.id("block")?).await?;
    back(&call)
}
