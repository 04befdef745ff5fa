//! The name of a job is for ever: a row queued by an older release must still find its code.

use std::collections::BTreeSet;

use super::{
    rust::Source,
    tree::{Finding, Tree},
};

/// One name a line; names are added, never removed.
const LIST: &str = "core/app/jobs.txt";
/// How a job says its name.
const CONSTANTS: [&str; 2] = ["const NAME: &'static str =", "const NAME: &str ="];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let list = tree.file(LIST);
    let listed: BTreeSet<&str> =
        list.map(|list| list.text.lines()).into_iter().flatten().filter(|line| !line.starts_with('#')).collect();
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut findings = Vec::new();
    for file in tree.within("core/app/src/", ".rs").filter(|file| !file.is_test()) {
        for (line, name) in names(file.source()) {
            if !listed.contains(name.as_str()) {
                findings.push(file.finding(line, format!("the job {name} is not in {LIST}")));
            }
            known.insert(name);
        }
    }
    let gone = listed.into_iter().filter(|name| !name.is_empty() && !known.contains(*name));
    findings.extend(list.into_iter().zip(gone.collect::<Vec<_>>()).map(|(list, name)| {
        list.finding(1, format!("no code answers to the job {name}: rows of it may still be queued"))
    }));
    findings
}

fn names(source: &Source) -> Vec<(usize, String)> {
    let shipped = source.strings.iter().filter(|piece| piece.line <= source.shipped_lines);
    let named = shipped.filter(|piece| {
        let before = source.between(0, piece.from).trim_end();
        CONSTANTS.iter().any(|constant| before.ends_with(constant))
    });
    named.map(|piece| (piece.line, piece.text.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renamed_job_is_caught_at_both_ends() {
        let tree = Tree::of(&[
            (LIST, "# Names\nremind_customer\n"),
            ("core/app/src/remind.rs", "impl Job for Remind {\n    const NAME: &'static str = \"remind_guest\";\n}\n"),
        ]);
        let found: Vec<String> = check(&tree).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "core/app/src/remind.rs:2: the job remind_guest is not in core/app/jobs.txt",
                "core/app/jobs.txt:1: no code answers to the job remind_customer: rows of it may still be queued"
            ]
        );
    }
}
