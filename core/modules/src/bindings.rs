//! Generated from `wit/0.1.0`: the types that cross the wall.

wasmtime::component::bindgen!({
    path: "../../wit/0.1.0",
    world: "vertical",
    imports: { default: async | trappable },
    exports: { default: async },
});
