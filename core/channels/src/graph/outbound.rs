//! Our messages as Graph wants them, cut to its limits.

use domain::{
    channel::Outgoing,
    message::{Body, Choice, MediaKind},
};
use serde_json::{Value, json};

use crate::wording::{cut, one_line};

/// The JSON of `POST /{phone_number_id}/messages`.
pub(super) fn request(message: &Outgoing) -> Value {
    let mut body = json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "biz_opaque_callback_data": message.id.to_string(),
    });
    let Some(fields) = body.as_object_mut() else { return body };
    // A business-scoped id has a dot after the country; given as `to` it would be dropped silently.
    let scoped = message.to.contains('.') && !message.to.contains('@');
    fields.insert(if scoped { "recipient" } else { "to" }.to_owned(), json!(message.to));
    // A reaction names its message itself.
    if let (Some(reply_to), false) = (&message.reply_to, matches!(message.body, Body::Reaction { .. })) {
        fields.insert("context".to_owned(), json!({ "message_id": reply_to }));
    }
    let (kind, content) = content(&message.body);
    fields.insert("type".to_owned(), json!(kind));
    fields.insert(kind.to_owned(), content);
    body
}

fn content(body: &Body) -> (&'static str, Value) {
    match body {
        Body::Buttons { text, buttons } if (1..=3).contains(&buttons.len()) => {
            let buttons: Vec<Value> = buttons
                .iter()
                .map(|button| json!({ "type": "reply", "reply": { "id": cut(&button.id, 256), "title": cut(&button.title, 20) } }))
                .collect();
            let body =
                json!({ "type": "button", "body": { "text": cut(text, 1_024) }, "action": { "buttons": buttons } });
            ("interactive", body)
        }
        Body::List { text, button, rows } if (1..=10).contains(&rows.len()) => {
            let rows: Vec<Value> = rows.iter().map(row).collect();
            let action = json!({ "button": cut(button, 20), "sections": [{ "title": cut(button, 24), "rows": rows }] });
            ("interactive", json!({ "type": "list", "body": { "text": cut(text, 4_096) }, "action": action }))
        }
        Body::Template { name, language, params, .. } => {
            let params: Vec<Value> =
                params.iter().map(|param| json!({ "type": "text", "text": cut(&one_line(param), 1_024) })).collect();
            let components =
                if params.is_empty() { json!([]) } else { json!([{ "type": "body", "parameters": params }]) };
            ("template", json!({ "name": name, "language": { "code": language }, "components": components }))
        }
        Body::Location { latitude, longitude, name, address } => {
            ("location", json!({ "latitude": latitude, "longitude": longitude, "name": name, "address": address }))
        }
        Body::Reaction { to, emoji } => ("reaction", json!({ "message_id": to, "emoji": emoji })),
        Body::Media { kind, media, caption, filename } => {
            let mut fields = serde_json::Map::new();
            let source =
                media.provider_id.as_ref().map(|id| ("id", id)).or(media.url.as_ref().map(|url| ("link", url)));
            if let Some((key, value)) = source {
                fields.insert(key.to_owned(), json!(value));
            }
            if !caption.is_empty() && !matches!(kind, MediaKind::Audio | MediaKind::Voice | MediaKind::Sticker) {
                fields.insert("caption".to_owned(), json!(cut(caption, 1_024)));
            }
            if !filename.is_empty() && *kind == MediaKind::Document {
                fields.insert("filename".to_owned(), json!(cut(filename, 240)));
            }
            (media_word(*kind), Value::Object(fields))
        }
        Body::Buttons { .. } | Body::List { .. } => {
            ("text", json!({ "body": cut(&body.plain(), 4_096), "preview_url": false }))
        }
        Body::Contacts { names } if !names.is_empty() => {
            let card = |name: &String| json!({ "name": { "formatted_name": name, "first_name": name } });
            ("contacts", json!(names.iter().take(257).map(card).collect::<Vec<_>>()))
        }
        Body::Text { .. }
        | Body::Chosen { .. }
        | Body::Contacts { .. }
        | Body::Order { .. }
        | Body::System { .. }
        | Body::Edited { .. }
        | Body::Revoked { .. }
        | Body::Unsupported { .. } => ("text", json!({ "body": cut(body.words(), 4_096), "preview_url": false })),
    }
}

fn media_word(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Image => "image",
        MediaKind::Video => "video",
        MediaKind::Audio | MediaKind::Voice => "audio",
        MediaKind::Document => "document",
        MediaKind::Sticker => "sticker",
    }
}

fn row(choice: &Choice) -> Value {
    let mut row = json!({ "id": cut(&choice.id, 200), "title": cut(&choice.title, 24) });
    if let (false, Some(fields)) = (choice.description.is_empty(), row.as_object_mut()) {
        fields.insert("description".to_owned(), json!(cut(&choice.description, 72)));
    }
    row
}
