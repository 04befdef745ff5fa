//! Inbox, lanes, outbox, jobs: nothing accepted is lost, nothing is done twice.

use std::time::Duration;

use domain::{
    Id, OutboxId,
    channel::{Event, Inbound, Sender},
    customer::Identity,
    delivery::{DeliveryClass, OutboxState, Ticks},
    message::{Author, Body, Message},
};
use store::{
    Wanted, inbox,
    intake::{self, Arrival, Delivery, Intake},
    jobs::{self, Ending},
    lanes, messages, outbox,
    quarantine::{self, Closed, Owner},
    statuses, suspects, undelivered,
    waiting::{self, Waiting},
};

use crate::{
    desk::{Desk, ParsePhone},
    on_both_engines,
};

on_both_engines!(
    fifty_copies_of_one_webhook_leave_one_row,
    copies_in_any_order_from_many_peers_leave_one_row_each_and_hold_up_nobody,
    a_lane_has_one_holder_and_a_stale_one_changes_nothing,
    a_tenant_with_many_lanes_does_not_starve_another,
    messages_of_a_conversation_leave_in_order_and_once,
    a_report_before_our_commit_is_kept_and_joined,
    a_job_is_queued_once_and_run_when_due,
    a_sender_that_lost_its_claim_changes_nothing,
    what_began_to_leave_is_looked_at_only_after_its_wait,
    word_of_either_copy_of_a_message_is_word_of_it,
    word_from_the_provider_ends_a_message_whatever_we_had_noted,
    a_parked_message_is_listed_and_goes_when_a_member_says_so,
    a_message_reported_as_failed_is_listed_sent_again_or_put_away,
    what_waited_for_its_customer_is_parked_by_a_restore,
    a_part_that_cannot_be_read_is_found_by_whom_it_belongs_to,
    a_job_ends_once_and_a_dead_one_is_revived,
    an_event_that_keeps_failing_is_set_aside_and_the_rest_flows,
    an_event_that_does_not_open_is_set_aside_and_can_be_listed,
    a_restored_copy_does_nothing_until_it_is_released,
    a_ring_is_heard_when_something_arrives,
    a_look_tells_whether_a_claim_is_worth_it,
);

fn arrival(desk: &Desk, peer: &str, id: &str) -> Arrival {
    let from = Sender {
        address: peer.into(),
        identities: vec![Identity::Phone(peer.parse_phone())],
        profile_name: String::new(),
    };
    let event = Event::Message { from, body: Body::text("hola"), reply_to: None, referral: None };
    let inbound = Inbound { provider_id: id.into(), external_id: "phone-one".into(), at: desk.env.now(), event };
    Arrival { tenant: desk.tenant, channel: desk.channel, peer: peer.into(), inbound, gather: Duration::ZERO }
}

async fn accept(desk: &Desk, arrivals: Vec<Arrival>) {
    let (intake, writer) = Intake::new(&desk.store);
    let writing = tokio::spawn(writer.run());
    assert!(intake.accept(Delivery { arrivals, quarantined: vec![] }).await);
    drop(intake);
    writing.await.unwrap();
}

fn wanted(most: u32) -> Wanted<'static> {
    Wanted { most, lease_seconds: 30, except: &[], suspects: true }
}

async fn claim(desk: &Desk, most: u32) -> Vec<lanes::Lease> {
    let mut tx = desk.store.platform().await.unwrap();
    let leases = lanes::claim(&mut tx, &wanted(most)).await.unwrap();
    tx.commit().await.unwrap();
    leases
}

async fn fifty_copies_of_one_webhook_leave_one_row(desk: Desk) {
    let (intake, writer) = Intake::new(&desk.store);
    let writing = tokio::spawn(writer.run());
    let copies: Vec<_> = (0..50)
        .map(|_| {
            let (intake, arrival) = (intake.clone(), arrival(&desk, "+525500000001", "wamid.A"));
            tokio::spawn(async move {
                intake.accept(Delivery { arrivals: vec![arrival.clone(), arrival], quarantined: vec![] }).await
            })
        })
        .collect();
    for copy in copies {
        assert!(copy.await.unwrap(), "a copy is accepted, not refused");
    }
    drop(intake);
    writing.await.unwrap();
    let lease = claim(&desk, 10).await.pop().unwrap();
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let pending = inbox::pending(&mut tx, &lease).await.unwrap();
    assert_eq!(pending.len(), 1);
    inbox::done(&mut tx, &[pending[0].seq]).await.unwrap();
    assert!(lanes::finish(&mut tx, &lease).await.unwrap());
    tx.commit().await.unwrap();
    // A copy days later wakes the lane and finds nothing to do.
    accept(&desk, vec![arrival(&desk, "+525500000001", "wamid.A")]).await;
    let lease = claim(&desk, 10).await.pop().unwrap();
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    assert!(inbox::pending(&mut tx, &lease).await.unwrap().is_empty());
}

