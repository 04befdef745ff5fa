//! Every crate inherits the workspace's lints, and every dependency is named once, in the workspace.

use toml::{Table, Value};

use super::{
    architecture::line_of,
    tree::{Finding, Text, Tree},
};

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let members =
        tree.files.iter().filter(|file| file.path.ends_with("/Cargo.toml") && file.path != "plugins/Cargo.toml");
    members.flat_map(check_member).collect()
}

fn check_member(file: &Text) -> Vec<Finding> {
    let Ok(manifest) = file.text.parse::<Table>() else { return vec![file.finding(1, "is not TOML")] };
    let mut findings = Vec::new();
    let lints = manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(Value::as_bool);
    // Modules are built for another target and another world; they have lints of their own.
    if lints != Some(true) && !file.path.starts_with("plugins/") {
        findings.push(file.finding(1, "lacks `[lints] workspace = true`"));
    }
    for table in ["dependencies", "dev-dependencies", "build-dependencies"] {
        for (name, wanted) in manifest.get(table).and_then(Value::as_table).into_iter().flatten() {
            if wanted.get("workspace").and_then(Value::as_bool) != Some(true) {
                let line = line_of(&file.text, name);
                findings.push(
                    file.finding(line, format!("{name}: write `{name}.workspace = true` and the version in the root")),
                );
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_of_its_own_and_missing_lints_are_caught() {
        let tree = Tree::of(&[("core/x/Cargo.toml", "[dependencies]\nserde = \"1\"\ndomain.workspace = true\n")]);
        let found: Vec<String> = check(&tree).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "core/x/Cargo.toml:1: lacks `[lints] workspace = true`",
                "core/x/Cargo.toml:2: serde: write `serde.workspace = true` and the version in the root"
            ]
        );
    }
}
