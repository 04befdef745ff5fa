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
    let starts = |visit: &Visit, window: Option<Span>| -> Vec<Opening> {
        window.map(|window| free_starts(inputs, visit, window)).unwrap_or_default()
    };
    let (near, later) = (near(wanted), Span::new(wanted, far));
    let as_wished = starts(visit, near);
    // One before, one after: neither side crowds the other out.
    let before = as_wished.iter().rev().find(|opening| opening.start() < wanted);
    let after = as_wished.iter().find(|opening| opening.start() >= wanted);
    for opening in [after, before].into_iter().flatten() {
        push(&mut found, opening.clone(), true);
    }
    let anyone = visit.with_anyone();
    let others = if visit.has_wish() { starts(&anyone, near) } else { Vec::new() };
    if let Some(closest) = closest(&others, wanted) {
        push(&mut found, closest.clone(), false);
    }
    let mut rest = as_wished;
    if found.len() < count {
        rest.extend(starts(visit, later));
    }
    // Where the wished one cannot at all, there is still more than one time with others.
    let hopeless = visit.has_wish() && rest.is_empty();
    if hopeless {
        rest = others;
        rest.extend(starts(&anyone, later));
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
        .filter_map(|inputs| Some((inputs.location, closest(&free_starts(inputs, &anyone, window), wanted)?.clone())))
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

fn closest(openings: &[Opening], wanted: Timestamp) -> Option<&Opening> {
    openings.iter().min_by_key(|opening| distance(opening, wanted))
}

fn distance(opening: &Opening, wanted: Timestamp) -> SignedDuration {
    opening.start().duration_since(wanted).abs()
}
