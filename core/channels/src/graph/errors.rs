//! What an unsuccessful send means: not sent, refused for good, or nobody knows.

use domain::delivery::{RefusalKind, SendFailure, Throttle};
use serde_json::Value;

/// Failures before the first byte of the body are certain; everything later is not.
pub(super) fn transport(error: &reqwest::Error) -> SendFailure {
    let reason = error.to_string();
    if error.is_connect() || error.is_builder() {
        SendFailure::NotSent {
            reason: "the provider could not be reached".to_owned(),
            wait_seconds: None,
            throttled: Throttle::No,
        }
    } else if error.is_timeout() {
        SendFailure::Ambiguous { reason: "no answer in time".to_owned() }
    } else {
        SendFailure::Ambiguous { reason: reason.chars().take(80).collect() }
    }
}

pub(super) fn retry_after(headers: &reqwest::header::HeaderMap) -> Option<u32> {
    headers.get("retry-after")?.to_str().ok()?.trim().parse().ok()
}

/// An answer that is not JSON.
pub(super) fn unreadable(status: u16, wait_seconds: Option<u32>) -> SendFailure {
    match status {
        429 => SendFailure::NotSent { reason: "429".to_owned(), wait_seconds, throttled: Throttle::Number },
        400..=499 => {
            SendFailure::Refused { kind: RefusalKind::BadRequest, code: None, reason: format!("HTTP {status}") }
        }
        _ => SendFailure::Ambiguous { reason: format!("HTTP {status} with an unreadable body") },
    }
}

/// Graph's error object: `code` decides, `details` (or the message) is what people are shown.
pub(super) fn graph(status: u16, json: &Value, wait_seconds: Option<u32>) -> SendFailure {
    let code = json.pointer("/error/code").and_then(Value::as_i64);
    let text = |path: &str| json.pointer(path).and_then(Value::as_str).map(str::to_owned);
    let reason = text("/error/error_data/details")
        .or_else(|| text("/error/message"))
        .unwrap_or_else(|| format!("HTTP {status}"));
    let reason: String = reason.chars().take(300).collect();
    let wait = |throttled| SendFailure::NotSent { reason: reason.clone(), wait_seconds, throttled };
    let kind = match code {
        Some(4 | 80_007 | 130_429) => return wait(Throttle::Number),
        Some(131_056) => return wait(Throttle::Recipient),
        Some(131_016 | 131_057 | 133_004) => return wait(Throttle::No),
        Some(0 | 190) => RefusalKind::Unauthorised,
        Some(3 | 10 | 200..=299 | 368 | 131_005 | 131_031 | 131_037 | 131_042 | 131_045 | 131_048 | 131_064) => {
            RefusalKind::AccountProblem
        }
        Some(131_047) => RefusalKind::WindowClosed,
        Some(130_472 | 130_497 | 131_021 | 131_026 | 131_030 | 131_049 | 131_050 | 131_062) => RefusalKind::Unreachable,
        Some(132_000..=132_999) => RefusalKind::TemplateProblem,
        Some(131_051..=131_053) => RefusalKind::MediaProblem,
        Some(100 | 131_008 | 131_009) => RefusalKind::BadRequest,
        Some(131_000 | 135_000) => return SendFailure::Ambiguous { reason },
        Some(_) | None if status == 429 => return wait(Throttle::Number),
        Some(_) | None if status >= 500 => return SendFailure::Ambiguous { reason },
        Some(_) | None => RefusalKind::Other,
    };
    SendFailure::Refused { kind, code, reason }
}
