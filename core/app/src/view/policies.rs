//! What the owner decides, and what there is to decide about.

use domain::{Currency, tenant::BookingPolicy};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::bookings::ResourceName;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PolicyView {
    pub policy: BookingPolicy,
    pub currency: Currency,
    /// Active ones; `role` is their kind.
    pub resources: Vec<ResourceName>,
    pub kinds: Vec<String>,
    /// ISO 3166; empty when unknown.
    pub country: String,
    /// Public ones of the country in the year to come.
    pub holidays: Vec<HolidayView>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HolidayView {
    pub date: Date,
    /// In the country's own language.
    pub name: String,
}
