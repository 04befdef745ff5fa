//! `cargo xtask bench hostile`: eight businesses whose modules attack, in the real server beside two that work.
//!
//! Prints what each attack came to and what its customer read, and how long the other businesses' turns took alone,
//! beside eight honest businesses whose customers write again and again, and beside eight that attack: what the second
//! costs is their work, what the third costs beyond it are the attacks. Whoever is taken back after three strikes is
//! switched on again, so that the attack never ends, and the honest are switched as often. The times of a busy machine
//! drift: the three runs are made round after round, and what is told is of all rounds together. A virtual machine's
//! processors may be lent to others, of whose pauses nothing is to be learnt: a turn in which that happened (`stolen` in
//! `/proc/stat`) is left out, and how many were is told.
//! Memory is that of this process. What it comes back to is what it was before the first attack, after as much honest work
//! as made it grow no more.
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
    sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
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
/// After all work, before memory is looked at.
const CALM: Duration = Duration::from_secs(2);
/// Rounds of honest work before the first attack, at most.
const WARM: usize = 12;
/// Of two of them together: no growth.
const LITTLE: u64 = 3;
/// Of each of the two, in one run.
const TURNS: u32 = 80;
const WISH: &str = "quiero corte y barba el jueves a las 12 con Luis";

fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap() / 1_024
}

/// What others have had of this machine's processors so far, in hundredths of a second.
fn stolen() -> u64 {
    let stat = std::fs::read_to_string("/proc/stat").unwrap();
    stat.lines().next().unwrap().split_whitespace().nth(8).unwrap().parse().unwrap()
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
        allowance: None,
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

/// The turns of the two businesses in one run.
struct Run {
    /// Those that had the processors all the time.
    took: Vec<Duration>,
    /// Of the others there were so many.
    disturbed: usize,
    /// Turns of the neighbours meanwhile.
    beside: u32,
    /// Resident at the end, and at most after any turn of a neighbour.
    mib: u64,
    highest: u64,
}

async fn turns(phones: [&TestPhone<'_>; 2]) -> Run {
    let talk = async |phone: &TestPhone<'_>| {
        let mut took = Vec::new();
        for turn in 0..TURNS {
            let before = stolen();
            let answered = phone.timed(if turn % 2 == 0 { WISH } else { "no" }).await.unwrap();
            if stolen() == before {
                took.push(answered);
            }
            tokio::time::sleep(PAUSE).await;
        }
        took
    };
    let (mut took, more) = tokio::join!(talk(phones[0]), talk(phones[1]));
    took.extend(more);
    let disturbed = usize::try_from(2 * TURNS).unwrap() - took.len();
    let mib = resident_mib();
    Run { took, disturbed, beside: 0, mib, highest: mib }
}

/// What was measured in all runs of a kind.
#[derive(Default)]
struct Runs {
    took: Vec<Duration>,
    disturbed: usize,
    beside: u32,
    mib: Vec<u64>,
    highest: u64,
}

impl Runs {
    fn add(&mut self, run: Run) {
        self.took.extend(run.took);
        self.disturbed += run.disturbed;
        self.beside += run.beside;
        self.mib.push(run.mib);
        self.highest = self.highest.max(run.highest);
    }
}

/// So many of a hundred took no longer; not a number when every turn was left out.
fn ms(took: &[Duration], of_a_hundred: usize) -> f64 {
    let mut took = took.to_vec();
    took.sort();
    took.get(took.len() * of_a_hundred / 100).map_or(f64::NAN, |took| took.as_secs_f64() * 1e3)
}

const KINDS: [&str; 3] = ["alone", "beside eight that work as much", "beside eight that attack"];

fn tell(kinds: &[Runs; 3]) {
    println!("\nturns of two other businesses                    p50 ms   p90 ms   p99 ms    turns   left out");
    for (name, runs) in KINDS.iter().zip(kinds) {
        let [half, most, nearly] = [50, 90, 99].map(|share| ms(&runs.took, share));
        let (counted, left_out) = (runs.took.len(), runs.disturbed);
        println!("  {name:<46} {half:>6.1}   {most:>6.1}   {nearly:>6.1}   {counted:>6}   {left_out:>8}");
    }
    let [alone, work, attack] = kinds.each_ref().map(|runs| ms(&runs.took, 99));
    println!(
        "  {} turns of eight that work meanwhile, {} of eight that attack; p99 {:+.1} ms against those alone, {:+.1} ms against those that work",
        kinds[1].beside,
        kinds[2].beside,
        attack - alone,
        attack - work
    );
}

/// What is known of the neighbours in one run.
#[derive(Default)]
struct Street {
    ended: AtomicBool,
    answered: AtomicU32,
    highest: AtomicU64,
}

/// Two businesses that are measured, and eight beside them.
struct House<'a> {
    app: &'a TestApp,
    measured: [&'a TestPhone<'a>; 2],
    neighbours: &'a [String],
    /// The module the neighbours run when they work.
    own: String,
}

