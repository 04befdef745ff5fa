//! [`Inputs`] made ready for a window: open and taken time per resource, in the order in which they are asked.

use std::{borrow::Cow, collections::HashMap};

use domain::{
    ResourceId, Span,
    catalog::{HoursException, Resource},
};

use crate::{
    days::{Days, local_date},
    fair::{self, Fairness, Given},
    hours,
    inputs::{Busy, Inputs},
    intervals::{Interval, Intervals},
    limits::Allowance,
};

pub(crate) struct Board<'a> {
    pub(crate) inputs: &'a Inputs,
    pub(crate) days: Days<'a>,
    pub(crate) location_open: Intervals,
    /// Where a visit may begin: within the hours, and before the latest start.
    pub(crate) startable: Intervals,
    /// What the customer who asks has room for.
    pub(crate) customer: Allowance,
    pub(crate) lanes: Vec<Lane<'a>>,
}

/// One resource's time.
pub(crate) struct Lane<'a> {
    pub(crate) resource: &'a Resource,
    pub(crate) open: Intervals,
    /// One entry per unit taken, ascending.
    taken: Vec<Interval>,
    /// When nothing is left of it.
    full: Intervals,
    pub(crate) blocked: Intervals,
    /// Busy in a calendar outside, or always, where that calendar is unread.
    pub(crate) away: Intervals,
    pub(crate) unread: bool,
    pub(crate) allowance: Allowance,
}

impl<'a> Board<'a> {
    pub(crate) fn new(inputs: &'a Inputs, window: Span) -> Self {
        let (first, last) = (local_date(&inputs.zone, window.from()), local_date(&inputs.zone, window.to()));
        let days = Days::around(&inputs.zone, first, last);
        let own = own_exceptions(inputs);
        let whole: Vec<&HoursException> = inputs
            .exceptions
            .iter()
            .filter(|other| other.resource.is_none() && other.location == inputs.location)
            .collect();
        let location_open = hours::open(&days, &inputs.location_hours, &whole);
        let startable = match inputs.policy.latest_start_minute {
            Some(latest) => hours::startable(&days, &inputs.location_hours, &whole, latest),
            None => location_open.clone(),
        };
        let of = |busy: &Busy| (busy.resource, busy.span);
        let mut taken = per_resource(inputs.busy.iter().map(of));
        let mut away = per_resource(inputs.records.outside.iter().map(of));
        let mut blocks = per_resource(inputs.blocks.iter().map(|block| (block.resource, block.span)));
        let mut ready = |resource: &'a Resource| {
            let exceptions = own.get(&resource.id).map(Vec::as_slice).unwrap_or_default();
            let open = if resource.hours.0.is_empty() && exceptions.is_empty() {
                location_open.clone()
            } else {
                let weekly = if resource.hours.0.is_empty() { &inputs.location_hours } else { &resource.hours };
                hours::open(&days, weekly, exceptions).intersection(&location_open)
            };
            let mut taken = taken.remove(&resource.id).unwrap_or_default();
            taken.sort_unstable();
            let unread = inputs.records.unread.contains(&resource.id);
            Lane {
                resource,
                open,
                full: full(&taken, resource.capacity, 1),
                taken,
                blocked: Intervals::from_unsorted(blocks.remove(&resource.id).unwrap_or_default()),
                away: if unread {
                    Intervals::everything()
                } else {
                    Intervals::from_unsorted(away.remove(&resource.id).unwrap_or_default())
                },
                unread,
                allowance: Allowance::of_resource(inputs, &days, resource),
            }
        };
        let lanes = in_order(inputs).into_iter().map(&mut ready).collect();
        let customer = Allowance::of_customer(inputs, &days);
        Self { inputs, days, location_open, startable, customer, lanes }
    }
}

impl Lane<'_> {
    /// When fewer than `units` are left of it.
    pub(crate) fn full(&self, units: u32) -> Cow<'_, Intervals> {
        if units == 1 {
            Cow::Borrowed(&self.full)
        } else {
            Cow::Owned(full(&self.taken, self.resource.capacity, units))
        }
    }
}

fn full(taken: &[Interval], capacity: u32, units: u32) -> Intervals {
    match capacity.checked_sub(units).and_then(|spare| usize::try_from(spare).ok()) {
        Some(spare) => Intervals::at_depth(taken, spare + 1),
        None => Intervals::everything(),
    }
}

/// The active resources of the location, fairest first: by what they were given, and by what lies ahead of each.
fn in_order(inputs: &Inputs) -> Vec<&Resource> {
    let here: Vec<&Resource> =
        inputs.resources.iter().filter(|resource| resource.active && resource.location == inputs.location).collect();
    let fairness = &inputs.records.fairness;
    // What was given up to now is known already, what is going on included.
    let ahead = inputs.busy.iter().filter(|busy| fairness.given.is_empty() || busy.span.from() >= inputs.now);
    let ahead = ahead.map(|busy| Given {
        resource: busy.resource,
        at: busy.span.from(),
        amount: u32::try_from(busy.span.minutes()).unwrap_or(u32::MAX),
    });
    let given = fairness.given.iter().copied().chain(ahead).collect();
    fair::order(&Fairness { given, ..fairness.clone() }, &here)
}

fn own_exceptions(inputs: &Inputs) -> HashMap<ResourceId, Vec<&HoursException>> {
    let mut own: HashMap<ResourceId, Vec<&HoursException>> = HashMap::new();
    for exception in &inputs.exceptions {
        if let Some(resource) = exception.resource {
            own.entry(resource).or_default().push(exception);
        }
    }
    own
}

fn per_resource(spans: impl Iterator<Item = (ResourceId, Span)>) -> HashMap<ResourceId, Vec<Interval>> {
    let mut all: HashMap<ResourceId, Vec<Interval>> = HashMap::new();
    for (resource, span) in spans {
        all.entry(resource).or_default().push(seconds(span));
    }
    all
}

/// Outward to whole seconds: a fraction of a second taken is a second taken.
fn seconds(span: Span) -> Interval {
    let to = span.to();
    (span.from().as_second(), to.as_second() + i64::from(to.subsec_nanosecond() > 0))
}