async fn copies_in_any_order_from_many_peers_leave_one_row_each_and_hold_up_nobody(desk: Desk) {
    let (intake, writer) = Intake::new(&desk.store);
    let writing = tokio::spawn(writer.run());
    let peers: Vec<String> = (0..24).map(|number| format!("+5255000000{number:02}")).collect();
    let from = std::time::Instant::now();
    let mut calling = tokio::task::JoinSet::new();
    for copy in 0..6 {
        for peer in peers.iter().rev() {
            let mut arrivals: Vec<Arrival> =
                (0..5).map(|number| arrival(&desk, peer, &format!("wamid.{peer}.{number}"))).collect();
            if copy % 2 == 1 {
                arrivals.reverse();
            }
            let intake = intake.clone();
            calling.spawn(async move {
                for arrival in arrivals {
                    assert!(intake.accept(Delivery { arrivals: vec![arrival], quarantined: vec![] }).await);
                }
            });
        }
    }
    while let Some(called) = calling.join_next().await {
        called.unwrap();
    }
    assert!(from.elapsed() < Duration::from_secs(5), "no two batches wait for each other");
    drop(intake);
    writing.await.unwrap();
    let leases = claim(&desk, 64).await;
    assert_eq!(leases.len(), peers.len());
    for lease in &leases {
        let mut tx = desk.store.write(desk.tenant).await.unwrap();
        assert_eq!(inbox::pending(&mut tx, lease).await.unwrap().len(), 5);
    }
}

async fn a_lane_has_one_holder_and_a_stale_one_changes_nothing(desk: Desk) {
    accept(&desk, vec![arrival(&desk, "+525500000001", "wamid.A")]).await;
    let held = claim(&desk, 10).await.pop().unwrap();
    assert!(claim(&desk, 10).await.is_empty(), "a leased lane is not claimed again");
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    assert!(lanes::guard(&mut tx, &held).await.unwrap());
    let stale = lanes::Lease { token: held.token - 1, ..held.clone() };
    assert!(!lanes::guard(&mut tx, &stale).await.unwrap());
    assert!(!lanes::finish(&mut tx, &stale).await.unwrap());
    // Not done: the lane stays awake for the next holder.
    assert!(lanes::finish(&mut tx, &held).await.unwrap());
    tx.commit().await.unwrap();
    let next = claim(&desk, 10).await.pop().unwrap();
    assert!(next.token > held.token);
}

async fn a_tenant_with_many_lanes_does_not_starve_another(desk: Desk) {
    let other = desk.env.id();
    let (location, channel) = (desk.env.id(), desk.env.id());
    let mut tx = desk.store.write(other).await.unwrap();
    crate::desk::furnish(&mut tx, &desk.env, other, location, channel, "two").await;
    tx.commit().await.unwrap();
    let pile =
        (0..60).map(|number| arrival(&desk, &format!("+5255000001{number:02}"), &format!("wamid.{number}"))).collect();
    accept(&desk, pile).await;
    let small = Arrival { tenant: other, channel, ..arrival(&desk, "+525500000001", "wamid.small") };
    accept(&desk, vec![small]).await;
    assert!(claim(&desk, 4).await.iter().any(|lease| lease.tenant == other));
}

async fn conversation(desk: &Desk) -> domain::ConversationId {
    conversation_with(desk, desk.customer, "5215512345678").await
}

pub(crate) async fn conversation_with(
    desk: &Desk,
    customer: domain::CustomerId,
    address: &str,
) -> domain::ConversationId {
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let talk =
        store::conversations::get_or_create(&mut tx, desk.channel, customer, address, desk.env.now()).await.unwrap();
    tx.commit().await.unwrap();
    talk.id
}

