//! `{{ name }}` in a module's messages, filled with values and nothing else: no logic, no filters, no escapes.

use std::collections::BTreeMap;

/// Longest message that leaves.
const LONGEST: usize = 4_096;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotFilled {
    #[error("it names {0:?}, which nobody gave")]
    Unknown(String),
    #[error("it is longer than 4,096 characters")]
    TooLong,
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
        assert_eq!(named("{{ a }} {{b}} {{ a }}"), ["a", "b"]);
    }
}
