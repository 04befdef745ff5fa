//! Strangers at the command line: four files that are refused, each with one sentence and a failing exit.
//!
//! The files are made from a module that is accepted, so that nothing but what is named can be the reason.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on must fail there and then"
)]

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
    fn refused(&self, file: &str) -> String {
        let output = self.run(&["module", "install", file]);
        let told = String::from_utf8(output.stderr.clone()).unwrap();
        println!("$ frontdesk module install {file}\n{told}[exit {}]\n", output.status.code().unwrap());
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert_eq!(told.lines().count(), 1, "one sentence: {told}");
        assert!(output.stdout.is_empty());
        assert_eq!(said(&self.run(&["module", "list"])), "nothing is installed; run: frontdesk module install FILE");
        told.trim().strip_prefix("frontdesk: ").unwrap().to_owned()
    }
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap().trim().to_owned()
}

#[test]
fn four_strangers_are_each_refused_in_one_sentence_and_the_honest_one_is_let_in() {
    let desk = Desk::new();
    said(&desk.run(&["module", "keygen", "theirs.key"]));

    let unknown = desk.refused(&desk.signed("unknown", &desk.module, "theirs.key"));
    assert!(unknown.starts_with("the module is signed by a key that this installation does not trust: "), "{unknown}");

    let file = desk.signed("tampered", &desk.module, "ours.key");
    let mut bytes = desk.module.clone();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(desk.path(&file), bytes).unwrap();
    assert_eq!(desk.refused(&file), "the file is not the one that was signed: it was changed afterwards");

    let wasi = desk.changed("frontdesk:vertical/log@", "wasi:clocks/wall-clock@0.2.0");
    assert_eq!(
        desk.refused(&desk.signed("wasi", &wasi, "ours.key")),
        "the module imports wasi:clocks/wall-clock@0.2.0, which this host does not offer; modules get no files, \
         network, clock or chance"
    );

    let future = desk.changed("frontdesk:vertical/business@", "frontdesk:vertical/business@2.0.0");
    let future = desk.refused(&desk.signed("future", &future, "ours.key"));
    assert!(
        future.starts_with("the module was built for frontdesk:vertical@2.0.0; this host serves ")
            && future.ends_with(": build it for one of these, or update the host"),
        "{future}"
    );

    let installed = said(&desk.run(&["module", "install", &desk.signed("honest", &desk.module, "ours.key")]));
    assert!(installed.starts_with("installed hostile "), "{installed}");
}
