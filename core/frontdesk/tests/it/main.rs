//! The real program, as operators type it.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on must fail there and then"
)]

mod fake_registry;
mod refusals;
mod registries;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// An operator's folder: a publisher's key, trusted, and the module it signed.
struct Desk {
    folder: tempfile::TempDir,
    module: Vec<u8>,
}

impl Desk {
    fn new() -> Self {
        let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/modules/hostile.wasm");
        let module = fs::read(&built).unwrap_or_else(|error| panic!("{error}; run `cargo xtask modules` first"));
        let desk = Self { folder: tempfile::tempdir().unwrap(), module };
        let key = said(&desk.run(&["module", "keygen", "ours.key"]));
        fs::write(desk.path("frontdesk.toml"), format!("[trusted_publishers]\nestudio = \"{key}\"\n")).unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_frontdesk"));
        command.args(arguments).current_dir(self.folder.path()).env_clear().output().unwrap()
    }

    /// `NAME.wasm` with these bytes, signed with `key`.
    fn signed(&self, name: &str, bytes: &[u8], key: &str) -> String {
        let file = format!("{name}.wasm");
        fs::write(self.path(&file), bytes).unwrap();
        let version = env!("CARGO_PKG_VERSION");
        let signing = ["module", "sign", &file, "--key", key, "--publisher", "estudio", "--of", "hostile", version];
        assert!(self.run(&signing).status.success());
        file
    }

    /// The module with every `from` and the version after it, whichever it is, replaced by `to`.
    fn changed(&self, from: &str, to: &str) -> Vec<u8> {
        assert_eq!(from.len() + "1.0.0".len(), to.len(), "lengths are part of a component");
        let mut bytes = self.module.clone();
        let places: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(from.as_bytes())).collect();
        assert!(!places.is_empty(), "{from} does not occur");
        for at in places {
            bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
        }
        bytes
    }

    /// The one line that installing ends with.
    fn refused(&self, source: &str) -> String {
        let output = self.run(&["module", "install", source]);
        let told = String::from_utf8(output.stderr.clone()).unwrap();
        println!("$ frontdesk module install {source}\n{told}[exit {}]\n", output.status.code().unwrap());
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert_eq!(told.lines().count(), 1, "one sentence: {told}");
        assert!(output.stdout.is_empty());
        told.trim().strip_prefix("frontdesk: ").unwrap().to_owned()
    }

    fn has_nothing(&self) {
        assert_eq!(said(&self.run(&["module", "list"])), "nothing is installed; run: frontdesk module install FILE");
    }
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap().trim().to_owned()
}
