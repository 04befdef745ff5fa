//! What belongs to one running call: its grants, its desk, and the budgets that every question to the host spends.

use std::sync::Arc;

use domain::{
    plan::Limits,
    vertical::{Desk, DeskError, covers},
};
use jiff::{Timestamp, tz::TimeZone};

use crate::{
    budget::Counted,
    home::{Payer, at_home},
    host::Question,
    limits::Meter,
};

/// Bytes of a log line.
const LINE: usize = 1_024;

/// State of a store.
pub(crate) struct Call {
    pub(crate) meter: Meter,
    pub(crate) now: Timestamp,
    pub(crate) zone: TimeZone,
    desk: Arc<Counted>,
    grants: Vec<String>,
    module: String,
    function: &'static str,
    calls_left: u32,
    lines_left: u32,
    left: Left,
    /// The guest's own last words, when it panicked.
    pub(crate) last_words: Option<String>,
}

/// The guest asked more often than it may.
#[derive(Debug, thiserror::Error)]
#[error("host call budget")]
pub(crate) struct OverBudget;

/// What is asked, each with a budget of its own within the budget of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asking {
    Calendar,
    Bookings,
    Reading,
    Writing,
    Knowledge,
    Web,
}

struct Left {
    calendar: u32,
    bookings: u32,
    reading: u32,
    writing: u32,
    knowledge: u32,
    web: u32,
}

impl Call {
    pub(crate) fn new(limits: &Limits, question: &Question<'_>, payer: Payer) -> Self {
        Self {
            meter: Meter::new(limits),
            now: question.now,
            zone: question.zone.clone(),
            desk: Arc::new(Counted::new(at_home(Arc::clone(&question.desk), payer), limits.host_bytes)),
            grants: question.activated.grants.clone(),
            module: question.activated.module.clone(),
            function: question.function,
            calls_left: limits.host_calls,
            lines_left: limits.log_lines,
            left: Left { calendar: 32, bookings: 32, reading: 64, writing: 16, knowledge: 8, web: 2 },
            last_words: None,
        }
    }

    /// Counts a question of any kind; past the budget of all the guest is stopped.
    pub(crate) fn count(&mut self) -> wasmtime::Result<()> {
        self.calls_left = self.calls_left.checked_sub(1).ok_or(OverBudget)?;
        Ok(())
    }

    /// Questions to the host so far.
    pub(crate) fn asked(&self, limits: &Limits) -> u32 {
        limits.host_calls.saturating_sub(self.calls_left)
    }

    /// Bytes of these questions and their answers so far.
    pub(crate) fn passed(&self, limits: &Limits) -> usize {
        limits.host_bytes.saturating_sub(self.desk.left())
    }

    /// The one place where a capability is granted or not, before anything happens. Denial is an answer, never a trap.
    pub(crate) fn authorised(
        &mut self,
        asking: Asking,
        capability: &str,
        target: Option<&str>,
    ) -> Result<Arc<dyn Desk>, DeskError> {
        if !self.grants.iter().any(|grant| covers(grant, capability, target)) {
            return Err(DeskError::Denied(match target {
                Some(target) => format!("{capability}:{target}"),
                None => capability.to_owned(),
            }));
        }
        let left = match asking {
            Asking::Calendar => &mut self.left.calendar,
            Asking::Bookings => &mut self.left.bookings,
            Asking::Reading => &mut self.left.reading,
            Asking::Writing => &mut self.left.writing,
            Asking::Knowledge => &mut self.left.knowledge,
            Asking::Web => &mut self.left.web,
        };
        *left = left.checked_sub(1).ok_or(DeskError::Quota("questions of this kind in one call"))?;
        Ok(Arc::<Counted>::clone(&self.desk))
    }

    /// Whether this call may wait for other servers: what it answers is used once. Prices and verdicts are asked for again
    /// and must come out the same.
    pub(crate) fn may_wait(&self) -> bool {
        matches!(self.function, "call-tool" | "step" | "on-event")
    }

    pub(crate) fn log(&mut self, level: &str, line: &str) {
        let Some(left) = self.lines_left.checked_sub(1) else { return };
        self.lines_left = left;
        let line: String = line.chars().filter(|letter| !letter.is_control()).take(LINE).collect();
        match level {
            "debug" => tracing::debug!(module = %self.module, line, "module log"),
            "warn" => tracing::warn!(module = %self.module, line, "module log"),
            "error" => {
                tracing::error!(module = %self.module, line, "module log");
                self.last_words = Some(line);
            }
            _ => tracing::info!(module = %self.module, line, "module log"),
        }
    }
}
