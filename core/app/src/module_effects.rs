//! What a module wants done, done as if a member had clicked it: each effect is asked against the grants first, and what
//! is not allowed, or too much, is dropped and logged.
//!
//! Invariant: everything here happens in the caller's transaction; nobody outside is waited for.

use domain::{
    CustomerId, Language,
    booking::{Booking, VisitAnswer},
    conversation::{Answering, Conversation},
    message::{Author, Body},
    vertical::{Activated, Description, Effect, MoveProposal},
    window::{Passage, choose},
};
use store::TenantTx;

use crate::{
    App,
    assistant::{Facts, Speech},
    module_events,
    passage::PATIENCE,
    view::AppError,
};

/// Messages of one call; more are dropped.
const MESSAGES: usize = 3;

/// Whom and what a module's call was about.
pub(crate) struct Subject<'a> {
    pub(crate) activated: &'a Activated,
    pub(crate) description: &'a Description,
    pub(crate) facts: &'a Facts,
    /// Where the customer is spoken to; nothing is said where nothing was ever spoken.
    pub(crate) conversation: Option<&'a Conversation>,
    pub(crate) booking: Option<&'a Booking>,
    pub(crate) language: Language,
    /// Makes what is said, once for its cause.
    pub(crate) cause: String,
    /// How many answers to requests of the module's it follows from.
    pub(crate) chain: u32,
}

impl Subject<'_> {
    pub(crate) fn customer(&self) -> CustomerId {
        self.facts.customer.id
    }

    fn dropped(&self, what: &str, why: &str) {
        let module = &self.activated.module;
        tracing::warn!(%module, cause = self.cause, what, why, "an effect was dropped");
    }
}

impl App {
    /// What a tool wants done, in the turn's transaction.
    pub(crate) async fn apply_of_tool(
        &self,
        tx: &mut TenantTx,
        conversation: &Conversation,
        facts: &Facts,
        (tool, effects): (&str, &[Effect]),
    ) -> Result<(), AppError> {
        let (Some(activated), Some(description)) = (&facts.activated, &facts.description) else { return Ok(()) };
        let subject = Subject {
            activated,
            description,
            facts,
            conversation: Some(conversation),
            booking: None,
            language: module_events::language(facts, Some(conversation)),
            cause: format!("{}:{tool}", facts.request),
            chain: 0,
        };
        self.apply(tx, &subject, effects).await
    }

    pub(crate) async fn apply(
        &self,
        tx: &mut TenantTx,
        subject: &Subject<'_>,
        effects: &[Effect],
    ) -> Result<(), AppError> {
        let mut said = 0;
        for (place, effect) in effects.iter().enumerate() {
            if !effect.allowed_by(&subject.activated.grants) {
                subject.dropped(effect.name(), "not granted");
                continue;
            }
            if matches!(effect, Effect::Send(_) | Effect::ProposeMove(_)) {
                said += 1;
                if said > MESSAGES {
                    subject.dropped(effect.name(), "too many messages of one call");
                    continue;
                }
            }
            self.apply_one(tx, subject, place, effect).await?;
        }
        Ok(())
    }

