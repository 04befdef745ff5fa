//! `cargo xtask bench hostile`: eight businesses whose modules attack, in the real server beside two that work.
//!
//! Prints what each attack came to and what its customer read, and how long the other businesses' turns took alone,
//! beside eight honest businesses whose customers write again and again, and beside eight that attack: what the second
//! costs is their work, what the third costs beyond it are the attacks. Whoever is taken back after three strikes is
//! switched on again, so that the attack never ends, and the honest are switched as often. The times of a busy machine
//! drift: the three runs are made round after round, and what is told is of all rounds together.
//! The first argument is the number of rounds instead of 5; names of attacks after it leave out the others, so that the
//! eight share them: which one costs what.
//!
//! Needs: modules.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a measurement that cannot go on must stop there and then"
)]

use std::{
    sync::Arc,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    time::{Duration, Instant},
};

use domain::{
    Currency, Language, ReleaseId, TenantId,
    vertical::{Activated, CallContext, Draft, NoDesk, Vertical as _},
};
use testkit::{TestApp, TestPhone, component};

const ATTACKS: [&str; 13] = [
    "spin",
    "grow",
    "recurse",
    "huge",
    "many",
    "log flood",
    "call flood",
    "memory flood",
    "trap",
    "malformed",
    "slow",
    "others",
    "ungranted",
];
const ATTACKERS: u32 = 8;
/// Between an answer and the next message of a neighbour's customers: 170,000 messages a day and neighbour at most.
/// Without it a full house is measured, whatever the modules do.
const GAP: Duration = Duration::from_millis(500);
/// The same for the two that are measured: some 600,000 messages a day each.
const PAUSE: Duration = Duration::from_millis(100);
/// Of each of the two, in one run.
const TURNS: u32 = 80;
const WISH: &str = "quiero corte y barba el jueves a las 12 con Luis";

fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap() / 1_024
}

/// What the host says of the attack itself.
async fn stopped(app: &TestApp, digest: &str, attack: &str) -> (String, Duration) {
    let activated = Activated {
        tenant: TenantId(uuid::Uuid::from_u128(77)),
        module: "hostile".into(),
        release: ReleaseId(uuid::Uuid::nil()),
        digest: digest.into(),
        config: attack.into(),
        grants: vec!["memory".into()],
        data_version: 0,
        plan: domain::plan::Plan::default(),
    };
    let context = CallContext {
        language: Language::English,
        zone: "UTC".into(),
        now: jiff::Timestamp::UNIX_EPOCH,
        currency: Currency::MXN,
        request: "bench".into(),
    };
    let draft = Draft {
        items: vec![],
        start: None,
        end: None,
        party: 1,
        customer: None,
        fields: std::collections::BTreeMap::new(),
    };
    let begun = Instant::now();
    let said = match app.host.quote(&activated, &context, &draft, Arc::new(NoDesk)).await {
        Ok(quotation) => {
            let labels = quotation.lines.iter().map(|line| format!("{:?}", line.label));
            format!("answered {}", labels.collect::<Vec<_>>().join(", "))
        }
        Err(error) => error.to_string(),
    };
    (said.chars().take(60).collect(), begun.elapsed())
}

/// What each comes to, and what a customer of the business that runs it reads.
async fn each_attack(app: &TestApp, digest: &str) {
    println!("{:<13} {:>9}  {:<62} the customer reads", "attack", "stopped", "what the host says");
    for attack in ATTACKS {
        let (said, took) = stopped(app, digest, attack).await;
        let slug = app.another("luz").await.unwrap();
        app.app.activate(&slug, "hostile", None, Some(attack.into())).await.unwrap();
        let phone = app.phone(&slug, "+525598760031", "Nora").unwrap();
        let answer = phone.chat(&["quiero un corte el jueves a las 12"]).await.unwrap();
        let read = ["te lo confirma el equipo", "Total"]
            .map(|part| answer.lines().find(|line| line.contains(part)).map(str::trim).unwrap_or_default().to_owned());
        println!("{attack:<13} {:>6.1} ms  {said:<62} {} {}", took.as_secs_f64() * 1e3, read[1], read[0]);
    }
}

/// Rounds of a run alone, beside work and beside attacks.
fn rounds() -> usize {
    std::env::args().nth(1).map_or(5, |rounds| rounds.parse().unwrap())
}

/// One for each attacker: those asked for, or all as far as they go.
fn chosen() -> Vec<String> {
    let asked: Vec<String> = std::env::args().skip(2).collect();
    assert!(asked.iter().all(|attack| ATTACKS.contains(&attack.as_str())), "one of {ATTACKS:?}");
    let attacks = if asked.is_empty() { ATTACKS.map(str::to_owned).to_vec() } else { asked };
    attacks.into_iter().cycle().take(usize::try_from(ATTACKERS).unwrap()).collect()
}

