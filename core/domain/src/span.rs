//! A stretch of time, half open: it holds its start and not its end.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// `[from, to)`. Invariant: `from < to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    from: Timestamp,
    to: Timestamp,
}

impl Span {
    /// `None` when it would be empty or run backwards.
    pub fn new(from: Timestamp, to: Timestamp) -> Option<Self> {
        (from < to).then_some(Self { from, to })
    }

    /// `minutes` from `from` on; `None` for zero minutes or past the end of time.
    pub fn lasting(from: Timestamp, minutes: u32) -> Option<Self> {
        let to = from.checked_add(SignedDuration::from_mins(i64::from(minutes))).ok()?;
        Self::new(from, to)
    }

    pub fn from(self) -> Timestamp {
        self.from
    }

    pub fn to(self) -> Timestamp {
        self.to
    }

    pub fn minutes(self) -> i64 {
        self.to.duration_since(self.from).as_mins()
    }

    /// Back to back is no overlap.
    pub fn overlaps(self, other: Self) -> bool {
        self.from < other.to && other.from < self.to
    }

    pub fn contains(self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }

    pub fn covers(self, other: Self) -> bool {
        self.from <= other.from && other.to <= self.to
    }

    pub fn intersection(self, other: Self) -> Option<Self> {
        Self::new(self.from.max(other.from), self.to.min(other.to))
    }

    /// This span with `before` and `after` minutes around it.
    pub fn padded(self, before: u32, after: u32) -> Option<Self> {
        let from = self.from.checked_sub(SignedDuration::from_mins(i64::from(before))).ok()?;
        let to = self.to.checked_add(SignedDuration::from_mins(i64::from(after))).ok()?;
        Self::new(from, to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: i64, to: i64) -> Span {
        Span::new(Timestamp::from_second(from).unwrap(), Timestamp::from_second(to).unwrap()).unwrap()
    }

    #[test]
    fn back_to_back_spans_do_not_overlap() {
        assert!(!span(0, 10).overlaps(span(10, 20)));
        assert!(span(0, 11).overlaps(span(10, 20)));
        assert_eq!(span(0, 11).intersection(span(10, 20)), Some(span(10, 11)));
    }

    #[test]
    fn an_empty_span_does_not_exist() {
        let at = Timestamp::from_second(5).unwrap();
        assert_eq!(Span::new(at, at), None);
        assert_eq!(Span::lasting(at, 0), None);
    }
}
