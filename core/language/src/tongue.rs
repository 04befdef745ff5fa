//! What it takes to read one language: its phrases, its shorthand, and its gloss. Start at [`of`].
//!
//! Spanish and English are read as one, for people change between them within a sentence. Portuguese and Indonesian
//! have words that mean something else there ("no", "dan", "segunda"), so each is read by itself, with English beside it.

use std::{collections::HashMap, sync::LazyLock};

use domain::Language;

use crate::{cues::Cues, gloss::Gloss, words::Word};

const SPANISH: &str = include_str!("../data/cues/es.txt");
const ENGLISH: &str = include_str!("../data/cues/en.txt");
const PORTUGUESE: &str = include_str!("../data/cues/pt.txt");
const INDONESIAN: &str = include_str!("../data/cues/id.txt");

static SPANISH_AND_ENGLISH: LazyLock<Tongue> =
    LazyLock::new(|| Tongue::new([SPANISH, ENGLISH], include_str!("../data/short/es_en.txt"), ""));
static PORTUGUESE_AND_ENGLISH: LazyLock<Tongue> = LazyLock::new(|| {
    Tongue::new([PORTUGUESE, ENGLISH], include_str!("../data/short/pt.txt"), include_str!("../data/gloss/pt.txt"))
});
static INDONESIAN_AND_ENGLISH: LazyLock<Tongue> = LazyLock::new(|| {
    Tongue::new([INDONESIAN, ENGLISH], include_str!("../data/short/id.txt"), include_str!("../data/gloss/id.txt"))
});

pub(crate) struct Tongue {
    pub(crate) cues: Cues,
    pub(crate) gloss: Gloss,
    /// What is meant, by what people type for short.
    short: HashMap<&'static str, &'static str>,
}

/// The tongue a message in this language is read in.
pub(crate) fn of(language: Language) -> &'static Tongue {
    match language {
        Language::Spanish | Language::English => &SPANISH_AND_ENGLISH,
        Language::Portuguese => &PORTUGUESE_AND_ENGLISH,
        Language::Indonesian => &INDONESIAN_AND_ENGLISH,
    }
}

impl Tongue {
    /// Of several files of cues an earlier one may say what of the later ones means something else here.
    fn new(cues: [&str; 2], short: &'static str, gloss: &str) -> Self {
        let lines = short.lines().filter(|line| !line.starts_with('#'));
        let pairs = lines.filter_map(|line| line.split_once(':'));
        Self {
            cues: cues.into_iter().fold(Cues::default(), Cues::and),
            gloss: Gloss::read(gloss),
            short: pairs.flat_map(|(meant, typed)| typed.split_whitespace().map(move |typed| (typed, meant))).collect(),
        }
    }

    pub(crate) fn spelled_out<'w>(&self, word: &'w str) -> &'w str
    where
        'static: 'w,
    {
        self.short.get(word).copied().unwrap_or(word)
    }

    /// Shorthand written out: "q" is "que".
    pub(crate) fn written_out(&self, words: Vec<Word>) -> Vec<Word> {
        let spelled = |word: Word| {
            let parts: Vec<Word> = self.spelled_out(&word.text).split(' ').map(|part| word.but(part)).collect();
            parts
        };
        words.into_iter().flat_map(spelled).collect()
    }
}
