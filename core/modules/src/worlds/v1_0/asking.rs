//! Requests to other servers, between `wit/1.0.0` and `domain`: bounded on the way out and on the way in.

use domain::vertical::{WebRequest, WebResponse};

use super::bindings::frontdesk::vertical::shapes as wit;

const HEADERS: usize = 16;
const HEADER: usize = 4 << 10;
const URL: usize = 2 << 10;
const BODY: usize = 64 << 10;
/// Of an answer.
const ANSWER: usize = 256 << 10;

/// The request, or why it is none.
pub(super) fn request(asked: wit::Request) -> Result<WebRequest, &'static str> {
    if asked.url.len() > URL || asked.method.len() > 16 {
        return Err("an address has at most 2 KiB");
    }
    if asked.headers.len() > HEADERS || asked.headers.iter().any(|field| field.key.len() + field.value.len() > HEADER) {
        return Err("at most 16 headers of 4 KiB");
    }
    if asked.headers.iter().any(|field| field.value.trim_start().starts_with("secret:")) {
        return Err("secrets in headers are not there yet");
    }
    if asked.body.len() > BODY {
        return Err("64 KiB a request");
    }
    let headers = asked.headers.into_iter().map(|field| (field.key, field.value)).collect();
    Ok(WebRequest { method: asked.method, url: asked.url, headers, body: asked.body })
}

pub(super) fn answered(answer: WebResponse) -> wit::Response {
    wit::Response {
        status: answer.status,
        headers: answer.headers.into_iter().map(|(key, value)| wit::Field { key, value }).collect(),
        body: answer.body.into_iter().take(ANSWER).collect(),
        fields: Vec::new(),
    }
}
