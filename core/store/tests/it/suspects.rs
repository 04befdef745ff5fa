//! Processes that die and die again: whoever was only there waits and goes on, the guilty one is set aside.

use std::{collections::BTreeSet, time::Duration};

use domain::{
    channel::{Event, Inbound, Sender},
    customer::Identity,
    delivery::OutboxState,
    message::Body,
};
use store::{
    Wanted, customers, inbox,
    intake::{Arrival, Delivery, Intake},
    jobs::{self, Ending},
    lanes, outbox, suspects, undelivered,
};

use crate::{
    desk::{Desk, ParsePhone},
    on_both_engines,
    queues::{conversation_with, enqueue},
    walls::tamper,
};

on_both_engines!(
    who_died_twice_is_followed_at_once_and_then_waits,
    quick_deaths_set_no_innocent_work_aside,
    who_died_beside_a_poisoned_message_outlives_it,
    who_died_beside_a_poisoned_job_outlives_it,
    who_died_beside_a_poisoned_departure_outlives_it,
    a_departure_that_waits_or_is_put_off_is_no_suspect,
    a_new_message_does_not_bring_a_suspected_lane_forward,
);

const POISON: &str = "+525500000099";
/// Of a process that has lived for a while, and of one that has not.
const MANY: Wanted<'static> = Wanted { most: 64, lease_seconds: 30, except: &[], suspects: true };
const YOUNG: Wanted<'static> = Wanted { suspects: false, ..MANY };

fn peers() -> Vec<String> {
    (0..12).map(|number| format!("+5255000000{number:02}")).chain([POISON.to_owned()]).collect()
}

async fn say(desk: &Desk, peers: &[String], id: &str) {
    let arrivals = peers.iter().map(|peer| {
        let identities = vec![Identity::Phone(peer.parse_phone())];
        let from = Sender { address: peer.clone(), identities, profile_name: String::new() };
        let event = Event::Message { from, body: Body::text("hola"), reply_to: None, referral: None };
        let provider_id = format!("wamid.{id}.{peer}");
        let inbound = Inbound { provider_id, external_id: "phone-one".into(), at: desk.env.now(), event };
        Arrival { tenant: desk.tenant, channel: desk.channel, peer: peer.clone(), inbound, gather: Duration::ZERO }
    });
    let (intake, writer) = Intake::new(&desk.store);
    let writing = tokio::spawn(writer.run());
    assert!(intake.accept(Delivery { arrivals: arrivals.collect(), quarantined: vec![] }).await);
    drop(intake);
    writing.await.unwrap();
}

/// What a process claims when it comes up, as the one owner of its file or as one of several nodes.
async fn restart(desk: &Desk) -> Vec<lanes::Lease> {
    restart_as(desk, &MANY).await
}

async fn restart_as(desk: &Desk, wanted: &Wanted<'_>) -> Vec<lanes::Lease> {
    let mut tx = desk.store.platform().await.unwrap();
    suspects::release_all(&mut tx).await.unwrap();
    let leases = lanes::claim(&mut tx, wanted).await.unwrap();
    tx.commit().await.unwrap();
    leases
}

async fn restart_for_jobs(desk: &Desk, wanted: &Wanted<'_>) -> Vec<jobs::Claimed> {
    let mut tx = desk.store.platform().await.unwrap();
    suspects::release_all(&mut tx).await.unwrap();
    let claimed = jobs::claim(&mut tx, wanted).await.unwrap();
    tx.commit().await.unwrap();
    claimed
}

async fn restart_for_departures(desk: &Desk, wanted: &Wanted<'_>) -> Vec<outbox::Claimed> {
    let mut tx = desk.store.platform().await.unwrap();
    suspects::release_all(&mut tx).await.unwrap();
    let claimed = outbox::claim(&mut tx, wanted).await.unwrap();
    tx.commit().await.unwrap();
    claimed
}

/// Leases are the database's: for them time passes when they come closer.
async fn a_second_passes(desk: &Desk) {
    tamper(
        desk,
        "UPDATE lanes SET lease_until_us = lease_until_us - 1000000 WHERE lease_until_us > 0;
        UPDATE jobs SET lease_until_us = lease_until_us - 1000000 WHERE lease_until_us > 0;
        UPDATE outbox SET lease_until_us = lease_until_us - 1000000 WHERE lease_until_us > 0",
    )
    .await;
}

async fn works(desk: &Desk, lease: &lanes::Lease) {
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let seqs: Vec<i64> = inbox::pending(&mut tx, lease).await.unwrap().iter().map(|event| event.seq).collect();
    inbox::done(&mut tx, &seqs).await.unwrap();
    assert!(lanes::finish(&mut tx, lease).await.unwrap());
    tx.commit().await.unwrap();
}

async fn set_aside(desk: &Desk) -> Vec<String> {
    let mut tx = desk.store.read(desk.tenant).await.unwrap();
    let dead = inbox::dead(&mut tx, None, 100).await.unwrap();
    dead.into_iter().map(|event| event.inbound.unwrap().provider_id).collect()
}

