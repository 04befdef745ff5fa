//! What customers read: one file per language, one section per key, compiled once; undefined names are errors.
//!
//! Text for WhatsApp, so nothing is escaped; what customers wrote comes in as values only.

use std::collections::BTreeSet;

use domain::Language;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

const SPANISH: &str = include_str!("../../../templates/messages/es.txt");
const ENGLISH: &str = include_str!("../../../templates/messages/en.txt");
const PORTUGUESE: &str = include_str!("../../../templates/messages/pt.txt");
const INDONESIAN: &str = include_str!("../../../templates/messages/id.txt");

/// All messages of all languages.
pub struct Messages {
    spanish: Environment<'static>,
    english: Environment<'static>,
    portuguese: Environment<'static>,
    indonesian: Environment<'static>,
}

/// A message is missing, or was given other names than it uses: a bug that tests catch.
#[derive(Debug, thiserror::Error)]
#[error("message {key}: {reason}")]
pub struct MessageError {
    pub key: String,
    pub reason: String,
}

impl Messages {
    pub fn load() -> Result<Self, MessageError> {
        Ok(Self {
            spanish: environment(SPANISH)?,
            english: environment(ENGLISH)?,
            portuguese: environment(PORTUGUESE)?,
            indonesian: environment(INDONESIAN)?,
        })
    }

    /// The message in `language`.
    pub fn render(&self, language: Language, key: &str, values: impl Serialize) -> Result<String, MessageError> {
        let environment = self.of(language);
        let failed = |error: minijinja::Error| MessageError { key: key.to_owned(), reason: error.to_string() };
        let text =
            environment.get_template(key).map_err(failed)?.render(minijinja::value::Serde(&values)).map_err(failed)?;
        // "5:00 p.m." at the end of a sentence needs no second stop.
        Ok(text.trim().replace("m..", "m."))
    }

    /// As it stands in its file.
    pub fn source(&self, language: Language, key: &str) -> Option<String> {
        Some(self.of(language).get_template(key).ok()?.source().trim().to_owned())
    }

    /// The names it may use: those that any language uses.
    pub fn names(&self, key: &str) -> BTreeSet<String> {
        let of = |language| self.of(language).get_template(key).ok().map(|text| text.undeclared_variables(false));
        Language::ALL.into_iter().filter_map(of).flatten().collect()
    }

    fn of(&self, language: Language) -> &Environment<'static> {
        match language {
            Language::Spanish => &self.spanish,
            Language::English => &self.english,
            Language::Portuguese => &self.portuguese,
            Language::Indonesian => &self.indonesian,
        }
    }

    /// Keys of a language, in the order of its file.
    pub fn keys(language: Language) -> Vec<&'static str> {
        let source = match language {
            Language::Spanish => SPANISH,
            Language::English => ENGLISH,
            Language::Portuguese => PORTUGUESE,
            Language::Indonesian => INDONESIAN,
        };
        sections(source).into_iter().map(|(key, _)| key).collect()
    }
}

fn environment(source: &'static str) -> Result<Environment<'static>, MessageError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    for (key, text) in sections(source) {
        let added = environment.add_template_owned(key, text);
        added.map_err(|error| MessageError { key: key.to_owned(), reason: error.to_string() })?;
    }
    Ok(environment)
}

fn sections(source: &'static str) -> Vec<(&'static str, String)> {
    let mut sections: Vec<(&str, String)> = Vec::new();
    for line in source.lines().filter(|line| !line.starts_with('#')) {
        match line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(key) => sections.push((key, String::new())),
            None => {
                if let Some((_, text)) = sections.last_mut() {
                    text.push_str(line);
                    text.push('\n');
                }
            }
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_exists_in_every_language_and_renders_with_the_same_names() {
        let messages = Messages::load().unwrap();
        for language in Language::ALL {
            assert_eq!(Messages::keys(Language::Spanish), Messages::keys(language), "{language}");
        }
        let names = [
            "name", "business", "example", "what", "times", "why", "when", "who", "date", "on", "time", "place",
            "total", "cutoff", "list", "number", "price", "duration", "address", "said", "days", "because", "minutes",
            "party", "most", "period", "hint", "fee", "deposit", "person", "more", "reason", "question",
        ];
        let mut values: std::collections::BTreeMap<&str, serde_json::Value> =
            names.into_iter().map(|name| (name, serde_json::json!("x"))).collect();
        values.insert("party", serde_json::json!(2));
        values.insert("lines", serde_json::json!(["a", "b"]));
        values.insert("notes", serde_json::json!(["c"]));
        for key in Messages::keys(Language::Spanish) {
            for language in Language::ALL {
                let text = messages.render(language, key, &values).unwrap();
                assert!(!text.is_empty() && !text.contains("{{"), "{language}: {key}");
            }
        }
        assert!(
            messages.render(Language::English, "greet", serde_json::json!({})).is_err(),
            "an undefined name is an error"
        );
    }

    #[test]
    fn a_message_says_what_it_names_in_any_language() {
        let messages = Messages::load().unwrap();
        assert!(messages.source(Language::English, "greet").unwrap().contains("{{ business }}"));
        assert_eq!(messages.source(Language::English, "unheard of"), None);
        assert_eq!(messages.names("greet"), ["business".to_owned(), "name".to_owned()].into());
        assert!(messages.names("readback").contains("lines"));
    }

    #[test]
    fn what_a_customer_wrote_is_not_a_template() {
        let messages = Messages::load().unwrap();
        let values = serde_json::json!({ "name": "{{ 7 * 7 }}", "business": "B" });
        assert!(messages.render(Language::English, "greet", values).unwrap().contains("{{ 7 * 7 }}"));
    }
}
