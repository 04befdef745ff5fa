//! The tenant's own names: services, resources and what modules offer, found in spite of typos.

use crate::{
    meaning::Match,
    words::{Word, fold},
};

/// What can be named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lexicon {
    pub services: Vec<Entry>,
    pub resources: Vec<Entry>,
    /// What the bookable are called: "barber", "coach".
    pub resource_nouns: Vec<String>,
    /// A module's tools, with the words that call for them.
    pub tools: Vec<Entry>,
    /// Phrases that mean an emergency in this trade.
    pub urgent: Vec<String>,
}

/// One thing and the words for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub key: String,
    pub words: Vec<String>,
}

/// Below this a likeness is a coincidence.
const ENOUGH: f64 = 0.82;

struct Hit {
    from: usize,
    length: usize,
    found: Match,
}

/// Finds `entries` in `words`, longest and best first, each word used once. Marks what it used.
pub(crate) fn find(words: &mut [Word], entries: &[Entry]) -> Vec<Match> {
    let mut hits = Vec::new();
    for entry in entries {
        for name in entry.words.iter().map(|name| significant(name)).filter(|name| !name.is_empty()) {
            hits.extend(places(words, &name, entry));
        }
    }
    // More letters explained first, then the better likeness.
    hits.sort_by(|a, b| {
        (b.length, b.found.score).partial_cmp(&(a.length, a.found.score)).unwrap_or(std::cmp::Ordering::Equal)
    });
    let mut kept: Vec<Hit> = Vec::new();
    for hit in hits {
        let free = words.iter().skip(hit.from).take(hit.length).all(|word| !word.used);
        if free && !kept.iter().any(|other| other.found.key == hit.found.key) {
            for word in words.iter_mut().skip(hit.from).take(hit.length) {
                word.used = true;
            }
            kept.push(hit);
        }
    }
    kept.sort_by_key(|hit| hit.from);
    kept.into_iter().map(|hit| hit.found).collect()
}

/// The words of a name that carry meaning.
fn significant(name: &str) -> Vec<String> {
    let small = [
        "de", "del", "la", "el", "los", "las", "con", "y", "and", "of", "the", "en", "a", "para", "for", "e", "da",
        "do", "com", "dan", "dengan", "untuk",
    ];
    let words = fold(name);
    let all: Vec<String> = words
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let kept: Vec<String> = all.iter().filter(|word| !small.contains(&word.as_str())).cloned().collect();
    if kept.is_empty() { all } else { kept }
}

/// Where the name's words stand in a row, small words between them allowed.
fn places(words: &[Word], name: &[String], entry: &Entry) -> Vec<Hit> {
    let mut hits = Vec::new();
    for from in 0..words.len() {
        let (mut at, mut score, mut matched) = (from, 0.0_f64, 0);
        for part in name {
            let found = (at..words.len().min(at + 3)).find_map(|place| {
                // The first word of a name stands where we look; later ones may follow a small word.
                if matched == 0 && place > from {
                    return None;
                }
                words
                    .get(place)
                    .filter(|word| !word.used)
                    .and_then(|word| {
                        likeness(word.said(), part).or_else(|| word.said.as_ref().and(likeness(&word.text, part)))
                    })
                    .map(|alike| (place, alike))
            });
            let Some((place, alike)) = found else { break };
            (at, score, matched) = (place + 1, score + alike, matched + 1);
        }
        if matched == name.len() {
            let said: Vec<&str> = words.iter().take(at).skip(from).map(|word| word.raw.as_str()).collect();
            let found = Match { key: entry.key.clone(), said: said.join(" "), score: rounded(score, name.len()) };
            hits.push(Hit { from, length: at - from, found });
        }
    }
    hits
}

fn rounded(score: f64, words: usize) -> f32 {
    let mean = score / f64::from(u32::try_from(words.max(1)).unwrap_or(1));
    // A score is shown, not computed with: three digits are enough.
    format!("{mean:.3}").parse().unwrap_or(1.0)
}

fn likeness(said: &str, meant: &str) -> Option<f64> {
    if said == meant {
        return Some(1.0);
    }
    // An article is never a slip for a name: "una" is not "uñas".
    if matches!(
        said,
        "un" | "una" | "uno" | "unos" | "unas" | "uns" | "umas" | "the" | "for" | "para" | "como" | "esta" | "este"
    ) {
        return None;
    }
    // "Anna" for Ana: doubled letters are the commonest slip in a name.
    if crate::words::squeezed(said) == crate::words::squeezed(meant) && meant.chars().count() >= 3 {
        return Some(0.97);
    }
    let singular = |word: &str| word.strip_suffix("es").or(word.strip_suffix('s')).unwrap_or(word).to_owned();
    if singular(said) == singular(meant) && meant.chars().count() > 4 {
        return Some(0.99);
    }
    let (long, short) = (meant.chars().count(), said.chars().count());
    if long < 4 || short < 3 || long.abs_diff(short) > 2 {
        return None;
    }
    let edits = strsim::osa_distance(said, meant);
    let allowed = match long {
        0..=4 => 1,
        5..=7 => 1,
        _ => 2,
    };
    let near = strsim::jaro_winkler(said, meant);
    // A short name one letter off is another word as often as not: the first letter must stand.
    let first = said.chars().next() == meant.chars().next();
    (edits <= allowed && near >= ENOUGH && (first || long >= 6)).then_some(near)
}
