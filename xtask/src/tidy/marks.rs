//! No test is silenced, none is glad to crash, and what is left to do has an issue: `TODO(#12)`.

use super::tree::{Finding, Text, Tree};

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    tree.rust()
        .flat_map(check_rust)
        .chain(tree.files.iter().filter(|file| is_page(file)).flat_map(check_page))
        .collect()
}

fn check_rust(file: &Text) -> Vec<Finding> {
    let source = file.source();
    let mut findings = Vec::new();
    for (number, line) in (1..).zip(source.code.lines()) {
        if line.contains("#[ignore") {
            findings.push(file.finding(number, "a silenced test proves nothing: mend it or remove it"));
        }
        if line.contains("should_panic") {
            findings.push(file.finding(number, "assert the error that is meant, not a crash"));
        }
    }
    for comment in &source.comments {
        for (number, line) in (comment.line..).zip(comment.text.lines()).filter(|(_, line)| unowned(line)) {
            findings.push(file.finding(number, format!("{}: give it an issue, as in TODO(#12)", line.trim())));
        }
    }
    findings
}

fn is_page(file: &Text) -> bool {
    let folder = file.path.starts_with("core/web/assets/src/") || file.path.starts_with("templates/");
    folder && !file.path.ends_with(".txt")
}

fn check_page(file: &Text) -> Vec<Finding> {
    let lines = (1..).zip(file.text.lines());
    lines.filter(|(_, line)| unowned(line)).map(|(number, _)| file.finding(number, "a TODO without an issue")).collect()
}

fn unowned(line: &str) -> bool {
    ["TODO", "FIXME", "XXX"].iter().any(|mark| {
        line.match_indices(mark).any(|(place, _)| {
            let after = line.get(place + mark.len()..).unwrap_or_default();
            let before = line.get(..place).unwrap_or_default().chars().next_back();
            let word = !before.is_some_and(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric);
            word && !after.strip_prefix("(#").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_text(text: &str) -> usize {
        check(&Tree::of(&[("core/x/src/a.rs", text)])).len()
    }

    #[test]
    fn silenced_tests_and_nameless_promises_are_caught() {
        assert_eq!(check_text("#[test]\n#[ignore = \"slow\"]\nfn a() {}"), 1);
        assert_eq!(check_text("#[should_panic]\nfn a() {}"), 1);
        assert_eq!(check_text("// TODO: later\n"), 1);
        assert_eq!(check_text("/* FIXME */"), 1);
    }

    #[test]
    fn what_has_an_issue_or_is_text_passes() {
        assert_eq!(check_text("// TODO(#12): later\nlet a = \"TODO list\";\n// todos are fine, METODO too"), 0);
    }
}
