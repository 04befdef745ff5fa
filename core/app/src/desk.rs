//! [`App`]: the store, the ports and what all use cases share.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::{
    Env, ShiftedClock,
    channel::{Channel, Line, Provider},
    media::Blobs,
    outside_calendar::Calendars,
    release::Inspector,
    simulator::{Handset, Simulator},
    text::Renderer,
    vertical::{Description, Outside, Vertical},
};
use jiff::Timestamp;
use store::{Store, StoreError, intake::Intake};
use templates::messages::Messages;
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

use crate::{
    bulkhead::Bulkhead,
    doorbell::Rings,
    module_watch::Watch,
    outbound::Outbound,
    passwords::Passwords,
    tasks::Tasks,
    texts::Alarms,
    view::{AppError, HealthPart, HealthView},
    workers::Pace,
};

/// What an [`App`] is made of.
pub struct Parts {
    pub store: Store,
    pub env: Env,
    pub channels: Vec<Arc<dyn Channel>>,
    /// Where files lie.
    pub blobs: Arc<dyn Blobs>,
    pub vertical: Arc<dyn Vertical>,
    /// Of components before they are kept.
    pub inspector: Arc<dyn Inspector>,
    /// Other servers, for modules.
    pub outside: Arc<dyn Outside>,
    /// That resources keep elsewhere.
    pub calendars: Arc<dyn Calendars>,
    /// Of templates that strangers wrote.
    pub renderer: Arc<dyn Renderer>,
    pub simulator: Option<Arc<dyn Simulator>>,
    /// The clock when it may be moved: demo and tests.
    pub shifted: Option<Arc<ShiftedClock>>,
    pub intake: Intake,
    pub tasks: Arc<Tasks>,
    /// `https://desk.example.com`, without a slash at the end.
    pub public_url: String,
    /// How long to wait for more fragments before answering.
    pub burst: Duration,
    pub pace: Pace,
    /// How other nodes learn of what arrives here.
    pub doorbell: Rings,
    /// Phones offered in the simulator beside known customers, by tenant slug.
    pub handsets: Vec<(String, Handset)>,
}

/// The application: every use case is a method.
pub struct App {
    pub(crate) store: Store,
    pub(crate) env: Env,
    channels: BTreeMap<Provider, Arc<dyn Channel>>,
    pub(crate) blobs: Arc<dyn Blobs>,
    pub(crate) vertical: Arc<Watch>,
    pub(crate) inspector: Arc<dyn Inspector>,
    /// Held by whoever has a component checked: compiling takes much of the machine.
    pub(crate) workbench: tokio::sync::Mutex<()>,
    pub(crate) outside: Arc<dyn Outside>,
    pub(crate) calendars: Arc<dyn Calendars>,
    pub(crate) renderer: Arc<dyn Renderer>,
    pub(crate) text_alarms: Arc<Alarms>,
    pub(crate) simulator: Option<Arc<dyn Simulator>>,
    pub(crate) shifted: Option<Arc<ShiftedClock>>,
    pub(crate) intake: Intake,
    pub(crate) tasks: Arc<Tasks>,
    public_url: String,
    pub(crate) burst: Duration,
    pub(crate) pace: Pace,
    pub(crate) rings: Rings,
    /// Something arrived here that another node may take care of.
    pub(crate) arrived: Notify,
    /// Turns, sends and jobs in flight.
    pub(crate) turns: Arc<Bulkhead>,
    pub(crate) sends: Arc<Bulkhead>,
    pub(crate) errands: Arc<Bulkhead>,
    pub(crate) outbound: Outbound,
    /// Since when word from providers can reach us.
    pub(crate) listening_since: Instant,
    pub(crate) handsets: Vec<(String, Handset)>,
    pub(crate) messages: Messages,
    pub(crate) passwords: Passwords,
    bell: watch::Sender<u64>,
    /// Wakes the workers of this process early; they poll anyway.
    pub(crate) work: Arc<Notify>,
    pub(crate) outgoing: Notify,
    pub(crate) attempts: Mutex<BTreeMap<String, Vec<Timestamp>>>,
    pub(crate) descriptions: Mutex<BTreeMap<String, Arc<Description>>>,
}

impl App {
    /// Fails only when our own message files do not parse.
    pub fn new(parts: Parts) -> Result<Self, AppError> {
        let messages = Messages::load().map_err(|error| AppError::Broken(Box::new(error)))?;
        Ok(Self {
            vertical: Arc::new(Watch::new(parts.vertical, parts.env.clone())),
            inspector: parts.inspector,
            workbench: tokio::sync::Mutex::default(),
            outside: parts.outside,
            calendars: parts.calendars,
            renderer: parts.renderer,
            text_alarms: Arc::default(),
            store: parts.store,
            env: parts.env,
            channels: parts.channels.into_iter().map(|channel| (channel.provider(), channel)).collect(),
            blobs: parts.blobs,
            simulator: parts.simulator,
            shifted: parts.shifted,
            intake: parts.intake,
            tasks: parts.tasks,
            public_url: parts.public_url,
            burst: parts.burst,
            pace: parts.pace,
            rings: parts.doorbell,
            arrived: Notify::new(),
            turns: Bulkhead::new(16, 12),
            sends: Bulkhead::new(32, 24),
            errands: Bulkhead::new(16, 12),
            outbound: Outbound::default(),
            listening_since: Instant::now(),
            handsets: parts.handsets,
            messages,
            passwords: Passwords::default(),
            bell: watch::channel(0).0,
            work: Arc::default(),
            outgoing: Notify::new(),
            attempts: Mutex::default(),
            descriptions: Mutex::default(),
        })
    }

    pub fn env(&self) -> &Env {
        &self.env
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    pub fn public_url(&self) -> &str {
        &self.public_url
    }

    /// Rings when anything was committed here.
    pub fn bell(&self) -> watch::Receiver<u64> {
        self.bell.subscribe()
    }

    /// Tells dashboards and workers of this process that something changed.
    pub(crate) fn ring(&self) {
        self.bell.send_modify(|count| *count = count.wrapping_add(1));
        self.outgoing.notify_one();
    }

    pub(crate) fn channel(&self, line: &Line) -> Result<Arc<dyn Channel>, AppError> {
        self.adapter(line.provider)
    }

    pub(crate) fn adapter(&self, provider: Provider) -> Result<Arc<dyn Channel>, AppError> {
        self.channels.get(&provider).cloned().ok_or(AppError::NotFound)
    }

    pub async fn health(&self) -> HealthView {
        let (ok, detail) = match self.store.check().await {
            Ok(()) => (true, String::new()),
            Err(error) => (false, error.to_string()),
        };
        let database = HealthPart { name: "database".to_owned(), ok, detail };
        // A provider that is left alone for a while does not make us unready: what is for it waits.
        let closed = self.outbound.closed(Instant::now());
        let channels = closed.into_iter().map(|(channel, left)| HealthPart {
            name: format!("channel {channel}"),
            ok: false,
            detail: format!("not spoken to for another {} s", left.as_secs()),
        });
        let parts = std::iter::once(database).chain(self.doorbell_health()).chain(channels).collect();
        HealthView { ready: ok, parts }
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        if error.is_unavailable() {
            Self::Unavailable { retry_after_seconds: 5 }
        } else {
            Self::Broken(Box::new(error))
        }
    }
}

/// A panic while holding one of our small tables leaves it usable.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
