//! The built-in WhatsApp: imagined phones that speak the real protocol to our own webhook and Graph-compatible endpoint.
//!
//! Invariants: everything that reaches the business goes through a signed post to the public webhook, and
//! everything that reaches a phone came through [`Simulator::graph_post`]. Memory only; a restart clears the phones.

mod payload;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    Env, Phone,
    channel::Line,
    delivery::Ticks,
    message::Body,
    simulator::{Bubble, GraphAnswer, Handset, Screen, Simulator, SimulatorError},
};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::sync::mpsc;

/// Bubbles kept per phone; older ones fall off.
const KEPT: usize = 400;

/// All simulated phones of this process.
pub struct Phones {
    env: Env,
    http: reqwest::Client,
    /// Where our own webhooks are, `http://127.0.0.1:8080`.
    base: String,
    screens: Mutex<BTreeMap<(String, Phone), Screen>>,
    reports: mpsc::UnboundedSender<Report>,
    pending: Mutex<Option<mpsc::UnboundedReceiver<Report>>>,
}

/// A status on its way to our webhook.
struct Report {
    line: Line,
    phone: Phone,
    id: String,
    ticks: Ticks,
    echo: Option<String>,
}

impl Phones {
    pub fn new(env: Env, http: reqwest::Client, base: impl Into<String>) -> Self {
        let (reports, pending) = mpsc::unbounded_channel();
        Self { env, http, base: base.into(), screens: Mutex::default(), reports, pending: Mutex::new(Some(pending)) }
    }

    /// Posts status reports one by one until the process ends. Call once, on a task of its own.
    pub async fn report_statuses(self: Arc<Self>) {
        let taken = lock(&self.pending).take();
        let Some(mut pending) = taken else { return };
        while let Some(report) = pending.recv().await {
            let body = payload::status(
                &report.line,
                &report.phone,
                &report.id,
                report.ticks,
                report.echo.as_deref(),
                self.env.now(),
            );
            // A refused report is what a provider retries for days; a phone in memory asks three times.
            for attempt in 1..=3_u64 {
                if self.post(&report.line, body.clone()).await.is_ok() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(200 * attempt)).await;
            }
            self.with_screen(&report.line, &report.phone, |screen| {
                for bubble in screen.bubbles.iter_mut().filter(|bubble| bubble.id == report.id) {
                    bubble.ticks = bubble.ticks.merged(report.ticks);
                }
            });
        }
    }

    async fn post(&self, line: &Line, body: String) -> Result<(), SimulatorError> {
        let url = format!("{}/webhooks/whatsapp/{}", self.base, line.id);
        let signature = sign(line.secret("app_secret"), body.as_bytes());
        let request =
            self.http.post(url).header("content-type", "application/json").header("x-hub-signature-256", signature);
        let answer = request.body(body).send().await.map_err(|error| SimulatorError::Unreachable(error.to_string()))?;
        let status = answer.status().as_u16();
        if (200..300).contains(&status) { Ok(()) } else { Err(SimulatorError::Webhook { status }) }
    }

    fn with_screen<T>(&self, line: &Line, phone: &Phone, change: impl FnOnce(&mut Screen) -> T) -> T {
        let mut screens = lock(&self.screens);
        let screen = screens.entry((line.external_id.clone(), phone.clone())).or_default();
        let result = change(screen);
        let surplus = screen.bubbles.len().saturating_sub(KEPT);
        screen.bubbles.drain(..surplus);
        screen.version += 1;
        result
    }

    fn wamid(&self) -> String {
        format!("wamid.SIM{}", self.env.uuid().simple())
    }

    fn accept(&self, line: &Line, request: &Value) -> Result<GraphAnswer, String> {
        let to = request.get("to").and_then(Value::as_str).ok_or("(#131008) Parameter to is required")?;
        let phone = Phone::parse(to).map_err(|error| format!("(#131009) {error}"))?;
        let body = payload::sent_body(request)?;
        let id = self.wamid();
        self.with_screen(line, &phone, |screen| {
            screen.typing = false;
            screen.bubbles.push(Bubble {
                id: id.clone(),
                from_customer: false,
                body,
                ticks: Ticks::Sent,
                at: self.env.now(),
            });
        });
        let echo = request.get("biz_opaque_callback_data").and_then(Value::as_str).map(str::to_owned);
        for ticks in [Ticks::Sent, Ticks::Delivered] {
            let report = Report { line: line.clone(), phone: phone.clone(), id: id.clone(), ticks, echo: echo.clone() };
            self.reports.send(report).map_err(|error| error.to_string())?;
        }
        let answer = json!({
            "messaging_product": "whatsapp",
            "contacts": [{ "input": to, "wa_id": payload::wa_id(&phone) }],
            "messages": [{ "id": id, "message_status": "accepted" }],
        });
        Ok(GraphAnswer { status: 200, json: answer.to_string() })
    }

    fn mark_typing(&self, line: &Line, request: &Value) {
        let Some(id) = request.get("message_id").and_then(Value::as_str) else { return };
        let typing = request.get("typing_indicator").is_some();
        let mut screens = lock(&self.screens);
        for screen in
            screens.iter_mut().filter(|((external, _), _)| *external == line.external_id).map(|(_, screen)| screen)
        {
            if let Some(bubble) = screen.bubbles.iter_mut().find(|bubble| bubble.id == id) {
                bubble.ticks = Ticks::Read;
                screen.typing = typing;
                screen.version += 1;
            }
        }
    }
}

