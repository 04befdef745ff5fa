//! The words of Frontdesk: ids, time, money, people, bookings, messages, and the ports to the outside.
//!
//! Invariants: no I/O, no clock, no chance ([`Clock`] and [`Random`] are ports); every type here can be
//! built in a test without a database. Start at [`booking`] for what is kept, [`conversation`] for what
//! is said, [`channel`] and [`vertical`] for the ports that `channels` and `modules` implement.

pub mod access;
pub mod addresses;
pub mod booking;
pub mod canary;
pub mod catalog;
pub mod channel;
pub mod conversation;
pub mod customer;
pub mod delivery;
pub mod doorbell;
pub mod env;
pub mod faults;
pub mod ids;
pub mod locale;
pub mod media;
pub mod message;
pub mod money;
pub mod outside_calendar;
pub mod phone;
pub mod plan;
pub mod release;
pub mod secret;
pub mod series;
pub mod simulator;
pub mod span;
pub mod tariff;
pub mod template;
pub mod tenant;
pub mod text;
pub mod vertical;
pub mod waitlist;
pub mod window;

pub use env::{Clock, Env, Random, ShiftedClock};
pub use ids::*;
pub use locale::Language;
pub use money::{Currency, Money};
pub use phone::Phone;
pub use secret::Secret;
pub use span::Span;
