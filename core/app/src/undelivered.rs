//! What did not get through: messages parked or failed, events and jobs set aside, and taking them up again.

use domain::{ConversationId, JobId, OutboxId, delivery::OutboxState};
use jiff::Timestamp;
use serde::Serialize;

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
    /// To be handed back to [`App::take_up_again`].
    pub id: String,
    pub kind: UndeliveredKind,
    pub reason: String,
    pub conversation: Option<ConversationId>,
    /// What was to be said, what arrived, or the job's kind.
    pub text: String,
    pub at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UndeliveredKind {
    /// Nobody knows whether it left, or it must wait.
    Parked,
    /// The provider will not take it.
    Failed,
    /// What arrived could not be worked on.
    Event,
    Job,
}

impl App {
    /// The newest of each kind first.
    pub async fn undelivered(&self, clerk: &Clerk) -> Result<Vec<UndeliveredItem>, AppError> {
        let mut tx = self.store.read(clerk.tenant).await?;
        let mut items = Vec::new();
        for row in store::outbox::undelivered(&mut tx, None, MOST).await? {
            let parked = row.state == OutboxState::Parked;
            items.push(UndeliveredItem {
                id: row.id.to_string(),
                kind: if parked { UndeliveredKind::Parked } else { UndeliveredKind::Failed },
                reason: row.reason,
                conversation: Some(row.conversation),
                text: row.body.words().to_owned(),
                at: Some(row.queued_at),
            });
        }
        for row in store::inbox::dead(&mut tx, None, MOST).await? {
            let (reason, text) = match &row.inbound {
                Some(_) => ("it kept failing", "an event"),
                None => ("it does not open", ""),
            };
            items.push(UndeliveredItem {
                id: format!("{EVENT}{}", row.seq),
                kind: UndeliveredKind::Event,
                reason: reason.to_owned(),
                conversation: None,
                text: text.to_owned(),
                at: Some(row.received_at),
            });
        }
        for row in store::jobs::dead(&mut tx, None, MOST).await? {
            items.push(UndeliveredItem {
                id: row.id.to_string(),
                kind: UndeliveredKind::Job,
                reason: row.reason,
                conversation: None,
                text: row.kind,
                at: None,
            });
        }
        Ok(items)
    }

    /// Sends, works on or runs it once more. What is not set aside (any more) is not found.
    pub async fn take_up_again(&self, clerk: &Clerk, id: &str) -> Result<(), AppError> {
        let mut tx = self.store.write(clerk.tenant).await?;
        let again = if let Ok(message) = id.parse::<OutboxId>() {
            store::outbox::release(&mut tx, message).await?
        } else if let Ok(job) = id.parse::<JobId>() {
            store::jobs::revive(&mut tx, job).await?
        } else if let Some(seq) = id.strip_prefix(EVENT).and_then(|number| number.parse().ok()) {
            store::inbox::revive(&mut tx, seq).await?
        } else {
            false
        };
        if !again {
            return Err(AppError::NotFound);
        }
        store::audit::append(&mut tx, &clerk.member.to_string(), "taken_up_again", id).await?;
        tx.commit().await?;
        self.wake_lanes();
        self.ring();
        Ok(())
    }
}
