//! What is said: every kind of WhatsApp message in and out, in our own words.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{ConversationId, MemberId, MessageId, delivery::Ticks};

#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub id: MessageId,
    pub conversation: ConversationId,
    pub author: Author,
    pub body: Body,
    /// The provider's id once known.
    pub provider_id: Option<String>,
    /// The provider id of the message this replies to.
    pub reply_to: Option<String>,
    /// Outgoing only.
    pub ticks: Option<Ticks>,
    /// The provider's reason, when it failed.
    pub failure: Option<String>,
    /// When it was said (provider's time for incoming).
    pub at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum Author {
    Customer,
    Assistant,
    Member {
        member: MemberId,
    },
    /// Reminders and notices.
    System,
}

/// The content. Stored as JSON; unknown kinds are kept as [`Body::Unsupported`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum Body {
    Text {
        text: String,
    },
    /// Up to three buttons under a text.
    Buttons {
        text: String,
        buttons: Vec<Choice>,
    },
    /// Up to ten rows behind one button.
    List {
        text: String,
        button: String,
        rows: Vec<Choice>,
    },
    /// A tapped button or row. `id` is what we sent.
    Chosen {
        id: String,
        title: String,
    },
    Media {
        kind: MediaKind,
        media: MediaRef,
        #[serde(default)]
        caption: String,
        #[serde(default)]
        filename: String,
    },
    Location {
        latitude: f64,
        longitude: f64,
        #[serde(default)]
        name: String,
        #[serde(default)]
        address: String,
    },
    Contacts {
        names: Vec<String>,
    },
    /// Empty `emoji` takes a reaction back.
    Reaction {
        to: String,
        emoji: String,
    },
    Template {
        name: String,
        language: String,
        params: Vec<String>,
        text: String,
    },
    Order {
        text: String,
        items: u32,
    },
    /// Number or identity changed.
    System {
        kind: String,
        text: String,
    },
    Edited {
        original: String,
        text: String,
    },
    Revoked {
        original: String,
    },
    /// A kind we do not know, with the provider's word for it.
    Unsupported {
        kind: String,
    },
}

impl Body {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into() }
    }

    /// What a reader would call its words; empty for kinds without any.
    pub fn words(&self) -> &str {
        match self {
            Self::Text { text }
            | Self::Buttons { text, .. }
            | Self::List { text, .. }
            | Self::Template { text, .. } => text,
            Self::Order { text, .. } | Self::System { text, .. } | Self::Edited { text, .. } => text,
            Self::Chosen { title, .. } => title,
            Self::Media { caption, .. } => caption,
            Self::Location { name, .. } => name,
            Self::Reaction { emoji, .. } => emoji,
            Self::Contacts { .. } | Self::Revoked { .. } | Self::Unsupported { .. } => "",
        }
    }
}

impl Body {
    /// The message as plain text: choices numbered, "1. …", for where buttons cannot be shown. The answer "2" is
    /// understood by the assistant as the second of what it offered.
    pub fn plain(&self) -> String {
        match self {
            Self::Buttons { text, buttons: choices } | Self::List { text, rows: choices, .. } => {
                let lines = choices.iter().enumerate().map(|(place, choice)| {
                    let dash = if choice.description.is_empty() { "" } else { " – " };
                    format!("{}. {}{dash}{}", place + 1, choice.title, choice.description)
                });
                std::iter::once(text.clone()).chain(lines).collect::<Vec<_>>().join("\n")
            }
            Self::Location { latitude, longitude, name, address } => {
                let told: Vec<&str> =
                    [name.as_str(), address.as_str()].into_iter().filter(|part| !part.is_empty()).collect();
                format!("{} https://maps.google.com/?q={latitude},{longitude}", told.join(", ")).trim().to_owned()
            }
            Self::Contacts { names } => names.join("\n"),
            Self::Text { .. }
            | Self::Chosen { .. }
            | Self::Media { .. }
            | Self::Reaction { .. }
            | Self::Template { .. }
            | Self::Order { .. }
            | Self::System { .. }
            | Self::Edited { .. }
            | Self::Revoked { .. }
            | Self::Unsupported { .. } => self.words().to_owned(),
        }
    }

    /// Whether what a provider tells back is this message, as far as words tell; files match files by their captions.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let is_file = |body: &Self| matches!(body, Self::Media { .. });
        let (ours, theirs) = (self.plain(), other.plain());
        is_file(self) == is_file(other) && ours.split_whitespace().eq(theirs.split_whitespace())
    }
}

/// A button or list row: at most 20 or 24 characters of title, 72 of description.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    pub id: String,
    pub title: String,
    #[serde(default)]
    pub description: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    Image,
    Video,
    Audio,
    Voice,
    Document,
    Sticker,
}

/// Where the bytes are: with the provider until fetched, then in our storage.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MediaRef {
    pub provider_id: Option<String>,
    pub url: Option<String>,
    pub mime: String,
    pub sha256: Option<String>,
    /// Our own copy, as `med_…`, once there is one.
    pub stored: Option<String>,
    /// Why there will be no copy: too large, of a kind we do not keep, gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_told_back_as_text_is_still_the_question() {
        let choice = |title: &str| Choice { id: String::new(), title: title.into(), description: String::new() };
        let question = Body::Buttons { text: "¿Cuál?".into(), buttons: vec![choice("5:00"), choice("6:00")] };
        assert!(question.says_the_same(&Body::text("¿Cuál?\n1. 5:00\n2. 6:00 ")));
        assert!(!question.says_the_same(&Body::text("¿Cuál?")));
        let file = |caption: &str| Body::Media {
            kind: MediaKind::Image,
            media: MediaRef::default(),
            caption: caption.into(),
            filename: String::new(),
        };
        assert!(file("mire").says_the_same(&file("mire")));
        assert!(!file("mire").says_the_same(&Body::text("mire")));
    }
}
