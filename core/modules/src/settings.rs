//! A module's configuration against the JSON Schema of its description: no references to elsewhere, bounded in size.

use domain::vertical::ConfigProblem;
use serde_json::Value;

/// Most problems told at once, and most bytes of a configuration.
const PROBLEMS: usize = 20;
const BYTES: usize = 64 << 10;

/// What is wrong with `config`; nothing when it fits. A configuration that was never set is judged as an empty one.
pub(crate) fn problems(schema: &str, config: &Value) -> Vec<ConfigProblem> {
    let at = |path: &str, problem: String| vec![ConfigProblem { path: path.to_owned(), problem }];
    let Ok(schema) = serde_json::from_str::<Value>(schema) else {
        return at("", "the module's schema is not JSON".to_owned());
    };
    if refers_elsewhere(&schema) {
        return at("", "the module's schema refers to somewhere else".to_owned());
    }
    let empty = Value::Object(serde_json::Map::new());
    let config = if config.is_null() { &empty } else { config };
    if config.to_string().len() > BYTES {
        return at("", "the configuration has more than 64 KiB".to_owned());
    }
    match jsonschema::validator_for(&schema) {
        Ok(validator) => validator
            .iter_errors(config)
            .take(PROBLEMS)
            .map(|error| ConfigProblem { path: error.instance_path.to_string(), problem: error.to_string() })
            .collect(),
        Err(error) => at("", format!("the module's schema is not one: {error}")),
    }
}

fn refers_elsewhere(schema: &Value) -> bool {
    match schema {
        Value::Object(fields) => fields.iter().any(|(key, value)| {
            (key == "$ref" && value.as_str().is_none_or(|target| !target.starts_with('#'))) || refers_elsewhere(value)
        }),
        Value::Array(list) => list.iter().any(refers_elsewhere),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SCHEMA: &str = r#"{"type": "object", "additionalProperties": false,
        "properties": {"percent": {"type": "integer", "maximum": 50}}}"#;

    #[test]
    fn problems_name_the_place_and_what_is_wrong() {
        assert_eq!(problems(SCHEMA, &json!({"percent": 10})), []);
        assert_eq!(problems(SCHEMA, &Value::Null), []);
        let found = problems(SCHEMA, &json!({"percent": 70}));
        assert_eq!((found[0].path.as_str(), found.len()), ("/percent", 1));
        assert!(problems(SCHEMA, &json!({"discount": 1}))[0].problem.contains("discount"));
    }

    #[test]
    fn a_schema_is_never_fetched_from_elsewhere() {
        let found = problems(r#"{"$ref": "https://example.com/s.json"}"#, &json!({}));
        assert!(found[0].problem.contains("somewhere else"));
    }
}
