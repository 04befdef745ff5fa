//! Other people's services behind our ports.
//!
//! Invariant: what leaves for a storage is sealed before it comes here; this crate never sees a plain byte of a
//! tenant's file. Start at [`files::Files`].

pub mod files;
