//! `frontdesk module …`: install, list, switch, roll back, sign.
//!
//! With a server running on the same SQLite file the command goes through it, because one process owns the file:
//! see `commands::serve` for the control socket.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use app::view::UsageRow;
use clap::Subcommand;
use domain::{Random, release::Voucher, vertical::Description};
use integrations::registries::Reference;
use serde::{Deserialize, Serialize};
use store::releases::Release;

use super::{
    canary::{self, CanaryCommand},
    package,
};
use crate::{
    cli::say,
    config::Config,
    control::{self, Order},
    registries,
    system::SystemRandom,
    wiring::Desk,
};

#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
pub(crate) enum ModuleCommand {
    /// Check a component and keep it: a .wasm file with its .seal.json beside it, a folder with both, or
    /// oci://HOST/NAME:TAG and oci://HOST/NAME@sha256:DIGEST from a registry
    Install {
        source: String,
        /// Accept it without a signature: you built it yourself
        #[arg(long)]
        unsigned: bool,
    },
    /// What is installed
    List,
    /// What a module contributes and asks for
    Show { module: String },
    /// Run a release for a tenant: the newest of MODULE, or the one whose digest begins with --digest
    Activate {
        tenant: String,
        module: String,
        #[arg(long)]
        digest: Option<String>,
        /// The module's configuration, as JSON
        #[arg(long)]
        settings: Option<String>,
        /// Grant this capability; may be repeated. Without: all it asks for the first time, what it had on an upgrade
        #[arg(long)]
        grant: Vec<String>,
    },
    /// Go back to what ran before, with its settings and grants
    Rollback { tenant: String },
    /// Turn the tenant's module on again
    Enable { tenant: String },
    /// Turn the tenant's module off: the core answers alone
    Disable { tenant: String },
    /// What module calls cost in the last days: of a tenant, or of all, the most first
    Usage {
        tenant: Option<String>,
        #[arg(long, default_value_t = 30)]
        days: u32,
    },
    /// The tenant's automations; with KEY and `on` or `off`, turns one
    Automations {
        tenant: String,
        key: Option<String>,
        #[arg(value_parser = ["on", "off"], requires = "key")]
        turn: Option<String>,
    },
    /// What a release would say of the tenant's visits, beside what runs now; nothing is written, nobody is told
    Rehearse {
        tenant: String,
        module: String,
        #[arg(long)]
        digest: Option<String>,
        /// Other settings than now, as JSON
        #[arg(long)]
        settings: Option<String>,
        /// So far back and ahead
        #[arg(long, default_value_t = 60)]
        days: u32,
        #[arg(long)]
        json: bool,
    },
    /// Try a release on a share of its tenants before all get it
    #[command(subcommand)]
    Canary(CanaryCommand),
    /// Keep a tenant on the release it has, whatever is tried or promoted
    Pin { tenant: String },
    /// Let a pinned tenant take part again
    Unpin { tenant: String },
    /// Make a key to sign modules with; prints the public half
    Keygen { file: PathBuf },
    /// Sign a component; the seal is left beside it
    Sign {
        file: PathBuf,
        #[arg(long)]
        key: PathBuf,
        #[arg(long)]
        publisher: String,
        /// Name and version as the module says them, as in `hair 1.2.0`
        #[arg(long, num_args = 2, value_names = ["NAME", "VERSION"])]
        of: Vec<String>,
    },
}

pub(crate) async fn run(config: &Config, command: ModuleCommand) -> Result<()> {
    // Keys and seals are the publisher's own business: no server has a part in them.
    if let ModuleCommand::Keygen { file } = &command {
        let mut secret = [0_u8; 32];
        SystemRandom.fill(&mut secret);
        return say(package::new_key(file, &secret)?);
    }
    if let ModuleCommand::Sign { file, key, publisher, of } = &command {
        let (Some(name), Some(version)) = (of.first(), of.get(1)) else { return Err(anyhow!("--of NAME VERSION")) };
        let path = package::sign(file, key, publisher, name, version)?;
        return say(format_args!("signed: {}", path.display()));
    }
    if let ModuleCommand::Install { source, unsigned } = &command
        && Reference::looks_like(source)
    {
        let fetched = registries::fetch(config, source).await?;
        say(format_args!("pulled {source}, which is {}", fetched.digest))?;
        return control::run(config, Order::Module(install_order(&fetched.file, *unsigned)?)).await;
    }
    control::run(config, Order::Module(absolute(command)?)).await
}