impl House<'_> {
    /// Resident after each round of honest work, until two in a row added next to nothing: SQLite keeps the pages it has
    /// read, up to a bound, and a house that nobody has used yet has read few.
    async fn settled(&self) -> Vec<u64> {
        let mut mib = Vec::new();
        while mib.len() < WARM && !mib.windows(3).any(|last| last[2] <= last[0] + LITTLE) {
            self.quiet().await;
            self.beside(None).await;
            tokio::time::sleep(CALM).await;
            mib.push(resident_mib());
        }
        mib
    }

    async fn quiet(&self) -> Run {
        turns(self.measured).await
    }

    /// Every neighbour attacks, or they all work.
    async fn beside(&self, attacks: Option<&[String]>) -> Run {
        let street = Street::default();
        let all = self.neighbours.iter().enumerate().map(|(place, slug)| {
            let attack = attacks.map(|attacks| attacks[place].as_str());
            self.neighbour(&street, u32::try_from(place).unwrap(), slug, attack)
        });
        let measured = async {
            let run = self.quiet().await;
            street.ended.store(true, Ordering::Relaxed);
            run
        };
        let (run, _) = tokio::join!(measured, futures_util::future::join_all(all));
        Run { beside: street.answered.into_inner(), highest: street.highest.into_inner(), ..run }
    }

    async fn neighbour(&self, street: &Street, place: u32, slug: &str, attack: Option<&str>) {
        let module = if attack.is_some() { "hostile" } else { &self.own };
        let phone = self.app.phone(slug, "+525598760051", "Nora").unwrap();
        tokio::time::sleep(GAP * place / ATTACKERS).await;
        for turn in 0.. {
            if street.ended.load(Ordering::Relaxed) {
                break;
            }
            // One that attacks is taken back after three strikes, and its owner insists; the others' owners switch as often.
            if turn % 3 == 0 {
                self.app.app.activate(slug, module, None, attack.map(Into::into)).await.unwrap();
            }
            phone.timed("quiero un corte el jueves a las 12").await.unwrap();
            street.answered.fetch_add(1, Ordering::Relaxed);
            street.highest.fetch_max(resident_mib(), Ordering::Relaxed);
            tokio::time::sleep(GAP).await;
        }
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let chosen = chosen();
    let app = TestApp::sqlite().await.unwrap();
    let bytes = component("hostile").unwrap();
    let installed = app.host.install(bytes.clone()).await.unwrap();
    app.app.keep_release(&installed.digest, &installed.description, &bytes).await.unwrap();

    let other = app.another("luz").await.unwrap();
    let phones =
        [app.phone("luz", "+525598760041", "Inés").unwrap(), app.phone(&other, "+525598760042", "Rosa").unwrap()];
    let mut neighbours = Vec::new();
    for _ in 0..ATTACKERS {
        neighbours.push(app.another("luz").await.unwrap());
    }
    let own = app.app.tenant_module("luz", Language::English).await.unwrap().unwrap().module;
    let house = House { app: &app, measured: [&phones[0], &phones[1]], neighbours: &neighbours, own };

    let before = house.settled().await;
    each_attack(&app, &installed.digest).await;
    let mut kinds = [Runs::default(), Runs::default(), Runs::default()];
    for _ in 0..rounds() {
        let round = [house.quiet().await, house.beside(None).await, house.beside(Some(&chosen)).await];
        for (run, runs) in round.into_iter().zip(&mut kinds) {
            runs.add(run);
        }
    }
    tokio::time::sleep(CALM).await;
    let after = resident_mib();
    tell(&kinds);
    println!("\nresident memory: {before:?} MiB after each round of honest work before any attack, {after} after all");
    for (name, runs) in KINDS.iter().zip(&kinds) {
        println!("  {name:<46} {:>4} at most, {:?} at the end of each round", runs.highest, runs.mib);
    }
    app.stop().await;
}
