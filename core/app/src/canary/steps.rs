//! What is next for each open canary: figures written down, the rule asked, tenants brought over or taken back. Run by
//! every node again and again; each step is made once, by whichever node comes first.
//!
//! Invariants: a tenant's switch and its standing are one transaction; a tenant that somebody else has switched since is
//! left as it is; a canary is closed when its last tenant is where it belongs.

use std::collections::BTreeSet;

use domain::{
    TenantId,
    canary::{BY_RULE, Canary, CanaryState, Side, Standing},
};
use store::{
    activations,
    canaries::{self, Place},
};

use super::rule;
use crate::{App, OPERATOR, SwitchError, view::AppError};

impl App {
    /// Figures, the rule, and what follows: done every ten seconds, and at once when a release fails.
    pub async fn tend_canaries(&self) -> Result<(), AppError> {
        self.keep_figures().await?;
        for canary in self.open_canaries().await?.into_iter().filter(|open| open.state == CanaryState::Running) {
            self.ask_the_rule(&canary).await?;
        }
        self.advance_canaries().await
    }

    async fn open_canaries(&self) -> Result<Vec<Canary>, AppError> {
        let mut tx = self.store.platform_look().await?;
        Ok(canaries::open(&mut tx).await?)
    }

    /// Writes down what was watched here since the last time. Without a canary nothing is kept.
    pub(crate) async fn keep_figures(&self) -> Result<(), AppError> {
        let watched = self.vertical.figures.take();
        if watched.is_empty() {
            return Ok(());
        }
        let running: Vec<Canary> =
            self.open_canaries().await?.into_iter().filter(|open| open.state == CanaryState::Running).collect();
        for canary in &running {
            let mut tx = self.store.platform_read().await?;
            let places = canaries::places(&mut tx, canary.id).await?;
            drop(tx);
            let counted: BTreeSet<(TenantId, &str)> = places
                .iter()
                .filter_map(|place| match place.side {
                    Side::New => Some((place.tenant, canary.digest.as_str())),
                    Side::Old => Some((place.tenant, place.before_digest.as_str())),
                    Side::Pinned => None,
                })
                .collect();
            for ((tenant, digest), figures) in &watched {
                if counted.contains(&(*tenant, digest.as_str())) {
                    let mut tx = self.store.write(*tenant).await?;
                    // A tenant may be gone by now; what was watched of it went with it.
                    if store::tenants::exists(&mut tx).await? {
                        canaries::add(&mut tx, canary.id, figures).await?;
                        tx.commit().await?;
                    }
                }
            }
        }
        Ok(())
    }

    async fn ask_the_rule(&self, canary: &Canary) -> Result<(), AppError> {
        let mut tx = self.store.platform().await?;
        let (new, old) = canaries::sums(&mut tx, canary.id).await?;
        let Some(reason) = rule::verdict(&new, &old) else { return Ok(()) };
        if canaries::turn(&mut tx, canary.id, CanaryState::Stopping, BY_RULE, &reason).await? {
            tx.commit().await?;
            tracing::warn!(module = canary.module, digest = canary.digest, reason, "a canary stopped by itself");
        }
        Ok(())
    }

    /// Moves the tenants that are to be moved. One that fails keeps no other waiting; it is tried again the next time.
    pub(crate) async fn advance_canaries(&self) -> Result<(), AppError> {
        for canary in self.open_canaries().await? {
            let mut tx = self.store.platform_read().await?;
            let places = canaries::places(&mut tx, canary.id).await?;
            drop(tx);
            for place in places {
                let moved = match (canary.state, place.standing) {
                    (CanaryState::Running | CanaryState::Promoting, Standing::Waiting) => {
                        self.bring(&canary, &place).await
                    }
                    (CanaryState::Stopping, Standing::Waiting | Standing::On) => self.take_home(&canary, &place).await,
                    _done => Ok(()),
                };
                if let Err(error) = moved {
                    tracing::error!(tenant = %place.tenant, %error, "a tenant of a canary could not be moved yet");
                }
            }
            self.close_canary(&canary).await?;
        }
        Ok(())
    }

