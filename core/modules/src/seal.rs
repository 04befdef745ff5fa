//! Who made a module: a signature over a manifest that pins the bytes by digest, and whose signatures count.

use std::collections::BTreeMap;

use domain::release::{Manifest, Seal};
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};

/// Why a seal does not count; the text is for the admin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error(
        "the module is not signed; sign it with `frontdesk module sign`, or install with --unsigned what you built yourself"
    )]
    Unsigned,
    #[error("the module is signed by a key that this installation does not trust: {key} (it says it is {publisher:?})")]
    UnknownKey { key: String, publisher: String },
    #[error("the signature does not fit the manifest: one of them was changed")]
    BadSignature,
    #[error("the file is not the one that was signed: it was changed afterwards")]
    Tampered,
    #[error("the seal says {sealed}, the module says {said}")]
    Lying { sealed: String, said: String },
    #[error("the seal cannot be read: {0}")]
    Unreadable(String),
}

/// Publishers whose modules are accepted, by name. A key that is taken out stops counting at once, installed or not.
#[derive(Debug, Clone, Default)]
pub struct Trusted(BTreeMap<String, VerifyingKey>);

impl Trusted {
    /// From names and public keys in hex.
    pub fn parse<'a>(publishers: impl IntoIterator<Item = (&'a String, &'a String)>) -> Result<Self, SealError> {
        let read = |(name, key): (&String, &String)| Ok((name.clone(), public(key)?));
        publishers.into_iter().map(read).collect::<Result<_, SealError>>().map(Self)
    }

    /// The manifest, when a trusted publisher signed it and it pins `digest`.
    pub fn check(&self, seal: &Seal, digest: &str) -> Result<Manifest, SealError> {
        let manifest = seal.manifest().map_err(|error| SealError::Unreadable(error.to_string()))?;
        let key = public(&seal.key)?;
        if self.0.get(&manifest.publisher) != Some(&key) {
            return Err(SealError::UnknownKey { key: seal.key.clone(), publisher: manifest.publisher });
        }
        let bytes: Option<[u8; 64]> = hex::decode(&seal.signature).ok().and_then(|bytes| bytes.try_into().ok());
        let signature = Signature::from_bytes(&bytes.ok_or(SealError::BadSignature)?);
        if key.verify(seal.manifest.as_bytes(), &signature).is_err() {
            return Err(SealError::BadSignature);
        }
        if manifest.digest != digest {
            return Err(SealError::Tampered);
        }
        Ok(manifest)
    }
}

fn public(hex_key: &str) -> Result<VerifyingKey, SealError> {
    let bytes: Option<[u8; 32]> = hex::decode(hex_key.trim()).ok().and_then(|bytes| bytes.try_into().ok());
    bytes
        .and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok())
        .ok_or_else(|| SealError::Unreadable(format!("{hex_key:?} is not an ed25519 public key in hex")))
}

/// Signs for the publisher who owns `secret`.
pub fn seal(manifest: &Manifest, secret: &[u8; 32]) -> Result<Seal, SealError> {
    let key = SigningKey::from_bytes(secret);
    let text = serde_json::to_string(manifest).map_err(|error| SealError::Unreadable(error.to_string()))?;
    let signature = hex::encode(key.sign(text.as_bytes()).to_bytes());
    Ok(Seal { manifest: text, key: public_of(secret), signature })
}

/// The public half, hex: what others put among their trusted publishers.
pub fn public_of(secret: &[u8; 32]) -> String {
    hex::encode(SigningKey::from_bytes(secret).verifying_key().to_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed() -> (Trusted, Seal) {
        let secret = [5; 32];
        let trusted = Trusted::parse([(&"luz".to_owned(), &public_of(&secret))]).unwrap();
        let manifest =
            Manifest { module: "m".into(), version: "1.0.0".into(), digest: "aa".into(), publisher: "luz".into() };
        (trusted, seal(&manifest, &secret).unwrap())
    }

    #[test]
    fn a_trusted_signature_over_these_bytes_counts_and_nothing_else() {
        let (trusted, good) = signed();
        assert_eq!(trusted.check(&good, "aa").unwrap().module, "m");
        assert_eq!(trusted.check(&good, "ab"), Err(SealError::Tampered));
        let edited = Seal { manifest: good.manifest.replace("1.0.0", "2.0.0"), ..good.clone() };
        assert_eq!(trusted.check(&edited, "aa"), Err(SealError::BadSignature));
        let stranger = seal(&serde_json::from_str(&good.manifest).unwrap(), &[6; 32]).unwrap();
        assert!(matches!(trusted.check(&stranger, "aa"), Err(SealError::UnknownKey { .. })));
        assert!(matches!(Trusted::default().check(&good, "aa"), Err(SealError::UnknownKey { .. })));
    }
}
