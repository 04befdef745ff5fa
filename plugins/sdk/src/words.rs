//! Words and sentences by language.

use crate::{Context, Text, Words};

/// The sentence in the context's language; the first one when there is none. `es` covers `es-MX` too.
pub fn say<'a>(context: &Context, sentences: &[(&str, &'a str)]) -> &'a str {
    let own = sentences.iter().find(|(language, _)| speaks(&context.language, language));
    own.or(sentences.first()).map_or("", |(_, sentence)| sentence)
}

fn speaks(tag: &str, wanted: &str) -> bool {
    tag == wanted || tag.split('-').next() == wanted.split('-').next()
}

/// A sentence in one language.
pub fn text(language: &str, sentence: &str) -> Text {
    Text { language: language.to_owned(), text: sentence.to_owned() }
}

/// The same sentence in several languages.
pub fn texts(sentences: &[(&str, &str)]) -> Vec<Text> {
    sentences.iter().map(|(language, sentence)| text(language, sentence)).collect()
}

/// Words under a key.
pub fn words(key: &str, words: &[&str]) -> Words {
    Words { key: key.to_owned(), words: words.iter().map(|word| (*word).to_owned()).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_found_by_language_and_else_the_first_is_said() {
        let sentences = [("es", "hola"), ("pt-BR", "olá")];
        let said = |language: &str| say(&Context { language: language.to_owned(), ..Context::default() }, &sentences);
        assert_eq!([said("es-MX"), said("pt"), said("pt-BR"), said("id")], ["hola", "olá", "olá", "hola"]);
    }
}
