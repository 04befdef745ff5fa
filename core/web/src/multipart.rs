//! Forms that carry files, as browsers send them without script and `curl -F` does.

use bytes::Bytes;
use http::{HeaderMap, header};

use crate::{answer::Refused, call::invalid};

/// Named parts, in the order they came.
pub(crate) struct Multipart(Vec<(String, Bytes)>);

impl Multipart {
    /// `None` when the body is something else by its type.
    pub(crate) async fn read(headers: &HeaderMap, body: &Bytes) -> Result<Option<Self>, Refused> {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let Ok(boundary) = multer::parse_boundary(kind) else { return Ok(None) };
        let whole = body.clone();
        let stream = futures_util::stream::once(async move { Ok::<Bytes, std::convert::Infallible>(whole) });
        let mut form = multer::Multipart::new(stream, boundary);
        let unreadable = |error: multer::Error| invalid("body", &error.to_string());
        let mut parts = Vec::new();
        while let Some(part) = form.next_field().await.map_err(unreadable)? {
            let name = part.name().unwrap_or_default().to_owned();
            parts.push((name, part.bytes().await.map_err(unreadable)?));
        }
        Ok(Some(Self(parts)))
    }

    /// A file that was not chosen comes as an empty part.
    pub(crate) fn some(&self, name: &str) -> Option<&Bytes> {
        self.0.iter().find(|(key, bytes)| key == name && !bytes.is_empty()).map(|(_, bytes)| bytes)
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn typed(kind: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(kind))])
    }

    #[tokio::test]
    async fn files_are_taken_as_they_are_and_what_was_not_chosen_is_missing() {
        let body = "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"m\"\r\n\r\n\0a\r\n\r\n--b\r\n\
                    content-disposition: form-data; name=\"seal\"; filename=\"\"\r\n\r\n\r\n--b--\r\n";
        let headers = typed("multipart/form-data; boundary=b");
        let form = Multipart::read(&headers, &Bytes::from_static(body.as_bytes())).await.ok().flatten().unwrap();
        assert_eq!(form.some("file").map(|bytes| bytes.as_ref()), Some(&b"\0a\r\n"[..]));
        assert_eq!(form.some("seal"), None);
        assert_eq!(form.some("other"), None);
    }

    #[tokio::test]
    async fn a_form_that_breaks_off_is_refused_and_another_type_is_none() {
        let body = Bytes::from_static(b"--b\r\ncontent-disposition: form-data; name=\"file\"\r\n\r\nabc");
        assert!(Multipart::read(&typed("multipart/form-data; boundary=b"), &body).await.is_err());
        assert!(Multipart::read(&typed("application/json"), &body).await.is_ok_and(|form| form.is_none()));
    }
}
