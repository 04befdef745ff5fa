//! Watches modules at work: a release that fails three times in ten minutes is taken back, what calls cost is kept, and
//! owners are told of texts that failed.
//!
//! Invariant: every module call of the app passes [`Watch`]. It only counts; taking back is the work of the loop
//! `modules`, outside of any turn.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    Env, Language, TenantId,
    plan::{Limits, Plan},
    vertical::{
        Activated, CallContext, ConfigProblem, Description, Desk, Draft, Effect, Event, Quotation, Review, StepAnswer,
        ToolAnswer, Turn, Usage, Vertical, VerticalError,
    },
};
use jiff::{SignedDuration, Timestamp};
use tokio::{sync::Notify, time::Instant};

use crate::{App, desk::lock, module_costs::Costs, module_figures::Counting, tasks::Stop, view::AppError};

/// So many failures within so long are enough.
const STRIKES: usize = 3;
const WINDOW: SignedDuration = SignedDuration::from_mins(10);
/// How often costs are written down.
const FLUSH: Duration = Duration::from_secs(10);

/// A release that failed a tenant too often.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Fallen {
    tenant: TenantId,
    digest: String,
}

/// The module port, watched.
pub(crate) struct Watch {
    inner: Arc<dyn Vertical>,
    env: Env,
    strikes: Mutex<BTreeMap<(TenantId, String), Vec<Timestamp>>>,
    fallen: Mutex<Vec<Fallen>>,
    fell: Notify,
    /// What canaries watch.
    pub(crate) figures: Counting,
    /// Sums since this process began, for scraping.
    totals: Mutex<BTreeMap<(TenantId, String, String), Usage>>,
    /// What is not written down yet.
    pub(crate) costs: Arc<Costs>,
}

impl Watch {
    pub(crate) fn new(inner: Arc<dyn Vertical>, env: Env) -> Self {
        Self {
            inner,
            env,
            strikes: Mutex::default(),
            fallen: Mutex::default(),
            fell: Notify::new(),
            figures: Counting::default(),
            totals: Mutex::default(),
            costs: Arc::default(),
        }
    }

    async fn seen<T>(
        &self,
        activated: &Activated,
        request: &str,
        call: impl Future<Output = Result<T, VerticalError>> + Send,
    ) -> Result<T, VerticalError> {
        let begun = Instant::now();
        let answer = call.await;
        self.figures.called(activated, request, begun.elapsed(), answer.as_ref().err());
        if answer.as_ref().is_err_and(VerticalError::is_a_strike) {
            self.strike(activated);
        }
        answer
    }

    fn strike(&self, activated: &Activated) {
        let now = self.env.now();
        let mut strikes = lock(&self.strikes);
        let key = (activated.tenant, activated.digest.clone());
        let times = strikes.entry(key.clone()).or_default();
        times.retain(|at| now.duration_since(*at) < WINDOW);
        times.push(now);
        if times.len() >= STRIKES {
            strikes.remove(&key);
            lock(&self.fallen).push(Fallen { tenant: key.0, digest: key.1 });
            self.fell.notify_one();
        }
    }

    /// A switch begins anew: what another release did, or other settings made it do, is not held against it.
    pub(crate) fn forgive(&self, tenant: TenantId) {
        lock(&self.strikes).retain(|(struck, _), _| *struck != tenant);
    }

    /// Takes what calls have cost since the last time into the totals and into what is to be written.
    pub(crate) fn count(&self) {
        let usage: Vec<Usage> = self.inner.take_usage().into_iter().filter(|usage| !usage.tenant.0.is_nil()).collect();
        let mut totals = lock(&self.totals);
        for new in &usage {
            let key = (new.tenant, new.module.clone(), new.function.clone());
            totals.entry(key).and_modify(|total| total.add(new)).or_insert_with(|| new.clone());
        }
        drop(totals);
        self.costs.owe(usage);
    }
}

impl App {
    /// Takes fallen releases back, writes costs down and tends canaries, until the end.
    pub(crate) async fn watch_modules(self: Arc<Self>, mut stop: Stop) {
        while !stop.is_set() {
            tokio::select! {
                () = tokio::time::sleep(FLUSH) => {}
                () = self.vertical.fell.notified() => {}
                () = self.text_alarms.raised.notified() => {}
                () = stop.wait() => {}
            }
            let fallen = std::mem::take(&mut *lock(&self.vertical.fallen));
            for fallen in fallen {
                if let Err(error) = self.take_back(&fallen).await {
                    tracing::error!(tenant = %fallen.tenant, %error, "a failing module could not be taken back");
                }
            }
            if let Err(error) = self.tell_of_texts().await {
                tracing::warn!(%error, "owners could not be told of texts that failed");
            }
            if let Err(error) = self.keep_usage().await {
                tracing::warn!(%error, "what modules cost could not be written down");
            }
            if let Err(error) = self.tend_canaries().await {
                tracing::warn!(%error, "a canary could not be tended; it is tried again");
            }
        }
    }

