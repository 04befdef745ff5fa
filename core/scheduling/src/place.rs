//! Whether a visit fits at one start, and with which resources.
//!
//! Resources are tried in order of fairness: who carries the smaller share of work for their weight comes first,
//! after whoever already does the visit's previous service.

use std::collections::BTreeMap;

use domain::{
    ResourceId, Span,
    booking::{BookingItem, Claim},
    catalog::{Count, Need, Resource, Service},
};
use jiff::Timestamp;

use crate::{
    grid, hours,
    inputs::{Inputs, Opening, Visit, Wish},
    intervals::{Interval, Intervals},
};

/// [`Inputs`] made ready for a window: open and taken time per resource.
pub(crate) struct Board<'a> {
    pub(crate) inputs: &'a Inputs,
    pub(crate) location_open: Intervals,
    pub(crate) lanes: Vec<Lane<'a>>,
}

/// One resource's time.
pub(crate) struct Lane<'a> {
    pub(crate) resource: &'a Resource,
    pub(crate) open: Intervals,
    pub(crate) full: Intervals,
    pub(crate) blocked: Intervals,
}

impl<'a> Board<'a> {
    pub(crate) fn new(inputs: &'a Inputs, window: Span) -> Self {
        let (first, last) =
            (grid::local_date(&inputs.zone, window.from()), grid::local_date(&inputs.zone, window.to()));
        let open = |weekly, whose| hours::open(weekly, &inputs.exceptions, whose, &inputs.zone, first, last);
        let location_open = open(&inputs.location_hours, None);
        let mut busy: BTreeMap<ResourceId, Vec<Interval>> = BTreeMap::new();
        for taken in &inputs.busy {
            busy.entry(taken.resource).or_default().push(seconds(taken.span));
        }
        let mut blocks: BTreeMap<ResourceId, Vec<Interval>> = BTreeMap::new();
        for block in &inputs.blocks {
            blocks.entry(block.resource).or_default().push(seconds(block.span));
        }
        let here = inputs.resources.iter().filter(|resource| resource.active && resource.location == inputs.location);
        let mut lanes: Vec<Lane<'_>> = here
            .map(|resource| {
                let own = resource.hours.0.is_empty()
                    && !inputs.exceptions.iter().any(|other| other.resource == Some(resource.id));
                let weekly = if resource.hours.0.is_empty() { &inputs.location_hours } else { &resource.hours };
                let hours = if own {
                    location_open.clone()
                } else {
                    open(weekly, Some(resource.id)).intersection(&location_open)
                };
                let taken = busy.remove(&resource.id).unwrap_or_default();
                let full = Intervals::at_depth(&taken, usize::try_from(resource.capacity).unwrap_or(1));
                let blocked = Intervals::from_unsorted(blocks.remove(&resource.id).unwrap_or_default());
                Lane { resource, open: hours, full, blocked }
            })
            .collect();
        lanes.sort_by_key(|lane| {
            (lane.full.seconds() * 100 / i64::from(lane.resource.weight.max(1)), lane.resource.position)
        });
        Self { inputs, location_open, lanes }
    }

    /// The visit at `start`, or `None`. Knows nothing of notice, horizon and grid.
    pub(crate) fn place(&self, visit: &Visit, start: i64) -> Option<Opening> {
        let mut items = Vec::with_capacity(visit.items.len());
        let (mut at, mut previous) = (start, Vec::new());
        for item in &visit.items {
            let end = at + i64::from(item.service.minutes()) * 60;
            let chosen = self.choose(&item.service, &item.wish, at, &previous)?;
            previous = chosen.iter().map(|(_, lane)| lane.resource.id).collect();
            items.push(BookingItem {
                service: item.service.id,
                name: item.service.name.clone(),
                span: span(at, end)?,
                claims: chosen
                    .into_iter()
                    .map(|(need, lane)| claim(&item.service, need, lane, at))
                    .collect::<Option<_>>()?,
            });
            at = end;
        }
        Some(Opening { span: span(start, at)?, items })
    }

