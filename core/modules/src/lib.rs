//! Runs verticals: registry, capabilities, limits, execution threads, metering. Sole owner of wasmtime.
