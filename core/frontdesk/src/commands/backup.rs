//! `frontdesk backup | restore | release`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::{cli::say, config::Config, wiring};

/// Beside a running server, or without one.
pub(crate) async fn write(config: &Config, file: &Path) -> Result<()> {
    store::backup::write(&config.database_url(), file).await.context("the backup cannot be written")?;
    let size = std::fs::metadata(file).context("the backup is gone")?.len();
    let files = if config.files.is_empty() {
        config.data_dir.join("files").display().to_string()
    } else {
        config.files.clone()
    };
    say(format_args!("{}: {} KB, the whole database", file.display(), size.div_ceil(1_024)))?;
    say(format_args!(
        "not in it, keep them too: {} (without it nothing sealed opens) and the customers' files in {files}",
        config.data_dir.join("master.key").display()
    ))
}

/// The copy begins a new epoch: what the original may have sent since is not sent again by itself.
///
/// A file becomes the database only when that is so: a restore that breaks off before leaves nothing a server would start on.
pub(crate) async fn restore(config: &Config, file: &Path) -> Result<()> {
    let key = config.data_dir.join("master.key");
    ensure!(
        key.exists(),
        "{} is not there: put the original's there first, the backup does not open without",
        key.display()
    );
    ensure!(file.exists(), "{} is not there", file.display());
    let url = config.database_url();
    let Some(path) = url.strip_prefix("sqlite:").map(PathBuf::from) else {
        store::backup::read(&url, file).context("the backup cannot be restored")?;
        return say(begin(config).await?);
    };
    ensure!(!path.exists(), "{} is there already; move it away first", path.display());
    let beside = path.with_extension("restoring");
    if beside.exists() {
        std::fs::remove_file(&beside).context("an earlier restore that broke off cannot be cleared away")?;
    }
    let unfinished = Config { database: format!("sqlite:{}", beside.display()), ..config.clone() };
    store::backup::read(&unfinished.database, file).context("the backup cannot be restored")?;
    let told = begin(&unfinished).await?;
    // What is not in the file itself by now would be left behind.
    ensure!(!beside.with_extension("restoring-wal").exists(), "{} is still open somewhere", beside.display());
    std::fs::rename(&beside, &path).with_context(|| format!("{} cannot be put in place", path.display()))?;
    // Whose lock it was is gone.
    let _removed = std::fs::remove_file(beside.with_extension("restoring.lock"));
    say(told)
}

/// Parks what the original may have done since; how much, in words.
async fn begin(config: &Config) -> Result<String> {
    let (env, _) = wiring::environment(false);
    let store = wiring::open_store(config, env).await?;
    let mut tx = store.platform_read().await?;
    let tenants = store::tenants::all(&mut tx).await?;
    drop(tx);
    let mut waiting = 0;
    for tenant in tenants {
        let mut tx = store.write(tenant.id).await?;
        waiting += store::epoch::park_waiting(&mut tx).await?;
        tx.commit().await?;
    }
    let mut tx = store.platform().await?;
    let parked = store::epoch::begin_after_restore(&mut tx).await?;
    let epoch = store::epoch::current(&mut tx).await?;
    tx.commit().await?;
    store.close().await;
    Ok(format!(
        "restored as epoch {epoch}; parked: {} messages, {} events, {} jobs.\n\
         If the original ran on after the backup, owners decide on each in their page of what was not delivered;\n\
         if it did not, `frontdesk release` lets all of them go",
        parked.messages + waiting,
        parked.events,
        parked.jobs
    ))
}

pub(crate) async fn release(config: &Config) -> Result<()> {
    let (env, _) = wiring::environment(false);
    let store = wiring::open_store(config, env).await?;
    let mut tx = store.platform().await?;
    let gone = store::epoch::release(&mut tx).await?;
    tx.commit().await?;
    if gone.messages + gone.events + gone.jobs == 0 {
        return say("nothing was parked by a restore");
    }
    say(format_args!("let go: {} messages, {} events, {} jobs", gone.messages, gone.events, gone.jobs))
}
