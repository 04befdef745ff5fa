//! A turn: what waits in a lane is taken in, the assistant plans, and one transaction makes it so.
//!
//! Invariants: bookings, memory, messages, outbox and inbox change together or not at all; every write names the
//! lane's token; a turn that dies anywhere is done again from the inbox and says nothing twice (the outbox key is
//! the inbox row and the place of the reply).

use std::sync::Arc;

use domain::{
    ConversationId, Language, MessageId,
    channel::{Event, Inbound, Line},
    conversation::{Answering, Conversation},
    delivery::{DeliveryClass, RefusalKind, Ticks},
    faults::Point,
    message::{Author, Body, Message},
    vertical::Allowance,
    window::{Passage, choose},
};
use jiff::{SignedDuration, Timestamp};
use store::{TenantTx, inbox, lanes, lanes::Lease, outbox};
use tokio::time::Instant;

use crate::{
    App,
    assistant::{self, Action, Facts, Heard, Memory, Outcome, Plan, Speech},
    passage::PATIENCE,
    view::AppError,
};

/// Older than this is history: kept and shown, not acted on.
const STALE: SignedDuration = SignedDuration::from_hours(12);
/// How often a plan is made again because somebody else took the slot.
const TRIES: usize = 3;

/// What a lane held, taken in.
#[derive(Default)]
struct Taken {
    seqs: Vec<i64>,
    /// The newest one that was spoken in.
    conversation: Option<ConversationId>,
    heard: Vec<Heard>,
    /// The provider's id of the newest message, for the blue ticks.
    newest: Option<String>,
    /// Names the replies' cause.
    cause: String,
}

impl App {
    /// Works one lane empty. Errors leave the lane leased: it comes round again when the lease is over.
    pub(crate) async fn work_lane(&self, lease: &Lease, asked: Instant) -> Result<(), AppError> {
        let Some(line) = self.line(lease.channel).await? else { return Ok(()) };
        let taken = self.take_in(lease, &line, self.pace.half(asked)).await?;
        let Some((taken, conversation)) = taken else { return Ok(()) };
        self.show_typing(&line, &conversation.address, taken.newest.clone());
        self.answer(lease, &line, &taken, &conversation).await
    }

    /// Writes down what arrived, so that members see it before anybody has thought about it. What the assistant has nothing
    /// to say to ends the turn here, and so does a lane that is not ours any more: `None`.
    /// What is not read by `until` is left to the next turn.
    async fn take_in(
        &self,
        lease: &Lease,
        line: &Line,
        until: Instant,
    ) -> Result<Option<(Taken, Conversation)>, AppError> {
        let mut tx = self.store.write(lease.tenant).await?;
        if !lanes::guard(&mut tx, lease).await? {
            return Ok(None);
        }
        let pending = inbox::pending(&mut tx, lease).await?;
        let mut taken = Taken::default();
        for event in pending {
            if Instant::now() > until && !taken.seqs.is_empty() {
                break;
            }
            taken.cause = event.seq.to_string();
            taken.seqs.push(event.seq);
            self.take_event(&mut tx, line, event.inbound, &mut taken).await?;
        }
        let asks = match taken.conversation.filter(|_| !taken.heard.is_empty()) {
            Some(id) => store::conversations::find(&mut tx, id).await?,
            None => None,
        };
        let Some(conversation) = asks.filter(|conversation| conversation.answering == Answering::Assistant) else {
            self.env.pass(Point::TurnTaken);
            self.end(tx, lease, &taken).await?;
            return Ok(None);
        };
        tx.commit().await?;
        self.env.pass(Point::TurnTaken);
        self.ring();
        Ok(Some((taken, conversation)))
    }

