//! Native code on disk: only what this installation compiled itself is ever loaded.
//!
//! Invariant: [`Native`] is made by the compiler or by [`Cache::read`] after its MAC was checked, and by nothing else; it
//! is checked in memory and loaded from that same memory, so that nobody changes it in between.

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use wasmtime::{Engine, component::Component};

const MAC_BYTES: usize = 32;

/// Machine code that this installation made.
pub(crate) struct Native(Vec<u8>);

impl Native {
    /// Straight from our own compiler.
    pub(crate) fn compiled(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    #[expect(
        unsafe_code,
        reason = "wasmtime cannot check machine code, so loading it is unsafe; a Native is our own compiler's output, \
                  or was read with a MAC that only this installation can make (docs/decisions/0012)"
    )]
    pub(crate) fn load(&self, engine: &Engine) -> wasmtime::Result<Component> {
        // SAFETY: see the invariant of this file; wasmtime itself refuses code of another version or configuration.
        unsafe { Component::deserialize(engine, &self.0) }
    }
}

/// A folder of compiled modules, each with a MAC under a key of this installation.
#[derive(Clone)]
pub struct Cache {
    folder: PathBuf,
    key: [u8; 32],
}

impl Cache {
    /// The folder is made for its owner alone.
    pub fn open(folder: &Path, key: [u8; 32]) -> io::Result<Self> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        Ok(Self { folder: folder.to_owned(), key })
    }

    /// `None` when there is none, or when it is not what was written for this digest and engine.
    pub(crate) fn read(&self, digest: &str, compatibility: &str) -> Option<Native> {
        let mut bytes = fs::read(self.path(digest, compatibility)).ok()?;
        let native = bytes.split_off_checked(MAC_BYTES)?;
        if self.mac(digest, compatibility, &native)?.verify_slice(&bytes).is_err() {
            tracing::warn!(digest, "a compiled module on disk is not what was written there; it is compiled again");
            return None;
        }
        Some(Native(native))
    }

    pub(crate) fn write(&self, digest: &str, compatibility: &str, native: &Native) -> io::Result<()> {
        let Some(mac) = self.mac(digest, compatibility, &native.0) else { return Ok(()) };
        let path = self.path(digest, compatibility);
        // Another process may write the same: each has a file of its own until it is whole.
        let draft = path.with_extension(format!("{}.part", std::process::id()));
        let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        io::Write::write_all(&mut file, &mac.finalize().into_bytes())?;
        io::Write::write_all(&mut file, &native.0)?;
        fs::rename(draft, path)
    }

    /// Both are our own hexadecimal digits, so no name leaves the folder.
    fn path(&self, digest: &str, compatibility: &str) -> PathBuf {
        self.folder.join(format!("{digest}-{compatibility}.cwasm"))
    }

    fn mac(&self, digest: &str, compatibility: &str, native: &[u8]) -> Option<Hmac<Sha256>> {
        // A key of 32 bytes is never refused.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        for part in [digest.as_bytes(), compatibility.as_bytes(), native] {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part);
        }
        Some(mac)
    }
}

trait SplitOff: Sized {
    fn split_off_checked(&mut self, at: usize) -> Option<Self>;
}

impl SplitOff for Vec<u8> {
    fn split_off_checked(&mut self, at: usize) -> Option<Self> {
        (self.len() >= at).then(|| self.split_off(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_changed_on_disk_or_renamed_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path(), [7; 32]).unwrap();
        cache.write("aa", "11", &Native(vec![1, 2, 3])).unwrap();
        assert_eq!(cache.read("aa", "11").unwrap().0, [1, 2, 3]);
        fs::copy(cache.path("aa", "11"), cache.path("bb", "11")).unwrap();
        assert!(cache.read("bb", "11").is_none(), "code of another module");
        assert!(Cache::open(folder.path(), [8; 32]).unwrap().read("aa", "11").is_none(), "of another installation");
        let mut bytes = fs::read(cache.path("aa", "11")).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(cache.path("aa", "11"), bytes).unwrap();
        assert!(cache.read("aa", "11").is_none(), "changed");
        fs::write(cache.path("aa", "11"), [1]).unwrap();
        assert!(cache.read("aa", "11").is_none(), "cut short");
    }
}
