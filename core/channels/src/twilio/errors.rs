//! Twilio's error codes in the words all providers share.

use domain::delivery::{RefusalKind, SendFailure, Throttle};
use serde_json::Value;

use crate::answers;

/// What a code means when it comes with the answer to a send, or with a status later. `None`: try again.
pub(super) fn kind(code: i64) -> Option<RefusalKind> {
    Some(match code {
        20_429 | 14_107 | 30_001 | 63_012 | 63_018 | 63_038 => return None,
        63_016 => RefusalKind::WindowClosed,
        20_003 | 20_404 => RefusalKind::Unauthorised,
        20_005 | 21_212 | 21_606 | 21_608 | 21_659 | 63_007 | 63_013 | 63_020 | 63_051 | 63_112 => {
            RefusalKind::AccountProblem
        }
        21_211 | 21_214 | 21_610 | 21_614 | 30_003..=30_006 | 63_003 | 63_015 | 63_024 | 63_032 | 63_033 | 63_049 => {
            RefusalKind::Unreachable
        }
        21_655..=21_658 | 63_027 | 63_028 | 63_030 | 63_040..=63_042 | 92_000..=92_999 => RefusalKind::TemplateProblem,
        12_300 | 11_200 | 21_620 | 21_623 | 63_005 | 63_019 | 63_021 => RefusalKind::MediaProblem,
        20_001 | 20_422 | 21_602 | 21_603 | 21_604 | 21_617 | 21_619 => RefusalKind::BadRequest,
        _ => RefusalKind::Other,
    })
}

/// `{code, message, more_info, status}`.
pub(super) fn failure(status: u16, json: &Value, wait_seconds: Option<u32>) -> SendFailure {
    let code = json.get("code").and_then(Value::as_i64);
    let message = json.get("message").and_then(Value::as_str).map(str::to_owned);
    let reason = answers::told(&message.unwrap_or_else(|| format!("HTTP {status}")), 300);
    let Some(code) = code.filter(|_| status < 500) else {
        return answers::by_status(status, reason, wait_seconds, code);
    };
    match kind(code) {
        None if code == 14_107 => answers::throttled(reason, wait_seconds, Throttle::Recipient),
        None if code == 63_012 => answers::throttled(reason, wait_seconds, Throttle::No),
        None => answers::throttled(reason, wait_seconds, Throttle::Number),
        Some(RefusalKind::Other) => answers::by_status(status, reason, wait_seconds, Some(code)),
        Some(kind) => answers::refused(kind, Some(code), reason),
    }
}
