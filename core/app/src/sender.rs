//! Messages leave: claimed, journalled as `sending`, sent, settled.
//!
//! Invariant: a row in `sending` is never sent again without asking what became of it (`domain::delivery`).

use std::{sync::Arc, time::Duration};

use domain::{
    channel::{Accepted, Found, Outgoing},
    delivery::{DeliveryClass, OutboxState, SendFailure, Throttle, Ticks},
};
use store::outbox::{self, Claimed};

use crate::{App, tasks::Stop, view::AppError, workers::cause};

const IDLE: Duration = Duration::from_millis(500);
const AT_ONCE: u32 = 16;
const LEASE_SECONDS: i64 = 30;
/// How long a status may still tell us that an ambiguous send left.
const WAIT_FOR_WORD_US: i64 = 120_000_000;
/// After this many tries it is given up.
const TRIES: u32 = 8;

impl App {
    pub(crate) async fn send_all(self: Arc<Self>, mut stop: Stop) {
        while !stop.is_set() {
            match self.claim_outbox().await {
                Ok(rows) if rows.is_empty() => {
                    tokio::select! {
                        () = tokio::time::sleep(IDLE) => {}
                        () = self.outgoing.notified() => {}
                        () = stop.wait() => {}
                    }
                }
                Ok(rows) => {
                    let sends = rows.into_iter().map(|row| self.dispatch(row));
                    futures_util::future::join_all(sends).await;
                }
                Err(error) => {
                    tracing::warn!(error = cause(&error), "the outbox cannot be claimed");
                    stop.sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }

    async fn claim_outbox(&self) -> Result<Vec<Claimed>, AppError> {
        let mut tx = self.store.platform().await?;
        let rows = outbox::claim(&mut tx, AT_ONCE, LEASE_SECONDS).await?;
        tx.commit().await?;
        Ok(rows)
    }

    async fn dispatch(&self, row: Claimed) {
        let id = row.id;
        if let Err(error) = self.send_one(row).await {
            tracing::error!(outbox = %id, error = cause(&error), "a message could not be taken care of");
        }
    }

    async fn send_one(&self, row: Claimed) -> Result<(), AppError> {
        let Some(line) = self.line(row.channel).await? else {
            return self.settle(&row, OutboxState::Failed, None, Some("the channel is gone")).await;
        };
        let channel = self.channel(&line)?;
        let message = Outgoing {
            id: row.id,
            to: row.recipient.clone(),
            body: row.body.clone(),
            reply_to: row.reply_to.clone(),
            attachment: self.attachment(row.tenant, &row.body).await?,
        };
        if row.state == OutboxState::Sending {
            // A node died, or no answer came. What happened?
            return match channel.find(&line, &message, self.env.now()).await {
                Found::Sent { provider_message_id } => {
                    self.settle(&row, OutboxState::Sent, Some(&provider_message_id), None).await
                }
                Found::NotSent => self.retry(&row, 0, "it was not sent").await,
                Found::CannotTell if row.class == DeliveryClass::NeverDoubled => {
                    self.settle(&row, OutboxState::Parked, None, Some("nobody knows whether it was sent")).await
                }
                Found::CannotTell => self.retry(&row, 0, "no word of it in two minutes").await,
            };
        }
        if row.expires_at.is_some_and(|expires| expires <= self.env.now()) {
            return self.settle(&row, OutboxState::Expired, None, Some("its time passed")).await;
        }
        let mut tx = self.store.write(row.tenant).await?;
        if !outbox::begin_sending(&mut tx, row.id).await? {
            return Ok(());
        }
        tx.commit().await?;
        match channel.send(&line, &message).await {
            Ok(accepted) => self.sent(&row, accepted).await,
            Err(failure) => self.failed(&row, failure).await,
        }
    }

    async fn sent(&self, row: &Claimed, accepted: Accepted) -> Result<(), AppError> {
        let mut tx = self.store.write(row.tenant).await?;
        let id = accepted.provider_message_id.as_str();
        outbox::settle(&mut tx, row.id, OutboxState::Sent, Some(id), None).await?;
        store::messages::report(&mut tx, row.message, Some(id), Ticks::Sent, None).await?;
        if let Some((ticks, failure)) = store::statuses::take_early(&mut tx, row.channel, id).await? {
            store::messages::report(&mut tx, row.message, Some(id), ticks, failure.as_deref()).await?;
        }
        store::events::push(&mut tx, "status", row.message).await?;
        tx.commit().await?;
        self.ring();
        Ok(())
    }

    async fn failed(&self, row: &Claimed, failure: SendFailure) -> Result<(), AppError> {
        tracing::warn!(outbox = %row.id, attempt = row.attempts + 1, %failure, "a message was not sent");
        match failure {
            SendFailure::NotSent { reason, wait_seconds, throttled } if row.attempts < TRIES => {
                let floor = match throttled {
                    Throttle::Recipient => 6,
                    Throttle::Number => 2,
                    Throttle::No => 0,
                };
                let wait = self.backoff(row.attempts).max(i64::from(wait_seconds.unwrap_or(floor)) * 1_000_000);
                self.retry(row, wait, &reason).await
            }
            SendFailure::NotSent { reason, .. } => self.settle(row, OutboxState::Failed, None, Some(&reason)).await,
            SendFailure::Ambiguous { reason } => {
                let mut tx = self.store.write(row.tenant).await?;
                outbox::wait_for_word(&mut tx, row.id, WAIT_FOR_WORD_US, &reason).await?;
                Ok(tx.commit().await?)
            }
            SendFailure::Refused { reason, .. } => self.settle(row, OutboxState::Failed, None, Some(&reason)).await,
        }
    }

    /// Full jitter: anywhere up to a bound that doubles from half a second to five minutes.
    fn backoff(&self, attempts: u32) -> i64 {
        let bound = 500_000_i64.saturating_mul(1 << attempts.min(10)).min(300_000_000);
        let chance = i64::from(u32::from_be_bytes(self.env.bytes::<4>()));
        chance.checked_rem(bound).unwrap_or(bound)
    }

    async fn retry(&self, row: &Claimed, wait_us: i64, reason: &str) -> Result<(), AppError> {
        let mut tx = self.store.write(row.tenant).await?;
        outbox::retry(&mut tx, row.id, wait_us, reason).await?;
        Ok(tx.commit().await?)
    }

    async fn settle(
        &self,
        row: &Claimed,
        state: OutboxState,
        provider_id: Option<&str>,
        reason: Option<&str>,
    ) -> Result<(), AppError> {
        let mut tx = self.store.write(row.tenant).await?;
        outbox::settle(&mut tx, row.id, state, provider_id, reason).await?;
        let ticks = if state == OutboxState::Sent { Ticks::Sent } else { Ticks::Failed };
        if state != OutboxState::Parked {
            store::messages::report(&mut tx, row.message, provider_id, ticks, reason).await?;
        }
        store::events::push(&mut tx, "status", row.message).await?;
        tx.commit().await?;
        self.ring();
        Ok(())
    }
}
