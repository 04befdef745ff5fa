//! Whether a visit fits at one start, and with which resources.
//!
//! For each role of each service and each resource that could fill it, the starts at which it can are worked out once
//! as intervals; a start is then a matter of looking them up. Resources are tried in order of fairness, after whoever
//! already does the visit's previous service; where roles compete for the same resources, nobody is left without one
//! if there is any way to fill all roles.

use domain::{
    ResourceId, Span,
    booking::{BookingItem, Claim},
    catalog::{Count, Need, Resource, Service},
};
use jiff::Timestamp;

use crate::{
    board::{Board, Lane},
    inputs::{Opening, Visit, VisitItem, Wish},
    intervals::{Interval, Intervals, Sweep},
};

/// A visit made ready for a board: ask it for one start after the other.
pub(crate) struct Plan<'b> {
    board: &'b Board<'b>,
    items: Vec<Item<'b>>,
    party: u32,
    /// Starts at which the customer has no more room.
    refused: Sweep,
}

struct Item<'b> {
    service: &'b Service,
    /// Seconds after the start of the visit.
    offset: i64,
    seconds: i64,
    roles: Vec<Role<'b>>,
    /// One per resource that is needed.
    slots: Vec<Slot>,
}

struct Role<'b> {
    need: &'b Need,
    /// In the order in which they are asked.
    candidates: Vec<Candidate>,
}

struct Candidate {
    lane: usize,
    /// Starts of the visit at which it can.
    starts: Sweep,
}

#[derive(Clone, Copy)]
struct Slot {
    role: usize,
    /// Nobody else will do.
    only: Option<usize>,
}

/// Who fills which slot.
type Assigned = Vec<(usize, usize)>;

impl<'b> Plan<'b> {
    pub(crate) fn new(board: &'b Board<'b>, visit: &'b Visit) -> Self {
        let mut offset = 0;
        let mut items = Vec::with_capacity(visit.items.len());
        for item in &visit.items {
            items.push(Item::new(board, item, offset, visit.party));
            offset += seconds_of(item.service.minutes());
        }
        Self { board, items, party: visit.party, refused: Sweep::new(board.customer.closed(offset)) }
    }

    /// No start will ever do.
    pub(crate) fn is_hopeless(&self) -> bool {
        let unfilled = |item: &Item<'_>| {
            item.slots.iter().any(|slot| !item.candidates(*slot).any(|candidate| !candidate.starts.is_empty()))
        };
        self.items.iter().any(unfilled)
    }

    /// The visit at `start`, or `None`. Knows nothing of notice, horizon and grid.
    pub(crate) fn at(&self, start: i64) -> Option<Opening> {
        if self.refused.contains(start) {
            return None;
        }
        let mut items = Vec::with_capacity(self.items.len());
        let (mut previous, mut worked): (Vec<usize>, Vec<(usize, i64)>) = (Vec::new(), Vec::new());
        let mut end = start;
        for item in &self.items {
            let assigned = self.choose(item, start, &previous, &worked)?;
            let at = start + item.offset;
            end = at + item.seconds;
            previous.clear();
            let mut claims = Vec::with_capacity(assigned.len());
            for (lane, slot) in assigned {
                let role = item.slots.get(slot).and_then(|slot| item.roles.get(slot.role))?;
                let lane_of = self.board.lanes.get(lane)?;
                previous.push(lane);
                worked.push((lane, kept(item.service, role.need)));
                claims.push(claim(item.service, role.need, lane_of.resource, at, self.party)?);
            }
            items.push(BookingItem {
                service: item.service.id,
                name: item.service.name.clone(),
                span: span(at, end)?,
                claims,
            });
        }
        part(&mut items);
        Some(Opening { span: span(start, end)?, items })
    }

    /// A resource for every slot of the item, none twice; in the order of the slots.
    fn choose(&self, item: &Item<'_>, start: i64, previous: &[usize], worked: &[(usize, i64)]) -> Option<Assigned> {
        let fits = |slot: Slot, candidate: &Candidate| {
            candidate.starts.contains(start) && self.has_room(item, slot, candidate.lane, start, worked)
        };
        let mut assigned: Assigned = Vec::with_capacity(item.slots.len());
        for slot in 0..item.slots.len() {
            if !assign(item, slot, previous, &fits, &mut assigned, &mut Vec::new()) {
                return None;
            }
        }
        assigned.sort_unstable_by_key(|(_, slot)| *slot);
        Some(assigned)
    }

    /// Limits in minutes count what the visit's earlier services already take.
    fn has_room(&self, item: &Item<'_>, slot: Slot, lane: usize, start: i64, worked: &[(usize, i64)]) -> bool {
        let before: i64 = worked.iter().filter(|(other, _)| *other == lane).map(|(_, seconds)| seconds).sum();
        let (Some(lane), Some(role)) = (self.board.lanes.get(lane), item.roles.get(slot.role)) else { return false };
        before == 0
            || lane.allowance.is_unlimited()
            || lane.allowance.broken_by(start + item.offset, before + kept(item.service, role.need)).is_none()
    }
}

