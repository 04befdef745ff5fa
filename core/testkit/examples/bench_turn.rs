//! `cargo xtask bench turn`: a customer writes, and how long the answer takes that a hold and two calls of a module are
//! part of, on both engines beside the least a durable write takes there.
//!
//! Everything is there that a message passes: a signed post over HTTP, the lane, the assistant, the module, one
//! transaction, the way out over HTTP, and the phone. Only the wait for a burst's next message is turned off. A phone
//! looks every two milliseconds, which is part of what is told. Processor time and changes of threads are of the whole
//! process, the simulated provider and the statuses it reports included; on a machine with neighbours they say more than
//! the clock.
//!
//! The first argument is the number of turns instead of 300, the second an engine to leave out the other.
//!
//! Needs: PostgreSQL, modules.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a measurement that cannot go on must stop there and then"
)]

use std::time::{Duration, Instant};

use domain::TenantId;
use frontdesk::config::Config;
use testkit::TestApp;

const WISH: &str = "quiero corte y barba el jueves a las 12 con Luis";
/// Turns before any is timed.
const WARM: u32 = 20;

/// By this process so far: processor time in the kernel's hundredths of a second, and how often a thread waited.
struct Spent {
    cpu: Duration,
    switches: u64,
}

fn spent() -> Spent {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    let waits = threads.map(|thread| {
        let status = std::fs::read_to_string(thread.unwrap().path().join("status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        line.map_or(0, |number| number.trim().parse::<u64>().unwrap())
    });
    Spent { cpu: Duration::from_millis(ticks * 10), switches: waits.sum() }
}

fn ms(took: &[Duration], of_a_hundred: usize) -> f64 {
    let mut took = took.to_vec();
    took.sort();
    took[took.len() * of_a_hundred / 100].as_secs_f64() * 1e3
}

async fn owner(app: &TestApp) -> TenantId {
    let token = app.app.login("sofia@luz.example", "frontdesk-demo", "bench").await.unwrap().token;
    app.app.session(&token).await.unwrap().unwrap().tenant.unwrap().id
}

/// One row in a transaction of its own, on disk.
async fn durable(app: &TestApp, tenant: TenantId) -> Duration {
    let begun = Instant::now();
    let mut tx = app.app.store().write(tenant).await.unwrap();
    store::events::push(&mut tx, "bench", tenant).await.unwrap();
    tx.commit().await.unwrap();
    begun.elapsed()
}

async fn measure(name: &str, app: TestApp, turns: u32) {
    let tenant = owner(&app).await;
    let phone = app.phone("luz", "+525598760041", "Inés").unwrap();
    let line = |turn: u32| if turn.is_multiple_of(2) { WISH } else { "no" };
    for turn in 0..WARM {
        phone.timed(line(turn)).await.unwrap();
    }
    let (mut took, mut floor, mut cpu, mut switches) = (Vec::new(), Vec::new(), Duration::ZERO, 0);
    for turn in 0..turns * 2 {
        let before = spent();
        let answered = phone.timed(line(turn)).await.unwrap();
        // What follows the answer is part of its price: it is on its way for a moment after it is seen.
        tokio::time::sleep(Duration::from_millis(60)).await;
        let after = spent();
        cpu += after.cpu - before.cpu;
        switches += after.switches.saturating_sub(before.switches);
        // Letting go of the hold is the way back to the beginning, and not what is asked for.
        if turn.is_multiple_of(2) {
            took.push(answered);
            floor.push(durable(&app, tenant).await);
        }
    }
    let [half, most, nearly] = [50, 90, 99].map(|share| ms(&took, share));
    let least = ms(&floor, 50);
    println!(
        "{name:<11} {half:>6.1} {most:>6.1} {nearly:>6.1}   {least:>6.2}   {:>+6.1}   {:>6.1} ms  {:>6}",
        half - least,
        cpu.as_secs_f64() * 1e3 / f64::from(turns * 2),
        switches / u64::from(turns * 2)
    );
    app.stop().await;
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let turns: u32 = arguments.next().map_or(300, |turns| turns.parse().unwrap());
    let only = arguments.next();
    let at_once = |config| Config { burst_ms: 0, ..config };
    println!("            turn, ms               durable    above   each of all turns, hold and letting go");
    println!("            p50    p90    p99      write p50  it      processor  thread switches");
    if only.as_deref() != Some("postgres") {
        measure("SQLite", TestApp::sqlite_with(at_once).await.unwrap(), turns).await;
    }
    if only.as_deref() != Some("sqlite") {
        measure("PostgreSQL", TestApp::postgres_with(at_once).await.unwrap(), turns).await;
    }
}
