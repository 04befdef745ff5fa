//! Everything Frontdesk keeps: one SQL text per query, run on SQLite and PostgreSQL alike. Sole owner of sqlx.
//!
//! Invariants: tenant data is reached only through a [`TenantTx`]; dropping one rolls back; what must be found
//! before a tenant is known goes through the few functions that take a [`PlatformTx`]; rows never leave this
//! crate, only `domain` types do. Start at [`Store::open`], then read [`bookings`]: the other tables follow its shape.

mod codec;
mod connections;
pub mod crypto;
mod engine;
mod error;
mod fair;
mod ticket;

pub mod activations;
pub mod audit;
pub mod backup;
pub mod blocks;
pub mod booking_history;
pub mod bookings;
pub mod canaries;
pub mod channels;
pub mod claims;
pub mod conversations;
pub mod customer_fields;
pub mod customers;
pub mod doorbell;
pub mod echoes;
pub mod epoch;
pub mod events;
pub mod hours;
pub mod idempotency;
pub mod inbox;
pub mod intake;
pub mod jobs;
pub mod journeys;
pub mod lanes;
mod links;
pub mod locations;
pub mod media;
pub mod members;
pub mod messages;
pub mod module_counters;
pub mod module_kv;
pub mod module_pins;
pub mod module_switches;
pub mod module_usage;
pub mod outbox;
pub mod outside_calendars;
pub mod plan;
#[cfg(test)]
#[path = "plans/tests.rs"]
mod plans;
pub mod quarantine;
pub mod releases;
pub mod resources;
pub mod series;
pub mod services;
pub mod sessions;
pub mod statuses;
pub mod suspects;
pub mod templates;
pub mod tenants;
pub mod texts;
pub mod turns;
pub mod undelivered;
pub mod visit_answers;
pub mod visit_terms;
pub mod visits;
pub mod waiting;
pub mod waitlist;

pub use engine::{Engine, PlatformTx, Store, StoreConfig, TenantTx};
pub use error::StoreError;
pub use fair::{Queue, Wanted};
pub use ticket::Ticket;
