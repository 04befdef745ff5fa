//! WhatsApp providers: signatures, payloads, media, sending. Implements the Channel port.
//!
//! Invariants: a signature is checked over the raw bytes before anything is parsed; an unreadable part never hides
//! the readable ones; a token goes to the provider's own hosts only; redirects are not followed; what cannot be
//! known to have failed is ambiguous. Start at [`graph::Graph`]; [`simulator`] is the other end of the same protocol.

pub mod graph;
pub mod http;
pub mod simulator;
