//! What a customer answered for a visit, sealed: shown with the booking, never put into messages.

use std::collections::BTreeMap;

use domain::{BookingId, CustomerId, booking::VisitAnswer};
use jiff::Timestamp;

use crate::{StoreError, TenantTx, codec, engine::on};

fn place(booking: BookingId, key: &str) -> String {
    format!("visit_answer|{booking}|{key}")
}

/// Keeps an answer; a later one to the same question takes its place.
pub async fn keep(tx: &mut TenantTx, booking: BookingId, order: u32, answer: &VisitAnswer) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO visit_answers (tenant_id, booking_id, key, place, question, answer, sensitive)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (tenant_id, booking_id, key) DO UPDATE SET answer = excluded.answer, question = excluded.question";
    let tenant = tx.tenant();
    let sealed = tx.keys.seal(&tx.env, tenant, &place(booking, &answer.key), answer.answer.as_bytes());
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(booking.0)
        .bind(&answer.key)
        .bind(i64::from(order))
        .bind(&answer.question)
        .bind(&sealed)
        .bind(answer.sensitive)
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

/// By question: the start of the latest visit that this customer answered it for, past or to come. What was only held, fell
/// through or was missed does not count: nobody has seen those answers.
pub async fn last_given(tx: &mut TenantTx, customer: CustomerId) -> Result<BTreeMap<String, Timestamp>, StoreError> {
    const SQL: &str = "SELECT answer.key, max(visit.from_us) FROM bookings visit
        JOIN visit_answers answer ON answer.tenant_id = visit.tenant_id AND answer.booking_id = visit.id
        WHERE visit.tenant_id = $1 AND visit.customer_id = $2
        AND visit.state IN ('pending_approval', 'confirmed', 'arrived', 'completed') GROUP BY answer.key";
    let tenant = tx.tenant();
    let rows: Vec<(String, i64)> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(customer.0).fetch_all(conn).await?);
    rows.into_iter().map(|(key, at)| Ok((key, codec::at(at)?))).collect()
}

/// In the order they were given to be kept.
pub async fn of_booking(tx: &mut TenantTx, booking: BookingId) -> Result<Vec<VisitAnswer>, StoreError> {
    const SQL: &str = "SELECT key, question, answer, sensitive FROM visit_answers
        WHERE tenant_id = $1 AND booking_id = $2 ORDER BY place, key";
    let tenant = tx.tenant();
    let rows: Vec<(String, String, Vec<u8>, bool)> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(booking.0).fetch_all(conn).await?);
    let mut answers = Vec::with_capacity(rows.len());
    for (key, question, sealed, sensitive) in rows {
        let plain = tx.keys.open(tenant, &place(booking, &key), "visit answer", &sealed)?;
        answers.push(VisitAnswer { key, question, answer: String::from_utf8_lossy(&plain).into_owned(), sensitive });
    }
    Ok(answers)
}
