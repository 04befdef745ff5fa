//! Files: fetched from providers after the message is shown, kept sealed, given to members and to providers.
//!
//! Invariants: bytes are stored before a row speaks of them; nothing is fetched, sealed or stored while a transaction
//! is open; whatever cannot be kept says why on its message.

use domain::{
    MediaId, MessageId, TenantId,
    channel::{Attachment, Media},
    delivery::SendFailure,
    media::{BlobError, KeptFile},
    message::{Body, MediaKind, MediaRef, Message},
};
use jiff::SignedDuration;
use serde_json::json;
use sha2::{Digest, Sha256};
use store::{Store, TenantTx, jobs};

use crate::{
    App,
    view::{AppError, FileView},
};

/// Kind of the job, as stored: never reused for anything else.
pub(crate) const FETCH: &str = "fetch_media";
/// Once a minute; links of providers live for five.
const TRIES: u32 = 5;
/// How long a link for a provider opens its file.
const LINK_LIFE: SignedDuration = SignedDuration::from_hours(1);
const LONGEST_NAME: usize = 120;

impl App {
    /// Queues the download of what a message brought, in the transaction that stores the message.
    pub(crate) async fn fetch_later(&self, tx: &mut TenantTx, message: &Message) -> Result<(), AppError> {
        if matches!(&message.body, Body::Media { media, .. } if media.stored.is_none()) {
            let payload = json!({ "message": message.id });
            jobs::push(tx, FETCH, &message.id.to_string(), &payload, self.env.now()).await?;
        }
        Ok(())
    }

    /// `Some`: there was nothing to do, and why.
    pub(crate) async fn fetch_media(&self, job: &jobs::Claimed) -> Result<Option<&'static str>, AppError> {
        let id = job.payload.get("message").and_then(|id| id.as_str()).and_then(|id| id.parse::<MessageId>().ok());
        let Some(id) = id else { return Ok(Some("no message")) };
        let mut tx = self.store.read(job.tenant).await?;
        let Some(message) = store::messages::find(&mut tx, id).await? else { return Ok(Some("the message is gone")) };
        let talk = store::conversations::find(&mut tx, message.conversation).await?.ok_or(AppError::NotFound)?;
        drop(tx);
        let Body::Media { kind, media, filename, .. } = &message.body else { return Ok(Some("no file")) };
        if media.stored.is_some() || media.problem.is_some() {
            return Ok(None);
        }
        let Some(line) = self.line(talk.channel).await? else { return Ok(Some("no channel")) };
        let fetched = self.channel(&line)?.fetch_media(&line, media, kind.most_bytes()).await;
        let kept = match fetched {
            Ok(found) => match kind.admits(&true_type(&found, media)) {
                Some(mime) => Ok(self.keep(job.tenant, &found.bytes, mime, filename).await?),
                None => Err("is of a type that is not kept".to_owned()),
            },
            Err(SendFailure::Refused { reason, .. }) => Err(reason),
            Err(SendFailure::NotSent { reason, .. } | SendFailure::Ambiguous { reason }) if job.attempts >= TRIES => {
                Err(reason)
            }
            Err(SendFailure::NotSent { .. } | SendFailure::Ambiguous { .. }) => {
                return Err(AppError::Unavailable { retry_after_seconds: 60 });
            }
        };
        self.note_file(job.tenant, message, kept).await?;
        Ok(None)
    }

    async fn note_file(
        &self,
        tenant: TenantId,
        message: Message,
        kept: Result<KeptFile, String>,
    ) -> Result<(), AppError> {
        let mut tx = self.store.write(tenant).await?;
        let mut body = message.body;
        if let Body::Media { media, .. } = &mut body {
            match kept {
                Ok(file) => {
                    media.stored = Some(store::media::insert(&mut tx, &file).await?.to_string());
                    media.mime = file.mime;
                }
                Err(reason) => media.problem = Some(reason),
            }
        }
        store::messages::set_body(&mut tx, message.id, &body).await?;
        store::events::push(&mut tx, "message", message.conversation).await?;
        tx.commit().await?;
        self.ring();
        Ok(())
    }

    /// Seals the bytes and stores them; what is given back has no row yet.
    pub(crate) async fn keep(
        &self,
        tenant: TenantId,
        bytes: &[u8],
        mime: String,
        filename: &str,
    ) -> Result<KeptFile, AppError> {
        let sha256 = hex::encode(Sha256::digest(bytes));
        let sealed = self.store.seal_file(tenant, &sha256, bytes);
        self.blobs.put(&Store::blob_key(tenant, &sha256), sealed).await?;
        Ok(KeptFile {
            id: self.env.id(),
            sha256,
            mime,
            size_bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            filename: plain_name(filename),
            created_at: self.env.now(),
        })
    }

    /// A file of the member's own tenant.
    pub async fn file(&self, tenant: TenantId, id: MediaId) -> Result<FileView, AppError> {
        let mut tx = self.store.read(tenant).await?;
        let file = store::media::find(&mut tx, id).await?.ok_or(AppError::NotFound)?;
        drop(tx);
        let sealed = self.blobs.get(&Store::blob_key(tenant, &file.sha256)).await?.ok_or(AppError::NotFound)?;
        let bytes = self.store.open_file(tenant, &file.sha256, &sealed)?;
        Ok(FileView { bytes, mime: file.mime, filename: file.filename })
    }

    /// What a link that we gave to a provider opens.
    pub async fn linked_file(&self, token: &str) -> Result<FileView, AppError> {
        let (tenant, media) = self.store.follow_file_link(token, self.env.now()).ok_or(AppError::NotFound)?;
        self.file(tenant, media).await
    }

    /// The file of a message about to leave, where it has one that lies with us.
    pub(crate) async fn attachment(&self, tenant: TenantId, body: &Body) -> Result<Option<Attachment>, AppError> {
        let Body::Media { media, .. } = body else { return Ok(None) };
        let Some(id) = media.stored.as_deref().and_then(|id| id.parse::<MediaId>().ok()) else { return Ok(None) };
        let FileView { bytes, mime, .. } = match self.file(tenant, id).await {
            Err(AppError::NotFound) => return Ok(None),
            found => found?,
        };
        let expires = self.env.now().checked_add(LINK_LIFE).unwrap_or(self.env.now());
        let token = self.store.file_link(tenant, id, expires);
        let link = format!("{}/files/{token}", self.public_url().trim_end_matches('/'));
        Ok(Some(Attachment { media: Media { bytes, mime }, link }))
    }

    /// The body of a message that carries an uploaded file: its kind by its type, a document when it is too large for
    /// what it is.
    pub(crate) async fn file_body(&self, tx: &mut TenantTx, file: KeptFile, caption: String) -> Result<Body, AppError> {
        let kind = MediaKind::of(&file.mime);
        let kind = if file.size_bytes > kind.most_bytes() { MediaKind::Document } else { kind };
        let stored = store::media::insert(tx, &file).await?;
        let media = MediaRef {
            mime: file.mime,
            sha256: Some(file.sha256),
            stored: Some(stored.to_string()),
            ..MediaRef::default()
        };
        Ok(Body::Media { kind, media, caption, filename: file.filename })
    }
}

