//! What an owner may set: the equipment for rent, the shortest session, nights, deposit.

use std::collections::BTreeMap;

use sdk::{ConfigProblem, Context};
use serde::Deserialize;

/// JSON Schema of [`Config`].
pub(crate) const SCHEMA: &str = r#"{
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "equipment": {
      "type": "array", "maxItems": 20, "title": "Equipment for rent",
      "default": [
        { "name": "drum kit", "names": { "es": "batería", "pt": "bateria", "id": "drum" }, "words": ["drums", "batería", "bateria", "bataca", "drum"], "stock": 2, "price": 15000 },
        { "name": "microphone", "names": { "es": "micrófono", "pt": "microfone", "id": "mikrofon" }, "words": ["microphone", "mic", "micro", "micrófono", "microfono", "microfone", "mikrofon"], "stock": 8, "price": 5000 },
        { "name": "light", "names": { "es": "luz", "pt": "luz", "id": "lampu" }, "words": ["light", "luz", "luces", "luzes", "lámpara", "lampu"], "stock": 4, "price": 10000 }
      ],
      "items": {
        "type": "object", "additionalProperties": false, "required": ["name", "words", "stock", "price"],
        "properties": {
          "name": { "type": "string", "maxLength": 40, "title": "Name of one" },
          "names": { "type": "object", "additionalProperties": { "type": "string", "maxLength": 40 }, "default": {}, "title": "Its name in other languages, by their codes" },
          "words": { "type": "array", "items": { "type": "string" }, "minItems": 1, "title": "What customers call it" },
          "stock": { "type": "integer", "minimum": 0, "maximum": 1000, "title": "How many there are" },
          "price": { "type": "integer", "minimum": 0, "title": "Each, per session, in minor units" }
        }
      }
    },
    "shortest_minutes": { "type": "integer", "minimum": 30, "maximum": 480, "default": 60, "title": "Shortest session, in minutes" },
    "weekend_shortest_minutes": { "type": "integer", "minimum": 30, "maximum": 480, "default": 120, "title": "Shortest session on Saturday and Sunday" },
    "night_from_hour": { "type": "integer", "minimum": 12, "maximum": 24, "default": 22, "title": "Nights begin at (hour)" },
    "night_percent": { "type": "integer", "minimum": 0, "maximum": 200, "default": 20, "title": "On top at night, in percent" },
    "deposit_percent": { "type": "integer", "minimum": 0, "maximum": 100, "default": 50, "title": "Deposit, in percent of the total" }
  }
}"#;

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) equipment: Vec<Equipment>,
    pub(crate) shortest_minutes: u32,
    pub(crate) weekend_shortest_minutes: u32,
    pub(crate) night_from_hour: u32,
    pub(crate) night_percent: i64,
    pub(crate) deposit_percent: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Equipment {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) names: BTreeMap<String, String>,
    pub(crate) words: Vec<String>,
    pub(crate) stock: u32,
    pub(crate) price: i64,
}

impl Default for Config {
    fn default() -> Self {
        let equipment = |[en, es, pt, id]: [&str; 4], words: &[&str], stock, price| Equipment {
            name: en.into(),
            names: [("es", es), ("pt", pt), ("id", id)].map(|(tag, name)| (tag.into(), name.into())).into(),
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            stock,
            price,
        };
        Self {
            equipment: vec![
                equipment(
                    ["drum kit", "batería", "bateria", "drum"],
                    &["drums", "batería", "bateria", "bataca", "drum"],
                    2,
                    15_000,
                ),
                equipment(
                    ["microphone", "micrófono", "microfone", "mikrofon"],
                    &["microphone", "mic", "micro", "micrófono", "microfono", "microfone", "mikrofon"],
                    8,
                    5_000,
                ),
                equipment(
                    ["light", "luz", "luz", "lampu"],
                    &["light", "luz", "luces", "luzes", "lámpara", "lampu"],
                    4,
                    10_000,
                ),
            ],
            shortest_minutes: 60,
            weekend_shortest_minutes: 120,
            night_from_hour: 22,
            night_percent: 20,
            deposit_percent: 50,
        }
    }
}

impl Equipment {
    /// Its name in the language of the conversation.
    pub(crate) fn called(&self, context: &Context) -> &str {
        let tag = context.language.split('-').next().unwrap_or_default();
        self.names.get(tag).unwrap_or(&self.name)
    }
}

impl Config {
    /// What the schema cannot say: a word that names two things.
    pub(crate) fn problems(&self) -> Vec<ConfigProblem> {
        let mut seen: Vec<&str> = Vec::new();
        let mut problems = Vec::new();
        for (place, equipment) in self.equipment.iter().enumerate() {
            for word in &equipment.words {
                if seen.contains(&word.as_str()) {
                    let problem = format!("{word:?} already names other equipment");
                    problems.push(ConfigProblem { path: format!("/equipment/{place}/words"), problem });
                }
                seen.push(word);
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_s_defaults_are_those_of_the_code() {
        let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
        let properties = schema["properties"].as_object().unwrap().iter();
        let defaults: serde_json::Map<String, serde_json::Value> =
            properties.map(|(name, property)| (name.clone(), property["default"].clone())).collect();
        let read: Config = serde_json::from_value(defaults.into()).unwrap();
        assert_eq!(read, Config::default());
        assert!(read.problems().is_empty());
    }

    #[test]
    fn a_word_names_one_thing() {
        let mut config = Config::default();
        config.equipment[2].words.push("drum".into());
        assert_eq!(config.problems()[0].path, "/equipment/2/words");
    }
}
