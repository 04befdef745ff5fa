//! WhatsApp Web's addresses: phones, hidden ids, and what is not a person.

use domain::{Phone, channel::Sender, customer::Identity};
use serde_json::Value;

/// Groups, broadcasts, newsletters and the status feed are no conversations of ours.
pub(crate) fn is_person(jid: &str) -> bool {
    jid.ends_with("@s.whatsapp.net") || jid.ends_with("@c.us") || jid.ends_with("@lid")
}

pub(crate) fn is_hidden(jid: &str) -> bool {
    jid.ends_with("@lid")
}

/// The number in `5215500002222:12@s.whatsapp.net`, if it is one.
pub(crate) fn phone(jid: &str) -> Option<Phone> {
    let (user, host) = jid.split_once('@')?;
    let number = user.split(':').next().unwrap_or(user);
    (host != "lid").then(|| Phone::parse(number).ok()).flatten()
}

/// Who is at the other end of `key`: answered at exactly the address that came, known by all that it tells.
pub(super) fn correspondent(key: &Value, name: &str) -> Option<Sender> {
    let get = |field: &str| key.get(field).and_then(Value::as_str).filter(|jid| !jid.is_empty());
    let address = get("remoteJid")?;
    let all = [Some(address), get("remoteJidAlt"), get("senderPn"), get("senderLid")];
    let mut identities = Vec::new();
    // Phones first: an alias that is known by its phone leads home even when the hidden id is new.
    identities.extend(all.iter().flatten().find_map(|jid| phone(jid)).map(Identity::Phone));
    let hidden = all.iter().flatten().find(|jid| is_hidden(jid));
    identities.extend(hidden.map(|jid| Identity::Lid((*jid).to_owned())));
    let profile_name = name.chars().take(120).collect();
    (!identities.is_empty()).then(|| Sender { address: address.to_owned(), identities, profile_name })
}
