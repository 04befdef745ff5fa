//! Messages of a module's: sent now or later, by what it wants after an event and by the automations it declares.
//!
//! Invariants: nobody who opted out is written to; outside the window only an approved template leaves, anything else
//! waits in the thread; each message is queued once for its cause and asked again, when due, whether it still holds.

use std::collections::BTreeMap;

use domain::{
    BookingId, CustomerId, ServiceId,
    booking::{Booking, BookingState},
    message::{Author, Body},
    vertical::{Activated, Automation, Description, Outgoing},
    window::{Passage, choose},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{
    TenantTx,
    jobs::{self, Ending},
};

use crate::{
    App,
    assistant::Speech,
    module_effects::Subject,
    module_events,
    passage::{PATIENCE, in_language, template_body},
    placeholders::{named, words},
    texts::{Layers, Unsaid},
    view::AppError,
};

/// Kinds of jobs, as stored: never reused for anything else.
pub(crate) const SEND: &str = "send_module_message";
pub(crate) const AUTOMATE: &str = "automate";
/// Farther ahead nobody knows what will be.
const FARTHEST: SignedDuration = SignedDuration::from_hours(24 * 400);

/// A message that is to leave at its time.
#[derive(Debug, Serialize, Deserialize)]
struct Later {
    module: String,
    message: String,
    fields: BTreeMap<String, String>,
    customer: CustomerId,
    booking: Option<BookingId>,
}

/// A message of an automation, and the state of the booking it belongs to.
#[derive(Debug, Serialize, Deserialize)]
struct Automated {
    module: String,
    automation: String,
    booking: BookingId,
    version: i64,
    /// When the visit was to begin: one that moved has jobs of its own.
    start: Timestamp,
}

impl App {
    /// Sends one of the module's messages, or queues it for its time. What is a template is queued for now: rendering it is
    /// a call, and something is open here.
    pub(crate) async fn module_says(
        &self,
        tx: &mut TenantTx,
        subject: &Subject<'_>,
        outgoing: &Outgoing,
        cause: &str,
    ) -> Result<(), AppError> {
        let now = self.env.now();
        let at = match outgoing.at.filter(|at| *at > now) {
            Some(at) => at,
            None if subject.layers(&outgoing.message).is_plain() => {
                let text = self.text_for_module(subject, outgoing).await;
                return self.send_for_module(tx, subject, outgoing, (text, cause)).await;
            }
            None => now,
        };
        if at.duration_since(now) > FARTHEST {
            tracing::warn!(module = %subject.activated.module, "a message for more than 400 days ahead was dropped");
            return Ok(());
        }
        let later = Later {
            module: subject.activated.module.clone(),
            message: outgoing.message.clone(),
            fields: outgoing.fields.clone(),
            customer: subject.customer(),
            booking: subject.booking.map(|booking| booking.id),
        };
        let payload = serde_json::to_value(&later).map_err(|error| AppError::Broken(Box::new(error)))?;
        // The same message for the same moment is one, however often its cause came about.
        let about = later.booking.map_or_else(|| later.customer.to_string(), |booking| booking.to_string());
        let key = format!("{about}:{}.{}:{}", later.module, later.message, at.as_second());
        jobs::push(tx, SEND, &key, &payload, at).await?;
        Ok(())
    }

    /// Queues what the module's automations say of this occasion, once for booking, version and automation.
    pub(crate) async fn automate(
        &self,
        tx: &mut TenantTx,
        activated: &Activated,
        description: &Description,
        code: &str,
        booking: &Booking,
    ) -> Result<(), AppError> {
        if description.automations.is_empty() {
            return Ok(());
        }
        let services: Vec<ServiceId> = booking.items.iter().map(|item| item.service).collect();
        let catalogue = store::services::all(tx, booking.quote.total.currency).await?;
        let concerns = |automation: &Automation| {
            let keys = catalogue.iter().filter(|service| services.contains(&service.id)).map(|service| &service.key);
            automation.services.is_empty() || keys.into_iter().any(|key| automation.services.contains(key))
        };
        for automation in description.automations.iter().filter(|automation| concerns(automation)) {
            let Some(due) = due(automation, code, booking, self.env.now()) else { continue };
            let queued = Automated {
                module: activated.module.clone(),
                automation: automation.key.clone(),
                booking: booking.id,
                version: booking.version,
                start: booking.span.from(),
            };
            let key = format!("{}:{}:{}.{}", booking.id, booking.version, activated.module, automation.key);
            let payload = serde_json::to_value(&queued).map_err(|error| AppError::Broken(Box::new(error)))?;
            jobs::push(tx, AUTOMATE, &key, &payload, due).await?;
        }
        Ok(())
    }

    pub(crate) async fn send_later_message(&self, job: &jobs::Claimed) -> Result<Ending, AppError> {
        let Ok(later) = serde_json::from_value::<Later>(job.payload.clone()) else {
            return Ok(Ending::Dead("no message".to_owned()));
        };
        let outgoing = Outgoing { message: later.message, fields: later.fields, at: None };
        self.send_due(job, &later.module, later.customer, later.booking, &outgoing).await
    }

    pub(crate) async fn run_automation(&self, job: &jobs::Claimed) -> Result<Ending, AppError> {
        let moot = |why: &str| Ok(Ending::Moot(why.to_owned()));
        let Ok(queued) = serde_json::from_value::<Automated>(job.payload.clone()) else {
            return Ok(Ending::Dead("no automation".to_owned()));
        };
        let mut tx = self.store.read(job.tenant).await?;
        let Some((activated, description)) = self.running_module(&mut tx).await? else { return moot("no module runs") };
        let switches = store::module_switches::all(&mut tx, &activated.module).await?;
        let booking = store::bookings::find(&mut tx, queued.booking).await?;
        drop(tx);
        let known = description.automations.iter().find(|automation| automation.key == queued.automation);
        let Some(automation) = known.filter(|_| activated.module == queued.module) else {
            return moot("the module does not say this any more");
        };
        if !runs(automation, &switches) {
            return moot("turned off");
        }
        let Some(booking) = booking.filter(|booking| holds(automation, booking, &queued)) else {
            return moot("superseded");
        };
        let outgoing = Outgoing { message: automation.message.clone(), fields: automation.fields.clone(), at: None };
        self.send_due(job, &queued.module, booking.customer, Some(booking.id), &outgoing).await
    }

    async fn send_due(
        &self,
        job: &jobs::Claimed,
        module: &str,
        customer: CustomerId,
        booking: Option<BookingId>,
        outgoing: &Outgoing,
    ) -> Result<Ending, AppError> {
        let facts = self.facts(job.tenant, Some(customer), &format!("message:{}", job.id)).await?;
        let (Some(activated), Some(description)) = (&facts.activated, &facts.description) else {
            return Ok(Ending::Moot("no module runs".to_owned()));
        };
        if activated.module != module {
            return Ok(Ending::Moot("the module does not run any more".to_owned()));
        }
        let mut tx = self.store.read(job.tenant).await?;
        let (booking, conversation) = self.about(&mut tx, customer, booking).await?;
        drop(tx);
        let subject = Subject {
            activated,
            description,
            facts: &facts,
            conversation: conversation.as_ref(),
            booking: booking.as_ref(),
            language: module_events::language(&facts, conversation.as_ref()),
            cause: format!("module:{}", job.id),
            chain: 0,
        };
        let text = self.text_for_module(&subject, outgoing).await;
        let mut tx = self.store.write(job.tenant).await?;
        let now = self.about(&mut tx, customer, subject.booking.map(|booking| booking.id)).await?;
        if now.0.as_ref().map(|now| now.version) != subject.booking.map(|known| known.version) {
            // It moved while the text was rendered: what it says is of before.
            return Err(AppError::Unavailable { retry_after_seconds: 1 });
        }
        let subject = Subject { conversation: now.1.as_ref(), cause: subject.cause.clone(), ..subject };
        self.send_for_module(&mut tx, &subject, outgoing, (text, &subject.cause)).await?;
        tx.commit().await?;
        self.ring();
        Ok(Ending::Done)
    }

    /// Says it in the customer's language, if the customer may be written to and there is where.
    async fn send_for_module(
        &self,
        tx: &mut TenantTx,
        subject: &Subject<'_>,
        outgoing: &Outgoing,
        (text, cause): (Result<String, Unsaid>, &str),
    ) -> Result<(), AppError> {
        let not_sent = |why: &str| {
            let (module, message) = (&subject.activated.module, &outgoing.message);
            tracing::info!(%module, message, cause, why, "a module's message was not sent");
            Ok(())
        };
        if !subject.activated.grants.iter().any(|grant| grant == "messages") {
            return not_sent("the module may not send messages");
        }
        let Some(conversation) = subject.conversation else { return not_sent("nothing was ever spoken") };
        if store::customers::is_opted_out(tx, subject.customer()).await? {
            return not_sent("the customer asked not to be written to");
        }
        let booked = outgoing.fields.get("unless").is_some_and(|unless| unless == "booked");
        if booked && store::bookings::open_of_customer(tx, subject.customer()).await? > 0 {
            return not_sent("the customer has booked already");
        }
        let layers = subject.layers(&outgoing.message);
        let Some(source) = layers.beneath() else { return not_sent("the module has no such message") };
        let Some(line) = self.line(conversation.channel).await? else { return not_sent("no channel") };
        let text = match text {
            Ok(text) => text,
            Err(unsaid) => return not_sent(&unsaid.to_string()),
        };
        let now = self.env.now();
        let name = format!("{}_{}", subject.activated.module, outgoing.message).replace(['-', '.'], "_");
        let own = |template: &domain::template::Template| template.channel == line.id && template.name == name;
        let templates: Vec<_> = store::templates::all(tx).await?.into_iter().filter(own).collect();
        let until = now.checked_add(PATIENCE).unwrap_or(now);
        match choose(line.provider, conversation.last_inbound_at, now, in_language(&templates, subject.language)) {
            Passage::FreeText => {
                self.say(tx, &line, conversation, Body::text(text), Author::System, cause, now).await?;
            }
            Passage::Template(template) => {
                // The template's places are the names of the module's message in their order.
                let values = self.values(subject, outgoing);
                let places = named(source).into_iter().filter_map(|name| values.get(name).map(words)).collect();
                let body = template_body(line.provider, template, places);
                self.say(tx, &line, conversation, body, Author::System, cause, now).await?;
            }
            Passage::Wait => {
                self.hold_back(tx, conversation, (Body::text(text), Author::System, cause), until).await?;
            }
        }
        Ok(())
    }

    /// What is said, by the first layer that renders.
    async fn text_for_module(&self, subject: &Subject<'_>, outgoing: &Outgoing) -> Result<String, Unsaid> {
        let values = self.values(subject, outgoing);
        self.worded(&subject.facts.texts, &subject.layers(&outgoing.message), &values).await
    }

    /// What a message may name: the business, the customer, the visit, and the module's own fields over those.
    fn values(&self, subject: &Subject<'_>, outgoing: &Outgoing) -> Value {
        let speech = Speech::new(&self.messages, subject.facts, subject.language);
        let mut values = subject.booking.map_or_else(|| json!({}), |booking| speech.about(booking));
        if let Some(values) = values.as_object_mut() {
            values.insert("business".to_owned(), json!(subject.facts.tenant.name));
            values.insert("name".to_owned(), json!(subject.facts.customer.name));
            values.extend(outgoing.fields.iter().map(|(name, value)| (name.clone(), json!(value))));
        }
        values
    }
}

impl<'a> Subject<'a> {
    fn layers(&self, message: &str) -> Layers<'a> {
        Layers::of_message(&self.facts.texts, self.description, message, self.language)
    }
}

