//! Core knows no vertical: what is special to one trade is said by a module.

use super::tree::{Finding, Text, Tree};

const FOLDERS: [&str; 3] = ["core/", "migrations/", "templates/"];
/// As whole words, also inside of `camelCase` and `snake_case`.
const WORDS: [&str; 10] =
    ["salon", "salons", "court", "courts", "clinic", "clinics", "stylist", "stylists", "patient", "patients"];
/// Customers may write these, so texts and data may hold them; the names that code gives may not.
const SPANISH: [&str; 5] = ["estilista", "estilistas", "cancha", "canchas", "paciente"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.files.iter().filter(|file| FOLDERS.iter().any(|folder| file.path.starts_with(folder))) {
        let named = std::iter::once((1, file.path.as_str()));
        for (number, line) in named.chain((1..).zip(file.text.lines())) {
            findings.extend(names(line, &WORDS).map(|word| caught(file, number, &word)));
        }
        if file.path.ends_with(".rs") {
            for (number, line) in (1..).zip(file.source().code.lines()) {
                findings.extend(names(line, &SPANISH).map(|word| caught(file, number, &word)));
            }
        }
    }
    findings
}

fn caught(file: &Text, line: usize, word: &str) -> Finding {
    file.finding(line, format!("names a vertical: {word}; a module must say it"))
}

fn names<'a>(line: &str, of: &'a [&'a str]) -> impl Iterator<Item = String> + use<'a> {
    words(line).into_iter().filter(move |word| of.contains(&word.as_str()))
}

/// Words in lower case; a capital after a small letter begins a new one.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut small_before = false;
    for c in line.chars() {
        if !c.is_alphabetic() || (c.is_uppercase() && small_before) {
            words.push(String::new());
        }
        if c.is_alphabetic() {
            words.last_mut().into_iter().for_each(|word| word.extend(c.to_lowercase()));
        }
        small_before = c.is_lowercase();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verticals_are_caught_wherever_they_hide() {
        for bad in [
            "if tenant.kind == Kind::Salon {",
            "let court_id = 1;",
            "struct ClinicRules;",
            "-- the PATIENT table",
            "fn cancha_libre() {}",
        ] {
            assert_eq!(check(&Tree::of(&[("core/app/src/a.rs", bad)])).len(), 1, "{bad}");
        }
        assert_eq!(check(&Tree::of(&[("core/app/src/salon.rs", "")])).len(), 1);
    }

    #[test]
    fn words_that_only_look_like_them_pass() {
        let tree = Tree::of(&[
            ("core/app/src/a.rs", "// a courtesy to the impatient, of course: \"una cancha\""),
            ("core/language/data/services.txt", "cancha"),
            ("plugins/salon/src/lib.rs", "// the salon"),
        ]);
        assert!(check(&tree).is_empty());
    }
}
