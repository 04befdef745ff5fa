//! The repository as text: every file that git knows or would add, read once.

use std::{fmt, path::Path, process::Command, sync::OnceLock};

use anyhow::{Context, Result, ensure};

use super::rust::Source;

/// One file.
pub(crate) struct Text {
    /// From the repository's root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
    source: OnceLock<Source>,
}

/// All files.
pub(crate) struct Tree {
    pub(crate) files: Vec<Text>,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) why: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.why)
    }
}

impl Tree {
    /// Tracked or about to be; what `.gitignore` names is built, not written. Files that are not text are left out.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let listed = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(root)
            .output()
            .context("cannot run git")?;
        ensure!(listed.status.success(), "git ls-files: {}", String::from_utf8_lossy(&listed.stderr));
        let names = String::from_utf8(listed.stdout)?;
        let mut files: Vec<Text> = names
            .split_terminator('\0')
            .filter_map(|path| std::fs::read_to_string(root.join(path)).ok().map(|text| Text::new(path, text)))
            .collect();
        files.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(Self { files })
    }

    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        Self { files: files.iter().map(|(path, text)| Text::new(path, (*text).to_owned())).collect() }
    }

    pub(crate) fn file(&self, path: &str) -> Option<&Text> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Files in `folder`, which ends in `/`, with this ending.
    pub(crate) fn within<'a>(&'a self, folder: &'a str, ending: &'a str) -> impl Iterator<Item = &'a Text> {
        self.files.iter().filter(move |file| file.path.starts_with(folder) && file.path.ends_with(ending))
    }

    /// Whether it is a file or a folder with files in it.
    pub(crate) fn holds(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        self.files
            .iter()
            .any(|file| file.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    }

    /// Our Rust, modules included.
    pub(crate) fn rust(&self) -> impl Iterator<Item = &Text> {
        self.files.iter().filter(|file| file.path.ends_with(".rs"))
    }
}

impl Text {
    fn new(path: &str, text: String) -> Self {
        Self { path: path.to_owned(), text, source: OnceLock::new() }
    }

    /// The file as Rust.
    pub(crate) fn source(&self) -> &Source {
        self.source.get_or_init(|| Source::read(&self.text))
    }

    /// Tests, benches and what serves only them.
    pub(crate) fn is_test(&self) -> bool {
        let folders = ["/tests/", "/examples/", "/benches/"];
        folders.iter().any(|folder| self.path.contains(folder))
            || self.path.ends_with("/tests.rs")
            || self.path.ends_with("/samples.rs")
            || self.path.starts_with("core/testkit/")
            || self.path.starts_with("core/pgtest/")
    }

    pub(crate) fn finding(&self, line: usize, why: impl Into<String>) -> Finding {
        Finding { path: self.path.clone(), line, why: why.into() }
    }
}
