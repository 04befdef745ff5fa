//! One seed in the making: what is set up for it, who writes, what goes wrong meanwhile, and how it comes to rest.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use anyhow::Result;
use app::tasks::Tasks;
use tokio::{sync::mpsc::UnboundedReceiver, time::Instant};
use uuid::Uuid;

use super::{
    Trial,
    chance::Chance,
    commits::CommitLine,
    customers,
    door::Door,
    house::{Engine, Flat, House},
    ledger::Ledger,
    nats::NatsServer,
    nemesis::{self, Fault},
    node::Node,
    noise,
    provider::{Provider, Status},
    proxy::Proxy,
    tls::Certificates,
};

/// How long everything may take to come to rest after the storm.
const REST: Duration = Duration::from_secs(45);
/// How long a node that stopped itself stands still: well past its lease, and past the time its transactions live.
const STOPPED: Duration = Duration::from_secs(12);
/// Time passes for reminders.
const PULL: &str = "UPDATE jobs SET run_us = 1 WHERE kind = 'remind' AND state = 'queued' AND run_us > 1";

/// One seed in the making.
pub(crate) struct Stage {
    pub(crate) trial: Trial,
    pub(crate) engine: Engine,
    pub(crate) flat: Flat,
    pub(crate) nodes: Arc<Vec<Node>>,
    pub(crate) provider: Arc<Provider>,
    pub(crate) proxy: Proxy,
    pub(crate) door: Arc<Door>,
    pub(crate) tasks: Arc<Tasks>,
    pub(crate) nats: Option<NatsServer>,
    pub(crate) commits: Option<CommitLine>,
    /// When what this seed is about began, and when it was over, if answers before, during and after are compared.
    pub(crate) marks: Mutex<Vec<Instant>>,
}

impl Stage {
    pub(crate) async fn set(house: &House, trial: Trial) -> Result<Self> {
        let (fault, chance) = (trial.fault, Chance::new(trial.seed));
        let tasks = Arc::new(Tasks::default());
        let flat = house.flat(trial.seed, fault)?;
        let (report, reports) = tokio::sync::mpsc::unbounded_channel::<Status>();
        // Nobody listens any more when the seed is over.
        let statuses = Arc::new(move |status| drop(report.send(status)));
        let manner = fault.manner(trial.echo);
        let manner = trial.broken.map_or(manner.clone(), |broken| broken.mannered(manner));
        let provider = Arc::new(Provider::open(chance.part("provider"), manner, &tasks, statuses).await?);
        let authority = flat.folder.path().join("authority.pem");
        let certificates = if fault == Fault::Tls { Some(Certificates::make(&authority)?) } else { None };
        let trespassers = Arc::clone(&provider.trespassers);
        let address = provider.address.clone();
        let proxy = Proxy::before(address, certificates, trespassers, chance.part("proxy"), &tasks).await?;
        let nats = if fault == Fault::Doorbell { Some(NatsServer::start()?) } else { None };
        let unknown = fault == Fault::CommitUnknown;
        let part = chance.part("commits");
        let commits = if unknown { Some(CommitLine::before(&flat.database, part, &tasks).await?) } else { None };
        let database = commits.as_ref().map_or(&flat.database, |line| &line.url);
        if fault == Fault::Noise {
            noise::settle(&flat).await?;
        }
        let mut nodes = Vec::new();
        for number in 0..fault.nodes(house.engine) {
            let name = if number == 0 { "data".to_owned() } else { format!("data{number}") };
            let mut more = vec![("FRONTDESK_WORD_WAIT_SECONDS", trial.word_wait().as_secs().to_string())];
            more.extend(trial.broken.and_then(super::Broken::environment));
            more.extend(nats.as_ref().map(|nats| ("FRONTDESK_DOORBELL", nats.url())));
            if fault == Fault::Doorbell && number == 0 {
                // What arrives at the one node is worked on by the other, which must hear of it.
                more.push(("FRONTDESK_WORK", "false".to_owned()));
            }
            if fault == Fault::Tls {
                more.push(("SSL_CERT_FILE", authority.display().to_string()));
            }
            let recipe = flat.recipe_on(database, &name, &proxy.url, &more)?;
            let arms = if number == 0 || trial.kills { trial.arms(&mut chance.part(&name)) } else { Vec::new() };
            nodes.push(Node::start(recipe, arms, &tasks));
        }
        let nodes = Arc::new(nodes);
        let door = Arc::new(Door {
            nodes: Arc::clone(&nodes),
            first_only: fault == Fault::Doorbell,
            path: house.path.clone(),
            number: house.number.clone(),
            secret: house.secret.clone(),
            told: Arc::default(),
            chance: Arc::new(Mutex::new(chance.part("door"))),
            tasks: Arc::clone(&tasks),
            copies: fault.copies(),
        });
        carry_reports(reports, &door, &tasks);
        let engine = house.engine;
        let marks = Mutex::default();
        Ok(Self { trial, engine, flat, nodes, provider, proxy, door, tasks, nats, commits, marks })
    }