    /// A resource for every need of the service, none twice.
    fn choose<'s>(
        &self,
        service: &'s Service,
        wish: &Wish,
        at: i64,
        previous: &[ResourceId],
    ) -> Option<Vec<(&'s Need, &Lane<'a>)>> {
        let mut chosen: Vec<(&Need, &Lane<'_>)> = Vec::new();
        for need in &service.needs {
            let suits = |lane: &&Lane<'_>| can(lane.resource, need) && wished(wish, need, lane.resource.id);
            let fits = |lane: &&Lane<'_>| lane.fits(service, need, at);
            let unused = |lane: &&Lane<'_>, chosen: &[(&Need, &Lane<'_>)]| {
                !chosen.iter().any(|(_, other)| other.resource.id == lane.resource.id)
            };
            match need.count {
                Count::One => {
                    let same = self.lanes.iter().filter(|lane| previous.contains(&lane.resource.id));
                    let lane =
                        same.chain(&self.lanes).find(|lane| suits(lane) && unused(lane, &chosen) && fits(lane))?;
                    chosen.push((need, lane));
                }
                Count::Several(number) => {
                    let wanted = usize::try_from(number).ok()?;
                    let found: Vec<_> = self
                        .lanes
                        .iter()
                        .filter(|lane| suits(lane) && unused(lane, &chosen) && fits(lane))
                        .take(wanted)
                        .collect();
                    if found.len() < wanted {
                        return None;
                    }
                    chosen.extend(found.into_iter().map(|lane| (need, lane)));
                }
                Count::All => {
                    let all: Vec<_> = self.lanes.iter().filter(|lane| can(lane.resource, need)).collect();
                    if all.is_empty() || !all.iter().all(fits) {
                        return None;
                    }
                    chosen.extend(all.into_iter().map(|lane| (need, lane)));
                }
            }
        }
        Some(chosen)
    }
}

impl Lane<'_> {
    /// Open for the whole service, and free wherever it would be claimed.
    fn fits(&self, service: &Service, need: &Need, at: i64) -> bool {
        let end = at + i64::from(service.minutes()) * 60;
        self.open.covers(at, end)
            && !self.blocked.touches(at, end)
            && claimed(service, need, at).into_iter().all(|(from, to)| !self.full.touches(from, to))
    }
}

/// Whether the resource has what the need asks for.
pub(crate) fn can(resource: &Resource, need: &Need) -> bool {
    resource.kind == need.kind && need.skill.as_ref().is_none_or(|skill| resource.skills.contains(skill))
}

pub(crate) fn wished(wish: &Wish, need: &Need, resource: ResourceId) -> bool {
    match wish {
        Wish::Only(only) if need.choosable => *only == resource,
        Wish::Not(not) if need.choosable => !not.contains(&resource),
        Wish::Any | Wish::Only(_) | Wish::Not(_) => true,
    }
}

/// The stretches a resource is kept for: buffers around, gaps left out where the role is free in them.
pub(crate) fn claimed(service: &Service, need: &Need, at: i64) -> Vec<Interval> {
    let before = i64::from(service.buffer_before_minutes) * 60;
    let after = i64::from(service.buffer_after_minutes) * 60;
    let end = at + i64::from(service.minutes()) * 60;
    if !need.frees_in_gaps || service.phases.iter().all(|phase| phase.busy) {
        return vec![(at - before, end + after)];
    }
    let (mut stretches, mut now) = (Vec::new(), at);
    for phase in &service.phases {
        let until = now + i64::from(phase.minutes) * 60;
        if phase.busy {
            stretches.push((now, until));
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

fn claim(service: &Service, need: &Need, lane: &Lane<'_>, at: i64) -> Option<Claim> {
    let blocked = claimed(service, need, at).into_iter().map(|(from, to)| span(from, to)).collect::<Option<_>>()?;
    Some(Claim {
        resource: lane.resource.id,
        name: lane.resource.name.clone(),
        role: need.role.clone(),
        blocked,
        units: 1,
    })
}

pub(crate) fn span(from: i64, to: i64) -> Option<Span> {
    Span::new(Timestamp::from_second(from).ok()?, Timestamp::from_second(to).ok()?)
}

/// Outward to whole seconds: a fraction of a second taken is a second taken.
fn seconds(span: Span) -> Interval {
    let to = span.to();
    (span.from().as_second(), to.as_second() + i64::from(to.subsec_nanosecond() > 0))
}
