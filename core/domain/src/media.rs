//! Files: how large and of what kind, and the port to where their bytes lie.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{MediaId, message::MediaKind};

/// A file of a tenant, as kept. The bytes are sealed and lie in [`Blobs`] under the digest of what was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptFile {
    pub id: MediaId,
    /// Of the plain bytes, in hexadecimal.
    pub sha256: String,
    pub mime: String,
    pub size_bytes: u64,
    /// As the sender named it; data, never a path.
    pub filename: String,
    pub created_at: Timestamp,
}

/// Where bytes lie: a folder of this machine, or a store that speaks S3. Keys are ours, values are sealed.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// The same key again has the same content: it may be written twice.
    async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<(), BlobError>;
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, BlobError>;
}

/// The storage did not do it. The text is the storage's own, for the log.
#[derive(Debug, thiserror::Error)]
#[error("the file storage failed: {0}")]
pub struct BlobError(pub String);

const MIB: u64 = 1_024 * 1_024;
/// Largest document we keep. Providers take more; a process that seals files in memory does not.
pub const LARGEST_FILE: u64 = 32 * MIB;

impl MediaKind {
    /// The largest file of this kind that WhatsApp carries and we keep.
    pub fn most_bytes(self) -> u64 {
        match self {
            Self::Image => 5 * MIB,
            Self::Video | Self::Audio | Self::Voice => 16 * MIB,
            Self::Document => LARGEST_FILE,
            Self::Sticker => MIB,
        }
    }

    /// The type we keep a file of this kind as, from what its sender calls it. `None`: not one of this kind.
    pub fn admits(self, mime: &str) -> Option<String> {
        let bare = mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let fits = match self {
            Self::Image => ["image/jpeg", "image/png", "image/webp"].contains(&bare.as_str()),
            Self::Sticker => ["image/webp", "image/png"].contains(&bare.as_str()),
            Self::Video => ["video/mp4", "video/3gpp"].contains(&bare.as_str()),
            Self::Audio | Self::Voice => AUDIO.contains(&bare.as_str()),
            // Anything may be a document; what a browser could run is kept as plain bytes.
            Self::Document => {
                let known = DOCUMENTS.contains(&bare.as_str()) || AUDIO.contains(&bare.as_str());
                let shown = Self::Image.admits(&bare).is_some() || Self::Video.admits(&bare).is_some();
                return Some(if known || shown { bare } else { "application/octet-stream".to_owned() });
            }
        };
        fits.then_some(bare)
    }

    /// What a file is when its sender did not say: by its type.
    pub fn of(mime: &str) -> Self {
        let kinds = [Self::Image, Self::Video, Self::Audio];
        kinds.into_iter().find(|kind| kind.admits(mime).is_some()).unwrap_or(Self::Document)
    }
}

const AUDIO: [&str; 6] = ["audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/x-m4a"];
const DOCUMENTS: [&str; 12] = [
    "application/pdf",
    "text/plain",
    "text/csv",
    "text/vcard",
    "application/msword",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.ms-excel",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.oasis.opendocument.text",
    "application/zip",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_kept_as_what_it_is_and_never_as_a_page() {
        assert_eq!(MediaKind::Voice.admits("audio/ogg; codecs=opus").as_deref(), Some("audio/ogg"));
        assert_eq!(MediaKind::Image.admits("IMAGE/JPEG").as_deref(), Some("image/jpeg"));
        assert_eq!(MediaKind::Image.admits("image/svg+xml"), None);
        assert_eq!(MediaKind::Video.admits("text/html"), None);
        for active in ["text/html", "image/svg+xml", "application/javascript", ""] {
            assert_eq!(MediaKind::Document.admits(active).as_deref(), Some("application/octet-stream"), "{active}");
        }
        assert_eq!(MediaKind::of("image/png"), MediaKind::Image);
        assert_eq!(MediaKind::of("text/html"), MediaKind::Document);
    }
}
