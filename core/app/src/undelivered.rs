//! What did not get through: messages parked or failed, events and jobs set aside, parts that could not be read.
//! Taking them up again, or putting them away.

use domain::{ConversationId, EventId, JobId, OutboxId, channel::Event, channel::Provider, delivery::OutboxState};
use jiff::Timestamp;
use serde::Serialize;
use store::{
    TenantTx,
    quarantine::{self, Closed, Owner},
    undelivered,
};

use crate::{
    App,
    view::{AppError, Clerk},
};

/// Of each kind, at most so many are listed: whoever has more has another trouble.
const MOST: u32 = 50;
/// Events have a number, not an id.
const EVENT: &str = "evt_";

/// Something that needs a person's decision.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UndeliveredItem {
    /// To be handed back to [`App::take_up_again`] or [`App::discard`].
    pub id: String,
    pub kind: UndeliveredKind,
    pub reason: String,
    pub conversation: Option<ConversationId>,
    /// What was to be said, what kind of thing arrived, or the job's kind.
    pub text: String,
    pub at: Option<Timestamp>,
    pub provider: Option<Provider>,
    /// Whose channel it came in on; told to the platform only.
    pub tenant: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UndeliveredKind {
    /// Nobody knows whether it left, or it must wait.
    Parked,
    /// The provider will not take it, or took it and could not deliver it.
    Failed,
    /// What arrived could not be worked on.
    Event,
    /// What arrived could not be read.
    Quarantined,
    Job,
}

/// How it went with all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Redriven {
    pub again: u32,
    /// Still where they were, each for a reason that asking for it alone tells.
    pub left: u32,
}

impl Redriven {
    /// One more, unless the trouble is of another kind than the item's own.
    pub(crate) fn count(&mut self, outcome: Result<(), AppError>) -> Result<(), AppError> {
        match outcome {
            Ok(()) => self.again += 1,
            Err(AppError::NotFound | AppError::Invalid { .. }) => self.left += 1,
            Err(other) => return Err(other),
        }
        Ok(())
    }
}

impl App {
    /// Of each kind the newest first.
    pub async fn undelivered(&self, clerk: &Clerk) -> Result<Vec<UndeliveredItem>, AppError> {
        let mut tx = self.store.read(clerk.tenant).await?;
        let mut items = Vec::new();
        for row in undelivered::all(&mut tx, None, MOST).await? {
            let parked = row.state == OutboxState::Parked;
            items.push(UndeliveredItem {
                conversation: Some(row.conversation),
                at: Some(row.queued_at),
                ..item(
                    row.id.to_string(),
                    if parked { UndeliveredKind::Parked } else { UndeliveredKind::Failed },
                    &row.reason,
                    row.body.plain(),
                )
            });
        }
        for row in store::inbox::dead(&mut tx, None, MOST).await? {
            let reason = match (&row.inbound, row.restored) {
                (None, _) => "it does not open",
                (Some(_), true) => "restored from a backup",
                (Some(_), false) => "it kept failing",
            };
            let what = row.inbound.as_ref().map_or("", |inbound| kind(&inbound.event));
            let id = format!("{EVENT}{}", row.seq);
            items.push(UndeliveredItem {
                at: Some(row.received_at),
                ..item(id, UndeliveredKind::Event, reason, what.to_owned())
            });
        }
        for row in store::jobs::dead(&mut tx, None, MOST).await? {
            items.push(item(row.id.to_string(), UndeliveredKind::Job, &row.reason, row.kind));
        }
        let held = quarantine::of_tenant(&mut tx, MOST).await?;
        drop(tx);
        for part in held {
            items.push(self.item(part).await?);
        }
        Ok(items)
    }

    /// Sends, works on, runs or reads it once more. What is not set aside (any more) is not found.
    pub async fn take_up_again(&self, clerk: &Clerk, id: &str) -> Result<(), AppError> {
        let mut tx = self.store.write(clerk.tenant).await?;
        if let Ok(part) = id.parse::<EventId>() {
            let held = quarantine::find(&mut tx, part, Owner::Tenant).await?.ok_or(AppError::NotFound)?;
            drop(tx);
            return self.reread(held, Owner::Tenant, &clerk.member.to_string()).await;
        }
        let again = if let Ok(message) = id.parse::<OutboxId>() {
            undelivered::release(&mut tx, message).await?
        } else if let Ok(job) = id.parse::<JobId>() {
            store::jobs::revive(&mut tx, job).await?
        } else if let Some(seq) = event(id) {
            store::inbox::revive(&mut tx, seq).await?
        } else {
            false
        };
        self.decided(tx, again, clerk, "taken_up_again", id).await
    }

    /// Each that is listed, once.
    pub async fn take_all_up_again(&self, clerk: &Clerk) -> Result<Redriven, AppError> {
        let mut redriven = Redriven::default();
        for item in self.undelivered(clerk).await? {
            redriven.count(self.take_up_again(clerk, &item.id).await)?;
        }
        Ok(redriven)
    }

    /// Puts it away for good.
    pub async fn discard(&self, clerk: &Clerk, id: &str) -> Result<(), AppError> {
        let mut tx = self.store.write(clerk.tenant).await?;
        let gone = if let Ok(part) = id.parse::<EventId>() {
            quarantine::close(&mut tx, part, Owner::Tenant, Closed::Discarded).await?
        } else if let Ok(message) = id.parse::<OutboxId>() {
            undelivered::discard(&mut tx, message).await?
        } else if let Ok(job) = id.parse::<JobId>() {
            store::jobs::discard(&mut tx, job).await?
        } else if let Some(seq) = event(id) {
            store::inbox::discard(&mut tx, seq).await?
        } else {
            false
        };
        self.decided(tx, gone, clerk, "discarded", id).await
    }

    async fn decided(
        &self,
        mut tx: TenantTx,
        done: bool,
        clerk: &Clerk,
        action: &str,
        id: &str,
    ) -> Result<(), AppError> {
        if !done {
            return Err(AppError::NotFound);
        }
        store::audit::append(&mut tx, &clerk.member.to_string(), action, id).await?;
        tx.commit().await?;
        self.wake_lanes();
        self.outgoing.notify_one();
        self.ring();
        Ok(())
    }
}

fn item(id: String, kind: UndeliveredKind, reason: &str, text: String) -> UndeliveredItem {
    let reason = reason.to_owned();
    UndeliveredItem { id, kind, reason, conversation: None, text, at: None, provider: None, tenant: None }
}

fn event(id: &str) -> Option<i64> {
    id.strip_prefix(EVENT)?.parse().ok()
}

/// What arrived, without what it says.
fn kind(event: &Event) -> &'static str {
    match event {
        Event::Message { .. } => "a customer's message",
        Event::Status { .. } => "a delivery report",
        Event::Echo { .. } => "a message written on the phone",
        Event::Template { .. } => "news of a template",
        Event::Other { .. } => "news of the account",
    }
}
