//! Message templates over the API: drafted, handed in, synchronised, sent.

use app::view::NewTemplate;
use axum::response::Response;
use domain::{ChannelId, TemplateId};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use crate::{
    answer::{Refused, json_response},
    call::Call,
};

/// `GET /api/v1/templates`
pub(crate) async fn index(call: Call) -> Result<Response, Refused> {
    let templates = call.desk.app.templates(&call.clerk()?).await?;
    Ok(json_response(&json!({ "templates": templates })))
}

/// `POST /api/v1/templates`: 201 with the draft, or 422 with every flaw a provider would find.
pub(crate) async fn create(call: Call) -> Result<Response, Refused> {
    let new: NewTemplate = call.json()?;
    let template = call.desk.app.draft_template(&call.clerk()?, new).await?;
    let mut response = json_response(&template);
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

/// `POST /api/v1/templates/{template}/submit`
pub(crate) async fn submit(call: Call) -> Result<Response, Refused> {
    Ok(json_response(&call.desk.app.submit_template(&call.clerk()?, call.id("template")?).await?))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    channel: ChannelId,
}

/// `POST /api/v1/templates/sync`: how many of the channel's templates are ours.
pub(crate) async fn sync(call: Call) -> Result<Response, Refused> {
    let which: Which = call.json()?;
    Ok(json_response(&call.desk.app.sync_templates(&call.clerk()?, which.channel).await?))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Chosen {
    template: TemplateId,
    #[serde(default)]
    values: Vec<String>,
    /// Sent twice is one message.
    key: String,
}

/// `POST /t/{slug}/inbox/{conversation}/template`
pub(crate) async fn send(call: Call) -> Result<Response, Refused> {
    let chosen: Chosen = call.json()?;
    let (clerk, conversation) = (call.clerk()?, call.id("conversation")?);
    let app = &call.desk.app;
    let message = app.reply_with_template(&clerk, conversation, chosen.template, chosen.values, &chosen.key).await?;
    Ok(json_response(&json!({ "message": message })))
}
