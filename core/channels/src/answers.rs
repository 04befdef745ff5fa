//! What an unsuccessful exchange means for any provider: not sent, refused for good, or nobody knows.

use domain::delivery::{RefusalKind, SendFailure, Throttle};

/// Failures before the first byte of the body are certain; everything later is not.
pub(crate) fn transport(error: &reqwest::Error) -> SendFailure {
    if error.is_connect() || error.is_builder() {
        not_sent("the provider could not be reached")
    } else if error.is_timeout() {
        SendFailure::Ambiguous { reason: "no answer in time".to_owned() }
    } else {
        // Without its URL: paths carry account and instance names.
        SendFailure::Ambiguous { reason: told(&error.to_string(), 80) }
    }
}

pub(crate) fn retry_after(headers: &reqwest::header::HeaderMap) -> Option<u32> {
    headers.get("retry-after")?.to_str().ok()?.trim().parse().ok()
}

/// An answer that is not JSON.
pub(crate) fn unreadable(status: u16, wait_seconds: Option<u32>) -> SendFailure {
    match status {
        429 => throttled("429".to_owned(), wait_seconds, Throttle::Number),
        401 | 403 => refused(RefusalKind::Unauthorised, None, format!("HTTP {status}")),
        400..=499 => refused(RefusalKind::BadRequest, None, format!("HTTP {status}")),
        _ => SendFailure::Ambiguous { reason: format!("HTTP {status} with an unreadable body") },
    }
}

/// By status alone, where the provider gave no code that we know.
pub(crate) fn by_status(status: u16, reason: String, wait_seconds: Option<u32>, code: Option<i64>) -> SendFailure {
    match status {
        429 => throttled(reason, wait_seconds, Throttle::Number),
        401 | 403 => refused(RefusalKind::Unauthorised, code, reason),
        402 => refused(RefusalKind::AccountProblem, code, reason),
        408 | 500..=599 => SendFailure::Ambiguous { reason },
        _ => refused(RefusalKind::Other, code, reason),
    }
}

pub(crate) fn not_sent(reason: &str) -> SendFailure {
    SendFailure::NotSent { reason: reason.to_owned(), wait_seconds: None, throttled: Throttle::No }
}

pub(crate) fn throttled(reason: String, wait_seconds: Option<u32>, throttled: Throttle) -> SendFailure {
    SendFailure::NotSent { reason, wait_seconds, throttled }
}

pub(crate) fn refused(kind: RefusalKind, code: Option<i64>, reason: impl Into<String>) -> SendFailure {
    SendFailure::Refused { kind, code, reason: reason.into() }
}

/// Reasons are shown to people: one line, cut, without control characters.
pub(crate) fn told(reason: &str, most: usize) -> String {
    reason.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(most).collect()
}
