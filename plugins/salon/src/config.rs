//! What an owner may set.

use serde::Deserialize;

/// JSON Schema of [`Config`].
pub(crate) const SCHEMA: &str = r#"{
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "combo_discount_percent": { "type": "integer", "minimum": 0, "maximum": 50, "default": 10, "title": "Discount from the second service on, in percent" },
    "senior_surcharge_percent": { "type": "integer", "minimum": 0, "maximum": 100, "default": 0, "title": "Surcharge for senior stylists, in percent" },
    "max_services": { "type": "integer", "minimum": 1, "maximum": 8, "default": 4, "title": "Most services in one visit" },
    "patch_test": { "type": "boolean", "default": false, "title": "New customers need a patch test before colour" },
    "rebooking": { "type": "boolean", "default": true, "title": "Invite customers when their service is due again" },
    "long_hair_minutes": { "type": "integer", "minimum": 0, "maximum": 120, "default": 0, "title": "More minutes for colour on long hair; 0 does not ask" },
    "intake": { "type": "boolean", "default": false, "title": "Ask about allergies before colour" }
  }
}"#;

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) combo_discount_percent: i64,
    pub(crate) senior_surcharge_percent: i64,
    pub(crate) max_services: usize,
    pub(crate) patch_test: bool,
    pub(crate) rebooking: bool,
    pub(crate) long_hair_minutes: u32,
    pub(crate) intake: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            combo_discount_percent: 10,
            senior_surcharge_percent: 0,
            max_services: 4,
            patch_test: false,
            rebooking: true,
            long_hair_minutes: 0,
            intake: false,
        }
    }
}
