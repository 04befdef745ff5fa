//! `frontdesk quarantine list | redrive`: proven calls about numbers that are not their channel's.
//!
//! What belongs to a tenant is decided by its owner, on the page of what was not delivered.

use anyhow::{Context, Result};
use app::{App, undelivered::UndeliveredItem};
use clap::Subcommand;
use serde::{Deserialize, Serialize};

use crate::{
    config::Config,
    control::{self, Order},
};

/// Who decides, as the audit log knows it.
const BY: &str = "command line";

#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
pub(crate) enum QuarantineCommand {
    /// What is held: when, by whose channel, why; never what it says
    List,
    /// Read it again and hand it to whoever has its number now
    Redrive {
        /// As `list` shows it; all of them without one
        id: Option<String>,
    },
}

pub(crate) async fn run(config: &Config, command: QuarantineCommand) -> Result<()> {
    control::run(config, Order::Quarantine(command)).await
}

/// Does it, in whichever process owns the database; the answer is for the terminal.
pub(crate) async fn carry_out(app: &App, command: &QuarantineCommand) -> Result<String> {
    match command {
        QuarantineCommand::List => {
            let held = app.quarantined().await?;
            Ok(if held.is_empty() {
                "nothing is held".to_owned()
            } else {
                held.iter().map(row).collect::<Vec<_>>().join("\n")
            })
        }
        QuarantineCommand::Redrive { id: Some(id) } => {
            app.reread_for_platform(BY, id).await.with_context(|| format!("{id} stays where it is"))?;
            Ok(format!("{id} was taken up again"))
        }
        QuarantineCommand::Redrive { id: None } => {
            let redriven = app.reread_all_for_platform(BY).await?;
            Ok(format!("taken up again: {}; left as they are: {}", redriven.again, redriven.left))
        }
    }
}

fn row(item: &UndeliveredItem) -> String {
    let at = item.at.map(|at| at.to_string()).unwrap_or_default();
    let provider = item.provider.map_or("-", domain::channel::Provider::as_str);
    format!("{} {at} {:<12} {provider:<10} {}", item.id, item.tenant.as_deref().unwrap_or("-"), item.reason)
}
