//! Between columns and domain types: times as microseconds, lists and records as JSON text.

use domain::Span;
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

use crate::StoreError;

pub(crate) fn us(at: Timestamp) -> i64 {
    at.as_microsecond()
}

pub(crate) fn at(us: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(us).map_err(|_out_of_range| StoreError::Corrupt("time"))
}

pub(crate) fn span(from_us: i64, to_us: i64) -> Result<Span, StoreError> {
    Span::new(at(from_us)?, at(to_us)?).ok_or(StoreError::Corrupt("span"))
}

/// Our own types always encode; an empty text would fail loudly on the way back.
pub(crate) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

pub(crate) fn from_json<T: DeserializeOwned>(text: &str, what: &'static str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_unreadable| StoreError::Corrupt(what))
}

pub(crate) fn count(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(0)
}
