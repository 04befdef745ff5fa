//! The live feed of a tenant's dashboard: what changed, as server-sent events.
//!
//! Invariants: the session is asked again before anything is sent and at least every few seconds, so a logout
//! ends the stream; the feed's numbers belong to the tenant, so another's `Last-Event-ID` leads nowhere.

use std::{collections::VecDeque, convert::Infallible, sync::Arc, time::Duration};

use app::{App, view::ChangeView};
use axum::response::{
    IntoResponse as _, Response,
    sse::{Event, Sse},
};
use domain::TenantId;
use futures_util::stream;
use tokio::sync::watch;

use crate::{answer::Refused, call::Call};

/// How long the line may be silent; other nodes' changes are seen this late at most.
const HEARTBEAT: Duration = Duration::from_secs(5);

struct Feed {
    app: Arc<App>,
    token: String,
    tenant: TenantId,
    seq: i64,
    ready: VecDeque<ChangeView>,
    bell: watch::Receiver<u64>,
    draining: watch::Receiver<bool>,
}

/// `GET /t/{slug}/events`
pub(crate) async fn stream(call: Call) -> Result<Response, Refused> {
    let clerk = call.clerk()?;
    let token = call.token.clone().ok_or(Refused::LogIn)?;
    let latest = call.desk.app.latest_event(clerk.tenant).await?;
    let seen = call.header("last-event-id").and_then(|text| text.parse::<i64>().ok());
    let feed = Feed {
        bell: call.desk.app.bell(),
        app: call.desk.app,
        token,
        tenant: clerk.tenant,
        seq: seen.filter(|seq| (0..=latest).contains(seq)).unwrap_or(latest),
        ready: VecDeque::new(),
        draining: call.desk.draining,
    };
    let events = stream::unfold(Some(feed), |feed| async {
        let mut feed = feed?;
        feed.next().await.map(|event| (Ok::<_, Infallible>(event), Some(feed)))
    });
    Ok(Sse::new(events).into_response())
}

impl Feed {
    /// The next change or heartbeat; `None` ends the stream.
    async fn next(&mut self) -> Option<Event> {
        if let Some(change) = self.ready.pop_front() {
            return self.told(&change);
        }
        tokio::select! {
            _rung = self.bell.changed() => {}
            _ended = self.draining.wait_for(|draining| *draining) => return None,
            () = tokio::time::sleep(HEARTBEAT) => {}
        }
        let session = self.app.session(&self.token).await.ok().flatten()?;
        session.tenant.filter(|tenant| tenant.id == self.tenant)?;
        // A busy database is no reason to hang up: the next beat asks again.
        self.ready.extend(self.app.events_after(self.tenant, self.seq).await.unwrap_or_default());
        match self.ready.pop_front() {
            Some(change) => self.told(&change),
            None => Some(Event::default().comment("beat")),
        }
    }

    fn told(&mut self, change: &ChangeView) -> Option<Event> {
        self.seq = self.seq.max(change.seq);
        Event::default().event("change").id(change.seq.to_string()).json_data(change).ok()
    }
}