    async fn take_event(
        &self,
        tx: &mut TenantTx,
        line: &Line,
        inbound: Inbound,
        taken: &mut Taken,
    ) -> Result<(), AppError> {
        match inbound.event {
            Event::Message { from, body, reply_to, referral } => {
                let (customer, new) = store::customers::meet(tx, &from.identities, &from.profile_name).await?;
                if new {
                    self.tell_of_customer(tx, "customer.created", customer).await?;
                }
                // The time of a phone may be wrong: nothing is said to have arrived later than now.
                let at = inbound.at.min(self.env.now());
                let conversation =
                    store::conversations::get_or_create(tx, line.id, customer, &from.address, at).await?;
                let message = self.said(conversation.id, Author::Customer, body.clone(), at);
                let message = Message { provider_id: Some(inbound.provider_id.clone()), reply_to, ..message };
                if store::messages::insert(tx, &message).await? {
                    store::conversations::heard(tx, conversation.id, at).await?;
                    self.fetch_later(tx, &message).await?;
                    self.let_through(tx, line, &conversation).await?;
                    if let Some(referral) = referral {
                        store::conversations::set_referral(tx, conversation.id, &referral).await?;
                    }
                    store::events::push(tx, "message", conversation.id).await?;
                }
                taken.conversation = Some(conversation.id);
                if self.env.now().duration_since(at) < STALE {
                    taken.heard.push(Heard { body });
                    taken.newest = Some(inbound.provider_id);
                }
            }
            Event::Status { provider_message_id, ticks, echo, failure, refusal, .. } => {
                store::statuses::meet(tx, line.id, &provider_message_id).await?;
                let sent = outbox::by_provider_id(tx, line.id, &provider_message_id).await?;
                let echoed = match echo {
                    Some(id) => outbox::message_of(tx, id).await?.map(|message| (id, message)),
                    None => None,
                };
                match (sent, echoed) {
                    (None, None) => {
                        store::statuses::keep_early(tx, line.id, &provider_message_id, ticks, failure.as_deref())
                            .await?
                    }
                    (sent, echoed) => {
                        if let Some((id, _)) = echoed {
                            // The provider speaks of it, so it left, whatever became of our own note of it.
                            outbox::left(tx, id, &provider_message_id).await?;
                        }
                        if let Some((id, message)) = sent.or(echoed) {
                            if refusal == Some(RefusalKind::WindowClosed) {
                                self.turn_back_later(tx, id, message).await?;
                            } else {
                                let reason = failure.as_deref();
                                store::messages::report(tx, message, Some(&provider_message_id), ticks, reason).await?;
                            }
                            store::events::push(tx, "status", message).await?;
                        }
                    }
                }
            }
            Event::Echo { to, body } => self.take_echo(tx, line, &inbound.provider_id, &to, body, inbound.at).await?,
            Event::Template { report } => {
                let ours = store::templates::report(tx, line.id, &report).await?;
                tracing::info!(channel = %line.id, status = report.status.as_str(), ours, "a template changed");
            }
            Event::Other { name } => {
                tracing::info!(channel = %line.id, name, "the provider told something about the account")
            }
        }
        Ok(())
    }

    /// Plans and commits; plans again with fresh facts when a slot was lost in between.
    async fn answer(
        &self,
        lease: &Lease,
        line: &Line,
        taken: &Taken,
        conversation: &Conversation,
    ) -> Result<(), AppError> {
        let before = Memory::read(&conversation.memory);
        let mut lost: Option<Memory> = None;
        let allowance: Arc<Allowance> = Arc::default();
        for _ in 0..TRIES {
            let request = format!("turn:{}", taken.cause);
            let mut facts = self.facts(lease.tenant, Some(conversation.customer), &request).await?;
            facts.allowance = Some(Arc::clone(&allowance));
            let speech = Speech::new(&self.messages, &facts, first_language(&facts, &before, conversation));
            let plan = match lost.take() {
                None => assistant::plan(&facts, &speech, before.clone(), &taken.heard).await,
                Some(memory) => assistant::plan_after_loss(&facts, &speech, memory).await,
            };
            let handed_over = plan.actions.iter().any(Action::hands_over);
            match self.commit(lease, line, taken, conversation, &facts, plan).await? {
                None => {
                    if let Some(activated) = &facts.activated {
                        self.vertical.figures.turned(activated, &request, handed_over);
                    }
                    return Ok(());
                }
                Some(memory) => lost = Some(memory),
            }
        }
        Err(AppError::Unavailable { retry_after_seconds: 1 })
    }

