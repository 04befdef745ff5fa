//! The two things a pure program lacks, handed in: what time it is and chance.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::{
    faults::{Faults, Point, Sabotage},
    ids::Id,
};

/// What time it is. The real one is in `frontdesk`; tests and the simulator move theirs.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
}

/// Bytes nobody can guess. The real one reads the operating system's generator.
pub trait Random: Send + Sync {
    fn fill(&self, bytes: &mut [u8]);
}

/// Clock and chance together, cheap to clone, handed to everything that decides.
#[derive(Clone)]
pub struct Env {
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    faults: Option<Arc<dyn Faults>>,
}

impl Env {
    pub fn new(clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self { clock, random, faults: None }
    }

    /// For the chaos harness.
    pub fn with_faults(self, faults: Arc<dyn Faults>) -> Self {
        Self { faults: Some(faults), ..self }
    }

    /// The code is at `point`; a chaos run may end the process here.
    pub fn pass(&self, point: Point) {
        if let Some(faults) = &self.faults {
            faults.pass(point);
        }
    }

    /// Whether a chaos run wants this done wrong, to see its checker catch it.
    pub fn sabotaged(&self, sabotage: Sabotage) -> bool {
        self.faults.as_ref().is_some_and(|faults| faults.sabotaged(sabotage))
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A new id that sorts by creation time (UUIDv7, RFC 9562).
    pub fn id<I: Id>(&self) -> I {
        let mut entropy = [0_u8; 10];
        self.random.fill(&mut entropy);
        let millis = u64::try_from(self.now().as_millisecond()).unwrap_or(0);
        I::from_uuid(uuid::Builder::from_unix_timestamp_millis(millis, &entropy).into_uuid())
    }

    /// `N` bytes nobody can guess: session tokens, salts, nonces.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0_u8; N];
        self.random.fill(&mut bytes);
        bytes
    }

    /// A plain version 7 UUID for rows that are no domain thing.
    pub fn uuid(&self) -> Uuid {
        self.id::<crate::ids::EventId>().0
    }
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Env")
    }
}

/// A clock that can be moved: the simulator's, and tests'. It runs at the speed of its base.
pub struct ShiftedClock {
    base: Arc<dyn Clock>,
    ahead_us: AtomicI64,
}

impl ShiftedClock {
    pub fn new(base: Arc<dyn Clock>) -> Self {
        Self { base, ahead_us: AtomicI64::new(0) }
    }

    /// Moves it by `by`, forward or back, from where it now is.
    pub fn advance(&self, by: SignedDuration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(0);
        self.ahead_us.fetch_add(micros, Ordering::SeqCst);
    }

    /// Back to its base.
    pub fn reset(&self) {
        self.ahead_us.store(0, Ordering::SeqCst);
    }

    pub fn ahead(&self) -> SignedDuration {
        SignedDuration::from_micros(self.ahead_us.load(Ordering::SeqCst))
    }
}

impl Clock for ShiftedClock {
    fn now(&self) -> Timestamp {
        let now = self.base.now();
        now.checked_add(self.ahead()).unwrap_or(now)
    }
}
