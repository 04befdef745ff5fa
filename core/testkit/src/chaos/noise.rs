//! A second business whose queue is full: fifty thousand messages, all of them due.

use std::collections::BTreeMap;

use anyhow::Result;
use domain::{
    ChannelId, Currency, Id, Language, Secret, TenantId,
    channel::{Line, Provider},
    tenant::{BookingPolicy, Tenant, TenantStatus},
};
use uuid::Uuid;

use super::{
    house::Flat,
    ledger::{self, Ledger},
};

/// All of them are for this address; nobody reports what became of them.
pub(crate) const RECIPIENT: &str = "4915100000000";
const TENANT: Uuid = Uuid::from_u128(0xfeed_0001);
const CHANNEL: Uuid = Uuid::from_u128(0xfeed_0002);

/// The business and its number, before any node runs.
pub(crate) async fn settle(flat: &Flat) -> Result<()> {
    let store = ledger::open_store(&flat.database, &flat.folder.path().join("data")).await?;
    let mut tx = store.write(TenantId::from_uuid(TENANT)).await?;
    let tenant = Tenant {
        id: TenantId::from_uuid(TENANT),
        slug: "noisy".to_owned(),
        name: "Noisy".to_owned(),
        language: Language::English,
        currency: Currency::USD,
        status: TenantStatus::Active,
        policy: BookingPolicy::default(),
    };
    store::tenants::insert(&mut tx, &tenant).await?;
    let line = Line {
        id: ChannelId::from_uuid(CHANNEL),
        tenant: tenant.id,
        provider: Provider::Meta,
        external_id: "700800900100999".to_owned(),
        display_number: "+49 151 00000000".to_owned(),
        active: true,
        secrets: BTreeMap::from([("access_token".to_owned(), Secret::new("noise".to_owned()))]),
    };
    store::channels::insert(&mut tx, &line).await?;
    tx.commit().await?;
    store.close().await;
    Ok(())
}

pub(crate) async fn pile(ledger: &mut Ledger) -> Result<u64> {
    macro_rules! text {
        ($numbers:literal, $now:literal, $id:literal, $tenant:literal, $channel:literal) => {
            concat!(
                "INSERT INTO outbox (tenant_id, id, channel_id, conversation_id, message_id, dedupe_key, class, recipient,
                    body, state, next_us, created_us) SELECT ", $tenant, ", ", $id, ", ", $channel, ", ", $id, ", ", $id,
                ", 'noise:' || n, '\"never_lost\"', '4915100000000', '{\"type\":\"text\",\"text\":\"noise\"}', 'queued',
                    0, ", $now, " + n FROM ", $numbers
            )
        };
    }
    const SQLITE: &str = text!(
        "(WITH RECURSIVE up (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < 50000) SELECT n FROM up)",
        "unixepoch() * 1000000",
        "randomblob(16)",
        "X'000000000000000000000000FEED0001'",
        "X'000000000000000000000000FEED0002'"
    );
    const POSTGRES: &str = text!(
        "generate_series(1, 50000) AS up (n)",
        "(extract(epoch FROM now()) * 1000000)::bigint",
        "gen_random_uuid()",
        "'00000000-0000-0000-0000-0000feed0001'::uuid",
        "'00000000-0000-0000-0000-0000feed0002'::uuid"
    );
    ledger.run(if matches!(ledger, Ledger::Sqlite(_)) { SQLITE } else { POSTGRES }).await
}

/// What nobody has touched goes; what is on its way goes its way.
pub(crate) async fn clear(ledger: &mut Ledger) -> Result<()> {
    // A row that a node holds just now is free again a moment later.
    ledger
        .run("DELETE FROM outbox WHERE dedupe_key LIKE 'noise:%' AND state = 'queued' AND lease_until_us = 0")
        .await?;
    Ok(())
}
