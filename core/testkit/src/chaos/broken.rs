//! Builds and databases that are wrong on purpose: each must be caught, by the invariant it is named for.

use std::time::Duration;

use anyhow::Result;
use domain::faults::Sabotage;

use super::{customers::Habits, house::Engine, ledger::Ledger, nemesis::Fault, node::Arm, provider::Manner};

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// The server does it wrong.
    Built(Sabotage),
    /// The database lets claims overlap, and nobody looks before taking: either alone prevents it.
    Unconstrained,
    /// Somebody edited the audit.
    Edited,
}

impl Broken {
    pub fn all() -> Vec<Self> {
        let built = Sabotage::ALL.into_iter().filter(|sabotage| *sabotage != Sabotage::LookAway);
        built.map(Self::Built).chain([Self::Unconstrained, Self::Edited]).collect()
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Built(sabotage) => sabotage.as_str(),
            Self::Unconstrained => "no_overlap_constraint",
            Self::Edited => "edited_audit",
        }
    }

    /// The checker that must catch it.
    pub fn invariant(self) -> &'static str {
        match self {
            Self::Built(Sabotage::AcknowledgeEarly) => "I1",
            Self::Built(Sabotage::ResendBlindly | Sabotage::ForgetToSend) => "I2",
            Self::Unconstrained | Self::Built(Sabotage::LookAway) => "I3",
            Self::Built(Sabotage::NewestFirst) => "I4",
            Self::Built(Sabotage::RemindAgain) => "I5",
            Self::Built(Sabotage::ForgetJobs) => "I6",
            Self::Built(Sabotage::IgnoreLease) => "I7",
            Self::Edited => "I9",
            Self::Built(Sabotage::Stall) => "I10",
            Self::Built(Sabotage::Panic) => "I11",
            Self::Built(Sabotage::LeaveOpen) => "I12",
        }
    }

    /// What must go wrong for it to show.
    pub fn fault(self) -> Fault {
        match self {
            // Dies where `arms` says. Under random kills most lives end before they come there.
            Self::Built(Sabotage::AcknowledgeEarly | Sabotage::ResendBlindly | Sabotage::RemindAgain) => {
                Fault::Failpoint
            }
            Self::Built(Sabotage::IgnoreLease) => Fault::Pause,
            Self::Built(Sabotage::NewestFirst) => Fault::Burst,
            _ => Fault::Reorder,
        }
    }

    /// Taking over a lane needs a second node.
    pub fn is_for(self, engine: Engine) -> bool {
        self != Self::Built(Sabotage::IgnoreLease) || engine == Engine::Postgres
    }

    pub(crate) fn environment(self) -> Option<(&'static str, String)> {
        match self {
            Self::Built(sabotage) => Some(("FRONTDESK_SABOTAGE", sabotage.as_str().to_owned())),
            Self::Unconstrained => Self::Built(Sabotage::LookAway).environment(),
            Self::Edited => None,
        }
    }

    pub(crate) fn arms(self) -> Option<Vec<Arm>> {
        let repeat = |what: &str| Some(vec![Arm::Failpoint(what.to_owned()); 3]);
        match self {
            Self::Built(Sabotage::AcknowledgeEarly) => repeat("arrival_read:3"),
            Self::Built(Sabotage::RemindAgain) => repeat("reminded:1"),
            Self::Built(Sabotage::ResendBlindly) => repeat("provider_answered:2"),
            Self::Built(Sabotage::IgnoreLease) => repeat("turn_taken:2:stop"),
            _ => None,
        }
    }

    pub(crate) fn habits(self) -> Option<Habits> {
        match self {
            // Everybody wants the same time at the same moment.
            Self::Unconstrained => Some(Habits { people: 10, lines: 1, gap: 1, rush: true, ..Habits::default() }),
            Self::Built(Sabotage::RemindAgain) => Some(Habits { people: 8, lines: 6, gap: 300, ..Habits::default() }),
            Self::Built(Sabotage::LeaveOpen) => Some(Habits { people: 6, lines: 12, gap: 100, ..Habits::default() }),
            _ => None,
        }
    }

    pub(crate) fn mannered(self, manner: Manner) -> Manner {
        // Word comes soon enough for who waits for it, and too late for who does not: a killed server's claim is over after
        // four seconds, and it may take as long again to come up on a busy machine.
        let late = if self == Self::Built(Sabotage::ResendBlindly) { 12 } else { 0 };
        Manner { late: Duration::from_secs(late), ..manner }
    }

    /// How long it is to wait for word, when not as usual.
    pub(crate) fn word_wait(self) -> Option<Duration> {
        (self == Self::Built(Sabotage::ResendBlindly)).then_some(Duration::from_secs(15))
    }

    pub(crate) async fn break_database(self, database: &str) -> Result<()> {
        if self != Self::Unconstrained {
            return Ok(());
        }
        let mut ledger = Ledger::open(database).await?;
        match &ledger {
            Ledger::Sqlite(_) => ledger.run("DROP TRIGGER claims_no_overlap").await?,
            Ledger::Postgres(_) => ledger.run("ALTER TABLE claims DROP CONSTRAINT claims_no_overlap").await?,
        };
        Ok(())
    }

    pub(crate) async fn break_afterwards(self, database: &str) -> Result<()> {
        if self == Self::Edited {
            Ledger::open(database).await?.run("UPDATE audit SET actor = 'somebody else' WHERE seq = 1").await?;
        }
        Ok(())
    }
}
