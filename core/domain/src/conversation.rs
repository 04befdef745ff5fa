//! Everything said between one customer and one channel, and who answers.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{ChannelId, ConversationId, CustomerId, Language, MemberId};

#[derive(Debug, Clone, PartialEq)]
pub struct Conversation {
    pub id: ConversationId,
    pub channel: ChannelId,
    pub customer: CustomerId,
    /// Exactly what the provider must be given to reach this customer (`wa_id`, scoped id, JID).
    pub address: String,
    pub answering: Answering,
    pub status: ConversationStatus,
    pub language: Option<Language>,
    /// The assistant's memory between turns; opaque here, versioned by its writer.
    pub memory: serde_json::Value,
    pub last_inbound_at: Option<Timestamp>,
    pub last_message_at: Option<Timestamp>,
    pub unread: u32,
    /// Grows with every change; SSE and compare-and-swap use it.
    pub version: i64,
}

/// Who answers the next message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "who")]
pub enum Answering {
    Assistant,
    /// The customer asked for a person, nobody has taken over yet.
    Waiting,
    Person {
        member: MemberId,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "status")]
pub enum ConversationStatus {
    Open,
    Snoozed { until: Option<Timestamp> },
    Resolved,
}

/// How long free text may be sent after the customer's last message (Meta's customer service window).
pub const WINDOW_HOURS: i64 = 24;
/// Kept clear of the end of the window, against clocks that differ.
pub const WINDOW_MARGIN_MINUTES: i64 = 5;

/// When free text stops being deliverable; `None` when the customer never wrote.
pub fn window_closes(last_inbound_at: Option<Timestamp>) -> Option<Timestamp> {
    let margin = jiff::SignedDuration::from_mins(WINDOW_HOURS * 60 - WINDOW_MARGIN_MINUTES);
    last_inbound_at.and_then(|at| at.checked_add(margin).ok())
}
