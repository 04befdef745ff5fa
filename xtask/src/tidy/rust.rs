//! A Rust file split into code, comments and string literals, by a scanner that knows just enough of the language.
//!
//! Invariant: [`Source::code`] is ASCII and has the same lines as the file; comments, the insides of strings and
//! whatever is not ASCII are blanks in it.

use std::str::Chars;

/// What the file says, by kind.
#[derive(Debug, Default)]
pub(crate) struct Source {
    pub(crate) code: String,
    pub(crate) strings: Vec<Piece>,
    pub(crate) comments: Vec<Piece>,
    /// Lines before the inline tests.
    pub(crate) shipped_lines: usize,
}

/// A comment or a string literal, without its marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) line: usize,
    /// Where it begins and ends in [`Source::code`], marks included.
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) text: String,
}

impl Source {
    pub(crate) fn read(text: &str) -> Self {
        let mut scanner = Scanner { rest: text.chars(), line: 1, before: ' ', found: Self::default() };
        while scanner.step() {}
        let mut source = scanner.found;
        source.shipped_lines = shipped_lines(&source.code);
        source
    }

    /// Lines of code with their numbers, inline tests left out.
    pub(crate) fn shipped(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.lines().take(self.shipped_lines).enumerate().map(|(index, line)| (index + 1, line))
    }

    /// The line on which this place of [`Source::code`] lies.
    pub(crate) fn line_at(&self, place: usize) -> usize {
        self.code.bytes().take(place).filter(|byte| *byte == b'\n').count() + 1
    }

    /// Code between two places.
    pub(crate) fn between(&self, from: usize, to: usize) -> &str {
        self.code.get(from..to).unwrap_or_default()
    }
}

/// Up to `#[cfg(test)] mod … {`, which our files have last.
fn shipped_lines(code: &str) -> usize {
    let mut marked = None;
    for (index, line) in code.lines().enumerate() {
        let line = line.trim();
        if line == "#[cfg(test)]" {
            marked = Some(index);
        } else if let Some(mark) = marked
            && line.starts_with("mod ")
            && line.ends_with('{')
        {
            return mark;
        } else if !line.is_empty() && !line.starts_with("#[") {
            marked = None;
        }
    }
    code.lines().count()
}

struct Scanner<'a> {
    rest: Chars<'a>,
    line: usize,
    before: char,
    found: Source,
}

impl Scanner<'_> {
    fn step(&mut self) -> bool {
        let rest = self.rest.as_str();
        // Most of a file: nothing special can begin here.
        if !rest.starts_with(['/', '"', '\'', 'r', 'b', 'c']) {
            return self.take(true).is_some();
        }
        let in_word = self.before.is_alphanumeric() || self.before == '_';
        if rest.starts_with("//") {
            let piece = self.until(2, 0, |rest| rest.starts_with('\n'));
            self.found.comments.push(piece);
        } else if rest.starts_with("/*") {
            let piece = self.until(2, 2, |rest| rest.starts_with("*/"));
            self.found.comments.push(piece);
        } else if let Some((marks, end)) = raw_string(rest).filter(|_raw| !in_word) {
            let piece = self.until(marks, end.len(), |rest| rest.starts_with(&end));
            self.found.strings.push(piece);
        } else if rest.starts_with('"') {
            let piece = self.until(1, 1, |rest| rest.starts_with('"'));
            self.found.strings.push(piece);
        } else if is_char_literal(rest) {
            self.until(1, 1, |rest| rest.starts_with('\''));
        } else {
            return self.take(true).is_some();
        }
        true
    }

    /// Opening marks, then everything until `ends` holds, then closing marks. In plain strings `\` hides what follows.
    fn until(&mut self, opening: usize, closing: usize, ends: impl Fn(&str) -> bool) -> Piece {
        let (line, from) = (self.line, self.found.code.len());
        let escapes = opening == 1;
        for _mark in 0..opening {
            self.take(true);
        }
        let mut text = String::new();
        while !self.rest.as_str().is_empty() && !ends(self.rest.as_str()) {
            if escapes && self.rest.as_str().starts_with('\\') {
                text.extend(self.take(false));
            }
            text.extend(self.take(false));
        }
        for _mark in 0..closing {
            self.take(true);
        }
        Piece { line, from, to: self.found.code.len(), text }
    }

    fn take(&mut self, code: bool) -> Option<char> {
        let c = self.rest.next()?;
        self.line += usize::from(c == '\n');
        self.found.code.push(if c == '\n' || (code && c.is_ascii()) { c } else { ' ' });
        self.before = c;
        Some(c)
    }
}

/// How many characters open a raw string here, and what closes it.
fn raw_string(rest: &str) -> Option<(usize, String)> {
    let prefix = ["br", "cr", "r"].into_iter().find(|prefix| rest.starts_with(prefix))?;
    let after = rest.strip_prefix(prefix)?;
    let hashes = after.chars().take_while(|c| *c == '#').count();
    let opened = after.trim_start_matches('#').starts_with('"');
    opened.then(|| (prefix.len() + hashes + 1, format!("\"{}", "#".repeat(hashes))))
}

/// `'x'` and `'\n'`, not `'lifetime`.
fn is_char_literal(rest: &str) -> bool {
    let mut chars = rest.chars();
    chars.next() == Some('\'') && (chars.next() == Some('\\') || chars.next() == Some('\''))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(text: &str) -> Vec<String> {
        Source::read(text).strings.into_iter().map(|piece| piece.text).collect()
    }

    #[test]
    fn strings_and_comments_are_told_from_code() {
        let text = "let a = \"x // \\\" y\"; // note \"no\"\nlet b = r#\"raw \" here\"#; /* \"no\" */ let c: &'a str = '\"'; let d = b\"z\";";
        assert_eq!(strings(text), ["x // \\\" y", "raw \" here", "z"]);
        let source = Source::read(text);
        assert!(!source.code.contains("note") && !source.code.contains("here"));
        assert!(source.code.contains("let c: &'a str"), "{}", source.code);
        assert_eq!(source.code.lines().count(), 2);
    }

    #[test]
    fn inline_tests_do_not_count() {
        assert_eq!(Source::read("//! A.\nfn a() {}\n\n#[cfg(test)]\nmod tests {\n}\n").shipped_lines, 3);
        assert_eq!(Source::read("//! A.\n#[cfg(test)]\nfn only_tests() {}\nfn b() {}\n").shipped_lines, 4);
    }
}
