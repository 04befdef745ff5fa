//! What owners wrote over texts of modules and of the platform. Versions are only ever added.

use domain::text::{OwnText, TextName, TextVersion};

use crate::{StoreError, TenantTx, codec, engine::on};

/// The newest of each text that says something.
pub async fn current(tx: &mut TenantTx) -> Result<Vec<OwnText>, StoreError> {
    const SQL: &str = "SELECT kind, module, key, language, body FROM texts AS newest
        WHERE tenant_id = $1 AND body IS NOT NULL AND NOT EXISTS (
          SELECT 1 FROM texts AS later WHERE later.tenant_id = newest.tenant_id AND later.kind = newest.kind
            AND later.module = newest.module AND later.key = newest.key AND later.language = newest.language
            AND later.version > newest.version)
        ORDER BY kind, module, key, language";
    let tenant = tx.tenant();
    let rows: Vec<(String, String, String, String, String)> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).fetch_all(conn).await?);
    let own = |(kind, module, key, language, body): (String, String, String, String, String)| {
        let name = TextName {
            kind: kind.parse().map_err(|_unknown| StoreError::Corrupt("kind of text"))?,
            module,
            key,
            language: language.parse().map_err(|_unknown| StoreError::Corrupt("language of a text"))?,
        };
        Ok(OwnText { name, body })
    };
    rows.into_iter().map(own).collect()
}

/// Every version of a text, newest first, at most 50.
pub async fn versions(tx: &mut TenantTx, name: &TextName) -> Result<Vec<TextVersion>, StoreError> {
    const SQL: &str = "SELECT version, body, written_us FROM texts
        WHERE tenant_id = $1 AND kind = $2 AND module = $3 AND key = $4 AND language = $5
        ORDER BY version DESC LIMIT 50";
    let tenant = tx.tenant();
    let rows: Vec<(i64, Option<String>, i64)> = on!(tx, |conn| sqlx::query_as(SQL)
        .bind(tenant.0)
        .bind(name.kind.name())
        .bind(&name.module)
        .bind(&name.key)
        .bind(name.language.tag())
        .fetch_all(conn)
        .await?);
    let version = |(version, body, us): (i64, Option<String>, i64)| {
        Ok(TextVersion { version: codec::count(version), body, at: codec::at(us)? })
    };
    rows.into_iter().map(version).collect()
}

/// One version of a text, however old.
pub async fn version(tx: &mut TenantTx, name: &TextName, version: u32) -> Result<Option<TextVersion>, StoreError> {
    const SQL: &str = "SELECT body, written_us FROM texts
        WHERE tenant_id = $1 AND kind = $2 AND module = $3 AND key = $4 AND language = $5 AND version = $6";
    let tenant = tx.tenant();
    let row: Option<(Option<String>, i64)> = on!(tx, |conn| sqlx::query_as(SQL)
        .bind(tenant.0)
        .bind(name.kind.name())
        .bind(&name.module)
        .bind(&name.key)
        .bind(name.language.tag())
        .bind(i64::from(version))
        .fetch_optional(conn)
        .await?);
    row.map(|(body, us)| Ok(TextVersion { version, body, at: codec::at(us)? })).transpose()
}

/// Adds the version that follows `after`. False when somebody else has added it already.
pub async fn add(tx: &mut TenantTx, name: &TextName, after: u32, body: Option<&str>) -> Result<bool, StoreError> {
    const SQL: &str = "INSERT INTO texts (tenant_id, kind, module, key, language, version, body, written_us)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8
        WHERE coalesce((SELECT max(version) FROM texts
          WHERE tenant_id = $1 AND kind = $2 AND module = $3 AND key = $4 AND language = $5), 0) = $9
        ON CONFLICT DO NOTHING";
    let (tenant, now) = (tx.tenant(), codec::us(tx.env.now()));
    let added = on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(name.kind.name())
        .bind(&name.module)
        .bind(&name.key)
        .bind(name.language.tag())
        .bind(i64::from(after) + 1)
        .bind(body)
        .bind(now)
        .bind(i64::from(after))
        .execute(conn)
        .await
        .map(|done| done.rows_affected())?);
    Ok(added == 1)
}
