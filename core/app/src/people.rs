//! Logging in and out, and who is behind a session.

use domain::{
    Language, MemberId, Secret,
    access::{Principal, Role},
};
use jiff::SignedDuration;
use sha2::{Digest, Sha256};
use store::sessions::{self, Session};

use crate::{
    App,
    desk::lock,
    view::{AppError, LoggedIn, SessionView, TenantView},
};

/// A session nobody used for this long is over.
const IDLE: SignedDuration = SignedDuration::from_hours(12);
/// A session is over after this long in any case.
const ABSOLUTE: SignedDuration = SignedDuration::from_hours(24 * 7);
/// Failed logins per address and per source in a quarter of an hour.
const ATTEMPTS: usize = 5;
const QUARTER: SignedDuration = SignedDuration::from_mins(15);

impl App {
    pub async fn login(&self, email: &str, password: &str, source: &str) -> Result<LoggedIn, AppError> {
        let email = email.trim().to_lowercase();
        let doors = [format!("a:{email}"), format!("s:{source}")];
        if doors.iter().any(|door| self.failures(door) >= ATTEMPTS) {
            return Err(AppError::TooMany { retry_after_seconds: 900 });
        }
        let mut tx = self.store.platform_read().await?;
        let login = store::members::login(&mut tx, &email).await?;
        drop(tx);
        let stored = login.as_ref().map(|login| login.password.clone());
        if !self.passwords.verify(&Secret::new(password), stored).await {
            for door in doors {
                lock(&self.attempts).entry(door).or_default().push(self.env.now());
            }
            return Err(AppError::Denied);
        }
        let login = login.ok_or(AppError::Denied)?;
        let (token, csrf) = (hex::encode(self.env.bytes::<32>()), hex::encode(self.env.bytes::<16>()));
        let now = self.env.now();
        let session = Session {
            tenant: login.tenant,
            member: login.id,
            csrf,
            created_at: now,
            seen_at: now,
            expires_at: now.checked_add(ABSOLUTE).unwrap_or(now),
        };
        let mut tx = self.store.platform().await?;
        sessions::insert(&mut tx, &hashed(&token), &session).await?;
        tx.commit().await?;
        let home = match login.tenant {
            Some(tenant) => {
                let mut tx = self.store.read(tenant).await?;
                format!("/t/{}", store::tenants::own(&mut tx).await?.slug)
            }
            None => "/admin".to_owned(),
        };
        Ok(LoggedIn { token, home })
    }

    pub async fn session(&self, token: &str) -> Result<Option<SessionView>, AppError> {
        let hash = hashed(token);
        let mut tx = self.store.platform_look().await?;
        let Some(session) = sessions::find(&mut tx, &hash).await? else { return Ok(None) };
        drop(tx);
        let now = self.env.now();
        if now >= session.expires_at || now.duration_since(session.seen_at) > IDLE {
            return Ok(None);
        }
        // Once a minute is often enough to know that somebody is there.
        if now.duration_since(session.seen_at) > SignedDuration::from_mins(1) {
            let mut tx = self.store.platform().await?;
            sessions::touch(&mut tx, &hash, now).await?;
            tx.commit().await?;
        }
        match session.tenant {
            None => self.admin(session).await,
            Some(tenant) => {
                let mut tx = self.store.read(tenant).await?;
                let Some(member) = store::members::find(&mut tx, session.member).await? else { return Ok(None) };
                let own = store::tenants::own(&mut tx).await?;
                let (location, _) =
                    store::locations::all(&mut tx).await?.into_iter().next().ok_or(AppError::NotFound)?;
                let view = TenantView {
                    id: own.id,
                    slug: own.slug,
                    name: own.name,
                    language: own.language,
                    currency: own.currency,
                    zone: location.zone.iana_name().unwrap_or("UTC").to_owned(),
                    location: location.name,
                };
                Ok(Some(SessionView {
                    principal: Principal::Member { id: member.id, tenant, role: member.role },
                    name: member.name,
                    email: member.email,
                    language: member.language,
                    csrf: session.csrf,
                    tenant: Some(view),
                }))
            }
        }
    }

    async fn admin(&self, session: Session) -> Result<Option<SessionView>, AppError> {
        let mut tx = self.store.platform_read().await?;
        let Some((name, email)) = store::members::admin(&mut tx, session.member).await? else { return Ok(None) };
        Ok(Some(SessionView {
            principal: Principal::PlatformAdmin { id: session.member },
            name,
            email,
            language: Language::English,
            csrf: session.csrf,
            tenant: None,
        }))
    }

    pub async fn logout(&self, token: &str) -> Result<(), AppError> {
        let mut tx = self.store.platform().await?;
        sessions::delete(&mut tx, &hashed(token)).await?;
        Ok(tx.commit().await?)
    }

    fn failures(&self, door: &str) -> usize {
        let now = self.env.now();
        let mut attempts = lock(&self.attempts);
        attempts.retain(|_, times| {
            times.retain(|at| now.duration_since(*at) < QUARTER);
            !times.is_empty()
        });
        attempts.get(door).map_or(0, Vec::len)
    }

    /// Makes a platform admin; nothing happens when the address is taken.
    pub async fn add_admin(&self, email: &str, name: &str, password: &Secret) -> Result<(), AppError> {
        let hash = self.hash(password).await?;
        let mut tx = self.store.platform().await?;
        store::members::insert_admin(&mut tx, self.env.id::<MemberId>(), email, name, &hash).await?;
        Ok(tx.commit().await?)
    }

    pub(crate) async fn hash(&self, password: &Secret) -> Result<String, AppError> {
        let hashed = self.passwords.hash(password, &self.env).await;
        hashed.map_err(|error| AppError::Invalid { field: "password".to_owned(), reason: error.to_string() })
    }
}

fn hashed(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Roles as configuration files name them.
pub(crate) fn role(name: &str) -> Option<Role> {
    match name {
        "owner" => Some(Role::Owner),
        "manager" => Some(Role::Manager),
        "staff" => Some(Role::Staff),
        _ => None,
    }
}
