//! Databases with as many tenants and bookings as a measurement wants, filled by a few statements.
//!
//! Tenant 0 is made through the store, so that its rows are what the product writes; all others are copies of them
//! under counted ids. The first [`WATCHED`] tenants look the same in every database: what differs is what lies behind
//! their windows and beside them.

use std::{path::Path, sync::Arc, time::Instant};

use anyhow::{Context, Result};
use domain::{
    BookingId, Currency, CustomerId, Env, Language, LocationId, Money, ResourceId, ServiceId, Span, TenantId,
    booking::{Booking, BookingItem, BookingSource, BookingState, Claim, Quote},
    catalog::{Count, Need, Phase, Resource, Service, WeeklyHours, WeeklySpan},
    customer::Identity,
    tenant::{BookingPolicy, Location, Tenant, TenantStatus},
};
use frontdesk::system::{SystemClock, SystemRandom};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection, sqlite::SqliteConnectOptions};
use store::{Store, StoreConfig};
use uuid::Uuid;

/// Tenants that are measured.
pub(crate) const WATCHED: u32 = 10;
pub(crate) const STAFF: u32 = 20;
/// Bookings to come of each tenant that has any.
const TO_COME: u32 = 100;

/// How full a database is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fullness {
    pub(crate) tenants: u32,
    pub(crate) bookings: u32,
}

pub(crate) fn tenant(number: u32) -> TenantId {
    TenantId(id(0, number))
}

pub(crate) fn settings(url: &str) -> StoreConfig {
    StoreConfig {
        url: url.to_owned(),
        master_key: [7; 32],
        connections: 4,
        patience: std::time::Duration::from_secs(5),
    }
}

pub(crate) fn env() -> Env {
    Env::new(Arc::new(SystemClock), Arc::new(SystemRandom))
}

/// Kind of row and its number; [`statements`] makes the same ids in SQL.
fn id(kind: u64, number: u32) -> Uuid {
    Uuid::from_u128(u128::from(kind * 1_000_000_000 + u64::from(number)))
}

/// Fills the empty database at `url`; gives the seconds that took.
pub(crate) async fn fill(url: &str, fullness: Fullness) -> Result<f64> {
    let begun = Instant::now();
    let store = Store::open(&settings(url), env()).await?;
    store.migrate().await?;
    store.close().await;
    drop(store);
    let store = Store::open(&settings(url), env()).await?;
    furnish(&store).await?;
    store.close().await;
    drop(store);
    let texts = statements(fullness, url.starts_with("sqlite:"));
    if let Some(path) = url.strip_prefix("sqlite:") {
        in_sqlite(Path::new(path), texts).await?;
    } else {
        in_postgres(url, texts).await?;
    }
    Ok(begun.elapsed().as_secs_f64())
}

async fn in_sqlite(path: &Path, texts: Vec<String>) -> Result<()> {
    let options = SqliteConnectOptions::new().filename(path).foreign_keys(false);
    let mut conn = SqliteConnection::connect_with(&options).await?;
    // A fill that breaks off is thrown away: no journal, no sync.
    let fast = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -100000;";
    sqlx::raw_sql(fast).execute(&mut conn).await?;
    sqlx::raw_sql("BEGIN").execute(&mut conn).await?;
    for text in texts {
        sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut conn).await?;
    }
    sqlx::raw_sql("COMMIT").execute(&mut conn).await?;
    sqlx::raw_sql("PRAGMA journal_mode = WAL").execute(&mut conn).await?;
    Ok(conn.close().await?)
}

async fn in_postgres(url: &str, texts: Vec<String>) -> Result<()> {
    let mut conn = PgConnection::connect(url).await?;
    // Logs of a gigabyte would double what is on the disk.
    sqlx::raw_sql("ALTER SYSTEM SET max_wal_size = '192MB'").execute(&mut conn).await?;
    sqlx::raw_sql("SELECT pg_reload_conf()").execute(&mut conn).await?;
    sqlx::raw_sql("SET session_replication_role = replica; SET synchronous_commit = off").execute(&mut conn).await?;
    sqlx::raw_sql("BEGIN").execute(&mut conn).await?;
    for text in texts {
        sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut conn).await?;
    }
    sqlx::raw_sql("COMMIT").execute(&mut conn).await?;
    // What autovacuum does to a table that grew, done now.
    sqlx::raw_sql("VACUUM ANALYZE").execute(&mut conn).await?;
    Ok(conn.close().await?)
}

