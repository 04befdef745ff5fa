//! A module that never finishes starting: the host must stop it before its first word.

use sdk::{Business, Description, export_business};

/// Never gets to speak.
pub struct Stuck;

impl Business for Stuck {
    fn describe() -> Description {
        Description { name: "stuck".into(), version: env!("CARGO_PKG_VERSION").into(), ..Description::default() }
    }
}

/// Called while the component is instantiated.
#[cfg(target_arch = "wasm32")]
#[unsafe(no_mangle)]
pub extern "C" fn _initialize() {
    let mut number = 0_u64;
    loop {
        number = std::hint::black_box(number.wrapping_add(1));
    }
}

export_business!(Stuck);
