//! The name of a job is for ever: a row queued by an older release must still find its code.

use std::collections::BTreeSet;

use super::{
    architecture::line_of,
    rust::Source,
    tree::{Finding, Tree},
};

/// `name payload` a line; names are added, never removed, and each payload was queued by some release.
const LIST: &str = "core/app/jobs.txt";
const PUSH: &str = "jobs::push(";

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let list = tree.file(LIST);
    let lines = list.map(|list| list.text.lines()).into_iter().flatten().filter(|line| !line.starts_with('#'));
    let listed: BTreeSet<&str> = lines.filter_map(|line| line.split_whitespace().next()).collect();
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut findings = Vec::new();
    for file in tree.within("core/app/src/", ".rs").filter(|file| !file.is_test()) {
        for (line, name) in names(file.source()) {
            if name.is_none() {
                findings.push(file.finding(line, "the kind of a job is a constant of the file that queues it"));
            }
            if let Some(name) = name.filter(|name| known.insert(name.clone()) && !listed.contains(name.as_str())) {
                findings.push(file.finding(line, format!("the job {name} is not in {LIST}")));
            }
        }
    }
    let gone: Vec<&str> = listed.into_iter().filter(|name| !known.contains(*name)).collect();
    for (list, name) in list.into_iter().flat_map(|list| gone.iter().map(move |name| (list, name))) {
        let line = line_of(&list.text, name);
        findings.push(list.finding(line, format!("nothing queues the job {name}: rows of it may still be there")));
    }
    findings
}

/// What each `jobs::push(tx, KIND, …)` names, by its constant.
fn names(source: &Source) -> Vec<(usize, Option<String>)> {
    let calls = source.code.match_indices(PUSH).map(|(place, _)| place);
    let shipped = calls.filter(|place| source.line_at(*place) <= source.shipped_lines);
    shipped.map(|place| (source.line_at(place), kind(source, place + PUSH.len()))).collect()
}

fn kind(source: &Source, open: usize) -> Option<String> {
    let rest = source.between(open, source.code.len());
    let (before, after) = rest.split_once(',')?;
    let name = after.split(',').next()?.trim();
    if name.starts_with('"') {
        let from = open + before.len();
        return source.strings.iter().find(|piece| piece.from > from).map(|piece| piece.text.clone());
    }
    let constant = format!("const {}: &", name.rsplit("::").next()?);
    let place = source.code.find(&constant)?;
    source.strings.iter().find(|piece| piece.from > place).map(|piece| piece.text.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renamed_job_is_caught_at_both_ends() {
        let code = "const REMIND: &str = \"remind_guest\";\nfn a() {\n    jobs::push(tx, REMIND, key, &payload, due).await?;\n}\n";
        let tree = Tree::of(&[(LIST, "# Names\nremind_customer {\"a\":1}\n"), ("core/app/src/remind.rs", code)]);
        let found: Vec<String> = check(&tree).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "core/app/src/remind.rs:3: the job remind_guest is not in core/app/jobs.txt",
                "core/app/jobs.txt:2: nothing queues the job remind_customer: rows of it may still be there"
            ]
        );
    }

    #[test]
    fn a_listed_job_passes_and_one_without_a_constant_is_caught() {
        let check_code = |code| check(&Tree::of(&[(LIST, "remind {}\n"), ("core/app/src/remind.rs", code)])).len();
        assert_eq!(check_code("jobs::push(&mut tx, \"remind\", key, &payload, due)"), 0);
        assert_eq!(
            check_code("const A: &str = \"remind\"; jobs::push(tx, A, k, p, d); jobs::push(tx, kind, k, p, d)"),
            1
        );
    }
}
