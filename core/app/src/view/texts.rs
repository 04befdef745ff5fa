//! Texts as owners and the platform see them.

use domain::{
    Language,
    text::{TextKind, TextName},
};
use jiff::Timestamp;
use serde::Serialize;

pub use crate::texts::changes::{Change as TextChange, Piece as TextPiece};

/// One text of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TextRow {
    pub kind: TextKind,
    pub key: String,
    /// What is said now.
    pub body: String,
    /// In the owner's words.
    pub own: bool,
}

/// All texts of a tenant in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TextList {
    pub language: Language,
    /// Of the module that runs; empty without one.
    pub module: String,
    pub texts: Vec<TextRow>,
}

/// One text with everything that can be done about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TextView {
    pub name: TextName,
    /// What is said without the owner's words.
    pub beneath: String,
    pub own: Option<String>,
    /// The newest version; 0 when nothing was ever written.
    pub version: u32,
    /// What it may name, with what is put there in a preview.
    pub names: Vec<(String, String)>,
    /// Names only: no conditions or loops.
    pub plain: bool,
    /// Longest it may get.
    pub most: usize,
    /// Newest first.
    pub versions: Vec<TextVersionView>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TextVersionView {
    pub version: u32,
    pub body: Option<String>,
    pub at: Timestamp,
    /// Against what was said before.
    pub changes: Vec<TextPiece>,
}

/// Whether a text may be kept, and how it reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TextPreview {
    /// With made-up values; nothing where it does not render.
    pub text: Option<String>,
    pub flaws: Vec<String>,
}

/// What a module says, for the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModuleTexts {
    pub module: String,
    pub version: String,
    pub texts: Vec<ModuleText>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModuleText {
    pub kind: TextKind,
    pub key: String,
    pub language: String,
    pub body: String,
}