impl From<BlobError> for AppError {
    /// Logged here because the answer only says "not now".
    fn from(error: BlobError) -> Self {
        tracing::error!(%error, "files cannot be reached");
        Self::Unavailable { retry_after_seconds: 30 }
    }
}

/// What the host said, unless it said nothing in particular.
fn true_type(found: &Media, announced: &MediaRef) -> String {
    let vague = ["", "application/octet-stream", "binary/octet-stream", "application/json"];
    let bare = found.mime.split(';').next().unwrap_or_default().trim();
    if vague.contains(&bare) { announced.mime.clone() } else { found.mime.clone() }
}

/// A name for people: no paths, no control characters, not endless.
fn plain_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|letter| !letter.is_control() && !"\"<>|:*?".contains(*letter)).take(LONGEST_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_paths_and_tricks() {
        assert_eq!(plain_name("../../etc/passwd"), "passwd");
        assert_eq!(plain_name("C:\\a\\receta \"1\".pdf\r\n"), "receta 1.pdf");
        assert_eq!(plain_name(&"x".repeat(500)).len(), LONGEST_NAME);
    }

    #[test]
    fn a_vague_type_gives_way_to_the_announced_one() {
        let announced = MediaRef { mime: "audio/ogg".into(), ..MediaRef::default() };
        let found = |mime: &str| Media { bytes: vec![], mime: mime.into() };
        assert_eq!(true_type(&found("application/octet-stream"), &announced), "audio/ogg");
        assert_eq!(true_type(&found("image/png; x=1"), &announced), "image/png; x=1");
    }
}
