//! Texts in the owner's words, for programs.

use axum::response::Response;
use domain::{Language, text::TextKind};
use serde::Deserialize;
use serde_json::json;

use crate::{
    answer::{Refused, json_response},
    call::Call,
};

fn language(call: &Call) -> Result<Language, Refused> {
    let query = call.query();
    query.only(&["language"])?;
    Ok(query.parsed("language")?.unwrap_or(call.clerk()?.language))
}

fn named(call: &Call) -> Result<(TextKind, &str, Language), Refused> {
    let kind = call.param("kind")?.parse().map_err(|_unknown| Refused::NotFound)?;
    Ok((kind, call.param("key")?, language(call)?))
}

/// `GET /api/v1/texts?language=…`
pub(crate) async fn index(call: Call) -> Result<Response, Refused> {
    let texts = call.desk.app.texts(&call.clerk()?, language(&call)?).await?;
    Ok(json_response(&texts))
}

/// `GET /api/v1/texts/{kind}/{key}?language=…`: with its versions and what changed in each.
pub(crate) async fn show(call: Call) -> Result<Response, Refused> {
    let (kind, key, language) = named(&call)?;
    let text = call.desk.app.text(&call.clerk()?, kind, key, language).await?;
    Ok(json_response(&text))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Draft {
    body: String,
}

/// `POST /api/v1/texts/{kind}/{key}/preview`: how it would read; nothing is kept.
pub(crate) async fn preview(call: Call) -> Result<Response, Refused> {
    let draft: Draft = call.json()?;
    let preview = call.desk.app.preview_text(&call.clerk()?, named(&call)?, &draft.body).await?;
    Ok(json_response(&preview))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wording {
    body: String,
    /// The newest version that was seen; 0 when there was none.
    version: u32,
}

/// `POST /api/v1/texts/{kind}/{key}`: 409 when somebody changed it meanwhile.
pub(crate) async fn update(call: Call) -> Result<Response, Refused> {
    let wording: Wording = call.json()?;
    let version = call.desk.app.write_text(&call.clerk()?, named(&call)?, &wording.body, wording.version).await?;
    Ok(json_response(&json!({ "version": version })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Restoring {
    /// 0: as it comes.
    to: u32,
    version: u32,
}

/// `POST /api/v1/texts/{kind}/{key}/restore`
pub(crate) async fn restore(call: Call) -> Result<Response, Refused> {
    let asked: Restoring = call.json()?;
    let version = call.desk.app.restore_text(&call.clerk()?, named(&call)?, asked.to, asked.version).await?;
    Ok(json_response(&json!({ "version": version })))
}
