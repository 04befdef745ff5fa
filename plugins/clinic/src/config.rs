//! What an owner may set.

use serde::Deserialize;

/// JSON Schema of [`Config`].
pub(crate) const SCHEMA: &str = r#"{
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "follow_up_days": { "type": "integer", "minimum": 1, "maximum": 730, "default": 180, "title": "A follow-up is one within this many days of the last visit" },
    "adult_age": { "type": "integer", "minimum": 12, "maximum": 21, "default": 18, "title": "Younger patients come with a guardian" },
    "consent": { "type": "boolean", "default": true, "title": "Ask for consent to keep health data before the first visit" },
    "first_visit_deposit": { "type": "integer", "minimum": 0, "default": 0, "title": "Deposit for a first visit, in minor units" }
  }
}"#;

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) follow_up_days: i64,
    pub(crate) adult_age: u32,
    pub(crate) consent: bool,
    pub(crate) first_visit_deposit: i64,
}

impl Default for Config {
    fn default() -> Self {
        Self { follow_up_days: 180, adult_age: 18, consent: true, first_visit_deposit: 0 }
    }
}