/// A message under way, its words those of its cause.
pub(crate) async fn enqueue(desk: &Desk, talk: domain::ConversationId, key: &str) -> bool {
    desk.clock.advance(1);
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let message = Message {
        id: desk.env.id(),
        conversation: talk,
        author: Author::Assistant,
        body: Body::text(key),
        provider_id: None,
        reply_to: None,
        ticks: Some(Ticks::Queued),
        failure: None,
        at: desk.env.now(),
    };
    messages::insert(&mut tx, &message).await.unwrap();
    let departure = outbox::Departure {
        channel: desk.channel,
        conversation: talk,
        message: message.id,
        dedupe_key: key.into(),
        class: DeliveryClass::NeverLost,
        recipient: "5215512345678".into(),
        body: message.body.clone(),
        reply_to: None,
        expires_at: None,
        at: message.at,
    };
    let queued = outbox::push(&mut tx, &departure).await.unwrap();
    if queued {
        tx.commit().await.unwrap();
    }
    queued
}

async fn claim_outbox(desk: &Desk) -> Vec<outbox::Claimed> {
    let mut tx = desk.store.platform().await.unwrap();
    let rows = outbox::claim(&mut tx, &wanted(10)).await.unwrap();
    tx.commit().await.unwrap();
    rows
}

async fn messages_of_a_conversation_leave_in_order_and_once(desk: Desk) {
    let talk = conversation(&desk).await;
    assert!(enqueue(&desk, talk, "turn:1:1").await);
    assert!(enqueue(&desk, talk, "turn:1:2").await);
    assert!(!enqueue(&desk, talk, "turn:1:1").await, "one cause speaks once");
    let first = claim_outbox(&desk).await;
    assert_eq!(first.iter().map(|row| row.body.words()).collect::<Vec<_>>(), ["turn:1:1"]);
    assert!(claim_outbox(&desk).await.is_empty(), "the second waits for the first");
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    assert!(outbox::begin_sending(&mut tx, &first[0], 0).await.unwrap());
    assert!(!outbox::begin_sending(&mut tx, &first[0], 0).await.unwrap(), "sending begins once");
    outbox::left(&mut tx, first[0].id, "wamid.OUT").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(claim_outbox(&desk).await.len(), 1);
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let (id, message) = outbox::by_provider_id(&mut tx, desk.channel, "wamid.OUT").await.unwrap().unwrap();
    assert_eq!((id, message), (first[0].id, first[0].message));
    messages::report(&mut tx, message, Some("wamid.OUT"), Ticks::Read, None).await.unwrap();
    messages::report(&mut tx, message, None, Ticks::Delivered, None).await.unwrap();
    let thread = messages::thread(&mut tx, talk, None, 10).await.unwrap();
    assert_eq!(thread[0].ticks, Some(Ticks::Read), "ticks never go back");
    assert_eq!(outbox::message_of(&mut tx, OutboxId::from_uuid(uuid::Uuid::nil())).await.unwrap(), None);
}

async fn a_report_before_our_commit_is_kept_and_joined(desk: Desk) {
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    statuses::keep_early(&mut tx, desk.channel, "wamid.X", Ticks::Delivered, None).await.unwrap();
    statuses::keep_early(&mut tx, desk.channel, "wamid.X", Ticks::Sent, None).await.unwrap();
    assert_eq!(statuses::take_early(&mut tx, desk.channel, "wamid.X").await.unwrap(), Some((Ticks::Delivered, None)));
    assert_eq!(statuses::take_early(&mut tx, desk.channel, "wamid.X").await.unwrap(), None);
}

async fn a_job_is_queued_once_and_run_when_due(desk: Desk) {
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let due = desk.env.now().checked_add(jiff::SignedDuration::from_mins(5)).unwrap();
    assert!(jobs::push(&mut tx, "remind", "bkg:1:24h", &serde_json::json!({"n": 1}), due).await.unwrap());
    assert!(!jobs::push(&mut tx, "remind", "bkg:1:24h", &serde_json::json!({"n": 1}), due).await.unwrap());
    tx.commit().await.unwrap();
    let claim = async || {
        let mut tx = desk.store.platform().await.unwrap();
        let claimed = jobs::claim(&mut tx, &wanted(10)).await.unwrap();
        tx.commit().await.unwrap();
        claimed
    };
    assert!(claim().await.is_empty(), "not due yet");
    desk.clock.advance(6);
    assert_eq!(claim().await.len(), 1);
    assert!(claim().await.is_empty(), "leased");
}

