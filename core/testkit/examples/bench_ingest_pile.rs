//! `cargo xtask bench ingest` goes on here: one business has 50,000 messages waiting, each from somebody else; how long
//! do customers of another wait for their answer? Real server, real workers, real modules: from before the signed
//! webhook is posted to the answer on the customer's screen. The window in which fragments are gathered is set to 20 ms;
//! in the wild it adds itself. The same is measured before the pile arrives, and PostgreSQL takes its statistics then, as
//! it does on any quiet evening: the worst moment for them. The p95 to hold is 2 seconds.
//!
//! Needs: PostgreSQL, modules.

use std::{
    io::Write,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use domain::{
    Phone,
    channel::{Event, Inbound, Line, Provider, Sender},
    message::Body,
    simulator::Handset,
};
use sqlx::Connection;
use store::intake::{Arrival, Delivery, Intake};
use testkit::{TestApp, repository};

const PILE: u32 = 50_000;
/// Customers of the other business, one after the other.
const QUIET: u32 = 60;
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::main]
async fn main() -> Result<()> {
    let mut out = std::io::stdout();
    writeln!(
        out,
        "{:<9} {:>8} {:>8} {:>10} {:>10} {:>10} {:>10}",
        "engine", "pile", "left", "alone p50", "alone p95", "p50 ms", "p95 ms"
    )?;
    for engine in ["sqlite", "postgres"] {
        let folder = tempfile::tempdir()?;
        let database = match engine {
            "sqlite" => format!("sqlite:{}", folder.path().join("pile.sqlite").display()),
            _ => pgtest::database()?,
        };
        let app = TestApp::with_demo(database.clone(), &two_businesses()?).await?;
        let noisy = line(&app, "noisy").await?;
        let mut alone = ask(&app, 0).await?;
        if engine == "postgres" {
            let mut conn = sqlx::PgConnection::connect(&database).await?;
            sqlx::raw_sql("ANALYZE").execute(&mut conn).await?;
        }
        pile_up(&app, &noisy).await?;
        let mut beside = ask(&app, 1).await?;
        let left = waiting(&database, &noisy).await?;
        ensure!(left > 0, "the pile was gone before the others had their answers");
        writeln!(
            out,
            "{engine:<9} {PILE:>8} {left:>8} {:>10.0} {:>10.0} {:>10.0} {:>10.0}{}",
            at(&mut alone, 50),
            at(&mut alone, 95),
            at(&mut beside, 50),
            at(&mut beside, 95),
            if at(&mut beside, 95) > 2_000.0 { "  over the 2 s to hold" } else { "" }
        )?;
        app.stop().await;
    }
    Ok(())
}

/// The demo's first business twice, under two names.
fn two_businesses() -> Result<String> {
    let demo = std::fs::read_to_string(repository()?.join("demo/demo.toml"))?;
    let mut parts = demo.split("[[tenants]]\n");
    let (head, first) = parts.next().zip(parts.next()).context("the demo has no business")?;
    let named = |name: &str, number: u32| {
        let lines = first.lines().map(|line| match line.split_once(" = ").map_or("", |(key, _)| key) {
            "slug" => format!("slug = \"{name}\""),
            "number" => format!("number = \"+52555000100{number}\""),
            "phone_number_id" => format!("phone_number_id = \"70080090010099{number}\""),
            "email" => line.replace('@', &format!("@{name}.")),
            _ => line.to_owned(),
        });
        format!("[[tenants]]\n{}\n", lines.collect::<Vec<_>>().join("\n"))
    };
    Ok(format!("{head}{}{}", named("quiet", 1), named("noisy", 2)))
}

async fn line(app: &TestApp, slug: &str) -> Result<Line> {
    let mut tx = app.app.store().platform_read().await?;
    let tenants = store::tenants::all(&mut tx).await?;
    let tenant = tenants.into_iter().find(|tenant| tenant.slug == slug).context("no such business")?;
    let lines = store::channels::of_provider(&mut tx, Provider::Simulator).await?;
    lines.into_iter().find(|line| line.tenant == tenant.id).context("no such number")
}

/// Into the inbox in big deliveries: how it got there is not what is measured.
async fn pile_up(app: &TestApp, line: &Line) -> Result<()> {
    let (intake, writer) = Intake::new(app.app.store());
    let arrival = |number: u32| {
        let address = format!("5255{number:08}");
        let from = Sender { address: address.clone(), identities: Vec::new(), profile_name: "Pila".into() };
        let body = Body::text("hola, quiero cita para corte mañana a las once");
        Arrival {
            tenant: line.tenant,
            channel: line.id,
            peer: address,
            inbound: Inbound {
                provider_id: format!("pile.{number}"),
                external_id: line.external_id.clone(),
                at: app.app.env().now(),
                event: Event::Message { from, body, reply_to: None, referral: None },
            },
            gather: Duration::ZERO,
        }
    };
    let deliveries = async {
        for part in 0..PILE / 500 {
            let arrivals = (part * 500..(part + 1) * 500).map(arrival).collect();
            ensure!(intake.accept(Delivery { arrivals, quarantined: Vec::new() }).await, "a delivery was not stored");
        }
        drop(intake);
        Ok(())
    };
    let ((), delivered) = tokio::join!(writer.run(), deliveries);
    delivered
}

/// How long each customer of the quiet business waits for an answer.
async fn ask(app: &TestApp, round: u32) -> Result<Vec<Duration>> {
    let mut waits = Vec::new();
    for number in 0..QUIET {
        let phone = Phone::parse(&format!("+5233{:08}", round * 1_000 + number))?;
        let handset = Handset { phone, name: "Ana".into() };
        let begun = Instant::now();
        app.app.simulator_say("quiet", &handset, Body::text("hola, quiero cita para corte mañana a las once")).await?;
        while !app.app.simulator_screen("quiet", &handset.phone).await?.bubbles.iter().any(|seen| !seen.from_customer) {
            ensure!(begun.elapsed() < PATIENCE, "no answer in {PATIENCE:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        waits.push(begun.elapsed());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(waits)
}

/// How much of the pile nobody has read yet.
async fn waiting(database: &str, line: &Line) -> Result<i64> {
    const SQL: &str = "SELECT count(*) FROM inbox WHERE tenant_id = $1 AND state = 'new'";
    let (number,) = if database.starts_with("sqlite:") {
        let mut conn = sqlx::SqliteConnection::connect(database).await?;
        sqlx::query_as(SQL).bind(line.tenant.0).fetch_one(&mut conn).await?
    } else {
        let mut conn = sqlx::PgConnection::connect(database).await?;
        sqlx::query_as(SQL).bind(line.tenant.0).fetch_one(&mut conn).await?
    };
    Ok(number)
}

/// In milliseconds.
fn at(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    times.get(times.len() * percent / 100).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
}
