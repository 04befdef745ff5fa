//! `frontdesk availability --tenant luz --service corte --at 2026-03-03T10:00 --explain`: whether a start can be had,
//! and why not, in words.
//!
//! With a server running on the same SQLite file it is the server that answers, as for `frontdesk module`.

use anyhow::{Result, bail};
use app::{StartQuestion, view::AppError};
use clap::Args;
use serde::{Deserialize, Serialize};

use crate::{
    config::Config,
    control::{self, Order},
};

#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub(crate) struct AvailabilityQuestion {
    /// Slug of the business
    #[arg(long)]
    tenant: String,
    /// Key or name of a service; several are one after the other in one visit
    #[arg(long, required = true)]
    service: Vec<String>,
    /// The start: 2026-03-03T10:00 on the location's clock, or an instant with its offset
    #[arg(long)]
    at: String,
    /// Name or id of who or what is wished for
    #[arg(long)]
    resource: Option<String>,
    /// How many come
    #[arg(long, default_value_t = 1)]
    party: u32,
    /// Also say what keeps everybody who could, and what is near
    #[arg(long)]
    explain: bool,
}

pub(crate) async fn run(config: &Config, question: AvailabilityQuestion) -> Result<()> {
    control::run(config, Order::Availability(question)).await
}

/// In whichever process owns the database.
pub(crate) async fn answer(app: &app::App, question: &AvailabilityQuestion) -> Result<String> {
    let AvailabilityQuestion { tenant, service, at, resource, party, explain } = question.clone();
    let question = StartQuestion { tenant, services: service, at, resource, party, in_full: explain };
    match app.why(&question).await {
        Ok(lines) => Ok(lines.join("\n")),
        Err(AppError::Invalid { field, reason }) => bail!("--{field}: {reason}"),
        Err(error) => Err(error.into()),
    }
}
