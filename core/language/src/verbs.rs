//! Forms of a Spanish or Portuguese verb by its stem: "cancelar", "cancela", "cancélala", "cancélamela" all cancel.
//!
//! Accents are gone before we look (see `words`), so the forms are fewer than a grammar has. Which endings a verb
//! really takes is not checked: "cancelió" would pass, and nobody is worse off for it.

use crate::words::alike;

/// Pronouns that are joined to the end of a verb.
const JOINED: [&str; 10] = ["las", "los", "les", "nos", "la", "lo", "le", "me", "te", "se"];
const ENDINGS: [&str; 65] = [
    "ar", "er", "ir", "a", "as", "an", "o", "e", "es", "en", "amos", "emos", "imos", "ando", "iendo", "endo", "aste",
    "iste", "aron", "ieron", "io", "i", "ado", "ada", "ados", "adas", "ido", "ida", "aba", "aban", "aria", "arias",
    "arian", "eria", "erias", "irias", "ara", "aras", "aran", "are", "aremos", "era", "eras", "ere", "ira", "ire",
    "ase", "ei", "ou", "am", "arei", "asse", "em", "arem", "armos", "ao", "iera", "ieras", "ais", "ame", "alo", "ale",
    "aron", "ad", "id",
];

/// Whether `word` is a form of the verb; with `object`, only with "la" or "lo" joined to it.
pub(crate) fn is_form(word: &str, stem: &str, object: bool) -> bool {
    if let Some(mut rest) = word.strip_prefix(stem) {
        let mut joined = false;
        // At most two: "cancélamela".
        for _ in 0..2 {
            if !object && ENDINGS.contains(&rest) {
                return true;
            }
            let Some((shorter, pronoun)) =
                JOINED.iter().find_map(|pronoun| rest.strip_suffix(pronoun).map(|rest| (rest, *pronoun)))
            else {
                break;
            };
            joined |= matches!(pronoun, "la" | "lo" | "las" | "los");
            rest = shorter;
        }
        if ENDINGS.contains(&rest) && (joined || !object) {
            return true;
        }
    }
    // A slip of the thumb in the form one would look up.
    !object && word.len() >= 7 && ["ar", "er", "ir"].iter().any(|ending| alike(word, &format!("{stem}{ending}")))
}

#[cfg(test)]
mod tests {
    use super::is_form;

    #[test]
    fn portuguese_forms() {
        for word in ["marcar", "marca", "marquei", "marcou", "marcando", "marcaria", "marcarem", "marcado"] {
            assert!(is_form(word, "marc", false) || is_form(word, "marqu", false), "{word}");
        }
    }

    #[test]
    fn forms_with_and_without_pronouns() {
        for word in ["cancelar", "cancela", "cancelala", "cancelamela", "cancelarme", "cancelen", "cancelo", "canselar"]
        {
            assert!(is_form(word, "cancel", false), "{word}");
        }
        for word in ["cancelala", "cancelamela", "cancelarlas", "cancelenmelo"] {
            assert!(is_form(word, "cancel", true), "{word}");
        }
        assert!(!is_form("cancela", "cancel", true), "its own ending is no pronoun");
        assert!(!is_form("cancelarme", "cancel", true));
        assert!(!is_form("cancilleria", "cancel", false));
        assert!(!is_form("cancelacion", "cancel", true));
    }
}
