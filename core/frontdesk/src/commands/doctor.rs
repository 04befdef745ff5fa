//! `frontdesk doctor`: what is wrong, one line each, and how to mend it.

use std::process::ExitCode;

use anyhow::Result;
use store::StoreError;

use crate::{cli::say, config::Config, wiring};

/// Looks at everything and ends with 1 when something needs mending.
pub(crate) async fn run(config: &Config) -> Result<ExitCode> {
    let mut wrong = 0_u32;
    let mut tell = |name: &str, found: Result<String, String>| -> Result<()> {
        match found {
            Ok(fine) => say(format_args!("ok    {name}: {fine}")),
            Err(mend) => {
                wrong += 1;
                say(format_args!("WRONG {name}: {mend}"))
            }
        }
    };
    tell(
        "master key",
        config
            .master_key()
            .map(|_key| format!("{} is private", config.data_dir.join("master.key").display()))
            .map_err(|error| error.to_string()),
    )?;
    let (env, _) = wiring::environment(false);
    match wiring::open_store(config, env).await {
        Ok(store) => {
            tell(
                "database",
                store
                    .check()
                    .await
                    .map(|()| format!("{:?} answers and has this version's schema", store.engine()))
                    .map_err(|error| format!("{error}; see the server's log")),
            )?;
            let mut tx = store.platform_read().await?;
            let releases = store::releases::all(&mut tx).await?.len();
            let installed = if releases == 0 {
                Err("none installed; run: frontdesk module install FILE".to_owned())
            } else {
                Ok(format!("{releases} releases installed"))
            };
            tell("modules", installed)?;
        }
        Err(error) if matches!(error.downcast_ref::<StoreError>(), Some(StoreError::AlreadyRunning(_))) => {
            tell("database", Ok(format!("{error:#}")))?;
        }
        Err(error) => tell("database", Err(format!("{error:#}; check --database and that the server runs")))?,
    }
    if wiring::is_nats(&config.doorbell) {
        let asked = integrations::nats::Nats::check(&config.doorbell).await;
        let mend = |error| format!("{error:#}; until it does, nodes find each other's arrivals by polling");
        let said = asked.map(|server| format!("NATS at {server} answers")).map_err(anyhow::Error::from);
        tell("doorbell", said.map_err(mend))?;
    }
    let listener = tokio::net::TcpListener::bind(&config.listen).await;
    tell(
        "address",
        listener
            .map(|_free| format!("{} is free", config.listen))
            .map_err(|error| format!("{}: {error}; stop what listens there or use --listen", config.listen)),
    )?;
    let public = if config.public_url.starts_with("https://") {
        Ok(config.public_url.clone())
    } else {
        Err("not https; providers call only https addresses: set public_url (the simulator needs none)".to_owned())
    };
    tell("public URL", public)?;
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
