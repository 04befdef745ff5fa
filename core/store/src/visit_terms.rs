//! Why a member must agree to a visit before it is firm, as a module says.

use domain::BookingId;

use crate::{StoreError, TenantTx, engine::on};

pub async fn keep(tx: &mut TenantTx, booking: BookingId, approval: &str) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO visit_terms (tenant_id, booking_id, approval) VALUES ($1, $2, $3)
        ON CONFLICT (tenant_id, booking_id) DO UPDATE SET approval = excluded.approval";
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(booking.0)
        .bind(approval)
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

/// The reason, where there is one.
pub async fn of_booking(tx: &mut TenantTx, booking: BookingId) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT approval FROM visit_terms WHERE tenant_id = $1 AND booking_id = $2";
    let tenant = tx.tenant();
    let row: Option<(String,)> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(booking.0).fetch_optional(conn).await?);
    Ok(row.map(|(approval,)| approval))
}
