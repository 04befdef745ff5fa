//! Why a time is not offered: every reason at once, as facts, and who could and who could not.

use domain::{
    ResourceId, Span,
    catalog::{Count, HoursException, Need, Service},
};
use jiff::Timestamp;

use crate::{
    Reason, Unable,
    board::{Board, Lane},
    days, hours,
    inputs::{Inputs, Opening, Visit, VisitItem, Wish},
    openings,
    place::{self, Plan, can, claimed, kept, wished_role},
};

/// The opening at `start`, or every reason against it.
pub fn explain(inputs: &Inputs, visit: &Visit, start: Timestamp) -> Result<Opening, Vec<Reason>> {
    let mut reasons = rules(inputs, start);
    let Some(window) = Span::lasting(start, visit.minutes()) else {
        reasons.push(Reason::Nothing);
        return Err(reasons);
    };
    let board = Board::new(inputs, openings::padded(window, visit.minutes()));
    let at = start.as_second();
    // Between two seconds nothing begins: the grid has said so already.
    let opening = if board.startable.contains(at) { Plan::new(&board, visit).at(at) } else { None };
    match opening {
        Some(opening) if reasons.is_empty() => return Ok(opening),
        Some(_) => {}
        None => reasons.extend(against(&board, visit, window)),
    }
    Err(reasons)
}

/// One who could fill a role of a service, and what keeps them from it at a start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub service: String,
    pub role: String,
    pub resource: ResourceId,
    pub name: String,
    pub unable: Option<Unable>,
}

/// Everybody of the right kind for each role of the visit at `start`, in the order in which they would be asked.
pub fn candidates(inputs: &Inputs, visit: &Visit, start: Timestamp) -> Vec<Candidate> {
    let Some(window) = Span::lasting(start, visit.minutes()) else { return Vec::new() };
    let board = Board::new(inputs, openings::padded(window, visit.minutes()));
    let mut all = Vec::new();
    let mut at = start.as_second();
    for item in &visit.items {
        for need in &item.service.needs {
            let lanes = board.lanes.iter().filter(|lane| lane.resource.kind == need.kind);
            all.extend(lanes.map(|lane| Candidate {
                service: item.service.name.clone(),
                role: need.role.clone(),
                resource: lane.resource.id,
                name: lane.resource.name.clone(),
                unable: unable(lane, &item.service, at, need, visit.party),
            }));
        }
        at += i64::from(item.service.minutes()) * 60;
    }
    all
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
    if !days::is_on_grid(&inputs.zone, start, inputs.policy.grid_minutes) {
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
    let mut reasons = Vec::new();
    if let (false, Some(minute)) = (board.startable.contains(at), board.inputs.policy.latest_start_minute) {
        reasons.push(Reason::PastLatestStart { minute });
    }
    reasons.extend(board.customer.broken_by(at, end - at).cloned().map(Reason::CustomerLimit));
    if !board.location_open.covers(at, end) {
        reasons.push(Reason::PastClosing);
        return reasons;
    }
    let mut now = at;
    for item in &visit.items {
        reasons.extend(against_item(board, item, now, visit.party));
        now += i64::from(item.service.minutes()) * 60;
    }
    if reasons.is_empty() {
        // Each role alone could be filled, all of them together cannot.
        reasons.extend(visit.items.first().map(|item| Reason::AllTaken { service: item.service.name.clone() }));
    }
    reasons
}

fn against_item(board: &Board<'_>, item: &VisitItem, at: i64, party: u32) -> Vec<Reason> {
    let service = || item.service.name.clone();
    let wished = wished_role(board, item);
    let mut reasons: Vec<Reason> = Vec::new();
    for (role, need) in item.service.needs.iter().enumerate() {
        let able: Vec<&Lane<'_>> = board.lanes.iter().filter(|lane| can(lane.resource, need)).collect();
        let why = |lane: &Lane<'_>| unable(lane, &item.service, at, need, party);
        let Some(most) = able.iter().map(|lane| lane.resource.capacity).max() else {
            reasons.push(Reason::NobodyCan { service: service() });
            continue;
        };
        if matches!(need.count, Count::Seats | Count::Whole) && most < party {
            reasons.push(Reason::PartyTooLarge { service: service(), party, most });
            continue;
        }
        if let (Wish::Only(wish), true) = (&item.wish, wished == Some(role)) {
            match board.lanes.iter().find(|lane| lane.resource.id == *wish) {
                None => reasons.push(Reason::NobodyCan { service: service() }),
                Some(lane) => reasons.extend(why(lane).map(|why| {
                    let (resource, name) = (*wish, lane.resource.name.clone());
                    Reason::Wished { resource, name, why }
                })),
            }
        }
        let excluded = |lane: &Lane<'_>| match &item.wish {
            Wish::Not(not) => need.choosable && not.contains(&lane.resource.id),
            Wish::Any | Wish::Only(_) => false,
        };
        let free = able.iter().filter(|lane| !excluded(lane) && why(lane).is_none()).count();
        let short = match need.count {
            Count::All => {
                reasons.extend(able.iter().filter_map(|lane| {
                    let (resource, name) = (lane.resource.id, lane.resource.name.clone());
                    why(lane).map(|why| Reason::Needed { resource, name, why })
                }));
                false
            }
            Count::Several(number) => free < usize::try_from(number).unwrap_or(usize::MAX),
            Count::One | Count::Seats | Count::Whole => free == 0,
        };
        let all_taken = Reason::AllTaken { service: service() };
        // Who was wished for has been told already; that the others are taken too is no news.
        let told = reasons.iter().any(|reason| *reason == all_taken || matches!(reason, Reason::Wished { .. }));
        if short && !told {
            reasons.push(all_taken);
        }
    }
    reasons
}

fn unable(lane: &Lane<'_>, service: &Service, at: i64, need: &Need, party: u32) -> Option<Unable> {
    let end = at + i64::from(service.minutes()) * 60;
    let full = lane.full(place::units(need, lane.resource, party));
    let meets = |intervals: &crate::intervals::Intervals| {
        claimed(service, need, at).into_iter().any(|(from, to)| intervals.touches(from, to))
    };
    if !can(lane.resource, need) {
        Some(Unable::LacksSkill)
    } else if !lane.open.covers(at, end) {
        Some(Unable::NotWorking)
    } else if lane.blocked.touches(at, end) {
        Some(Unable::Blocked)
    } else if lane.unread {
        Some(Unable::Unread)
    } else if meets(&lane.away) {
        Some(Unable::Away)
    } else if meets(&full) {
        Some(Unable::Busy)
    } else if lane.allowance.broken_by(at, kept(service, need)).is_some() {
        Some(Unable::LimitReached)
    } else {
        None
    }
}

fn exception(inputs: &Inputs, at: Timestamp) -> Option<&HoursException> {
    let whole: Vec<&HoursException> = inputs.exceptions.iter().filter(|other| other.resource.is_none()).collect();
    hours::on(&whole, days::local_date(&inputs.zone, at))
}
