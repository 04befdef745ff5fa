//! Encryption at rest: XChaCha20-Poly1305, a key per tenant derived from the master key.
//!
//! Invariant: what is sealed for one tenant, table and row opens nowhere else (that is the associated data),
//! so ciphertext moved between rows is refused and not shown.

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use domain::{Env, Id, TenantId};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::StoreError;

/// First byte of everything sealed: which scheme and key generation.
const VERSION: u8 = 1;
const NONCE: usize = 24;

/// Holds the master key; gives out nothing but sealed and opened bytes.
pub struct Keys {
    master: Zeroizing<[u8; 32]>,
}

impl Keys {
    pub(crate) fn new(master: [u8; 32]) -> Self {
        Self { master: Zeroizing::new(master) }
    }

    /// `place` is table and row: it must be the same when opening.
    pub(crate) fn seal(&self, env: &Env, tenant: TenantId, place: &str, plain: &[u8]) -> Vec<u8> {
        let nonce = env.bytes::<NONCE>();
        let data = associated(tenant, place);
        let payload = Payload { msg: plain, aad: data.as_bytes() };
        // Encryption fails only past 256 GiB of input.
        let sealed = self.cipher(tenant).encrypt(&XNonce::from(nonce), payload).unwrap_or_default();
        [&[VERSION][..], &nonce[..], &sealed[..]].concat()
    }

    pub(crate) fn open(
        &self,
        tenant: TenantId,
        place: &str,
        what: &'static str,
        sealed: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        let Some((&VERSION, rest)) = sealed.split_first() else { return Err(StoreError::Sealed(what)) };
        let Some((nonce, body)) = rest.split_first_chunk::<NONCE>() else { return Err(StoreError::Sealed(what)) };
        let data = associated(tenant, place);
        let payload = Payload { msg: body, aad: data.as_bytes() };
        self.cipher(tenant).decrypt(&XNonce::from(*nonce), payload).map_err(|_tampered| StoreError::Sealed(what))
    }

    /// Proves that `message` was written here, for the use that `what` names.
    pub(crate) fn mac(&self, what: &[u8], message: &[u8]) -> [u8; 32] {
        let mut proof = [0_u8; 32];
        if let Ok(mut mac) = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(self.master.as_slice()) {
            mac.update(what);
            mac.update(&[0]);
            mac.update(message);
            proof.copy_from_slice(&mac.finalize().into_bytes());
        }
        proof
    }

    /// HMAC-SHA256 of the tenant under the master key, as in the expand step of HKDF (RFC 5869).
    fn cipher(&self, tenant: TenantId) -> XChaCha20Poly1305 {
        let mut key = Zeroizing::new([0_u8; 32]);
        if let Ok(mut mac) = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(self.master.as_slice()) {
            mac.update(b"frontdesk tenant key 1");
            mac.update(tenant.uuid().as_bytes());
            key.copy_from_slice(&mac.finalize().into_bytes());
        }
        XChaCha20Poly1305::new(&(*key).into())
    }
}

fn associated(tenant: TenantId, place: &str) -> String {
    format!("{tenant}|{place}|{VERSION}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use uuid::Uuid;

    struct Fixed;
    impl domain::Clock for Fixed {
        fn now(&self) -> jiff::Timestamp {
            jiff::Timestamp::UNIX_EPOCH
        }
    }
    impl domain::Random for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(9);
        }
    }

    #[test]
    fn what_is_sealed_opens_only_in_its_own_place() {
        let (keys, env) = (Keys::new([1; 32]), Env::new(Arc::new(Fixed), Arc::new(Fixed)));
        let (own, other) = (TenantId(Uuid::from_u128(1)), TenantId(Uuid::from_u128(2)));
        let sealed = keys.seal(&env, own, "inbox|a", b"hola");
        assert_eq!(keys.open(own, "inbox|a", "event", &sealed).unwrap(), b"hola");
        assert!(keys.open(own, "inbox|b", "event", &sealed).is_err(), "another row");
        assert!(keys.open(other, "inbox|a", "event", &sealed).is_err(), "another tenant");
        assert!(Keys::new([2; 32]).open(own, "inbox|a", "event", &sealed).is_err(), "another key");
        let mut flipped = sealed.clone();
        *flipped.last_mut().unwrap() ^= 1;
        assert!(keys.open(own, "inbox|a", "event", &flipped).is_err(), "a flipped bit");
        assert!(!sealed.windows(4).any(|window| window == b"hola"));
    }
}
