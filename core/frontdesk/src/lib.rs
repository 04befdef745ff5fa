//! The binary as a library, so that tests start exactly what operators start.
//!
//! Start at [`cli`] for what can be typed, [`wiring`] for how the crates are put together.

pub mod cli;
pub mod commands;
pub mod config;
mod control;
mod faults;
pub mod limits;
pub mod registries;
pub mod system;
pub mod wiring;

/// Of the whole process, SQLite included. The C library's keeps what is given back: after a few logins it holds the 19 MiB
/// that each password's hash took, once for each of its arenas and for as long as the process lives.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
