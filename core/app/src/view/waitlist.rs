//! Who waits for a place.

use domain::{
    ConversationId, CustomerId, WaitlistEntryId,
    waitlist::{EntryState, Wish},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::bookings::one;

/// Somebody to be told when something opens up. Names the customer as [`super::NewBooking`] does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JoinWaitlist {
    #[serde(default)]
    pub customer: Option<CustomerId>,
    #[serde(default)]
    pub phone: Option<String>,
    #[serde(default)]
    pub name: String,
    /// Service keys, in order.
    pub services: Vec<String>,
    /// 1 to 5; any of them will do.
    pub wishes: Vec<Wish>,
    #[serde(default = "one")]
    pub party: u32,
    /// Higher is asked first.
    #[serde(default)]
    pub priority: i32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WaitlistView {
    /// First in line first.
    pub entries: Vec<WaitlistEntryView>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WaitlistEntryView {
    pub id: WaitlistEntryId,
    pub customer: CustomerId,
    pub customer_name: String,
    pub customer_phone: String,
    pub conversation: Option<ConversationId>,
    /// Their names.
    pub services: Vec<String>,
    pub wishes: Vec<Wish>,
    pub party: u32,
    pub priority: i32,
    /// Among those who wait for some of the same time, from 1.
    pub place: u32,
    pub state: EntryState,
    /// What is kept for them now, and until when.
    pub offered: Option<Timestamp>,
    pub offer_ends: Option<Timestamp>,
    pub created_at: Timestamp,
}
