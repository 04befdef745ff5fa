//! Files of conversations: shown to members, given to providers by link, taken from the composer.
//!
//! Invariant: whatever a file claims to be, a browser saves it and runs nothing of it.

use app::view::{FileView, NewFile};
use axum::{body::Body, response::Response};
use http::{HeaderValue, header};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::json;

use crate::{
    answer::{Refused, json_response},
    call::Call,
};

/// `GET /t/{slug}/media/{media}`
pub(crate) async fn show(call: Call) -> Result<Response, Refused> {
    let file = call.desk.app.file(call.clerk()?.tenant, call.id("media")?).await?;
    Ok(attached(file, "private, max-age=31536000, immutable"))
}

/// `GET /files/{token}`: for providers that fetch what we send.
pub(crate) async fn linked(call: Call) -> Result<Response, Refused> {
    Ok(attached(call.desk.app.linked_file(call.param("token")?).await?, "no-store"))
}

fn attached(file: FileView, cache: &'static str) -> Response {
    let mut response = Response::new(Body::from(file.bytes));
    let headers = response.headers_mut();
    let mime = HeaderValue::from_str(&file.mime).unwrap_or(HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_TYPE, mime);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    let lock = "default-src 'none'; sandbox; frame-ancestors 'none'";
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(lock));
    // Percent-encoding leaves letters and digits: nothing in a name can end the header or begin another.
    let name = utf8_percent_encode(&file.filename, NON_ALPHANUMERIC);
    let disposition =
        if file.filename.is_empty() { "attachment".to_owned() } else { format!("attachment; filename*=UTF-8''{name}") };
    let disposition = HeaderValue::from_str(&disposition).unwrap_or(HeaderValue::from_static("attachment"));
    headers.insert(header::CONTENT_DISPOSITION, disposition);
    response
}

/// `POST …/file?name=…&caption=…&key=…`: the body is the file, its type the header's.
pub(crate) async fn send(call: Call) -> Result<Response, Refused> {
    let (clerk, query) = (call.clerk()?, call.query());
    query.only(&["name", "caption", "key"])?;
    let new = NewFile {
        bytes: call.body.to_vec(),
        mime: call.header("content-type").unwrap_or_default().to_owned(),
        filename: percent_decode_str(query.text("name")).decode_utf8_lossy().into_owned(),
        caption: query.text("caption").to_owned(),
        key: query.text("key").to_owned(),
    };
    let message = call.desk.app.reply_with_file(&clerk, call.id("conversation")?, new).await?;
    Ok(json_response(&json!({ "message": message })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_file_is_saved_and_not_run() {
        let file = FileView {
            bytes: b"<script>".to_vec(),
            mime: "text/html\r\nx: y".into(),
            filename: "a\"\r\nb.html".into(),
        };
        let response = attached(file, "no-store");
        let get = |name: header::HeaderName| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(get(header::CONTENT_TYPE), "application/octet-stream");
        assert_eq!(get(header::CONTENT_DISPOSITION), "attachment; filename*=UTF-8''a%22%0D%0Ab%2Ehtml");
        assert!(get(header::CONTENT_SECURITY_POLICY).contains("sandbox"));
    }
}
