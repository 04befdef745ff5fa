//! `frontdesk nlu`: one JSON line in, one JSON line out; the contract stands in `docs/nlu.md`.

use std::io::{BufRead, Write};

use anyhow::Result;

/// Reads until standard input ends. Needs no configuration and no database.
pub(crate) fn run() -> Result<()> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        if !line.trim().is_empty() {
            writeln!(out, "{}", language::nlu::line(&line))?;
            out.flush()?;
        }
    }
    Ok(())
}
