//! How a release in a registry is named: `oci://HOST/NAME:TAG`, `oci://HOST/NAME@sha256:…`, or both, where the digest counts.

use std::{fmt, str::FromStr};

use url::Url;

/// What a reference begins with.
const SCHEME: &str = "oci://";

/// Invariant: its parts, put into an address, are that address's and change nothing else in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Host, and port where one is named.
    pub(super) registry: String,
    pub(super) repository: String,
    tag: Option<String>,
    digest: Option<String>,
}

/// The text names no release in a registry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} names no release in a registry: {why}; write oci://HOST/NAME:TAG or oci://HOST/NAME@sha256:DIGEST")]
pub struct NotAReference {
    text: String,
    why: &'static str,
}

impl Reference {
    /// Whether `text` wants to be one.
    pub fn looks_like(text: &str) -> bool {
        text.starts_with(SCHEME)
    }

    pub(super) fn version(&self) -> &str {
        self.pinned().or(self.tag.as_deref()).unwrap_or_default()
    }

    /// The digest that the manifest must have.
    pub(super) fn pinned(&self) -> Option<&str> {
        self.digest.as_deref()
    }
}

impl FromStr for Reference {
    type Err = NotAReference;

    fn from_str(text: &str) -> Result<Self, NotAReference> {
        let wrong = |why| NotAReference { text: text.to_owned(), why };
        let rest = text.strip_prefix(SCHEME).ok_or_else(|| wrong("it does not begin with oci://"))?;
        let (registry, rest) = rest.split_once('/').ok_or_else(|| wrong("there is no name after the host"))?;
        let (rest, digest) = match rest.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (rest, None),
        };
        let (repository, tag) = match rest.split_once(':') {
            Some((repository, tag)) => (repository, Some(tag)),
            None => (rest, None),
        };
        if !is_host(registry) {
            return Err(wrong("its host is none"));
        }
        if repository.len() > 255 || !repository.split('/').all(is_component) {
            return Err(wrong("names are of small letters, digits, dots, dashes and slashes"));
        }
        if tag.is_none() && digest.is_none() {
            return Err(wrong("it says neither a tag nor a digest"));
        }
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return Err(wrong("its tag is none"));
        }
        if digest.is_some_and(|digest| !is_digest(digest)) {
            return Err(wrong("its digest is not sha256: and 64 hexadecimal digits"));
        }
        let (registry, repository) = (registry.to_owned(), repository.to_owned());
        Ok(Self { registry, repository, tag: tag.map(str::to_owned), digest: digest.map(str::to_owned) })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        self.tag.iter().try_for_each(|tag| write!(f, ":{tag}"))?;
        self.digest.iter().try_for_each(|digest| write!(f, "@{digest}"))
    }
}

/// A host by name or number, with or without a port, written as an address writes it.
fn is_host(text: &str) -> bool {
    Url::parse(&format!("{SCHEME}{text}/")).is_ok_and(|url| {
        let plain = url.username().is_empty() && url.password().is_none() && url.path() == "/";
        let host = url.host_str().unwrap_or_default();
        let written = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        plain && !host.is_empty() && written == text
    })
}

/// Small letters and digits, single separators between them.
fn is_component(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let ends = [text.bytes().next(), text.bytes().last()];
    ends.into_iter().all(|end| end.is_some_and(word))
        && text.bytes().all(|byte| word(byte) || matches!(byte, b'.' | b'_' | b'-'))
        && !text.contains("..")
}

fn is_tag(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.len() <= 128
        && text.bytes().next().is_some_and(word)
        && text.bytes().all(|byte| word(byte) || matches!(byte, b'.' | b'-'))
}

/// The one algorithm that is checked here; registries have no other in use.
pub(super) fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|hex| {
        hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_names_host_name_and_version() {
        let digest = format!("sha256:{}", "0a".repeat(32));
        for (text, registry, repository, version) in [
            ("oci://ghcr.io/acme/carwash:1.2.0".to_owned(), "ghcr.io", "acme/carwash", "1.2.0"),
            (format!("oci://ghcr.io/acme/carwash@{digest}"), "ghcr.io", "acme/carwash", digest.as_str()),
            (format!("oci://ghcr.io/acme/car-wash:1@{digest}"), "ghcr.io", "acme/car-wash", digest.as_str()),
            ("oci://127.0.0.1:5000/m:v1".to_owned(), "127.0.0.1:5000", "m", "v1"),
            ("oci://[::1]:5000/a/b/c__d:v1".to_owned(), "[::1]:5000", "a/b/c__d", "v1"),
        ] {
            let reference: Reference = text.parse().unwrap();
            assert_eq!(
                (reference.registry.as_str(), reference.repository.as_str(), reference.version()),
                (registry, repository, version)
            );
            assert_eq!(format!("oci://{reference}"), text);
        }
    }

    #[test]
    fn what_could_lead_elsewhere_is_no_reference() {
        for text in [
            "ghcr.io/acme/m:1",
            "oci://ghcr.io",
            "oci://ghcr.io/acme/m",
            "oci:///acme/m:1",
            "oci://user:word@ghcr.io/m:1",
            "oci://ghcr.io?x/acme/m:1",
            "oci://ghcr.io#x/acme/m:1",
            "oci://gh cr.io/acme/m:1",
            "oci://ghcr.io:port/acme/m:1",
            "oci://ghcr.io/../m:1",
            "oci://ghcr.io/acme/../m:1",
            "oci://ghcr.io/acme//m:1",
            "oci://ghcr.io/Acme/m:1",
            "oci://ghcr.io/acme/m:../../token",
            "oci://ghcr.io/acme/m:1/manifests/2",
            "oci://ghcr.io/acme/m:1?x=1",
            "oci://ghcr.io/acme/m%2f:1",
            "oci://ghcr.io/acme/m@sha256:abc",
            "oci://ghcr.io/acme/m@md5:0123456789abcdef0123456789abcdef",
        ] {
            assert!(text.parse::<Reference>().is_err(), "{text}");
        }
    }
}
