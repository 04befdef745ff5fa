//! `frontdesk plan list | show | set`: what module calls may use, by plan, and who has which.

use anyhow::Result;
use app::App;
use clap::Subcommand;
use domain::plan::{Limits, Plan};
use serde::{Deserialize, Serialize};

use super::canary::BY;
use crate::{
    config::Config,
    control::{self, Order},
};

#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
pub(crate) enum PlanCommand {
    /// Every plan with the limits of its module calls
    List,
    /// The plan a tenant has
    Show { tenant: String },
    /// Give a tenant a plan: starter, growth or enterprise
    Set { tenant: String, plan: Plan },
}

pub(crate) async fn run(config: &Config, command: PlanCommand) -> Result<()> {
    control::run(config, Order::Plan(command)).await
}

/// Does it, in whichever process owns the database; the answer is for the terminal.
pub(crate) async fn carry_out(app: &App, command: &PlanCommand) -> Result<String> {
    Ok(match command {
        PlanCommand::List => table(&app.plans()),
        PlanCommand::Show { tenant } => format!("{tenant} has {}", app.plan_of(tenant).await?),
        PlanCommand::Set { tenant, plan } => {
            app.set_plan(tenant, *plan, BY).await?;
            format!("{tenant} has {plan}, from its next turn on")
        }
    })
}

fn table(plans: &[(Plan, Limits)]) -> String {
    let row = |what: &str, figure: &dyn Fn(&Limits) -> String| {
        let columns: String = plans.iter().map(|(_, limits)| format!(" {:>12}", figure(limits))).collect();
        format!("{what:<28}{columns}")
    };
    let kib = |bytes: usize| format!("{} KiB", bytes / 1_024);
    let names: String = plans.iter().map(|(plan, _)| format!(" {:>12}", plan.as_str())).collect();
    [
        format!("{:<28}{names}", "one module call"),
        row("processor time of a price", &|limits| format!("{} ms", limits.cpu.as_millis())),
        row("time by the clock", &|limits| format!("{} ms", limits.wall.as_millis())),
        row("memory", &|limits| kib(limits.memory_bytes)),
        row("at once", &|limits| limits.per_tenant.to_string()),
        row("questions to the host", &|limits| limits.host_calls.to_string()),
        row("bytes of these", &|limits| kib(limits.host_bytes)),
        row("bytes handed over at once", &|limits| kib(limits.output_bytes)),
        row("lines in the log", &|limits| limits.log_lines.to_string()),
        row("keys remembered", &|limits| limits.memory_keys.to_string()),
        row("bytes remembered", &|limits| format!("{} KiB", limits.remembered_bytes / 1_024)),
    ]
    .join("\n")
}