impl<'b> Item<'b> {
    fn new(board: &Board<'_>, item: &'b VisitItem, offset: i64, party: u32) -> Self {
        let service = &item.service;
        let seconds = seconds_of(service.minutes());
        let wished = wished_role(board, item);
        let mut roles = Vec::with_capacity(service.needs.len());
        let mut slots = Vec::with_capacity(service.needs.len());
        for (role, need) in service.needs.iter().enumerate() {
            let excluded = |resource: ResourceId| match &item.wish {
                Wish::Not(not) => need.choosable && need.count != Count::All && not.contains(&resource),
                Wish::Any | Wish::Only(_) => false,
            };
            let able = board.lanes.iter().enumerate().filter(|(_, lane)| can(lane.resource, need));
            let able: Vec<(usize, &Lane<'_>)> = able.filter(|(_, lane)| !excluded(lane.resource.id)).collect();
            let everybody: Vec<Option<usize>> = able.iter().map(|(lane, _)| Some(*lane)).collect();
            slots.extend(wanted(need, everybody).into_iter().map(|only| Slot { role, only }));
            if let (Wish::Only(wish), true) = (&item.wish, wished == Some(role)) {
                // Of several in the role, one must be the wished one.
                let only = able.iter().find(|(_, lane)| lane.resource.id == *wish).map(|(lane, _)| *lane);
                if let Some(slot) = slots.iter_mut().find(|slot| slot.role == role && slot.only.is_none()) {
                    slot.only = Some(only.unwrap_or(usize::MAX));
                }
            }
            let candidate = |(lane, of): (usize, &Lane<'_>)| Candidate {
                lane,
                starts: Sweep::new(starts(of, service, need, units(need, of.resource, party), offset)),
            };
            let candidates = able.into_iter().map(candidate).collect();
            roles.push(Role { need, candidates });
        }
        Self { service, offset, seconds, roles, slots }
    }

    fn candidates(&self, slot: Slot) -> impl Iterator<Item = &Candidate> {
        let candidates = self.roles.get(slot.role).map(|role| role.candidates.as_slice()).unwrap_or_default();
        candidates.iter().filter(move |candidate| slot.only.is_none_or(|only| only == candidate.lane))
    }
}

/// Fills `slot`, moving others to somebody else where it must (an augmenting path; Kuhn's algorithm).
fn assign(
    item: &Item<'_>,
    slot: usize,
    previous: &[usize],
    fits: &impl Fn(Slot, &Candidate) -> bool,
    assigned: &mut Assigned,
    seen: &mut Vec<usize>,
) -> bool {
    let Some(which) = item.slots.get(slot).copied() else { return false };
    let held = |assigned: &Assigned, lane: usize| assigned.iter().position(|(other, _)| *other == lane);
    let first = item.candidates(which).filter(|candidate| previous.contains(&candidate.lane));
    // A free one first: nobody is moved without need.
    let free = first.chain(item.candidates(which)).find(|candidate| {
        held(assigned, candidate.lane).is_none() && !seen.contains(&candidate.lane) && fits(which, candidate)
    });
    if let Some(candidate) = free {
        assigned.push((candidate.lane, slot));
        return true;
    }
    for candidate in item.candidates(which) {
        let Some(place) = held(assigned, candidate.lane) else { continue };
        if seen.contains(&candidate.lane) || !fits(which, candidate) {
            continue;
        }
        seen.push(candidate.lane);
        let Some((_, holder)) = assigned.get_mut(place) else { continue };
        let moved = std::mem::replace(holder, slot);
        if assign(item, moved, previous, fits, assigned, seen) {
            return true;
        }
        if let Some((_, holder)) = assigned.get_mut(place) {
            *holder = moved;
        }
    }
    false
}

/// One entry per resource that the need asks for; `Some` where it must be that one.
fn wanted(need: &Need, everybody: Vec<Option<usize>>) -> Vec<Option<usize>> {
    match need.count {
        Count::One | Count::Seats | Count::Whole => vec![None],
        Count::Several(number) => vec![None; usize::try_from(number).unwrap_or(usize::MAX).min(everybody.len() + 1)],
        // All of none is nobody, and a role that nobody fills is not filled.
        Count::All if everybody.is_empty() => vec![None],
        Count::All => everybody,
    }
}

/// The role that the wished one is to fill: the first that the customer may choose and the wished one can fill, else
/// the first that may be chosen.
pub(crate) fn wished_role(board: &Board<'_>, item: &VisitItem) -> Option<usize> {
    let Wish::Only(wish) = item.wish else { return None };
    let who = board.lanes.iter().map(|lane| lane.resource).find(|resource| resource.id == wish);
    let choosable = |need: &Need| need.choosable && need.count != Count::All;
    let able = |need: &Need| choosable(need) && who.is_some_and(|who| can(who, need));
    item.service.needs.iter().position(able).or_else(|| item.service.needs.iter().position(choosable))
}

/// Whether the resource has what the need asks for.
pub(crate) fn can(resource: &Resource, need: &Need) -> bool {
    resource.kind == need.kind && need.skill.as_ref().is_none_or(|skill| resource.skills.contains(skill))
}

/// How much of its capacity the need takes. More than there is means that the party does not fit.
pub(crate) fn units(need: &Need, resource: &Resource, party: u32) -> u32 {
    match need.count {
        Count::One | Count::Several(_) | Count::All => 1,
        Count::Seats => party.max(1),
        Count::Whole => resource.capacity.max(party),
    }
}

/// Starts of a visit at which the resource can take the need of a service that begins `offset` seconds later.
fn starts(lane: &Lane<'_>, service: &Service, need: &Need, units: u32, offset: i64) -> Intervals {
    let length = seconds_of(service.minutes());
    let open = lane.open.iter().map(|(from, to)| (from - offset, to - offset - length + 1));
    let open = Intervals::from_unsorted(open.collect());
    let mut against: Vec<Interval> = Vec::new();
    against.extend(lane.blocked.iter().map(|(from, to)| (from - offset - length + 1, to - offset)));
    let full = lane.full(units);
    for (from, to) in claimed(service, need, 0) {
        let meets = |(busy, free): Interval| (busy - offset - to + 1, free - offset - from);
        against.extend(full.iter().chain(lane.away.iter()).map(meets));
    }
    let closed = lane.allowance.closed(kept(service, need));
    against.extend(closed.iter().map(|(from, to)| (from - offset, to - offset)));
    open.without(&Intervals::from_unsorted(against))
}

/// The stretches a resource is kept for: buffers around, gaps left out where the role is free in them.
pub(crate) fn claimed(service: &Service, need: &Need, at: i64) -> Vec<Interval> {
    let before = seconds_of(service.buffer_before_minutes);
    let after = seconds_of(service.buffer_after_minutes);
    let end = at + seconds_of(service.minutes());
    if !need.frees_in_gaps || service.phases.iter().all(|phase| phase.busy) {
        return vec![(at - before, end + after)];
    }
    let (mut stretches, mut now): (Vec<Interval>, i64) = (Vec::new(), at);
    for phase in &service.phases {
        let until = now + seconds_of(phase.minutes);
        if phase.busy {
            match stretches.last_mut().filter(|last| last.1 == now) {
                Some(last) => last.1 = until,
                None => stretches.push((now, until)),
            }
        }
        now = until;
    }
    if let Some(first) = stretches.first_mut() {
        first.0 -= before;
    }
    if let Some(last) = stretches.last_mut() {
        last.1 += after;
    }
    stretches
}

/// How long a resource is kept for the need, buffers included.
pub(crate) fn kept(service: &Service, need: &Need) -> i64 {
    claimed(service, need, 0).into_iter().map(|(from, to)| to - from).sum()
}

fn claim(service: &Service, need: &Need, resource: &Resource, at: i64, party: u32) -> Option<Claim> {
    let blocked = claimed(service, need, at).into_iter().map(|(from, to)| span(from, to));
    Some(Claim {
        resource: resource.id,
        name: resource.name.clone(),
        role: need.role.clone(),
        blocked: blocked.collect::<Option<_>>()?,
        units: units(need, resource, party),
    })
}

/// Where one resource does two services of a visit, buffers between them fall away: they are there for the next
/// customer, and nobody may overlap with themselves.
fn part(items: &mut [BookingItem]) {
    for place in 1..items.len() {
        let (before, after) = items.split_at_mut(place);
        let Some(later) = after.first_mut() else { continue };
        let begins = later.span.from();
        for claim in &mut later.claims {
            let earlier = before.iter_mut().flat_map(|item| &mut item.claims);
            for other in earlier.filter(|other| other.resource == claim.resource) {
                part_at(begins, &mut other.blocked, &mut claim.blocked);
            }
        }
    }
}

/// The work of `earlier` is done when that of `later` begins; only buffers reach over.
fn part_at(begins: Timestamp, earlier: &mut [Span], later: &mut [Span]) {
    for before in earlier {
        for after in later.iter_mut() {
            if !after.overlaps(*before) {
                continue;
            }
            *after = Span::new(after.from().max(begins), after.to()).unwrap_or(*after);
            *before = Span::new(before.from(), before.to().min(begins)).unwrap_or(*before);
        }
    }
}

fn seconds_of(minutes: u32) -> i64 {
    i64::from(minutes) * 60
}

pub(crate) fn span(from: i64, to: i64) -> Option<Span> {
    Span::new(Timestamp::from_second(from).ok()?, Timestamp::from_second(to).ok()?)
}
