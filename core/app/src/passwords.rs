//! Passwords: argon2id with OWASP's parameters, never more than two hashes at a time.
//!
//! Invariants: an unknown e-mail costs as much time as a wrong password; the work runs off the async threads.

use std::sync::Arc;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use domain::{Env, Secret};
use tokio::sync::Semaphore;

/// 19 MiB each: the limit is what keeps a flood of logins from eating the machine.
const AT_ONCE: usize = 2;
/// Longer input is refused before any hashing.
const LONGEST: usize = 256;
/// Of no password anybody knows; compared against when the e-mail is unknown.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$ZnJvbnRkZXNrbm9ib2R5$3v1r1bY0mVx1n2jv5m6GJm0m1n0V9eKc0a5cQm0uKk8";

/// Hashes and checks passwords under a limit.
#[derive(Clone)]
pub struct Passwords {
    permits: Arc<Semaphore>,
}

/// Not a usable password, or the machine is shutting down.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    #[error("a password has 8 to 256 characters")]
    Length,
    #[error("hashing failed")]
    Failed,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { permits: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

impl Passwords {
    /// A PHC string for storage.
    pub async fn hash(&self, password: &Secret, env: &Env) -> Result<String, PasswordError> {
        if !(8..=LONGEST).contains(&password.reveal().len()) {
            return Err(PasswordError::Length);
        }
        let (password, salt) = (password.clone(), env.bytes::<16>());
        self.run(move || {
            let hashed = Argon2::default().hash_password_with_salt(password.reveal().as_bytes(), &salt);
            hashed.map(|hash: argon2::PasswordHash| hash.to_string()).ok()
        })
        .await
        .flatten()
        .ok_or(PasswordError::Failed)
    }

    /// Whether `password` is the one behind `stored`; `None` stands for an unknown account and costs the same.
    pub async fn verify(&self, password: &Secret, stored: Option<String>) -> bool {
        if password.reveal().len() > LONGEST {
            return false;
        }
        let known = stored.is_some();
        let (password, stored) = (password.clone(), stored.unwrap_or_else(|| NOBODY.to_owned()));
        let matches = self.run(move || {
            PasswordHash::new(&stored)
                .is_ok_and(|hash| Argon2::default().verify_password(password.reveal().as_bytes(), &hash).is_ok())
        });
        matches.await.unwrap_or(false) && known
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let _permit = self.permits.clone().acquire_owned().await.ok()?;
        tokio::task::spawn_blocking(work).await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    struct Fixed;
    impl domain::Clock for Fixed {
        fn now(&self) -> jiff::Timestamp {
            jiff::Timestamp::UNIX_EPOCH
        }
    }
    impl domain::Random for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    #[tokio::test]
    async fn the_right_password_opens_and_no_other() {
        let (passwords, env) = (Passwords::default(), Env::new(Arc::new(Fixed), Arc::new(Fixed)));
        let stored = passwords.hash(&Secret::new("correct horse"), &env).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(passwords.verify(&Secret::new("correct horse"), Some(stored.clone())).await);
        assert!(!passwords.verify(&Secret::new("correct horsE"), Some(stored)).await);
        assert!(!passwords.verify(&Secret::new("correct horse"), None).await);
    }

    #[tokio::test]
    async fn an_unknown_account_costs_a_hash_too() {
        let passwords = Passwords::default();
        let started = Instant::now();
        passwords.verify(&Secret::new("whatever"), None).await;
        let unknown = started.elapsed();
        assert!(PasswordHash::new(NOBODY).is_ok(), "the stand-in must parse or it costs nothing");
        assert!(unknown.as_millis() >= 3, "{unknown:?}");
    }
}
