//! A customer is an internal id; numbers and provider ids are aliases that lead to it.

use serde::{Deserialize, Serialize};

use crate::{CustomerId, Language, Phone};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    pub id: CustomerId,
    /// As the customer or the provider gave it; empty when unknown. Data, never template source.
    pub name: String,
    pub language: Option<Language>,
    pub note: String,
    pub no_shows: u32,
    /// Pays members' prices.
    pub member: bool,
}

/// One alias of a customer. A WhatsApp user may have a business-scoped id and **no phone**.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "value")]
pub enum Identity {
    Phone(Phone),
    /// Meta's business-scoped user id, `MX.9000…`.
    Scoped(String),
    /// WhatsApp Web's hidden id, `8800…@lid`.
    Lid(String),
}

impl Identity {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Phone(_) => "phone",
            Self::Scoped(_) => "scoped",
            Self::Lid(_) => "lid",
        }
    }

    pub fn value(&self) -> &str {
        match self {
            Self::Phone(phone) => phone.as_str(),
            Self::Scoped(value) | Self::Lid(value) => value,
        }
    }
}
