//! Background work is started in one place, where it is named, counted and waited for.

use super::tree::{Finding, Tree};

/// The tracked spawner.
const SPAWNER: &str = "core/app/src/tasks.rs";
/// Where what was begun is waited for, and outlives who waits.
const WAITED_FOR: [&str; 2] = ["core/store/src/engine.rs", "core/store/src/connections.rs"];
const STARTS: [&str; 4] = ["tokio::spawn(", "tokio::task::spawn(", "task::spawn_local(", "Handle::current().spawn("];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let may = |path: &str| path == SPAWNER || WAITED_FOR.contains(&path);
    for file in tree.within("core/", ".rs").filter(|file| !file.is_test() && !may(&file.path)) {
        for (number, _) in file.source().shipped().filter(|(_, line)| STARTS.iter().any(|start| line.contains(start))) {
            findings.push(file.finding(number, format!("starts work that nobody waits for: use {SPAWNER}")));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_nobody_waits_for_is_caught_and_tests_may() {
        let tree = Tree::of(&[
            (
                "core/app/src/a.rs",
                "fn a() {\n tokio::spawn(async {});\n}\n#[cfg(test)]\nmod tests {\n fn b() { tokio::spawn(x); }\n}\n",
            ),
            (SPAWNER, "tokio::spawn(async {});"),
            ("core/store/tests/it/main.rs", "tokio::spawn(async {});"),
            ("core/app/src/b.rs", "// never tokio::spawn( here"),
        ]);
        let found: Vec<String> =
            check(&tree).iter().map(|finding| format!("{}:{}", finding.path, finding.line)).collect();
        assert_eq!(found, ["core/app/src/a.rs:2"]);
    }
}
