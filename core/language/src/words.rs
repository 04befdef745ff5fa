//! From a chat message to words: accents, emoji and stretched letters folded away, "5pm" and "17h30" taken apart.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Longer messages are read up to here; nobody books in two thousand letters.
pub(crate) const LONGEST: usize = 2_000;

/// One word. `text` is folded, and what the readers of times and names know it as; `raw` is as written, for names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) raw: String,
    /// What was said, folded, where a gloss put `text` in its place.
    pub(crate) said: Option<String>,
    /// Something already made sense of it.
    pub(crate) used: bool,
}

impl Word {
    /// What was said, in its own language.
    pub(crate) fn said(&self) -> &str {
        self.said.as_deref().unwrap_or(&self.text)
    }

    /// The same, written otherwise.
    pub(crate) fn but(&self, text: &str) -> Self {
        Self { text: text.to_owned(), ..self.clone() }
    }
}

/// A message as clauses of words: split at sentence ends.
pub(crate) fn clauses(message: &str) -> Vec<Vec<Word>> {
    let mut clauses = vec![Vec::new()];
    let mut word = String::new();
    let letters: Vec<char> = message.chars().take(LONGEST).collect();
    for (place, letter) in letters.iter().copied().enumerate() {
        let next_is_digit = letters.get(place + 1).is_some_and(char::is_ascii_digit);
        let after_digit = word.chars().last().is_some_and(|last| last.is_ascii_digit());
        let inside = letter.is_alphanumeric()
            || is_combining_mark(letter)
            || (matches!(letter, ':' | '/' | '.' | '-' | ',') && after_digit && next_is_digit)
            || (matches!(letter, '@' | '.' | '_' | '-' | '+')
                && !word.is_empty()
                && word.contains(is_mail_letter)
                && next_is_mail(&letters, place))
            || (letter == '+' && word.is_empty() && next_is_digit)
            || (letter == '\'' && !word.is_empty());
        if inside {
            word.push(letter);
            continue;
        }
        push(&mut clauses, &mut word);
        if matches!(letter, '.' | '?' | '!' | ';' | '\n') && clauses.last().is_some_and(|clause| !clause.is_empty()) {
            clauses.push(Vec::new());
        }
        if letter == ',' && clauses.last().is_some_and(|clause| !clause.is_empty()) {
            push_word(&mut clauses, ",", ",");
        }
    }
    push(&mut clauses, &mut word);
    clauses.retain(|clause| clause.iter().any(|word| word.text != ","));
    clauses
}

fn is_mail_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric()
}

/// A dot or at-sign in the middle of what will be a mail address.
fn next_is_mail(letters: &[char], place: usize) -> bool {
    let rest: String = letters.iter().skip(place).take_while(|letter| !letter.is_whitespace()).collect();
    let before: String = letters.iter().take(place).rev().take_while(|letter| !letter.is_whitespace()).collect();
    rest.chars().nth(1).is_some_and(char::is_alphanumeric) && (rest.contains('@') || before.contains('@'))
}

fn push(clauses: &mut [Vec<Word>], word: &mut String) {
    if word.is_empty() {
        return;
    }
    let raw = std::mem::take(word);
    let folded = fold(&raw);
    // "17h30" is how others write 17:30.
    if let Some(clock) = folded.split_once('h').and_then(hour_and_minutes) {
        push_word(clauses, &clock, &raw);
        return;
    }
    // "jam5", "tgl15": a word and its number are two.
    if let Some((lead, number)) =
        ["jam", "tgl", "dia"].iter().find_map(|lead| folded.strip_prefix(lead).map(|number| (*lead, number)))
        && number.starts_with(|first: char| first.is_ascii_digit())
    {
        push_word(clauses, lead, lead);
        push_word(clauses, number, number);
        return;
    }
    // "5pm", "10hrs", "30min": number and unit are two words.
    let digits: String =
        folded.chars().take_while(|letter| letter.is_ascii_digit() || matches!(letter, ':' | '.')).collect();
    let unit: String = folded.chars().skip(digits.chars().count()).collect();
    if !digits.is_empty()
        && matches!(
            unit.as_str(),
            "pm" | "am"
                | "p"
                | "a"
                | "hrs"
                | "hr"
                | "hs"
                | "h"
                | "min"
                | "mins"
                | "ish"
                | "an"
                | "th"
                | "st"
                | "nd"
                | "rd"
        )
    {
        push_word(clauses, &digits, &digits);
        push_word(clauses, &unit, &unit);
        return;
    }
    push_word(clauses, &folded, &raw);
}

/// The "17" and "30" of "17h30".
fn hour_and_minutes((hour, minutes): (&str, &str)) -> Option<String> {
    let minutes = minutes.strip_suffix("min").unwrap_or(minutes);
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    ((1..=2).contains(&hour.len()) && minutes.len() == 2 && digits(hour) && digits(minutes))
        .then(|| format!("{hour}:{minutes}"))
}

fn push_word(clauses: &mut [Vec<Word>], text: &str, raw: &str) {
    if let Some(clause) = clauses.last_mut() {
        clause.push(Word { text: text.to_owned(), raw: raw.to_owned(), said: None, used: false });
    }
}

/// Lower case, without accents, without letters stretched beyond two.
pub(crate) fn fold(text: &str) -> String {
    let plain = text.nfkd().filter(|letter| !is_combining_mark(*letter)).flat_map(char::to_lowercase);
    let mut folded = String::with_capacity(text.len());
    let (mut last, mut run) = ('\0', 0);
    for letter in plain {
        run = if letter == last { run + 1 } else { 1 };
        last = letter;
        if run <= 2 || !letter.is_alphabetic() {
            folded.push(letter);
        }
    }
    folded
}

/// Without doubled letters: "siii", "sii" and "si" are one, and so are "Anna" and "Ana".
pub(crate) fn squeezed(text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    letters.dedup();
    letters.into_iter().collect()
}

/// Alike enough to be a slip of the thumb: one edit from five letters on, two from eight.
pub(crate) fn alike(said: &str, meant: &str) -> bool {
    if said == meant {
        return true;
    }
    let (long, short) = (meant.chars().count(), said.chars().count());
    if long < 5 || short.abs_diff(long) > 2 || said.chars().next() != meant.chars().next() {
        return false;
    }
    strsim::osa_distance(said, meant) <= if long >= 8 { 2 } else { 1 }
}
