//! Wassenger's events in our words. Fields stand flat in `data`, or in `data.message` where newer.

use domain::{
    Phone,
    channel::{Event, Inbound, Received, Sender, Unreadable},
    customer::Identity,
    delivery::{RefusalKind, Ticks},
    message::{Body, MediaKind, MediaRef},
};
use jiff::Timestamp;
use serde_json::Value;

use crate::evolution::jid;

/// Reads a proven body. Unknown events are kept by name, groups are left out.
pub(super) fn read(body: &[u8], now: Timestamp) -> Received {
    let mut received = Received::default();
    let Ok(envelope) = serde_json::from_slice::<Value>(body) else {
        let raw = String::from_utf8_lossy(body).into_owned();
        received.unreadable.push(Unreadable { raw, reason: "not JSON".to_owned() });
        return received;
    };
    let name = text(&envelope, "/event").unwrap_or_default();
    let data = envelope.pointer("/data/message").filter(|inner| inner.is_object()).or(envelope.get("data"));
    let data = data.unwrap_or(&Value::Null);
    let read = match name.as_str() {
        "message:in:new" => read_message(data, &envelope),
        "message:out:new"
        | "message:out:sent"
        | "message:out:delivered"
        | "message:out:read"
        | "message:out:ack"
        | "message:out:failed"
        | "message:update" => read_outgoing(&name, data, now),
        "message:reaction" => read_reaction(data, &envelope, now),
        _ => Ok(Some((text(&envelope, "/id").unwrap_or_default(), now, Event::Other { name: name.clone() }))),
    };
    match read {
        Ok(Some((provider_id, at, event))) if !provider_id.is_empty() => {
            let external_id = text(&envelope, "/device/id").unwrap_or_default();
            received.events.push(Inbound { provider_id, external_id, at, event });
        }
        Ok(Some(_)) => received.unreadable.push(unreadable(&envelope, "an event without an id")),
        Ok(None) => {}
        Err(reason) => received.unreadable.push(unreadable(&envelope, reason)),
    }
    received
}

type Read = Result<Option<(String, Timestamp, Event)>, &'static str>;

fn unreadable(envelope: &Value, reason: &str) -> Unreadable {
    Unreadable { raw: envelope.to_string(), reason: reason.to_owned() }
}

fn is_ours(data: &Value) -> bool {
    let group = data.pointer("/meta/isGroup").and_then(Value::as_bool) == Some(true);
    let chat = text(data, "/chat/type").is_none_or(|kind| kind == "chat");
    !group && chat
}

fn read_message(data: &Value, envelope: &Value) -> Read {
    let id = text(data, "/id").filter(|id| !id.is_empty()).ok_or("a message without an id")?;
    let own = text(envelope, "/device/phone");
    let from = text(data, "/fromNumber");
    if !is_ours(data) || (own.is_some() && own == from) {
        return Ok(None);
    }
    let name = ["/chat/contact/displayName", "/chat/name", "/meta/notifyName"].iter().find_map(|path| text(data, path));
    let from = person(data, "from", name.unwrap_or_default()).ok_or("a message from nobody")?;
    let at = data.get("timestamp").and_then(stamp).ok_or("a message without a time")?;
    let reply_to = ["/quoted/id", "/quote/id", "/quoted/wid"].iter().find_map(|path| text(data, path));
    Ok(Some((id, at, Event::Message { from, body: body(data), reply_to, referral: None })))
}

/// Whoever is at the `from` or `to` end: by number where there is one, by hidden id besides.
fn person(data: &Value, end: &str, name: String) -> Option<Sender> {
    let (number, jid) = (text(data, &format!("/{end}Number")), text(data, &format!("/{end}")));
    let phone = number.as_deref().and_then(|number| Phone::parse(number).ok());
    let phone = phone.or_else(|| jid.as_deref().and_then(jid::phone));
    let hidden = [text(data, "/chat/lid"), jid.clone()].into_iter().flatten().find(|jid| jid::is_hidden(jid));
    let address = number.filter(|number| !number.is_empty()).or(jid)?;
    let mut identities: Vec<Identity> = phone.into_iter().map(Identity::Phone).collect();
    identities.extend(hidden.map(Identity::Lid));
    (!identities.is_empty()).then(|| Sender { address, identities, profile_name: name.chars().take(120).collect() })
}