async fn who_died_twice_is_followed_at_once_and_then_waits(desk: Desk) {
    say(&desk, &peers(), "A").await;
    for life in 1..=3 {
        let leases = restart(&desk).await;
        assert_eq!((leases.len(), leases[0].attempts), (13, life));
    }
    assert!(restart(&desk).await.is_empty(), "three died: what they held runs out by itself");
    say(&desk, &["+525500000077".to_owned()], "B").await;
    let new = restart(&desk).await;
    assert_eq!(new.len(), 1, "who was not there is served at once");
    works(&desk, &new[0]).await;
    let mut back = Vec::new();
    for second in 1..=60 {
        a_second_passes(&desk).await;
        back.extend(restart(&desk).await.into_iter().map(|lease| (second, lease.peer)));
    }
    assert_eq!(back.len(), 13, "all are followed within two leases");
    assert!(back.iter().all(|(second, _)| *second >= 30), "and none before the first is over: {back:?}");
    let moments: BTreeSet<u32> = back.iter().map(|(second, _)| *second).collect();
    assert!(moments.len() >= 6, "each in its own time: {back:?}");
}

async fn quick_deaths_set_no_innocent_work_aside(desk: Desk) {
    say(&desk, &peers(), "A").await;
    for number in 0..5 {
        let mut tx = desk.store.write(desk.tenant).await.unwrap();
        jobs::push(&mut tx, "remind", &number.to_string(), &serde_json::json!({}), desk.env.now()).await.unwrap();
        tx.commit().await.unwrap();
        depart(&desk, &number.to_string()).await;
    }
    // A process a second for five minutes, ten leases, and each dies with all that it had claimed.
    let (mut worst, mut departures) = ((0, 0), 0);
    for _life in 0..300 {
        let (leases, claimed) = (restart_as(&desk, &YOUNG).await, restart_for_jobs(&desk, &YOUNG).await);
        worst.0 = leases.iter().map(|lease| lease.attempts).max().unwrap_or(0).max(worst.0);
        worst.1 = claimed.iter().map(|job| job.attempts).max().unwrap_or(0).max(worst.1);
        departures += restart_for_departures(&desk, &YOUNG).await.len();
        a_second_passes(&desk).await;
    }
    assert_eq!(worst, (3, 3), "three deaths, and then it waits for a process that lives");
    assert!(set_aside(&desk).await.is_empty());
    assert_eq!(departures, 15, "three times each of the five");
    assert_eq!((restart(&desk).await.len(), restart_for_jobs(&desk, &MANY).await.len()), (13, 5));
    assert_eq!(restart_for_departures(&desk, &MANY).await.len(), 5);
}

async fn who_died_beside_a_poisoned_message_outlives_it(desk: Desk) {
    say(&desk, &peers(), "A").await;
    let mut lives = 0;
    for _second in 0..900 {
        let leases = restart(&desk).await;
        let poison = leases.iter().find(|lease| lease.peer == POISON);
        match poison {
            // Its head was set aside with the claim: nothing is left that kills.
            Some(lease) if lease.attempts > 12 => works(&desk, lease).await,
            Some(_) => {
                lives += 1;
                a_second_passes(&desk).await;
                continue;
            }
            None => {}
        }
        for lease in leases.iter().filter(|lease| lease.peer != POISON) {
            works(&desk, lease).await;
        }
        if !set_aside(&desk).await.is_empty() {
            break;
        }
        a_second_passes(&desk).await;
    }
    assert_eq!(set_aside(&desk).await, [format!("wamid.A.{POISON}")], "the guilty one, within a quarter of an hour");
    assert_eq!(lives, 12);
    for _second in 0..61 {
        a_second_passes(&desk).await;
        for lease in restart(&desk).await {
            works(&desk, &lease).await;
        }
    }
    let mut tx = desk.store.read(desk.tenant).await.unwrap();
    assert!(!inbox::has_unread(&mut tx, desk.channel, "+52").await.unwrap(), "everybody else was served");
}

async fn who_died_beside_a_poisoned_job_outlives_it(desk: Desk) {
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    for number in 0..8 {
        let kind = if number == 3 { "poison" } else { "remind" };
        jobs::push(&mut tx, kind, &number.to_string(), &serde_json::json!({}), desk.env.now()).await.unwrap();
    }
    tx.commit().await.unwrap();
    let (mut done, mut tries) = (0, 0);
    for _second in 0..900 {
        let claimed = restart_for_jobs(&desk, &MANY).await;
        tries = claimed.iter().filter(|job| job.kind == "poison").map(|job| job.attempts).max().unwrap_or(tries);
        if claimed.iter().all(|job| job.kind != "poison") {
            for job in &claimed {
                assert!(job.attempts <= 8, "tried too often without guilt");
                let mut tx = desk.store.write(desk.tenant).await.unwrap();
                assert!(jobs::finish(&mut tx, job, &Ending::Done).await.unwrap());
                tx.commit().await.unwrap();
                done += 1;
            }
        }
        if tries > 8 && done == 7 {
            return;
        }
        a_second_passes(&desk).await;
    }
    panic!("{done} of 7 jobs were done, the poisoned one was tried {tries} times");
}

