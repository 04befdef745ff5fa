//! The engine that compiles and runs guests, and the clock that interrupts them.
//!
//! Invariant: [`config`] is the only place that makes an engine, so that what the compiling child makes loads here.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    thread,
};

use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::limits::{CORES, MEMORIES, TABLE_ELEMENTS, TABLES, TICK};

/// Which asks the system for the memory of each guest, and gives it back.
pub(crate) fn engine() -> wasmtime::Result<Engine> {
    Engine::new(&config())
}

/// Which has the memory of so many guests set aside, and clears it between two. Code compiled by either runs on both.
pub(crate) fn pooled(slots: u32) -> wasmtime::Result<Engine> {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let all = |each: usize| number(each).saturating_mul(slots);
    let mut pool = PoolingAllocationConfig::new();
    // Each may have all it is allowed: a guest that got a place never meets a full pool.
    pool.total_component_instances(slots)
        .max_core_instances_per_component(number(CORES))
        .total_core_instances(all(CORES))
        .max_memories_per_component(number(MEMORIES))
        .total_memories(all(MEMORIES))
        .max_tables_per_component(number(TABLES))
        .total_tables(all(TABLES))
        .table_elements(TABLE_ELEMENTS)
        .total_stacks(slots)
        .max_unused_warm_slots(32);
    let mut config = config();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    Engine::new(&config)
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
