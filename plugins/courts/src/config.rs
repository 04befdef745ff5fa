//! What an owner may set: when it is peak, what lights cost, what members get, how much one player may have.

use sdk::{ConfigProblem, Moment};
use serde::Deserialize;

/// JSON Schema of [`Config`].
pub(crate) const SCHEMA: &str = r#"{
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "peak": {
      "type": "array", "maxItems": 12, "title": "Peak hours",
      "default": [{ "weekdays": [1, 2, 3, 4, 5], "from_hour": 18, "to_hour": 22, "percent": 25 }],
      "items": {
        "type": "object", "additionalProperties": false, "required": ["weekdays", "from_hour", "to_hour", "percent"],
        "properties": {
          "weekdays": { "type": "array", "items": { "type": "integer", "minimum": 1, "maximum": 7 }, "minItems": 1, "title": "Weekdays, 1 is Monday" },
          "from_hour": { "type": "integer", "minimum": 0, "maximum": 23, "title": "From (hour)" },
          "to_hour": { "type": "integer", "minimum": 1, "maximum": 24, "title": "To (hour)" },
          "percent": { "type": "integer", "minimum": -50, "maximum": 200, "title": "On top, in percent" }
        }
      }
    },
    "weekend_percent": { "type": "integer", "minimum": -50, "maximum": 200, "default": 15, "title": "On top on Saturday and Sunday, in percent" },
    "lights_from_hour": { "type": "integer", "minimum": 0, "maximum": 23, "default": 19, "title": "Lights are needed from (hour)" },
    "lights_fee": { "type": "integer", "minimum": 0, "default": 5000, "title": "Lights, per started hour, in minor units" },
    "member_discount_percent": { "type": "integer", "minimum": 0, "maximum": 100, "default": 20, "title": "Members' discount, in percent" },
    "bookings_ahead": { "type": "integer", "minimum": 1, "maximum": 50, "default": 3, "title": "Most games one player may have ahead" },
    "members_bookings_ahead": { "type": "integer", "minimum": 1, "maximum": 50, "default": 6, "title": "The same for members" },
    "no_shows_until_deposit": { "type": "integer", "minimum": 0, "maximum": 20, "default": 2, "title": "No-shows after which a deposit is asked (0: never)" },
    "tournament": {
      "type": ["object", "null"], "default": null, "title": "Tournament that players may sign up for",
      "additionalProperties": false, "required": ["name", "date", "fee"],
      "properties": {
        "name": { "type": "string", "minLength": 1, "maxLength": 60, "title": "Name" },
        "date": { "type": "string", "minLength": 1, "maxLength": 40, "title": "When, as players read it" },
        "fee": { "type": "integer", "minimum": 0, "title": "Entry per pair, in minor units" }
      }
    }
  }
}"#;

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) peak: Vec<Peak>,
    pub(crate) weekend_percent: i64,
    pub(crate) lights_from_hour: u32,
    pub(crate) lights_fee: i64,
    pub(crate) member_discount_percent: i64,
    pub(crate) bookings_ahead: usize,
    pub(crate) members_bookings_ahead: usize,
    pub(crate) no_shows_until_deposit: u32,
    pub(crate) tournament: Option<Tournament>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tournament {
    pub(crate) name: String,
    /// As players read it.
    pub(crate) date: String,
    pub(crate) fee: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Peak {
    pub(crate) weekdays: Vec<u8>,
    pub(crate) from_hour: u32,
    pub(crate) to_hour: u32,
    pub(crate) percent: i64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            peak: vec![Peak { weekdays: vec![1, 2, 3, 4, 5], from_hour: 18, to_hour: 22, percent: 25 }],
            weekend_percent: 15,
            lights_from_hour: 19,
            lights_fee: 5_000,
            member_discount_percent: 20,
            bookings_ahead: 3,
            members_bookings_ahead: 6,
            no_shows_until_deposit: 2,
            tournament: None,
        }
    }
}

impl Peak {
    /// Whether a game that starts then is a game at peak.
    pub(crate) fn holds(&self, start: &Moment) -> bool {
        self.weekdays.contains(&start.weekday) && (self.from_hour..self.to_hour).contains(&start.hour())
    }
}

impl Config {
    /// What the schema cannot say.
    pub(crate) fn problems(&self) -> Vec<ConfigProblem> {
        let backwards = self.peak.iter().enumerate().filter(|(_, peak)| peak.from_hour >= peak.to_hour);
        let mut problems: Vec<ConfigProblem> = backwards
            .map(|(place, _)| ConfigProblem {
                path: format!("/peak/{place}/to_hour"),
                problem: "peak hours end after they begin".into(),
            })
            .collect();
        if self.members_bookings_ahead < self.bookings_ahead {
            problems.push(ConfigProblem {
                path: "/members_bookings_ahead".into(),
                problem: "members may have at least as many games ahead as others".into(),
            });
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
        let defaults: serde_json::Map<String, serde_json::Value> = schema["properties"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, property)| (name.clone(), property["default"].clone()))
            .collect();
        let read: Config = serde_json::from_value(defaults.into()).unwrap();
        assert_eq!(read, Config::default());
        assert!(read.problems().is_empty());
    }

    #[test]
    fn hours_that_end_before_they_begin_are_told_by_place() {
        let peak = |from_hour, to_hour| Peak { weekdays: vec![1], from_hour, to_hour, percent: 10 };
        let config = Config { peak: vec![peak(8, 10), peak(22, 18)], members_bookings_ahead: 1, ..Config::default() };
        let paths: Vec<String> = config.problems().into_iter().map(|problem| problem.path).collect();
        assert_eq!(paths, ["/peak/1/to_hour", "/members_bookings_ahead"]);
    }
}
