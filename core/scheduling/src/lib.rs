//! Pure scheduling: which starts are free, with whom, why a time is refused, and what is near it. No I/O.
//!
//! Invariants: everything is decided from [`Inputs`], loaded once per window; instants are whole seconds inside;
//! a booking's buffers must be free but may lie outside opening hours; the grid is one of the location's wall clock.
//! Start at [`free_starts`]; [`explain`] answers for one start with every reason; [`alternatives`] looks around it.

mod alternatives;
mod explain;
mod grid;
mod hours;
mod inputs;
mod intervals;
mod openings;
mod place;
pub mod price;
pub mod series;
pub mod waitlist;
mod working;

pub use alternatives::{Alternative, alternatives};
pub use explain::{Reason, Unable, explain};
pub use inputs::{Busy, Inputs, Opening, Visit, VisitItem, Wish};
pub use openings::free_starts;
pub use working::open_spans;

#[cfg(test)]
mod tests;
