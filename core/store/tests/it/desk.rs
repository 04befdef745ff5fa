//! A store with one small tenant in it.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

use domain::{
    BookingId, ChannelId, Clock, Currency, CustomerId, Env, Id, Language, LocationId, Money, Random, ResourceId,
    Secret, ServiceId, Span, TenantId,
    booking::{Booking, BookingItem, BookingSource, BookingState, Claim, Quote},
    catalog::{Resource, WeeklyHours},
    channel::{Line, Provider},
    customer::Identity,
    tenant::{BookingPolicy, Location, Tenant, TenantStatus},
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use store::{Store, StoreConfig, TenantTx};

/// A clock that stands until it is moved, and chance that counts.
pub(crate) struct Fixed {
    now: Mutex<Timestamp>,
    next: AtomicU64,
}

impl Fixed {
    pub(crate) fn advance(&self, minutes: i64) {
        let mut now = self.now.lock().unwrap();
        *now = now.checked_add(SignedDuration::from_mins(minutes)).unwrap();
    }
}

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }
}

impl Random for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        let seed = self.next.fetch_add(1, Ordering::Relaxed);
        for (place, byte) in bytes.iter_mut().enumerate() {
            *byte = seed.to_be_bytes()[(place + 7) % 8] ^ u8::try_from(place % 251).unwrap();
        }
        let number = seed.to_be_bytes();
        let tail = bytes.len().min(8);
        let start = bytes.len() - tail;
        bytes[start..].copy_from_slice(&number[8 - tail..]);
    }
}

pub(crate) struct Desk {
    pub(crate) store: Store,
    pub(crate) env: Env,
    pub(crate) clock: Arc<Fixed>,
    pub(crate) tenant: TenantId,
    pub(crate) location: LocationId,
    pub(crate) channel: ChannelId,
    pub(crate) customer: CustomerId,
    pub(crate) resources: Vec<ResourceId>,
    pub(crate) url: String,
    _folder: tempfile::TempDir,
}

impl Desk {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("desk.sqlite").display());
        Self::open(url, folder).await
    }

    pub(crate) async fn postgres() -> Self {
        Self::open(pgtest::database().unwrap(), tempfile::tempdir().unwrap()).await
    }

    async fn open(url: String, folder: tempfile::TempDir) -> Self {
        let clock =
            Arc::new(Fixed { now: Mutex::new("2026-03-02T15:00:00Z".parse().unwrap()), next: AtomicU64::new(1) });
        let env = Env::new(clock.clone(), clock.clone());
        let config = StoreConfig {
            url: url.clone(),
            master_key: [7; 32],
            connections: 16,
            patience: std::time::Duration::from_secs(5),
        };
        // The first connection migrates before there is a role to work as; reopen as the server would.
        let store = Store::open(&config, env.clone()).await.unwrap();
        store.migrate().await.unwrap();
        store.close().await;
        drop(store);
        let store = Store::open(&config, env.clone()).await.unwrap();
        let mut desk = Self {
            store,
            tenant: env.id(),
            location: env.id(),
            channel: env.id(),
            customer: env.id(),
            resources: Vec::new(),
            env,
            clock,
            url,
            _folder: folder,
        };
        desk.furnish().await;
        desk
    }

    async fn furnish(&mut self) {
        let mut tx = self.store.write(self.tenant).await.unwrap();
        self.resources = furnish(&mut tx, &self.env, self.tenant, self.location, self.channel, "one").await;
        let phone = Identity::Phone("+525512345678".parse_phone());
        self.customer = store::customers::get_or_create(&mut tx, &[phone], "Ana").await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A booking of resource `number`, starting `from` minutes after nine.
    pub(crate) fn booking(&self, number: usize, from: i64, minutes: u32) -> Booking {
        self.chain(&[(number, from, minutes)])
    }

    pub(crate) fn chain(&self, parts: &[(usize, i64, u32)]) -> Booking {
        self.actor().chain(parts)
    }

    /// What one of many actors at once needs.
    pub(crate) fn actor(&self) -> ActorDesk {
        ActorDesk {
            store: self.store.clone(),
            env: self.env.clone(),
            tenant: self.tenant,
            location: self.location,
            customer: self.customer,
            resources: self.resources.clone(),
        }
    }
}

