//! What a tenant's module calls cost, added up by day.

use domain::{TenantId, vertical::Usage};

use uuid::Uuid;

use crate::{PlatformTx, StoreError, TenantTx, engine::on};

/// Adds to the sums of `day` (`2026-03-05`, UTC).
pub async fn add(tx: &mut TenantTx, day: &str, usage: &Usage) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO module_usage
        (tenant_id, day, module, function, calls, failures, cpu_us, host_calls, host_bytes, peak_memory_bytes)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (tenant_id, day, module, function) DO UPDATE SET
          calls = module_usage.calls + excluded.calls, failures = module_usage.failures + excluded.failures,
          cpu_us = module_usage.cpu_us + excluded.cpu_us, host_calls = module_usage.host_calls + excluded.host_calls,
          host_bytes = module_usage.host_bytes + excluded.host_bytes,
          peak_memory_bytes = CASE WHEN excluded.peak_memory_bytes > module_usage.peak_memory_bytes
            THEN excluded.peak_memory_bytes ELSE module_usage.peak_memory_bytes END";
    let tenant = tx.tenant();
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(day)
        .bind(&usage.module)
        .bind(&usage.function)
        .bind(number(usage.calls))
        .bind(number(usage.failures))
        .bind(number(usage.cpu_us))
        .bind(number(usage.host_calls))
        .bind(number(usage.host_bytes))
        .bind(number(usage.peak_memory_bytes))
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

/// The sums since `day`, by module and function.
pub async fn since(tx: &mut TenantTx, day: &str) -> Result<Vec<Usage>, StoreError> {
    const SQL: &str = "SELECT module, function, CAST(sum(calls) AS BIGINT), CAST(sum(failures) AS BIGINT),
        CAST(sum(cpu_us) AS BIGINT), CAST(sum(host_calls) AS BIGINT), CAST(sum(host_bytes) AS BIGINT),
        CAST(max(peak_memory_bytes) AS BIGINT)
        FROM module_usage WHERE tenant_id = $1 AND day >= $2 GROUP BY module, function ORDER BY module, function";
    type Row = (String, String, i64, i64, i64, i64, i64, i64);
    let tenant = tx.tenant();
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(day).fetch_all(conn).await?);
    let usage = |(module, function, calls, failures, cpu, host_calls, host_bytes, memory): Row| Usage {
        tenant,
        module,
        function,
        calls: counted(calls),
        failures: counted(failures),
        cpu_us: counted(cpu),
        host_calls: counted(host_calls),
        host_bytes: counted(host_bytes),
        peak_memory_bytes: counted(memory),
    };
    Ok(rows.into_iter().map(usage).collect())
}

/// The sums of all tenants since `day`, by tenant's slug, module and function: what took most time first.
pub async fn of_all(tx: &mut PlatformTx, day: &str, most: u32) -> Result<Vec<(String, Usage)>, StoreError> {
    const SQL: &str = "SELECT u.tenant_id, t.slug, u.module, u.function, CAST(sum(u.calls) AS BIGINT) AS calls,
        CAST(sum(u.failures) AS BIGINT) AS failures, CAST(sum(u.cpu_us) AS BIGINT) AS cpu_us,
        CAST(sum(u.host_calls) AS BIGINT) AS host_calls, CAST(sum(u.host_bytes) AS BIGINT) AS host_bytes,
        CAST(max(u.peak_memory_bytes) AS BIGINT) AS peak_memory_bytes
        FROM module_usage u JOIN tenants t ON t.tenant_id = u.tenant_id WHERE u.day >= $1
        GROUP BY u.tenant_id, t.slug, u.module, u.function
        ORDER BY cpu_us DESC, t.slug, u.module, u.function LIMIT +$2";
    let rows: Vec<Sum> = on!(tx, |conn| sqlx::query_as(SQL).bind(day).bind(i64::from(most)).fetch_all(conn).await?);
    let usage = |row: Sum| {
        let usage = Usage {
            tenant: TenantId(row.tenant_id),
            module: row.module,
            function: row.function,
            calls: counted(row.calls),
            failures: counted(row.failures),
            cpu_us: counted(row.cpu_us),
            host_calls: counted(row.host_calls),
            host_bytes: counted(row.host_bytes),
            peak_memory_bytes: counted(row.peak_memory_bytes),
        };
        (row.slug, usage)
    };
    Ok(rows.into_iter().map(usage).collect())
}

#[derive(sqlx::FromRow)]
struct Sum {
    tenant_id: Uuid,
    slug: String,
    module: String,
    function: String,
    calls: i64,
    failures: i64,
    cpu_us: i64,
    host_calls: i64,
    host_bytes: i64,
    peak_memory_bytes: i64,
}

fn counted(sum: i64) -> u64 {
    u64::try_from(sum).unwrap_or(0)
}
