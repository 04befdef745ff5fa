//! What only the inside can bring about.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use domain::{
    Clock, Env, Random,
    channel::{Event, Inbound, Sender},
    message::Body,
};
use sqlx::Connection;
use uuid::Uuid;

use super::*;
use crate::{StoreConfig, engine::Pools};

struct Counting(AtomicU64);

impl Clock for Counting {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }
}

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let next = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        bytes.iter_mut().rev().zip(next.iter().rev()).for_each(|(byte, of)| *byte = *of);
    }
}

fn arrival(number: u32) -> Arrival {
    let peer = format!("52155{number:08}");
    let from = Sender { address: peer.clone(), identities: Vec::new(), profile_name: "Ana".into() };
    let event = Event::Message { from, body: Body::text("hola"), reply_to: None, referral: None };
    let at = jiff::Timestamp::UNIX_EPOCH;
    let inbound = Inbound { provider_id: format!("wamid.{number}"), external_id: "1".into(), at, event };
    let (tenant, channel) = (TenantId(Uuid::from_u128(1)), ChannelId(Uuid::from_u128(2)));
    Arrival { tenant, channel, peer, inbound, gather: Duration::ZERO }
}

#[tokio::test]
async fn what_is_acknowledged_is_committed_whatever_the_connection_was_left_with() {
    let url = pgtest::database().unwrap();
    let counting = Arc::new(Counting(AtomicU64::new(1)));
    let env = Env::new(counting.clone(), counting);
    let config =
        StoreConfig { url: url.clone(), master_key: [7; 32], connections: 2, patience: Duration::from_secs(5) };
    let store = Store::open(&config, env.clone()).await.unwrap();
    store.migrate().await.unwrap();
    store.close().await;
    let store = Store::open(&config, env).await.unwrap();
    let Pools::Postgres(pool) = store.pools() else { panic!("a pool of another kind") };
    let mut all = Vec::new();
    for _ in 0..4 {
        all.push(pool.acquire().await.unwrap());
    }
    for mut connection in all {
        sqlx::raw_sql("BEGIN; SELECT 1").execute(&mut *connection).await.unwrap();
    }
    let (intake, writer) = Intake::new(&store);
    let writing = tokio::spawn(writer.run());
    // By both queues.
    for number in 0..8 {
        assert!(intake.accept(Delivery { arrivals: vec![arrival(number)], quarantined: Vec::new() }).await);
    }
    let mut other = sqlx::PgConnection::connect(&url).await.unwrap();
    let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM inbox").fetch_one(&mut other).await.unwrap();
    assert_eq!(kept, 8);
    drop(intake);
    writing.await.unwrap();
}
