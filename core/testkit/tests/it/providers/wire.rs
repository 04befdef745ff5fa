//! What each provider posts, in the shapes of its own reference.

use std::collections::BTreeMap;

use domain::channel::Provider;
use serde_json::{Value, json};
use testkit::providers::Asked;

pub(super) const ANA: &str = "5215598760001";
pub(super) const NOBODY: &str = "5215598769999";
/// Nine in the morning, when every test begins; what is posted says when by seconds from here.
const NOW: i64 = 1_772_463_600;

/// A call as a provider makes it.
pub(super) struct Post {
    pub(super) query: String,
    pub(super) mime: &'static str,
    pub(super) header: &'static str,
    pub(super) proof: String,
    pub(super) body: String,
}

/// What a phone says.
pub(super) enum Said {
    Text(&'static str),
    Picture(&'static str),
    /// A button of ours, or a row of a list: id and title.
    Button(String, String),
    Row(String, String),
    Place,
    /// To the message with this id.
    Reaction(String),
    /// Of a kind that was not there when this was written.
    Unknown,
}

/// What a provider says of a message of ours.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tick {
    Sent,
    Delivered,
    Read,
    Failed,
    /// Not delivered because the window had closed: of Meta and Twilio only.
    TooLate,
}

/// A number at a provider, and where its webhooks go.
pub(super) struct Wire {
    pub(super) provider: Provider,
    pub(super) external_id: &'static str,
    pub(super) secrets: &'static [(&'static str, &'static str)],
    /// Whether what the number says is told back to us.
    pub(super) echoes: bool,
    /// The webhook's address.
    pub(super) webhook: String,
    /// The fake's.
    pub(super) base: String,
}

impl Wire {
    pub(super) fn of(provider: Provider) -> Self {
        let (external_id, echoes, secrets): (_, _, &[_]) = match provider {
            Provider::Meta | Provider::Simulator => {
                let secrets = &[
                    ("app_secret", "s3cret"),
                    ("verify_token", "v"),
                    ("access_token", "meta-token"),
                    ("waba_id", "42"),
                ];
                ("700800900100299", false, secrets)
            }
            Provider::Twilio => ("+14155550100", false, &[("account_sid", "AC1"), ("auth_token", "s3cret")]),
            Provider::Evolution => {
                let secrets = &[("api_key", "evolution-key"), ("webhook_secret", "s3cret"), ("interactive", "native")];
                ("luz-7", true, secrets)
            }
            Provider::Wassenger => {
                ("aaaaaaaaaaaaaaaaaaaaaaaa", true, &[("api_key", "wassenger-key"), ("webhook_secret", "s3cret")])
            }
        };
        Self { provider, external_id, secrets, echoes, webhook: String::new(), base: String::new() }
    }

    fn signed(&self, query: String, body: String, form: &[(String, String)]) -> Post {
        let json = "application/json";
        let (mime, header, proof) = match self.provider {
            Provider::Twilio => {
                let webhook = &self.webhook;
                let url = if query.is_empty() { webhook.clone() } else { format!("{webhook}?{query}") };
                let proof = channels::twilio::sign("s3cret", &url, form);
                ("application/x-www-form-urlencoded", "x-twilio-signature", proof)
            }
            Provider::Evolution => (json, channels::evolution::HEADER, "s3cret".to_owned()),
            Provider::Wassenger => {
                (json, "x-wassenger-signature", channels::simulator::sign("s3cret", body.as_bytes()))
            }
            Provider::Meta | Provider::Simulator => {
                (json, "x-hub-signature-256", channels::simulator::sign("s3cret", body.as_bytes()))
            }
        };
        Post { query, mime, header, proof, body }
    }

    fn json(&self, body: Value) -> Post {
        self.signed(String::new(), body.to_string(), &[])
    }

    fn form(&self, query: String, fields: &[(&str, &str)]) -> Post {
        let mut form = vec![("AccountSid".to_owned(), "AC1".to_owned()), ("ApiVersion".into(), "2010-04-01".into())];
        form.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&form).finish();
        self.signed(query, body, &form)
    }