/// Does it, in whichever process owns the database; the answer is for the terminal.
pub(crate) async fn carry_out(app: &app::App, command: &ModuleCommand) -> Result<String> {
    match command {
        ModuleCommand::Install { source, unsigned } => install(app, Path::new(source), *unsigned).await,
        ModuleCommand::List => {
            let releases = app.releases().await?;
            if releases.is_empty() {
                return Ok("nothing is installed; run: frontdesk module install FILE".to_owned());
            }
            let line =
                |release: &Release| format!("{:<12} {:<8} {}", release.module, release.version, short(&release.digest));
            Ok(releases.iter().map(line).collect::<Vec<_>>().join("\n"))
        }
        ModuleCommand::Show { module } => {
            let releases = app.releases().await?;
            let release = releases.iter().find(|release| release.module == *module);
            Ok(about(&release.with_context(|| format!("no release of {module:?} is installed"))?.description))
        }
        ModuleCommand::Activate { tenant, module, digest, settings, grant } => {
            let config = settings.as_deref().map(serde_json::from_str).transpose().context("--settings is not JSON")?;
            let grants = (!grant.is_empty()).then_some(grant.as_slice());
            let switched = app.switch(tenant, module, digest.as_deref(), config, grants, app::OPERATOR).await?;
            let release = &switched.release;
            let told = format!("{tenant} runs {} {} ({})", release.module, release.version, short(&release.digest));
            let lines = [told]
                .into_iter()
                .chain(in_words(&release.description, &switched.grants, "may use"))
                .chain(in_words(&release.description, &switched.withheld, "was not granted"));
            Ok(lines.collect::<Vec<_>>().join("\n"))
        }
        ModuleCommand::Rollback { tenant } => {
            let back = app.roll_back(tenant, app::OPERATOR).await?;
            Ok(format!("{tenant} is back on {} ({})", back.module, short(&back.digest)))
        }
        ModuleCommand::Enable { tenant } => {
            app.turn_module(tenant, true, app::OPERATOR).await?;
            Ok(format!("{tenant}'s module is on"))
        }
        ModuleCommand::Disable { tenant } => {
            app.turn_module(tenant, false, app::OPERATOR).await?;
            Ok(format!("{tenant}'s module is off; the core answers alone"))
        }
        ModuleCommand::Usage { tenant, days } => usage(app, tenant.as_deref(), *days).await,
        ModuleCommand::Automations { tenant, key, turn } => {
            if let (Some(key), Some(turn)) = (key, turn) {
                app.set_automation(tenant, key, turn == "on").await?;
            }
            let line = |(automation, runs): &(domain::vertical::Automation, bool)| {
                let title = domain::vertical::describing::in_language(&automation.title, "en").unwrap_or_default();
                format!("{:<20} {:<4} {title}", automation.key, if *runs { "on" } else { "off" })
            };
            Ok(app.automations(tenant).await?.iter().map(line).collect::<Vec<_>>().join("\n"))
        }
        ModuleCommand::Rehearse { tenant, module, digest, settings, days, json } => {
            let config = settings.as_deref().map(serde_json::from_str).transpose().context("--settings is not JSON")?;
            let rehearsal = app.rehearse(tenant, module, digest.as_deref(), config, *days).await?;
            if *json { Ok(serde_json::to_string(&rehearsal)?) } else { Ok(reported(&rehearsal)) }
        }
        ModuleCommand::Canary(command) => canary::carry_out(app, command).await,
        ModuleCommand::Pin { tenant } => {
            app.pin_module(tenant, true, canary::BY).await?;
            Ok(format!("{tenant} stays on the release it has"))
        }
        ModuleCommand::Unpin { tenant } => {
            app.pin_module(tenant, false, canary::BY).await?;
            Ok(format!("{tenant} is pinned no more"))
        }
        ModuleCommand::Keygen { .. } | ModuleCommand::Sign { .. } => Err(anyhow!("this needs no server")),
    }
}