fn body(data: &Value) -> Body {
    let get = |path: &str| text(data, path);
    let kind = get("/type").unwrap_or_default();
    let words = get("/body").unwrap_or_default();
    let unsupported =
        |kind: &str| Body::Unsupported { kind: if kind.is_empty() { "unknown".to_owned() } else { kind.to_owned() } };
    let file = |media_kind| file(data, media_kind, words.clone());
    match kind.as_str() {
        "buttons" | "list" => {
            let id = [
                "/selectedId",
                "/selected/id",
                "/list/selectedId",
                "/buttons/selectedId",
                "/response/id",
                "/selection/id",
            ];
            let id = id.iter().find_map(|path| get(path)).unwrap_or_else(|| words.clone());
            Body::Chosen { id, title: words }
        }
        "text" if words.is_empty() => unsupported("empty"),
        "text" => Body::Text { text: words },
        "image" => file(MediaKind::Image),
        "video" => file(MediaKind::Video),
        "audio" if ["ptt", "voice"].contains(&get("/subtype").unwrap_or_default().as_str()) => file(MediaKind::Voice),
        "audio" if get("/media/mime").is_some_and(|mime| mime.starts_with("audio/ogg")) => file(MediaKind::Voice),
        "audio" => file(MediaKind::Audio),
        "document" => file(MediaKind::Document),
        "sticker" => file(MediaKind::Sticker),
        "location" => location(data).unwrap_or_else(|| unsupported("location")),
        "contacts" => {
            let cards = data.get("contacts").and_then(Value::as_array).into_iter().flatten();
            let named =
                |card: &Value| ["/name", "/displayName", "/formattedName"].iter().find_map(|path| text(card, path));
            Body::Contacts { names: cards.filter_map(named).collect() }
        }
        "order" => {
            let items = data.pointer("/order/items").and_then(Value::as_array).map_or(0, Vec::len);
            Body::Order { text: words, items: u32::try_from(items).unwrap_or(u32::MAX) }
        }
        other => unsupported(other),
    }
}

fn location(data: &Value) -> Option<Body> {
    let number = |names: [&str; 2]| names.iter().find_map(|name| data.pointer(&format!("/location/{name}"))?.as_f64());
    let get = |name: &str| text(data, &format!("/location/{name}")).unwrap_or_default();
    let (latitude, longitude) = (number(["latitude", "lat"])?, number(["longitude", "lng"])?);
    Some(Body::Location { latitude, longitude, name: get("name"), address: get("address") })
}

fn file(data: &Value, kind: MediaKind, caption: String) -> Body {
    let get = |name: &str| text(data, &format!("/media/{name}"));
    let filename = get("filename").or_else(|| get("fileName")).unwrap_or_default();
    let media = MediaRef { provider_id: get("id"), mime: get("mime").unwrap_or_default(), ..MediaRef::default() };
    Body::Media { kind, media, caption: get("caption").unwrap_or(caption), filename }
}

fn read_reaction(data: &Value, envelope: &Value, now: Timestamp) -> Read {
    let id = text(envelope, "/id").unwrap_or_default();
    let to =
        ["/reaction/parentId", "/reaction/message", "/quoted/id", "/message"].iter().find_map(|path| text(data, path));
    let emoji = ["/reaction/reaction", "/reaction/text", "/reaction", "/body"].iter().find_map(|path| text(data, path));
    let (Some(to), Some(from)) = (to, person(data, "from", String::new())) else {
        return Ok(Some((id, now, Event::Other { name: "message:reaction".to_owned() })));
    };
    let body = Body::Reaction { to, emoji: emoji.unwrap_or_default() };
    let at = data.get("timestamp").and_then(stamp).unwrap_or(now);
    Ok(Some((id, at, Event::Message { from, body, reply_to: None, referral: None })))
}

/// What became of a message of ours. With our reference it is ours by that; without, it is known by its id, or
/// somebody wrote it on the phone.
fn read_outgoing(name: &str, data: &Value, now: Timestamp) -> Read {
    if !is_ours(data) {
        return Ok(None);
    }
    let id = text(data, "/id").filter(|id| !id.is_empty()).ok_or("a status without an id")?;
    let echo = text(data, "/reference").and_then(|reference| reference.parse().ok());
    let at = data.get("timestamp").and_then(stamp).unwrap_or(now);
    if name == "message:out:new" && echo.is_none() {
        let to = person(data, "to", String::new());
        let event = to.map(|to| Event::Echo { to, body: body(data) });
        return Ok(event.map(|event| (id, at, event)));
    }
    let words: Vec<String> =
        ["/deliveryStatus", "/ack", "/status"].iter().filter_map(|path| text(data, path)).collect();
    let told = name.rsplit(':').next().unwrap_or_default();
    // The furthest of what is said counts, except that a failure is always said.
    let ticks = words.iter().map(String::as_str).chain([told]).filter_map(tick).max();
    let failed = told == "failed" || words.iter().any(|word| word == "failed");
    let Some(ticks) = (if failed { Some(Ticks::Failed) } else { ticks }) else { return Ok(None) };
    let failure = ["/failureReason", "/error/message", "/error", "/reason"].iter().find_map(|path| text(data, path));
    let event = Event::Status {
        provider_message_id: id.clone(),
        ticks,
        echo,
        failure: failed.then(|| failure.unwrap_or_else(|| "the phone could not send it".to_owned())),
        code: None,
        refusal: failed.then_some(RefusalKind::Other),
    };
    // Not the event's own id: the same report in another event is the same report.
    Ok(Some((format!("{id}:{}", ticks.as_str()), at, event)))
}

fn tick(word: &str) -> Option<Ticks> {
    Some(match word {
        "sent" | "processed" | "new" | "server" => Ticks::Sent,
        "delivered" | "device" => Ticks::Delivered,
        "read" => Ticks::Read,
        "played" => Ticks::Played,
        _ => return None,
    })
}

pub(super) fn text(value: &Value, path: &str) -> Option<String> {
    value.pointer(path).and_then(Value::as_str).map(str::to_owned)
}

pub(super) fn stamp(value: &Value) -> Option<Timestamp> {
    let seconds = value.as_i64().or_else(|| value.as_str()?.parse().ok())?;
    Timestamp::from_second(seconds).ok()
}
