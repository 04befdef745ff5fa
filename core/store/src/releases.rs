//! Installed modules, content-addressed. They belong to the platform; tenants only point at them.

use std::collections::BTreeMap;

use domain::{ReleaseId, release::Seal, vertical::Description};
use uuid::Uuid;

use crate::{PlatformTx, StoreError, codec, engine::on};

#[derive(Debug, Clone, PartialEq)]
pub struct Release {
    pub id: ReleaseId,
    pub module: String,
    pub version: String,
    /// SHA-256 of the component, hex.
    pub digest: String,
    pub description: Description,
}

type Row = (Uuid, String, String, String, String);

fn release((id, module, version, digest, description): Row) -> Result<Release, StoreError> {
    let description = codec::from_json(&description, "module description")?;
    Ok(Release { id: ReleaseId(id), module, version, digest, description })
}

/// The release with this content: the same bytes twice are one release.
pub async fn install(tx: &mut PlatformTx, release: &Release, component: &[u8]) -> Result<Release, StoreError> {
    const SQL: &str = "INSERT INTO releases (id, module, version, digest, description, component, installed_us)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    let now = codec::us(tx.env.now());
    on!(tx, |conn| sqlx::query(SQL)
        .bind(release.id.0)
        .bind(&release.module)
        .bind(&release.version)
        .bind(&release.digest)
        .bind(codec::json(&release.description))
        .bind(component)
        .bind(now)
        .execute(conn)
        .await
        .map(|_done| ())?);
    by_digest(tx, &release.digest).await?.ok_or(StoreError::Conflict("the release vanished"))
}

pub async fn by_digest(tx: &mut PlatformTx, digest: &str) -> Result<Option<Release>, StoreError> {
    const SQL: &str = "SELECT id, module, version, digest, description FROM releases WHERE digest = $1";
    let row: Option<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(digest).fetch_optional(conn).await?);
    row.map(release).transpose()
}

/// The newest first.
pub async fn all(tx: &mut PlatformTx) -> Result<Vec<Release>, StoreError> {
    const SQL: &str =
        "SELECT id, module, version, digest, description FROM releases ORDER BY installed_us DESC, id DESC";
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL).fetch_all(conn).await?);
    rows.into_iter().map(release).collect()
}

pub async fn component(tx: &mut PlatformTx, digest: &str) -> Result<Option<Vec<u8>>, StoreError> {
    const SQL: &str = "SELECT component FROM releases WHERE digest = $1";
    let row: Option<(Vec<u8>,)> = on!(tx, |conn| sqlx::query_as(SQL).bind(digest).fetch_optional(conn).await?);
    Ok(row.map(|(component,)| component))
}

/// Keeps who vouches for a release, as it was signed.
pub async fn keep_seal(tx: &mut PlatformTx, digest: &str, seal: &Seal) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO release_seals (digest, manifest, public_key, signature) VALUES ($1, $2, $3, $4)
        ON CONFLICT (digest) DO UPDATE SET manifest = excluded.manifest, public_key = excluded.public_key,
          signature = excluded.signature";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(digest)
        .bind(&seal.manifest)
        .bind(&seal.key)
        .bind(&seal.signature)
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

pub async fn seal(tx: &mut PlatformTx, digest: &str) -> Result<Option<Seal>, StoreError> {
    const SQL: &str = "SELECT manifest, public_key, signature FROM release_seals WHERE digest = $1";
    let row: Option<(String, String, String)> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(digest).fetch_optional(conn).await?);
    Ok(row.map(|(manifest, key, signature)| Seal { manifest, key, signature }))
}

/// Who vouches for what, by digest.
pub async fn seals(tx: &mut PlatformTx) -> Result<BTreeMap<String, Seal>, StoreError> {
    const SQL: &str = "SELECT digest, manifest, public_key, signature FROM release_seals";
    let rows: Vec<(String, String, String, String)> = on!(tx, |conn| sqlx::query_as(SQL).fetch_all(conn).await?);
    Ok(rows.into_iter().map(|(digest, manifest, key, signature)| (digest, Seal { manifest, key, signature })).collect())
}