    fn graph(&self, mut value: Value) -> Post {
        value["messaging_product"] = json!("whatsapp");
        value["metadata"] = json!({ "display_phone_number": "14155550100", "phone_number_id": self.external_id });
        let entry = json!([{ "id": "42", "changes": [{ "field": "messages", "value": value }] }]);
        self.json(json!({ "object": "whatsapp_business_account", "entry": entry }))
    }

    fn evolution(&self, event: &str, data: &Value) -> Post {
        self.json(json!({
            "event": event, "instance": self.external_id, "destination": "https://desk.example/hook",
            "date_time": "2026-03-02T09:00:00.000Z", "sender": "14155550100@s.whatsapp.net",
            "server_url": "https://evo.example", "apikey": "INSTANCE-TOKEN", "data": data,
        }))
    }

    fn wassenger(&self, id: &str, event: &str, data: &Value) -> Post {
        let device = json!({ "id": self.external_id, "phone": "+14155550100", "alias": "luz", "plan": "x" });
        self.json(
            json!({ "id": id, "object": "message", "event": event, "created": NOW, "device": device, "data": data }),
        )
    }

    /// Somebody writes, `after` seconds from nine.
    pub(super) fn incoming(&self, from: &str, id: &str, said: &Said, after: i64) -> Post {
        match self.provider {
            Provider::Twilio => self.twilio_incoming(from, id, said),
            Provider::Evolution => {
                let (kind, message) = evolution_message(said);
                let key = json!({ "remoteJid": format!("{from}@s.whatsapp.net"), "fromMe": false, "id": id });
                let data = json!({
                    "key": key, "pushName": "Ana", "status": "DELIVERY_ACK", "message": message, "messageType": kind,
                    "messageTimestamp": NOW + after, "instanceId": "6b1f", "source": "android",
                });
                self.evolution("messages.upsert", &data)
            }
            Provider::Wassenger => self.wassenger_incoming(from, id, said, NOW + after),
            Provider::Meta | Provider::Simulator => {
                let mut message = json!({ "from": from, "id": id, "timestamp": (NOW + after).to_string() });
                let (kind, content) = graph_content(said);
                message["type"] = json!(kind);
                message[kind] = content;
                let contacts = json!([{ "profile": { "name": "Ana" }, "wa_id": from }]);
                self.graph(json!({ "contacts": contacts, "messages": [message] }))
            }
        }
    }

    fn twilio_incoming(&self, from: &str, id: &str, said: &Said) -> Post {
        let address = format!("whatsapp:+{from}");
        let url = format!("{}/2010-04-01/Accounts/AC1/Messages/{id}/Media/ME1", self.base);
        let mut fields = vec![
            ("MessageSid", id),
            ("SmsMessageSid", id),
            ("SmsSid", id),
            ("SmsStatus", "received"),
            ("From", &address),
            ("To", "whatsapp:+14155550100"),
            ("ProfileName", "Ana"),
            ("WaId", from),
            ("NumSegments", "1"),
        ];
        match said {
            Said::Text(words) => fields.extend([("MessageType", "text"), ("NumMedia", "0"), ("Body", words)]),
            Said::Picture(words) => fields.extend([
                ("MessageType", "image"),
                ("NumMedia", "1"),
                ("MediaUrl0", url.as_str()),
                ("MediaContentType0", "image/png"),
                ("Body", words),
            ]),
            Said::Button(payload, title) => fields.extend([
                ("MessageType", "button"),
                ("NumMedia", "0"),
                ("ButtonPayload", payload),
                ("ButtonText", title),
                ("Body", title),
            ]),
            Said::Row(payload, title) => fields.extend([
                ("MessageType", "interactive"),
                ("NumMedia", "0"),
                ("ListId", payload),
                ("ListTitle", title),
                ("Body", title),
            ]),
            Said::Place => fields.extend([
                ("MessageType", "location"),
                ("NumMedia", "0"),
                ("Latitude", "19.4326"),
                ("Longitude", "-99.1332"),
                ("Label", "Casa"),
                ("Address", "Madero 1"),
                ("Body", ""),
            ]),
            Said::Reaction(to) => fields.extend([
                ("MessageType", "reaction"),
                ("NumMedia", "0"),
                ("OriginalRepliedMessageSid", to),
                ("Body", "👍"),
            ]),
            Said::Unknown => fields.extend([("MessageType", "hologram"), ("NumMedia", "0"), ("Body", "")]),
        }
        self.form(String::new(), &fields)
    }

