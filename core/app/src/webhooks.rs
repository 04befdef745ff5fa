//! A provider calls: proven, made durable, answered. What it means is worked out later, in its lane.

use std::time::Duration;

use domain::{
    ChannelId,
    channel::{Event, Inbound, Line, Webhook},
    message::Body,
};
use store::{
    intake::{Arrival, Delivery, Quarantined},
    quarantine::Owner,
};

use crate::{
    App,
    view::{AppError, ChallengeOutcome, WebhookOutcome},
};

/// Lanes of what is said about our own messages begin with this.
pub(crate) const REPORTS: &str = "statuses";
/// So many of them work side by side; all reports of one message share one.
const REPORT_LANES: u32 = 8;

impl App {
    pub async fn challenge(&self, channel: ChannelId, webhook: Webhook<'_>) -> Result<ChallengeOutcome, AppError> {
        let Some(line) = self.line(channel).await? else { return Ok(ChallengeOutcome::UnknownChannel) };
        Ok(match self.channel(&line)?.challenge(&line, &webhook) {
            Ok(echo) => ChallengeOutcome::Echo(echo),
            Err(_refused) => ChallengeOutcome::Refused,
        })
    }

    /// Returns once everything proven is on disk. Nothing else happens before the provider has its answer.
    pub async fn receive_webhook(&self, channel: ChannelId, webhook: Webhook<'_>) -> Result<WebhookOutcome, AppError> {
        let Some(line) = self.line(channel).await? else { return Ok(WebhookOutcome::UnknownChannel) };
        let channel = self.channel(&line)?;
        let received = match channel.receive(&line, &webhook) {
            Ok(received) => received,
            Err(refused) => {
                tracing::warn!(channel = %line.id, reason = refused.reason, "a webhook was not proven");
                return Ok(WebhookOutcome::Refused);
            }
        };
        let mut delivery = Delivery::default();
        let quarantine = |raw: String, reason: &str, owner: Owner| Quarantined {
            tenant: line.tenant,
            channel: line.id,
            raw,
            reason: reason.to_owned(),
            owner,
        };
        let unreadable = received.unreadable.into_iter();
        delivery.quarantined.extend(unreadable.map(|part| quarantine(part.raw, &part.reason, Owner::Tenant)));
        for inbound in received.events {
            // A valid signature for one number says nothing about another.
            if inbound.external_id.is_empty() || inbound.external_id == line.external_id {
                delivery.arrivals.push(self.arrival(&line, inbound));
            } else {
                let raw = serde_json::to_string(&inbound).unwrap_or_default();
                delivery.quarantined.push(quarantine(raw, "another number than the channel's", Owner::Platform));
            }
        }
        let nothing = delivery.arrivals.is_empty() && delivery.quarantined.is_empty();
        if !nothing && !self.intake.accept(delivery).await {
            return Err(AppError::Unavailable { retry_after_seconds: 5 });
        }
        self.wake_lanes();
        self.arrived.notify_one();
        let (mime, body) = channel.acknowledgement();
        Ok(WebhookOutcome::Stored { mime, body })
    }

    pub(crate) async fn line(&self, channel: ChannelId) -> Result<Option<Line>, AppError> {
        let mut tx = self.store.platform_look().await?;
        Ok(store::channels::find(&mut tx, channel).await?.filter(|line| line.active))
    }

    pub(crate) fn arrival(&self, line: &Line, inbound: Inbound) -> Arrival {
        let (peer, gather) = match &inbound.event {
            // A tap is a whole answer; only typing comes in pieces.
            Event::Message { from, body: Body::Chosen { .. }, .. } => (from.address.clone(), Duration::ZERO),
            Event::Message { from, .. } => (from.address.clone(), self.burst),
            Event::Echo { to, .. } => (to.address.clone(), Duration::ZERO),
            Event::Status { provider_message_id, .. } => (report_lane(provider_message_id), Duration::ZERO),
            Event::Template { .. } | Event::Other { .. } => (REPORTS.to_owned(), Duration::ZERO),
        };
        Arrival { tenant: line.tenant, channel: line.id, peer, inbound, gather }
    }
}

fn report_lane(provider_message_id: &str) -> String {
    let sum = provider_message_id.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    format!("{REPORTS}-{}", sum % REPORT_LANES)
}