    /// Back to the release before; without one the core answers alone. Nothing happens when it does not run any more.
    async fn take_back(&self, fallen: &Fallen) -> Result<(), AppError> {
        let mut tx = self.store.write(fallen.tenant).await?;
        let Some(current) = store::activations::current(&mut tx).await? else { return Ok(()) };
        if current.digest != fallen.digest {
            return Ok(());
        }
        let back = store::activations::roll_back_release(&mut tx).await?;
        if back.is_none() {
            store::activations::set_active(&mut tx, false).await?;
        }
        let now = back.map_or_else(|| "none".to_owned(), |back| back.digest);
        let what = format!("{} {} -> {now}", current.module, current.digest);
        store::audit::append(&mut tx, "platform", "module_taken_back", &what).await?;
        store::events::push(&mut tx, "alert", format!("module:{}", current.module)).await?;
        tx.commit().await?;
        tracing::warn!(tenant = %fallen.tenant, what, "a module failed three times in ten minutes and was taken back");
        self.ring();
        Ok(())
    }

    /// What module calls cost since this process began, in Prometheus' text form.
    pub fn module_metrics(&self) -> String {
        let totals = lock(&self.vertical.totals);
        let family = |name: &str, kind: &str, help: &str, value: &dyn Fn(&Usage) -> f64| {
            let mut text = format!("# HELP frontdesk_module_{name} {help}\n# TYPE frontdesk_module_{name} {kind}\n");
            for usage in totals.values() {
                // Ids, module names and function names hold nothing that would need escaping.
                text.push_str(&format!(
                    "frontdesk_module_{name}{{tenant=\"{}\",module=\"{}\",function=\"{}\"}} {}\n",
                    usage.tenant,
                    usage.module,
                    usage.function,
                    value(usage)
                ));
            }
            text
        };
        let number = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        [
            family("calls_total", "counter", "Calls of module functions.", &|usage| number(usage.calls)),
            family("failures_total", "counter", "Calls stopped or unusable.", &|usage| number(usage.failures)),
            family("cpu_seconds_total", "counter", "Processor time.", &|usage| number(usage.cpu_us) / 1e6),
            family("host_calls_total", "counter", "Questions to the host.", &|usage| number(usage.host_calls)),
            family("host_bytes_total", "counter", "Bytes of these questions and answers.", &|usage| {
                number(usage.host_bytes)
            }),
            family("peak_memory_bytes", "gauge", "Most memory one call had.", &|usage| number(usage.peak_memory_bytes)),
        ]
        .concat()
    }
}

#[async_trait]
impl Vertical for Watch {
    async fn describe(&self, activated: &Activated, language: Language) -> Result<Description, VerticalError> {
        self.seen(activated, "describe", self.inner.describe(activated, language)).await
    }

    async fn check_config(
        &self,
        activated: &Activated,
        context: &CallContext,
    ) -> Result<Vec<ConfigProblem>, VerticalError> {
        // Asked of candidates, which do not run yet: not a strike.
        self.inner.check_config(activated, context).await
    }

    async fn quote(
        &self,
        activated: &Activated,
        context: &CallContext,
        draft: &Draft,
        desk: Arc<dyn Desk>,
    ) -> Result<Quotation, VerticalError> {
        self.seen(activated, &context.request, self.inner.quote(activated, context, draft, desk)).await
    }

    async fn review(
        &self,
        activated: &Activated,
        context: &CallContext,
        draft: &Draft,
        desk: Arc<dyn Desk>,
    ) -> Result<Review, VerticalError> {
        let answer = self.seen(activated, &context.request, self.inner.review(activated, context, draft, desk)).await;
        let refused = match &answer {
            Ok(review) => Some(!review.refusals.is_empty()),
            Err(VerticalError::Refused(_)) => Some(true),
            Err(_unanswered) => None,
        };
        if let Some(refused) = refused {
            self.figures.judged(activated, &context.request, refused);
        }
        answer
    }

    async fn call_tool(
        &self,
        activated: &Activated,
        context: &CallContext,
        tool: &str,
        arguments: &serde_json::Value,
        desk: Arc<dyn Desk>,
    ) -> Result<ToolAnswer, VerticalError> {
        self.seen(activated, &context.request, self.inner.call_tool(activated, context, tool, arguments, desk)).await
    }

    async fn step(
        &self,
        activated: &Activated,
        context: &CallContext,
        turn: &Turn,
        desk: Arc<dyn Desk>,
    ) -> Result<StepAnswer, VerticalError> {
        self.seen(activated, &context.request, self.inner.step(activated, context, turn, desk)).await
    }

    async fn on_event(
        &self,
        activated: &Activated,
        context: &CallContext,
        event: &Event,
        desk: Arc<dyn Desk>,
    ) -> Result<Vec<Effect>, VerticalError> {
        self.seen(activated, &context.request, self.inner.on_event(activated, context, event, desk)).await
    }

    async fn migrate(
        &self,
        activated: &Activated,
        context: &CallContext,
        from: u32,
        desk: Arc<dyn Desk>,
    ) -> Result<(), VerticalError> {
        self.inner.migrate(activated, context, from, desk).await
    }

    fn limits(&self, plan: Plan) -> Limits {
        self.inner.limits(plan)
    }

    fn take_usage(&self) -> Vec<Usage> {
        self.inner.take_usage()
    }
}
