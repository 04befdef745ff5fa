//! Renders prompt and message templates inside the sandbox: source and typed context in, text out.
//!
//! Undefined names are errors and there is no loader, so a template reaches nothing but its context. What a template may
//! cost is not decided here: the host stops this component as it stops every other, by time, memory and length.

use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, value::Serde};
use sdk::{Business, Context, Description, ToolAnswer, export_business};
use serde::Deserialize;

/// The renderer. Its one tool is `render`.
pub struct Prompts;

/// What `render` is given: templates that share a context, so that one call renders a batch.
#[derive(Deserialize)]
struct Wanted {
    templates: Vec<Source>,
    context: serde_json::Value,
}

#[derive(Deserialize)]
struct Source {
    key: String,
    body: String,
}

impl Business for Prompts {
    fn describe() -> Description {
        Description {
            name: "prompts".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            languages: vec!["en".into()],
            config_schema: "{}".into(),
            ..Description::default()
        }
    }

    fn call_tool(_context: &Context, name: &str, arguments: &str) -> Result<ToolAnswer, String> {
        if name != "render" {
            return Err(format!("no tool {name}"));
        }
        let wanted: Wanted = serde_json::from_str(arguments).map_err(|error| format!("arguments: {error}"))?;
        let mut rendered = serde_json::Map::new();
        let (environment, about) = (environment(), Value::from(Serde(&wanted.context)));
        for source in &wanted.templates {
            let text = environment
                .render_named_str(&source.key, &source.body, &about)
                .map_err(|error| format!("{}: {error}", source.key))?;
            rendered.insert(source.key.clone(), text.into());
        }
        Ok(ToolAnswer::says(&serde_json::Value::Object(rendered).to_string()))
    }
}

/// Texts for people, not pages: nothing is escaped.
fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_name| AutoEscape::None);
    environment.set_recursion_limit(32);
    environment
}

export_business!(Prompts);

#[cfg(test)]
mod tests {
    use super::*;

    fn render(body: &str, context: serde_json::Value) -> Result<String, String> {
        let arguments = serde_json::json!({ "templates": [{ "key": "t", "body": body }], "context": context });
        let answer = Prompts::call_tool(&Context::default(), "render", &arguments.to_string())?;
        let texts: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
        Ok(texts["t"].as_str().unwrap().to_owned())
    }

    #[test]
    fn a_template_knows_its_context_and_nothing_else() {
        let context = serde_json::json!({ "name": "Ana", "services": ["corte", "tinte"] });
        assert_eq!(
            render("Hola {{ name }}: {{ services|join(', ') }}", context.clone()).unwrap(),
            "Hola Ana: corte, tinte"
        );
        assert!(render("{{ nombre }}", context.clone()).unwrap_err().contains("undefined"));
        assert!(render("{% include 'x' %}", context).is_err());
    }

    #[test]
    fn a_value_is_never_a_template() {
        assert_eq!(render("{{ a }}", serde_json::json!({ "a": "{{ b }}<b>" })).unwrap(), "{{ b }}<b>");
    }
}
