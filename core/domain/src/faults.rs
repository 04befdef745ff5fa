//! Where the chaos harness may strike: points the code passes, and sabotage its checkers must catch.
//!
//! Invariant: nothing strikes unless a [`Faults`] was handed to the `Env`, which only builds with debug assertions
//! do, and only when the environment asks for it.

/// Steps between which a process may die.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// Webhooks are read, their rows not yet committed.
    ArrivalRead,
    /// Rows are on disk, the provider has no answer yet.
    ArrivalCommitted,
    LaneClaimed,
    /// What arrived is written down, nothing is planned.
    TurnTaken,
    /// The turn's transaction is complete but for its commit.
    TurnWritten,
    TurnCommitted,
    DepartureClaimed,
    /// `sending` is committed, no byte has left.
    SendingCommitted,
    /// The provider has answered, we have not written it down.
    ProviderAnswered,
    DepartureSettled,
    JobClaimed,
    /// The job did its work, its row does not say so.
    JobWorked,
    /// As [`Point::JobWorked`], of a reminder.
    Reminded,
}

impl Point {
    pub const ALL: [Self; 13] = [
        Self::ArrivalRead,
        Self::ArrivalCommitted,
        Self::LaneClaimed,
        Self::TurnTaken,
        Self::TurnWritten,
        Self::TurnCommitted,
        Self::DepartureClaimed,
        Self::SendingCommitted,
        Self::ProviderAnswered,
        Self::DepartureSettled,
        Self::JobClaimed,
        Self::JobWorked,
        Self::Reminded,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::ArrivalRead => "arrival_read",
            Self::ArrivalCommitted => "arrival_committed",
            Self::LaneClaimed => "lane_claimed",
            Self::TurnTaken => "turn_taken",
            Self::TurnWritten => "turn_written",
            Self::TurnCommitted => "turn_committed",
            Self::DepartureClaimed => "departure_claimed",
            Self::SendingCommitted => "sending_committed",
            Self::ProviderAnswered => "provider_answered",
            Self::DepartureSettled => "departure_settled",
            Self::JobClaimed => "job_claimed",
            Self::JobWorked => "job_worked",
            Self::Reminded => "reminded",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|point| point.as_str() == text)
    }
}

/// Ways to build it wrong on purpose. Each must be caught by the checker it is named beside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// I1: webhooks are answered before their rows are committed.
    AcknowledgeEarly,
    /// I2: what is found in `sending` is sent again without asking.
    ResendBlindly,
    /// I2: a message is marked as sent without being sent.
    ForgetToSend,
    /// I4: the newest message of a conversation leaves first.
    NewestFirst,
    /// I5: a reminder's cause is new each time its job runs.
    RemindAgain,
    /// I6: finished jobs are not marked as finished.
    ForgetJobs,
    /// I7: a holder writes though its lease is somebody else's.
    IgnoreLease,
    /// I10: every fifth lane is claimed and forgotten for good.
    Stall,
    /// I11: every seventh turn panics.
    Panic,
    /// I12: each webhook leaves a file open.
    LeaveOpen,
    /// I3, beside a database that lets claims overlap: nobody looks whether a slot is free before taking it.
    LookAway,
}

impl Sabotage {
    pub const ALL: [Self; 11] = [
        Self::AcknowledgeEarly,
        Self::ResendBlindly,
        Self::ForgetToSend,
        Self::NewestFirst,
        Self::RemindAgain,
        Self::ForgetJobs,
        Self::IgnoreLease,
        Self::Stall,
        Self::Panic,
        Self::LeaveOpen,
        Self::LookAway,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::AcknowledgeEarly => "acknowledge_early",
            Self::ResendBlindly => "resend_blindly",
            Self::ForgetToSend => "forget_to_send",
            Self::NewestFirst => "newest_first",
            Self::RemindAgain => "remind_again",
            Self::ForgetJobs => "forget_jobs",
            Self::IgnoreLease => "ignore_lease",
            Self::Stall => "stall",
            Self::Panic => "panic",
            Self::LeaveOpen => "leave_open",
            Self::LookAway => "look_away",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sabotage| sabotage.as_str() == text)
    }
}

/// Whoever strikes.
pub trait Faults: Send + Sync {
    /// The code is at `point`; may never return.
    fn pass(&self, point: Point);
    /// Whether to do it wrong here.
    fn sabotaged(&self, sabotage: Sabotage) -> bool;
}
