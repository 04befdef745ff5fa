//! WhatsApp providers: signatures, payloads, media, sending. Implements the Channel port.
//!
//! Invariants: a signature or secret is checked before anything is parsed; an unreadable part never hides the
//! readable ones; a token goes to the provider's own hosts only; redirects of sends are not followed; what cannot be
//! known to have failed is ambiguous. Start at [`graph::Graph`], the richest protocol; [`twilio`], [`evolution`] and
//! [`wassenger`] follow its shape (`inbound`, `outbound`, `errors`); [`simulator`] is the other end of the first.

mod addresses;
mod answers;
mod download;
pub mod evolution;
pub mod graph;
pub mod http;
mod proof;
pub mod simulator;
#[cfg(test)]
mod tests;
pub mod twilio;
pub mod wassenger;
mod wording;
