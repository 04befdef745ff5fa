//! One file per command.

pub mod availability;
pub mod backup;
pub mod canary;
pub mod channel;
pub mod doctor;
pub mod migrate;
pub mod module;
pub mod nlu;
pub mod package;
pub mod plan;
pub mod quarantine;
pub mod serve;