/// Whether it runs: as the owner said, else as the module says.
pub(crate) fn runs(automation: &Automation, switches: &[(String, bool)]) -> bool {
    switches.iter().find(|(key, _)| *key == automation.key).map_or(automation.on, |(_, runs)| *runs)
}

/// When the automation's message is due after this; nothing when it is not its occasion, or its time is over.
fn due(automation: &Automation, code: &str, booking: &Booking, now: Timestamp) -> Option<Timestamp> {
    let anchor = match automation.occasion.as_str() {
        "visit.start" | "visit.end" if !matches!(code, "booking.confirmed" | "booking.moved") => return None,
        "visit.start" => booking.span.from(),
        "visit.end" => booking.span.to(),
        occasion if occasion == code => now,
        _ => return None,
    };
    let due = anchor.checked_add(SignedDuration::from_mins(automation.minutes)).ok()?;
    (due >= now && due.duration_since(now) <= FARTHEST).then_some(due)
}

/// Whether the booking still is what the message was queued for.
fn holds(automation: &Automation, booking: &Booking, queued: &Automated) -> bool {
    use BookingState as S;
    let same_time = booking.span.from() == queued.start;
    match (automation.occasion.as_str(), booking.state) {
        ("visit.start", S::Confirmed) if automation.minutes < 0 => same_time,
        ("visit.start" | "visit.end", S::Confirmed | S::Arrived | S::Completed) => same_time,
        ("booking.confirmed", S::Confirmed | S::Arrived | S::Completed) => true,
        ("booking.moved", S::Confirmed) => booking.version == queued.version,
        ("booking.completed", S::Completed) | ("booking.cancelled", S::Cancelled) | ("booking.no-show", S::NoShow) => {
            true
        }
        _ => false,
    }
}
