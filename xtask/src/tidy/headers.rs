//! Every Rust file begins by saying what it is for.

use super::tree::{Finding, Tree};

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    tree.rust()
        .filter(|file| !file.text.starts_with("//! "))
        .map(|file| file.finding(1, "begins without a `//!` sentence that says what the file is for"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_does_not_introduce_itself_is_caught() {
        let tree =
            Tree::of(&[("core/x/src/a.rs", "use std::fmt;\n"), ("core/x/src/b.rs", "//! B.\n"), ("README.md", "#")]);
        let found = check(&tree);
        assert_eq!(found.len(), 1);
        assert_eq!(found.first().unwrap().path, "core/x/src/a.rs");
    }
}
