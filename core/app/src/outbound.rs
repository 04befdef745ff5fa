//! How fast a channel may be spoken to, and when it is left alone: pace, breaker, and what providers taught us.
//!
//! Invariants: pure given the time; nothing is delayed before a provider has complained, except beyond its
//! documented 80 messages a second for a number.

use std::{collections::BTreeMap, sync::Mutex, time::Duration};

use domain::{
    ChannelId,
    delivery::{RefusalKind, SendFailure, Throttle},
};
use tokio::time::Instant;

use crate::desk::lock;

/// Messages a second for one number, as Meta documents it.
const FASTEST: f64 = 80.0;
const SLOWEST: f64 = 2.0;
/// After a complaint about one recipient: that long between two messages, for so long.
const PAIR_GAP: Duration = Duration::from_secs(6);
const PAIR_MEMORY: Duration = Duration::from_secs(120);
/// Failures in a row that open the breaker, and how long it stays open at first and at most.
const PATIENCE: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What this process knows about each channel.
#[derive(Default)]
pub(crate) struct Outbound {
    channels: Mutex<BTreeMap<ChannelId, Known>>,
}

struct Known {
    /// Messages that may leave at once, and when that was counted.
    tokens: f64,
    counted: Instant,
    rate: f64,
    failures: u32,
    closed_until: Option<Instant>,
    /// Recipients a provider complained about: when they may get the next one, and when that is forgotten.
    pairs: BTreeMap<String, (Instant, Instant)>,
}

impl Outbound {
    /// Takes a turn, or says how long to wait for one.
    pub(crate) fn admit(&self, channel: ChannelId, recipient: &str, now: Instant) -> Result<(), Duration> {
        let mut channels = lock(&self.channels);
        let known = channels.entry(channel).or_insert_with(|| Known::new(now));
        known.pairs.retain(|_, (_, forget)| *forget > now);
        if let Some(closed) = known.closed_until.filter(|until| *until > now) {
            return Err(closed - now);
        }
        if let Some((next, _)) = known.pairs.get_mut(recipient) {
            if *next > now {
                return Err(*next - now);
            }
            *next = now + PAIR_GAP;
        }
        let since = now.saturating_duration_since(known.counted).as_secs_f64();
        known.tokens = (known.tokens + since * known.rate).min(known.rate);
        known.counted = now;
        if known.tokens < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - known.tokens) / known.rate));
        }
        known.tokens -= 1.0;
        if known.closed_until.is_some() {
            // Half open: one goes first, the others wait for what becomes of it.
            known.closed_until = Some(now + FIRST_PAUSE);
        }
        Ok(())
    }

    pub(crate) fn succeeded(&self, channel: ChannelId) {
        if let Some(known) = lock(&self.channels).get_mut(&channel) {
            known.failures = 0;
            known.closed_until = None;
            known.rate = (known.rate + 0.5).min(FASTEST);
        }
    }

    /// Learns from a failure.
    pub(crate) fn failed(&self, channel: ChannelId, recipient: &str, failure: &SendFailure, now: Instant) {
        let mut channels = lock(&self.channels);
        let Some(known) = channels.get_mut(&channel) else { return };
        match failure {
            SendFailure::NotSent { throttled: Throttle::Number, wait_seconds, .. } => {
                known.rate = (known.rate / 2.0).max(SLOWEST);
                known.tokens = 0.0;
                known.closed_until = Some(now + Duration::from_secs(u64::from(wait_seconds.unwrap_or(1))));
            }
            SendFailure::NotSent { throttled: Throttle::Recipient, .. } => {
                known.pairs.insert(recipient.to_owned(), (now + PAIR_GAP, now + PAIR_MEMORY));
            }
            SendFailure::NotSent { throttled: Throttle::No, .. } | SendFailure::Ambiguous { .. } => {
                known.failures = known.failures.saturating_add(1);
                if known.failures >= PATIENCE {
                    let doublings = (known.failures - PATIENCE).min(6);
                    known.closed_until = Some(now + (FIRST_PAUSE * 2_u32.pow(doublings)).min(LONGEST_PAUSE));
                }
            }
            SendFailure::Refused { kind: RefusalKind::Unauthorised, .. } => {
                known.closed_until = Some(now + LONGEST_PAUSE);
            }
            // The provider works; it is this message that it does not want.
            SendFailure::Refused { .. } => known.failures = 0,
        }
    }

    /// Channels that are left alone just now, and for how long.
    pub(crate) fn closed(&self, now: Instant) -> Vec<(ChannelId, Duration)> {
        let channels = lock(&self.channels);
        let left = |known: &Known| known.closed_until.filter(|until| *until > now).map(|until| until - now);
        channels.iter().filter_map(|(channel, known)| Some((*channel, left(known)?))).collect()
    }
}

