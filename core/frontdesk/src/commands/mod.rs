//! One file per command.

pub mod doctor;
pub mod migrate;
pub mod module;
pub mod nlu;
pub mod package;
pub mod serve;
