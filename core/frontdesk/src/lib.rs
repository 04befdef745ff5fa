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
