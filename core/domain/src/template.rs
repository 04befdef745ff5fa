//! Message templates: texts a provider has approved, the only thing that reaches a customer outside the window.

use serde::{Deserialize, Serialize};

use crate::{ChannelId, TemplateId};

/// One language version of a template on one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    pub id: TemplateId,
    pub channel: ChannelId,
    /// What we use it for; language versions of one purpose stand beside each other.
    pub purpose: TemplatePurpose,
    /// As the provider knows it: `a-z0-9_`.
    pub name: String,
    /// The provider's code: `es_MX`, `en`.
    pub language: String,
    pub category: TemplateCategory,
    /// With `{{1}}`, `{{2}}`, … where values go.
    pub text: String,
    /// A value for each place, which providers ask for when they review.
    pub examples: Vec<String>,
    pub status: TemplateStatus,
    /// The provider's id, once it has one.
    pub provider_id: Option<String>,
    /// The provider's reason, when it was turned down.
    pub reason: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TemplatePurpose {
    /// Before a visit. Values, in order: services, date and time, with whom, the business.
    Reminder,
    /// Sent by a member from the inbox.
    Conversation,
}

impl TemplatePurpose {
    pub const ALL: [Self; 2] = [Self::Reminder, Self::Conversation];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reminder => "reminder",
            Self::Conversation => "conversation",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == text)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TemplateCategory {
    Utility,
    Marketing,
}

impl TemplateCategory {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Utility => "utility",
            Self::Marketing => "marketing",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Utility, Self::Marketing].into_iter().find(|category| category.as_str() == text.to_ascii_lowercase())
    }
}

/// Where a template stands with the provider. Only [`TemplateStatus::Approved`] may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TemplateStatus {
    /// Ours alone.
    Draft,
    Pending,
    Approved,
    Rejected,
    /// Too many customers complained; comes back by itself.
    Paused,
    Disabled,
    Deleted,
}

impl TemplateStatus {
    pub const ALL: [Self; 7] =
        [Self::Draft, Self::Pending, Self::Approved, Self::Rejected, Self::Paused, Self::Disabled, Self::Deleted];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Paused => "paused",
            Self::Disabled => "disabled",
            Self::Deleted => "deleted",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// The words of Meta and Twilio, in any case. What we do not know is not sendable, so it counts as pending.
    pub fn of_provider(word: &str) -> Self {
        match word.to_ascii_uppercase().as_str() {
            "APPROVED" | "REINSTATED" | "FLAGGED" | "UNARCHIVED" => Self::Approved,
            "REJECTED" => Self::Rejected,
            "PAUSED" => Self::Paused,
            "DISABLED" | "LOCKED" | "LIMIT_EXCEEDED" | "ARCHIVED" => Self::Disabled,
            "DELETED" | "PENDING_DELETION" => Self::Deleted,
            "UNSUBMITTED" => Self::Draft,
            _ => Self::Pending,
        }
    }
}

/// What a provider says of a template: its answer to a submission, one row of its list, or a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateReport {
    pub name: String,
    pub language: String,
    pub status: TemplateStatus,
    #[serde(default)]
    pub provider_id: Option<String>,
    #[serde(default)]
    pub reason: Option<String>,
    /// Providers move templates to another category when they see fit.
    #[serde(default)]
    pub category: Option<TemplateCategory>,
}

/// Why a text would be turned down, before anybody asks the provider.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateFlaw {
    #[error("the name has 1 to 512 of a–z, 0–9 and _")]
    Name,
    #[error("the text is empty")]
    Empty,
    #[error("the text has {0} characters; at most 1,024 are allowed")]
    TooLong(usize),
    #[error("places are numbered {{{{1}}}}, {{{{2}}}}, … without gaps")]
    Places,
    #[error("a text may not begin or end with a place")]
    Edge,
    #[error("two places may not touch: put words between them")]
    Adjacent,
    #[error("{places} places need {places} examples")]
    Examples { places: usize },
    #[error("with {places} places the text needs at least {words} words of its own")]
    TooFewWords { places: usize, words: usize },
}

/// Longest body a provider takes.
pub const TEMPLATE_TEXT_MOST: usize = 1_024;

/// A piece of a template's text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Words(String),
    Place(usize),
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let place = after.split_once("}}").and_then(|(inside, tail)| Some((inside.trim().parse().ok()?, tail)));
        match place {
            Some((number, tail)) => {
                if !before.is_empty() {
                    found.push(Piece::Words(before.to_owned()));
                }
                found.push(Piece::Place(number));
                rest = tail;
            }
            None => {
                found.push(Piece::Words(format!("{before}{{{{")));
                rest = after;
            }
        }
    }
    if !rest.is_empty() {
        found.push(Piece::Words(rest.to_owned()));
    }
    found
}

/// How many values the text takes.
pub fn places(text: &str) -> usize {
    let numbers = pieces(text).into_iter().filter_map(|piece| match piece {
        Piece::Place(number) => Some(number),
        Piece::Words(_) => None,
    });
    numbers.max().unwrap_or(0)
}

