//! Runs verticals: loading, capabilities, limits, execution threads, metering. Sole owner of wasmtime.
//!
//! Invariants: a fresh instance for each call, dropped whatever happened in it; guests run on threads of their own,
//! never on the server's; every answer is checked before anybody believes it; no WASI exists for a guest.
//! Start at [`ModuleHost`]; `limits` says what a call may use, `checks` what an answer may
//! hold, `worlds` which versions of the contract are served.

mod budget;
mod call;
mod checks;
mod compile;
mod engine;
mod home;
mod host;
mod install;
mod limits;
mod native;
mod prompts;
mod seal;
mod settings;
mod threads;
mod usage;
mod vertical;
mod worlds;

pub use domain::{
    plan::{Limits, Plans},
    release::{Checked, LARGEST, Manifest, Seal},
};

pub use compile::{CompileError, Compiling, compile_standard_input};
pub use host::{Components, ModuleHost, NoHost, Workshop};
pub use install::{InstallError, resolve};
pub use native::Cache;
pub use prompts::Prompts;
pub use seal::{SealError, Trusted, public_of, seal};
