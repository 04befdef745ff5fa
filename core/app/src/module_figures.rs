//! What a canary watches, counted as it happens on this node: by tenant and release, until it is written down.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
    time::Duration,
};

use domain::{
    TenantId,
    canary::Figures,
    vertical::{Activated, VerticalError},
};

use crate::desk::lock;

/// What calls of a rehearsal carry: nobody waits for their answers, so they are not watched.
pub(crate) const REHEARSAL: &str = "rehearsal";
/// What the requests of turns begin with.
const TURN: &str = "turn:";

type Release = (TenantId, String);

#[derive(Default)]
pub(crate) struct Counting {
    sums: Mutex<BTreeMap<Release, Figures>>,
    /// Turns that are on, in which a call was not answered.
    alone: Mutex<BTreeSet<(TenantId, String)>>,
}

fn release(activated: &Activated) -> Release {
    (activated.tenant, activated.digest.clone())
}

impl Counting {
    pub(crate) fn called(&self, activated: &Activated, request: &str, took: Duration, error: Option<&VerticalError>) {
        if request == REHEARSAL {
            return;
        }
        let mut sums = lock(&self.sums);
        let figures = sums.entry(release(activated)).or_default();
        // A call that found nothing left was not made.
        if error != Some(&VerticalError::Spent) {
            figures.calls += 1;
            figures.took(took);
        }
        match error {
            Some(VerticalError::Trapped(_)) => figures.traps += 1,
            Some(VerticalError::Limit("time")) => figures.timeouts += 1,
            Some(VerticalError::Limit(_) | VerticalError::BadOutput(_)) => figures.unusable += 1,
            Some(
                VerticalError::Refused(_) | VerticalError::Busy | VerticalError::Spent | VerticalError::Unavailable(_),
            )
            | None => {}
        }
        drop(sums);
        let unanswered = error.is_some_and(|error| !matches!(error, VerticalError::Refused(_)));
        if unanswered && request.starts_with(TURN) {
            lock(&self.alone).insert((activated.tenant, request.to_owned()));
        }
    }

    pub(crate) fn judged(&self, activated: &Activated, request: &str, refused: bool) {
        if request == REHEARSAL {
            return;
        }
        let mut sums = lock(&self.sums);
        let figures = sums.entry(release(activated)).or_default();
        figures.judged += 1;
        figures.refused += u64::from(refused);
    }

    /// A turn is over.
    pub(crate) fn turned(&self, activated: &Activated, request: &str, handed_over: bool) {
        let alone = lock(&self.alone).remove(&(activated.tenant, request.to_owned()));
        let mut sums = lock(&self.sums);
        let figures = sums.entry(release(activated)).or_default();
        figures.turns += 1;
        figures.fallbacks += u64::from(alone);
        figures.hand_overs += u64::from(handed_over);
    }

    pub(crate) fn take(&self) -> BTreeMap<Release, Figures> {
        std::mem::take(&mut *lock(&self.sums))
    }
}

#[cfg(test)]
mod tests {
    use domain::{Id, ReleaseId};

    use super::*;

    fn activated(digest: &str) -> Activated {
        Activated {
            tenant: TenantId::from_uuid(uuid::Uuid::from_u128(1)),
            module: "m".to_owned(),
            release: ReleaseId::from_uuid(uuid::Uuid::from_u128(2)),
            digest: digest.to_owned(),
            config: serde_json::Value::Null,
            grants: Vec::new(),
            data_version: 0,
            plan: domain::plan::Plan::default(),
        }
    }

    #[test]
    fn a_turn_with_a_call_that_failed_is_a_fallback_once_and_a_refusal_is_an_answer() {
        let (counting, release) = (Counting::default(), activated("aa"));
        let trap = VerticalError::Trapped("oh".to_owned());
        counting.called(&release, "turn:1", Duration::ZERO, Some(&trap));
        counting.called(&release, "turn:1", Duration::ZERO, Some(&trap));
        counting.called(&release, "turn:2", Duration::ZERO, Some(&VerticalError::Refused("no".to_owned())));
        counting.called(&release, REHEARSAL, Duration::ZERO, Some(&trap));
        counting.turned(&release, "turn:1", true);
        counting.turned(&release, "turn:2", false);
        let sums = counting.take();
        let figures = sums.values().next().unwrap();
        assert_eq!((figures.calls, figures.traps), (3, 2));
        assert_eq!((figures.turns, figures.fallbacks, figures.hand_overs), (2, 1, 1));
        assert!(counting.take().is_empty(), "taking empties it");
    }

    #[test]
    fn releases_of_one_tenant_are_counted_apart() {
        let counting = Counting::default();
        counting.judged(&activated("aa"), "turn:1", true);
        counting.judged(&activated("bb"), "turn:1", false);
        let refused: Vec<u64> = counting.take().into_values().map(|figures| figures.refused).collect();
        assert_eq!(refused, [1, 0]);
    }
}
