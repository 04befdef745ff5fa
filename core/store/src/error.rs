//! What can go wrong with the database, as facts; the driver's own words stay in the log.

/// Why the store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Locked, full, read-only, restarting or gone: the caller may try again later.
    #[error("the database is not available right now")]
    Unavailable(#[source] sqlx::Error),
    /// Somebody else changed it first, or a unique key is taken.
    #[error("{0}")]
    Conflict(&'static str),
    #[error(
        "the database file is in use by another frontdesk process ({0}); stop it first, or use PostgreSQL for several nodes"
    )]
    AlreadyRunning(String),
    #[error("the database could not be opened: {0}")]
    Open(String),
    #[error("the schema could not be brought up to date")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// A row does not decode: written by a newer version, or damaged.
    #[error("a stored {0} cannot be read")]
    Corrupt(&'static str),
    #[error("stored secret of {0} does not open with this key")]
    Sealed(&'static str),
    #[error("the database refused")]
    Other(#[source] sqlx::Error),
}

impl StoreError {
    /// What the driver said, for the log.
    pub(crate) fn cause(&self) -> String {
        std::error::Error::source(self).map(ToString::to_string).unwrap_or_default()
    }

    /// Worth a 503 and another try.
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if let sqlx::Error::Database(database) = &error {
            if database.is_unique_violation() {
                return Self::Conflict("already there");
            }
            let passing = database.code().is_some_and(|code| passes(&code));
            return if passing { Self::Unavailable(error) } else { Self::Other(error) };
        }
        let passing = matches!(
            error,
            sqlx::Error::Io(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed
                | sqlx::Error::Tls(_)
        );
        if passing { Self::Unavailable(error) } else { Self::Other(error) }
    }
}

/// SQLite's BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN with their extensions; PostgreSQL's classes 08, 53, 57, 40, and 25006, 25P03, 55P03.
fn passes(code: &str) -> bool {
    match code.parse::<u32>() {
        Ok(number) if code.len() <= 4 => matches!(number & 0xff, 5 | 6 | 8 | 10 | 13 | 14),
        _ => ["08", "53", "57", "40", "25006", "25P03", "55P03"].iter().any(|class| code.starts_with(class)),
    }
}
