//! The phrases that show what somebody wants, read from `data/cues`, a file per language and all of them at once.
//!
//! The files are data and say how a phrase is written; the rules that weigh them are in `intents`.

use std::sync::LazyLock;

use crate::{
    meaning::Intent,
    verbs::is_form,
    words::{Word, alike, squeezed},
};

const FILES: [&str; 2] = [include_str!("../data/cues/es.txt"), include_str!("../data/cues/en.txt")];

/// All that is known.
pub(crate) static CUES: LazyLock<Cues> = LazyLock::new(|| FILES.iter().fold(Cues::default(), Cues::and));

/// Words of small meaning by what they do, beside the cues for intents.
#[derive(Debug, Default)]
pub(crate) struct Cues {
    pub(crate) intents: Vec<Cue>,
    pub(crate) yes: Vec<Phrase>,
    pub(crate) no: Vec<Phrase>,
    /// Ask for a change of what was just said.
    pub(crate) instead: Vec<Phrase>,
    /// "agrégale", "too": beside what there is.
    pub(crate) add: Vec<Phrase>,
    /// "sin", "quítale".
    pub(crate) remove: Vec<Phrase>,
    /// "solo": this and nothing beside it.
    pub(crate) only: Vec<Phrase>,
    pub(crate) unsure: Vec<Phrase>,
    /// "lo de siempre".
    pub(crate) again: Vec<Phrase>,
    pub(crate) all: Vec<Phrase>,
    /// Headings that nobody knows; a test wants none.
    pub(crate) unknown: Vec<String>,
}

/// What phrases speak for, and how strongly.
#[derive(Debug)]
pub(crate) struct Cue {
    pub(crate) intent: Intent,
    pub(crate) weight: f32,
    pub(crate) phrases: Vec<Phrase>,
}

/// Words in a row, each with its own tolerance.
#[derive(Debug)]
pub(crate) struct Phrase(Vec<Part>);

#[derive(Debug)]
enum Part {
    /// A slip of the thumb is forgiven.
    Near(String),
    Exact(String),
    Begins(String),
    Verb {
        stem: String,
        object: bool,
    },
    /// Up to three words.
    Any,
}

impl Cues {
    fn and(mut self, file: &&str) -> Self {
        let mut section = String::new();
        for line in file.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(heading) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                heading.clone_into(&mut section);
                continue;
            }
            if let Some((name, weight)) = section.split_once(' ')
                && let (Some(intent), Ok(weight)) = (Intent::named(name), weight.parse())
            {
                match self.intents.iter_mut().find(|cue| cue.intent == intent && cue.weight.total_cmp(&weight).is_eq())
                {
                    Some(cue) => cue.phrases.push(Phrase::read(line)),
                    None => self.intents.push(Cue { intent, weight, phrases: vec![Phrase::read(line)] }),
                }
                continue;
            }
            let list = match section.as_str() {
                "yes" => &mut self.yes,
                "no" => &mut self.no,
                "instead" => &mut self.instead,
                "add" => &mut self.add,
                "remove" => &mut self.remove,
                "only" => &mut self.only,
                "unsure" => &mut self.unsure,
                "again" => &mut self.again,
                "all" => &mut self.all,
                other => {
                    self.unknown.push(other.to_owned());
                    continue;
                }
            };
            list.push(Phrase::read(line));
        }
        self
    }

    /// Yes and no are short words beside which many others lie: they are taken as they stand, stretched or not.
    pub(crate) fn yes_or_no<'p>(words: &[Word], phrases: &'p [Phrase]) -> impl Iterator<Item = (usize, usize)> + 'p {
        let words: Vec<String> = words.iter().map(|word| squeezed(&word.text)).collect();
        phrases.iter().filter_map(move |phrase| {
            let parts: Vec<String> = phrase.0.iter().map(Part::squeezed).collect();
            let from = words.windows(parts.len().max(1)).position(|window| window == parts.as_slice())?;
            Some((from, from + parts.len()))
        })
    }
}

impl Phrase {
    pub(crate) fn read(line: &str) -> Self {
        let part = |word: &str| {
            if word == "*" {
                Part::Any
            } else if let Some(word) = word.strip_prefix('=') {
                Part::Exact(word.to_owned())
            } else if let Some(stem) = word.strip_suffix("~la") {
                Part::Verb { stem: stem.to_owned(), object: true }
            } else if let Some(stem) = word.strip_suffix('~') {
                Part::Verb { stem: stem.to_owned(), object: false }
            } else if let Some(stem) = word.strip_suffix('*') {
                Part::Begins(stem.to_owned())
            } else {
                Part::Near(word.to_owned())
            }
        };
        Self(line.split_whitespace().map(part).collect())
    }

    /// Where it begins and ends in `words`, if it is there.
    pub(crate) fn find(&self, words: &[Word]) -> Option<(usize, usize)> {
        (0..words.len()).find_map(|from| matches_at(words, from, &self.0).map(|end| (from, end)))
    }

    /// The sign it is, if it is one: a thumb up.
    pub(crate) fn sign(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Part::Near(sign)] if !sign.chars().any(char::is_alphanumeric) => Some(sign),
            _ => None,
        }
    }
}

impl Part {
    fn fits(&self, word: &str) -> bool {
        match self {
            Self::Near(meant) => alike(word, meant),
            Self::Exact(meant) => word == meant,
            Self::Begins(stem) => word.starts_with(stem.as_str()),
            Self::Verb { stem, object } => is_form(word, stem, *object),
            Self::Any => true,
        }
    }

    fn squeezed(&self) -> String {
        match self {
            Self::Near(word) | Self::Exact(word) | Self::Begins(word) | Self::Verb { stem: word, .. } => squeezed(word),
            Self::Any => String::new(),
        }
    }
}

fn matches_at(words: &[Word], from: usize, parts: &[Part]) -> Option<usize> {
    let Some((first, rest)) = parts.split_first() else { return Some(from) };
    if matches!(first, Part::Any) {
        return (0..=3).find_map(|skip| matches_at(words, from + skip, rest));
    }
    if first.fits(&words.get(from)?.text) { matches_at(words, from + 1, rest) } else { None }
}

pub(crate) fn contains(words: &[Word], phrases: &[Phrase]) -> bool {
    phrases.iter().any(|phrase| phrase.find(words).is_some())
}

/// Where the words of `phrase` stand in `words`, each with the tolerance of a word in a file.
pub(crate) fn find(words: &[Word], phrase: &str) -> Option<(usize, usize)> {
    Phrase::read(phrase).find(words)
}

#[cfg(test)]
mod tests {
    use super::CUES;

    #[test]
    fn every_heading_is_known_and_none_is_empty() {
        assert_eq!(CUES.unknown, Vec::<String>::new());
        assert!(CUES.intents.len() >= 25);
        for list in [&CUES.yes, &CUES.no, &CUES.instead, &CUES.add, &CUES.remove, &CUES.only, &CUES.again, &CUES.all] {
            assert!(!list.is_empty());
        }
    }
}
