//! Runs verticals: loading, capabilities, limits, execution threads, metering. Sole owner of wasmtime.
//!
//! Invariants: a fresh instance for each call, dropped whatever happened in it; guests run on threads of their own,
//! never on the server's; every answer is checked before anybody believes it; no WASI exists for a guest.
//! Start at [`ModuleHost`]; `limits` says what a call may use, `checks` what an answer may
//! hold, `worlds` which versions of the contract are served.

mod call;
mod checks;
mod host;
mod limits;
mod vertical;
mod worlds;

pub use host::{Components, InstallError, Installed, ModuleHost, NoHost};
pub use limits::Limits;