async fn a_sender_that_lost_its_claim_changes_nothing(desk: Desk) {
    let talk = conversation(&desk).await;
    assert!(enqueue(&desk, talk, "turn:1:1").await);
    let stale = claim_outbox(&desk).await.remove(0);
    let mut tx = desk.store.platform().await.unwrap();
    suspects::release_all(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    let held = claim_outbox(&desk).await.remove(0);
    assert_eq!(held.id, stale.id);
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    assert!(!outbox::begin_sending(&mut tx, &stale, 0).await.unwrap());
    assert!(!outbox::retry(&mut tx, &stale, 0, "late").await.unwrap());
    assert!(!outbox::settle(&mut tx, &stale, OutboxState::Failed, None, Some("late")).await.unwrap());
    assert!(outbox::begin_sending(&mut tx, &held, 0).await.unwrap());
    assert!(!outbox::wait_for_word(&mut tx, &stale, 0, "late").await.unwrap());
    assert!(!outbox::resend(&mut tx, &stale, "late").await.unwrap());
}

async fn what_began_to_leave_is_looked_at_only_after_its_wait(desk: Desk) {
    let talk = conversation(&desk).await;
    assert!(enqueue(&desk, talk, "turn:1:1").await);
    let row = claim_outbox(&desk).await.remove(0);
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    assert!(outbox::begin_sending(&mut tx, &row, 3_600_000_000).await.unwrap());
    tx.commit().await.unwrap();
    let mut tx = desk.store.platform().await.unwrap();
    suspects::release_all(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert!(claim_outbox(&desk).await.is_empty(), "word of it may still come");
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    assert!(outbox::wait_for_word(&mut tx, &row, 0, "no answer").await.unwrap());
    tx.commit().await.unwrap();
    let again = claim_outbox(&desk).await.remove(0);
    assert_eq!((again.state, again.doubts), (OutboxState::Sending, 0));
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    assert!(outbox::resend(&mut tx, &again, "no word").await.unwrap());
    tx.commit().await.unwrap();
    let third = claim_outbox(&desk).await.remove(0);
    assert_eq!((third.state, third.doubts, third.attempts), (OutboxState::Claimed, 1, 1));
}

async fn word_from_the_provider_ends_a_message_whatever_we_had_noted(desk: Desk) {
    let talk = conversation(&desk).await;
    assert!(enqueue(&desk, talk, "turn:1:1").await);
    let row = claim_outbox(&desk).await.remove(0);
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    assert!(outbox::settle(&mut tx, &row, OutboxState::Parked, None, Some("nobody knows")).await.unwrap());
    outbox::left(&mut tx, row.id, "wamid.LATE").await.unwrap();
    assert!(!undelivered::release(&mut tx, row.id).await.unwrap(), "it arrived: it must not go again");
    assert!(undelivered::all(&mut tx, None, 10).await.unwrap().is_empty());
    assert_eq!(outbox::by_provider_id(&mut tx, desk.channel, "wamid.LATE").await.unwrap().unwrap().0, row.id);
}

async fn word_of_either_copy_of_a_message_is_word_of_it(desk: Desk) {
    let talk = conversation(&desk).await;
    assert!(enqueue(&desk, talk, "turn:1:1").await);
    let row = claim_outbox(&desk).await.remove(0);
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    for provider_id in ["wamid.ONE", "wamid.TWO", "wamid.ONE", "wamid.TWO"] {
        outbox::left(&mut tx, row.id, provider_id).await.unwrap();
    }
    for provider_id in ["wamid.ONE", "wamid.TWO"] {
        let found = outbox::by_provider_id(&mut tx, desk.channel, provider_id).await.unwrap();
        assert_eq!(found, Some((row.id, row.message)), "{provider_id}");
    }
    assert_eq!(outbox::by_provider_id(&mut tx, desk.channel, "wamid.THREE").await.unwrap(), None);
}

async fn a_parked_message_is_listed_and_goes_when_a_member_says_so(desk: Desk) {
    let talk = conversation(&desk).await;
    assert!(enqueue(&desk, talk, "turn:1:1").await);
    let row = claim_outbox(&desk).await.remove(0);
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    assert!(outbox::settle(&mut tx, &row, OutboxState::Parked, None, Some("nobody knows")).await.unwrap());
    let listed = undelivered::all(&mut tx, None, 10).await.unwrap();
    assert_eq!((listed[0].id, listed[0].reason.as_str()), (row.id, "nobody knows"));
    assert!(undelivered::all(&mut tx, Some(row.id), 10).await.unwrap().is_empty(), "the page before it is empty");
    assert!(undelivered::release(&mut tx, row.id).await.unwrap());
    assert!(!undelivered::release(&mut tx, row.id).await.unwrap(), "once");
    tx.commit().await.unwrap();
    assert_eq!(claim_outbox(&desk).await.len(), 1);
}

async fn a_message_reported_as_failed_is_listed_sent_again_or_put_away(desk: Desk) {
    let talk = conversation(&desk).await;
    assert!(enqueue(&desk, talk, "turn:1:1").await);
    for (round, provider_id) in ["wamid.1", "wamid.2"].into_iter().enumerate() {
        let row = claim_outbox(&desk).await.remove(0);
        let mut tx = desk.store.write(desk.tenant).await.unwrap();
        outbox::left(&mut tx, row.id, provider_id).await.unwrap();
        messages::report(&mut tx, row.message, Some(provider_id), Ticks::Sent, None).await.unwrap();
        assert!(undelivered::all(&mut tx, None, 10).await.unwrap().is_empty());
        messages::report(&mut tx, row.message, None, Ticks::Failed, Some("undeliverable")).await.unwrap();
        let listed = undelivered::all(&mut tx, None, 10).await.unwrap();
        assert_eq!((listed[0].id, listed[0].reason.as_str(), listed.len()), (row.id, "undeliverable", 1));
        if round == 0 {
            assert!(undelivered::release(&mut tx, row.id).await.unwrap());
            let message = messages::find(&mut tx, row.message).await.unwrap().unwrap();
            assert_eq!((message.ticks, message.failure), (Some(Ticks::Queued), None), "told anew");
        } else {
            assert!(undelivered::discard(&mut tx, row.id).await.unwrap());
            assert!(!undelivered::discard(&mut tx, row.id).await.unwrap(), "once");
        }
        assert!(undelivered::all(&mut tx, None, 10).await.unwrap().is_empty());
        tx.commit().await.unwrap();
    }
    assert!(claim_outbox(&desk).await.is_empty());
}

async fn what_waited_for_its_customer_is_parked_by_a_restore(desk: Desk) {
    let talk = conversation(&desk).await;
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let message = Message {
        id: desk.env.id(),
        conversation: talk,
        author: Author::System,
        body: Body::text("¿Todo bien?"),
        provider_id: None,
        reply_to: None,
        ticks: Some(Ticks::Queued),
        failure: None,
        at: desk.env.now(),
    };
    messages::insert(&mut tx, &message).await.unwrap();
    let held = Waiting {
        message: message.id,
        conversation: talk,
        dedupe_key: "reply:1".into(),
        body: message.body,
        expires_at: desk.env.now().checked_add(jiff::SignedDuration::from_hours(72)).unwrap(),
    };
    assert!(waiting::push(&mut tx, &held).await.unwrap());
    tx.commit().await.unwrap();
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    assert_eq!(store::epoch::park_waiting(&mut tx).await.unwrap(), 1);
    tx.commit().await.unwrap();
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    assert!(waiting::take(&mut tx, talk).await.unwrap().is_empty(), "their next word lets nothing out");
    let listed = undelivered::all(&mut tx, None, 10).await.unwrap();
    assert_eq!((listed[0].state, listed[0].body.clone()), (OutboxState::Parked, Body::text("¿Todo bien?")));
    drop(tx);
    assert!(claim_outbox(&desk).await.is_empty());
}

async fn a_part_that_cannot_be_read_is_found_by_whom_it_belongs_to(desk: Desk) {
    let part = |reason: &str, owner| intake::Quarantined {
        tenant: desk.tenant,
        channel: desk.channel,
        raw: "{}".into(),
        reason: reason.into(),
        owner,
    };
    let quarantined = vec![part("ours", Owner::Tenant), part("whose?", Owner::Platform)];
    let (intake, writer) = Intake::new(&desk.store);
    let writing = tokio::spawn(writer.run());
    assert!(intake.accept(Delivery { arrivals: vec![], quarantined }).await);
    drop(intake);
    writing.await.unwrap();
    let mut platform = desk.store.platform().await.unwrap();
    let held = quarantine::of_platform(&mut platform, 10).await.unwrap();
    drop(platform);
    assert_eq!((held.len(), held[0].reason.as_str(), held[0].raw.as_deref()), (1, "whose?", Some("{}")));
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let own = quarantine::of_tenant(&mut tx, 10).await.unwrap();
    assert_eq!((own.len(), own[0].reason.as_str()), (1, "ours"));
    assert!(quarantine::find(&mut tx, held[0].id, Owner::Tenant).await.unwrap().is_none(), "not by guessing its id");
    assert!(!quarantine::close(&mut tx, held[0].id, Owner::Tenant, Closed::Discarded).await.unwrap());
    assert!(quarantine::close(&mut tx, own[0].id, Owner::Tenant, Closed::Discarded).await.unwrap());
    assert!(quarantine::of_tenant(&mut tx, 10).await.unwrap().is_empty());
}

async fn a_job_ends_once_and_a_dead_one_is_revived(desk: Desk) {
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    jobs::push(&mut tx, "remind", "k", &serde_json::json!({}), desk.env.now()).await.unwrap();
    tx.commit().await.unwrap();
    let claim = async || {
        let mut tx = desk.store.platform().await.unwrap();
        let mut claimed = jobs::claim(&mut tx, &wanted(10)).await.unwrap();
        tx.commit().await.unwrap();
        claimed.remove(0)
    };
    let stale = claim().await;
    let mut tx = desk.store.platform().await.unwrap();
    suspects::release_all(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    let held = claim().await;
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    assert!(!jobs::finish(&mut tx, &stale, &Ending::Done).await.unwrap(), "the claim is somebody else's");
    assert!(!jobs::retry(&mut tx, &stale, desk.env.now(), "late").await.unwrap());
    assert!(jobs::finish(&mut tx, &held, &Ending::Dead("broken".into())).await.unwrap());
    assert!(!jobs::finish(&mut tx, &held, &Ending::Done).await.unwrap(), "one end");
    let dead = jobs::dead(&mut tx, None, 10).await.unwrap();
    assert_eq!((dead.len(), dead[0].reason.as_str()), (1, "broken"));
    assert!(jobs::revive(&mut tx, held.id).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(claim().await.attempts, 1);
}

async fn an_event_that_keeps_failing_is_set_aside_and_the_rest_flows(desk: Desk) {
    let (bad, good) = (arrival(&desk, "+525500000001", "wamid.BAD"), arrival(&desk, "+525500000001", "wamid.GOOD"));
    accept(&desk, vec![bad, good]).await;
    // Each claim ends in a crash: nothing is finished, and the lease runs out.
    for round in 1..=12 {
        let lease = claim(&desk, 10).await.remove(0);
        assert_eq!(lease.attempts, round);
        let mut tx = desk.store.write(desk.tenant).await.unwrap();
        let pending = inbox::pending(&mut tx, &lease).await.unwrap();
        assert_eq!(pending.len(), if round > 5 { 1 } else { 2 }, "one by one when it keeps failing");
        drop(tx);
        crate::walls::tamper(&desk, "UPDATE lanes SET lease_until_us = 0").await;
    }
    let lease = claim(&desk, 10).await.remove(0);
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let pending = inbox::pending(&mut tx, &lease).await.unwrap();
    assert_eq!(pending.iter().map(|event| event.inbound.provider_id.as_str()).collect::<Vec<_>>(), ["wamid.GOOD"]);
    inbox::done(&mut tx, &[pending[0].seq]).await.unwrap();
    store::turns::record(&mut tx, &lease, &[pending[0].seq]).await.unwrap();
    assert!(lanes::finish(&mut tx, &lease).await.unwrap());
    let dead = inbox::dead(&mut tx, None, 10).await.unwrap();
    assert_eq!(dead[0].inbound.as_ref().unwrap().provider_id, "wamid.BAD");
    assert!(inbox::revive(&mut tx, dead[0].seq).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(claim(&desk, 10).await.remove(0).attempts, 1, "revived, it gets a fresh chance");
}

async fn an_event_that_does_not_open_is_set_aside_and_can_be_listed(desk: Desk) {
    accept(&desk, vec![arrival(&desk, "+525500000001", "wamid.A"), arrival(&desk, "+525500000001", "wamid.B")]).await;
    crate::walls::tamper(&desk, "UPDATE inbox SET provider_id = 'moved' WHERE provider_id = 'wamid.A'").await;
    let lease = claim(&desk, 10).await.remove(0);
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let pending = inbox::pending(&mut tx, &lease).await.unwrap();
    assert_eq!(pending.len(), 1, "what is not what was sealed is not worked on");
    let dead = inbox::dead(&mut tx, None, 10).await.unwrap();
    assert!(dead.len() == 1 && dead[0].inbound.is_none());
    assert!(inbox::has_unread(&mut tx, desk.channel, "+5255").await.unwrap());
    assert!(!inbox::has_unread(&mut tx, desk.channel, "statuses").await.unwrap());
}

async fn a_restored_copy_does_nothing_until_it_is_released(desk: Desk) {
    let talk = conversation(&desk).await;
    assert!(enqueue(&desk, talk, "turn:1:1").await);
    accept(&desk, vec![arrival(&desk, "+525500000001", "wamid.A")]).await;
    let later = desk.env.now().checked_add(jiff::SignedDuration::from_mins(5)).unwrap();
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    for (key, at) in [("due", desk.env.now()), ("later", later)] {
        jobs::push(&mut tx, "remind", key, &serde_json::json!({}), at).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut tx = desk.store.platform().await.unwrap();
    let parked = store::epoch::begin_after_restore(&mut tx).await.unwrap();
    assert_eq!(parked, store::epoch::Moved { messages: 1, events: 1, jobs: 1 });
    assert_eq!(store::epoch::current(&mut tx).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert!(claim_outbox(&desk).await.is_empty() && claim(&desk, 10).await.is_empty());
    let mut tx = desk.store.platform().await.unwrap();
    assert!(jobs::claim(&mut tx, &wanted(10)).await.unwrap().is_empty());
    assert_eq!(store::epoch::release(&mut tx).await.unwrap(), parked);
    tx.commit().await.unwrap();
    assert_eq!((claim_outbox(&desk).await.len(), claim(&desk, 10).await.len()), (1, 1));
}

async fn a_ring_is_heard_when_something_arrives(desk: Desk) {
    let Some(mut bell) = desk.store.doorbell().await.unwrap() else { return };
    accept(&desk, vec![arrival(&desk, "+525500000001", "wamid.A")]).await;
    tokio::time::timeout(Duration::from_secs(5), bell.heard()).await.unwrap().unwrap();
}

/// On PostgreSQL every claim is.
async fn a_look_tells_whether_a_claim_is_worth_it(desk: Desk) {
    let always = desk.store.engine() == store::Engine::Postgres;
    let look = async |expected: [bool; 3]| {
        let queues = [store::Queue::Lanes, store::Queue::Outbox, store::Queue::Jobs];
        for (queue, due) in queues.into_iter().zip(expected) {
            assert_eq!(desk.store.may_be_due(queue).await.unwrap(), due || always, "{queue:?}");
        }
    };
    look([false, false, false]).await;
    accept(&desk, vec![arrival(&desk, "+525500000001", "wamid.A")]).await;
    let talk = conversation(&desk).await;
    assert!(enqueue(&desk, talk, "turn:1:1").await);
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let later = desk.env.now().checked_add(jiff::SignedDuration::from_secs(5)).unwrap();
    jobs::push(&mut tx, "remind", "1", &serde_json::json!({}), later).await.unwrap();
    tx.commit().await.unwrap();
    look([true, true, false]).await;
    desk.clock.advance(6);
    look([true, true, true]).await;
    assert_eq!((claim(&desk, 10).await.len(), claim_outbox(&desk).await.len()), (1, 1));
    look([false, false, true]).await;
}