    /// People write, things go wrong, time passes for reminders, something is said that must not be doubled.
    pub(crate) async fn storm(&self) -> Result<()> {
        let (trial, chance) = (self.trial, Chance::new(self.trial.seed));
        let until = Instant::now() + trial.storm;
        let writing = Arc::new(Tasks::default());
        let habits = trial.habits();
        for person in 0..habits.people {
            let (door, provider) = (Arc::clone(&self.door), Arc::clone(&self.provider));
            let chance = chance.part(&format!("person{person}"));
            writing.spawn("person", customers::write(person, trial.seed, habits, until, door, provider, chance));
        }
        let striking = nemesis::strike(self, until, chance.part("nemesis"));
        let (struck, meddled) = tokio::join!(striking, self.meddle(until));
        struck?;
        meddled?;
        // Everybody finishes what they had to say: providers retry for days.
        tokio::join!(writing.drain(Duration::from_secs(60)), self.go_on_later());
        Ok(())
    }

    /// A node that stopped itself when nobody wakes nodes any more.
    async fn go_on_later(&self) {
        if self.trial.fault == Fault::Pause {
            tokio::time::sleep(STOPPED).await;
            for node in self.nodes.iter() {
                // One that is not there needs no waking.
                let _woken = node.signal("CONT").await;
            }
        }
    }

    async fn meddle(&self, until: Instant) -> Result<()> {
        let mut ids = Chance::new(self.trial.seed).part("ids");
        let mut id = || Uuid::from_u64_pair(ids.number(), ids.number());
        let (mut number, mut poisoned) = (0, self.trial.fault != Fault::Poison);
        // On a busy machine one round may be all that fits: what the fault is about happens all the same.
        while Instant::now() < until || !poisoned {
            tokio::time::sleep(Duration::from_millis(600)).await;
            number += 1;
            // A database that is locked, full or gone is what some faults are about.
            let Ok(mut ledger) = Ledger::open(&self.flat.database).await else { continue };
            let _queued = ledger.enqueue_never_doubled(id(), id(), &format!("once:{number}")).await;
            let _pulled = ledger.run(PULL).await;
            if !poisoned {
                poisoned = ledger.poison().await?;
            }
        }
        Ok(())
    }

    /// Waits until nothing is left to do; what is left after that is a violation.
    pub(crate) async fn rest(&self) -> Result<Vec<String>> {
        // Six seconds lie between two messages to somebody who was complained about.
        let until = Instant::now() + if self.trial.fault == Fault::Throttled { REST * 3 } else { REST };
        let mut quiet = 0;
        loop {
            let left = match Ledger::open(&self.flat.database).await {
                // Every reminder comes due before the end.
                Ok(mut ledger) if quiet == 2 => {
                    ledger.run(PULL).await?;
                    ledger.restless().await?
                }
                Ok(mut ledger) => ledger.restless().await.unwrap_or_else(|_gone| vec![("databases".to_owned(), 1)]),
                Err(_gone) => vec![("databases".to_owned(), 1)],
            };
            for node in self.nodes.iter().filter(|_| self.trial.fault == Fault::Pause) {
                // It may have stopped at its failpoint only now.
                node.signal("CONT").await?;
            }
            // Statuses are on their way for a moment after everything was sent.
            quiet = if left.is_empty() { quiet + 1 } else { 0 };
            if quiet >= 4 {
                return Ok(Vec::new());
            }
            if Instant::now() > until {
                return Ok(left.into_iter().map(|(what, many)| format!("I10: {many} {what} still wait")).collect());
            }
            tokio::time::sleep(Duration::from_millis(120)).await;
        }
    }
}

fn carry_reports(mut reports: UnboundedReceiver<Status>, door: &Arc<Door>, tasks: &Arc<Tasks>) {
    let (door, own) = (Arc::clone(door), Arc::clone(tasks));
    tasks.spawn("statuses", async move {
        while let Some(status) = reports.recv().await {
            let door = Arc::clone(&door);
            own.spawn("status", async move { door.report(status).await });
        }
    });
}
