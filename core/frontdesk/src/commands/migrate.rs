//! `frontdesk migrate`.

use anyhow::Result;

use crate::{cli::say, config::Config, wiring};

/// Brings the schema to this version and says so.
pub(crate) async fn run(config: &Config) -> Result<()> {
    let (env, _) = wiring::environment(false);
    wiring::open_store(config, env).await?;
    say("the database is at this version's schema")
}
