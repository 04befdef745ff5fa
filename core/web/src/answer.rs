//! How a request ends when it does not end well: a page, a fragment or problem+json, by the route's kind.

use app::view::{AppError, NotBookable};
use axum::{
    body::Body,
    response::{IntoResponse as _, Response},
};
use domain::Language;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::json;
use templates::pages::{Page, PageBroken};

use crate::desk::{Desk, Frame};

/// Why a request is not answered as asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    #[error(transparent)]
    App(#[from] AppError),
    #[error("there is no such thing here")]
    NotFound,
    /// Nobody is logged in: pages lead to the login page.
    #[error("log in first")]
    LogIn,
    #[error("this is not allowed")]
    Forbidden,
    #[error("the body is larger than this route takes")]
    TooLarge,
    #[error(transparent)]
    Page(#[from] PageBroken),
}

/// What the clients of a route read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    Html,
    Json,
    /// Providers: the status alone counts.
    Plain,
}

impl Refused {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::App(AppError::NotFound) | Self::NotFound => StatusCode::NOT_FOUND,
            Self::App(AppError::Denied) | Self::LogIn => StatusCode::UNAUTHORIZED,
            Self::App(AppError::Invalid { .. } | AppError::KeyReused) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::App(AppError::NotBookable(_) | AppError::SeriesConflicts(_) | AppError::Stale) => {
                StatusCode::CONFLICT
            }
            Self::App(AppError::TooMany { .. }) => StatusCode::TOO_MANY_REQUESTS,
            Self::App(AppError::Unavailable { .. }) => StatusCode::SERVICE_UNAVAILABLE,
            Self::App(AppError::Broken(_)) | Self::Page(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        }
    }

    fn retry_after(&self) -> Option<u32> {
        let Self::App(AppError::TooMany { retry_after_seconds } | AppError::Unavailable { retry_after_seconds }) = self
        else {
            return None;
        };
        Some(*retry_after_seconds)
    }

    /// Stable word for programs.
    fn code(&self) -> &'static str {
        match self {
            Self::App(AppError::NotFound) | Self::NotFound => "not_found",
            Self::App(AppError::Denied) | Self::LogIn => "unauthenticated",
            Self::App(AppError::Invalid { .. }) => "invalid",
            Self::App(AppError::KeyReused) => "idempotency_key_reused",
            Self::App(AppError::NotBookable(_)) => "not_bookable",
            Self::App(AppError::SeriesConflicts(_)) => "series_conflicts",
            Self::App(AppError::Stale) => "stale",
            Self::App(AppError::TooMany { .. }) => "too_many_requests",
            Self::App(AppError::Unavailable { .. }) => "unavailable",
            Self::App(AppError::Broken(_)) | Self::Page(_) => "broken",
            Self::Forbidden => "forbidden",
            Self::TooLarge => "too_large",
        }
    }

    /// The one line a person in front of a form should read.
    pub(crate) fn told(&self) -> String {
        if let Self::App(AppError::NotBookable(why)) = self { reasons(why) } else { self.to_string() }
    }

    /// The whole answer. Logs what is our own fault, once, here.
    pub(crate) fn answer(&self, desk: &Desk, answers: Answers, language: Language, request_id: &str) -> Response {
        let status = self.status();
        if status.is_server_error() {
            tracing::error!(request_id, status = status.as_u16(), cause = %chain(self), "a request failed");
        }
        let mut response = match answers {
            Answers::Json => self.problem(request_id),
            Answers::Plain => (status, self.code()).into_response(),
            Answers::Html => self.page(desk, language, request_id),
        };
        *response.status_mut() = status;
        if let Some(value) = self.retry_after().and_then(|seconds| HeaderValue::from_str(&seconds.to_string()).ok()) {
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
        response
    }

    /// RFC 9457.
    fn problem(&self, request_id: &str) -> Response {
        let mut problem = json!({
            "type": format!("urn:frontdesk:problem:{}", self.code()),
            "title": self.to_string(),
            "status": self.status().as_u16(),
            "code": self.code(),
            "request_id": request_id,
        });
        match (self, problem.as_object_mut()) {
            (Self::App(AppError::NotBookable(why)), Some(fields)) => {
                fields.insert("reasons".to_owned(), json!(why.reasons));
                fields.insert("alternatives".to_owned(), json!(why.alternatives));
            }
            (Self::App(AppError::SeriesConflicts(plan)), Some(fields)) => {
                fields.insert("plan".to_owned(), json!(plan));
            }
            (Self::App(AppError::Invalid { field, reason }), Some(fields)) => {
                fields.insert("errors".to_owned(), json!([{"field": field, "reason": reason}]));
            }
            _ => {}
        }
        let mut response = json_response(&problem);
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response
    }

    fn page(&self, desk: &Desk, language: Language, request_id: &str) -> Response {
        let frame = desk.bare_frame(language, "");
        let t = frame.t;
        let (heading, next) = match self.status().as_u16() {
            401 | 403 => (t.error_403, t.error_403_next),
            404 => (t.error_404, t.error_404_next),
            409 => (t.error_409, t.error_409_next),
            413 | 422 => (t.error_422, t.error_422_next),
            429 => (t.error_429, t.error_429_next),
            503 => (t.error_503, t.error_503_next),
            _ => (t.error_500, t.error_500_next),
        };
        let ours = matches!(self, Self::App(AppError::Invalid { .. } | AppError::NotBookable(_)));
        let detail = if ours { self.told() } else { String::new() };
        let page = ErrorPage {
            frame: Frame { title: heading.to_owned(), ..frame },
            status: self.status().as_u16(),
            heading,
            next,
            detail,
            reference: request_id.to_owned(),
        };
        desk.html(&page).unwrap_or_else(|_broken| (self.status(), heading).into_response())
    }
}

/// Any of the error pages.
#[derive(Debug, Serialize)]
pub(crate) struct ErrorPage {
    pub(crate) frame: Frame,
    pub(crate) status: u16,
    pub(crate) heading: &'static str,
    pub(crate) next: &'static str,
    pub(crate) detail: String,
    pub(crate) reference: String,
}

impl Page for ErrorPage {
    const TEMPLATE: &'static str = "error.html";
}

pub(crate) fn reasons(why: &NotBookable) -> String {
    why.reasons.iter().map(|reason| reason.text.as_str()).collect::<Vec<_>>().join(" ")
}

pub(crate) fn json_response(value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(bytes) => {
            let mut response = Response::new(Body::from(bytes));
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(_unserialisable) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

pub(crate) fn redirect(to: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(to) = HeaderValue::from_str(to) {
        response.headers_mut().insert(header::LOCATION, to);
    }
    response
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
