//! Other people's services behind our ports.
//!
//! Invariant: what leaves for a storage is sealed before it comes here; this crate never sees a plain byte of a
//! tenant's file. Start at [`files::Files`]; the other
//! service so far is the doorbell between nodes, [`nats::Nats`].

pub mod files;
pub mod nats;
