//! What docs/promises.md names is there: each test it counts on, and each fault.

use std::collections::BTreeSet;

use super::tree::{Finding, Tree};

const TABLE: &str = "docs/promises.md";
const FAULTS: &str = "core/testkit/src/chaos/nemesis.rs";

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let Some(table) = tree.file(TABLE) else { return Vec::new() };
    let tests: BTreeSet<&str> = tree.rust().flat_map(|file| functions(&file.text)).collect();
    let faults = tree.file(FAULTS).map(|file| faults(&file.text)).unwrap_or_default();
    let mut findings = Vec::new();
    for (number, line) in (1..).zip(table.text.lines()) {
        for name in line.split('`').skip(1).step_by(2).filter(|word| is_test(word)) {
            if !tests.contains(name) {
                findings.push(table.finding(number, format!("there is no test {name}")));
            }
        }
        let words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        for fault in words.filter(|word| is_fault(word)) {
            if !faults.contains(fault) {
                findings.push(table.finding(number, format!("the chaos harness has no fault {fault}")));
            }
        }
    }
    findings
}

fn functions(text: &str) -> impl Iterator<Item = &str> {
    text.split("fn ").skip(1).filter_map(|rest| rest.split(['(', '<']).next())
}

/// `Kill = "F1" "kill",` is F1-kill.
fn faults(text: &str) -> BTreeSet<String> {
    let parts = |line: &str| {
        let mut quoted = line.split('"').skip(1).step_by(2);
        Some(format!("{}-{}", quoted.next()?, quoted.next()?))
    };
    text.lines().filter(|line| line.contains(" = \"F")).filter_map(parts).collect()
}

/// A sentence of a test, not a word of a table.
fn is_test(word: &str) -> bool {
    word.matches('_').count() >= 3 && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn is_fault(word: &str) -> bool {
    let Some((number, name)) = word.strip_prefix('F').and_then(|rest| rest.split_once('-')) else { return false };
    number.parse::<u8>().is_ok() && !name.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promise_held_by_nobody_is_found() {
        let tree = |table: &str| {
            Tree::of(&[
                (TABLE, table),
                ("core/store/tests/it/queues.rs", "//! x\nasync fn what_is_kept_is_there(desk: Desk) {}\n"),
                (FAULTS, "//! x\nfaults! {\n    Kill = \"F1\" \"kill\",\n}\n"),
            ])
        };
        let found = |table: &str| check(&tree(table)).len();
        assert_eq!(found("| P1 | `what_is_kept_is_there`; F1-kill, I1 |"), 0);
        assert_eq!(found("| P1 | `what_was_kept_is_gone`; F1-kill |"), 1);
        assert_eq!(found("| P1 | `what_is_kept_is_there`; F2-stop |"), 1);
    }
}
