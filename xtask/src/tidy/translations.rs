//! Every message that customers read exists in every language that has messages.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::{Finding, Tree};

const MESSAGES: &str = "templates/messages/";

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut keys: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut findings = Vec::new();
    for file in tree.within(MESSAGES, ".txt") {
        let own = keys.entry(file.path.as_str()).or_default();
        for (number, key) in (1..).zip(file.text.lines()).filter_map(|(number, line)| Some((number, key(line)?))) {
            if !own.insert(key) {
                findings.push(file.finding(number, format!("[{key}] stands here twice")));
            }
        }
    }
    let all: BTreeSet<&str> = keys.values().flatten().copied().collect();
    for (path, own) in &keys {
        for key in all.difference(own) {
            findings.push(Finding { path: (*path).to_owned(), line: 1, why: format!("lacks the message [{key}]") });
        }
    }
    findings
}

fn key(line: &str) -> Option<&str> {
    line.strip_prefix('[')?
        .strip_suffix(']')
        .filter(|key| key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_missing_in_one_language_is_caught() {
        let tree = Tree::of(&[
            ("templates/messages/en.txt", "# Note\n[greet]\nHello [you]\n[bye]\nBye\n[bye]\nAgain\n"),
            ("templates/messages/es.txt", "[greet]\nHola\n"),
        ]);
        let found: Vec<String> = check(&tree).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "templates/messages/en.txt:6: [bye] stands here twice",
                "templates/messages/es.txt:1: lacks the message [bye]"
            ]
        );
    }
}
