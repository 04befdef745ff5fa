//! Files of a tenant: what they are and under which key their sealed bytes lie.

use domain::{Id, MediaId, media::KeptFile};
use uuid::Uuid;

use crate::{Store, StoreError, TenantTx, codec, engine::on};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    sha256: String,
    mime: String,
    size_bytes: i64,
    filename: String,
    created_us: i64,
}

impl Row {
    fn file(self) -> Result<KeptFile, StoreError> {
        Ok(KeptFile {
            id: MediaId(self.id),
            sha256: self.sha256,
            mime: self.mime,
            size_bytes: u64::try_from(self.size_bytes).unwrap_or(0),
            filename: self.filename,
            created_at: codec::at(self.created_us)?,
        })
    }
}

/// Notes a file whose bytes are stored. The same bytes under the same name are one file.
pub async fn insert(tx: &mut TenantTx, file: &KeptFile) -> Result<MediaId, StoreError> {
    const SQL: &str = "INSERT INTO media (tenant_id, id, sha256, mime, size_bytes, filename, created_us)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    const KNOWN: &str = "SELECT id FROM media WHERE tenant_id = $1 AND sha256 = $2 AND filename = $3";
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(file.id.0)
        .bind(&file.sha256)
        .bind(&file.mime)
        .bind(i64::try_from(file.size_bytes).unwrap_or(i64::MAX))
        .bind(&file.filename)
        .bind(codec::us(file.created_at))
        .execute(conn)
        .await
        .map(|_done| ())?);
    let known: Option<(Uuid,)> = on!(tx, |conn| sqlx::query_as(KNOWN)
        .bind(tenant.0)
        .bind(&file.sha256)
        .bind(&file.filename)
        .fetch_optional(conn)
        .await?);
    known.map(|(id,)| MediaId(id)).ok_or(StoreError::Conflict("the file vanished"))
}

pub async fn find(tx: &mut TenantTx, id: MediaId) -> Result<Option<KeptFile>, StoreError> {
    const SQL: &str =
        "SELECT id, sha256, mime, size_bytes, filename, created_us FROM media WHERE tenant_id = $1 AND id = $2";
    let tenant = tx.tenant();
    let row: Option<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(id.0).fetch_optional(conn).await?);
    row.map(Row::file).transpose()
}

impl Store {
    /// Where the bytes of a digest lie: a folder per tenant, so that one tenant's files can be removed as a whole.
    pub fn blob_key(tenant: domain::TenantId, sha256: &str) -> String {
        let shelf: String = sha256.chars().take(2).collect();
        format!("{}/{shelf}/{sha256}", tenant.uuid().simple())
    }

    /// Bytes as they leave this process for the storage: sealed for this tenant and this digest.
    pub fn seal_file(&self, tenant: domain::TenantId, sha256: &str, plain: &[u8]) -> Vec<u8> {
        self.keys.seal(&self.env, tenant, &format!("media|{sha256}"), plain)
    }

    pub fn open_file(&self, tenant: domain::TenantId, sha256: &str, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.keys.open(tenant, &format!("media|{sha256}"), "file", sealed)
    }
}
