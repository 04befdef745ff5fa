//! Renders prompt and message templates inside the sandbox: source and typed context in, text out.
//!
//! Undefined names are errors and there is no loader, so a template reaches nothing but its context. What a template may
//! cost is not decided here: the host stops this component as it stops every other, by time, memory and length.

use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, value::Serde};
use sdk::{Business, Context, Description, ToolAnswer, export_business};
use serde::{Deserialize, Serialize};

/// The renderer. Its tools are `render` and `names`.
pub struct Prompts;

/// What `render` is given: each template is compiled once, however often it is rendered.
#[derive(Deserialize)]
struct Batch {
    templates: Vec<String>,
    renderings: Vec<Rendering>,
}

#[derive(Deserialize)]
struct Rendering {
    /// Place among the templates.
    template: usize,
    context: serde_json::Value,
}

/// What became of one.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Rendered {
    Text(String),
    Error(String),
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
        let answer = match name {
            "render" => rendered(&read::<Batch>(arguments)?)?,
            "names" => names(&read::<String>(arguments)?)?,
            _ => return Err(format!("no tool {name}")),
        };
        Ok(ToolAnswer::says(&answer))
    }
}

fn read<T: for<'a> Deserialize<'a>>(arguments: &str) -> Result<T, String> {
    serde_json::from_str(arguments).map_err(|error| format!("arguments: {error}"))
}

fn rendered(batch: &Batch) -> Result<String, String> {
    let environment = environment();
    let compiled: Vec<_> = batch.templates.iter().map(|body| environment.template_from_str(body)).collect();
    let render = |rendering: &Rendering| {
        let template = compiled.get(rendering.template).ok_or("no such template")?.as_ref().map_err(told)?;
        template.render(Value::from(Serde(&rendering.context))).map_err(|error| told(&error))
    };
    let all: Vec<Rendered> = batch
        .renderings
        .iter()
        .map(|rendering| render(rendering).map_or_else(Rendered::Error, Rendered::Text))
        .collect();
    serde_json::to_string(&all).map_err(|error| error.to_string())
}

/// The names a template takes from its context, in order.
fn names(body: &str) -> Result<String, String> {
    let environment = environment();
    let template = environment.template_from_str(body).map_err(|error| told(&error))?;
    let mut names: Vec<String> = template.undeclared_variables(false).into_iter().collect();
    // What the engine brings along, as `range`, is nobody's to give.
    names.retain(|name| !environment.globals().any(|(global, _)| global == name));
    names.sort();
    serde_json::to_string(&names).map_err(|error| error.to_string())
}

/// Without the name that a nameless template gets.
fn told(error: &minijinja::Error) -> String {
    let line = error.line().map(|line| format!(" (line {line})")).unwrap_or_default();
    let detail = error.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
    format!("{}{detail}{line}", error.kind())
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
    use serde_json::{Value, json};

    fn tool(name: &str, arguments: Value) -> Result<Value, String> {
        let answer = Prompts::call_tool(&Context::default(), name, &arguments.to_string())?;
        Ok(serde_json::from_str(&answer.text).unwrap())
    }

    fn render(body: &str, context: Value) -> Result<String, String> {
        let batch = json!({ "templates": [body], "renderings": [{ "template": 0, "context": context }] });
        let answers = tool("render", batch)?;
        match answers[0]["text"].as_str() {
            Some(text) => Ok(text.to_owned()),
            None => Err(answers[0]["error"].as_str().unwrap().to_owned()),
        }
    }

    #[test]
    fn a_template_knows_its_context_and_nothing_else() {
        let context = json!({ "name": "Ana", "services": ["corte", "tinte"] });
        assert_eq!(
            render("Hola {{ name }}: {{ services|join(', ') }}", context.clone()).unwrap(),
            "Hola Ana: corte, tinte"
        );
        assert!(render("{{ nombre }}", context.clone()).unwrap_err().contains("undefined"));
        assert!(render("{% include 'x' %}", context).is_err());
    }

    #[test]
    fn a_value_is_never_a_template() {
        assert_eq!(render("{{ a }}", json!({ "a": "{{ b }}<b>" })).unwrap(), "{{ b }}<b>");
    }

    #[test]
    fn a_batch_shares_its_templates_and_one_that_is_wrong_spoils_no_other() {
        let batch = json!({
            "templates": ["Hola {{ name }}", "{% if %}"],
            "renderings": [
                { "template": 0, "context": { "name": "Ana" } },
                { "template": 1, "context": {} },
                { "template": 0, "context": { "name": "Luis" } },
                { "template": 7, "context": {} },
            ]
        });
        let answers = tool("render", batch).unwrap();
        assert_eq!((answers[0]["text"].as_str(), answers[2]["text"].as_str()), (Some("Hola Ana"), Some("Hola Luis")));
        assert!(answers[1]["error"].as_str().unwrap().starts_with("syntax error"), "{answers}");
        assert_eq!(answers[3]["error"], "no such template");
    }

    #[test]
    fn a_template_is_asked_what_it_names() {
        let body = "{% set a = 1 %}{{ a }} {{ name }} {% for s in services %}{{ s.title }}{{ range(2) }}{% endfor %}";
        assert_eq!(tool("names", json!(body)).unwrap(), json!(["name", "services"]));
        assert!(tool("names", json!("{{ a")).unwrap_err().starts_with("syntax error"));
    }
}
