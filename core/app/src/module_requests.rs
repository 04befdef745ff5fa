//! Requests that modules want made: by a job, after what they are part of is committed; what came of it is an event.
//!
//! Invariants: the request is kept in the transaction that applies the effect and forgotten in the one that applies what the
//! module makes of the answer; nothing is open while another server is waited for; what is not granted any more when its
//! turn comes is not made. A request may be made twice, and says so itself.

use std::{collections::BTreeMap, time::Duration};

use domain::{
    BookingId, CustomerId,
    vertical::{Errand, Event, NotAnswered, Vertical as _, WebRequest, WebResponse, covers},
};
use serde::{Deserialize, Serialize};
use store::{
    TenantTx,
    jobs::{self, Ending},
    module_kv,
};

use crate::{
    App,
    module_desk::{self, quota},
    module_effects::Subject,
    module_events::{language, visitor},
    view::AppError,
};

/// Kind of the job, as stored: never reused for anything else.
pub(crate) const REQUEST: &str = "module_request";
/// What a module is told of when its request is done with.
const ANSWERED: &str = "http.answered";
const PATIENCE: Duration = Duration::from_secs(10);
/// After so many tries the module hears that nobody answered.
const TRIES: u32 = 5;
/// Most that may wait for a tenant's module.
const WAITING: usize = 20;
/// A request may follow from an answer so often: a module that asks on for ever is not followed.
const CHAIN: u32 = 3;

/// What a job of this kind carries; the request itself lies in the module's space.
#[derive(Debug, Serialize, Deserialize)]
struct Queued {
    module: String,
    name: String,
    customer: CustomerId,
    booking: Option<BookingId>,
    /// How many answers it followed from.
    chain: u32,
}

/// A request's head, as it is kept: the body follows on the next line.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    key: String,
    method: String,
    url: String,
    headers: Vec<(String, String)>,
}

fn space(module: &str) -> String {
    format!("{module}@requests")
}

fn kept(errand: &Errand) -> Result<Vec<u8>, AppError> {
    let WebRequest { method, url, headers, body } = errand.request.clone();
    let head = Head { key: errand.key.clone(), method, url, headers };
    let mut bytes = serde_json::to_vec(&head).map_err(|error| AppError::Broken(Box::new(error)))?;
    bytes.push(b'\n');
    bytes.extend(body);
    Ok(bytes)
}

fn read(bytes: &[u8]) -> Option<Errand> {
    let mut parts = bytes.splitn(2, |byte| *byte == b'\n');
    let Head { key, method, url, headers } = serde_json::from_slice(parts.next()?).ok()?;
    Some(Errand { key, request: WebRequest { method, url, headers, body: parts.next()?.to_vec() } })
}

impl App {
    /// Keeps the request and queues its making. False when it is not to be made.
    pub(crate) async fn request_later(
        &self,
        tx: &mut TenantTx,
        subject: &Subject<'_>,
        errand: &Errand,
    ) -> Result<bool, AppError> {
        let space = space(&subject.activated.module);
        if subject.chain >= CHAIN || module_kv::keys(tx, &space, "", "").await?.len() >= WAITING {
            return Ok(false);
        }
        let name = self.env.id::<domain::JobId>().to_string();
        let room = quota(&self.vertical.limits(subject.activated.plan));
        if !module_kv::set(tx, &space, &name, &kept(errand)?, room).await? {
            return Ok(false);
        }
        let queued = Queued {
            module: subject.activated.module.clone(),
            name: name.clone(),
            customer: subject.customer(),
            booking: subject.booking.map(|booking| booking.id),
            chain: subject.chain,
        };
        let payload = serde_json::to_value(&queued).map_err(|error| AppError::Broken(Box::new(error)))?;
        jobs::push(tx, REQUEST, &name, &payload, self.env.now()).await?;
        Ok(true)
    }

