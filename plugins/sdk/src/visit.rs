//! What a visit, its customer and the moment say, in the words of a rule.

use serde::de::DeserializeOwned;

use crate::{Context, Draft, DraftItem, Field, Moment, Turn, Visitor};

/// The value under `key`.
fn value<'a>(fields: &'a [Field], key: &str) -> Option<&'a str> {
    fields.iter().find(|field| field.key == key).map(|field| field.value.as_str())
}

impl Context {
    /// The configuration as a type of the module's; its default when it was never set.
    pub fn settings<T: DeserializeOwned + Default>(&self) -> Result<T, String> {
        if matches!(self.config.as_str(), "" | "null") {
            return Ok(T::default());
        }
        serde_json::from_str(&self.config).map_err(|error| format!("configuration: {error}"))
    }

    pub fn field(&self, key: &str) -> Option<&str> {
        value(&self.fields, key)
    }
}

impl Draft {
    /// Whether one of these services is part of the visit.
    pub fn has(&self, keys: &[&str]) -> bool {
        self.items.iter().any(|item| keys.contains(&item.key.as_str()))
    }

    /// The catalogue's prices together.
    pub fn price(&self) -> i64 {
        self.items.iter().map(|item| item.price).sum()
    }

    pub fn minutes(&self) -> u32 {
        self.items.iter().map(|item| item.minutes).sum()
    }

    /// The customer's answer to something that was asked, or to a form's question.
    pub fn answer(&self, key: &str) -> Option<&str> {
        value(&self.fields, key)
    }

    /// Never been here; somebody unknown is new too.
    pub fn by_someone_new(&self) -> bool {
        self.visitor.as_ref().is_none_or(|visitor| visitor.completed_visits == 0)
    }

    /// A granted field of the customer.
    pub fn known(&self, key: &str) -> Option<&str> {
        self.visitor.as_ref().and_then(|visitor| visitor.field(key))
    }
}

impl Turn {
    /// What was understood of the message, under one of the names in the contract.
    pub fn heard(&self, key: &str) -> Option<&str> {
        value(&self.heard, key)
    }

    /// The value of the choice that was tapped or written.
    pub fn choice(&self) -> Option<&str> {
        self.heard("choice")
    }
}

impl DraftItem {
    /// Whether somebody or something with this skill was chosen for it.
    pub fn with_skill(&self, skill: &str) -> bool {
        self.resources.iter().any(|resource| resource.skills.iter().any(|own| own == skill))
    }
}

impl Visitor {
    pub fn field(&self, key: &str) -> Option<&str> {
        value(&self.fields, key)
    }
}

impl Moment {
    /// On the wall, 0 to 23.
    pub fn hour(&self) -> u32 {
        self.minute / 60
    }

    pub fn is_weekend(&self) -> bool {
        self.weekday >= 6
    }

    /// From the first hour to before the second, on the wall; across midnight when the first is the later one.
    pub fn between_hours(&self, from: u32, to: u32) -> bool {
        let hour = self.hour();
        if from <= to { from <= hour && hour < to } else { from <= hour || hour < to }
    }

    /// Whole minutes from here to `later`; negative when that is earlier.
    pub fn minutes_until(&self, later: &Self) -> i64 {
        (later.at - self.at) / 60_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wall_says_whether_it_is_evening_and_the_weekend() {
        let friday_night = Moment { at: 0, date: "2026-03-06".into(), weekday: 5, minute: 23 * 60 };
        assert!(friday_night.between_hours(22, 2) && !friday_night.between_hours(8, 23));
        assert!(!friday_night.is_weekend() && Moment { weekday: 6, ..friday_night }.is_weekend());
    }

    #[test]
    fn settings_never_made_are_the_defaults_and_wrong_ones_are_told() {
        let context = |config: &str| Context { config: config.to_owned(), ..Context::default() };
        assert_eq!(context("null").settings::<u8>(), Ok(0));
        assert_eq!(context("7").settings::<u8>(), Ok(7));
        assert!(context("\"x\"").settings::<u8>().unwrap_err().starts_with("configuration: "));
    }
}
