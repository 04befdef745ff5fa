//! The port to the built-in WhatsApp: customers' phones and the provider's server in one, for demos and tests.
//!
//! It speaks the real protocol on both sides: what a customer says arrives at our own webhook as a signed
//! post, and what we send arrives at a Graph-compatible endpoint. Only the phones are imagined.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Phone, channel::Line, delivery::Ticks, message::Body};

/// A phone in the simulator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handset {
    pub phone: Phone,
    pub name: String,
}

/// A bubble on a simulated phone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bubble {
    /// `wamid.…`, as the provider would give it.
    pub id: String,
    /// From the customer to the business.
    pub from_customer: bool,
    pub body: Body,
    pub ticks: Ticks,
    pub at: Timestamp,
}

/// What the Graph-compatible endpoint answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphAnswer {
    pub status: u16,
    pub json: String,
}

/// The simulator could not do it; the text is for the person in front of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SimulatorError {
    #[error("our own webhook answered {status}")]
    Webhook { status: u16 },
    #[error("our own webhook could not be reached: {0}")]
    Unreachable(String),
    #[error("no such bubble on this phone")]
    NoSuchBubble,
}

#[async_trait]
pub trait Simulator: Send + Sync {
    /// The customer says something: a signed post to the line's real webhook. Gives the message id.
    async fn say(&self, line: &Line, from: &Handset, body: Body) -> Result<String, SimulatorError>;

    /// Our own send arriving at the provider: `POST /{version}/{phone_number_id}/messages`.
    async fn graph_post(&self, line: &Line, authorization: &str, json: &str) -> GraphAnswer;

    /// What the customer's phone shows, oldest first, and whether the business is typing.
    fn screen(&self, line: &Line, phone: &Phone) -> Screen;

    /// The customer looks at the phone: everything delivered becomes read.
    async fn look(&self, line: &Line, phone: &Phone) -> Result<(), SimulatorError>;

    /// Forgets what the phone shows (the dashboard keeps its own).
    fn clear(&self, line: &Line, phone: &Phone);
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Screen {
    pub bubbles: Vec<Bubble>,
    pub typing: bool,
    /// Grows with every change on this phone, so that a page can wait for the next.
    pub version: u64,
}
