//! A whole copy of the database in one file, taken while the server works.
//!
//! SQLite copies itself (`VACUUM INTO`), PostgreSQL's own programs do it. Sealed columns stay sealed: without the
//! master key, which is kept elsewhere, a copy says little.

use std::{path::Path, process::Command};

use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::StoreError;

/// Writes the copy; `file` must not be there yet.
pub async fn write(url: &str, file: &Path) -> Result<(), StoreError> {
    if file.exists() {
        return Err(StoreError::Conflict("the backup's file is already there"));
    }
    let Some(path) = url.strip_prefix("sqlite:") else {
        return run(Command::new("pg_dump").arg("--format=custom").arg("--file").arg(file).arg(url));
    };
    // A reader beside the server: its lock is about writers.
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(false);
    let mut conn = SqliteConnection::connect_with(&options).await?;
    sqlx::query("VACUUM INTO $1").bind(file.display().to_string()).execute(&mut conn).await?;
    conn.close().await?;
    sync(file)
}

/// Puts a copy where no data is yet.
pub fn read(url: &str, file: &Path) -> Result<(), StoreError> {
    let Some(path) = url.strip_prefix("sqlite:").map(Path::new) else {
        // All of it or nothing: half a database is worse than none.
        return run(Command::new("pg_restore").args(["--no-owner", "--single-transaction", "--dbname", url]).arg(file));
    };
    if path.exists() {
        return Err(StoreError::Conflict("there is data already; move it away first"));
    }
    std::fs::copy(file, path).map_err(|error| StoreError::Open(format!("{}: {error}", file.display())))?;
    sync(path)
}

fn sync(file: &Path) -> Result<(), StoreError> {
    let synced = std::fs::File::open(file).and_then(|file| file.sync_all());
    synced.map_err(|error| StoreError::Open(format!("{}: {error}", file.display())))
}

fn run(command: &mut Command) -> Result<(), StoreError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| StoreError::Open(format!("{program}: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(StoreError::Open(format!("{program}: {}", complaint.lines().next().unwrap_or_default())))
}