impl Known {
    fn new(now: Instant) -> Self {
        Self { tokens: FASTEST, counted: now, rate: FASTEST, failures: 0, closed_until: None, pairs: BTreeMap::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const ONE: ChannelId = ChannelId(Uuid::from_u128(1));
    const TWO: ChannelId = ChannelId(Uuid::from_u128(2));

    fn throttled(throttled: Throttle) -> SendFailure {
        SendFailure::NotSent { reason: String::new(), wait_seconds: None, throttled }
    }

    #[test]
    fn a_burst_passes_and_the_eighty_first_of_a_second_waits() {
        let (outbound, now) = (Outbound::default(), Instant::now());
        let passed = (0..100).filter(|_| outbound.admit(ONE, "a", now).is_ok()).count();
        assert_eq!(passed, 80);
        assert!(outbound.admit(TWO, "a", now).is_ok(), "another number has its own pace");
        assert!(outbound.admit(ONE, "a", now + Duration::from_millis(20)).is_ok(), "more comes with time");
    }

    #[test]
    fn a_complaint_about_the_number_halves_its_pace_and_success_brings_it_back() {
        let (outbound, now) = (Outbound::default(), Instant::now());
        assert!(outbound.admit(ONE, "a", now).is_ok());
        outbound.failed(ONE, "a", &throttled(Throttle::Number), now);
        assert!(outbound.admit(ONE, "b", now).is_err());
        let later = now + Duration::from_secs(10);
        assert_eq!((0..100).filter(|_| outbound.admit(ONE, "b", later).is_ok()).count(), 1, "one goes first");
        (0..100).for_each(|_| outbound.succeeded(ONE));
        let later = later + Duration::from_secs(10);
        assert_eq!((0..100).filter(|_| outbound.admit(ONE, "b", later).is_ok()).count(), 80);
    }

    #[test]
    fn a_complaint_about_a_recipient_slows_that_one_to_six_seconds() {
        let (outbound, now) = (Outbound::default(), Instant::now());
        assert!(outbound.admit(ONE, "a", now).is_ok());
        outbound.failed(ONE, "a", &throttled(Throttle::Recipient), now);
        assert_eq!(outbound.admit(ONE, "a", now), Err(PAIR_GAP));
        assert!(outbound.admit(ONE, "b", now).is_ok());
        assert!(outbound.admit(ONE, "a", now + PAIR_GAP).is_ok());
        assert_eq!(outbound.admit(ONE, "a", now + PAIR_GAP), Err(PAIR_GAP));
        assert!(outbound.admit(ONE, "a", now + PAIR_MEMORY + PAIR_GAP).is_ok());
    }

    #[test]
    fn failures_in_a_row_close_a_channel_for_longer_and_longer_and_one_success_opens_it() {
        let (outbound, now) = (Outbound::default(), Instant::now());
        let failure = SendFailure::Ambiguous { reason: String::new() };
        assert!(outbound.admit(ONE, "a", now).is_ok());
        (0..4).for_each(|_| outbound.failed(ONE, "a", &failure, now));
        assert!(outbound.closed(now).is_empty());
        outbound.failed(ONE, "a", &failure, now);
        assert_eq!(outbound.closed(now), [(ONE, Duration::from_secs(1))]);
        outbound.failed(ONE, "a", &failure, now);
        assert_eq!(outbound.closed(now), [(ONE, Duration::from_secs(2))]);
        assert!(outbound.admit(ONE, "a", now).is_err());
        assert!(outbound.admit(ONE, "a", now + Duration::from_secs(2)).is_ok(), "one may try");
        assert!(outbound.admit(ONE, "a", now + Duration::from_secs(2)).is_err(), "the others wait for it");
        outbound.succeeded(ONE);
        assert!(outbound.admit(ONE, "a", now).is_ok());
    }
}
