//! Who may depend on whom, and which crate alone may see which outside crate. Read from the manifests.

use toml::Table;

use super::tree::{Finding, Text, Tree};

/// A new arrow is an architectural decision: change it here, in review.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("scheduling", &["domain"]),
    ("language", &["domain"]),
    ("store", &["domain"]),
    ("templates", &["domain"]),
    ("modules", &["domain"]),
    ("channels", &["domain"]),
    ("models", &["domain"]),
    ("integrations", &["domain"]),
    ("app", &["domain", "scheduling", "language", "store", "templates"]),
    ("web", &["domain", "app", "templates"]),
    (
        "frontdesk",
        &[
            "domain",
            "scheduling",
            "language",
            "store",
            "templates",
            "modules",
            "channels",
            "models",
            "integrations",
            "app",
            "web",
        ],
    ),
    ("pgtest", &[]),
    (
        "testkit",
        &[
            "domain",
            "scheduling",
            "language",
            "store",
            "templates",
            "modules",
            "channels",
            "models",
            "integrations",
            "app",
            "web",
            "frontdesk",
            "pgtest",
        ],
    ),
    ("xtask", &["pgtest"]),
];

/// What any crate may use in its tests.
const FOR_TESTS: &[&str] = &["pgtest", "testkit"];

/// Outside crates with few masters; everything else is free. Nobody may use those with none.
const OWNERS: &[(&str, &[&str])] = &[
    ("sqlx", &["store"]),
    ("wasmtime", &["modules"]),
    ("async-task", &["modules"]),
    ("thread-priority", &["modules"]),
    ("axum", &["web"]),
    ("minijinja", &["templates"]),
    ("reqwest", &["channels", "models", "integrations"]),
    ("rustls", &["channels", "models", "integrations"]),
    ("object_store", &["integrations"]),
    ("async-nats", &["integrations"]),
    ("calcard", &["integrations"]),
    ("jsonschema", &["modules"]),
    ("argon2", &["app"]),
    ("chacha20poly1305", &["store"]),
    ("clap", &["frontdesk", "xtask"]),
    ("figment", &["frontdesk"]),
    ("tracing-subscriber", &["frontdesk"]),
    ("getrandom", &["frontdesk"]),
    ("anyhow", &["frontdesk", "xtask", "pgtest", "testkit"]),
    ("wit-component", &["xtask", "modules"]),
    ("openssl", &[]),
    ("native-tls", &[]),
    ("chrono", &[]),
    ("time", &[]),
    ("rand", &[]),
];

/// The testkit stands in for the outside world, so it may speak and serve HTTP and look into the database.
const TESTKIT_TOO: &[&str] = &["axum", "reqwest", "rustls", "sqlx"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let manifests = tree.files.iter().filter_map(|file| Some((file, member_name(&file.path)?)));
    manifests.flat_map(|(file, name)| check_manifest(file, name)).collect()
}

/// `core/store/Cargo.toml` and `xtask/Cargo.toml`; modules have a workspace of their own.
fn member_name(path: &str) -> Option<&str> {
    match path.split('/').collect::<Vec<_>>().as_slice() {
        ["core", name, "Cargo.toml"] => Some(name),
        ["xtask", "Cargo.toml"] => Some("xtask"),
        _ => None,
    }
}

fn check_manifest(file: &Text, name: &str) -> Vec<Finding> {
    let Ok(manifest) = file.text.parse::<Table>() else { return vec![file.finding(1, "is not TOML")] };
    let Some((_, allowed)) = ARROWS.iter().find(|(from, _)| *from == name) else {
        return vec![file.finding(1, format!("{name} has no arrows: add it to {}", file!()))];
    };
    let mut findings = Vec::new();
    for (dependency, for_tests) in dependencies(&manifest) {
        let at = line_of(&file.text, &dependency);
        let ours = ARROWS.iter().any(|(other, _)| *other == dependency);
        let granted = allowed.contains(&dependency.as_str()) || for_tests && FOR_TESTS.contains(&dependency.as_str());
        if ours && !granted && dependency != name {
            findings.push(file.finding(at, format!("{name} must not depend on {dependency}")));
        }
        if let Some((_, owners)) = OWNERS.iter().find(|(outside, _)| *outside == dependency) {
            let owns = owners.contains(&name)
                || name == "testkit" && TESTKIT_TOO.contains(&dependency.as_str())
                || for_tests && dependency == "anyhow";
            if !owns {
                let whose = if owners.is_empty() { "nobody".to_owned() } else { owners.join(", ") };
                findings.push(file.finding(at, format!("{dependency} belongs to {whose}, not to {name}")));
            }
        }
    }
    findings
}

/// Every dependency by its real name, and whether only tests have it.
pub(super) fn dependencies(manifest: &Table) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    for (key, for_tests) in [("dependencies", false), ("build-dependencies", false), ("dev-dependencies", true)] {
        let platforms = manifest.get("target").and_then(|target| target.as_table()).into_iter().flatten();
        let tables = std::iter::once(manifest).chain(platforms.filter_map(|(_, platform)| platform.as_table()));
        for (name, wanted) in tables.filter_map(|table| table.get(key)?.as_table()).flatten() {
            let real = wanted.get("package").and_then(|package| package.as_str()).unwrap_or(name);
            found.push((real.to_owned(), for_tests));
        }
    }
    found
}

pub(super) fn line_of(text: &str, key: &str) -> usize {
    text.lines().position(|line| line.starts_with(key)).map_or(1, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_one(path: &str, text: &str) -> Vec<String> {
        check(&Tree::of(&[(path, text)])).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_new_arrow_is_caught() {
        let found =
            check_one("core/web/Cargo.toml", "[dependencies]\ndomain.workspace = true\nstore.workspace = true\n");
        assert_eq!(found, ["core/web/Cargo.toml:3: web must not depend on store"]);
    }

    #[test]
    fn a_stolen_crate_is_caught_even_under_another_name() {
        let found = check_one("core/app/Cargo.toml", "[dependencies]\ndb = { package = \"sqlx\", version = \"1\" }\n");
        assert_eq!(found, ["core/app/Cargo.toml:1: sqlx belongs to store, not to app"]);
        assert_eq!(check_one("core/store/Cargo.toml", "[dependencies]\nchrono = \"1\"\n").len(), 1);
    }

    #[test]
    fn tests_may_use_the_test_crates_and_anyhow() {
        let text = "[dev-dependencies]\npgtest.workspace = true\nanyhow.workspace = true\n";
        assert!(check_one("core/store/Cargo.toml", text).is_empty());
    }

    #[test]
    fn a_crate_without_arrows_is_caught() {
        assert_eq!(check_one("core/helpers/Cargo.toml", "").len(), 1);
    }
}
