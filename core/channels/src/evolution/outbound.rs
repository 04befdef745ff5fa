//! Our messages as Evolution's calls: which action, and its body.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{
    channel::Outgoing,
    delivery::{RefusalKind, SendFailure},
    message::{Body, Choice, MediaKind},
};
use serde_json::{Value, json};

use crate::{answers::refused, wording::cut};

const TEXT_MOST: usize = 4_096;

/// `native`: buttons and lists as such. They are unreliable over WhatsApp Web and often not shown, so that without the
/// line's word for it they go as numbered text, and with it the text still carries the numbers.
pub(super) fn call(message: &Outgoing, native: bool) -> Result<(&'static str, Value), SendFailure> {
    let (action, mut body) = match &message.body {
        Body::Media { kind, .. } => file(message, *kind)?,
        Body::Location { latitude, longitude, name, address } => {
            ("sendLocation", json!({ "latitude": latitude, "longitude": longitude, "name": name, "address": address }))
        }
        Body::Reaction { to, emoji } => {
            let key = json!({ "remoteJid": message.to, "fromMe": false, "id": to });
            return Ok(("sendReaction", json!({ "key": key, "reaction": emoji })));
        }
        Body::Buttons { buttons, .. } if native && (1..=3).contains(&buttons.len()) => {
            let buttons: Vec<Value> = buttons
                .iter()
                .map(|button| json!({ "type": "reply", "displayText": cut(&button.title, 20), "id": button.id }))
                .collect();
            ("sendButtons", json!({ "title": cut(&message.body.plain(), 1_024), "buttons": buttons }))
        }
        Body::List { button, rows, .. } if native && (1..=10).contains(&rows.len()) => {
            let rows: Vec<Value> = rows.iter().map(row).collect();
            let sections = json!([{ "title": cut(button, 24), "rows": rows }]);
            (
                "sendList",
                json!({ "title": cut(&message.body.plain(), TEXT_MOST), "description": "", "buttonText": cut(button, 20), "footerText": "", "sections": sections }),
            )
        }
        Body::Text { .. }
        | Body::Buttons { .. }
        | Body::List { .. }
        | Body::Chosen { .. }
        | Body::Contacts { .. }
        | Body::Template { .. }
        | Body::Order { .. }
        | Body::System { .. }
        | Body::Edited { .. }
        | Body::Revoked { .. }
        | Body::Unsupported { .. } => ("sendText", json!({ "text": cut(&message.body.plain(), TEXT_MOST) })),
    };
    if let Some(fields) = body.as_object_mut() {
        fields.insert("number".to_owned(), json!(message.to));
        if let Some(quoted) = &message.reply_to {
            fields.insert("quoted".to_owned(), json!({ "key": { "id": quoted } }));
        }
    }
    Ok((action, body))
}

fn row(choice: &Choice) -> Value {
    json!({ "title": cut(&choice.title, 24), "description": cut(&choice.description, 72), "rowId": choice.id })
}

/// Files travel inside the call, as base64: Evolution need not reach us.
fn file(message: &Outgoing, kind: MediaKind) -> Result<(&'static str, Value), SendFailure> {
    let Body::Media { media, caption, filename, .. } = &message.body else {
        return Err(refused(RefusalKind::BadRequest, None, "not a file"));
    };
    let bytes = message.attachment.as_ref().map(|attachment| STANDARD.encode(&attachment.media.bytes));
    let Some(source) = bytes.or_else(|| media.url.clone()) else {
        return Err(refused(RefusalKind::MediaProblem, None, "the file is not there"));
    };
    let mime = message.attachment.as_ref().map_or(media.mime.as_str(), |attachment| attachment.media.mime.as_str());
    let word = match kind {
        MediaKind::Voice => return Ok(("sendWhatsAppAudio", json!({ "audio": source }))),
        MediaKind::Sticker => return Ok(("sendSticker", json!({ "sticker": source }))),
        MediaKind::Image => "image",
        MediaKind::Video => "video",
        MediaKind::Audio => "audio",
        MediaKind::Document => "document",
    };
    let name = if filename.is_empty() { "file" } else { filename };
    let body = json!({ "mediatype": word, "mimetype": mime, "media": source, "caption": cut(caption, 1_024), "fileName": name });
    Ok(("sendMedia", body))
}
