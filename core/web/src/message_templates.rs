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
    pages::inbox,
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

/// `POST /t/{slug}/inbox/{conversation}/template`: as JSON from a program, or the composer's form, which gets the
/// thread back.
pub(crate) async fn send(call: Call) -> Result<Response, Refused> {
    let (clerk, conversation) = (call.clerk()?, call.id("conversation")?);
    let app = &call.desk.app;
    if call.header("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
        let form = call.form();
        let values = form.named("value").map(|(_, value)| value.trim().to_owned()).collect();
        app.reply_with_template(&clerk, conversation, form.required("template")?, values, form.text("key")).await?;
        return inbox::now(&call, &clerk, conversation).await;
    }
    let chosen: Chosen = call.json()?;
    let message = app.reply_with_template(&clerk, conversation, chosen.template, chosen.values, &chosen.key).await?;
    Ok(json_response(&json!({ "message": message })))
}