    /// Over to the new release, with the configuration and grants it has.
    async fn bring(&self, canary: &Canary, place: &Place) -> Result<(), AppError> {
        let mut tx = self.store.platform_read().await?;
        let release = store::releases::by_digest(&mut tx, &canary.digest).await?.ok_or(AppError::NotFound)?;
        drop(tx);
        if !self.still_runs(place).await? {
            return self.mark(canary, place, Standing::Left, "it was switched by somebody else").await;
        }
        let ready = match self.prepare(place.tenant, &release, None, None).await {
            Ok(ready) => ready,
            Err(SwitchError::App(error)) => return Err(error),
            Err(SwitchError::Unjudged(error) | SwitchError::NotMigrated(error)) if !error.is_a_strike() => {
                tracing::warn!(tenant = %place.tenant, %error, "a tenant cannot try the release yet");
                return Ok(());
            }
            Err(refused) => return self.mark(canary, place, Standing::Refused, &refused.to_string()).await,
        };
        let mut tx = self.store.write(place.tenant).await?;
        let current = activations::current(&mut tx).await?;
        let unchanged = current.is_some_and(|current| current.digest == place.before_digest);
        if !unchanged || !canaries::stand(&mut tx, canary.id, Standing::Waiting, Standing::On, "").await? {
            return Ok(());
        }
        ready.activate(&mut tx, OPERATOR, "canary_began").await?;
        tx.commit().await?;
        self.vertical.forgive(place.tenant);
        self.ring();
        Ok(())
    }

    async fn still_runs(&self, place: &Place) -> Result<bool, AppError> {
        let mut tx = self.store.read(place.tenant).await?;
        let current = activations::current(&mut tx).await?;
        Ok(current.is_some_and(|current| current.digest == place.before_digest))
    }

    async fn mark(&self, canary: &Canary, place: &Place, to: Standing, note: &str) -> Result<(), AppError> {
        let mut tx = self.store.write(place.tenant).await?;
        if canaries::stand(&mut tx, canary.id, place.standing, to, note).await? {
            tx.commit().await?;
        }
        Ok(())
    }

    /// Back to the release, configuration and grants it had.
    async fn take_home(&self, canary: &Canary, place: &Place) -> Result<(), AppError> {
        if place.standing == Standing::Waiting {
            return self.mark(canary, place, Standing::Rest, "").await;
        }
        let mut tx = self.store.write(place.tenant).await?;
        let current = activations::current(&mut tx).await?;
        let tries_it = current.is_some_and(|current| current.digest == canary.digest);
        let to = if tries_it { Standing::Back } else { Standing::Left };
        if !canaries::stand(&mut tx, canary.id, Standing::On, to, "").await? {
            return Ok(());
        }
        if tries_it {
            let back = activations::roll_back_release(&mut tx).await?;
            // Another node took it back in this very moment: the next time finds it so.
            if back.as_ref().is_some_and(|back| back.digest == canary.digest) {
                return Ok(());
            }
            let now = back.map_or_else(|| "none".to_owned(), |back| back.digest);
            let why = canary.reason.as_deref().unwrap_or_default();
            let what = format!("{} {} -> {now}: {why}", canary.module, canary.digest);
            store::audit::append(&mut tx, "platform", "canary_stopped", &what).await?;
            store::events::push(&mut tx, "alert", format!("module:{}", canary.module)).await?;
        }
        tx.commit().await?;
        self.vertical.forgive(place.tenant);
        self.ring();
        Ok(())
    }

    /// Done with, once nobody is left to be moved.
    async fn close_canary(&self, canary: &Canary) -> Result<(), AppError> {
        let to = match canary.state {
            CanaryState::Stopping => CanaryState::Stopped,
            CanaryState::Promoting => CanaryState::Promoted,
            CanaryState::Running | CanaryState::Stopped | CanaryState::Promoted => return Ok(()),
        };
        let mut tx = self.store.platform().await?;
        let places = canaries::places(&mut tx, canary.id).await?;
        let on_its_way = |place: &Place| {
            place.standing == Standing::Waiting || (to == CanaryState::Stopped && place.standing == Standing::On)
        };
        if !places.iter().any(on_its_way) && canaries::close(&mut tx, canary.id, canary.state, to).await? {
            tx.commit().await?;
        }
        Ok(())
    }
}
