//! Calendars kept elsewhere, as pages and programs see them: never with their address, which is a key to them.

use domain::{
    OutsideCalendarId, ResourceId,
    outside_calendar::{Standing, Unread},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ResourceName;

/// A calendar to connect.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewOutsideCalendar {
    pub resource: ResourceId,
    #[serde(default)]
    pub name: String,
    /// `https://…/basic.ics` or `webcal://…`.
    pub address: String,
}

/// A stretch that a calendar kept elsewhere takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ElsewhereView {
    pub resource: ResourceId,
    pub from: Timestamp,
    pub to: Timestamp,
    /// Closed because the calendar cannot be read, not because it says busy.
    pub unread: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutsideCalendarView {
    pub id: OutsideCalendarId,
    pub resource: ResourceName,
    pub name: String,
    /// Whose server it lies on.
    pub host: String,
    pub standing: Standing,
    pub unread: Option<Unread>,
    pub read_at: Option<Timestamp>,
    /// Entries that say nothing usable about when they are.
    pub skipped: u32,
}
