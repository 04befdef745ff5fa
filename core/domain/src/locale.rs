//! The languages Frontdesk speaks to customers.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A language with the region whose usage we follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum Language {
    /// Spanish as in Mexico.
    #[serde(rename = "es-MX", alias = "es")]
    Spanish,
    #[default]
    #[serde(rename = "en")]
    English,
    /// Portuguese as in Brazil.
    #[serde(rename = "pt-BR", alias = "pt")]
    Portuguese,
    #[serde(rename = "id")]
    Indonesian,
}

impl Language {
    pub const ALL: [Self; 4] = [Self::Spanish, Self::English, Self::Portuguese, Self::Indonesian];

    /// BCP 47.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Spanish => "es-MX",
            Self::English => "en",
            Self::Portuguese => "pt-BR",
            Self::Indonesian => "id",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

/// No language of ours has this tag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no language for this tag; one of es, en, pt, id")]
pub struct UnknownLanguage;

impl FromStr for Language {
    type Err = UnknownLanguage;

    /// By primary subtag: `es`, `es-MX` and `es_AR` are all Spanish.
    fn from_str(tag: &str) -> Result<Self, UnknownLanguage> {
        match tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "es" => Ok(Self::Spanish),
            "en" => Ok(Self::English),
            "pt" => Ok(Self::Portuguese),
            "id" | "in" => Ok(Self::Indonesian),
            _ => Err(UnknownLanguage),
        }
    }
}
