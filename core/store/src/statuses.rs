//! Ticks that came before we had committed the send they speak of: kept, and joined when it is.

use domain::{ChannelId, delivery::Ticks};

use crate::{
    StoreError, TenantTx, codec,
    engine::{Engine, on},
};

/// Lets the note of a send and the word of it come one after the other, whichever is first: on PostgreSQL two
/// transactions that do not see each other could each leave it to the other, and a tick would be lost. Called before
/// either looks. SQLite has one writer anyway.
pub async fn meet(tx: &mut TenantTx, channel: ChannelId, provider_id: &str) -> Result<(), StoreError> {
    const SQL: &str = "SELECT pg_advisory_xact_lock(hashtextextended($1, 21))";
    if tx.conn.engine() == Engine::Sqlite {
        return Ok(());
    }
    let whose = format!("{}/{}/{provider_id}", tx.tenant().0, channel.0);
    on!(tx, |conn| sqlx::query(SQL).bind(&whose).execute(conn).await.map(|_done| ())?);
    Ok(())
}

pub async fn keep_early(
    tx: &mut TenantTx,
    channel: ChannelId,
    provider_id: &str,
    ticks: Ticks,
    failure: Option<&str>,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO status_early (tenant_id, channel_id, provider_id, ticks, failure, at_us) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (tenant_id, channel_id, provider_id) DO UPDATE SET ticks = excluded.ticks, failure = excluded.failure";
    let (tenant, now) = (tx.tenant(), codec::us(tx.env.now()));
    let merged = peek(tx, channel, provider_id).await?.map_or(ticks, |(earlier, _)| earlier.merged(ticks));
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(channel.0)
        .bind(provider_id)
        .bind(merged.as_str())
        .bind(failure)
        .bind(now)
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

/// What came early for this message, once.
pub async fn take_early(
    tx: &mut TenantTx,
    channel: ChannelId,
    provider_id: &str,
) -> Result<Option<(Ticks, Option<String>)>, StoreError> {
    const SQL: &str = "DELETE FROM status_early WHERE tenant_id = $1 AND channel_id = $2 AND provider_id = $3
        RETURNING ticks, failure";
    early(tx, SQL, channel, provider_id).await
}

async fn peek(
    tx: &mut TenantTx,
    channel: ChannelId,
    provider_id: &str,
) -> Result<Option<(Ticks, Option<String>)>, StoreError> {
    const SQL: &str =
        "SELECT ticks, failure FROM status_early WHERE tenant_id = $1 AND channel_id = $2 AND provider_id = $3";
    early(tx, SQL, channel, provider_id).await
}

async fn early(
    tx: &mut TenantTx,
    sql: &'static str,
    channel: ChannelId,
    provider_id: &str,
) -> Result<Option<(Ticks, Option<String>)>, StoreError> {
    let tenant = tx.tenant();
    let row: Option<(String, Option<String>)> = on!(tx, |conn| sqlx::query_as(sql)
        .bind(tenant.0)
        .bind(channel.0)
        .bind(provider_id)
        .fetch_optional(conn)
        .await?);
    Ok(row.and_then(|(ticks, failure)| Ticks::parse(&ticks).map(|ticks| (ticks, failure))))
}
