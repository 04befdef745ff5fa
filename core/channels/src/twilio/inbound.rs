//! Twilio's forms in our words: messages and status callbacks come to the same address and tell themselves apart.

use std::collections::BTreeMap;

use domain::{
    OutboxId, Phone,
    channel::{Event, Inbound, Line, Received, Referral, Sender, Unreadable},
    customer::Identity,
    delivery::Ticks,
    message::{Body, MediaKind, MediaRef},
};
use jiff::Timestamp;

use super::errors;

/// One form, by name; the first value of a name counts.
pub(super) struct Form(BTreeMap<String, String>);

impl Form {
    pub(super) fn new(params: Vec<(String, String)>) -> Self {
        let mut form = BTreeMap::new();
        for (name, value) in params {
            form.entry(name).or_insert(value);
        }
        Self(form)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.get(name)?.parse().ok()
    }
}

/// Reads a proven form. Twilio tells no time, so `now` is when it was said.
pub(super) fn read(line: &Line, form: &Form, query: &str, now: Timestamp) -> Received {
    let read = match form.get("MessageStatus").or(form.get("SmsStatus")) {
        Some("received" | "receiving") | None => messages(line, form, now),
        Some(status) => read_status(line, form, status, query, now).map(|event| event.into_iter().collect()),
    };
    match read {
        Ok(events) => Received { events, unreadable: Vec::new() },
        Err(reason) => {
            let raw = serde_json::to_string(&form.0).unwrap_or_default();
            Received { events: Vec::new(), unreadable: vec![Unreadable { raw, reason: reason.to_owned() }] }
        }
    }
}

/// Our number in the call; with the account when that is another than the line's, so that it fits no line.
fn own_number(line: &Line, form: &Form, name: &str) -> String {
    let number = bare(form.get(name).unwrap_or_default()).to_owned();
    match form.get("AccountSid") {
        Some(account) if account != line.secret("account_sid") => format!("{account}/{number}"),
        Some(_) | None => number,
    }
}

fn bare(address: &str) -> &str {
    address.strip_prefix("whatsapp:").unwrap_or(address)
}

/// One message; several files in it are several of ours, because each is shown and kept by itself.
fn messages(line: &Line, form: &Form, now: Timestamp) -> Result<Vec<Inbound>, &'static str> {
    let id = ["MessageSid", "SmsMessageSid", "SmsSid"]
        .iter()
        .find_map(|name| form.get(name))
        .ok_or("a message without an id")?;
    let (from, external_id) = (sender(form)?, own_number(line, form, "To"));
    let reply_to = form.get("OriginalRepliedMessageSid").map(str::to_owned);
    let inbound = |provider_id: String, body: Body, referral: Option<Referral>| {
        let event = Event::Message { from: from.clone(), body, reply_to: reply_to.clone(), referral };
        Inbound { provider_id, external_id: external_id.clone(), at: now, event }
    };
    let mut all = vec![inbound(id.to_owned(), body(form), referral(form))];
    let files: u32 = form.get("NumMedia").and_then(|count| count.parse().ok()).unwrap_or(0);
    for place in 1..files.min(10) {
        if let Some(file) = media(form, place) {
            all.push(inbound(format!("{id}:{place}"), file, None));
        }
    }
    Ok(all)
}

fn sender(form: &Form) -> Result<Sender, &'static str> {
    let address = bare(form.get("From").ok_or("a message from nobody")?).to_owned();
    let mut identities = Vec::new();
    let phone = Phone::parse(&address).or_else(|_not_a_phone| Phone::parse(form.get("WaId").unwrap_or_default()));
    if let Ok(phone) = phone {
        identities.push(Identity::Phone(phone));
    } else {
        identities.push(Identity::Scoped(address.clone()));
    }
    let scoped = form.get("ExternalUserId").map(|id| Identity::Scoped(bare(id).to_owned()));
    identities.extend(scoped.filter(|scoped| !identities.contains(scoped)));
    Ok(Sender { address, identities, profile_name: form.text("ProfileName").chars().take(120).collect() })
}