    /// The turn's transaction. `Some`: a slot was lost, nothing was written, plan again from this memory.
    async fn commit(
        &self,
        lease: &Lease,
        line: &Line,
        taken: &Taken,
        conversation: &Conversation,
        facts: &Facts,
        plan: Plan,
    ) -> Result<Option<Memory>, AppError> {
        let mut memory = plan.memory;
        let language = memory.language.unwrap_or(facts.tenant.language);
        let speech = Speech::new(&self.messages, facts, language);
        let notes = assistant::notes(facts, &speech, &plan.actions).await;
        let mut says = plan.says;
        let mut tx = self.store.write(lease.tenant).await?;
        if !lanes::guard(&mut tx, lease).await? {
            return Ok(None);
        }
        for action in &plan.actions {
            let outcome = self.act(&mut tx, conversation, facts, action).await?;
            if assistant::lost(action, &outcome) {
                return Ok(Some(assistant::remember_lost(memory, facts, action)));
            }
            says.extend(assistant::conclude(facts, &speech, &mut memory, &outcome, notes.clone()).await);
        }
        let said_at = self.env.now();
        for (place, body) in says.into_iter().enumerate() {
            self.say(
                &mut tx,
                line,
                conversation,
                body,
                Author::Assistant,
                &format!("turn:{}:{place}", taken.cause),
                later(said_at, place),
            )
            .await?;
        }
        let remembered = serde_json::to_value(&memory).map_err(|error| AppError::Broken(Box::new(error)))?;
        store::conversations::remember(&mut tx, conversation.id, &remembered, Some(language)).await?;
        self.end(tx, lease, taken).await?;
        Ok(None)
    }

    /// Closes inbox rows and lane and commits, or lets everything fall when the lane is not ours any more.
    async fn end(&self, mut tx: TenantTx, lease: &Lease, taken: &Taken) -> Result<(), AppError> {
        inbox::done(&mut tx, &taken.seqs).await?;
        store::turns::record(&mut tx, lease, &taken.seqs).await?;
        if lanes::finish(&mut tx, lease).await? {
            self.env.pass(Point::TurnWritten);
            tx.commit().await?;
            self.env.pass(Point::TurnCommitted);
            self.ring();
        } else {
            tracing::warn!(tenant = %lease.tenant, channel = %lease.channel, "a turn lost its lane and changed nothing");
        }
        Ok(())
    }

