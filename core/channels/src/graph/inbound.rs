//! Meta's webhook envelope in our words. Every element is read by itself: one that cannot be is kept raw.

use domain::{
    Phone,
    channel::{Event, Inbound, Received, Referral, Sender, Unreadable},
    customer::Identity,
    delivery::Ticks,
    message::{Body, MediaKind, MediaRef},
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{errors, templates};

/// Reads a proven body. Garbage gives one unreadable part, never an error: a signed body is never refused.
pub(super) fn read(body: &[u8]) -> Received {
    let mut received = Received::default();
    let Ok(envelope) = serde_json::from_slice::<Value>(body) else {
        let raw = String::from_utf8_lossy(body).into_owned();
        received.unreadable.push(Unreadable { raw, reason: "not JSON".to_owned() });
        return received;
    };
    let Some(entries) = envelope.get("entry").and_then(Value::as_array) else {
        received.unreadable.push(Unreadable { raw: envelope.to_string(), reason: "no entries".to_owned() });
        return received;
    };
    for entry in entries {
        if !entry.is_object() {
            received.unreadable.push(Unreadable { raw: entry.to_string(), reason: "an entry that is none".to_owned() });
            continue;
        }
        for change in parts(entry, "changes", &mut received) {
            read_change(entry, change, &mut received);
        }
    }
    received
}

fn read_change(entry: &Value, change: &Value, received: &mut Received) {
    let field = text(change, "/field").unwrap_or_default();
    let Some(value) = change.get("value").filter(|value| value.is_object()) else {
        received.unreadable.push(Unreadable { raw: change.to_string(), reason: "a change without a value".to_owned() });
        return;
    };
    let line = text(value, "/metadata/phone_number_id").unwrap_or_default();
    for message in parts(value, "messages", received) {
        push(received, (entry, change, "messages"), message, read_message(message, value, &line));
    }
    for status in parts(value, "statuses", received) {
        push(received, (entry, change, "statuses"), status, read_status(status, &line));
    }
    for echo in parts(value, "message_echoes", received) {
        push(received, (entry, change, "message_echoes"), echo, read_echo(echo, &line));
    }
    // What goes wrong with the number as a whole comes beside the messages.
    let troubles = list(value, "errors").filter_map(|error| error.get("code").and_then(Value::as_i64));
    let mut others: Vec<Event> = troubles.map(|code| Event::Other { name: format!("error:{code}") }).collect();
    if !["messages", "smb_message_echoes"].contains(&field.as_str()) {
        others.push(templates::update(&field, value).unwrap_or(Event::Other { name: field.clone() }));
    }
    // The same news again, at another time, is news: the entry's time tells them apart.
    let time = entry.get("time").map(Value::to_string).unwrap_or_default();
    for (place, event) in others.into_iter().enumerate() {
        let at = value.get("timestamp").or(entry.get("time")).and_then(stamp).unwrap_or(Timestamp::UNIX_EPOCH);
        let provider_id = format!("{field}:{place}:{time}:{}", fingerprint(change));
        received.events.push(Inbound { provider_id, external_id: line.clone(), at, event });
    }
}

fn push(received: &mut Received, around: (&Value, &Value, &str), element: &Value, read: Result<Inbound, &'static str>) {
    match read {
        Ok(inbound) => received.events.push(inbound),
        Err(reason) => received.unreadable.push(Unreadable { raw: alone(around, element), reason: reason.to_owned() }),
    }
}

/// An envelope with `element` as the only one of its list, so that it can be read again by itself.
fn alone((entry, change, list): (&Value, &Value, &str), element: &Value) -> String {
    let value = change.get("value").unwrap_or(&Value::Null);
    let get = |from: &Value, name: &str| from.get(name).cloned().unwrap_or_default();
    let value = json!({ "metadata": get(value, "metadata"), "contacts": get(value, "contacts"), list: [element] });
    let change = json!({ "field": get(change, "field"), "value": value });
    json!({ "entry": [{ "id": get(entry, "id"), "changes": [change] }] }).to_string()
}

fn read_message(message: &Value, value: &Value, line: &str) -> Result<Inbound, &'static str> {
    let id = text(message, "/id").filter(|id| !id.is_empty()).ok_or("a message without an id")?;
    let at = message.get("timestamp").and_then(stamp).ok_or("a message without a time")?;
    let event = Event::Message {
        from: sender(message, value)?,
        body: read_body(message),
        reply_to: text(message, "/context/id"),
        referral: referral(message),
    };
    Ok(Inbound { provider_id: id, external_id: line.to_owned(), at, event })
}

