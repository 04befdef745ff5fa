//! The life of an outgoing message: our side (outbox) and the provider's side (ticks).

use serde::{Deserialize, Serialize};

/// What the provider reported, in rank order: a report of lower rank changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ticks {
    Queued,
    Sent,
    Failed,
    Delivered,
    Read,
    Played,
}

impl Ticks {
    pub const ALL: [Self; 6] = [Self::Queued, Self::Sent, Self::Failed, Self::Delivered, Self::Read, Self::Played];

    /// The later of two reports that came in any order: forward only, and a failure never undoes a delivery.
    pub fn merged(self, report: Self) -> Self {
        self.max(report)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Played => "played",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ticks| ticks.as_str() == text)
    }
}

/// Our side: `queued → claimed → sending → sent | failed | parked | expired`.
///
/// `Sending` is committed before the first byte leaves, so only `Queued` and `Claimed` may be re-run freely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutboxState {
    Queued,
    Claimed,
    Sending,
    Sent,
    Failed,
    /// Nobody can know whether it left; a member decides.
    Parked,
    /// Its time passed before it could be sent.
    Expired,
}

impl OutboxState {
    pub const ALL: [Self; 7] =
        [Self::Queued, Self::Claimed, Self::Sending, Self::Sent, Self::Failed, Self::Parked, Self::Expired];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Claimed => "claimed",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Parked => "parked",
            Self::Expired => "expired",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    pub fn is_final(self) -> bool {
        matches!(self, Self::Sent | Self::Failed | Self::Expired)
    }
}

/// What an ambiguous send turns into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryClass {
    /// Confirmations, reminders: rather twice than not at all.
    NeverLost,
    /// One-time codes, payments, marketing: rather parked than twice.
    NeverDoubled,
}

/// How a send ended when it did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendFailure {
    /// Nothing left this machine, or the provider refused for now: retry freely, after `wait_seconds` if told.
    #[error("not sent ({reason})")]
    NotSent { reason: String, wait_seconds: Option<u32>, throttled: Throttle },
    /// The first byte may have left and no answer came: only a status or the class decides.
    #[error("unknown whether sent ({reason})")]
    Ambiguous { reason: String },
    /// The provider will never take this message.
    #[error("refused: {kind:?} ({reason})")]
    Refused { kind: RefusalKind, code: Option<i64>, reason: String },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Throttle {
    No,
    /// The whole number is too fast.
    Number,
    /// This customer got too much too fast.
    Recipient,
}

/// Why a provider refuses for good; its own words stay beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalKind {
    /// More than 24 hours since the customer wrote: only a template goes.
    WindowClosed,
    /// Token expired or revoked: the channel must be linked again.
    Unauthorised,
    /// Account blocked, display name or billing missing.
    AccountProblem,
    /// Not on WhatsApp, blocked us, or opted out.
    Unreachable,
    /// Template missing, paused, or with wrong parameters.
    TemplateProblem,
    MediaProblem,
    /// Our request was malformed: a bug.
    BadRequest,
    Other,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_only_move_forward_whatever_the_order_of_reports() {
        let arrive = |reports: &[Ticks]| reports.iter().fold(Ticks::Queued, |now, report| now.merged(*report));
        assert_eq!(arrive(&[Ticks::Read, Ticks::Delivered, Ticks::Sent]), Ticks::Read);
        assert_eq!(arrive(&[Ticks::Delivered, Ticks::Failed]), Ticks::Delivered);
        assert_eq!(arrive(&[Ticks::Sent, Ticks::Failed]), Ticks::Failed);
    }
}