fn body(form: &Form) -> Body {
    let kind = form.get("MessageType").unwrap_or("text");
    if let Some(file) = media(form, 0) {
        return file;
    }
    if let (Some(latitude), Some(longitude)) = (form.number("Latitude"), form.number("Longitude")) {
        return Body::Location { latitude, longitude, name: form.text("Label"), address: form.text("Address") };
    }
    let tapped = [("ButtonPayload", "ButtonText"), ("ListId", "ListTitle")];
    let tapped = tapped.iter().find_map(|(id, title)| Some((form.get(id)?, form.get(title).unwrap_or_default())));
    if let Some((id, title)) = tapped {
        let title = if title.is_empty() { form.text("Body") } else { title.to_owned() };
        return Body::Chosen { id: id.to_owned(), title };
    }
    if let Some(title) = form.get("ButtonText") {
        return Body::Chosen { id: title.to_owned(), title: title.to_owned() };
    }
    if let Some(flow) = form.get("InteractiveData") {
        return Body::Chosen { id: "flow".to_owned(), title: flow.chars().take(4_000).collect() };
    }
    match (kind, form.get("Body")) {
        ("reaction", emoji) => {
            Body::Reaction { to: form.text("OriginalRepliedMessageSid"), emoji: emoji.unwrap_or_default().to_owned() }
        }
        (_, Some(text)) => Body::text(text),
        ("text", None) => Body::Unsupported { kind: "empty".to_owned() },
        (other, None) => Body::Unsupported { kind: other.to_owned() },
    }
}

fn media(form: &Form, place: u32) -> Option<Body> {
    let url = form.get(&format!("MediaUrl{place}"))?;
    let mime = form.text(&format!("MediaContentType{place}"));
    let kind = match (mime.split('/').next().unwrap_or_default(), form.get("MessageType").unwrap_or_default()) {
        (_, "sticker") => MediaKind::Sticker,
        (_, "document") => MediaKind::Document,
        ("image", _) => MediaKind::Image,
        ("video", _) => MediaKind::Video,
        ("audio", _) if mime.starts_with("audio/ogg") => MediaKind::Voice,
        ("audio", _) => MediaKind::Audio,
        _ => MediaKind::Document,
    };
    // A contact card comes as a file; a document's name comes as its text.
    let card = mime.contains("vcard");
    let text = if place == 0 { form.text("Body") } else { String::new() };
    let (caption, filename) = match kind {
        MediaKind::Document if card => (String::new(), "contact.vcf".to_owned()),
        MediaKind::Document => (String::new(), text),
        MediaKind::Image | MediaKind::Video | MediaKind::Audio | MediaKind::Voice | MediaKind::Sticker => {
            (text, String::new())
        }
    };
    let media = MediaRef { url: Some(url.to_owned()), mime, ..MediaRef::default() };
    Some(Body::Media { kind, media, caption, filename })
}

fn referral(form: &Form) -> Option<Referral> {
    let any = ["ReferralSourceId", "ReferralSourceUrl", "ReferralCtwaClid"].iter().any(|name| form.get(name).is_some());
    any.then(|| Referral {
        kind: form.text("ReferralSourceType"),
        id: form.text("ReferralSourceId"),
        url: form.text("ReferralSourceUrl"),
        headline: form.text("ReferralHeadline"),
        click: form.text("ReferralCtwaClid"),
    })
}

/// `None`: a step that says nothing new, like "queued".
fn read_status(
    line: &Line,
    form: &Form,
    status: &str,
    query: &str,
    now: Timestamp,
) -> Result<Option<Inbound>, &'static str> {
    let id = form.get("MessageSid").or(form.get("SmsSid")).ok_or("a status without an id")?;
    let ticks = match status {
        "sent" => Ticks::Sent,
        "delivered" if form.get("EventType") == Some("READ") => Ticks::Read,
        "delivered" => Ticks::Delivered,
        "read" => Ticks::Read,
        "failed" | "undelivered" | "canceled" => Ticks::Failed,
        "accepted" | "scheduled" | "queued" | "sending" => return Ok(None),
        _ => {
            let event = Event::Other { name: format!("status:{status}") };
            return Ok(Some(Inbound {
                provider_id: format!("{id}:{status}"),
                external_id: own_number(line, form, "From"),
                at: now,
                event,
            }));
        }
    };
    let code: Option<i64> = form.get("ErrorCode").and_then(|code| code.parse().ok()).filter(|_| ticks == Ticks::Failed);
    let words = ["ErrorMessage", "ChannelStatusMessage", "ChannelStatusCode"].iter().find_map(|name| form.get(name));
    let failure = (ticks == Ticks::Failed).then(|| {
        words.map_or_else(|| code.map_or("not delivered".to_owned(), |code| format!("error {code}")), str::to_owned)
    });
    let event = Event::Status {
        provider_message_id: id.to_owned(),
        ticks,
        echo: echoed(query),
        failure,
        code,
        refusal: code.and_then(errors::kind),
    };
    let provider_id = format!("{id}:{}", ticks.as_str());
    Ok(Some(Inbound { provider_id, external_id: own_number(line, form, "From"), at: now, event }))
}

/// The outbox id that we put into the callback's address. The signature covers it.
fn echoed(query: &str) -> Option<OutboxId> {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(name, _)| name == super::CALLBACK_PARAMETER).and_then(|(_, id)| id.parse().ok())
}
