//! What a WhatsApp Web message holds, by whichever of its many keys is there.

use domain::message::{Body, MediaKind, MediaRef};
use serde_json::Value;

use super::inbound::text;

/// Shells around the message proper.
const SHELLS: [&str; 6] = [
    "ephemeralMessage",
    "viewOnceMessage",
    "viewOnceMessageV2",
    "viewOnceMessageV2Extension",
    "documentWithCaptionMessage",
    "editedMessage",
];

/// `None`: the phones talking among themselves, nothing anybody said.
pub(super) fn read(data: &Value, id: &str) -> Option<Body> {
    let mut message = data.get("message").unwrap_or(&Value::Null);
    for _ in 0..4 {
        let Some(inner) = SHELLS.iter().find_map(|shell| message.pointer(&format!("/{shell}/message"))) else { break };
        message = inner;
    }
    let get = |path: &str| text(message, path);
    if let Some(words) = get("/conversation").or_else(|| get("/extendedTextMessage/text")) {
        return Some(Body::text(words));
    }
    if let Some(protocol) = message.get("protocolMessage") {
        return read_protocol(protocol);
    }
    if let Some(file) = file(data, message, id) {
        return Some(file);
    }
    let number = |path: &str| message.pointer(path).and_then(Value::as_f64);
    for place in ["locationMessage", "liveLocationMessage"] {
        let at = |field: &str| format!("/{place}/{field}");
        if let (Some(latitude), Some(longitude)) = (number(&at("degreesLatitude")), number(&at("degreesLongitude"))) {
            let (name, address) = (get(&at("name")).unwrap_or_default(), get(&at("address")).unwrap_or_default());
            return Some(Body::Location { latitude, longitude, name, address });
        }
    }
    if let Some(reaction) = message.get("reactionMessage") {
        let to = text(reaction, "/key/id").unwrap_or_default();
        return Some(Body::Reaction { to, emoji: text(reaction, "/text").unwrap_or_default() });
    }
    Some(chosen(message).or_else(|| contacts(message)).unwrap_or_else(|| unknown(data, message)))
}

fn read_protocol(protocol: &Value) -> Option<Body> {
    let original = text(protocol, "/key/id")?;
    let kind = protocol.get("type")?;
    if kind.as_str() == Some("REVOKE") || kind.as_i64() == Some(0) {
        return Some(Body::Revoked { original });
    }
    let edited = ["/editedMessage/conversation", "/editedMessage/extendedTextMessage/text"];
    let words = edited.iter().find_map(|path| text(protocol, path))?;
    Some(Body::Edited { original, text: words })
}

/// The address inside the message leads to ciphertext; the file is asked for by the message's id instead, unless
/// Evolution has put it into a store of its own.
fn file(data: &Value, message: &Value, id: &str) -> Option<Body> {
    let kinds = [
        ("imageMessage", MediaKind::Image),
        ("videoMessage", MediaKind::Video),
        ("ptvMessage", MediaKind::Video),
        ("audioMessage", MediaKind::Audio),
        ("documentMessage", MediaKind::Document),
        ("stickerMessage", MediaKind::Sticker),
    ];
    let (word, kind) = kinds.into_iter().find(|(word, _)| message.get(*word).is_some_and(Value::is_object))?;
    let get = |field: &str| text(message, &format!("/{word}/{field}"));
    let voice = message.pointer("/audioMessage/ptt").and_then(Value::as_bool) == Some(true);
    let media = MediaRef {
        provider_id: Some(id.to_owned()),
        url: text(message, "/mediaUrl").or_else(|| text(data, "/message/mediaUrl")),
        mime: get("mimetype").unwrap_or_default(),
        ..MediaRef::default()
    };
    let kind = if voice { MediaKind::Voice } else { kind };
    let filename = get("fileName").or_else(|| get("title")).unwrap_or_default();
    Some(Body::Media { kind, media, caption: get("caption").unwrap_or_default(), filename })
}

/// A tapped row or button; an answer to a flow is JSON and kept as it is.
fn chosen(message: &Value) -> Option<Body> {
    let get = |path: &str| text(message, path);
    let tapped = [
        ("/listResponseMessage/singleSelectReply/selectedRowId", "/listResponseMessage/title"),
        ("/buttonsResponseMessage/selectedButtonId", "/buttonsResponseMessage/selectedDisplayText"),
        ("/templateButtonReplyMessage/selectedId", "/templateButtonReplyMessage/selectedDisplayText"),
    ];
    if let Some((id, title)) = tapped.iter().find_map(|(id, title)| Some((get(id)?, get(title)))) {
        let title = title.unwrap_or_else(|| id.clone());
        return Some(Body::Chosen { id, title });
    }
    let flow = get("/interactiveResponseMessage/nativeFlowResponseMessage/paramsJson")?;
    let id = serde_json::from_str::<Value>(&flow).ok().and_then(|flow| text(&flow, "/id"));
    let title = get("/interactiveResponseMessage/body/text").unwrap_or_else(|| flow.chars().take(4_000).collect());
    Some(Body::Chosen { id: id.unwrap_or_else(|| "flow".to_owned()), title })
}

fn contacts(message: &Value) -> Option<Body> {
    if let Some(name) = text(message, "/contactMessage/displayName") {
        return Some(Body::Contacts { names: vec![name] });
    }
    let cards = message.pointer("/contactsArrayMessage/contacts").and_then(Value::as_array)?;
    Some(Body::Contacts { names: cards.iter().filter_map(|card| text(card, "/displayName")).collect() })
}

fn unknown(data: &Value, message: &Value) -> Body {
    let key = || message.as_object()?.keys().find(|key| *key != "messageContextInfo").cloned();
    let kind = text(data, "/messageType").filter(|kind| !kind.is_empty()).or_else(key);
    Body::Unsupported { kind: kind.unwrap_or_else(|| "unknown".to_owned()) }
}
