//! `frontdesk module canary …`: begin, look, stop, promote.

use anyhow::Result;
use app::{
    App,
    view::{CanaryTenant, CanaryView},
};
use clap::Subcommand;
use domain::canary::{Figures, Side, Standing};
use serde::{Deserialize, Serialize};

/// Who decides, as the audit log knows it.
pub(crate) const BY: &str = "command line";

#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
pub(crate) enum CanaryCommand {
    /// Try the newest release of MODULE, or the one whose digest begins with --digest
    Start {
        module: String,
        /// The share of its tenants that try it; pinned ones are left alone
        #[arg(long)]
        percent: u8,
        #[arg(long)]
        digest: Option<String>,
    },
    /// What was watched of both sides until now
    Status {
        module: Option<String>,
        #[arg(long)]
        json: bool,
    },
    /// All tenants that try it go back to what they had
    Stop {
        module: String,
        /// Why, for the audit log
        #[arg(long, default_value = "stopped from the command line")]
        because: String,
    },
    /// All tenants get it
    Promote { module: String },
}

/// Does it, in whichever process owns the database; the answer is for the terminal.
pub(crate) async fn carry_out(app: &App, command: &CanaryCommand) -> Result<String> {
    Ok(match command {
        CanaryCommand::Start { module, percent, digest } => {
            told(&app.start_canary(module, digest.as_deref(), *percent, BY).await?)
        }
        CanaryCommand::Status { module, json } => {
            let of = |canary: &CanaryView| module.as_ref().is_none_or(|module| canary.module == *module);
            let canaries: Vec<CanaryView> = app.canaries().await?.into_iter().filter(of).collect();
            match canaries.as_slice() {
                _ if *json => serde_json::to_string(&canaries)?,
                [] => "no release was tried yet; run: frontdesk module canary start MODULE --percent N".to_owned(),
                some => some.iter().map(told).collect::<Vec<_>>().join("\n"),
            }
        }
        CanaryCommand::Stop { module, because } => {
            told(&app.stop_canary(app.running_canary(module).await?, BY, because).await?)
        }
        CanaryCommand::Promote { module } => told(&app.promote_canary(app.running_canary(module).await?, BY).await?),
    })
}

/// A line of the table: what it says, and how it is read.
type Row = (&'static str, fn(&Figures) -> u64);

fn told(canary: &CanaryView) -> String {
    let digest: String = canary.digest.chars().take(12).collect();
    let because = canary.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let head = format!(
        "{} {} ({digest}) on {} % of its tenants: {}{because}",
        canary.module,
        canary.version,
        canary.percent,
        canary.state.as_str()
    );
    let sides = format!("  {:<24} {:>12} {:>12}", "", "new release", "old release");
    let row = |(what, figure): Row| {
        format!("  {what:<24} {:>12} {:>12}", figure(&canary.new.figures), figure(&canary.old.figures))
    };
    let rows: [Row; 8] = [
        ("calls", |figures| figures.calls),
        ("trapped", |figures| figures.traps),
        ("out of time", |figures| figures.timeouts),
        ("stopped or unusable", |figures| figures.unusable),
        ("bookings refused", |figures| figures.refused),
        ("turns", |figures| figures.turns),
        ("answered without it", |figures| figures.fallbacks),
        ("handed to a person", |figures| figures.hand_overs),
    ];
    let millis = |p99: Option<u64>| p99.map_or_else(|| "-".to_owned(), |us| format!("{} ms", us.div_ceil(1_000)));
    let p99 = format!(
        "  {:<24} {:>12} {:>12}",
        "99 of 100 calls within",
        millis(canary.new.p99_us),
        millis(canary.old.p99_us)
    );
    let tenants = format!("  {:<24} {:>12} {:>12}", "tenants", canary.count(Side::New), canary.count(Side::Old));
    let lines = [head, sides, tenants].into_iter().chain(rows.into_iter().map(row)).chain([p99]);
    lines.chain(canary.tenants.iter().filter_map(tenant)).collect::<Vec<_>>().join("\n")
}

/// Who stays behind need not be named.
fn tenant(tenant: &CanaryTenant) -> Option<String> {
    let what = match (tenant.side, tenant.standing) {
        (Side::Pinned, _) => "is pinned",
        (_, Standing::Waiting) => "waits to be switched",
        (_, Standing::On) => "runs it",
        (_, Standing::Refused) => "could not be switched:",
        (_, Standing::Back) => "is back on what it had",
        (_, Standing::Left) => "was switched by somebody else",
        (_, Standing::Rest) => return None,
    };
    Some(format!("  {} {what} {}", tenant.slug, tenant.note).trim_end().to_owned())
}
