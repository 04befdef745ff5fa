//! Use cases and jobs: what happens when a customer writes or a member clicks. The assistant's turn lives here.
//!
//! Invariants: no network and no module call while a transaction is open; "you are booked" is rendered from
//! the committed row; every path to a booking goes through [`domain::booking::BookingState::after`].
//! Start at [`App::receive_webhook`] for a message coming in, `turn` for what is answered, `sender` for how it leaves.

mod assistant;
mod blocks;
mod bookings;
mod bulkhead;
mod calendar;
mod canary;
mod channels;
mod demo;
mod desk;
mod doorbell;
mod echoes;
mod facts;
mod freed;
mod inbox;
mod inspect;
mod jobs;
mod matrix;
mod media;
mod module_costs;
mod module_desk;
mod module_effects;
mod module_events;
mod module_figures;
mod module_messages;
mod module_requests;
mod module_watch;
mod modules;
mod openings;
mod outbound;
mod outside_calendars;
mod passage;
pub mod passwords;
mod people;
mod placeholders;
mod plans;
mod platform;
mod policies;
mod quarantine;
mod records;
mod registry;
mod rehearsal;
mod reminders;
mod sender;
mod series;
mod simulator;
pub mod tasks;
mod templates;
mod texts;
mod turn;
mod turned_back;
pub mod undelivered;
pub mod view;
mod waitlist;
mod webhooks;
mod workers;
mod zones;

pub use canary::CanaryError;
pub use channels::{ConnectedChannel, NewChannel};
pub use demo::{Demo, DemoBusiness, DemoLogin};
pub use desk::{App, Parts};
pub use doorbell::Rings;
pub use inspect::StartQuestion;
pub use modules::{OPERATOR, SwitchError, Switched};
pub use registry::NotInstalled;
pub use rehearsal::{Difference, Rehearsal};
pub use workers::Pace;
