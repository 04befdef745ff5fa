//! What can be installed: a component in a file or folder, with the seal that lies beside it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use modules::{LARGEST, Manifest, Seal};
use sha2::{Digest, Sha256};

use crate::config::write_private;

/// A component and who vouches for it.
pub(crate) struct Package {
    pub(crate) bytes: Vec<u8>,
    pub(crate) seal: Option<Seal>,
}

/// Where `source` lies, or why it cannot be had. The server may stand in another folder than whoever types.
pub(crate) fn locate(source: &str) -> Result<PathBuf> {
    if source.contains("://") {
        bail!("modules are installed from a file, a folder or oci://HOST/NAME:TAG, not from {source}");
    }
    let path = std::path::absolute(source)?;
    ensure!(path.exists(), "there is no file or folder {}", path.display());
    if !path.is_dir() {
        return Ok(path);
    }
    let entries = fs::read_dir(&path)?.collect::<Result<Vec<_>, _>>()?;
    let mut components = entries.into_iter().map(|entry| entry.path()).filter(|path| ends(path, "wasm"));
    match (components.next(), components.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => bail!("there is no .wasm file in {}", path.display()),
        (Some(_), Some(_)) => bail!("there are several .wasm files in {}: name the one to install", path.display()),
    }
}

fn ends(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|extension| extension == ending)
}

/// Reads what `locate` found. A link is not followed: what was looked at is what is installed.
pub(crate) fn read(file: &Path) -> Result<Package> {
    let bytes = read_plain(file, LARGEST)?;
    let beside = seal_path(file);
    let seal = if beside.exists() {
        let text = read_plain(&beside, 16 << 10)?;
        Some(serde_json::from_slice(&text).with_context(|| format!("{} is not a seal", beside.display()))?)
    } else {
        None
    };
    Ok(Package { bytes, seal })
}

fn read_plain(file: &Path, most: usize) -> Result<Vec<u8>> {
    let about = fs::symlink_metadata(file).with_context(|| format!("cannot read {}", file.display()))?;
    ensure!(about.is_file(), "{} is not a plain file", file.display());
    let size = usize::try_from(about.len()).unwrap_or(usize::MAX);
    ensure!(size <= most, "{} has {size} bytes; it may have {most}", file.display());
    fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

fn seal_path(file: &Path) -> PathBuf {
    file.with_extension("seal.json")
}

/// Signs the component in `file` and leaves the seal beside it.
pub(crate) fn sign(file: &Path, key: &Path, publisher: &str, module: &str, version: &str) -> Result<PathBuf> {
    let bytes = read_plain(file, LARGEST)?;
    let manifest = Manifest {
        module: module.to_owned(),
        version: version.to_owned(),
        digest: hex::encode(Sha256::digest(&bytes)),
        publisher: publisher.to_owned(),
    };
    let text = fs::read_to_string(key).with_context(|| format!("cannot read {}", key.display()))?;
    let secret: Option<[u8; 32]> = hex::decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok());
    let secret = secret.with_context(|| format!("{} does not hold 64 hexadecimal digits", key.display()))?;
    let path = seal_path(file);
    fs::write(&path, serde_json::to_vec_pretty(&modules::seal(&manifest, &secret)?)?)?;
    Ok(path)
}

/// A new signing key in `file`; gives the public half.
pub(crate) fn new_key(file: &Path, secret: &[u8; 32]) -> Result<String> {
    write_private(file, hex::encode(secret).as_bytes())?;
    Ok(modules::public_of(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_one_component_is_found_and_a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        assert!(locate(folder.path().to_str().unwrap()).unwrap_err().to_string().contains("no .wasm"));
        let file = folder.path().join("m.wasm");
        fs::write(&file, b"x").unwrap();
        assert_eq!(locate(folder.path().to_str().unwrap()).unwrap(), file);
        std::os::unix::fs::symlink(&file, folder.path().join("n.wasm")).unwrap();
        assert!(read(&folder.path().join("n.wasm")).is_err_and(|error| error.to_string().contains("plain file")));
        assert!(locate(folder.path().to_str().unwrap()).unwrap_err().to_string().contains("several"));
        assert!(locate("https://example.com/m.wasm").unwrap_err().to_string().contains("a folder or oci://"));
    }
}