    fn wassenger_incoming(&self, from: &str, id: &str, said: &Said, at: i64) -> Post {
        let mut data = json!({
            "id": id, "flow": "inbound", "status": "active", "ack": "delivered",
            "from": format!("{from}@c.us"), "fromNumber": format!("+{from}"),
            "to": "14155550100@c.us", "toNumber": "+14155550100", "timestamp": at,
            "chat": { "id": format!("{from}@c.us"), "name": "Ana", "type": "chat", "contact": { "phone": format!("+{from}"), "displayName": "Ana" } },
            "meta": { "isGroup": false, "isForwarded": false, "notifyName": "Ana" },
        });
        let more = match said {
            Said::Text(words) => json!({ "type": "text", "body": words }),
            Said::Picture(words) => {
                json!({ "type": "image", "body": words, "media": { "id": "M1", "mime": "image/png", "meta": {} } })
            }
            Said::Button(_, title) => json!({ "type": "buttons", "subtype": "response", "body": title }),
            Said::Row(_, title) => json!({ "type": "list", "subtype": "response", "body": title }),
            Said::Place => {
                json!({ "type": "location", "location": { "latitude": 19.4326, "longitude": -99.1332, "name": "Casa", "address": "Madero 1" } })
            }
            Said::Reaction(to) => json!({ "reaction": { "parentId": to, "reaction": "👍" } }),
            Said::Unknown => json!({ "type": "poll", "body": "" }),
        };
        data.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        let event = if matches!(said, Said::Reaction(_)) { "message:reaction" } else { "message:in:new" };
        self.wassenger(&format!("EVT-{id}"), event, &data)
    }

    /// What became of a message of ours; `asked` is the call that sent it, `id` what it was answered.
    pub(super) fn status(&self, asked: &Asked, id: &str, tick: Tick) -> Post {
        match self.provider {
            Provider::Twilio => self.twilio_status(asked, id, tick),
            Provider::Evolution => {
                let word = match tick {
                    Tick::Sent => "SERVER_ACK",
                    Tick::Delivered => "DELIVERY_ACK",
                    Tick::Read => "READ",
                    Tick::Failed | Tick::TooLate => "ERROR",
                };
                let jid = format!("{ANA}@s.whatsapp.net");
                let data =
                    json!({ "keyId": id, "remoteJid": jid, "fromMe": true, "status": word, "instanceId": "6b1f" });
                self.evolution("messages.update", &data)
            }
            Provider::Wassenger => {
                let reference = asked.json()["reference"].clone();
                let (event, status, delivery) = match tick {
                    Tick::Sent => ("message:update", "processed", json!("sent")),
                    Tick::Delivered => ("message:update", "processed", json!("delivered")),
                    Tick::Read => ("message:out:ack", "processed", json!("read")),
                    Tick::Failed | Tick::TooLate => ("message:out:failed", "failed", Value::Null),
                };
                let mut data =
                    json!({ "id": id, "reference": reference, "status": status, "deliveryStatus": delivery });
                if tick == Tick::Failed {
                    data["failureReason"] = json!("The recipient has no WhatsApp any more");
                }
                self.wassenger(&format!("EVT-{id}-{}", delivery.as_str().unwrap_or("failed")), event, &data)
            }
            Provider::Meta | Provider::Simulator => {
                let word = match tick {
                    Tick::Sent => "sent",
                    Tick::Delivered => "delivered",
                    Tick::Read => "read",
                    Tick::Failed | Tick::TooLate => "failed",
                };
                let mut status = json!({
                    "id": id, "status": word, "timestamp": (NOW + 5).to_string(), "recipient_id": ANA,
                    "biz_opaque_callback_data": asked.json()["biz_opaque_callback_data"],
                });
                if tick == Tick::Failed {
                    let details = "Message Undeliverable: the recipient blocked the business.";
                    status["errors"] = json!([{ "code": 131_026, "title": "Message undeliverable", "message": "Message undeliverable", "error_data": { "details": details } }]);
                } else if tick == Tick::TooLate {
                    status["errors"] = json!([{ "code": 131_047, "title": "Re-engagement message", "message": "Re-engagement message" }]);
                } else {
                    status["pricing"] = json!({ "billable": false, "pricing_model": "PMP", "type": "free_customer_service", "category": "service" });
                }
                self.graph(json!({ "statuses": [status] }))
            }
        }
    }

