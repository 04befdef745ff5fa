//! Links that open one file for whoever has them, until their time is over: for providers that fetch what we send.
//!
//! Nothing is stored: the link carries what it opens, under a MAC of the master key that nobody can guess.

use domain::{Id, MediaId, TenantId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::Store;

const WHAT: &[u8] = b"frontdesk file link 1";

impl Store {
    /// A token for one file, good until `expires`.
    pub fn file_link(&self, tenant: TenantId, media: MediaId, expires: Timestamp) -> String {
        let told = told(tenant, media, expires.as_second());
        hex::encode([&told[..], &self.keys.mac(WHAT, &told)[..]].concat())
    }

    /// What `token` opens at `now`; `None` when it was not made here, was changed, or is too old.
    pub fn follow_file_link(&self, token: &str, now: Timestamp) -> Option<(TenantId, MediaId)> {
        use subtle::ConstantTimeEq as _;
        let bytes = hex::decode(token).ok()?;
        let (told, given) = bytes.split_at_checked(40)?;
        if given.len() != 32 || !bool::from(self.keys.mac(WHAT, told).ct_eq(given)) {
            return None;
        }
        let (tenant, rest) = told.split_first_chunk::<16>()?;
        let (media, rest) = rest.split_first_chunk::<16>()?;
        let (expires, _) = rest.split_first_chunk::<8>()?;
        let in_time = now.as_second() < i64::from_be_bytes(*expires);
        in_time.then(|| (TenantId(Uuid::from_bytes(*tenant)), MediaId(Uuid::from_bytes(*media))))
    }
}

fn told(tenant: TenantId, media: MediaId, expires: i64) -> Vec<u8> {
    [&tenant.uuid().as_bytes()[..], &media.uuid().as_bytes()[..], &expires.to_be_bytes()[..]].concat()
}
