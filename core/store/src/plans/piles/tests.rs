//! Queues stay quick whatever PostgreSQL believes of them: statistics taken on a quiet evening, plans kept by
//! connections since then, and in the morning a pile.

use std::time::{Duration, Instant};

use domain::message::Body;
use sqlx::Connection;

use super::*;
use crate::{codec, fair::Wanted, jobs, lanes, outbox};

/// What was done long ago: nothing waits.
const HISTORY: &str = "INSERT INTO outbox (tenant_id, id, channel_id, conversation_id, message_id, dedupe_key, class, recipient, body, state, next_us, created_us)
        SELECT lpad(to_hex(h % 2 + 1), 32, '0')::uuid, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'h' || h, '\"never_lost\"', '52', '', 'sent', 0, h
        FROM generate_series(1, 2000) h;
    INSERT INTO jobs (tenant_id, id, kind, key, payload, run_us, state)
        SELECT lpad(to_hex(h % 2 + 1), 32, '0')::uuid, gen_random_uuid(), 'reminder', 'h' || h, '{}', 0, 'done' FROM generate_series(1, 2000) h;
    INSERT INTO lanes (tenant_id, channel_id, peer, waiting, ready_us)
        SELECT lpad(to_hex(h % 2 + 1), 32, '0')::uuid, gen_random_uuid(), 'h' || h, FALSE, 0 FROM generate_series(1, 2000) h;";

const DONE: &str = "UPDATE outbox SET state = 'sent'; UPDATE jobs SET state = 'done'; UPDATE lanes SET waiting = FALSE";

fn pile(name: &str, most: u32) -> String {
    let body = codec::json(&Body::text("hola"));
    format!(
        "INSERT INTO outbox (tenant_id, id, channel_id, conversation_id, message_id, dedupe_key, class, recipient, body, state, next_us, created_us)
        SELECT lpad(to_hex(h % 2 + 1), 32, '0')::uuid, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '{name}' || h, '\"never_lost\"', '52', '{body}', 'queued', 0, h
        FROM generate_series(1, {most}) h;
    INSERT INTO jobs (tenant_id, id, kind, key, payload, run_us, state)
        SELECT lpad(to_hex(h % 2 + 1), 32, '0')::uuid, gen_random_uuid(), 'reminder', '{name}' || h, '{{}}', 0, 'queued' FROM generate_series(1, {most}) h;
    INSERT INTO lanes (tenant_id, channel_id, peer, waiting, ready_us)
        SELECT lpad(to_hex(h % 2 + 1), 32, '0')::uuid, gen_random_uuid(), '{name}' || h, TRUE, 0 FROM generate_series(1, {most}) h;"
    )
}

/// One round of the workers: how many of each were claimed, and how long each claim took.
async fn round(store: &Store) -> [(usize, Duration); 3] {
    let wanted = Wanted { most: 16, lease_seconds: 30, except: &[], suspects: true };
    let mut claimed = [(0, Duration::ZERO); 3];
    for (queue, claimed) in claimed.iter_mut().enumerate() {
        let mut tx = store.platform().await.unwrap();
        let from = Instant::now();
        let number = match queue {
            0 => lanes::claim(&mut tx, &wanted).await.unwrap().len(),
            1 => outbox::claim(&mut tx, &wanted).await.unwrap().len(),
            _ => jobs::claim(&mut tx, &wanted).await.unwrap().len(),
        };
        *claimed = (number, from.elapsed());
        tx.commit().await.unwrap();
    }
    claimed
}

#[tokio::test]
async fn a_pile_is_claimed_from_the_front_whatever_the_statistics_say() {
    for history in ["", HISTORY] {
        let url = pgtest::database().unwrap();
        let store = open(&url).await;
        let mut owner = sqlx::PgConnection::connect(&url).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(format!("SET session_replication_role = replica; {history}")))
            .execute(&mut owner)
            .await
            .unwrap();
        sqlx::raw_sql("VACUUM ANALYZE").execute(&mut owner).await.unwrap();
        // A connection keeps the plan that served it five times.
        let (mut before, mut after) = ([Duration::MAX; 3], [Duration::MAX; 3]);
        for number in 0..12 {
            sqlx::raw_sql(AssertSqlSafe(pile(&format!("q{number}."), 1))).execute(&mut owner).await.unwrap();
            claim_into(&store, 1, &mut before).await;
            sqlx::raw_sql(DONE).execute(&mut owner).await.unwrap();
        }
        sqlx::raw_sql(AssertSqlSafe(pile("p", 30_000))).execute(&mut owner).await.unwrap();
        for _ in 0..8 {
            claim_into(&store, 16, &mut after).await;
        }
        // Quick is as quick as one row was, with the neighbours that this machine has just now: a pile that is looked
        // through takes 60 ms more, one whose rows are compared with each other 15 s.
        let slow =
            after.iter().zip(before).filter(|(after, before)| **after > *before * 10 + Duration::from_millis(20));
        assert_eq!(slow.count(), 0, "with {} bytes of history: {after:?}, one row {before:?}", history.len());
    }
}

/// A round that must find `wanted` of each; `quickest` keeps the shortest times.
async fn claim_into(store: &Store, wanted: usize, quickest: &mut [Duration; 3]) {
    for (quickest, (number, took)) in quickest.iter_mut().zip(round(store).await) {
        assert_eq!(number, wanted);
        *quickest = took.min(*quickest);
    }
}
