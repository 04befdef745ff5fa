//! Other people's services behind our ports.
//!
//! Invariant: what leaves for a storage is sealed before it comes here; this crate never sees a plain byte of a
//! tenant's file. Start at [`files::Files`]; the other
//! services so far are the doorbell between nodes, [`nats::Nats`], whatever modules ask of other servers,
//! [`requests`], and where modules themselves come from, [`registries`].

pub mod calendars;
pub mod files;
mod ics;
pub mod nats;
pub mod registries;
pub mod requests;
