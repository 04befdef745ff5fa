//! What becomes a release: a component, who vouches for it, and the port to those who check both.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::vertical::Description;

/// Largest component that is looked at, in bytes.
pub const LARGEST: usize = 2 << 20;

/// What is signed. Its JSON, fields in this order and without spaces, is the canonical form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub module: String,
    pub version: String,
    /// SHA-256 of the component, hex.
    pub digest: String,
    pub publisher: String,
}

/// A manifest as it was signed. This is what lies beside a component as `NAME.seal.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seal {
    /// The manifest's text: what the signature is over.
    pub manifest: String,
    /// The public key, hex.
    pub key: String,
    /// Hex.
    pub signature: String,
}

impl Seal {
    pub fn manifest(&self) -> Result<Manifest, serde_json::Error> {
        serde_json::from_str(&self.manifest)
    }
}

/// Who answers for a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Voucher {
    /// A publisher, who must be a trusted one.
    Publisher(Seal),
    /// Whoever sits at the machine and built it: nobody can say so from elsewhere.
    Operator,
}

impl Voucher {
    pub fn seal(&self) -> Option<&Seal> {
        match self {
            Self::Publisher(seal) => Some(seal),
            Self::Operator => None,
        }
    }
}

/// A component that passed every check.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// SHA-256 of the bytes, hex.
    pub digest: String,
    pub description: Description,
}

/// Why a component does not become a release; each text is for the admin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("{0}")]
    Seal(String),
    #[error("{0}")]
    Component(String),
    /// Our own fault, or the machine's.
    #[error("{0}")]
    NotChecked(String),
}

/// Checks components as strangers'. Compiling one takes seconds, so nothing may be held meanwhile.
#[async_trait]
pub trait Inspector: Send + Sync {
    async fn inspect(&self, component: Vec<u8>, voucher: &Voucher) -> Result<Checked, Refusal>;

    /// Whether what it requires is there, among modules by name and version.
    fn resolve(&self, description: &Description, there: &[(String, String)]) -> Result<(), Refusal>;
}
