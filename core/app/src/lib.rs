//! Use cases and jobs: what happens when a customer writes or a member clicks. The assistant's turn lives here.
//!
//! Invariants: no network and no module call while a transaction is open; "you are booked" is rendered from
//! the committed row; every path to a booking goes through [`domain::booking::BookingState::after`].
//! Start at [`App::receive_webhook`] for a message coming in, `turn` for what is answered, `sender` for how it leaves.

mod assistant;
mod bookings;
mod calendar;
mod demo;
mod desk;
mod facts;
mod inbox;
mod module_desk;
mod module_watch;
mod modules;
mod openings;
pub mod passwords;
mod people;
mod rehearsal;
mod reminders;
mod sender;
mod simulator;
pub mod tasks;
mod turn;
pub mod view;
mod webhooks;
mod workers;

pub use demo::{Demo, DemoLogin};
pub use desk::{App, Parts};
pub use modules::{SwitchError, Switched};
pub use rehearsal::{Difference, Rehearsal};