/// The text with its values: what members see in the thread. Values are put in once and never looked at again.
pub fn filled(text: &str, values: &[String]) -> String {
    pieces(text)
        .into_iter()
        .map(|piece| match piece {
            Piece::Words(words) => words,
            Piece::Place(number) => number.checked_sub(1).and_then(|at| values.get(at)).cloned().unwrap_or_default(),
        })
        .collect()
}

/// Everything a provider would turn down, as far as its rules are known.
pub fn lint(name: &str, text: &str, examples: &[String]) -> Vec<TemplateFlaw> {
    let mut flaws = Vec::new();
    let sound = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
    if name.is_empty() || name.len() > 512 || !name.chars().all(sound) {
        flaws.push(TemplateFlaw::Name);
    }
    let length = text.chars().count();
    if text.trim().is_empty() {
        flaws.push(TemplateFlaw::Empty);
    }
    if length > TEMPLATE_TEXT_MOST {
        flaws.push(TemplateFlaw::TooLong(length));
    }
    let pieces = pieces(text.trim());
    let mut numbers: Vec<usize> = pieces
        .iter()
        .filter_map(|piece| match piece {
            Piece::Place(number) => Some(*number),
            Piece::Words(_) => None,
        })
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    let count = numbers.len();
    if numbers.iter().enumerate().any(|(at, number)| at + 1 != *number) {
        flaws.push(TemplateFlaw::Places);
    }
    let is_place = |piece: Option<&Piece>| matches!(piece, Some(Piece::Place(_)));
    if is_place(pieces.first()) || is_place(pieces.last()) {
        flaws.push(TemplateFlaw::Edge);
    }
    let blank = |piece: &Piece| matches!(piece, Piece::Words(words) if words.trim().is_empty());
    let told: Vec<&Piece> = pieces.iter().filter(|piece| !blank(piece)).collect();
    if told.windows(2).any(|pair| pair.iter().all(|piece| matches!(piece, Piece::Place(_)))) {
        flaws.push(TemplateFlaw::Adjacent);
    }
    if examples.len() < count || examples.iter().take(count).any(|example| example.trim().is_empty()) {
        flaws.push(TemplateFlaw::Examples { places: count });
    }
    let words: usize = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Words(words) => {
                words.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count()
            }
            Piece::Place(_) => 0,
        })
        .sum();
    // Meta's rule is not published; this is the least that has been seen to pass.
    let least = count * 2 + 1;
    if count > 0 && words < least {
        flaws.push(TemplateFlaw::TooFewWords { places: count, words: least });
    }
    flaws
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flaws(text: &str, examples: &[&str]) -> Vec<TemplateFlaw> {
        lint("visit_reminder", text, &examples.iter().map(|example| (*example).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_sound_text_has_no_flaws() {
        assert_eq!(flaws("Hola {{1}}, le esperamos el {{2}} para su visita con nosotros.", &["Ana", "2 de mayo"]), []);
        assert_eq!(flaws("Gracias por escribirnos.", &[]), []);
    }

    #[test]
    fn each_flaw_is_named() {
        assert_eq!(flaws("{{1}} le esperamos mañana sin falta", &["Ana"]), [TemplateFlaw::Edge]);
        assert_eq!(flaws("le esperamos mañana sin falta {{1}}", &["Ana"]), [TemplateFlaw::Edge]);
        let adjacent = flaws("Hola {{1}} {{2}} le esperamos mañana a la hora de siempre", &["Ana", "P"]);
        assert_eq!(adjacent, [TemplateFlaw::Adjacent]);
        let gap = flaws("Hola {{1}}, le esperamos el {{3}} para su visita con nosotros", &["Ana", "2"]);
        assert_eq!(gap, [TemplateFlaw::Places]);
        assert_eq!(flaws("Hola {{1}}, le esperamos mañana", &[]), [TemplateFlaw::Examples { places: 1 }]);
        assert_eq!(flaws("Hola {{1}}!", &["Ana"]), [TemplateFlaw::TooFewWords { places: 1, words: 3 }]);
        assert_eq!(flaws(&"a ".repeat(600), &[]), [TemplateFlaw::TooLong(1_200)]);
        assert_eq!(lint("Visit Reminder", "Hola.", &[]), [TemplateFlaw::Name]);
        assert_eq!(flaws("  ", &[]), [TemplateFlaw::Empty]);
    }

    #[test]
    fn values_are_put_in_once_and_never_read_as_places() {
        let values = ["{{2}}".to_owned(), "10:00".to_owned()];
        assert_eq!(filled("Hola {{1}}, a las {{ 2 }}: {{x}} {{9}}.", &values), "Hola {{2}}, a las 10:00: {{x}} .");
        assert_eq!(places("Hola {{1}} y {{2}}"), 2);
    }

    #[test]
    fn what_is_not_known_to_be_approved_is_not_sent() {
        assert_eq!(TemplateStatus::of_provider("approved"), TemplateStatus::Approved);
        assert_eq!(TemplateStatus::of_provider("IN_APPEAL"), TemplateStatus::Pending);
        assert_eq!(TemplateStatus::of_provider("something new"), TemplateStatus::Pending);
    }
}
