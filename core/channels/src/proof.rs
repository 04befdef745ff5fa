//! Proofs that a caller knows a secret of the line. An empty secret proves nothing, and comparing takes the same time
//! wherever the difference is.

use domain::channel::WebhookRefused;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// `sha256=` and the hexadecimal HMAC-SHA256 of the raw body.
pub(crate) fn hex_sha256(secret: &str, header: Option<&str>, body: &[u8]) -> Result<(), WebhookRefused> {
    let refused = |reason| WebhookRefused { reason };
    if secret.is_empty() {
        return Err(refused("no secret is configured"));
    }
    let given = header.and_then(|header| header.strip_prefix("sha256=")).and_then(|text| hex::decode(text).ok());
    let given = given.ok_or(refused("no sha256 signature"))?;
    if same(&hmac_sha256(secret, body), &given) { Ok(()) } else { Err(refused("wrong signature")) }
}

pub(crate) fn hmac_sha256(secret: &str, message: &[u8]) -> Vec<u8> {
    // A key of any length will do: the error cannot happen, and an empty digest equals none that is given.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return Vec::new() };
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

pub(crate) fn hmac_sha1(secret: &str, message: &[u8]) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<sha1::Sha1>::new_from_slice(secret.as_bytes()) else { return Vec::new() };
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

/// Neither is empty, and they are the same.
pub(crate) fn same(expected: &[u8], given: &[u8]) -> bool {
    !expected.is_empty() && bool::from(expected.ct_eq(given))
}
