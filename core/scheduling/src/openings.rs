//! Every start that works in a window.

use domain::Span;
use jiff::{SignedDuration, Timestamp};

use crate::{
    board::Board,
    inputs::{Inputs, Opening, Visit},
    intervals::Sweep,
    place::Plan,
};

/// Starts in `window` at which `visit` fits, ascending, each with who and where.
///
/// `inputs` must hold what touches the window, a day before it, and the length of the visit and a day after it; where
/// limits are per week, the weeks of the window.
pub fn free_starts(inputs: &Inputs, visit: &Visit, window: Span) -> Vec<Opening> {
    Prepared::new(inputs, window, visit.minutes()).free_starts(visit, window)
}

/// Inputs made ready once, to ask for several visits: a list of services, or services by person.
pub struct Prepared<'a>(Board<'a>);

impl<'a> Prepared<'a> {
    /// For visits of at most `longest_minutes` that begin within `window`.
    pub fn new(inputs: &'a Inputs, window: Span, longest_minutes: u32) -> Self {
        Self(Board::new(inputs, padded(window, longest_minutes)))
    }

    /// As [`free_starts`]; `window` must lie within the one this was made for.
    pub fn free_starts(&self, visit: &Visit, window: Span) -> Vec<Opening> {
        self.each(visit, window).collect()
    }

    /// The first start in `window`, without working out the others.
    pub fn first(&self, visit: &Visit, window: Span) -> Option<Opening> {
        self.each(visit, window).next()
    }

    fn each<'s>(&'s self, visit: &'s Visit, window: Span) -> impl Iterator<Item = Opening> {
        let inputs = self.0.inputs;
        let window = bookable(inputs).and_then(|bookable| bookable.intersection(window));
        let window = window.filter(|_| visit.minutes() > 0);
        let plan = Plan::new(&self.0, visit);
        let starts = match window {
            Some(window) if !plan.is_hopeless() => {
                self.0.days.grid(ceiling(window.from()), ceiling(window.to()), inputs.policy.grid_minutes)
            }
            Some(_) | None => Vec::new(),
        };
        let open = Sweep::new(self.0.startable.clone());
        starts.into_iter().filter(move |start| open.contains(*start)).filter_map(move |start| plan.at(start))
    }
}

/// From now plus notice to the horizon.
fn bookable(inputs: &Inputs) -> Option<Span> {
    Span::new(earliest(inputs)?, latest(inputs)?)
}

pub(crate) fn earliest(inputs: &Inputs) -> Option<Timestamp> {
    inputs.now.checked_add(SignedDuration::from_mins(i64::from(inputs.policy.notice_minutes))).ok()
}

pub(crate) fn latest(inputs: &Inputs) -> Option<Timestamp> {
    inputs.now.checked_add(SignedDuration::from_hours(i64::from(inputs.policy.horizon_days) * 24)).ok()
}

pub(crate) fn padded(window: Span, longest_minutes: u32) -> Span {
    window.padded(0, longest_minutes.saturating_add(1_440)).unwrap_or(window)
}

/// The first whole second that is not before `at`.
fn ceiling(at: Timestamp) -> i64 {
    at.as_second() + i64::from(at.subsec_nanosecond() > 0)
}
