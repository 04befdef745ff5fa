//! Pure scheduling: which starts are free, with whom, why a time is refused, and what is near it. No I/O.
//!
//! Invariants: everything is decided from [`Inputs`], loaded once per window; instants are whole seconds inside;
//! a booking's buffers must be free but may lie outside opening hours; the grid is one of the location's wall clock;
//! the same inputs give the same answer, in whatever order they were loaded.
//! Start at [`free_starts`]; [`explain()`] answers for one start with every reason; [`alternatives()`] looks around it;
//! [`series`] plans visits that repeat, [`waitlist`] says who is asked when something is freed, [`price`] what it costs.

mod alternatives;
mod board;
mod days;
mod explain;
pub mod fair;
pub mod holidays;
mod hours;
mod inputs;
mod intervals;
mod limits;
mod openings;
mod place;
pub mod price;
mod reason;
pub mod series;
pub mod waitlist;
mod working;

pub use alternatives::{Alternative, alternatives, elsewhere};
pub use explain::{Candidate, candidates, explain};
pub use inputs::{Busy, Inputs, Kept, Opening, Records, Visit, VisitItem, Wish};
pub use openings::{Prepared, free_starts};
pub use reason::{Reason, Unable};
pub use working::open_spans;

#[cfg(test)]
mod tests;
