//! Sets of seconds as sorted, disjoint, half-open intervals.

use std::cell::Cell;

/// `[from, to)` in seconds since the epoch.
pub(crate) type Interval = (i64, i64);

/// Sorted, disjoint, never touching. Looked up by binary search.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Intervals(Vec<Interval>);

impl Intervals {
    pub(crate) fn from_unsorted(mut raw: Vec<Interval>) -> Self {
        raw.retain(|(from, to)| from < to);
        raw.sort_unstable();
        let mut merged: Vec<Interval> = Vec::with_capacity(raw.len());
        for (from, to) in raw {
            match merged.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => merged.push((from, to)),
            }
        }
        Self(merged)
    }

    /// All seconds there are.
    pub(crate) fn everything() -> Self {
        // Far from the ends, so that shifting it does not overflow.
        Self(vec![(i64::MIN / 4, i64::MAX / 4)])
    }

    /// Where at least `depth` of `raw` overlap: a resource of capacity n is full there.
    pub(crate) fn at_depth(raw: &[Interval], depth: usize) -> Self {
        if depth <= 1 {
            return Self::from_unsorted(raw.to_vec());
        }
        let mut edges: Vec<(i64, i32)> = raw.iter().flat_map(|(from, to)| [(*from, 1), (*to, -1)]).collect();
        // At the same second an end comes before a start: back to back is no overlap.
        edges.sort_unstable();
        let (mut now, mut begun, mut full) = (0_usize, None, Vec::new());
        for (at, change) in edges {
            now = if change > 0 { now + 1 } else { now.saturating_sub(1) };
            match (begun, now >= depth) {
                (None, true) => begun = Some(at),
                (Some(from), false) => {
                    full.push((from, at));
                    begun = None;
                }
                (None, false) | (Some(_), true) => {}
            }
        }
        Self::from_unsorted(full)
    }

    pub(crate) fn covers(&self, from: i64, to: i64) -> bool {
        let after = self.0.partition_point(|interval| interval.0 <= from);
        after.checked_sub(1).and_then(|place| self.0.get(place)).is_some_and(|interval| to <= interval.1)
    }

    pub(crate) fn touches(&self, from: i64, to: i64) -> bool {
        let first = self.0.partition_point(|interval| interval.1 <= from);
        self.0.get(first).is_some_and(|interval| interval.0 < to)
    }

    pub(crate) fn contains(&self, at: i64) -> bool {
        self.touches(at, at + 1)
    }

    /// What is here and not there.
    pub(crate) fn without(&self, other: &Self) -> Self {
        let mut left = Vec::with_capacity(self.0.len() + other.0.len());
        let mut cuts = other.0.iter().peekable();
        for (mut from, to) in self.iter() {
            while cuts.next_if(|cut| cut.1 <= from).is_some() {}
            // A cut may reach into the next interval: it is kept for that one.
            while let Some(cut) = cuts.peek().filter(|cut| cut.0 < to) {
                if from < cut.0 {
                    left.push((from, cut.0));
                }
                from = cut.1;
                if to < cut.1 {
                    break;
                }
                cuts.next();
            }
            if from < to {
                left.push((from, to));
            }
        }
        Self(left)
    }

    pub(crate) fn intersection(&self, other: &Self) -> Self {
        let (mut mine, mut theirs) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut both = Vec::new();
        while let (Some(a), Some(b)) = (mine.peek(), theirs.peek()) {
            let (from, to) = (a.0.max(b.0), a.1.min(b.1));
            if from < to {
                both.push((from, to));
            }
            if a.1 <= b.1 {
                mine.next()
            } else {
                theirs.next()
            };
        }
        Self(both)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Interval> {
        self.0.iter().copied()
    }
}

/// Intervals that are asked for one second after the other, mostly ascending: each question begins where the one
/// before ended.
#[derive(Debug, Clone)]
pub(crate) struct Sweep {
    intervals: Intervals,
    place: Cell<usize>,
}

impl Sweep {
    pub(crate) fn new(intervals: Intervals) -> Self {
        Self { intervals, place: Cell::new(0) }
    }

    pub(crate) fn contains(&self, at: i64) -> bool {
        let all = &self.intervals.0;
        let mut place = self.place.get();
        if place.checked_sub(1).and_then(|before| all.get(before)).is_some_and(|before| at < before.1) {
            place = all.partition_point(|interval| interval.1 <= at);
        }
        while all.get(place).is_some_and(|interval| interval.1 <= at) {
            place += 1;
        }
        self.place.set(place);
        all.get(place).is_some_and(|interval| interval.0 <= at)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.intervals.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_counts_overlap_and_back_to_back_is_none() {
        let raw = [(0, 10), (5, 15), (10, 20), (10, 12)];
        assert_eq!(Intervals::at_depth(&raw, 2), Intervals::from_unsorted(vec![(5, 15)]));
        assert_eq!(Intervals::at_depth(&raw, 3), Intervals::from_unsorted(vec![(10, 12)]));
        assert_eq!(Intervals::at_depth(&[(0, 10), (10, 20)], 2), Intervals::default());
    }

    #[test]
    fn what_is_cut_out_is_gone_and_nothing_else() {
        let without = |a: &[Interval], b: &[Interval]| {
            Intervals::from_unsorted(a.to_vec()).without(&Intervals::from_unsorted(b.to_vec())).0
        };
        assert_eq!(without(&[(0, 10)], &[(2, 3), (5, 6)]), [(0, 2), (3, 5), (6, 10)]);
        assert_eq!(without(&[(0, 10), (20, 30)], &[(5, 25)]), [(0, 5), (25, 30)]);
        assert_eq!(without(&[(0, 10), (20, 30)], &[(-5, 10), (20, 40)]), []);
        assert_eq!(without(&[(0, 10)], &[(10, 20)]), [(0, 10)]);
    }

    #[test]
    fn a_sweep_answers_like_a_search_in_any_order() {
        let intervals = Intervals::from_unsorted(vec![(0, 3), (5, 6), (9, 12)]);
        let sweep = Sweep::new(intervals.clone());
        for at in [-1, 0, 2, 3, 5, 6, 11, 12, 40, 2, 5, 9, 4, -3, 10] {
            assert_eq!(sweep.contains(at), intervals.contains(at), "{at}");
        }
    }

    #[test]
    fn intersections_keep_only_what_both_have() {
        let (a, b) = (Intervals::from_unsorted(vec![(0, 10), (20, 30)]), Intervals::from_unsorted(vec![(5, 25)]));
        assert_eq!(a.intersection(&b), Intervals::from_unsorted(vec![(5, 10), (20, 25)]));
    }
}
