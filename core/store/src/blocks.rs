//! Stretches in which a resource cannot be booked.

use domain::{BlockId, ResourceId, Span, catalog::Block};
use uuid::Uuid;

use crate::{StoreError, TenantTx, codec, engine::on};

type Row = (Uuid, Uuid, i64, i64, String);

pub async fn insert(tx: &mut TenantTx, block: &Block) -> Result<(), StoreError> {
    const SQL: &str =
        "INSERT INTO blocks (tenant_id, id, resource_id, from_us, to_us, reason) VALUES ($1, $2, $3, $4, $5, $6)";
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(block.id.0)
        .bind(block.resource.0)
        .bind(codec::us(block.span.from()))
        .bind(codec::us(block.span.to()))
        .bind(&block.reason)
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

pub async fn find(tx: &mut TenantTx, id: BlockId) -> Result<Option<Block>, StoreError> {
    const SQL: &str = "SELECT id, resource_id, from_us, to_us, reason FROM blocks WHERE tenant_id = $1 AND id = $2";
    let tenant = tx.tenant();
    let row: Option<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(id.0).fetch_optional(conn).await?);
    row.map(block).transpose()
}

/// The block that was removed, if it was there.
pub async fn remove(tx: &mut TenantTx, id: BlockId) -> Result<Option<Block>, StoreError> {
    const SQL: &str =
        "DELETE FROM blocks WHERE tenant_id = $1 AND id = $2 RETURNING id, resource_id, from_us, to_us, reason";
    let tenant = tx.tenant();
    let row: Option<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(id.0).fetch_optional(conn).await?);
    row.map(block).transpose()
}

pub(crate) const TOUCHING: &str = "SELECT id, resource_id, from_us, to_us, reason FROM blocks
    WHERE tenant_id = $1 AND from_us < $3 AND to_us > $2 ORDER BY from_us";

/// Blocks that touch `window`.
pub async fn touching(tx: &mut TenantTx, window: Span) -> Result<Vec<Block>, StoreError> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(TOUCHING)
        .bind(tenant.0)
        .bind(codec::us(window.from()))
        .bind(codec::us(window.to()))
        .fetch_all(conn)
        .await?);
    rows.into_iter().map(block).collect()
}

/// Stretches of half a day and more that touch `window`: whoever has one was not there to be given anything.
pub async fn absences(tx: &mut TenantTx, window: Span) -> Result<Vec<(ResourceId, Span)>, StoreError> {
    const SQL: &str = "SELECT resource_id, from_us, to_us FROM blocks
        WHERE tenant_id = $1 AND from_us < $3 AND to_us > $2 AND to_us - from_us >= 43200000000 ORDER BY from_us";
    let tenant = tx.tenant();
    let rows: Vec<(Uuid, i64, i64)> = on!(tx, |conn| sqlx::query_as(SQL)
        .bind(tenant.0)
        .bind(codec::us(window.from()))
        .bind(codec::us(window.to()))
        .fetch_all(conn)
        .await?);
    rows.into_iter().map(|(resource, from, to)| Ok((ResourceId(resource), codec::span(from, to)?))).collect()
}

fn block((id, resource, from, to, reason): Row) -> Result<Block, StoreError> {
    Ok(Block { id: BlockId(id), resource: ResourceId(resource), span: codec::span(from, to)?, reason })
}