/// A message of ours to a customer of its own.
async fn depart(desk: &Desk, name: &str) {
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    let customer = customers::get_or_create(&mut tx, &[Identity::Lid(format!("{name}@lid"))], name).await.unwrap();
    tx.commit().await.unwrap();
    let talk = conversation_with(desk, customer, name).await;
    assert!(enqueue(desk, talk, name).await);
}

async fn settled(desk: &Desk, row: &outbox::Claimed) {
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    assert!(outbox::settle(&mut tx, row, OutboxState::Sent, Some(&row.dedupe_key), None).await.unwrap());
    tx.commit().await.unwrap();
}

async fn who_died_beside_a_poisoned_departure_outlives_it(desk: Desk) {
    for name in ["1", "2", "poison", "3", "4"] {
        depart(&desk, name).await;
    }
    let (mut lives, mut sent) = (0, 0);
    let parked = loop {
        let claimed = restart_for_departures(&desk, &MANY).await;
        if claimed.iter().any(|row| row.dedupe_key == "poison") {
            lives += 1;
        } else {
            for row in &claimed {
                settled(&desk, row).await;
                sent += 1;
            }
        }
        let mut tx = desk.store.read(desk.tenant).await.unwrap();
        if let Some(parked) = undelivered::all(&mut tx, None, 10).await.unwrap().pop() {
            break parked;
        }
        assert!(lives <= 12, "tried for ever");
        drop(tx);
        a_second_passes(&desk).await;
    };
    assert_eq!((lives, parked.state, parked.body.words()), (12, OutboxState::Parked, "poison"));
    assert_eq!(parked.reason, "nobody who tried to send it came to an end");
    for _second in 0..61 {
        a_second_passes(&desk).await;
        for row in restart_for_departures(&desk, &MANY).await {
            settled(&desk, &row).await;
            sent += 1;
        }
    }
    assert_eq!(sent, 4, "everybody else was served");
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    assert!(undelivered::release(&mut tx, parked.id).await.unwrap());
    tx.commit().await.unwrap();
    for _life in 0..3 {
        assert_eq!(restart_for_departures(&desk, &MANY).await.len(), 1, "a member's word: it is as new");
    }
}

/// A provider may be down for a day, and the word of a message long in coming: whoever lived to note that was not killed.
async fn a_departure_that_waits_or_is_put_off_is_no_suspect(desk: Desk) {
    depart(&desk, "patience").await;
    for _outage in 0..20 {
        let row = restart_for_departures(&desk, &YOUNG).await.remove(0);
        let mut tx = desk.store.write(desk.tenant).await.unwrap();
        assert!(outbox::retry(&mut tx, &row, 0, "the provider is down").await.unwrap());
        tx.commit().await.unwrap();
    }
    let row = restart_for_departures(&desk, &YOUNG).await.remove(0);
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    assert!(outbox::begin_sending(&mut tx, &row, 0).await.unwrap());
    assert!(outbox::wait_for_word(&mut tx, &row, 0, "no answer").await.unwrap());
    tx.commit().await.unwrap();
    for _look in 0..20 {
        let row = restart_for_departures(&desk, &YOUNG).await.remove(0);
        let mut tx = desk.store.write(desk.tenant).await.unwrap();
        assert!(outbox::wait_for_word(&mut tx, &row, 0, "waiting for word of it").await.unwrap());
        tx.commit().await.unwrap();
    }
    let row = restart_for_departures(&desk, &YOUNG).await.remove(0);
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    assert!(outbox::resend(&mut tx, &row, "no word of it came").await.unwrap());
    tx.commit().await.unwrap();
    for _death in 0..3 {
        assert_eq!(restart_for_departures(&desk, &YOUNG).await.len(), 1);
    }
    assert!(restart_for_departures(&desk, &YOUNG).await.is_empty(), "three deaths, and then it is one");
}

async fn a_new_message_does_not_bring_a_suspected_lane_forward(desk: Desk) {
    let own = [POISON.to_owned()];
    say(&desk, &own, "A").await;
    for _life in 0..3 {
        assert_eq!(restart(&desk).await.len(), 1);
    }
    say(&desk, &own, "B").await;
    assert!(restart(&desk).await.is_empty(), "whoever writes on would kill a process with each message");
    for _second in 0..60 {
        a_second_passes(&desk).await;
    }
    let lease = restart(&desk).await.remove(0);
    works(&desk, &lease).await;
    say(&desk, &own, "C").await;
    let lease = restart(&desk).await.remove(0);
    assert_eq!(lease.attempts, 1, "one good turn and it is as any other");
    let mut tx = desk.store.write(desk.tenant).await.unwrap();
    assert_eq!(inbox::pending(&mut tx, &lease).await.unwrap().len(), 1, "both before were answered");
}
