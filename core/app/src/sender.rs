//! Messages leave: claimed, journalled as `sending`, sent, settled.
//!
//! Invariants: a row in `sending` is never sent again without asking what became of it (`domain::delivery`); a holder
//! whose lease may be over sends nothing and, by its token, changes nothing.

use std::{sync::Arc, time::Duration};

use domain::{
    channel::{Accepted, Channel, Found, Line, Outgoing},
    delivery::{DeliveryClass, OutboxState, RefusalKind, SendFailure, Throttle, Ticks},
    faults::{Point, Sabotage},
};
use jiff::SignedDuration;
use store::{
    Queue, Wanted,
    outbox::{self, Claimed},
};
use tokio::time::Instant;

use crate::{App, bulkhead::Seat, tasks::Stop, view::AppError, webhooks::REPORTS, workers::cause};

const IDLE: Duration = Duration::from_millis(500);
/// Older than this a message is given up: whoever it was for has stopped waiting.
const GIVEN_UP: SignedDuration = SignedDuration::from_hours(24);
/// How often a message goes again without anybody knowing whether it left before.
const DOUBTS: u32 = 4;

impl App {
    pub(crate) async fn send_all(self: Arc<Self>, mut stop: Stop) {
        while !stop.is_set() {
            let asked = Instant::now();
            match self.claim_outbox().await {
                Ok(rows) if rows.is_empty() => {
                    tokio::select! {
                        () = tokio::time::sleep(IDLE) => {}
                        () = self.outgoing.notified() => {}
                        () = self.sends.freed.notified() => {}
                        () = stop.wait() => {}
                    }
                }
                Ok(rows) => {
                    for row in rows {
                        let (app, seat) = (Arc::clone(&self), self.sends.enter(row.tenant));
                        self.tasks.spawn("send", async move { app.dispatch(row, asked, seat).await });
                    }
                }
                Err(error) => {
                    tracing::warn!(error = cause(&error), "the outbox cannot be claimed");
                    stop.sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }

    async fn claim_outbox(&self) -> Result<Vec<Claimed>, AppError> {
        let (most, except) = (self.sends.free(), self.sends.full());
        if most == 0 || !self.store.may_be_due(Queue::Outbox).await? {
            return Ok(Vec::new());
        }
        let mut tx = self.store.platform().await?;
        let wanted = Wanted { most, lease_seconds: self.pace.lease_seconds, except: &except, suspects: self.steady() };
        let rows = outbox::claim(&mut tx, &wanted).await?;
        tx.commit().await?;
        if !rows.is_empty() {
            self.env.pass(Point::DepartureClaimed);
        }
        Ok(rows)
    }

    async fn dispatch(&self, row: Claimed, asked: Instant, _seat: Seat) {
        let id = row.id;
        if let Err(error) = self.send_one(&row, self.pace.deadline(asked)).await {
            tracing::error!(outbox = %id, error = cause(&error), "a message could not be taken care of");
        }
    }

    async fn send_one(&self, row: &Claimed, deadline: Instant) -> Result<(), AppError> {
        let Some(line) = self.line(row.channel).await? else {
            return self.settle(row, OutboxState::Failed, "the channel is gone").await;
        };
        let channel = self.channel(&line)?;
        let mut message = Outgoing {
            id: row.id,
            to: row.recipient.clone(),
            body: row.body.clone(),
            reply_to: row.reply_to.clone(),
            attachment: None,
        };
        if row.state == OutboxState::Sending {
            return self.ask_after(row, &line, channel.as_ref(), &message).await;
        }
        if row.expires_at.is_some_and(|expires| expires <= self.env.now()) {
            return self.settle(row, OutboxState::Expired, "its time passed").await;
        }
        if self.too_late(row, &line).await? {
            return self.turn_back(row.tenant, row.id, Some(row)).await;
        }
        message.attachment = match self.attachment(row.tenant, &row.body).await {
            Err(AppError::Unavailable { retry_after_seconds }) => {
                return self.failed(row, out_of_reach(retry_after_seconds)).await;
            }
            opened => opened?,
        };
        if let Err(wait) = self.outbound.admit(row.channel, &row.recipient, Instant::now()) {
            return self.retry(row, micros(wait), "the channel is not spoken to so fast").await;
        }
        let mut tx = self.store.write(row.tenant).await?;
        let word_wait_us = if self.env.sabotaged(Sabotage::ResendBlindly) { 0 } else { self.pace.word_wait_us() };
        if !outbox::begin_sending(&mut tx, row, word_wait_us).await? {
            return Ok(());
        }
        tx.commit().await?;
        self.env.pass(Point::SendingCommitted);
        if Instant::now() >= deadline {
            return self.retry(row, 0, "the lease was over before the first byte").await;
        }
        let outcome = if self.env.sabotaged(Sabotage::ForgetToSend) {
            Ok(Accepted { provider_message_id: format!("none-{}", row.id), address: None })
        } else {
            channel.send(&line, &message).await
        };
        self.env.pass(Point::ProviderAnswered);
        match outcome {
            Ok(accepted) => {
                self.outbound.succeeded(row.channel);
                self.sent(row, &accepted.provider_message_id).await
            }
            Err(failure) => {
                self.outbound.failed(row.channel, &row.recipient, &failure, Instant::now());
                self.failed(row, failure).await
            }
        }
    }

    /// A node died, or no answer came. What happened?
    async fn ask_after(
        &self,
        row: &Claimed,
        line: &Line,
        channel: &dyn Channel,
        message: &Outgoing,
    ) -> Result<(), AppError> {
        match channel.find(line, message, row.queued_at).await {
            Found::Sent { provider_message_id } => self.sent(row, &provider_message_id).await,
            Found::NotSent => self.retry(row, 0, "it was not sent").await,
            Found::CannotTell => {
                if let Some(wait) = self.word_may_come(row).await? {
                    let mut tx = self.store.write(row.tenant).await?;
                    outbox::wait_for_word(&mut tx, row, micros(wait), "waiting for word of it").await?;
                    return Ok(tx.commit().await?);
                }
                if row.class == DeliveryClass::NeverDoubled {
                    return self.settle(row, OutboxState::Parked, "nobody knows whether it was sent").await;
                }
                if row.doubts >= DOUBTS {
                    return self.settle(row, OutboxState::Parked, "sent several times, no word of any").await;
                }
                let mut tx = self.store.write(row.tenant).await?;
                outbox::resend(&mut tx, row, "no word of it came").await?;
                tx.commit().await?;
                self.outgoing.notify_one();
                Ok(())
            }
        }
    }

    /// Word of a send may still come while we have not listened for long, or have not read all that we heard.
    async fn word_may_come(&self, row: &Claimed) -> Result<Option<Duration>, AppError> {
        if self.env.sabotaged(Sabotage::ResendBlindly) {
            return Ok(None);
        }
        let listened = self.listening_since.elapsed();
        if listened < self.pace.word_wait {
            return Ok(Some(self.pace.word_wait - listened));
        }
        let mut tx = self.store.look(row.tenant).await?;
        let unread = store::inbox::has_unread(&mut tx, row.channel, REPORTS).await?;
        Ok(unread.then_some(Duration::from_millis(500)))
    }

    async fn sent(&self, row: &Claimed, provider_id: &str) -> Result<(), AppError> {
        let mut tx = self.store.write(row.tenant).await?;
        store::statuses::meet(&mut tx, row.channel, provider_id).await?;
        outbox::left(&mut tx, row.id, provider_id).await?;
        store::messages::report(&mut tx, row.message, Some(provider_id), Ticks::Sent, None).await?;
        if let Some((ticks, failure)) = store::statuses::take_early(&mut tx, row.channel, provider_id).await? {
            store::messages::report(&mut tx, row.message, Some(provider_id), ticks, failure.as_deref()).await?;
        }
        store::events::push(&mut tx, "status", row.message).await?;
        tx.commit().await?;
        self.env.pass(Point::DepartureSettled);
        self.ring();
        Ok(())
    }

    async fn failed(&self, row: &Claimed, failure: SendFailure) -> Result<(), AppError> {
        tracing::warn!(outbox = %row.id, attempt = row.attempts + 1, %failure, "a message was not sent");
        let too_old = self.env.now().duration_since(row.queued_at) > GIVEN_UP;
        match failure {
            SendFailure::NotSent { reason, wait_seconds, throttled } if !too_old => {
                let floor = match throttled {
                    Throttle::Recipient => Some(6),
                    Throttle::Number => Some(1),
                    Throttle::No => None,
                };
                let wait = match wait_seconds.or(floor).map(|seconds| i64::from(seconds).saturating_mul(1_000_000)) {
                    // What was asked for, and up to a fifth more: those who wait together must not come together.
                    Some(asked) => asked.saturating_add(self.chance(asked / 5)),
                    None => self.backoff(row.attempts),
                };
                self.retry(row, wait, &reason).await
            }
            SendFailure::Refused { kind: RefusalKind::WindowClosed, .. } => {
                self.turn_back(row.tenant, row.id, Some(row)).await
            }
            // The channel must be linked again; its queue is kept meanwhile.
            SendFailure::Refused { kind: RefusalKind::Unauthorised, reason, .. } if !too_old => {
                self.retry(row, 60_000_000, &reason).await
            }
            SendFailure::NotSent { reason, .. } | SendFailure::Refused { reason, .. } => {
                self.settle(row, OutboxState::Failed, &reason).await
            }
            SendFailure::Ambiguous { reason } => {
                let mut tx = self.store.write(row.tenant).await?;
                outbox::wait_for_word(&mut tx, row, self.pace.word_wait_us(), &reason).await?;
                Ok(tx.commit().await?)
            }
        }
    }

    /// Full jitter: anywhere up to a bound that doubles from half a second to five minutes.
    pub(crate) fn backoff(&self, attempts: u32) -> i64 {
        self.chance(500_000_i64.saturating_mul(1 << attempts.min(10)).min(300_000_000))
    }

    fn chance(&self, bound: i64) -> i64 {
        i64::from(u32::from_be_bytes(self.env.bytes::<4>())).checked_rem(bound).unwrap_or(0)
    }

    async fn retry(&self, row: &Claimed, wait_us: i64, reason: &str) -> Result<(), AppError> {
        let mut tx = self.store.write(row.tenant).await?;
        outbox::retry(&mut tx, row, wait_us, reason).await?;
        Ok(tx.commit().await?)
    }

    async fn settle(&self, row: &Claimed, state: OutboxState, reason: &str) -> Result<(), AppError> {
        let mut tx = self.store.write(row.tenant).await?;
        if outbox::settle(&mut tx, row, state, None, Some(reason)).await? {
            if state != OutboxState::Parked {
                store::messages::report(&mut tx, row.message, None, Ticks::Failed, Some(reason)).await?;
            }
            store::events::push(&mut tx, "status", row.message).await?;
        }
        tx.commit().await?;
        self.ring();
        Ok(())
    }
}

/// The storage of files is down: that is for us to wait out, as a provider's outage is.
fn out_of_reach(wait_seconds: u32) -> SendFailure {
    let reason = "its file cannot be reached".to_owned();
    SendFailure::NotSent { reason, wait_seconds: Some(wait_seconds), throttled: Throttle::No }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}
