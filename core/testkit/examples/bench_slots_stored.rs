//! `cargo xtask bench slots` goes on here: free starts from the database, with 1,000 and 1,000,000 bookings, 10 and
//! 10,000 tenants, on both engines. Asked is what the API asks: a fortnight of twenty people's openings for one service,
//! loaded and worked out anew each time. The ten tenants that are asked about look the same in each database, so that
//! what grows is only what lies behind and beside them. Rounds go from database to database in turn, so that all of them
//! have the same neighbours on the machine; growth is against the first line.
//!
//! Beside the whole stands what it is made of: `check`, the least a cache would have to ask (one row in a transaction of
//! its own), and `load`, everything the answer is worked out from.
//!
//! Needs: PostgreSQL.

mod stored;

use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use app::{
    App,
    view::{AvailabilityWish, Clerk},
};
use domain::{Language, MemberId, Span, TenantId, access::Role as Rank};
use frontdesk::{
    config::Config,
    wiring::{self, Role},
};
use jiff::{SignedDuration, ToSpan, tz::TimeZone};
use store::Store;
use stored::{Fullness, WATCHED, env, fill, tenant};

const CASES: [Fullness; 4] = [
    Fullness { tenants: 10, bookings: 1_000 },
    Fullness { tenants: 10_000, bookings: 1_000 },
    Fullness { tenants: 10, bookings: 1_000_000 },
    Fullness { tenants: 10_000, bookings: 1_000_000 },
];

/// A database, opened as the server opens it, and what was measured on it.
struct House {
    fullness: Fullness,
    app: Arc<App>,
    store: Store,
    whole: Vec<Duration>,
    load: Vec<Duration>,
    check: Vec<Duration>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut rounds = 300_u32;
    let mut engines = vec!["sqlite", "postgres"];
    let mut cases = CASES.to_vec();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--engine" => {
                let named = arguments.next().context("--engine needs sqlite or postgres")?;
                engines.retain(|engine| *engine == named);
            }
            "--most" => {
                let most: u32 = arguments.next().context("--most needs a number of bookings")?.parse()?;
                cases.retain(|case| case.bookings <= most);
            }
            number => rounds = number.parse().with_context(|| format!("{number} is no number of rounds"))?,
        }
    }
    for engine in engines {
        let folder = tempfile::Builder::new().prefix("fdslots").tempdir()?;
        let mut houses = Vec::new();
        for fullness in &cases {
            houses.push(build(engine, folder.path(), *fullness).await?);
        }
        for round in 0..rounds + 20 {
            for house in &mut houses {
                house.ask(tenant(round % WATCHED), round >= 20).await?;
            }
        }
        tell(engine, &mut houses)?;
        for house in houses {
            house.store.close().await;
        }
    }
    Ok(())
}

async fn build(engine: &str, folder: &Path, fullness: Fullness) -> Result<House> {
    let data: PathBuf = folder.join(format!("{}-{}", fullness.tenants, fullness.bookings));
    std::fs::create_dir(&data)?;
    let url = match engine {
        "sqlite" => format!("sqlite:{}", data.join("frontdesk.sqlite").display()),
        _ => pgtest::database()?,
    };
    let seconds = fill(&url, fullness).await?;
    writeln!(
        std::io::stderr(),
        "{engine}: {} bookings of {} tenants written in {seconds:.0} s",
        fullness.bookings,
        fullness.tenants
    )?;
    let config = Config { database: url, data_dir: data, ..Config::default() };
    let desk = wiring::build(&config, Role::default()).await?;
    Ok(House { fullness, app: desk.app, store: desk.store, whole: vec![], load: vec![], check: vec![] })
}

impl House {
    /// Asks once for each of the three; the first rounds warm up and do not count.
    async fn ask(&mut self, tenant: TenantId, counts: bool) -> Result<()> {
        let zone = TimeZone::get("America/Mexico_City")?;
        let first = zone.to_datetime(env().now()).date().checked_add(1.day())?;
        let wish = AvailabilityWish {
            services: vec!["long".into()],
            resource: None,
            first,
            last: first.checked_add(13.days())?,
            party: 1,
            limit: 100,
        };
        let clerk =
            Clerk { tenant, member: MemberId(uuid::Uuid::nil()), role: Rank::Owner, language: Language::Spanish };
        let begun = Instant::now();
        let openings = self.app.availability(&clerk, &wish).await?;
        let whole = begun.elapsed();
        ensure!(openings.len() == 100, "only {} openings", openings.len());
        let begun = Instant::now();
        let busy = self.load(tenant).await?;
        let load = begun.elapsed();
        ensure!(busy >= 90, "only {busy} stretches are taken");
        let begun = Instant::now();
        let mut tx = self.store.read(tenant).await?;
        store::tenants::own(&mut tx).await?;
        drop(tx);
        if counts {
            self.check.push(begun.elapsed());
            self.load.push(load);
            self.whole.push(whole);
        }
        Ok(())
    }

    /// What the app reads before it works anything out; how many stretches are taken.
    async fn load(&self, tenant: TenantId) -> Result<usize> {
        let now = env().now();
        let window = Span::new(now - SignedDuration::from_hours(48), now + SignedDuration::from_hours(92 * 24));
        let window = window.context("an empty window")?;
        let dates = [window.from(), window.to()].map(|at| TimeZone::UTC.to_datetime(at).date());
        let mut tx = self.store.read(tenant).await?;
        let own = store::tenants::own(&mut tx).await?;
        store::locations::all(&mut tx).await?;
        let busy = store::claims::touching(&mut tx, window).await?;
        store::hours::touching(&mut tx, dates[0], dates[1]).await?;
        store::resources::all(&mut tx).await?;
        store::blocks::touching(&mut tx, window).await?;
        store::services::all(&mut tx, own.currency).await?;
        store::activations::current(&mut tx).await?;
        Ok(busy.len())
    }
}

fn tell(engine: &str, houses: &mut [House]) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{:<9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>8} {:>8}",
        "engine", "bookings", "tenants", "check ms", "load ms", "p50 ms", "p99 ms", "p50 ×", "p99 ×"
    )?;
    let mut first = None;
    for house in houses {
        let (p50, p99) = (at(&mut house.whole, 50), at(&mut house.whole, 99));
        let (base50, base99) = *first.get_or_insert((p50, p99));
        writeln!(
            out,
            "{engine:<9} {:>9} {:>9} {:>9.2} {:>9.2} {p50:>9.2} {p99:>9.2} {:>8.2} {:>8.2}",
            house.fullness.bookings,
            house.fullness.tenants,
            at(&mut house.check, 50),
            at(&mut house.load, 50),
            p50 / base50,
            p99 / base99
        )?;
    }
    Ok(())
}

/// In milliseconds.
fn at(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    times.get(times.len() * percent / 100).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
}
