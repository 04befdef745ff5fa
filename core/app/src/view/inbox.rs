//! Conversations as members read them.

use domain::{
    ConversationId, CustomerId, Language, MessageId, TemplateId,
    conversation::{Answering, ConversationStatus},
    delivery::Ticks,
    message::{Author, Body},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::bookings::BookingView;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InboxFilter {
    #[default]
    All,
    /// A person was asked for and nobody took over.
    Waiting,
    /// Taken over by the asking member.
    Mine,
    /// The assistant answers.
    Assistant,
    Resolved,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InboxList {
    pub rows: Vec<InboxRow>,
    /// Opaque; give it back for the next page.
    pub next: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InboxRow {
    pub id: ConversationId,
    /// The customer's name, else the number, else empty.
    pub customer: String,
    pub last_line: String,
    /// Whose the last line is: `customer`, `assistant`, `member`, `system`.
    pub last_author: String,
    pub last_at: Option<Timestamp>,
    pub unread: u32,
    pub answering: Answering,
    /// Name of the member who took over; empty otherwise.
    pub answering_name: String,
    pub status: ConversationStatus,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ThreadView {
    pub row: InboxRow,
    pub messages: Vec<MessageView>,
    /// There are older ones before the first.
    pub more: bool,
    /// Free text can be sent until then; `None`: not now, or the provider knows no such end.
    pub window_closes: Option<Timestamp>,
    /// What is written now leaves now. Otherwise it waits, in sight, until the customer writes.
    pub leaves_now: bool,
    /// What leaves even so: approved templates of this channel; none while free text does.
    pub templates: Vec<TemplateOffer>,
    pub card: CustomerCard,
    pub version: i64,
}

/// An approved template that a member may send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateOffer {
    pub id: TemplateId,
    pub name: String,
    /// With its places as `{{1}}`.
    pub text: String,
    /// How many values it takes.
    pub places: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageView {
    pub id: MessageId,
    pub author: Author,
    /// Name of the member who wrote it; empty otherwise.
    pub author_name: String,
    pub body: Body,
    /// Outgoing only.
    pub ticks: Option<Ticks>,
    pub failure: Option<String>,
    pub at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CustomerCard {
    pub id: CustomerId,
    pub name: String,
    pub phone: String,
    pub language: Option<Language>,
    pub note: String,
    pub completed_visits: u32,
    pub no_shows: u32,
    /// From now on, by start, at most 10.
    pub upcoming: Vec<BookingView>,
    /// Before now, newest first, at most 10.
    pub past: Vec<BookingView>,
}
