//! Why a time is not offered: every reason at once, as facts.

use domain::{
    ResourceId, Span,
    catalog::{HoursException, Service},
};
use jiff::Timestamp;

use crate::{
    grid, hours,
    inputs::{Inputs, Opening, Visit, VisitItem, Wish},
    openings,
    place::{Board, Lane, can, claimed},
};

/// One reason against a start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    Past,
    /// Closer than the notice the tenant asks for.
    TooSoon {
        minutes: u32,
    },
    TooFar {
        days: u32,
    },
    OffGrid {
        minutes: u32,
    },
    /// The location is closed then; with the reason of the exception, if there is one.
    Closed {
        because: Option<String>,
    },
    /// Would run past closing.
    PastClosing,
    /// Nobody here does this at all.
    NobodyCan {
        service: String,
    },
    /// The wished one cannot, and why.
    Wished {
        resource: ResourceId,
        name: String,
        why: Unable,
    },
    /// Everybody who could is taken or away.
    AllTaken {
        service: String,
    },
}

/// Why one resource cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unable {
    LacksSkill,
    NotWorking,
    Blocked,
    Busy,
}

/// The opening at `start`, or every reason against it.
pub fn explain(inputs: &Inputs, visit: &Visit, start: Timestamp) -> Result<Opening, Vec<Reason>> {
    let mut reasons = rules(inputs, start);
    let Some(window) = Span::lasting(start, visit.minutes().max(1)) else { return Err(reasons) };
    let board = Board::new(inputs, openings::padded(window, visit));
    let at = start.as_second();
    match board.place(visit, at) {
        Some(opening) if reasons.is_empty() => return Ok(opening),
        Some(_) => {}
        None => reasons.extend(against(&board, visit, window)),
    }
    Err(reasons)
}

fn rules(inputs: &Inputs, start: Timestamp) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if start < inputs.now {
        reasons.push(Reason::Past);
    } else if openings::earliest(inputs).is_some_and(|earliest| start < earliest) {
        reasons.push(Reason::TooSoon { minutes: inputs.policy.notice_minutes });
    }
    if openings::latest(inputs).is_none_or(|latest| start >= latest) {
        reasons.push(Reason::TooFar { days: inputs.policy.horizon_days });
    }
    if !grid::is_on_grid(&inputs.zone, start, inputs.policy.grid_minutes) {
        reasons.push(Reason::OffGrid { minutes: inputs.policy.grid_minutes });
    }
    reasons
}

fn against(board: &Board<'_>, visit: &Visit, window: Span) -> Vec<Reason> {
    let (at, end) = (window.from().as_second(), window.to().as_second());
    if !board.location_open.contains(at) {
        return vec![Reason::Closed {
            because: exception(board.inputs, window.from()).map(|exception| exception.reason.clone()),
        }];
    }
    if !board.location_open.covers(at, end) {
        return vec![Reason::PastClosing];
    }
    let mut now = at;
    let mut reasons = Vec::new();
    for item in &visit.items {
        reasons.extend(against_item(board, item, now));
        now += i64::from(item.service.minutes()) * 60;
    }
    if reasons.is_empty() {
        // Each service alone would fit, all of them together do not.
        reasons.extend(visit.items.first().map(|item| Reason::AllTaken { service: item.service.name.clone() }));
    }
    reasons
}

fn against_item(board: &Board<'_>, item: &VisitItem, at: i64) -> Option<Reason> {
    for need in &item.service.needs {
        let able: Vec<&Lane<'_>> = board.lanes.iter().filter(|lane| can(lane.resource, need)).collect();
        if able.is_empty() {
            return Some(Reason::NobodyCan { service: item.service.name.clone() });
        }
        if let (Wish::Only(wish), true) = (&item.wish, need.choosable) {
            let Some(lane) = board.lanes.iter().find(|lane| lane.resource.id == *wish) else {
                return Some(Reason::NobodyCan { service: item.service.name.clone() });
            };
            let why =
                if can(lane.resource, need) { unable(lane, &item.service, at, need) } else { Some(Unable::LacksSkill) };
            if let Some(why) = why {
                return Some(Reason::Wished { resource: *wish, name: lane.resource.name.clone(), why });
            }
        } else if able.iter().all(|lane| unable(lane, &item.service, at, need).is_some()) {
            return Some(Reason::AllTaken { service: item.service.name.clone() });
        }
    }
    None
}

fn unable(lane: &Lane<'_>, service: &Service, at: i64, need: &domain::catalog::Need) -> Option<Unable> {
    let end = at + i64::from(service.minutes()) * 60;
    if !lane.open.covers(at, end) {
        Some(Unable::NotWorking)
    } else if lane.blocked.touches(at, end) {
        Some(Unable::Blocked)
    } else if claimed(service, need, at).into_iter().any(|(from, to)| lane.full.touches(from, to)) {
        Some(Unable::Busy)
    } else {
        None
    }
}

fn exception(inputs: &Inputs, at: Timestamp) -> Option<&HoursException> {
    hours::exception_on(&inputs.exceptions, None, grid::local_date(&inputs.zone, at))
}
