//! Graph's error codes in the words all providers share.

use domain::delivery::{RefusalKind, SendFailure, Throttle};
use serde_json::Value;

use crate::answers;

/// What a code means for a message, whether it comes with the answer or with a status later.
enum Meaning {
    Wait(Throttle),
    /// Meta itself does not know what became of it.
    Unknown,
    Refused(RefusalKind),
    /// Not in our table: the HTTP status decides.
    Unlisted,
}

fn meaning(code: i64) -> Meaning {
    use Meaning::{Refused, Unknown, Unlisted, Wait};
    match code {
        4 | 80_007 | 130_429 => Wait(Throttle::Number),
        131_056 => Wait(Throttle::Recipient),
        131_016 | 131_057 | 132_069 | 133_004 => Wait(Throttle::No),
        131_000 | 135_000 => Unknown,
        0 | 190 => Refused(RefusalKind::Unauthorised),
        3
        | 10
        | 200..=299
        | 368
        | 130_497
        | 131_005
        | 131_031
        | 131_037
        | 131_042
        | 131_045
        | 131_048
        | 131_063
        | 131_064
        | 133_000..=133_003
        | 133_005..=133_999 => Refused(RefusalKind::AccountProblem),
        131_047 => Refused(RefusalKind::WindowClosed),
        130_472 | 131_021 | 131_026 | 131_030 | 131_049 | 131_050 | 131_062 | 137_000 => {
            Refused(RefusalKind::Unreachable)
        }
        132_000..=132_999 | 2_388_000..=2_388_999 => Refused(RefusalKind::TemplateProblem),
        131_051..=131_053 => Refused(RefusalKind::MediaProblem),
        33 | 100 | 131_008 | 131_009 => Refused(RefusalKind::BadRequest),
        _ => Unlisted,
    }
}

/// For a status that says "failed": it was tried, and this is why it did not arrive.
pub(super) fn kind(code: i64) -> RefusalKind {
    match meaning(code) {
        Meaning::Refused(kind) => kind,
        Meaning::Wait(_) | Meaning::Unknown | Meaning::Unlisted => RefusalKind::Other,
    }
}

/// Graph's error object: `code` decides, `details` (or the message) is what people are shown.
pub(super) fn failure(status: u16, json: &Value, wait_seconds: Option<u32>) -> SendFailure {
    let code = json.pointer("/error/code").and_then(Value::as_i64);
    let text = |path: &str| json.pointer(path).and_then(Value::as_str).map(str::to_owned);
    let words =
        ["/error/error_data/details", "/error/error_user_msg", "/error/message"].iter().find_map(|path| text(path));
    let reason = answers::told(&words.unwrap_or_else(|| format!("HTTP {status}")), 300);
    let passing = json.pointer("/error/is_transient").and_then(Value::as_bool) == Some(true) && status < 500;
    match code.map_or(Meaning::Unlisted, meaning) {
        Meaning::Wait(throttle) => answers::throttled(reason, wait_seconds, throttle),
        Meaning::Unknown => SendFailure::Ambiguous { reason },
        Meaning::Refused(kind) => answers::refused(kind, code, reason),
        Meaning::Unlisted if passing => answers::throttled(reason, wait_seconds, Throttle::No),
        Meaning::Unlisted => answers::by_status(status, reason, wait_seconds, code),
    }
}
