//! Values to see a text with before anybody is sent it.

use domain::{Language, Money, tenant::Tenant};
use language::say;
use serde_json::{Map, Value, json};

/// What is made up for names that are known; any other name stands for itself.
pub(super) fn values<'a>(
    names: impl IntoIterator<Item = &'a String>,
    tenant: &Tenant,
    service: Option<&str>,
    language: Language,
) -> Value {
    let day = match language {
        Language::Spanish => "mañana",
        Language::English => "tomorrow",
        Language::Portuguese => "amanhã",
        Language::Indonesian => "besok",
    };
    let money = || say::money(language, Money::new(35_000, tenant.currency));
    let value = |name: &str| match name {
        "business" => json!(tenant.name),
        "name" => json!("Ana"),
        "who" => json!("Luis"),
        "person" => json!(true),
        "what" | "example" => json!(service.unwrap_or("‹what›").to_lowercase()),
        "date" | "day" | "on" => json!(day),
        "time" => json!("17:00"),
        "total" | "price" | "deposit" | "fee" => json!(money()),
        "party" | "number" | "minutes" => json!(2),
        "lines" | "notes" => json!(["‹1›", "‹2›"]),
        other => json!(format!("‹{other}›")),
    };
    Value::Object(names.into_iter().map(|name| (name.clone(), value(name))).collect::<Map<_, _>>())
}
