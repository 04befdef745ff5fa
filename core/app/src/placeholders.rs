//! `{{ name }}` in a text, filled with values and nothing else: no logic, no filters, no escapes. What has more than that
//! is a template, and not the host's to render.

use std::collections::BTreeMap;

use serde_json::Value;

/// Longest message that leaves.
const LONGEST: usize = 4_096;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotFilled {
    #[error("it names {0:?}, which nobody gave")]
    Unknown(String),
    #[error("it is longer than 4,096 characters")]
    TooLong,
}

/// Whether names are all there is in it.
pub(crate) fn is_plain(source: &str) -> bool {
    let name = |part: &str| {
        let name = part.split_once("}}").map(|(name, _rest)| name.trim());
        name.is_some_and(|name| {
            name.starts_with(|first: char| first.is_ascii_alphabetic())
                && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        })
    };
    !source.contains("{%") && !source.contains("{#") && source.split("{{").skip(1).all(name)
}

/// A value as it reads where it is filled in: lists line by line, nothing as nothing.
pub(crate) fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Array(items) => items.iter().map(words).collect::<Vec<_>>().join("\n"),
        Value::Null | Value::Bool(_) | Value::Object(_) => String::new(),
    }
}

/// Fills in values of any kind.
pub(crate) fn filled_with(source: &str, values: &Value) -> Result<String, NotFilled> {
    let values = values.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), words(value)));
    filled(source, &values.collect())
}

/// The names in order, each once.
pub(crate) fn named(source: &str) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for part in source.split("{{").skip(1) {
        if let Some((name, _rest)) = part.split_once("}}")
            && !names.contains(&name.trim())
        {
            names.push(name.trim());
        }
    }
    names
}

/// A name without a value is an error: better no message than one with a hole.
pub(crate) fn filled(source: &str, values: &BTreeMap<String, String>) -> Result<String, NotFilled> {
    let mut parts = source.split("{{");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once("}}").ok_or_else(|| NotFilled::Unknown(part.chars().take(20).collect()))?;
        let value = values.get(name.trim()).ok_or_else(|| NotFilled::Unknown(name.trim().to_owned()))?;
        text.push_str(value);
        text.push_str(rest);
    }
    if text.chars().count() > LONGEST { Err(NotFilled::TooLong) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_never_a_template() {
        let values = BTreeMap::from([("name".to_owned(), "{{ business }}".to_owned())]);
        assert_eq!(filled("Hola {{ name }}!", &values).unwrap(), "Hola {{ business }}!");
        assert_eq!(filled("Hola {{nombre}}", &values), Err(NotFilled::Unknown("nombre".to_owned())));
        assert_eq!(filled("Hola {{ name", &values), Err(NotFilled::Unknown(" name".to_owned())));
        assert_eq!(
            filled("{{ a }}", &BTreeMap::from([("a".to_owned(), "x".repeat(LONGEST + 1))])),
            Err(NotFilled::TooLong)
        );
        assert_eq!(named("{{ a }} {{b}} {{ a }}"), ["a", "b"]);
    }

    #[test]
    fn names_alone_are_plain_and_anything_more_is_a_template() {
        for plain in ["", "Hola", "{{ name }}", "{{name}}, {{ what_2 }} a {time}"] {
            assert!(is_plain(plain), "{plain}");
        }
        for template in
            ["{{ a|upper }}", "{{ a.b }}", "{{ 1 }}", "{{ a", "{% if a %}", "{# a #}", "{{ }}", "{{ a }} {{-b }}"]
        {
            assert!(!is_plain(template), "{template}");
        }
    }

    #[test]
    fn lists_are_filled_in_line_by_line() {
        let values = serde_json::json!({ "lines": ["a", 2, null], "party": 3, "person": true });
        assert_eq!(filled_with("{{ lines }}|{{ party }}{{ person }}", &values).unwrap(), "a\n2\n|3");
    }
}