/// Copies of tenant 0 and its bookings; then, where each tenant has more bookings than are to come, years of old ones.
fn statements(fullness: Fullness, sqlite: bool) -> Vec<String> {
    let id = |kind: u64, number: &str| {
        let number = format!("{kind}000000000 + {number}");
        if sqlite {
            format!("unhex(printf('%032x', {number}))")
        } else {
            format!("lpad(to_hex({number}), 32, '0')::uuid")
        }
    };
    let upto = |last: u32| format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {last})");
    let zero = id(0, "0");
    let others = upto(fullness.tenants - 1);
    let booked = upto((fullness.bookings / TO_COME).min(fullness.tenants) - 1);
    let (tenant, location, customer) = (id(0, "i"), id(1, "i"), id(4, "i"));
    let (resource, service) = (id(2, "i * 100 + position"), id(3, "i * 100 + position"));
    let (booking, claimed) = (id(5, "i * 1000 + j"), id(2, "i * 100 + r.position"));
    let counted =
        format!("(SELECT b.*, row_number() OVER (ORDER BY id) - 1 AS j FROM bookings b WHERE tenant_id = {zero})");
    let mut texts = vec![
        format!("{others} INSERT INTO tenants (tenant_id, slug, name, language, currency, status, policy)
            SELECT {tenant}, 't' || i, name, language, currency, status, policy FROM tenants, n WHERE tenant_id = {zero}"),
        format!("{others} INSERT INTO locations (tenant_id, id, name, address, zone, country, hours)
            SELECT {tenant}, {location}, name, address, zone, country, hours FROM locations, n WHERE tenant_id = {zero}"),
        format!("{others} INSERT INTO customers (tenant_id, id, name, language, created_us)
            SELECT {tenant}, {customer}, name, language, created_us FROM customers, n WHERE tenant_id = {zero}"),
        format!("{others} INSERT INTO resources (tenant_id, id, location_id, kind, name, skills, capacity, active, hours, weight, position)
            SELECT {tenant}, {resource}, {location}, kind, name, skills, capacity, active, hours, weight, position
            FROM resources, n WHERE tenant_id = {zero}"),
        format!("{others} INSERT INTO services (tenant_id, id, key, name, synonyms, active, phases, buffer_before_minutes,
                buffer_after_minutes, price_minor, needs, position)
            SELECT {tenant}, {service}, key, name, synonyms, active, phases, buffer_before_minutes, buffer_after_minutes,
                price_minor, needs, position FROM services, n WHERE tenant_id = {zero}"),
        format!("{booked} INSERT INTO bookings (tenant_id, id, location_id, customer_id, state, from_us, to_us, wall, items, quote,
                party, note, source, version, created_us)
            SELECT {tenant}, {booking}, {location}, {customer}, state, from_us, to_us, wall, items, quote,
                party, note, source, version, created_us FROM {counted} b, n"),
        format!("{booked} INSERT INTO claims (tenant_id, booking_id, resource_id, seat, from_us, to_us, live)
            SELECT {tenant}, {booking}, {claimed}, c.seat, c.from_us, c.to_us, c.live FROM n, {counted} b
            JOIN claims c ON c.tenant_id = {zero} AND c.booking_id = b.id
            JOIN resources r ON r.tenant_id = {zero} AND r.id = c.resource_id"),
    ];
    let old = (fullness.bookings / fullness.tenants).saturating_sub(TO_COME);
    if old > 0 {
        texts.extend(history(fullness.tenants, old, &id, &zero));
    }
    texts
}

/// `old` bookings of each tenant, an hour each, one after the other back through the years. They never were completed,
/// so their claims live: the harder case for whoever looks for what is taken.
fn history(tenants: u32, old: u32, id: &dyn Fn(u64, &str) -> String, zero: &str) -> [String; 2] {
    let range = format!(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {}),
        m(h) AS (SELECT 0 UNION ALL SELECT h + 1 FROM m WHERE h < {})",
        tenants - 1,
        old - 1
    );
    let (tenant, booking, resource) = (id(0, "i"), id(6, "i * 1000000 + h"), id(2, &format!("i * 100 + h % {STAFF}")));
    let (location, customer) = (id(1, "i"), id(4, "i"));
    // An hour and a half from one to the next, buffers included.
    let from = format!("b.created_us - (h / {STAFF} + 2) * 5400000000");
    let template = format!("(SELECT * FROM bookings WHERE tenant_id = {zero} AND id = {})", id(5, "0"));
    [
        format!("{range} INSERT INTO bookings (tenant_id, id, location_id, customer_id, state, from_us, to_us, wall, items, quote,
                party, note, source, version, created_us)
            SELECT {tenant}, {booking}, {location}, {customer}, state, {from}, {from} + 3600000000, wall, items, quote,
                party, note, source, version, created_us FROM n, m, {template} b"),
        format!("{range} INSERT INTO claims (tenant_id, booking_id, resource_id, seat, from_us, to_us, live)
            SELECT {tenant}, {booking}, {resource}, 1, {from}, {from} + 4200000000, TRUE FROM n, m, {template} b"),
    ]
}

/// Tenant 0: twenty people with split shifts, three services with buffers, and a hundred bookings to come.
async fn furnish(store: &Store) -> Result<()> {
    let zone = TimeZone::get("America/Mexico_City")?;
    let mut tx = store.write(tenant(0)).await?;
    let own = Tenant {
        id: tenant(0),
        slug: "t0".into(),
        name: "Tenant".into(),
        language: Language::Spanish,
        currency: Currency::MXN,
        status: TenantStatus::Active,
        policy: BookingPolicy::default(),
    };
    store::tenants::insert(&mut tx, &own).await?;
    let location = Location {
        id: LocationId(id(1, 0)),
        name: "Centre".into(),
        address: String::new(),
        zone: zone.clone(),
        country: "MX".into(),
    };
    let shift = |weekday, from_minute, to_minute| WeeklySpan { weekday, from_minute, to_minute };
    let shifts = (1..=7).flat_map(|weekday| [shift(weekday, 540, 840), shift(weekday, 900, 1_200)]);
    store::locations::insert(&mut tx, &location, &WeeklyHours(shifts.collect())).await?;
    for number in 0..STAFF {
        store::resources::insert(&mut tx, &person(number)?).await?;
    }
    for (position, (key, phases)) in
        [("short", vec![(30, true)]), ("long", vec![(60, true)]), ("parts", vec![(45, true), (30, false), (45, true)])]
            .into_iter()
            .enumerate()
    {
        store::services::insert(&mut tx, &service(u32::try_from(position)?, key, &phases)?).await?;
    }
    let phone = Identity::Phone(domain::Phone::parse("+525512345678").context("a phone")?);
    let customer = store::customers::get_or_create(&mut tx, &[phone], "Ana").await?;
    let today = zone.to_datetime(env().now()).date();
    for number in 0..TO_COME {
        let (staff, round) = (number % STAFF, number / STAFF);
        let day = today.checked_add(jiff::Span::new().days(i64::from(1 + (number * 7) % 13)))?;
        let hour = [9, 11, 12, 15, 17].get(usize::try_from(round)?).copied().context("five rounds")?;
        let start = day.at(hour, 0, 0, 0).to_zoned(zone.clone())?.timestamp();
        let placed = store::bookings::place(&mut tx, &booking(number, staff, customer, start)?).await?;
        anyhow::ensure!(matches!(placed, store::bookings::Placed::Done(_)), "booking {number} found no place");
    }
    Ok(tx.commit().await?)
}

fn person(number: u32) -> Result<Resource> {
    Ok(Resource {
        id: ResourceId(id(2, number)),
        location: LocationId(id(1, 0)),
        kind: "person".into(),
        name: format!("Person {number}"),
        skills: vec!["a".into(), "b".into()],
        capacity: 1,
        active: true,
        hours: WeeklyHours::default(),
        weight: 100,
        position: i32::try_from(number)?,
    })
}

fn service(position: u32, key: &str, phases: &[(u32, bool)]) -> Result<Service> {
    Ok(Service {
        id: ServiceId(id(3, position)),
        key: key.into(),
        name: key.into(),
        synonyms: Vec::new(),
        active: true,
        phases: phases.iter().map(|(minutes, busy)| Phase { minutes: *minutes, busy: *busy }).collect(),
        buffer_before_minutes: 5,
        buffer_after_minutes: 10,
        price: Money::new(30_000, Currency::MXN),
        needs: vec![Need {
            role: "with".into(),
            kind: "person".into(),
            skill: Some("a".into()),
            count: Count::One,
            frees_in_gaps: true,
            choosable: true,
        }],
        position: i32::try_from(position)?,
    })
}

fn booking(number: u32, staff: u32, customer: CustomerId, start: Timestamp) -> Result<Booking> {
    let span = Span::lasting(start, 60).context("an hour")?;
    let before = start.checked_sub(SignedDuration::from_mins(5))?;
    let claim = Claim {
        resource: ResourceId(id(2, staff)),
        name: format!("Person {staff}"),
        role: "with".into(),
        blocked: vec![Span::lasting(before, 75).context("with buffers")?],
        units: 1,
    };
    Ok(Booking {
        id: BookingId(id(5, number)),
        location: LocationId(id(1, 0)),
        customer,
        conversation: None,
        series: None,
        state: BookingState::Confirmed,
        span,
        wall: format!("{start}[America/Mexico_City]"),
        items: vec![BookingItem { service: ServiceId(id(3, 1)), name: "long".into(), span, claims: vec![claim] }],
        quote: Quote { lines: vec![], total: Money::new(30_000, Currency::MXN), deposit: None },
        party: 1,
        note: String::new(),
        source: BookingSource::Api,
        hold_until: None,
        version: 1,
        created_at: env().now(),
    })
}
