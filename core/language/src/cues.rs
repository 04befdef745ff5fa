//! The phrases that show what somebody wants, read from `data/cues`, a file per language; see `tongue` for which are
//! read together.
//!
//! The files are data and say how a phrase is written; the rules that weigh them are in `intents`.

use crate::{
    meaning::Intent,
    verbs::is_form,
    words::{Word, alike, squeezed},
};

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
    /// Join two questions into one clause.
    pub(crate) and: Vec<Phrase>,
    /// A booking that stands: "mi cita".
    pub(crate) booked: Vec<Phrase>,
    /// Ask for a booking, so that a wish is more than an answer.
    pub(crate) wish: Vec<Phrase>,
    pub(crate) moving: Vec<Phrase>,
    /// "can't make it at 5, can we do 6 instead?" is no cancelling.
    pub(crate) otherwise: Vec<Phrase>,
    /// Words of cancelling, which a "no" before them denies, unless "mejor" stands between.
    pub(crate) cancelling: Vec<Phrase>,
    pub(crate) not: Vec<Phrase>,
    pub(crate) rather: Vec<Phrase>,
    /// "¿está Ana hoy?".
    pub(crate) there: Vec<Phrase>,
    /// What only makes a question or a courtesy of what stands before: the "gak" of "kosong gak, kak?".
    pub(crate) tag: Vec<Phrase>,
    /// Phrases of the files that follow which mean something else in this language.
    foreign: Vec<String>,
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
    /// With the phrases of another file.
    pub(crate) fn and(mut self, file: &str) -> Self {
        let foreign = std::mem::take(&mut self.foreign);
        let mut section = String::new();
        for line in file.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(heading) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                heading.clone_into(&mut section);
                continue;
            }
            if foreign.iter().any(|phrase| phrase == line) {
                continue;
            }
            if section == "foreign" {
                self.foreign.push(line.to_owned());
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
            match self.list(&section) {
                Some(list) => list.push(Phrase::read(line)),
                None => self.unknown.push(section.clone()),
            }
        }
        self
    }

    fn list(&mut self, section: &str) -> Option<&mut Vec<Phrase>> {
        Some(match section {
            "yes" => &mut self.yes,
            "no" => &mut self.no,
            "instead" => &mut self.instead,
            "add" => &mut self.add,
            "remove" => &mut self.remove,
            "only" => &mut self.only,
            "unsure" => &mut self.unsure,
            "again" => &mut self.again,
            "all" => &mut self.all,
            "and" => &mut self.and,
            "booked" => &mut self.booked,
            "wish" => &mut self.wish,
            "moving" => &mut self.moving,
            "otherwise" => &mut self.otherwise,
            "cancelling" => &mut self.cancelling,
            "not" => &mut self.not,
            "rather" => &mut self.rather,
            "there" => &mut self.there,
            "tag" => &mut self.tag,
            _ => return None,
        })
    }

    /// Yes and no are short words beside which many others lie: they are taken as they stand, stretched or not.
    pub(crate) fn yes_or_no<'p>(words: &[Word], phrases: &'p [Phrase]) -> impl Iterator<Item = (usize, usize)> + 'p {
        let words: Vec<String> = words.iter().map(|word| squeezed(word.said())).collect();
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

    /// Where it begins and ends in what was said, if it is there.
    pub(crate) fn find(&self, words: &[Word]) -> Option<(usize, usize)> {
        self.find_in(words, Word::said)
    }

    fn find_in(&self, words: &[Word], as_read: fn(&Word) -> &str) -> Option<(usize, usize)> {
        (0..words.len()).find_map(|from| matches_at(words, from, &self.0, as_read).map(|end| (from, end)))
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

fn matches_at(words: &[Word], from: usize, parts: &[Part], as_read: fn(&Word) -> &str) -> Option<usize> {
    let Some((first, rest)) = parts.split_first() else { return Some(from) };
    if matches!(first, Part::Any) {
        return (0..=3).find_map(|skip| matches_at(words, from + skip, rest, as_read));
    }
    if first.fits(as_read(words.get(from)?)) { matches_at(words, from + 1, rest, as_read) } else { None }
}

pub(crate) fn contains(words: &[Word], phrases: &[Phrase]) -> bool {
    phrases.iter().any(|phrase| phrase.find(words).is_some())
}

/// Where the words of `phrase` stand in `words` as the gloss left them, each with the tolerance of a word in a file.
pub(crate) fn find(words: &[Word], phrase: &str) -> Option<(usize, usize)> {
    Phrase::read(phrase).find_in(words, |word| &word.text)
}

#[cfg(test)]
mod tests {
    use domain::Language;

    use crate::tongue;

    #[test]
    fn every_heading_is_known_and_none_is_empty() {
        for language in Language::ALL {
            let cues = &tongue::of(language).cues;
            assert_eq!(cues.unknown, Vec::<String>::new(), "{language}");
            assert!(cues.intents.len() >= 25, "{language}");
            let small = [&cues.yes, &cues.no, &cues.instead, &cues.add, &cues.remove, &cues.only, &cues.unsure];
            let more = [&cues.again, &cues.all, &cues.and, &cues.booked, &cues.wish, &cues.moving, &cues.otherwise];
            let last = [&cues.cancelling, &cues.not, &cues.rather, &cues.there];
            assert!(small.into_iter().chain(more).chain(last).all(|list| !list.is_empty()), "{language}");
        }
    }
}