    /// Runs the job: makes the request, tells the module, applies what it wants.
    pub(crate) async fn make_request(&self, job: &jobs::Claimed) -> Result<Ending, AppError> {
        let Ok(queued) = serde_json::from_value::<Queued>(job.payload.clone()) else {
            return Ok(Ending::Dead("no request".to_owned()));
        };
        let facts = self.facts(job.tenant, Some(queued.customer), &format!("request:{}", job.id)).await?;
        let mut tx = self.store.read(job.tenant).await?;
        let bytes = module_kv::get(&mut tx, &space(&queued.module), &queued.name).await?;
        let (booking, conversation) = self.about(&mut tx, queued.customer, queued.booking).await?;
        drop(tx);
        let Some(errand) = bytes.as_deref().and_then(read) else {
            return Ok(Ending::Moot("the request is gone".to_owned()));
        };
        let runs = facts.activated.clone().filter(|activated| activated.module == queued.module);
        let granted =
            |grants: &[String]| grants.iter().any(|grant| covers(grant, "http", Some(&errand.request.target())));
        let Some(activated) = runs.filter(|activated| granted(&activated.grants)) else {
            return self.forget(job, &queued, "the module does not run or may not ask there any more").await;
        };
        let Some(description) = facts.description.clone() else {
            return Err(AppError::Unavailable { retry_after_seconds: 5 });
        };
        let answer = self.answer_to(job, &errand.request).await?;
        let effects = if description.events.iter().any(|wanted| wanted == ANSWERED) {
            let event = Event {
                code: ANSWERED.to_owned(),
                at: self.env.now(),
                booking: booking.as_ref().map(|booking| module_desk::known(booking, &facts.services)),
                customer: Some(visitor(&facts)),
                answer,
                fields: BTreeMap::from([("key".to_owned(), errand.key)]),
            };
            let context = facts.context(language(&facts, conversation.as_ref()));
            let told = self.vertical.on_event(&activated, &context, &event, facts.desk()).await;
            told.map_err(|error| AppError::Broken(Box::new(error)))?
        } else {
            Vec::new()
        };
        let subject = Subject {
            activated: &activated,
            description: &description,
            facts: &facts,
            conversation: conversation.as_ref(),
            booking: booking.as_ref(),
            language: language(&facts, conversation.as_ref()),
            cause: format!("request:{}", job.id),
            chain: queued.chain + 1,
        };
        let mut tx = self.store.write(job.tenant).await?;
        if jobs::finish(&mut tx, job, &Ending::Done).await? {
            module_kv::delete(&mut tx, &space(&queued.module), &queued.name).await?;
            self.apply(&mut tx, &subject, &effects).await?;
            tx.commit().await?;
            self.ring();
        }
        Ok(Ending::Done)
    }

    /// What came back; nothing when it will never be anything. An error is one more try.
    async fn answer_to(&self, job: &jobs::Claimed, request: &WebRequest) -> Result<Option<WebResponse>, AppError> {
        let mut request = request.clone();
        request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("idempotency-key"));
        request.headers.push(("idempotency-key".to_owned(), job.id.to_string()));
        match self.outside.ask(&request, PATIENCE).await {
            Ok(answer) => Ok(Some(answer)),
            Err(error @ NotAnswered::Nobody(_)) if job.attempts < TRIES => Err(AppError::Broken(Box::new(error))),
            Err(error) => {
                tracing::warn!(job = %job.id, %error, "a module's request has no answer");
                Ok(None)
            }
        }
    }

    async fn forget(&self, job: &jobs::Claimed, queued: &Queued, why: &str) -> Result<Ending, AppError> {
        let mut tx = self.store.write(job.tenant).await?;
        module_kv::delete(&mut tx, &space(&queued.module), &queued.name).await?;
        tx.commit().await?;
        Ok(Ending::Moot(why.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_as_it_was_kept_whatever_its_body_is() {
        for body in [Vec::new(), b"a\nb".to_vec(), vec![0xff, b'\n', 0]] {
            let request = WebRequest {
                method: "POST".into(),
                url: "https://api.example.com/v1".into(),
                headers: vec![("x".into(), "line\nbreak".into())],
                body,
            };
            let errand = Errand { key: "rain".into(), request };
            assert_eq!(read(&kept(&errand).unwrap()), Some(errand));
        }
        assert_eq!(read(b"{}\n"), None);
    }
}