/// `from` is a phone; somebody with a username may have only a business-scoped id.
fn sender(message: &Value, value: &Value) -> Result<Sender, &'static str> {
    let (phone, scoped) = (text(message, "/from").filter(|from| !from.is_empty()), text(message, "/from_user_id"));
    let contact = list(value, "contacts").find(|contact| {
        let is = |path: &str, id: &Option<String>| id.is_some() && text(contact, path) == *id;
        is("/wa_id", &phone) || is("/user_id", &scoped)
    });
    let scoped = scoped.or_else(|| contact.and_then(|contact| text(contact, "/user_id")));
    let mut identities: Vec<Identity> = Vec::new();
    if let Some(phone) = phone.as_deref().and_then(|raw| Phone::parse(raw).ok()) {
        identities.push(Identity::Phone(phone));
    }
    if let Some(scoped) = &scoped {
        identities.push(Identity::Scoped(scoped.clone()));
    }
    let moved = aliases_of_a_move(message);
    identities.extend(moved.iter().filter(|alias| !identities.contains(alias)).cloned().collect::<Vec<_>>());
    if identities.is_empty() {
        return Err("a message from nobody");
    }
    // Whoever changed the number is answered at the new one.
    let address = text(message, "/system/wa_id").filter(|_| !moved.is_empty()).or(phone).or(scoped);
    let address = address.filter(|address| !address.is_empty()).ok_or("a message from nobody")?;
    let profile_name = contact.and_then(|contact| text(contact, "/profile/name")).unwrap_or_default();
    Ok(Sender { address, identities, profile_name: profile_name.chars().take(120).collect() })
}

/// A changed number or user id names the old and the new one: all are the same customer.
fn aliases_of_a_move(message: &Value) -> Vec<Identity> {
    if !text(message, "/system/type").is_some_and(|kind| kind.starts_with("user_changed")) {
        return Vec::new();
    }
    let phone = text(message, "/system/wa_id").and_then(|raw| Phone::parse(&raw).ok()).map(Identity::Phone);
    let scoped = ["/system/previous_user_id", "/system/user_id"].iter().filter_map(|path| text(message, path));
    phone.into_iter().chain(scoped.map(Identity::Scoped)).collect()
}

fn referral(message: &Value) -> Option<Referral> {
    let from = message.get("referral").filter(|from| from.is_object())?;
    let get = |name: &str| from.get(name).and_then(Value::as_str).unwrap_or_default().chars().take(1_000).collect();
    Some(Referral {
        kind: get("source_type"),
        id: get("source_id"),
        url: get("source_url"),
        headline: get("headline"),
        click: get("ctwa_clid"),
    })
}

fn read_body(message: &Value) -> Body {
    let kind = text(message, "/type").unwrap_or_default();
    let get = |path: &str| text(message, path);
    let unsupported = || Body::Unsupported { kind: if kind.is_empty() { "unknown".to_owned() } else { kind.clone() } };
    match kind.as_str() {
        "text" => get("/text/body").map_or_else(unsupported, |text| Body::Text { text }),
        "image" => media(message, "image", MediaKind::Image),
        "video" => media(message, "video", MediaKind::Video),
        "audio" if message.pointer("/audio/voice").and_then(Value::as_bool) == Some(true) => {
            media(message, "audio", MediaKind::Voice)
        }
        "audio" => media(message, "audio", MediaKind::Audio),
        "document" => media(message, "document", MediaKind::Document),
        "sticker" => media(message, "sticker", MediaKind::Sticker),
        "location" => {
            let number = |path: &str| message.pointer(path).and_then(Value::as_f64);
            match (number("/location/latitude"), number("/location/longitude")) {
                (Some(latitude), Some(longitude)) => Body::Location {
                    latitude,
                    longitude,
                    name: get("/location/name").unwrap_or_default(),
                    address: get("/location/address").unwrap_or_default(),
                },
                _ => unsupported(),
            }
        }
        "contacts" => Body::Contacts {
            names: list(message, "contacts").filter_map(|card| text(card, "/name/formatted_name")).collect(),
        },
        "interactive" => chosen(message).unwrap_or_else(unsupported),
        "button" => Body::Chosen {
            id: get("/button/payload").unwrap_or_default(),
            title: get("/button/text").unwrap_or_default(),
        },
        "reaction" => Body::Reaction {
            to: get("/reaction/message_id").unwrap_or_default(),
            emoji: get("/reaction/emoji").unwrap_or_default(),
        },
        "order" => {
            let items = list(message.get("order").unwrap_or(&Value::Null), "product_items").count();
            Body::Order {
                text: get("/order/text").unwrap_or_default(),
                items: u32::try_from(items).unwrap_or(u32::MAX),
            }
        }
        "system" => Body::System {
            kind: get("/system/type").unwrap_or_default(),
            text: get("/system/body").unwrap_or_default(),
        },
        "edit" => Body::Edited {
            original: get("/edit/original_message_id").unwrap_or_default(),
            text: get("/edit/message/text/body").unwrap_or_default(),
        },
        // The chat was opened for the first time: nobody said anything yet.
        "request_welcome" => Body::System { kind, text: String::new() },
        "unsupported" => Body::Unsupported { kind: get("/unsupported/type").unwrap_or(kind) },
        "revoke" => Body::Revoked { original: get("/revoke/original_message_id").unwrap_or_default() },
        _ => unsupported(),
    }
}

