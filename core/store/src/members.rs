//! People who log in. E-mail addresses are unique across the platform, so that one login page serves all.

use domain::{Language, MemberId, TenantId, access::Role};
use uuid::Uuid;

use crate::{PlatformTx, StoreError, TenantTx, codec, engine::on};

/// A person of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub id: MemberId,
    pub email: String,
    pub name: String,
    pub role: Role,
    pub language: Language,
}

/// What the login page needs to know of an address.
#[derive(Debug, Clone)]
pub struct Login {
    pub id: MemberId,
    /// `None` for a platform admin.
    pub tenant: Option<TenantId>,
    /// PHC string.
    pub password: String,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    email: String,
    name: String,
    role: String,
    language: String,
}

impl Row {
    fn member(self) -> Result<Member, StoreError> {
        Ok(Member {
            id: MemberId(self.id),
            email: self.email,
            name: self.name,
            role: codec::from_json(&self.role, "role")?,
            language: self.language.parse().unwrap_or_default(),
        })
    }
}

pub async fn insert(tx: &mut TenantTx, member: &Member, password: &str) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO members (tenant_id, id, email, name, role, language, password)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let tenant = tx.tenant();
    on!(tx, |conn| sqlx::query(SQL)
        .bind(tenant.0)
        .bind(member.id.0)
        .bind(member.email.to_lowercase())
        .bind(&member.name)
        .bind(codec::json(&member.role))
        .bind(member.language.tag())
        .bind(password)
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

pub async fn find(tx: &mut TenantTx, id: MemberId) -> Result<Option<Member>, StoreError> {
    const SQL: &str = "SELECT id, email, name, role, language FROM members WHERE tenant_id = $1 AND id = $2";
    let tenant = tx.tenant();
    let row: Option<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).bind(id.0).fetch_optional(conn).await?);
    row.map(Row::member).transpose()
}

pub async fn all(tx: &mut TenantTx) -> Result<Vec<Member>, StoreError> {
    const SQL: &str = "SELECT id, email, name, role, language FROM members WHERE tenant_id = $1 ORDER BY name";
    let tenant = tx.tenant();
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(tenant.0).fetch_all(conn).await?);
    rows.into_iter().map(Row::member).collect()
}

pub async fn insert_admin(
    tx: &mut PlatformTx,
    id: MemberId,
    email: &str,
    name: &str,
    password: &str,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO admins (id, email, name, password) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(id.0)
        .bind(email.to_lowercase())
        .bind(name)
        .bind(password)
        .execute(conn)
        .await
        .map(|_done| ())?);
    Ok(())
}

/// Name and address of a platform admin.
pub async fn admin(tx: &mut PlatformTx, id: MemberId) -> Result<Option<(String, String)>, StoreError> {
    const SQL: &str = "SELECT name, email FROM admins WHERE id = $1";
    Ok(on!(tx, |conn| sqlx::query_as(SQL).bind(id.0).fetch_optional(conn).await?))
}

/// Who logs in with this address, member or admin.
pub async fn login(tx: &mut PlatformTx, email: &str) -> Result<Option<Login>, StoreError> {
    const SQL: &str = "SELECT id, tenant_id, password FROM members WHERE email = $1 AND tenant_id IS NOT NULL
        UNION ALL SELECT id, NULL, password FROM admins WHERE email = $1";
    type Found = (Uuid, Option<Uuid>, String);
    let email = email.trim().to_lowercase();
    let row: Option<Found> = on!(tx, |conn| sqlx::query_as(SQL).bind(&email).fetch_optional(conn).await?);
    Ok(row.map(|(id, tenant, password)| Login { id: MemberId(id), tenant: tenant.map(TenantId), password }))
}
