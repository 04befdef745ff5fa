//! What Meta would post to us: the envelope of a message or a status, as JSON text.
//!
//! Shapes follow Meta's Cloud API webhooks; numbers of Mexican mobiles come as `521…`, as they do in life.

use domain::{
    Phone,
    channel::Line,
    delivery::Ticks,
    message::{Body, Choice, MediaKind, MediaRef},
    simulator::Handset,
};
use jiff::Timestamp;
use serde_json::{Value, json};

/// How WhatsApp spells this number in `from` and `wa_id`.
pub(super) fn wa_id(phone: &Phone) -> String {
    match phone.digits().strip_prefix("52") {
        Some(rest) if rest.len() == 10 => format!("521{rest}"),
        _ => phone.digits().to_owned(),
    }
}

pub(super) fn message(
    line: &Line,
    from: &Handset,
    id: &str,
    body: &Body,
    offered_as_list: bool,
    at: Timestamp,
) -> String {
    let mut message = json!({
        "from": wa_id(&from.phone),
        "id": id,
        "timestamp": at.as_second().to_string(),
    });
    if let (Some(fields), Value::Object(content)) = (message.as_object_mut(), content(body, offered_as_list)) {
        fields.extend(content);
    }
    envelope(
        line,
        json!({
            "contacts": [{ "profile": { "name": from.name }, "wa_id": wa_id(&from.phone) }],
            "messages": [message],
        }),
    )
}

pub(super) fn status(line: &Line, phone: &Phone, id: &str, ticks: Ticks, echo: Option<&str>, at: Timestamp) -> String {
    let mut status = json!({
        "id": id,
        "status": ticks.as_str(),
        "timestamp": at.as_second().to_string(),
        "recipient_id": wa_id(phone),
        "pricing": { "billable": true, "pricing_model": "PMP", "type": "free_customer_service", "category": "service" },
    });
    if let (Some(fields), Some(echo)) = (status.as_object_mut(), echo) {
        fields.insert("biz_opaque_callback_data".to_owned(), json!(echo));
    }
    envelope(line, json!({ "statuses": [status] }))
}

fn envelope(line: &Line, content: Value) -> String {
    let mut value = json!({
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": line.display_number, "phone_number_id": line.external_id },
    });
    if let (Some(fields), Value::Object(content)) = (value.as_object_mut(), content) {
        fields.extend(content);
    }
    json!({
        "object": "whatsapp_business_account",
        "entry": [{ "id": "100200300400500", "changes": [{ "field": "messages", "value": value }] }],
    })
    .to_string()
}

fn content(body: &Body, offered_as_list: bool) -> Value {
    match body {
        Body::Text { text } => json!({ "type": "text", "text": { "body": text } }),
        Body::Chosen { id, title } if offered_as_list => json!({
            "type": "interactive",
            "interactive": { "type": "list_reply", "list_reply": { "id": id, "title": title } },
        }),
        Body::Chosen { id, title } => json!({
            "type": "interactive",
            "interactive": { "type": "button_reply", "button_reply": { "id": id, "title": title } },
        }),
        Body::Media { kind, media, caption, filename } => media_content(*kind, media, caption, filename),
        Body::Location { latitude, longitude, name, address } => json!({
            "type": "location",
            "location": { "latitude": latitude, "longitude": longitude, "name": name, "address": address },
        }),
        Body::Reaction { to, emoji } => json!({ "type": "reaction", "reaction": { "message_id": to, "emoji": emoji } }),
        Body::Contacts { names } => {
            let cards: Vec<Value> = names.iter().map(|name| json!({ "name": { "formatted_name": name } })).collect();
            json!({ "type": "contacts", "contacts": cards })
        }
        Body::Revoked { original } => json!({ "type": "revoke", "revoke": { "original_message_id": original } }),
        Body::Edited { original, text } => json!({
            "type": "edit",
            "edit": { "original_message_id": original, "message": { "type": "text", "text": { "body": text } } },
        }),
        // A phone cannot send these; Meta reports what it cannot carry in the same way.
        Body::Buttons { .. }
        | Body::List { .. }
        | Body::Template { .. }
        | Body::Order { .. }
        | Body::System { .. }
        | Body::Unsupported { .. } => json!({
            "type": "unsupported",
            "errors": [{ "code": 131_051, "title": "Message type is currently not supported" }],
        }),
    }
}

