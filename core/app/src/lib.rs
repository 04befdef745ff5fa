//! Use cases and jobs: what happens when a customer writes or a member clicks. The assistant's turn lives here.
//!
//! Invariants: no network and no module call while a transaction is open; "you are booked" is rendered from
//! the committed row; every path to a booking goes through [`domain::booking::BookingState::after`].
//! Start at `ingest` for a message coming in, `turn` for what is answered, `sender` for how it leaves.

pub mod passwords;
pub mod tasks;
pub mod view;