fn chosen(message: &Value) -> Option<Body> {
    let reply = ["button_reply", "list_reply"].iter().find_map(|kind| message.pointer(&format!("/interactive/{kind}")));
    if let Some(reply) = reply {
        return Some(Body::Chosen { id: text(reply, "/id")?, title: text(reply, "/title").unwrap_or_default() });
    }
    // A flow's answer is JSON in a string; kept as it is for whoever asked.
    let flow = text(message, "/interactive/nfm_reply/response_json")?;
    Some(Body::Chosen { id: "flow".to_owned(), title: flow.chars().take(4_000).collect() })
}

fn media(message: &Value, word: &str, kind: MediaKind) -> Body {
    let get = |name: &str| text(message, &format!("/{word}/{name}"));
    let media = MediaRef {
        provider_id: get("id"),
        url: get("url"),
        mime: get("mime_type").unwrap_or_default(),
        sha256: get("sha256"),
        ..MediaRef::default()
    };
    Body::Media {
        kind,
        media,
        caption: get("caption").unwrap_or_default(),
        filename: get("filename").unwrap_or_default(),
    }
}

fn read_status(status: &Value, line: &str) -> Result<Inbound, &'static str> {
    let id = text(status, "/id").filter(|id| !id.is_empty()).ok_or("a status without an id")?;
    let word = text(status, "/status").ok_or("a status without a status")?;
    let at = status.get("timestamp").and_then(stamp).ok_or("a status without a time")?;
    let provider_id = format!("{id}:{word}");
    let Some(ticks) = Ticks::parse(&word).filter(|ticks| *ticks != Ticks::Queued) else {
        let event = Event::Other { name: format!("status:{word}") };
        return Ok(Inbound { provider_id, external_id: line.to_owned(), at, event });
    };
    let failure = ["/errors/0/error_data/details", "/errors/0/message", "/errors/0/title"]
        .iter()
        .find_map(|path| text(status, path));
    let code = status.pointer("/errors/0/code").and_then(Value::as_i64);
    let event = Event::Status {
        provider_message_id: id,
        ticks,
        echo: text(status, "/biz_opaque_callback_data").and_then(|echo| echo.parse().ok()),
        failure,
        code,
        refusal: code.filter(|_| ticks == Ticks::Failed).map(errors::kind),
    };
    Ok(Inbound { provider_id, external_id: line.to_owned(), at, event })
}

/// Somebody of the business answered on the phone itself.
fn read_echo(echo: &Value, line: &str) -> Result<Inbound, &'static str> {
    let id = text(echo, "/id").filter(|id| !id.is_empty()).ok_or("an echo without an id")?;
    let at = echo.get("timestamp").and_then(stamp).ok_or("an echo without a time")?;
    let address = text(echo, "/to").or_else(|| text(echo, "/to_user_id")).ok_or("an echo to nobody")?;
    let identity =
        Phone::parse(&address).map_or_else(|_not_a_phone| Identity::Scoped(address.clone()), Identity::Phone);
    let to = Sender { address, identities: vec![identity], profile_name: String::new() };
    Ok(Inbound { provider_id: id, external_id: line.to_owned(), at, event: Event::Echo { to, body: read_body(echo) } })
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

/// Elements that must not be lost: what stands in the place of a list and is none is kept raw.
fn parts<'a>(value: &'a Value, name: &str, received: &mut Received) -> impl Iterator<Item = &'a Value> + use<'a> {
    let there = value.get(name).filter(|there| !there.is_null());
    if let Some(there) = there.filter(|there| !there.is_array()) {
        received.unreadable.push(Unreadable { raw: there.to_string(), reason: format!("{name} is no list") });
    }
    there.and_then(Value::as_array).into_iter().flatten()
}

fn text(value: &Value, path: &str) -> Option<String> {
    value.pointer(path).and_then(Value::as_str).map(str::to_owned)
}

/// Unix seconds, as text or number.
fn stamp(value: &Value) -> Option<Timestamp> {
    let seconds = value.as_i64().or_else(|| value.as_str()?.parse().ok())?;
    Timestamp::from_second(seconds).ok()
}

fn fingerprint(value: &Value) -> String {
    use sha2::{Digest, Sha256};
    hex::encode(Sha256::digest(value.to_string().as_bytes()))
}
