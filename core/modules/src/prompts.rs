//! Strangers' templates, rendered by a component that carries the template engine: the same limits as for any module.
//!
//! Invariant: the component is the platform's own, given at start and never a tenant's to change; what a template costs
//! is metered for its tenant under the name `prompts`.

use std::{collections::BTreeSet, sync::Arc};

use async_trait::async_trait;
use domain::{
    Currency, Language, ReleaseId, TenantId,
    plan::Plan,
    text::{Flaw, Renderer, Unrendered, Wanted},
    vertical::{Activated, CallContext, NoDesk, Vertical, VerticalError},
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::host::ModuleHost;

/// The renderer. Its component is checked and compiled when it is first needed.
pub struct Prompts {
    host: Arc<ModuleHost>,
    component: Option<Vec<u8>>,
    digest: OnceCell<String>,
}

/// What became of one template of a batch.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Rendered {
    Text(String),
    Error(String),
}

impl Prompts {
    /// Without a component every template is refused in words.
    pub fn new(host: Arc<ModuleHost>, component: Option<Vec<u8>>) -> Self {
        Self { host, component, digest: OnceCell::new() }
    }

    async fn digest(&self) -> Result<&str, Unrendered> {
        let install = async || {
            let none = || Unrendered::NoRenderer("its component is not there; build it with the modules".to_owned());
            let component = self.component.clone().ok_or_else(none)?;
            let installed = self.host.install(component).await;
            installed.map(|installed| installed.digest).map_err(|error| Unrendered::NoRenderer(error.to_string()))
        };
        self.digest.get_or_try_init(install).await.map(String::as_str)
    }

    async fn ask(&self, tenant: TenantId, tool: &str, arguments: &Value) -> Result<Result<String, Flaw>, Unrendered> {
        let activated = Activated {
            tenant,
            module: "prompts".to_owned(),
            release: ReleaseId(Default::default()),
            digest: self.digest().await?.to_owned(),
            config: Value::Null,
            grants: Vec::new(),
            data_version: 0,
            // It is the platform's own: what a template may cost is the same for all.
            plan: Plan::default(),
        };
        // A template has no clock: whatever it may know of the time is in its context.
        let context = CallContext {
            language: Language::default(),
            zone: "UTC".to_owned(),
            now: jiff::Timestamp::UNIX_EPOCH,
            currency: Currency::MXN,
            request: "text".to_owned(),
            allowance: None,
        };
        match self.host.call_tool(&activated, &context, tool, arguments, Arc::new(NoDesk)).await {
            Ok(answer) => Ok(Ok(answer.text)),
            Err(VerticalError::Refused(why)) => Ok(Err(Flaw(why))),
            Err(error) => Err(Unrendered::Stopped(error.to_string())),
        }
    }
}

fn read<T: for<'a> Deserialize<'a>>(answer: &str) -> Result<T, Unrendered> {
    serde_json::from_str(answer).map_err(|error| Unrendered::Stopped(error.to_string()))
}

#[async_trait]
impl Renderer for Prompts {
    async fn render(&self, tenant: TenantId, wanted: &[Wanted<'_>]) -> Result<Vec<Result<String, Flaw>>, Unrendered> {
        let mut templates: Vec<&str> = wanted.iter().map(|wanted| wanted.body).collect();
        templates.sort_unstable();
        templates.dedup();
        let place = |body: &str| templates.iter().position(|template| *template == body);
        let renderings: Vec<Value> =
            wanted.iter().map(|wanted| json!({ "template": place(wanted.body), "context": wanted.context })).collect();
        let batch = json!({ "templates": templates, "renderings": renderings });
        let answer = match self.ask(tenant, "render", &batch).await? {
            Ok(answer) => read::<Vec<Rendered>>(&answer)?,
            Err(flaw) => return Err(Unrendered::Stopped(flaw.to_string())),
        };
        if answer.len() != wanted.len() {
            return Err(Unrendered::Stopped("it answered fewer than were asked".to_owned()));
        }
        let result = |rendered| match rendered {
            Rendered::Text(text) => Ok(text),
            Rendered::Error(why) => Err(Flaw(why)),
        };
        Ok(answer.into_iter().map(result).collect())
    }

    async fn names(&self, tenant: TenantId, body: &str) -> Result<Result<BTreeSet<String>, Flaw>, Unrendered> {
        match self.ask(tenant, "names", &json!(body)).await? {
            Ok(answer) => read(&answer).map(Ok),
            Err(flaw) => Ok(Err(flaw)),
        }
    }
}
