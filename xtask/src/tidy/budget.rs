//! No file grows past what one can hold in mind. `xtask/budget.txt` names older sins; its numbers only go down.

use std::{collections::BTreeMap, fmt::Write, path::Path};

use anyhow::Result;

use super::tree::{Finding, Text, Tree};

/// Lines without inline tests.
const MOST: usize = 400;
const LIST: &str = "xtask/budget.txt";

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let granted = granted(tree);
    let mut findings = Vec::new();
    for file in counted(tree) {
        let lines = file.source().shipped_lines;
        let most = granted.get(file.path.as_str()).copied().unwrap_or(MOST);
        if lines > most {
            findings.push(
                file.finding(most, format!("has {lines} lines without tests, {most} are allowed: split it by step")),
            );
        }
    }
    let Some(list) = tree.file(LIST) else { return findings };
    for (path, most) in granted {
        let lines = tree.file(path).map_or(0, |file| file.source().shipped_lines);
        if lines < most {
            let line = super::architecture::line_of(&list.text, path);
            let why = format!("{path} shrank to {lines} lines: `cargo xtask bless --lists` keeps it there");
            findings.push(list.finding(line, why));
        }
    }
    findings
}

/// Lowers what shrank and drops what fits; never raises anything.
pub(crate) fn bless(root: &Path, tree: &Tree) -> Result<()> {
    let mut list = String::from("# Files over the budget of tidy, with their lines. A number may only go down.\n");
    for (path, most) in granted(tree) {
        let lines = tree.file(path).map_or(0, |file| file.source().shipped_lines).min(most);
        if lines > MOST {
            writeln!(list, "{path} {lines}")?;
        }
    }
    Ok(std::fs::write(root.join(LIST), list)?)
}

fn granted(tree: &Tree) -> BTreeMap<&str, usize> {
    let lines = tree.file(LIST).map(|list| list.text.lines()).into_iter().flatten();
    lines.filter_map(|line| line.split_once(' ').and_then(|(path, most)| Some((path, most.parse().ok()?)))).collect()
}

fn counted(tree: &Tree) -> impl Iterator<Item = &Text> {
    tree.rust().filter(|file| !file.is_test())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(many: usize) -> String {
        "//! A line.\n".repeat(many)
    }

    #[test]
    fn a_long_file_is_caught_and_its_tests_are_not_counted() {
        let tested = format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", lines(400), lines(50));
        let tree = Tree::of(&[
            ("core/x/src/long.rs", &lines(401)),
            ("core/x/src/tested.rs", &tested),
            ("core/x/src/tests.rs", &lines(900)),
        ]);
        let found = check(&tree);
        assert_eq!(found.iter().map(|finding| finding.path.as_str()).collect::<Vec<_>>(), ["core/x/src/long.rs"]);
    }

    #[test]
    fn an_allowance_may_only_shrink() {
        let list = "core/x/src/grew.rs 450\ncore/x/src/shrank.rs 500\n";
        let tree =
            Tree::of(&[(LIST, list), ("core/x/src/grew.rs", &lines(451)), ("core/x/src/shrank.rs", &lines(420))]);
        let found: Vec<String> = check(&tree).iter().map(|finding| finding.path.clone()).collect();
        assert_eq!(found, ["core/x/src/grew.rs", LIST]);
    }
}