    fn twilio_status(&self, asked: &Asked, id: &str, tick: Tick) -> Post {
        let form: BTreeMap<String, String> = url::form_urlencoded::parse(asked.body.as_bytes()).into_owned().collect();
        let query = form["StatusCallback"].split_once('?').unwrap().1.to_owned();
        let mut fields = vec![("MessageSid", id), ("From", "whatsapp:+14155550100"), ("To", form["To"].as_str())];
        match tick {
            Tick::Sent => fields.extend([("MessageStatus", "sent"), ("SmsStatus", "sent")]),
            Tick::Delivered => {
                fields.extend([("MessageStatus", "delivered"), ("SmsStatus", "delivered"), ("EventType", "DELIVERED")])
            }
            Tick::Read => {
                fields.extend([("MessageStatus", "read"), ("SmsStatus", "read"), ("EventType", "READ")]);
            }
            Tick::Failed => fields.extend([
                ("MessageStatus", "undelivered"),
                ("SmsStatus", "undelivered"),
                ("ErrorCode", "63024"),
                ("ErrorMessage", "Invalid message recipient"),
            ]),
            Tick::TooLate => fields.extend([("MessageStatus", "undelivered"), ("ErrorCode", "63016")]),
        }
        self.form(query, &fields)
    }

    /// The provider tells back words of ours that `asked` sent, or nobody did, under `id`.
    pub(super) fn echo(&self, to: &str, id: &str, words: &str, asked: Option<&Asked>) -> Post {
        if self.provider == Provider::Evolution {
            let key = json!({ "remoteJid": format!("{to}@s.whatsapp.net"), "fromMe": true, "id": id });
            let data = json!({ "key": key, "message": { "conversation": words }, "messageTimestamp": NOW });
            return self.evolution("send.message", &data);
        }
        let data = json!({
            "id": id, "type": "text", "flow": "outbound", "to": format!("{to}@c.us"), "toNumber": format!("+{to}"),
            "timestamp": NOW, "body": words, "chat": { "type": "chat" }, "meta": { "isGroup": false },
            "reference": asked.map(|asked| asked.json()["reference"].clone()),
        });
        self.wassenger(&format!("EVT-echo-{id}"), "message:out:new", &data)
    }

