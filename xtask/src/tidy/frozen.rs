//! What was shipped never changes: migrations that ran somewhere, WIT that somebody built a module against.
//!
//! `hashes.txt` beside them has a line for each file: its SHA-256, or `draft` until the release that ships it
//! (`cargo xtask bless --ship`, or `--ship-contract` for the WIT alone).

use std::{collections::BTreeMap, fmt::Write, path::Path};

use anyhow::Result;
use sha2::{Digest, Sha256};

use super::tree::{Finding, Text, Tree};

/// Lists, with the ending of what each guards.
const LISTS: [(&str, &str, &str); 2] = [("migrations/hashes.txt", "migrations/", ".sql"), (CONTRACTS, "wit/", ".wit")];
const CONTRACTS: &str = "wit/hashes.txt";
const DRAFT: &str = "draft";

/// Which drafts are released, and never change again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ship {
    Nothing,
    /// Versions of the contract with modules: others build against them before we release.
    Contracts,
    Everything,
}

impl Ship {
    fn freezes(self, list: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Contracts => list == CONTRACTS,
            Self::Everything => true,
        }
    }
}

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    LISTS.into_iter().flat_map(|(list, folder, ending)| check_list(tree, list, folder, ending)).collect()
}

fn check_list(tree: &Tree, list: &str, folder: &str, ending: &str) -> Vec<Finding> {
    let known = known(tree, list);
    let mut findings = Vec::new();
    for file in tree.within(folder, ending) {
        match known.get(file.path.as_str()) {
            None => findings.push(file.finding(1, format!("is not in {list}: run `cargo xtask bless --lists`"))),
            Some(&hash) if hash != DRAFT && hash != hashed(file) => {
                findings.push(
                    file.finding(1, format!("was shipped and has changed since ({list}): add a new file instead")),
                );
            }
            Some(_) => {}
        }
    }
    for (path, _) in known.into_iter().filter(|(path, _)| tree.file(path).is_none()) {
        findings.push(Finding { path: list.to_owned(), line: 1, why: format!("{path} is gone") });
    }
    findings
}

/// Adds what is new, as drafts; freezes those that are shipped. A hash that stands is never replaced.
pub(crate) fn bless(root: &Path, tree: &Tree, ship: Ship) -> Result<()> {
    for (list, folder, ending) in LISTS {
        let known = known(tree, list);
        let mut text = String::new();
        for file in tree.within(folder, ending) {
            let old = known.get(file.path.as_str()).copied().unwrap_or(DRAFT);
            let new = if ship.freezes(list) && old == DRAFT { hashed(file) } else { old.to_owned() };
            writeln!(text, "{new} {}", file.path)?;
        }
        // A shipped file that is gone stays in the list, and in the findings.
        for (path, hash) in known.iter().filter(|(path, hash)| **hash != DRAFT && tree.file(path).is_none()) {
            writeln!(text, "{hash} {path}")?;
        }
        std::fs::write(root.join(list), text)?;
    }
    Ok(())
}

fn known<'a>(tree: &'a Tree, list: &str) -> BTreeMap<&'a str, &'a str> {
    let lines = tree.file(list).map(|file| file.text.lines()).into_iter().flatten();
    lines.filter_map(|line| line.split_once(' ')).map(|(hash, path)| (path, hash)).collect()
}

fn hashed(file: &Text) -> String {
    hex::encode(Sha256::digest(file.text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whys(list: &str, sql: &str) -> Vec<String> {
        let tree = Tree::of(&[("migrations/hashes.txt", list), ("migrations/sqlite/0001_a.sql", sql)]);
        check(&tree).into_iter().map(|finding| finding.why).collect()
    }

    #[test]
    fn a_shipped_file_that_changes_is_caught_and_a_draft_may() {
        let hash = hex::encode(Sha256::digest(b"CREATE"));
        let shipped = format!("{hash} migrations/sqlite/0001_a.sql\n");
        assert!(whys(&shipped, "CREATE").is_empty());
        assert!(whys(&shipped, "CREATE x").concat().contains("was shipped"));
        assert!(whys("draft migrations/sqlite/0001_a.sql\n", "anything").is_empty());
        assert!(whys("", "CREATE").concat().contains("is not in"));
        assert!(
            whys(&format!("{shipped}{hash} migrations/sqlite/0000_z.sql\n"), "CREATE").concat().contains("is gone")
        );
    }

    #[test]
    fn blessing_freezes_drafts_only_when_shipping_and_never_a_second_time() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("migrations")).unwrap();
        std::fs::create_dir(folder.path().join("wit")).unwrap();
        let list = |text: &str, ship: Ship| {
            let tree = Tree::of(&[
                ("migrations/hashes.txt", text),
                ("migrations/sqlite/0001_a.sql", "new"),
                ("wit/1.0.0/a.wit", "new"),
            ]);
            bless(folder.path(), &tree, ship).unwrap();
            let contracts = std::fs::read_to_string(folder.path().join(CONTRACTS)).unwrap();
            assert_eq!(contracts.starts_with(DRAFT), ship == Ship::Nothing, "{contracts}");
            std::fs::read_to_string(folder.path().join("migrations/hashes.txt")).unwrap()
        };
        for ship in [Ship::Nothing, Ship::Contracts] {
            assert_eq!(list("", ship), "draft migrations/sqlite/0001_a.sql\n");
        }
        let frozen = list("draft migrations/sqlite/0001_a.sql\n", Ship::Everything);
        assert!(frozen.starts_with(&hex::encode(Sha256::digest(b"new"))));
        let shipped = "0123 migrations/sqlite/0001_a.sql\n";
        assert_eq!(list(shipped, Ship::Everything), shipped);
    }
}