async fn install(app: &app::App, file: &Path, unsigned: bool) -> Result<String> {
    let package = package::read(file)?;
    let voucher = match package.seal {
        Some(seal) => Voucher::Publisher(seal),
        None if unsigned => Voucher::Operator,
        None => return Err(modules::SealError::Unsigned.into()),
    };
    let release = app.install(&package.bytes, &voucher, app::OPERATOR).await?;
    let told = format!("installed {} {} as {}", release.module, release.version, short(&release.digest));
    let all: Vec<String> = release.description.capabilities.iter().flat_map(|wanted| wanted.grants()).collect();
    let lines = [told].into_iter().chain(in_words(&release.description, &all, "asks for"));
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

async fn usage(app: &app::App, tenant: Option<&str>, days: u32) -> Result<String> {
    let rows = match tenant {
        Some(tenant) => app.module_usage(tenant, days).await?,
        None => app.usage(days).await?,
    };
    let width = rows.iter().map(|row| row.tenant.len()).chain(["tenant".len()]).max().unwrap_or_default();
    let head = format!(
        "{:<width$} {:<12} {:<12} {:>8} {:>8} {:>10} {:>10} {:>10} {:>12}",
        "tenant", "module", "function", "calls", "failed", "cpu ms", "questions", "their KiB", "memory KiB"
    );
    let line = |row: &UsageRow| {
        format!(
            "{:<width$} {:<12} {:<12} {:>8} {:>8} {:>10} {:>10} {:>10} {:>12}",
            row.tenant,
            row.module,
            row.function,
            row.calls,
            row.failures,
            row.cpu_us / 1_000,
            row.host_calls,
            row.host_bytes / 1_024,
            row.peak_memory_bytes / 1_024
        )
    };
    Ok([head].into_iter().chain(rows.iter().map(line)).collect::<Vec<_>>().join("\n"))
}

fn reported(rehearsal: &app::Rehearsal) -> String {
    let head = format!(
        "{} visits asked of {} and {}: {} differences",
        rehearsal.visits,
        short(&rehearsal.running),
        short(&rehearsal.candidate),
        rehearsal.differences.len()
    );
    let line = |difference: &app::Difference| {
        format!(
            "  {} {}\n    now   {}\n    then  {}",
            difference.booking, difference.what, difference.before, difference.after
        )
    };
    [head].into_iter().chain(rehearsal.differences.iter().map(line)).collect::<Vec<_>>().join("\n")
}

/// Grants as sentences: what for, in the module's own words.
fn in_words(description: &Description, grants: &[String], verb: &str) -> Vec<String> {
    let sentence = |grant: &String| {
        let name = grant.split(':').next().unwrap_or_default();
        let reason = description.capabilities.iter().find(|wanted| wanted.name == name).map(|wanted| &wanted.reason);
        format!("  {verb} {grant}: {}", reason.map_or("", String::as_str))
    };
    grants.iter().map(sentence).collect()
}

fn about(description: &Description) -> String {
    let title = domain::vertical::describing::in_language(&description.title, "en").unwrap_or_default();
    let count = |number: usize, what: &str| format!("  {number} {what}");
    let lines = [
        format!("{} {} {title}", description.name, description.version),
        format!("  speaks {}", description.languages.join(", ")),
        count(description.starter_services.len(), "services to start with"),
        count(description.tools.len(), "tools"),
        count(description.dialogs.len(), "dialogs"),
        count(description.forms.len(), "forms"),
        count(description.automations.len(), "automations"),
        format!("  settings {}", description.config_schema),
    ];
    let all: Vec<String> = description.capabilities.iter().flat_map(|wanted| wanted.grants()).collect();
    lines.into_iter().chain(in_words(description, &all, "asks for")).collect::<Vec<_>>().join("\n")
}

/// The server may stand in another folder than whoever types.
fn absolute(command: ModuleCommand) -> Result<ModuleCommand> {
    let ModuleCommand::Install { source, unsigned } = command else { return Ok(command) };
    install_order(&package::locate(&source)?, unsigned)
}

fn install_order(file: &Path, unsigned: bool) -> Result<ModuleCommand> {
    let source = file.to_str().with_context(|| format!("{} is not UTF-8", file.display()))?.to_owned();
    Ok(ModuleCommand::Install { source, unsigned })
}

fn short(digest: &str) -> String {
    digest.chars().take(12).collect()
}

/// Installs the built modules a demo needs; the operator who built them vouches for them.
pub(crate) async fn install_built(desk: &Desk, folder: &Path, names: &[&str]) -> Result<()> {
    for name in names {
        let file = folder.join(format!("{name}.wasm"));
        let bytes = std::fs::read(&file)
            .with_context(|| format!("cannot read {}; run: cargo xtask modules", file.display()))?;
        desk.install(bytes).await?;
    }
    Ok(())
}
