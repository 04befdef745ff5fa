//! The built-in WhatsApp as the pages see it.

use domain::{
    Phone,
    channel::{Line, Provider},
    message::Body,
    simulator::{GraphAnswer, Handset, Screen, Simulator, SimulatorError},
};
use jiff::SignedDuration;
use std::sync::Arc;

use crate::{
    App,
    view::{AppError, ClockMove, ClockView, SimulatorLine, SimulatorView},
};

impl App {
    pub async fn simulator_lines(&self) -> Result<Vec<SimulatorLine>, AppError> {
        self.simulated()?;
        let mut tx = self.store.platform_read().await?;
        let tenants = store::tenants::all(&mut tx).await?;
        let lines = store::channels::of_provider(&mut tx, Provider::Simulator).await?;
        let named = lines.into_iter().filter_map(|line| {
            let tenant = tenants.iter().find(|tenant| tenant.id == line.tenant)?;
            Some(SimulatorLine {
                slug: tenant.slug.clone(),
                business: tenant.name.clone(),
                display_number: line.display_number,
                language: tenant.language,
            })
        });
        Ok(named.collect())
    }

    pub async fn simulator(&self, slug: &str) -> Result<SimulatorView, AppError> {
        let (line, shown) = self.simulated_line(slug).await?;
        let mut tx = self.store.read(line.tenant).await?;
        let (location, _) = store::locations::all(&mut tx).await?.into_iter().next().ok_or(AppError::NotFound)?;
        let mut handsets: Vec<Handset> = Vec::new();
        for talk in store::conversations::recent(&mut tx, None, 20).await? {
            let customer = store::customers::find(&mut tx, talk.customer).await?;
            if let (Some(customer), Some(phone)) = (customer, store::customers::phone(&mut tx, talk.customer).await?) {
                handsets.push(Handset { phone, name: customer.name });
            }
        }
        for (_, handset) in self.handsets.iter().filter(|(of, _)| of == slug) {
            if !handsets.iter().any(|other| other.phone == handset.phone) {
                handsets.push(handset.clone());
            }
        }
        Ok(SimulatorView {
            line: shown,
            zone: location.zone.iana_name().unwrap_or("UTC").to_owned(),
            channel: line.id,
            handsets,
            clock: self.clock(),
        })
    }

    pub async fn simulator_screen(&self, slug: &str, phone: &Phone) -> Result<Screen, AppError> {
        self.simulator_mirror(slug, phone).await.map(|look| look())
    }

    /// The screen of a phone, as it is whenever one looks; without asking the database each time.
    pub async fn simulator_mirror(&self, slug: &str, phone: &Phone) -> Result<impl Fn() -> Screen + use<>, AppError> {
        let ((line, _), simulator, phone) = (self.simulated_line(slug).await?, self.simulated()?, phone.clone());
        Ok(move || simulator.screen(&line, &phone))
    }

    pub async fn simulator_say(&self, slug: &str, from: &Handset, body: Body) -> Result<String, AppError> {
        let (line, _) = self.simulated_line(slug).await?;
        self.simulated()?.say(&line, from, body).await.map_err(told)
    }

    pub async fn simulator_look(&self, slug: &str, phone: &Phone) -> Result<(), AppError> {
        let (line, _) = self.simulated_line(slug).await?;
        self.simulated()?.look(&line, phone).await.map_err(told)
    }

    pub async fn simulator_clear(&self, slug: &str, phone: &Phone) -> Result<(), AppError> {
        let (line, _) = self.simulated_line(slug).await?;
        self.simulated()?.clear(&line, phone);
        Ok(())
    }

    pub async fn graph_post(
        &self,
        phone_number_id: &str,
        authorization: &str,
        json: &str,
    ) -> Result<GraphAnswer, AppError> {
        let mut tx = self.store.platform_look().await?;
        let lines = store::channels::of_provider(&mut tx, Provider::Simulator).await?;
        drop(tx);
        let line = lines.into_iter().find(|line| line.external_id == phone_number_id).ok_or(AppError::NotFound)?;
        Ok(self.simulated()?.graph_post(&line, authorization, json).await)
    }

    /// An upload to the imagined provider: believed by its token, counted, and not kept.
    pub async fn graph_upload(&self, phone_number_id: &str, authorization: &str) -> Result<GraphAnswer, AppError> {
        self.simulated()?;
        let mut tx = self.store.platform_look().await?;
        let lines = store::channels::of_provider(&mut tx, Provider::Simulator).await?;
        drop(tx);
        let line = lines.into_iter().find(|line| line.external_id == phone_number_id).ok_or(AppError::NotFound)?;
        let token = line.secret("access_token");
        let believed = !token.is_empty() && authorization.strip_prefix("Bearer ") == Some(token);
        let refusal = serde_json::json!({ "error": { "message": "Invalid OAuth access token.", "type": "OAuthException", "code": 190 } });
        let id = format!("SIM{}", self.env.uuid().simple());
        let (status, json) = if believed { (200, serde_json::json!({ "id": id })) } else { (401, refusal) };
        Ok(GraphAnswer { status, json: json.to_string() })
    }

    pub fn clock(&self) -> ClockView {
        let ahead = self.shifted.as_ref().map_or(0, |clock| clock.ahead().as_secs());
        ClockView { now: self.env.now(), ahead_seconds: ahead, movable: self.shifted.is_some() }
    }

    pub async fn move_clock(&self, to: ClockMove) -> Result<ClockView, AppError> {
        let clock = self.shifted.as_ref().ok_or(AppError::NotFound)?;
        match to {
            ClockMove::AdvanceSeconds(seconds) => {
                clock.advance(SignedDuration::from_secs(seconds.clamp(-31_536_000, 31_536_000)))
            }
            ClockMove::SetTo(at) => clock.advance(at.duration_since(self.env.now())),
            ClockMove::Real => clock.reset(),
        }
        self.ring();
        self.work.notify_one();
        // Whoever reads the answer sees what the move made due.
        tokio::task::yield_now().await;
        Ok(self.clock())
    }

    fn simulated(&self) -> Result<Arc<dyn Simulator>, AppError> {
        self.simulator.clone().ok_or(AppError::NotFound)
    }

    async fn simulated_line(&self, slug: &str) -> Result<(Line, SimulatorLine), AppError> {
        self.simulated()?;
        let mut tx = self.store.platform_read().await?;
        let tenant = store::tenants::by_slug(&mut tx, slug).await?.ok_or(AppError::NotFound)?;
        let lines = store::channels::of_provider(&mut tx, Provider::Simulator).await?;
        let line = lines.into_iter().find(|line| line.tenant == tenant.id).ok_or(AppError::NotFound)?;
        let shown = SimulatorLine {
            slug: tenant.slug,
            business: tenant.name,
            display_number: line.display_number.clone(),
            language: tenant.language,
        };
        Ok((line, shown))
    }

    pub(crate) async fn has_channel(&self, tenant: domain::TenantId) -> Result<bool, AppError> {
        let mut tx = self.store.platform_read().await?;
        for provider in Provider::ALL {
            if store::channels::of_provider(&mut tx, provider)
                .await?
                .iter()
                .any(|line| line.tenant == tenant && line.active)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn told(error: SimulatorError) -> AppError {
    match error {
        SimulatorError::NoSuchBubble => AppError::NotFound,
        SimulatorError::Webhook { .. } | SimulatorError::Unreachable(_) => {
            tracing::warn!(%error, "the simulator could not deliver");
            AppError::Unavailable { retry_after_seconds: 2 }
        }
    }
}
