//! `frontdesk backup | restore | release`.

use std::path::Path;

use anyhow::{Context, Result};

use crate::{cli::say, config::Config, wiring};

/// Beside a running server, or without one.
pub(crate) async fn write(config: &Config, file: &Path) -> Result<()> {
    store::backup::write(&config.database_url(), file).await.context("the backup cannot be written")?;
    say(format_args!(
        "{} holds everything but the master key; keep {} elsewhere",
        file.display(),
        config.data_dir.join("master.key").display()
    ))
}

/// The copy begins a new epoch: what the original may have sent since is not sent again by itself.
pub(crate) async fn restore(config: &Config, file: &Path) -> Result<()> {
    config.master_key()?;
    store::backup::read(&config.database_url(), file).context("the backup cannot be restored")?;
    let (env, _) = wiring::environment(false);
    let store = wiring::open_store(config, env).await?;
    let mut tx = store.platform().await?;
    let parked = store::epoch::begin_after_restore(&mut tx).await?;
    let epoch = store::epoch::current(&mut tx).await?;
    tx.commit().await?;
    say(format_args!(
        "restored as epoch {epoch}; parked: {} messages, {} events, {} jobs. `frontdesk release` lets them go",
        parked.messages, parked.events, parked.jobs
    ))
}

pub(crate) async fn release(config: &Config) -> Result<()> {
    let (env, _) = wiring::environment(false);
    let store = wiring::open_store(config, env).await?;
    let mut tx = store.platform().await?;
    let gone = store::epoch::release(&mut tx).await?;
    tx.commit().await?;
    say(format_args!("let go: {} messages, {} events, {} jobs", gone.messages, gone.events, gone.jobs))
}
