//! What is near a time that cannot be had: before and after, with the wished person first, then with others.

use domain::{LocationId, Span};
use jiff::{SignedDuration, Timestamp};

use crate::{
    inputs::{Inputs, Opening, Visit},
    openings::free_starts,
};

/// A start near the wanted one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternative {
    pub opening: Opening,
    /// With the person who was wished for (or there was no wish).
    pub as_wished: bool,
}

/// How far to look before widening the search.
const NEAR: SignedDuration = SignedDuration::from_hours(24);

/// Up to `count` starts near `wanted`, nearest first: the nearest before and after as wished, the same time with
/// somebody else, then whatever comes within the loaded window after it.
pub fn alternatives(
    inputs: &Inputs,
    visit: &Visit,
    wanted: Timestamp,
    far: Timestamp,
    count: usize,
) -> Vec<Alternative> {
    let mut found: Vec<Alternative> = Vec::new();
    let near = near(wanted);
    let as_wished = near.map(|near| free_starts(inputs, visit, near)).unwrap_or_default();
    // One before, one after: neither side crowds the other out.
    let before = as_wished.iter().rev().find(|opening| opening.start() < wanted);
    let after = as_wished.iter().find(|opening| opening.start() >= wanted);
    for opening in [after, before].into_iter().flatten() {
        push(&mut found, opening.clone(), true);
    }
    if visit.has_wish() {
        let anyone = visit.with_anyone();
        let others = near.map(|near| free_starts(inputs, &anyone, near)).unwrap_or_default();
        if let Some(closest) = closest(others, wanted) {
            push(&mut found, closest, false);
        }
    }
    // Where the wished one cannot at all, there is still more than one time with others.
    let anyone = visit.with_anyone();
    let hopeless = visit.has_wish() && as_wished.is_empty() && far_starts(inputs, visit, wanted, far).is_empty();
    let (mut rest, visit) = if hopeless {
        (near.map(|near| free_starts(inputs, &anyone, near)).unwrap_or_default(), &anyone)
    } else {
        (as_wished, visit)
    };
    if found.len() < count {
        rest.extend(far_starts(inputs, visit, wanted, far));
    }
    rest.sort_by_key(|opening| distance(opening, wanted));
    for opening in rest {
        if found.len() >= count {
            break;
        }
        // Not the quarter hour next to one already offered: that is no choice.
        if found.iter().all(|other| distance(&other.opening, opening.start()) >= SignedDuration::from_mins(30)) {
            push(&mut found, opening, !hopeless);
        }
    }
    found.truncate(count);
    found.sort_by_key(|alternative| alternative.opening.start());
    found
}

/// The nearest start to `wanted` at each other location, up to `far`, nearest first. `others` are the inputs of the
/// tenant's other locations; whoever was wished for works where they work, so the wish falls away.
pub fn elsewhere(others: &[Inputs], visit: &Visit, wanted: Timestamp, far: Timestamp) -> Vec<(LocationId, Opening)> {
    let anyone = visit.with_anyone();
    let Some(window) = near(wanted).and_then(|near| Span::new(near.from(), far.max(near.to()))) else {
        return Vec::new();
    };
    let mut found: Vec<(LocationId, Opening)> = others
        .iter()
        .filter_map(|inputs| Some((inputs.location, closest(free_starts(inputs, &anyone, window), wanted)?)))
        .collect();
    found.sort_by_key(|(location, opening)| (distance(opening, wanted), *location));
    found
}

fn push(found: &mut Vec<Alternative>, opening: Opening, as_wished: bool) {
    let same = |other: &Alternative| {
        other.opening.start() == opening.start() && other.opening.resources() == opening.resources()
    };
    if !found.iter().any(same) {
        found.push(Alternative { opening, as_wished });
    }
}

fn near(wanted: Timestamp) -> Option<Span> {
    Span::new(wanted.checked_sub(NEAR).ok()?, wanted.checked_add(NEAR).ok()?)
}

fn far_starts(inputs: &Inputs, visit: &Visit, from: Timestamp, far: Timestamp) -> Vec<Opening> {
    Span::new(from, far).map(|later| free_starts(inputs, visit, later)).unwrap_or_default()
}

fn closest(openings: Vec<Opening>, wanted: Timestamp) -> Option<Opening> {
    openings.into_iter().min_by_key(|opening| distance(opening, wanted))
}

fn distance(opening: &Opening, wanted: Timestamp) -> SignedDuration {
    opening.start().duration_since(wanted).abs()
}
