//! Which language a message is in, by the small words of each (`data/markers`), with what was spoken so far as prior.
//!
//! Spanish and English are told apart first: they are read together anyway. Portuguese and Indonesian must show more
//! words than both to be taken where they were not expected, and keep a conversation until another clearly takes over.

use std::{collections::HashMap, sync::LazyLock};

use domain::Language;

use crate::{tongue, words::Word};

/// From here on a message shows its language by itself, whatever was spoken before.
const SURE: usize = 2;

const FILES: [(Language, &str); 4] = [
    (Language::Spanish, include_str!("../data/markers/es.txt")),
    (Language::English, include_str!("../data/markers/en.txt")),
    (Language::Portuguese, include_str!("../data/markers/pt.txt")),
    (Language::Indonesian, include_str!("../data/markers/id.txt")),
];

/// Whose word it is; with whether it tells Spanish from English.
type Markers = HashMap<&'static str, Vec<(Language, bool)>>;

static MARKERS: LazyLock<Markers> = LazyLock::new(|| {
    let mut markers = Markers::new();
    for (language, file) in FILES {
        let mut telling = true;
        for line in file.lines().filter(|line| !line.starts_with('#')) {
            if line == "[also]" {
                telling = false;
                continue;
            }
            for word in line.split_whitespace() {
                markers.entry(word).or_default().push((language, telling));
            }
        }
    }
    markers
});

/// Marker words in a message.
#[derive(Default)]
struct Count {
    /// Those that tell Spanish from English.
    spanish: usize,
    english: usize,
    /// All of each language.
    all: HashMap<Language, usize>,
}

impl Count {
    fn of(clauses: &[Vec<Word>]) -> Self {
        let mut count = Self::default();
        for word in clauses.iter().flatten() {
            count.add(&word.text, |language| matches!(language, Language::Portuguese | Language::Indonesian));
            // Spanish and English shorthand is written out first: "q" is "que".
            for part in tongue::of(Language::Spanish).spelled_out(&word.text).split(' ') {
                count.add(part, |language| matches!(language, Language::Spanish | Language::English));
            }
        }
        count
    }

    fn add(&mut self, word: &str, counts: fn(Language) -> bool) {
        for (language, telling) in MARKERS.get(word).into_iter().flatten().filter(|(language, _)| counts(*language)) {
            *self.all.entry(*language).or_default() += 1;
            self.spanish += usize::from(*telling && *language == Language::Spanish);
            self.english += usize::from(*telling && *language == Language::English);
        }
    }

    fn named(&self, language: Language) -> usize {
        self.all.get(&language).copied().unwrap_or(0)
    }

    /// The most of any other language.
    fn against(&self, language: Language) -> usize {
        Language::ALL.into_iter().filter(|other| *other != language).map(|other| self.named(other)).max().unwrap_or(0)
    }
}

/// The language and whether the message shows it by itself.
pub(crate) fn language(clauses: &[Vec<Word>], so_far: Option<Language>) -> (Language, bool) {
    let count = Count::of(clauses);
    let sure = |seen: usize| seen >= SURE || so_far.is_none();
    let known = match count.spanish.cmp(&count.english) {
        std::cmp::Ordering::Equal => (so_far.unwrap_or_default(), false),
        std::cmp::Ordering::Greater => (Language::Spanish, sure(count.spanish)),
        std::cmp::Ordering::Less => (Language::English, sure(count.english)),
    };
    let (portuguese, indonesian) = (count.named(Language::Portuguese), count.named(Language::Indonesian));
    let other = if indonesian > portuguese { Language::Indonesian } else { Language::Portuguese };
    let leads = count.named(other) > count.against(other);
    match so_far {
        Some(spoken @ (Language::Portuguese | Language::Indonesian)) => {
            let (kept, against) = (count.named(spoken), count.against(spoken));
            if against < kept + SURE {
                (spoken, kept >= SURE)
            } else if leads {
                (other, true)
            } else if known.1 {
                known
            } else {
                (spoken, false)
            }
        }
        Some(Language::Spanish | Language::English) | None if leads => (other, sure(count.named(other))),
        Some(Language::Spanish | Language::English) | None => known,
    }
}

#[cfg(test)]
mod tests {
    use domain::Language;

    use super::language;
    use crate::words::clauses;

    #[test]
    fn a_message_shows_its_language_and_the_conversation_is_the_prior() {
        let read = |text: &str, so_far| language(&clauses(text), so_far);
        let (spanish, portuguese) = (Some(Language::Spanish), Some(Language::Portuguese));
        assert_eq!(read("quero marcar um corte amanhã", spanish), (Language::Portuguese, true));
        assert_eq!(read("mau booking besok jam 5 sore", spanish), (Language::Indonesian, true));
        assert_eq!(read("corte mañana", portuguese).0, Language::Portuguese, "one word takes nobody over");
        assert_eq!(read("quiero una cita para mañana", portuguese), (Language::Spanish, true));
        assert_eq!(read("a las 5", spanish).0, Language::Spanish);
        assert_eq!(read("5", portuguese), (Language::Portuguese, false));
        assert_eq!(read("can I book a haircut for tomorrow?", Some(Language::Indonesian)), (Language::English, true));
    }

    #[test]
    fn spanish_and_english_are_never_taken_for_the_others() {
        for file in ["es", "es_wild", "en", "en_wild"] {
            let path = format!("{}/corpus/{file}.txt", env!("CARGO_MANIFEST_DIR"));
            for line in std::fs::read_to_string(path).unwrap().lines().filter(|line| !line.starts_with('#')) {
                let text = line.split_once('|').map_or(line, |(_, text)| text);
                for so_far in [None, Some(Language::Spanish), Some(Language::English)] {
                    let (read, _) = language(&clauses(text), so_far);
                    assert!(matches!(read, Language::Spanish | Language::English), "{line}: {read}");
                }
            }
        }
    }
}
