//! Evolution's events in our words. `data` is one thing or a list of them, by version; each is read by itself.

use domain::{
    channel::{Event, Inbound, Received, Unreadable},
    delivery::{RefusalKind, Ticks},
    message::Body,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{content, jid};

/// Reads a proven body. Groups and broadcasts are left out; unknown events are kept by name.
pub(super) fn read(body: &[u8], now: Timestamp) -> Received {
    let mut received = Received::default();
    let Ok(mut envelope) = serde_json::from_slice::<Value>(body) else {
        let raw = String::from_utf8_lossy(body).into_owned();
        received.unreadable.push(Unreadable { raw, reason: "not JSON".to_owned() });
        return received;
    };
    // The instance's token travels in every call; nothing that is kept needs it.
    if let Some(fields) = envelope.as_object_mut() {
        fields.remove("apikey");
    }
    let event = text(&envelope, "/event").unwrap_or_default().to_ascii_lowercase().replace('_', ".");
    let instance = text(&envelope, "/instance").unwrap_or_default();
    let data = envelope.get("data").cloned().unwrap_or_default();
    for part in parts(&data) {
        let read = match event.as_str() {
            "messages.upsert" | "send.message" => read_message(part),
            "messages.update" | "send.message.update" => read_status(part, now),
            "connection.update" => Ok(Some(connection(part, &envelope, now))),
            _ => Ok(Some(other(&event, &envelope, now))),
        };
        match read {
            Ok(Some((provider_id, at, event))) => {
                received.events.push(Inbound { provider_id, external_id: instance.clone(), at, event });
            }
            Ok(None) => {}
            Err(reason) => {
                // By itself, and in an envelope again, so that it can be read again.
                let raw = json!({ "event": event, "instance": instance, "data": part }).to_string();
                received.unreadable.push(Unreadable { raw, reason: reason.to_owned() });
            }
        }
    }
    received
}

type Read = Result<Option<(String, Timestamp, Event)>, &'static str>;

fn parts(data: &Value) -> Vec<&Value> {
    let inner = data.get("messages").unwrap_or(data);
    inner.as_array().map_or_else(|| vec![inner], |parts| parts.iter().collect())
}

fn read_message(data: &Value) -> Read {
    let key = data.get("key").ok_or("a message without a key")?;
    let id = text(key, "/id").filter(|id| !id.is_empty()).ok_or("a message without an id")?;
    let jid = text(key, "/remoteJid").ok_or("a message from nobody")?;
    if !jid::is_person(&jid) {
        return Ok(None);
    }
    let at = data.get("messageTimestamp").and_then(stamp).ok_or("a message without a time")?;
    let from_us = key.get("fromMe").and_then(Value::as_bool).unwrap_or(false);
    // The name on a message of ours is our own.
    let name = if from_us { String::new() } else { text(data, "/pushName").unwrap_or_default() };
    let person = jid::correspondent(key, &name).ok_or("a message from nobody")?;
    let Some(body) = content::read(data, &id) else { return Ok(None) };
    let reply_to = ["/contextInfo/stanzaId", "/message/extendedTextMessage/contextInfo/stanzaId"]
        .iter()
        .find_map(|path| text(data, path));
    let event = if from_us {
        Event::Echo { to: person, body }
    } else {
        let reply_to = reply_to.filter(|_| !matches!(body, Body::Reaction { .. }));
        Event::Message { from: person, body, reply_to, referral: None }
    };
    Ok(Some((id, at, event)))
}

/// Only what became of messages of ours; that we read theirs is no news.
fn read_status(data: &Value, now: Timestamp) -> Read {
    let get = |paths: &[&str]| paths.iter().find_map(|path| text(data, path));
    let from_us = ["/fromMe", "/key/fromMe"].iter().find_map(|path| data.pointer(path)?.as_bool()).unwrap_or(true);
    let Some(jid) = get(&["/remoteJid", "/key/remoteJid"]) else { return Err("a status of nobody") };
    if !from_us || !jid::is_person(&jid) {
        return Ok(None);
    }
    let id = get(&["/keyId", "/key/id"]).filter(|id| !id.is_empty()).ok_or("a status without an id")?;
    let status = data.get("status").or_else(|| data.pointer("/update/status")).ok_or("a status without a status")?;
    let word = status.as_str().map_or_else(|| status.to_string(), str::to_ascii_uppercase);
    let ticks = match word.as_str() {
        "ERROR" | "0" => Ticks::Failed,
        "PENDING" | "1" => return Ok(None),
        "SERVER_ACK" | "2" => Ticks::Sent,
        "DELIVERY_ACK" | "3" => Ticks::Delivered,
        "READ" | "4" => Ticks::Read,
        "PLAYED" | "5" => Ticks::Played,
        _ => {
            let event = Event::Other { name: format!("status:{}", word.to_ascii_lowercase()) };
            return Ok(Some((format!("{id}:{word}"), now, event)));
        }
    };
    let failed = ticks == Ticks::Failed;
    let event = Event::Status {
        provider_message_id: id.clone(),
        ticks,
        echo: None,
        failure: failed.then(|| "the phone could not send it".to_owned()),
        code: None,
        refusal: failed.then_some(RefusalKind::Other),
    };
    Ok(Some((format!("{id}:{}", ticks.as_str()), now, event)))
}

/// `connection:close:401` says that the phone must be linked again.
fn connection(data: &Value, envelope: &Value, now: Timestamp) -> (String, Timestamp, Event) {
    let state = text(data, "/state").unwrap_or_default();
    let reason =
        data.get("statusReason").and_then(Value::as_i64).map(|reason| format!(":{reason}")).unwrap_or_default();
    let name = format!("connection:{state}{reason}");
    (format!("{name}:{}", fingerprint(envelope)), now, Event::Other { name })
}

/// By name alone: a QR code in it is a key to the account and is kept nowhere.
fn other(event: &str, envelope: &Value, now: Timestamp) -> (String, Timestamp, Event) {
    (format!("{event}:{}", fingerprint(envelope)), now, Event::Other { name: event.to_owned() })
}

pub(super) fn text(value: &Value, path: &str) -> Option<String> {
    value.pointer(path).and_then(Value::as_str).map(str::to_owned)
}

/// Unix seconds as a number, as text, or in the two halves of a JavaScript `Long`. The envelope's `date_time` is
/// local time that claims to be UTC, and is not looked at.
pub(super) fn stamp(value: &Value) -> Option<Timestamp> {
    let seconds =
        value.as_i64().or_else(|| value.as_str()?.parse().ok()).or_else(|| value.get("low").and_then(Value::as_i64))?;
    Timestamp::from_second(seconds).ok()
}

fn fingerprint(value: &Value) -> String {
    hex::encode(Sha256::digest(value.to_string().as_bytes())).chars().take(32).collect()
}
