//! The engine that compiles and runs guests, and the threads they run on.
//!
//! Invariant: [`config`] is the only place that makes an engine, so that what the compiling child makes loads here.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    thread,
};

use tokio::runtime;
use wasmtime::{Config, Engine};

use crate::limits::TICK;

pub(crate) fn engine() -> wasmtime::Result<Engine> {
    Engine::new(&config())
}

fn config() -> Config {
    let mut config = Config::new();
    config.wasm_component_model(true);
    config.epoch_interruption(true);
    config.max_wasm_stack(512 << 10);
    config.async_stack_size(1 << 20);
    config
}

/// Changes with everything that makes compiled code unusable: version of the engine, its settings, the processor.
pub(crate) fn compatibility(engine: &Engine) -> String {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// Moves the epoch on a thread of its own: on a busy runtime it would stand still when it is needed most.
pub(crate) fn start_ticker(engine: &Engine) -> std::io::Result<()> {
    let engine = engine.weak();
    let tick = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(TICK);
        }
    };
    thread::Builder::new().name("guest-ticker".to_owned()).spawn(tick).map(|_runs_with_the_engine| ())
}

/// A runtime for guests alone.
pub(crate) fn start_threads() -> std::io::Result<runtime::Handle> {
    let guests = runtime::Builder::new_multi_thread().worker_threads(2).thread_name("guest").enable_time().build()?;
    let handle = guests.handle().clone();
    // Dropping a runtime inside another one panics; this one lives on a thread that waits for the end of the process.
    thread::Builder::new()
        .name("guest-keeper".to_owned())
        .spawn(move || guests.block_on(std::future::pending::<()>()))?;
    Ok(handle)
}
