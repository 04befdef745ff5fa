//! The engine that compiles and runs guests, and the clock that interrupts them.
//!
//! Invariant: [`config`] is the only place that makes an engine, so that what the compiling child makes loads here.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    thread,
};

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