    async fn apply_one(
        &self,
        tx: &mut TenantTx,
        subject: &Subject<'_>,
        place: usize,
        effect: &Effect,
    ) -> Result<(), AppError> {
        let cause = format!("{}:{place}", subject.cause);
        match effect {
            Effect::HandToPerson { reason } => match subject.conversation {
                Some(conversation) => self.hand_to_person(tx, conversation, reason).await?,
                None => subject.dropped(effect.name(), "no conversation"),
            },
            Effect::RememberField { key, value } => match subject.booking {
                Some(booking) => {
                    let answer = VisitAnswer {
                        key: key.clone(),
                        question: key.clone(),
                        answer: value.clone(),
                        sensitive: false,
                    };
                    store::visit_answers::keep(tx, booking.id, u32::try_from(place).unwrap_or(u32::MAX), &answer)
                        .await?;
                }
                None => subject.dropped(effect.name(), "no visit"),
            },
            Effect::Keep { key, value } => {
                if !store::customer_fields::set(tx, subject.customer(), key, value).await? {
                    subject.dropped(effect.name(), "the customer has as many fields as one may");
                }
            }
            Effect::Send(outgoing) => self.module_says(tx, subject, outgoing, &cause).await?,
            Effect::ProposeMove(proposal) => self.propose_move(tx, subject, proposal, &cause).await?,
            Effect::Note { text } => match subject.conversation {
                Some(conversation) => self.note(tx, conversation, text).await?,
                None => subject.dropped(effect.name(), "no conversation"),
            },
            // A dialog begins where somebody is spoken to: `assistant` has taken those out.
            Effect::BeginDialog { .. } => subject.dropped(effect.name(), "nobody is spoken to"),
            Effect::Request(errand) => {
                if !self.request_later(tx, subject, errand).await? {
                    subject.dropped(effect.name(), "too many requests");
                }
            }
            Effect::Count { key, amount } => {
                let day = self.env.now().strftime("%Y-%m-%d").to_string();
                store::module_counters::add(tx, &subject.activated.module, key, &day, *amount).await?;
            }
        }
        Ok(())
    }

    pub(crate) async fn hand_to_person(
        &self,
        tx: &mut TenantTx,
        conversation: &Conversation,
        reason: &str,
    ) -> Result<(), AppError> {
        store::conversations::set_answering(tx, conversation.id, Answering::Waiting).await?;
        store::audit::append(tx, "assistant", "handed_to_person", &format!("{} {reason}", conversation.id)).await?;
        store::events::push(tx, "conversation", conversation.id).await?;
        Ok(())
    }

    /// A line in the thread that is never sent.
    async fn note(&self, tx: &mut TenantTx, conversation: &Conversation, text: &str) -> Result<(), AppError> {
        let body = Body::System { kind: "note".to_owned(), text: text.to_owned() };
        let message = self.said(conversation.id, Author::System, body, self.env.now());
        store::messages::insert(tx, &message).await?;
        store::events::push(tx, "message", conversation.id).await?;
        Ok(())
    }

    /// Asks the customer of the booking whether it may move. Moving it is the customer's own yes, in the conversation.
    async fn propose_move(
        &self,
        tx: &mut TenantTx,
        subject: &Subject<'_>,
        proposal: &MoveProposal,
        cause: &str,
    ) -> Result<(), AppError> {
        let named = match proposal.booking.parse() {
            Ok(id) => store::bookings::find(tx, id).await?,
            Err(_not_an_id) => None,
        };
        let own = named.filter(|booking| booking.customer == subject.customer() && booking.state.is_open());
        let (Some(booking), Some(conversation)) = (own, subject.conversation) else {
            subject.dropped("propose-move", "no such booking of this customer");
            return Ok(());
        };
        let Some(line) = self.line(conversation.channel).await? else { return Ok(()) };
        let speech = Speech::new(&self.messages, subject.facts, subject.language);
        let mut about = speech.about(&booking);
        if let Some(fields) = about.as_object_mut() {
            fields.insert("reason".to_owned(), serde_json::json!(proposal.reason));
        }
        let buttons = vec![
            speech.choice(&format!("move:{}", booking.id), "yes_please_button"),
            speech.choice("keep", "keep_button"),
        ];
        let body = Body::Buttons { text: speech.words("propose_move", about), buttons };
        let now = self.env.now();
        if choose(line.provider, conversation.last_inbound_at, now, None) == Passage::Wait {
            let expires = now.checked_add(PATIENCE).unwrap_or(now).min(booking.span.from());
            self.hold_back(tx, conversation, (body, Author::System, cause), expires).await?;
        } else {
            self.say(tx, &line, conversation, body, Author::System, cause, now).await?;
        }
        Ok(())
    }
}
