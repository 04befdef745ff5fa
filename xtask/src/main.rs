//! Everything one types in this repository.
fn main() {}
