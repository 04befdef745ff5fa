//! Connected numbers. Their secrets are sealed; a webhook finds its channel before any tenant is known.

use std::collections::BTreeMap;

use domain::{
    ChannelId, Secret, TenantId,
    channel::{Line, Provider},
};
use uuid::Uuid;

use crate::{PlatformTx, StoreError, TenantTx, codec, crypto::Keys, engine::on};

#[derive(sqlx::FromRow)]
struct Row {
    tenant_id: Uuid,
    id: Uuid,
    provider: String,
    external_id: String,
    display_number: String,
    active: bool,
    secrets: Vec<u8>,
}

impl Row {
    fn line(self, keys: &Keys) -> Result<Line, StoreError> {
        let (tenant, id) = (TenantId(self.tenant_id), ChannelId(self.id));
        let plain = keys.open(tenant, &place(id), "channel", &self.secrets)?;
        let plain = String::from_utf8(plain).map_err(|_unreadable| StoreError::Corrupt("secrets"))?;
        let secrets: BTreeMap<String, String> = codec::from_json(&plain, "secrets")?;
        Ok(Line {
            id,
            tenant,
            provider: Provider::parse(&self.provider).ok_or(StoreError::Corrupt("provider"))?,
            external_id: self.external_id,
            display_number: self.display_number,
            active: self.active,
            secrets: secrets.into_iter().map(|(name, secret)| (name, Secret::new(secret))).collect(),
        })
    }
}

pub async fn insert(tx: &mut TenantTx, line: &Line) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO channels (tenant_id, id, provider, external_id, display_number, active, secrets)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let plain: BTreeMap<&str, &str> =
        line.secrets.iter().map(|(name, secret)| (name.as_str(), secret.reveal())).collect();
    let sealed = tx.keys.seal(&tx.env, tx.tenant(), &place(line.id), codec::json(&plain).as_bytes());
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(line.id.0)
        .bind(line.provider.as_str())
        .bind(&line.external_id)
        .bind(&line.display_number)
        .bind(line.active)
        .bind(&sealed)
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

/// The channel a webhook names in its path.
pub async fn find(tx: &mut PlatformTx, id: ChannelId) -> Result<Option<Line>, StoreError> {
    const SQL: &str =
        "SELECT tenant_id, id, provider, external_id, display_number, active, secrets FROM channels WHERE id = $1";
    let row: Option<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(id.0).fetch_optional(conn).await?);
    row.map(|row| row.line(&tx.keys)).transpose()
}

/// Every channel of a provider: the simulator's page.
pub async fn of_provider(tx: &mut PlatformTx, provider: Provider) -> Result<Vec<Line>, StoreError> {
    const SQL: &str = "SELECT tenant_id, id, provider, external_id, display_number, active, secrets
        FROM channels WHERE provider = $1 ORDER BY id";
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(provider.as_str()).fetch_all(conn).await?);
    rows.into_iter().map(|row| row.line(&tx.keys)).collect()
}

fn place(id: ChannelId) -> String {
    format!("channels|secrets|{id}")
}
