//! Every path a document names exists, in backticks or as a link.

use super::tree::{Finding, Text, Tree};

/// First parts that make a word in backticks a path of ours.
const TOPS: [&str; 12] =
    ["core", "plugins", "wit", "migrations", "templates", "xtask", "docs", "demo", ".ci", ".cargo", "deploy", "target"];
/// Endings that make anything with a slash a path of ours.
const ENDINGS: [&str; 10] = [".rs", ".md", ".toml", ".sql", ".wit", ".ts", ".html", ".txt", ".json", ".css"];
/// Built, not written.
const BUILT: [&str; 3] = ["target", "core/web/assets/dist", "core/web/assets/node_modules"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    tree.within("", ".md").flat_map(|file| check_file(tree, file)).collect()
}

fn check_file(tree: &Tree, file: &Text) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut fenced = false;
    for (number, line) in (1..).zip(file.text.lines()) {
        fenced ^= line.trim_start().starts_with("```");
        if fenced {
            continue;
        }
        // Between backticks lies every second part.
        for path in line.split('`').skip(1).step_by(2).filter(|word| is_path(word)) {
            if !holds(tree, path) {
                findings.push(file.finding(number, format!("`{path}` does not exist")));
            }
        }
        for link in line.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            let outside = link.is_empty() || link.contains(':');
            if !outside && !tree.holds(&joined(&file.path, link)) {
                findings.push(file.finding(number, format!("the link {link} leads nowhere")));
            }
        }
    }
    findings
}

fn is_path(word: &str) -> bool {
    let Some((first, _rest)) = word.split_once('/') else { return false };
    let plain = !word.contains([' ', '(', '=', '"', '$', ':', '|']) && !word.starts_with("http");
    plain && (TOPS.contains(&first) || !first.is_empty() && ENDINGS.iter().any(|ending| word.ends_with(ending)))
}

/// A path with a place to fill in (`<name>`, `*`, `{x}`, `NNNN`, `…`) exists when the folder before that place does.
fn holds(tree: &Tree, path: &str) -> bool {
    if BUILT.iter().any(|built| path.starts_with(built)) {
        return true;
    }
    let open = |part: &&str| part.contains(['<', '*', '{', '…']) || part.contains("NNNN") || part.contains("NAME");
    let fixed: Vec<&str> = path.split('/').take_while(|part| !open(part)).collect();
    tree.holds(&fixed.join("/"))
}

/// `link` as seen from `file`, from the root.
fn joined(file: &str, link: &str) -> String {
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_text(text: &str) -> Vec<String> {
        let files = [("docs/a.md", text), ("core/store/src/bookings.rs", ""), ("docs/b.md", "")];
        check(&Tree::of(&files)).into_iter().map(|finding| finding.why).collect()
    }

    #[test]
    fn a_path_that_is_gone_is_caught() {
        assert_eq!(check_text("See `core/store/src/slots.rs`."), ["`core/store/src/slots.rs` does not exist"]);
        assert_eq!(check_text("See `store/src/bookings.rs`."), ["`store/src/bookings.rs` does not exist"]);
        assert_eq!(check_text("See [it](c.md)."), ["the link c.md leads nowhere"]);
    }

    #[test]
    fn what_exists_passes_and_so_does_what_is_no_path() {
        for good in [
            "`core/store/src/bookings.rs`, `core/store/`, `core/store/src/*.rs`, `docs/<name>.md`",
            "`text/plain`, `/webhooks/whatsapp/{channel}`, `target/modules/x.wasm`, `and/or`",
            "[b](b.md), [b](../docs/b.md#part), [out](https://example.com/x.md)",
            "```\ncore/gone.rs `core/gone.rs`\n```",
        ] {
            assert!(check_text(good).is_empty(), "{good}: {:?}", check_text(good));
        }
    }
}
