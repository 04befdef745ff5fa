//! Words of one language put into those the readers of times, numbers and names know: "depois de amanhã" becomes
//! "pasado manana", "jam 5 kurang 15" "15 to 5". There is one grammar of days and hours, and a gloss per language.
//!
//! A line of `data/gloss` is `as said: as known`. `%` is a number, `%1` and `%2` the numbers said, `%1-1` the hour
//! before; `^` is the beginning of a clause; nothing after the colon leaves the words out. Sections are passes, each over
//! what the one before left; `[offered]` holds only where something was offered, so that "a segunda" is the second of it.

use std::collections::HashMap;

use crate::{numbers::number, words::Word};

#[derive(Debug, Default)]
pub(crate) struct Gloss(Vec<Pass>);

#[derive(Debug, Default)]
struct Pass {
    offered: bool,
    /// By the first word, longest first; under `%` those that begin with a number.
    rules: HashMap<String, Vec<Rule>>,
}

#[derive(Debug)]
struct Rule {
    begins_clause: bool,
    said: Vec<String>,
    known: Vec<String>,
}

impl Gloss {
    pub(crate) fn read(file: &str) -> Self {
        let mut passes: Vec<Pass> = Vec::new();
        for line in file.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(heading) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                passes.push(Pass { offered: heading == "offered", ..Pass::default() });
            } else if let (Some(pass), Some((said, known))) = (passes.last_mut(), line.split_once(':')) {
                let begins_clause = said.starts_with('^');
                let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
                let rule = Rule { begins_clause, said: words(said.trim_start_matches('^')), known: words(known) };
                let Some(first) = rule.said.first().cloned() else { continue };
                pass.rules.entry(first).or_default().push(rule);
            }
        }
        for rules in passes.iter_mut().flat_map(|pass| pass.rules.values_mut()) {
            rules.sort_by_key(|rule| std::cmp::Reverse((rule.said.len(), rule.begins_clause)));
        }
        Self(passes)
    }

    /// `words` as the readers know them; what was said stays beside it.
    pub(crate) fn known(&self, words: Vec<Word>, offered: bool) -> Vec<Word> {
        self.0.iter().filter(|pass| offered || !pass.offered).fold(words, |words, pass| pass.over(&words))
    }
}

impl Pass {
    fn over(&self, words: &[Word]) -> Vec<Word> {
        let mut known = Vec::with_capacity(words.len() + 4);
        let mut place = 0;
        while let Some(word) = words.get(place) {
            let fits = |first: &str| {
                let rules = self.rules.get(first).into_iter().flatten();
                rules.filter(|rule| place == 0 || !rule.begins_clause).find(|rule| rule.fits(words, place))
            };
            let rule = fits(&word.text).or_else(|| is_number(&word.text).then(|| fits("%")).flatten());
            match rule {
                Some(rule) => {
                    let said = words.get(place..place + rule.said.len()).unwrap_or_default();
                    rule.put(said, &mut known);
                    place += rule.said.len();
                }
                None => {
                    known.push(word.clone());
                    place += 1;
                }
            }
        }
        known
    }
}

impl Rule {
    fn fits(&self, words: &[Word], place: usize) -> bool {
        self.said.iter().enumerate().all(|(step, said)| {
            words
                .get(place + step)
                .is_some_and(|word| if said == "%" { is_number(&word.text) } else { word.text == *said })
        })
    }

    fn put(&self, said: &[Word], into: &mut Vec<Word>) {
        let numbers: Vec<&str> =
            said.iter().zip(&self.said).filter(|(_, rule)| *rule == "%").map(|(word, _)| word.text.as_str()).collect();
        let (first, second) =
            (numbers.first().copied().unwrap_or_default(), numbers.get(1).copied().unwrap_or_default());
        let last = self.known.len().saturating_sub(1);
        for (place, known) in self.known.iter().enumerate() {
            let text = known.replace("%1-1", &before(first)).replace("%1", first).replace("%2", second);
            // The last word answers for all that is left of what was said.
            let from = said.get(place..).unwrap_or_default();
            let own = if place == last { from } else { from.get(..1).unwrap_or_default() };
            let joined = |part: fn(&Word) -> &str| own.iter().map(part).collect::<Vec<_>>().join(" ");
            let raw = if own.is_empty() {
                said.last().map_or("", |word| &word.raw).to_owned()
            } else {
                joined(|word| &word.raw)
            };
            into.push(Word { text, raw, said: Some(joined(Word::said)), used: false });
        }
    }
}

/// The hour before, on a clock of twelve.
fn before(hour: &str) -> String {
    match number(hour) {
        Some(1) => "12".to_owned(),
        Some(hour) => hour.saturating_sub(1).to_string(),
        None => hour.to_owned(),
    }
}

fn is_number(word: &str) -> bool {
    number(word).is_some()
        || (word.starts_with(|first: char| first.is_ascii_digit())
            && word.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, ':' | '.')))
}

#[cfg(test)]
mod tests {
    use super::Gloss;
    use crate::words::clauses;

    fn known(gloss: &str, text: &str, offered: bool) -> String {
        let words = clauses(text).into_iter().next().unwrap_or_default();
        let known = Gloss::read(gloss).known(words, offered);
        known.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_longest_line_wins_and_numbers_move() {
        let gloss = "[one]\nlima: 5\n[two]\njam: at\njam % kurang %: %2 to %1\nsetengah %: half past %1-1\n";
        assert_eq!(known(gloss, "besok jam lima kurang 15", false), "besok 15 to 5");
        assert_eq!(known(gloss, "jam setengah 5", false), "at half past 4");
        assert_eq!(known(gloss, "setengah 1", false), "half past 12");
    }

    #[test]
    fn some_lines_hold_only_at_the_beginning_or_where_something_was_offered() {
        let gloss = "[one]\n^pagi ,: morning-greeting\n[offered]\na segunda: a second\n[two]\nsegunda: monday\n";
        assert_eq!(known(gloss, "pagi, bisa pagi, ya", false), "morning-greeting bisa pagi , ya");
        assert_eq!(known(gloss, "a segunda", false), "a monday");
        assert_eq!(known(gloss, "a segunda", true), "a second");
    }
}
