//! Our messages as Twilio's forms.

use domain::{
    channel::Outgoing,
    delivery::{RefusalKind, SendFailure},
    message::{Body, Choice},
};
use serde_json::{Value, json};

use crate::{
    answers::refused,
    wording::{cut, one_line},
};

/// Longest text of a message.
const TEXT_MOST: usize = 1_600;

/// What stands in the form besides sender, recipient and callback.
pub(super) fn content(message: &Outgoing) -> Result<Vec<(&'static str, String)>, SendFailure> {
    Ok(match &message.body {
        Body::Media { media, caption, .. } => {
            let link =
                message.attachment.as_ref().map(|attachment| attachment.link.clone()).or_else(|| media.url.clone());
            let link =
                link.ok_or_else(|| refused(RefusalKind::MediaProblem, None, "the file has no link to fetch it by"))?;
            let mut fields = vec![("MediaUrl", link)];
            if !caption.is_empty() {
                fields.push(("Body", cut(caption, TEXT_MOST)));
            }
            fields
        }
        Body::Template { name, params, .. } => {
            let values =
                params.iter().enumerate().map(|(place, value)| ((place + 1).to_string(), json!(one_line(value))));
            let values: serde_json::Map<String, Value> = values.collect();
            vec![("ContentSid", name.clone()), ("ContentVariables", Value::Object(values).to_string())]
        }
        Body::Location { latitude, longitude, name, address } => {
            let label = if name.is_empty() { address } else { name };
            let place = format!("geo:{latitude},{longitude}|{}", one_line(label).replace('|', " "));
            vec![
                ("PersistentAction", place),
                ("Body", if label.is_empty() { "📍".to_owned() } else { cut(label, TEXT_MOST) }),
            ]
        }
        Body::Reaction { .. } => return Err(refused(RefusalKind::Other, None, "Twilio carries no reactions")),
        Body::Text { .. }
        | Body::Buttons { .. }
        | Body::List { .. }
        | Body::Chosen { .. }
        | Body::Contacts { .. }
        | Body::Order { .. }
        | Body::System { .. }
        | Body::Edited { .. }
        | Body::Revoked { .. }
        | Body::Unsupported { .. } => vec![("Body", cut(&message.body.plain(), TEXT_MOST))],
    })
}

/// Buttons and lists exist as content only, made before it is sent. `None` where there is nothing to tap, or more
/// than can be shown.
pub(super) fn interactive(body: &Body) -> Option<Value> {
    let types = match body {
        Body::Buttons { text, buttons } if (1..=3).contains(&buttons.len()) => {
            let actions: Vec<Value> = buttons
                .iter()
                .map(
                    |button| json!({ "id": literal(&cut(&button.id, 200)), "title": literal(&cut(&button.title, 20)) }),
                )
                .collect();
            json!({ "twilio/quick-reply": { "body": literal(&cut(text, 1_024)), "actions": actions } })
        }
        Body::List { text, button, rows } if (1..=10).contains(&rows.len()) => {
            let items: Vec<Value> = rows.iter().map(item).collect();
            json!({ "twilio/list-picker": { "body": literal(&cut(text, 1_024)), "button": literal(&cut(button, 20)), "items": items } })
        }
        Body::Buttons { .. }
        | Body::List { .. }
        | Body::Text { .. }
        | Body::Chosen { .. }
        | Body::Media { .. }
        | Body::Location { .. }
        | Body::Contacts { .. }
        | Body::Reaction { .. }
        | Body::Template { .. }
        | Body::Order { .. }
        | Body::System { .. }
        | Body::Edited { .. }
        | Body::Revoked { .. }
        | Body::Unsupported { .. } => return None,
    };
    Some(types)
}

fn item(row: &Choice) -> Value {
    let mut item = json!({ "id": literal(&cut(&row.id, 200)), "item": literal(&cut(&row.title, 24)) });
    if let (false, Some(fields)) = (row.description.is_empty(), item.as_object_mut()) {
        fields.insert("description".to_owned(), json!(literal(&cut(&row.description, 72))));
    }
    item
}

/// Content reads `{{1}}` as a place for a value; in a customer's words it is none.
fn literal(text: &str) -> String {
    text.replace("{{", "{ {")
}
