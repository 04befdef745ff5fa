//! The bundle inside the binary: names carry a content hash, so browsers may keep them for good.

use axum::{
    body::Body,
    response::{IntoResponse as _, Response},
};
use http::{HeaderValue, StatusCode, header};

use crate::{answer::Refused, call::Call};

include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// `/assets/{name}` of the bundled file that began as `stem` with `ending`.
pub(crate) fn path_of(stem: &str, ending: &str) -> Option<String> {
    let prefix = format!("{stem}-");
    FILES
        .iter()
        .map(|(name, ..)| *name)
        .find(|name| name.starts_with(&prefix) && name.ends_with(ending))
        .map(|name| format!("/assets/{name}"))
}

/// `GET /assets/{file}`
pub(crate) async fn show(call: Call) -> Result<Response, Refused> {
    let wanted = call.param("file")?;
    let Some((name, plain, zipped)) = FILES.iter().find(|(name, ..)| *name == wanted) else {
        return Err(Refused::NotFound);
    };
    let tag = format!("\"{name}\"");
    if call.header("if-none-match") == Some(tag.as_str()) {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    let gzip = call.header("accept-encoding").is_some_and(|accepted| accepted.contains("gzip"));
    let mut response = Response::new(Body::from(if gzip { *zipped } else { *plain }));
    let headers = response.headers_mut();
    if gzip {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind(name)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    Ok(response)
}

fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    }
}