#[async_trait]
impl Simulator for Phones {
    async fn say(&self, line: &Line, from: &Handset, body: Body) -> Result<String, SimulatorError> {
        let (id, at) = (self.wamid(), self.env.now());
        let from_list = matches!(&body, Body::Chosen { id, .. } if self.screen(line, &from.phone).bubbles.iter().rev()
            .any(|bubble| matches!(&bubble.body, Body::List { rows, .. } if rows.iter().any(|row| row.id == *id))));
        let post = payload::message(line, from, &id, &body, from_list, at);
        self.with_screen(line, &from.phone, |screen| {
            screen.bubbles.push(Bubble { id: id.clone(), from_customer: true, body, ticks: Ticks::Sent, at });
        });
        let outcome = self.post(line, post).await;
        self.with_screen(line, &from.phone, |screen| {
            for bubble in screen.bubbles.iter_mut().filter(|bubble| bubble.id == id) {
                bubble.ticks = if outcome.is_ok() { bubble.ticks.merged(Ticks::Delivered) } else { Ticks::Failed };
            }
        });
        outcome.map(|()| id)
    }

    async fn graph_post(&self, line: &Line, authorization: &str, json: &str) -> GraphAnswer {
        let token = line.secret("access_token");
        if token.is_empty() || authorization.strip_prefix("Bearer ") != Some(token) {
            return refused(401, 190, "Invalid OAuth access token.");
        }
        let Ok(request) = serde_json::from_str::<Value>(json) else {
            return refused(400, 100, "(#100) The body is not JSON");
        };
        if request.get("status").and_then(Value::as_str) == Some("read") {
            self.mark_typing(line, &request);
            return GraphAnswer { status: 200, json: json!({ "success": true }).to_string() };
        }
        self.accept(line, &request).unwrap_or_else(|complaint| refused(400, 100, &complaint))
    }

    fn screen(&self, line: &Line, phone: &Phone) -> Screen {
        lock(&self.screens).get(&(line.external_id.clone(), phone.clone())).cloned().unwrap_or_default()
    }

    async fn look(&self, line: &Line, phone: &Phone) -> Result<(), SimulatorError> {
        let unread: Vec<String> = self
            .screen(line, phone)
            .bubbles
            .into_iter()
            .filter(|bubble| !bubble.from_customer && bubble.ticks < Ticks::Read)
            .map(|bubble| bubble.id)
            .collect();
        for id in unread {
            self.with_screen(line, phone, |screen| {
                for bubble in screen.bubbles.iter_mut().filter(|bubble| bubble.id == id) {
                    bubble.ticks = Ticks::Read;
                }
            });
            let report = Report { line: line.clone(), phone: phone.clone(), id, ticks: Ticks::Read, echo: None };
            self.reports.send(report).map_err(|error| SimulatorError::Unreachable(error.to_string()))?;
        }
        Ok(())
    }

    fn clear(&self, line: &Line, phone: &Phone) {
        self.with_screen(line, phone, |screen| screen.bubbles.clear());
    }
}

/// `X-Hub-Signature-256` as Meta computes it: HMAC-SHA256 over the raw body, keyed with the app secret.
pub fn sign(app_secret: &str, body: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(app_secret.as_bytes()) else { return String::new() };
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

fn refused(status: u16, code: i64, message: &str) -> GraphAnswer {
    let json =
        json!({ "error": { "message": message, "type": "OAuthException", "code": code, "fbtrace_id": "simulator" } });
    GraphAnswer { status, json: json.to_string() }
}

/// A panic while holding the lock leaves at worst one odd bubble: carry on with what is there.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
