//! The dashboard's handlers, one file a page; each parses, calls one use case and renders.

pub(crate) mod admin;
pub(crate) mod agenda;
pub(crate) mod bookings;
pub(crate) mod calendar;
pub(crate) mod inbox;
pub(crate) mod login;
pub(crate) mod module_switch;
pub(crate) mod modules;
pub(crate) mod outside_calendars;
pub(crate) mod overview;
pub(crate) mod policies;
pub(crate) mod prices;
pub(crate) mod quarantine;
#[cfg(test)]
mod samples;
pub(crate) mod series;
pub(crate) mod simulator;
pub(crate) mod texts;
pub(crate) mod undelivered;
pub(crate) mod usage;
pub(crate) mod waitlist;