fn media_content(kind: MediaKind, media: &MediaRef, caption: &str, filename: &str) -> Value {
    let word = match kind {
        MediaKind::Image => "image",
        MediaKind::Video => "video",
        MediaKind::Audio | MediaKind::Voice => "audio",
        MediaKind::Document => "document",
        MediaKind::Sticker => "sticker",
    };
    let mut fields = json!({ "id": media.provider_id, "mime_type": media.mime, "sha256": media.sha256 });
    if let Some(map) = fields.as_object_mut() {
        if kind == MediaKind::Voice {
            map.insert("voice".to_owned(), json!(true));
        }
        if !caption.is_empty() {
            map.insert("caption".to_owned(), json!(caption));
        }
        if !filename.is_empty() {
            map.insert("filename".to_owned(), json!(filename));
        }
    }
    json!({ "type": word, word: fields })
}

/// Reads what our sender posts to `/{phone_number_id}/messages`. `Err` names what Meta would complain about.
pub(super) fn sent_body(request: &Value) -> Result<Body, String> {
    let text_at = |path: &str| request.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    match text_at("/type").as_str() {
        "text" => Ok(Body::Text { text: text_at("/text/body") }),
        "interactive" => match text_at("/interactive/type").as_str() {
            "button" => {
                let buttons = choices(request.pointer("/interactive/action/buttons"), "/reply");
                check_count(buttons.len(), 3, "buttons")?;
                Ok(Body::Buttons { text: text_at("/interactive/body/text"), buttons })
            }
            "list" => {
                let sections = request.pointer("/interactive/action/sections").and_then(Value::as_array);
                let rows: Vec<Choice> =
                    sections.into_iter().flatten().flat_map(|section| choices(section.get("rows"), "")).collect();
                check_count(rows.len(), 10, "rows")?;
                Ok(Body::List {
                    text: text_at("/interactive/body/text"),
                    button: text_at("/interactive/action/button"),
                    rows,
                })
            }
            other => Err(format!("interactive type {other:?} is not one of button, list")),
        },
        "template" => Ok(Body::Template {
            name: text_at("/template/name"),
            language: text_at("/template/language/code"),
            params: Vec::new(),
            text: format!("[{}]", text_at("/template/name")),
        }),
        "location" => Ok(Body::Location {
            latitude: request.pointer("/location/latitude").and_then(Value::as_f64).unwrap_or_default(),
            longitude: request.pointer("/location/longitude").and_then(Value::as_f64).unwrap_or_default(),
            name: text_at("/location/name"),
            address: text_at("/location/address"),
        }),
        "reaction" => Ok(Body::Reaction { to: text_at("/reaction/message_id"), emoji: text_at("/reaction/emoji") }),
        kind @ ("image" | "video" | "audio" | "document" | "sticker") => {
            let media = MediaRef { provider_id: Some(text_at(&format!("/{kind}/id"))), ..MediaRef::default() };
            let (caption, filename) = (text_at(&format!("/{kind}/caption")), text_at(&format!("/{kind}/filename")));
            Ok(Body::Media { kind: media_kind(kind), media, caption, filename })
        }
        other => Err(format!("(#100) Param type must be one of text, interactive, template, …; got {other:?}")),
    }
}

fn media_kind(word: &str) -> MediaKind {
    match word {
        "image" => MediaKind::Image,
        "video" => MediaKind::Video,
        "audio" => MediaKind::Audio,
        "sticker" => MediaKind::Sticker,
        _ => MediaKind::Document,
    }
}

fn choices(list: Option<&Value>, inner: &str) -> Vec<Choice> {
    let word = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let items = list.and_then(Value::as_array).into_iter().flatten().filter_map(|item| item.pointer(inner));
    items
        .map(|item| Choice { id: word(item, "id"), title: word(item, "title"), description: word(item, "description") })
        .collect()
}

fn check_count(count: usize, most: usize, what: &str) -> Result<(), String> {
    if (1..=most).contains(&count) {
        Ok(())
    } else {
        Err(format!("(#131009) Invalid {what} count {count}, 1 to {most} allowed"))
    }
}
