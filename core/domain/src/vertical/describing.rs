//! What a module says of itself. Kept as JSON beside the release, so every field has a default for older rows.

use serde::{Deserialize, Serialize};

/// Everything a module contributes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Description {
    pub name: String,
    pub version: String,
    pub title: Vec<Text>,
    pub languages: Vec<String>,
    pub capabilities: Vec<WantedCapability>,
    pub requires: Vec<Requirement>,
    /// JSON Schema of its configuration.
    pub config_schema: String,
    /// Of what it keeps in its memory.
    pub data_version: u32,
    pub vocabulary: Vec<Vocabulary>,
    pub starter_services: Vec<StarterService>,
    pub tools: Vec<Tool>,
    pub dialogs: Vec<Dialog>,
    pub forms: Vec<Form>,
    pub prompts: Vec<Template>,
    pub messages: Vec<Template>,
    pub automations: Vec<Automation>,
    pub tiles: Vec<Tile>,
    /// Codes of events it wants to be told.
    pub events: Vec<String>,
}

/// A sentence in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    pub language: String,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WantedCapability {
    pub name: String,
    /// Keys or addresses it is wanted for; empty when the capability has none.
    pub targets: Vec<String>,
    /// In English where there is such a text, else the first.
    pub reason: String,
    pub reasons: Vec<Text>,
}

impl WantedCapability {
    /// As [`super::Activated::grants`] spells it.
    pub fn grants(&self) -> Vec<String> {
        if self.targets.is_empty() {
            return vec![self.name.clone()];
        }
        self.targets.iter().map(|target| format!("{}:{target}", self.name)).collect()
    }
}

/// Another module that must be active beside this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirement {
    pub module: String,
    /// As in Cargo: `^1.2`.
    pub versions: String,
}

/// Words of one language that the assistant should know.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Vocabulary {
    pub language: String,
    /// Words for a service by its key, as customers write them.
    pub services: Vec<Words>,
    /// What the bookable people and things are called ("estilista").
    pub resource_nouns: Vec<String>,
    /// Sentences the module says, by key: `refusal.<code>`, `tool.<name>`, `greeting`.
    pub phrases: Vec<Words>,
    /// Words that bring a person at once.
    pub urgent: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    pub key: String,
    pub words: Vec<String>,
}

/// A service to start with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StarterService {
    pub key: String,
    /// By language tag.
    pub names: Vec<Words>,
    pub phases: Vec<crate::catalog::Phase>,
    pub buffer_before_minutes: u32,
    pub buffer_after_minutes: u32,
    pub price_minor: i64,
    pub needs: Vec<crate::catalog::Need>,
}

/// Something the assistant may do through the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    pub name: String,
    pub description: String,
    /// Words that call for it, per language tag.
    pub triggers: Vec<Words>,
    /// JSON Schema of its arguments.
    pub input_schema: String,
}

/// A conversation of several steps, led by the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dialog {
    pub key: String,
    pub description: String,
    pub triggers: Vec<Words>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    pub value: String,
    pub label: Vec<Text>,
}

/// Asked only where the answer to `question` is one of `answers`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    pub question: String,
    pub answers: Vec<String>,
}

/// A question of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    pub key: String,
    /// `text`, `number`, `date`, `yes-no`, `choice`, `choices`, `consent`; any other is asked as `text`.
    pub kind: String,
    pub ask: Vec<Text>,
    pub choices: Vec<Choice>,
    pub required: bool,
    pub when: Option<Condition>,
    /// Kept encrypted and never put into messages.
    pub sensitive: bool,
}

/// What is asked before or with a visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    pub key: String,
    pub title: Vec<Text>,
    /// Service keys; empty means every one.
    pub services: Vec<String>,
    /// `new`, `every` or `never` (only when a verdict names it).
    pub asked: String,
    pub questions: Vec<Question>,
}

/// A template of a prompt or message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    pub key: String,
    pub language: String,
    pub body: String,
}

/// A message that goes out by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Automation {
    pub key: String,
    pub title: Vec<Text>,
    pub occasion: String,
    /// After the occasion; negative is before.
    pub minutes: i64,
    /// The key of a template in [`Description::messages`].
    pub message: String,
    pub services: Vec<String>,
    pub on: bool,
    /// Values for the message; `unless` = `booked` keeps it from customers who have a visit to come.
    #[serde(default)]
    pub fields: std::collections::BTreeMap<String, String>,
}

/// A figure on the report page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tile {
    pub key: String,
    pub title: Vec<Text>,
    pub measure: String,
    pub of: String,
}

/// The text in `language` (by primary subtag), else in English, else the first.
pub fn in_language<'a>(texts: &'a [Text], language: &str) -> Option<&'a str> {
    let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let of = |wanted: &str| texts.iter().find(|text| primary(&text.language) == wanted);
    of(&primary(language)).or_else(|| of("en")).or_else(|| texts.first()).map(|text| text.text.as_str())
}
