//! Every start that works in a window.

use domain::Span;
use jiff::{SignedDuration, Timestamp};

use crate::{
    grid,
    inputs::{Inputs, Opening, Visit},
    place::Board,
};

/// Starts in `window` at which `visit` fits, ascending, each with who and where.
///
/// `inputs` must hold what touches the window and the length of the visit after it.
pub fn free_starts(inputs: &Inputs, visit: &Visit, window: Span) -> Vec<Opening> {
    let Some(window) = bookable(inputs).and_then(|bookable| bookable.intersection(window)) else { return Vec::new() };
    if visit.items.is_empty() || visit.minutes() == 0 {
        return Vec::new();
    }
    let board = Board::new(inputs, padded(window, visit));
    let starts = grid::starts(&inputs.zone, window, inputs.policy.grid_minutes);
    let open = starts.into_iter().filter(|start| board.location_open.contains(*start));
    open.filter_map(|start| board.place(visit, start)).collect()
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

pub(crate) fn padded(window: Span, visit: &Visit) -> Span {
    window.padded(0, visit.minutes().saturating_add(1_440)).unwrap_or(window)
}