/// A desk that can be handed to a task.
pub(crate) struct ActorDesk {
    pub(crate) store: Store,
    pub(crate) env: Env,
    pub(crate) tenant: TenantId,
    location: LocationId,
    customer: CustomerId,
    pub(crate) resources: Vec<ResourceId>,
}

impl ActorDesk {
    pub(crate) fn chain(&self, parts: &[(usize, i64, u32)]) -> Booking {
        let nine: Timestamp = "2026-03-03T15:00:00Z".parse().unwrap();
        let items: Vec<BookingItem> = parts
            .iter()
            .map(|(number, from, minutes)| {
                let span =
                    Span::lasting(nine.checked_add(SignedDuration::from_mins(*from)).unwrap(), *minutes).unwrap();
                let claim = Claim {
                    resource: self.resources[*number],
                    name: "R".into(),
                    role: "with".into(),
                    blocked: vec![span],
                    units: 1,
                };
                BookingItem {
                    service: ServiceId::from_uuid(uuid::Uuid::nil()),
                    name: "S".into(),
                    span,
                    claims: vec![claim],
                }
            })
            .collect();
        let from = items.iter().map(|item| item.span.from()).min().unwrap();
        let to = items.iter().map(|item| item.span.to()).max().unwrap();
        Booking {
            id: self.env.id::<BookingId>(),
            location: self.location,
            customer: self.customer,
            conversation: None,
            series: None,
            state: BookingState::Confirmed,
            span: Span::new(from, to).unwrap(),
            wall: "2026-03-03T09:00:00[America/Mexico_City]".into(),
            items,
            quote: Quote { lines: vec![], total: Money::zero(Currency::MXN), deposit: None },
            party: 1,
            note: String::new(),
            source: BookingSource::Api,
            hold_until: None,
            version: 1,
            created_at: self.env.now(),
        }
    }
}

/// Three single resources and one that takes ten.
pub(crate) async fn furnish(
    tx: &mut TenantTx,
    env: &Env,
    tenant: TenantId,
    location: LocationId,
    channel: ChannelId,
    slug: &str,
) -> Vec<ResourceId> {
    let own = Tenant {
        id: tenant,
        slug: slug.into(),
        name: slug.into(),
        language: Language::Spanish,
        currency: Currency::MXN,
        status: TenantStatus::Active,
        policy: BookingPolicy::default(),
    };
    store::tenants::insert(tx, &own).await.unwrap();
    let outlet = Location {
        id: location,
        name: "L".into(),
        address: String::new(),
        zone: TimeZone::get("America/Mexico_City").unwrap(),
        country: "MX".into(),
    };
    store::locations::insert(tx, &outlet, &WeeklyHours::default()).await.unwrap();
    let line = Line {
        id: channel,
        tenant,
        provider: Provider::Simulator,
        external_id: format!("phone-{slug}"),
        display_number: "+52".into(),
        active: true,
        secrets: [("app_secret".to_owned(), Secret::new("hush"))].into(),
    };
    store::channels::insert(tx, &line).await.unwrap();
    let mut ids = Vec::new();
    for (position, capacity) in [(0, 1), (1, 1), (2, 1), (3, 10)] {
        let resource = Resource {
            id: env.id(),
            location,
            kind: "person".into(),
            name: format!("R{position}"),
            skills: vec![],
            capacity,
            active: true,
            hours: WeeklyHours::default(),
            weight: 100,
            position,
        };
        store::resources::insert(tx, &resource).await.unwrap();
        ids.push(resource.id);
    }
    ids
}

pub(crate) trait ParsePhone {
    fn parse_phone(&self) -> domain::Phone;
}

impl ParsePhone for str {
    fn parse_phone(&self) -> domain::Phone {
        domain::Phone::parse(self).unwrap()
    }
}
