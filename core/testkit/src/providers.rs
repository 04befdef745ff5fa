//! Fake providers: servers that answer as the real ones do and keep everything they were asked.
//!
//! Shapes follow the providers' own references. A recipient whose number ends in 9999 is on nobody's WhatsApp, and
//! each fake says so in its provider's own words.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use app::tasks::Tasks;
use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, Method, Response, Uri},
};
use domain::channel::Provider;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// A file that every fake hands out: the smallest picture there is.
pub const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n-not-a-real-one-";
const NOBODY: &str = "9999";

/// One request as it came, and what it was answered.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    /// With its query.
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// Status and body; a file says only that it is one.
    pub answer: (u16, Value),
    /// The how many-th of the calls that send something this is, counted from one; of the others, among its like.
    pub number: usize,
}

impl Asked {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }
}

/// A provider on loopback.
pub struct FakeProvider {
    /// `http://127.0.0.1:…`
    pub url: String,
    provider: Provider,
    asked: Arc<Mutex<Vec<Asked>>>,
    /// Ends with it.
    _tasks: Tasks,
}

impl FakeProvider {
    pub async fn start(provider: Provider) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (kept, base) = (Arc::clone(&asked), url.clone());
        let answer = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| async move {
            let mut request = Asked {
                method: method.to_string(),
                path: uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
                headers: headers
                    .iter()
                    .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
                    .collect(),
                body: String::from_utf8_lossy(&body).into_owned(),
                answer: (0, Value::Null),
                number: 0,
            };
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            let kind = kind_of(provider, &request);
            request.number = kept.iter().filter(|other| kind_of(provider, other) == kind).count() + 1;
            let answer = answer_of(provider, &base, &request);
            request.answer = match &answer {
                Answer::Json(status, json) => (*status, json.clone()),
                Answer::Picture => (200, json!("(the file)")),
            };
            kept.push(request);
            respond(answer)
        };
        let app = Router::new().fallback(answer);
        let tasks = Tasks::default();
        let serving = async move {
            // It ends with the test that started it, and nobody is left to be told why.
            let _ended = axum::serve(listener, app).await;
        };
        tasks.spawn("fake provider", serving);
        Ok(Self { url, provider, asked, _tasks: tasks })
    }

    /// The calls that sent something to a customer, or tried to.
    pub fn sends(&self) -> Vec<Asked> {
        let provider = self.provider;
        self.asked().into_iter().filter(|asked| kind_of(provider, asked) == SEND).collect()
    }

    /// Everything else, by kind and in order: courtesies run beside the sends and fall between them by chance.
    pub fn others(&self) -> Vec<Asked> {
        let provider = self.provider;
        let mut others: Vec<Asked> =
            self.asked().into_iter().filter(|asked| kind_of(provider, asked) != SEND).collect();
        others.sort_by_key(|asked| (kind_of(provider, asked), asked.number));
        others
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

enum Answer {
    Json(u16, Value),
    Picture,
}

fn respond(answer: Answer) -> Response<Body> {
    let (status, mime, bytes) = match answer {
        Answer::Json(status, json) => (status, "application/json", json.to_string().into_bytes()),
        Answer::Picture => (200, "image/png", PICTURE.to_vec()),
    };
    let response = Response::builder().status(status).header("content-type", mime).body(Body::from(bytes));
    response.unwrap_or_default()
}

const SEND: &str = "send";

/// Calls of one kind are numbered together.
fn kind_of(provider: Provider, asked: &Asked) -> String {
    let path = asked.path.split('?').next().unwrap_or_default();
    let sends = asked.method == "POST"
        && match provider {
            Provider::Meta | Provider::Simulator => path.ends_with("/messages") && asked.json().get("type").is_some(),
            Provider::Twilio => path.ends_with("/Messages.json"),
            Provider::Evolution => path.starts_with("/message/"),
            Provider::Wassenger => path == "/v1/messages",
        };
    if sends { SEND.to_owned() } else { format!("{} {path}", asked.method) }
}

fn answer_of(provider: Provider, base: &str, asked: &Asked) -> Answer {
    match provider {
        Provider::Meta | Provider::Simulator => meta(base, asked, asked.number),
        Provider::Twilio => twilio(asked, asked.number),
        Provider::Evolution => evolution(asked, asked.number),
        Provider::Wassenger => wassenger(asked, asked.number),
    }
}

fn meta(base: &str, asked: &Asked, count: usize) -> Answer {
    let refused = |status, code: i64, message: &str| {
        let data = json!({ "messaging_product": "whatsapp", "details": format!("{message}.") });
        let error = json!({ "message": format!("(#{code}) {message}"), "type": "OAuthException", "code": code, "error_data": data, "fbtrace_id": "AFAKE" });
        Answer::Json(status, json!({ "error": error }))
    };
    if asked.header("authorization") != "Bearer meta-token" {
        return refused(401, 190, "Invalid OAuth access token");
    }
    let request = asked.json();
    let to = request.get("to").and_then(Value::as_str).unwrap_or_default();
    match asked.path.rsplit('/').next().unwrap_or_default() {
        "messages" if request.get("status").is_some() => Answer::Json(200, json!({ "success": true })),
        "messages" if to.ends_with(NOBODY) => refused(400, 131_026, "Message undeliverable"),
        "messages" => Answer::Json(
            200,
            json!({
                "messaging_product": "whatsapp",
                "contacts": [{ "input": to, "wa_id": to }],
                "messages": [{ "id": format!("wamid.FAKE{count}"), "message_status": "accepted" }],
            }),
        ),
        "media" => Answer::Json(200, json!({ "id": format!("MEDIA{count}") })),
        "message_templates" if asked.method == "POST" => {
            Answer::Json(200, json!({ "id": "777", "status": "PENDING", "category": "UTILITY" }))
        }
        "picture" => Answer::Picture,
        id => Answer::Json(200, json!({ "id": id, "url": format!("{base}/picture"), "mime_type": "image/png" })),
    }
}

fn twilio(asked: &Asked, count: usize) -> Answer {
    let refused = |status: u16, code: i64, message: &str| {
        Answer::Json(
            status,
            json!({ "code": code, "message": message, "more_info": format!("https://www.twilio.com/docs/errors/{code}"), "status": status }),
        )
    };
    if asked.path.contains("/Media/") {
        return Answer::Picture;
    }
    if !asked.header("authorization").starts_with("Basic ") {
        return refused(401, 20_003, "Authenticate");
    }
    if asked.path.starts_with("/v1/Content") {
        return Answer::Json(201, json!({ "sid": format!("HX{count}") }));
    }
    let nobody = asked.body.contains(&format!("{NOBODY}&")) || asked.body.ends_with(NOBODY);
    if nobody {
        return refused(400, 63_024, "Invalid message recipient");
    }
    Answer::Json(
        201,
        json!({ "sid": format!("SM{count}"), "status": "queued", "direction": "outbound-api", "error_code": null }),
    )
}

fn evolution(asked: &Asked, count: usize) -> Answer {
    if asked.header("apikey") != "evolution-key" {
        return Answer::Json(401, json!({ "status": 401, "error": "Unauthorized" }));
    }
    let request = asked.json();
    let number = request.get("number").and_then(Value::as_str).unwrap_or_default();
    if asked.path.starts_with("/chat/getBase64FromMediaMessage/") {
        use base64::Engine as _;
        let base64 = base64::engine::general_purpose::STANDARD.encode(PICTURE);
        return Answer::Json(201, json!({ "base64": base64, "mimetype": "image/png", "fileName": "a.png" }));
    }
    if !asked.path.starts_with("/message/") {
        return Answer::Json(201, json!({ "message": "ok" }));
    }
    if number.contains(&format!("{NOBODY}@")) {
        let message = json!([{ "exists": false, "jid": number, "number": number }]);
        return Answer::Json(400, json!({ "status": 400, "error": "Bad Request", "response": { "message": message } }));
    }
    let key = json!({ "remoteJid": number, "fromMe": true, "id": format!("3EB0FAKE{count}") });
    Answer::Json(201, json!({ "key": key, "status": "PENDING", "messageType": "conversation" }))
}

fn wassenger(asked: &Asked, count: usize) -> Answer {
    if asked.header("token") != "wassenger-key" {
        return Answer::Json(401, json!({ "status": 401, "message": "Invalid API token" }));
    }
    if asked.path.ends_with("/download") {
        return Answer::Picture;
    }
    if asked.path.ends_with("/typing") {
        return Answer::Json(200, json!({}));
    }
    let request = asked.json();
    if request.get("phone").and_then(Value::as_str).is_some_and(|phone| phone.ends_with(NOBODY)) {
        let refusal =
            json!({ "status": 400, "message": "Phone number is not on WhatsApp", "errorCode": "phone:invalid" });
        return Answer::Json(400, refusal);
    }
    Answer::Json(
        201,
        json!({ "id": format!("5f0000000000000000000{count:03}"), "status": "queued", "reference": request.get("reference") }),
    )
}