    /// The id in what a send was answered.
    pub(super) fn id_of(&self, asked: &Asked) -> String {
        let path = match self.provider {
            Provider::Twilio => "/sid",
            Provider::Evolution => "/key/id",
            Provider::Wassenger => "/id",
            Provider::Meta | Provider::Simulator => "/messages/0/id",
        };
        asked.answer.1.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// What the customer's screen shows to tap: ids and titles, as the provider was given them.
    pub(super) fn offered(&self, asked: &[Asked]) -> Vec<(String, String)> {
        let pick = |rows: Option<&Value>, id: &str, title: &str| -> Vec<(String, String)> {
            let text =
                |row: &Value, path: &str| row.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
            rows.and_then(Value::as_array).into_iter().flatten().map(|row| (text(row, id), text(row, title))).collect()
        };
        let newest = |path: &str| asked.iter().rev().find(|asked| asked.path.contains(path)).map(Asked::json).unwrap();
        match self.provider {
            Provider::Twilio => {
                let content = newest("/v1/Content");
                let list = pick(content.pointer("/types/twilio~1list-picker/items"), "/id", "/item");
                let buttons = pick(content.pointer("/types/twilio~1quick-reply/actions"), "/id", "/title");
                if list.is_empty() { buttons } else { list }
            }
            Provider::Evolution => {
                let call = newest("/message/");
                let list = pick(call.pointer("/sections/0/rows"), "/rowId", "/title");
                if list.is_empty() { pick(call.get("buttons"), "/id", "/displayText") } else { list }
            }
            Provider::Wassenger => {
                let call = newest("/v1/messages");
                let numbered = call["message"].as_str().unwrap().lines().filter_map(|line| line.split_once(". "));
                let numbered = numbered.filter(|(number, _)| number.parse::<u8>().is_ok());
                let titles = numbered.map(|(_, title)| title.split(" – ").next().unwrap_or_default().to_owned());
                titles.map(|title| (String::new(), title)).collect()
            }
            Provider::Meta | Provider::Simulator => {
                let sends = asked.iter().rev().filter(|asked| asked.json().get("type").is_some());
                let call = sends.map(Asked::json).next().unwrap();
                let list = pick(call.pointer("/interactive/action/sections/0/rows"), "/id", "/title");
                let buttons = call.pointer("/interactive/action/buttons");
                if list.is_empty() { pick(buttons, "/reply/id", "/reply/title") } else { list }
            }
        }
    }
}

fn graph_content(said: &Said) -> (&'static str, Value) {
    let tapped = |id: &str, title: &str| json!({ "id": id, "title": title });
    match said {
        Said::Text(words) => ("text", json!({ "body": words })),
        Said::Picture(words) => ("image", json!({ "id": "M1", "mime_type": "image/png", "caption": words })),
        Said::Button(id, title) => {
            ("interactive", json!({ "type": "button_reply", "button_reply": tapped(id, title) }))
        }
        Said::Row(id, title) => ("interactive", json!({ "type": "list_reply", "list_reply": tapped(id, title) })),
        Said::Place => {
            let place = json!({ "latitude": 19.4326, "longitude": -99.1332, "name": "Casa", "address": "Madero 1" });
            ("location", place)
        }
        Said::Reaction(to) => ("reaction", json!({ "message_id": to, "emoji": "👍" })),
        Said::Unknown => ("hologram", json!({ "depth": 3 })),
    }
}

fn evolution_message(said: &Said) -> (&'static str, Value) {
    let (kind, content) = match said {
        Said::Text(words) => return ("conversation", json!({ "conversation": words })),
        Said::Picture(words) => (
            "imageMessage",
            json!({ "url": "https://mmg.whatsapp.net/x.enc", "mimetype": "image/png", "caption": words }),
        ),
        Said::Button(id, title) => {
            ("buttonsResponseMessage", json!({ "selectedButtonId": id, "selectedDisplayText": title }))
        }
        Said::Row(id, title) => {
            ("listResponseMessage", json!({ "title": title, "singleSelectReply": { "selectedRowId": id } }))
        }
        Said::Place => (
            "locationMessage",
            json!({ "degreesLatitude": 19.4326, "degreesLongitude": -99.1332, "name": "Casa", "address": "Madero 1" }),
        ),
        Said::Reaction(to) => {
            let key = json!({ "remoteJid": format!("{ANA}@s.whatsapp.net"), "fromMe": true, "id": to });
            ("reactionMessage", json!({ "key": key, "text": "👍" }))
        }
        Said::Unknown => ("hologramMessage", json!({ "depth": 3 })),
    };
    (kind, json!({ kind: content }))
}
