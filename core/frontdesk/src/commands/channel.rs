//! `frontdesk channel add | list`: numbers and the tenants they belong to.
//!
//! Secrets come in a file, never on the command line, where every user of the machine could read them.

use std::{collections::BTreeMap, path::PathBuf};

use anyhow::{Context, Result, bail};
use app::{App, ConnectedChannel, NewChannel};
use clap::Subcommand;
use domain::{Secret, channel::Provider};
use serde::{Deserialize, Serialize};

use crate::{
    config::Config,
    control::{self, Order},
};

#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
pub(crate) enum ChannelCommand {
    /// Connect a number to a tenant; prints the webhook address to give to the provider
    Add {
        /// The tenant's short name, as in its pages' addresses
        #[arg(long)]
        tenant: String,
        /// meta, twilio, evolution or wassenger
        #[arg(long)]
        provider: String,
        /// The number as people see it, as in +14155550100
        #[arg(long)]
        number: String,
        /// The provider's own id of it: phone_number_id, instance, device; for Twilio the number itself
        #[arg(long, default_value = "")]
        id: String,
        /// TOML with one secret a line, as in auth_token = "…" (docs/channels.md lists them)
        #[arg(long)]
        secret_file: PathBuf,
    },
    /// What is connected
    List,
}

pub(crate) async fn run(config: &Config, command: ChannelCommand) -> Result<()> {
    control::run(config, Order::Channel(absolute(command)?)).await
}

/// Does it, in whichever process owns the database; the answer is for the terminal.
pub(crate) async fn carry_out(app: &App, command: &ChannelCommand) -> Result<String> {
    match command {
        ChannelCommand::Add { tenant, provider, number, id, secret_file } => {
            let provider = Provider::parse(provider).filter(|provider| *provider != Provider::Simulator);
            let provider = provider.context("--provider is one of meta, twilio, evolution, wassenger")?;
            let text = std::fs::read_to_string(secret_file)
                .with_context(|| format!("cannot read {}", secret_file.display()))?;
            let new = NewChannel {
                tenant: tenant.clone(),
                provider,
                number: number.clone(),
                external_id: id.clone(),
                secrets: secrets(&text)?,
            };
            let made = app.add_channel(new).await.with_context(|| format!("cannot connect {number} to {tenant}"))?;
            Ok(format!("connected {}; the provider's webhook address is\n{}", made.id, made.webhook))
        }
        ChannelCommand::List => {
            let all = app.connected_channels().await?;
            Ok(if all.is_empty() {
                "nothing is connected; run: frontdesk channel add".to_owned()
            } else {
                all.iter().map(row).collect::<Vec<_>>().join("\n")
            })
        }
    }
}

fn row(channel: &ConnectedChannel) -> String {
    let ConnectedChannel { tenant, provider, number, external_id, active, webhook, .. } = channel;
    let state = if *active { "" } else { " (off)" };
    format!("{tenant:<12} {:<10} {number:<16} {external_id} {webhook}{state}", provider.as_str())
}

/// The error says the line, never what stands in it.
fn secrets(text: &str) -> Result<BTreeMap<String, Secret>> {
    let read = toml::from_str::<BTreeMap<String, String>>(text);
    let Ok(read) = read else { bail!("the secret file is not TOML with one name = \"secret\" a line") };
    Ok(read.into_iter().map(|(name, secret)| (name, Secret::new(secret))).collect())
}

/// The server may stand in another folder than whoever types.
fn absolute(command: ChannelCommand) -> Result<ChannelCommand> {
    match command {
        ChannelCommand::Add { tenant, provider, number, id, secret_file } => {
            let secret_file = std::path::absolute(secret_file)?;
            Ok(ChannelCommand::Add { tenant, provider, number, id, secret_file })
        }
        ChannelCommand::List => Ok(ChannelCommand::List),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_secret_file_is_not_told_back() {
        assert_eq!(secrets("auth_token = \"t\"").unwrap().get("auth_token").map(Secret::reveal), Some("t"));
        let error = secrets("auth_token = hunter2").unwrap_err();
        assert!(!format!("{error:#}").contains("hunter2"));
    }
}