    /// Puts a message of ours into the thread and on its way, once for its cause. Outside the window only a template
    /// leaves; anything else waits in the thread.
    #[expect(
        clippy::too_many_arguments,
        reason = "a message is made of that many things, and each caller has them apart"
    )]
    pub(crate) async fn say(
        &self,
        tx: &mut TenantTx,
        line: &Line,
        conversation: &Conversation,
        body: Body,
        author: Author,
        cause: &str,
        at: Timestamp,
    ) -> Result<Option<MessageId>, AppError> {
        let is_template = matches!(body, Body::Template { .. });
        if !is_template && choose(line.provider, conversation.last_inbound_at, self.env.now(), None) == Passage::Wait {
            let expires = self.env.now().checked_add(PATIENCE).unwrap_or(at);
            return self.hold_back(tx, conversation, (body, author, cause), expires).await;
        }
        let message = Message { ticks: Some(Ticks::Queued), ..self.said(conversation.id, author, body.clone(), at) };
        let departure = outbox::Departure {
            channel: line.id,
            conversation: conversation.id,
            message: message.id,
            dedupe_key: format!("{}:{cause}", conversation.id),
            class: DeliveryClass::NeverLost,
            recipient: conversation.address.clone(),
            body,
            reply_to: None,
            expires_at: None,
            at,
        };
        if !outbox::push(tx, &departure).await? {
            return Ok(None);
        }
        store::messages::insert(tx, &message).await?;
        store::conversations::spoke(tx, conversation.id, at).await?;
        store::events::push(tx, "message", conversation.id).await?;
        Ok(Some(message.id))
    }

    pub(crate) fn said(&self, conversation: ConversationId, author: Author, body: Body, at: Timestamp) -> Message {
        Message {
            id: self.env.id(),
            conversation,
            author,
            body,
            provider_id: None,
            reply_to: None,
            ticks: None,
            failure: None,
            at,
        }
    }

    pub(crate) async fn conversation(
        &self,
        tenant: domain::TenantId,
        id: ConversationId,
    ) -> Result<Option<Conversation>, AppError> {
        let mut tx = self.store.look(tenant).await?;
        Ok(store::conversations::find(&mut tx, id).await?)
    }

    fn show_typing(&self, line: &Line, to: &str, newest: Option<String>) {
        let (Some(newest), Ok(channel)) = (newest, self.channel(line)) else { return };
        let (line, to) = (line.clone(), to.to_owned());
        // A courtesy on a task of its own: the answer does not wait for it.
        self.tasks.spawn("typing", async move { channel.mark_read(&line, &to, &newest, true).await });
    }

    /// Carries out one action inside the turn's transaction.
    async fn act(
        &self,
        tx: &mut TenantTx,
        conversation: &Conversation,
        facts: &Facts,
        action: &Action,
    ) -> Result<Outcome, AppError> {
        Ok(match action {
            Action::Hold { opening, quote, party, told } => {
                self.hold(tx, conversation, facts, opening, quote, (*party, told)).await?
            }
            Action::Confirm { booking } => self.confirm(tx, conversation, facts, *booking).await?,
            Action::Release { booking } => self.let_go(tx, conversation, *booking).await?,
            Action::Cancel { booking, fee } => self.cancel(tx, conversation, facts, *booking, *fee).await?,
            Action::Move { booking, opening, quote } => {
                self.relocate(tx, conversation, facts, *booking, opening, quote).await?
            }
            Action::Join(joining) => self.join_by_chat(tx, conversation, facts, joining).await?,
            Action::TakeOffer { offer } => self.take_offer(tx, conversation, facts, *offer).await?,
            Action::PassOffer { offer } => self.pass_offer(tx, conversation, *offer).await?,
            Action::LeaveWaitlist => self.leave_waitlist(tx, conversation.customer).await?,
            Action::HandToPerson { reason } => {
                self.hand_to_person(tx, conversation, reason).await?;
                Outcome::Done
            }
            Action::OptOut | Action::OptIn => {
                store::customers::set_opted_out(tx, conversation.customer, *action == Action::OptOut).await?;
                if *action == Action::OptOut {
                    self.tell_of_customer(tx, "customer.opted-out", conversation.customer).await?;
                }
                Outcome::Done
            }
            Action::Effects { tool, effects } => {
                self.apply_of_tool(tx, conversation, facts, (tool, effects)).await?;
                Outcome::Done
            }
            Action::SetName { name } => {
                store::customers::set_name(tx, conversation.customer, name).await?;
                Outcome::Done
            }
        })
    }
}

fn first_language(facts: &Facts, memory: &Memory, conversation: &Conversation) -> Language {
    memory.language.or(conversation.language).or(facts.customer.language).unwrap_or(facts.tenant.language)
}

/// Replies of one turn stand a microsecond apart, so that they sort as they were meant.
fn later(at: Timestamp, place: usize) -> Timestamp {
    let micros = i64::try_from(place).unwrap_or(0);
    at.checked_add(SignedDuration::from_micros(micros)).unwrap_or(at)
}