/// How long the turns of two working businesses took.
async fn turns(phones: [&TestPhone<'_>; 2]) -> Vec<Duration> {
    let talk = async |phone: &TestPhone<'_>| {
        let mut took = Vec::new();
        for turn in 0..TURNS {
            took.push(phone.timed(if turn % 2 == 0 { WISH } else { "no" }).await.unwrap());
            tokio::time::sleep(PAUSE).await;
        }
        took
    };
    let (mut all, more) = tokio::join!(talk(phones[0]), talk(phones[1]));
    all.extend(more);
    all
}

/// What was measured in all runs of a kind.
#[derive(Default)]
struct Runs {
    took: Vec<Duration>,
    /// Turns of the neighbours meanwhile.
    beside: u32,
    p99s: Vec<f64>,
}

impl Runs {
    fn add(&mut self, took: Vec<Duration>, beside: u32) {
        self.p99s.push(ms(&took, 99));
        self.took.extend(took);
        self.beside += beside;
    }
}

/// So many of a hundred took no longer.
fn ms(took: &[Duration], of_a_hundred: usize) -> f64 {
    let mut took = took.to_vec();
    took.sort();
    took[took.len() * of_a_hundred / 100].as_secs_f64() * 1e3
}

fn tell(alone: &Runs, work: &Runs, attack: &Runs) {
    println!(
        "\nturns of two other businesses ({} of each kind) p50 ms   p90 ms   p99 ms   p99 of each round",
        alone.took.len()
    );
    for (name, runs) in
        [("alone", alone), ("beside eight that work as much", work), ("beside eight that attack", attack)]
    {
        let each = runs.p99s.iter().map(|p99| format!("{p99:.0}")).collect::<Vec<_>>().join(" ");
        let [half, most, nearly] = [50, 90, 99].map(|share| ms(&runs.took, share));
        println!("  {name:<46} {half:>6.1}   {most:>6.1}   {nearly:>6.1}   {each}");
    }
    let p99 = |runs: &Runs| ms(&runs.took, 99);
    println!(
        "  {} turns of eight that work meanwhile, {} of eight that attack; p99 {:+.1} ms against those alone, {:+.1} ms against those that work",
        work.beside,
        attack.beside,
        p99(attack) - p99(alone),
        p99(attack) - p99(work)
    );
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let chosen = chosen();
    let app = TestApp::sqlite().await.unwrap();
    let bytes = component("hostile").unwrap();
    let installed = app.host.install(bytes.clone()).await.unwrap();
    app.app.keep_release(&installed.digest, &installed.description, &bytes).await.unwrap();

    each_attack(&app, &installed.digest).await;

    let other = app.another("luz").await.unwrap();
    let victims =
        [app.phone("luz", "+525598760041", "Inés").unwrap(), app.phone(&other, "+525598760042", "Rosa").unwrap()];
    let victims = [&victims[0], &victims[1]];
    let mut neighbours = Vec::new();
    for _ in 0..ATTACKERS {
        neighbours.push(app.another("luz").await.unwrap());
    }
    turns(victims).await;
    let baseline = resident_mib();
    let (ended, answered, highest) = (AtomicBool::new(false), AtomicU32::new(0), AtomicU32::new(0));
    let neighbour = async |place: u32, slug: &str, module: &str, config: Option<&str>| {
        let phone = app.phone(slug, "+525598760051", "Nora").unwrap();
        tokio::time::sleep(GAP * place / ATTACKERS).await;
        for turn in 0.. {
            if ended.load(Ordering::Relaxed) {
                break;
            }
            // One that attacks is taken back after three strikes, and its owner insists; the others' owners switch as often.
            if turn % 3 == 0 {
                app.app.activate(slug, module, None, config.map(Into::into)).await.unwrap();
            }
            phone.timed("quiero un corte el jueves a las 12").await.unwrap();
            answered.fetch_add(1, Ordering::Relaxed);
            highest.fetch_max(u32::try_from(resident_mib()).unwrap(), Ordering::Relaxed);
            tokio::time::sleep(GAP).await;
        }
    };
    let measured = async || {
        ended.store(false, Ordering::Relaxed);
        answered.store(0, Ordering::Relaxed);
        let took = turns(victims).await;
        ended.store(true, Ordering::Relaxed);
        (took, answered.load(Ordering::Relaxed))
    };
    let own = app.app.tenant_module("luz", Language::English).await.unwrap().unwrap().module;
    let (mut alone, mut work, mut attack) = (Runs::default(), Runs::default(), Runs::default());
    for _ in 0..rounds() {
        alone.add(turns(victims).await, 0);
        let honest = (0..).zip(&neighbours).map(|(place, slug)| neighbour(place, slug, &own, None));
        let ((took, beside), _) = tokio::join!(measured(), futures_util::future::join_all(honest));
        work.add(took, beside);
        let hostile = (0..)
            .zip(neighbours.iter().zip(&chosen))
            .map(|(place, (slug, attack))| neighbour(place, slug, "hostile", Some(attack)));
        let ((took, beside), _) = tokio::join!(measured(), futures_util::future::join_all(hostile));
        attack.add(took, beside);
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    tell(&alone, &work, &attack);
    println!(
        "memory: {baseline} MiB before, {} MiB at most, {} MiB after",
        highest.load(Ordering::Relaxed),
        resident_mib()
    );
    app.stop().await;
}
