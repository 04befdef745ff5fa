//! The inbox: lists, threads, replies by people, taking over and giving back.

use domain::{
    ConversationId, MessageId, TenantId,
    channel::{Line, Provider},
    conversation::{Answering, Conversation, ConversationStatus, window_closes},
    media::LARGEST_FILE,
    message::{Author, Body, MediaKind, Message},
    template::{TemplateStatus, places},
    window::{Passage, choose},
};
use jiff::{SignedDuration, Timestamp};
use store::TenantTx;

use crate::{
    App,
    assistant::Speech,
    templates::reply_cause,
    view::{
        AppError, ChangeView, Clerk, CustomerCard, InboxFilter, InboxList, InboxRow, MessageView, NavCounts, NewFile,
        TemplateOffer, ThreadView,
    },
};

const PAGE: usize = 40;
const THREAD: u32 = 60;
/// Conversations looked through for a filtered page.
const DEPTH: u32 = 400;

impl App {
    pub async fn nav(&self, clerk: &Clerk) -> Result<NavCounts, AppError> {
        let mut tx = self.store.read(clerk.tenant).await?;
        let recent = store::conversations::recent(&mut tx, None, DEPTH).await?;
        let count = |keep: fn(&Conversation) -> bool| {
            u32::try_from(recent.iter().filter(|talk| keep(talk)).count()).unwrap_or(u32::MAX)
        };
        Ok(NavCounts {
            unread: count(|talk| talk.unread > 0),
            waiting: count(|talk| talk.answering == Answering::Waiting),
        })
    }

    pub async fn inbox(&self, clerk: &Clerk, filter: InboxFilter, cursor: Option<&str>) -> Result<InboxList, AppError> {
        let mut tx = self.store.read(clerk.tenant).await?;
        let from = cursor.map(read_cursor).transpose()?;
        let mut talks = store::conversations::recent(&mut tx, from, DEPTH).await?;
        talks.retain(|talk| keeps(filter, clerk, talk));
        let more = talks.len() > PAGE;
        talks.truncate(PAGE);
        let next = talks
            .last()
            .filter(|_| more)
            .and_then(|talk| talk.last_message_at.map(|at| format!("{}.{}", at.as_microsecond(), talk.id)));
        if from.is_none() {
            // Whoever waits for a person comes first.
            talks.sort_by_key(|talk| talk.answering != Answering::Waiting);
        }
        let mut rows = Vec::with_capacity(talks.len());
        for talk in &talks {
            rows.push(self.row(&mut tx, talk).await?);
        }
        Ok(InboxList { rows, next })
    }

    pub async fn thread(
        &self,
        clerk: &Clerk,
        id: ConversationId,
        before: Option<MessageId>,
    ) -> Result<ThreadView, AppError> {
        let talk = self.conversation(clerk.tenant, id).await?.ok_or(AppError::NotFound)?;
        let provider = self.line(talk.channel).await?.map(|line| line.provider);
        let mut tx = self.store.read(clerk.tenant).await?;
        let cursor = match before {
            Some(message) => {
                Some((store::messages::at(&mut tx, id, message).await?.ok_or(AppError::NotFound)?, message))
            }
            None => None,
        };
        let messages = store::messages::thread(&mut tx, id, cursor, THREAD).await?;
        let more = messages.len() == usize::try_from(THREAD).unwrap_or(60);
        let mut views = Vec::with_capacity(messages.len());
        for message in messages {
            views.push(self.message_view(&mut tx, message).await?);
        }
        let windowed = provider.is_none_or(Provider::has_window);
        let closes = window_closes(talk.last_inbound_at).filter(|closes| *closes > self.env.now() && windowed);
        let now = self.env.now();
        let leaves_now =
            provider.is_some_and(|provider| choose(provider, talk.last_inbound_at, now, None) == Passage::FreeText);
        let templates = if leaves_now { Vec::new() } else { offers(&mut tx, &talk).await? };
        Ok(ThreadView {
            row: self.row(&mut tx, &talk).await?,
            messages: views,
            more,
            window_closes: closes,
            leaves_now,
            templates,
            card: self.card(&mut tx, &talk).await?,
            version: talk.version,
        })
    }

    pub async fn mark_read(&self, clerk: &Clerk, id: ConversationId) -> Result<(), AppError> {
        let mut tx = self.store.write(clerk.tenant).await?;
        store::conversations::mark_read(&mut tx, id).await?;
        Ok(tx.commit().await?)
    }

    pub async fn reply(&self, clerk: &Clerk, id: ConversationId, text: &str, key: &str) -> Result<MessageId, AppError> {
        let invalid = |reason: &str| AppError::Invalid { field: "text".to_owned(), reason: reason.to_owned() };
        let text = text.trim();
        if text.is_empty() || text.chars().count() > 4_096 {
            return Err(invalid("write 1 to 4,096 characters"));
        }
        let talk = self.taken_over(clerk, id).await?;
        let line = self.line(talk.channel).await?.ok_or(AppError::NotFound)?;
        let mut tx = self.store.write(clerk.tenant).await?;
        let (author, cause) = (Author::Member { member: clerk.member }, reply_cause(clerk, key));
        let said = self.say(&mut tx, &line, &talk, Body::text(text), author, &cause, self.env.now()).await?;
        let last = self.said_already(&mut tx, id, said).await?;
        tx.commit().await?;
        self.ring();
        Ok(last)
    }

    /// A member sends a file. It is stored first; a form sent twice stores the same bytes twice, which is once.
    pub async fn reply_with_file(
        &self,
        clerk: &Clerk,
        id: ConversationId,
        new: NewFile,
    ) -> Result<MessageId, AppError> {
        let invalid = |reason: &str| AppError::Invalid { field: "file".to_owned(), reason: reason.to_owned() };
        let size = u64::try_from(new.bytes.len()).unwrap_or(u64::MAX);
        if size == 0 || size > LARGEST_FILE {
            return Err(invalid("choose a file of at most 32 MB"));
        }
        let kind = MediaKind::of(&new.mime);
        // Plain bytes are what no provider takes.
        let mime = kind.admits(&new.mime).filter(|mime| mime != "application/octet-stream");
        let mime = mime.ok_or_else(|| invalid("is of a type that cannot be sent"))?;
        let talk = self.taken_over(clerk, id).await?;
        let line = self.line(talk.channel).await?.ok_or(AppError::NotFound)?;
        let file = self.keep(clerk.tenant, &new.bytes, mime, &new.filename).await?;
        let mut tx = self.store.write(clerk.tenant).await?;
        let body = self.file_body(&mut tx, file, new.caption.chars().take(1_024).collect()).await?;
        let (author, cause) = (Author::Member { member: clerk.member }, reply_cause(clerk, &new.key));
        let said = self.say(&mut tx, &line, &talk, body, author, &cause, self.env.now()).await?;
        let message = self.said_already(&mut tx, id, said).await?;
        tx.commit().await?;
        self.ring();
        Ok(message)
    }

    /// The conversation, if members answer in it.
    pub(crate) async fn taken_over(&self, clerk: &Clerk, id: ConversationId) -> Result<Conversation, AppError> {
        let talk = self.conversation(clerk.tenant, id).await?.ok_or(AppError::NotFound)?;
        if talk.answering == Answering::Assistant {
            let reason = "the assistant answers here; take over first".to_owned();
            return Err(AppError::Invalid { field: "text".to_owned(), reason });
        }
        Ok(talk)
    }

    /// The same form sent twice: its message is the last one there.
    pub(crate) async fn said_already(
        &self,
        tx: &mut TenantTx,
        id: ConversationId,
        said: Option<MessageId>,
    ) -> Result<MessageId, AppError> {
        match said {
            Some(message) => Ok(message),
            None => store::messages::last(tx, id).await?.map(|message| message.id).ok_or(AppError::NotFound),
        }
    }

    pub async fn take_over(&self, clerk: &Clerk, id: ConversationId) -> Result<(), AppError> {
        let talk = self.conversation(clerk.tenant, id).await?.ok_or(AppError::NotFound)?;
        let line = self.line(talk.channel).await?;
        let facts = self.facts(clerk.tenant, Some(talk.customer), "take_over").await?;
        let mut tx = self.store.write(clerk.tenant).await?;
        let member = store::members::find(&mut tx, clerk.member).await?.ok_or(AppError::NotFound)?;
        store::conversations::set_answering(&mut tx, id, Answering::Person { member: clerk.member }).await?;
        store::audit::append(&mut tx, &clerk.member.to_string(), "took_over", &id.to_string()).await?;
        let open = |line: &Line| choose(line.provider, talk.last_inbound_at, self.env.now(), None) == Passage::FreeText;
        if let Some(line) = line.filter(open) {
            let speech = Speech::new(&self.messages, &facts, talk.language.unwrap_or(facts.tenant.language));
            let joined = speech.with("agent_joined", serde_json::json!({ "who": member.name }));
            self.say(
                &mut tx,
                &line,
                &talk,
                joined,
                Author::System,
                &format!("joined:{}", talk.version),
                self.env.now(),
            )
            .await?;
        }
        store::events::push(&mut tx, "conversation", id).await?;
        tx.commit().await?;
        self.ring();
        Ok(())
    }

    pub async fn give_back(&self, clerk: &Clerk, id: ConversationId) -> Result<(), AppError> {
        let mut tx = self.store.write(clerk.tenant).await?;
        if !store::conversations::set_answering(&mut tx, id, Answering::Assistant).await? {
            return Err(AppError::NotFound);
        }
        store::audit::append(&mut tx, &clerk.member.to_string(), "gave_back", &id.to_string()).await?;
        store::events::push(&mut tx, "conversation", id).await?;
        tx.commit().await?;
        self.ring();
        Ok(())
    }

    pub async fn events_after(&self, tenant: TenantId, seq: i64) -> Result<Vec<ChangeView>, AppError> {
        let mut tx = self.store.look(tenant).await?;
        let changes = store::events::after(&mut tx, seq).await?;
        Ok(changes
            .into_iter()
            .map(|change| ChangeView { seq: change.seq, kind: change.kind, subject: change.subject })
            .collect())
    }

    pub async fn latest_event(&self, tenant: TenantId) -> Result<i64, AppError> {
        let mut tx = self.store.look(tenant).await?;
        Ok(store::events::latest(&mut tx).await?)
    }

    async fn row(&self, tx: &mut TenantTx, talk: &Conversation) -> Result<InboxRow, AppError> {
        let customer = store::customers::find(tx, talk.customer).await?;
        let named = customer.map(|customer| customer.name).filter(|name| !name.is_empty());
        let customer = match named {
            Some(name) => name,
            None => store::customers::phone(tx, talk.customer).await?.map(String::from).unwrap_or_default(),
        };
        let last = store::messages::last(tx, talk.id).await?;
        let answering_name = match talk.answering {
            Answering::Person { member } => {
                store::members::find(tx, member).await?.map(|member| member.name).unwrap_or_default()
            }
            Answering::Assistant | Answering::Waiting => String::new(),
        };
        let author = last.as_ref().map_or("", |message| match message.author {
            Author::Customer => "customer",
            Author::Assistant => "assistant",
            Author::Member { .. } => "member",
            Author::System => "system",
        });
        Ok(InboxRow {
            id: talk.id,
            customer,
            last_line: last.map(|message| message.body.words().chars().take(120).collect()).unwrap_or_default(),
            last_author: author.to_owned(),
            last_at: talk.last_message_at,
            unread: talk.unread,
            answering: talk.answering,
            answering_name,
            status: talk.status,
        })
    }

    async fn message_view(&self, tx: &mut TenantTx, message: Message) -> Result<MessageView, AppError> {
        let author_name = match message.author {
            Author::Member { member } => {
                store::members::find(tx, member).await?.map(|member| member.name).unwrap_or_default()
            }
            Author::Customer | Author::Assistant | Author::System => String::new(),
        };
        Ok(MessageView {
            id: message.id,
            author: message.author,
            author_name,
            body: message.body,
            ticks: message.ticks,
            failure: message.failure,
            at: message.at,
        })
    }

    async fn card(&self, tx: &mut TenantTx, talk: &Conversation) -> Result<CustomerCard, AppError> {
        let customer = store::customers::find(tx, talk.customer).await?.ok_or(AppError::NotFound)?;
        let now = self.env.now();
        let long_ago = now.checked_sub(SignedDuration::from_hours(24 * 730)).unwrap_or(now);
        let (mut upcoming, mut past) = (Vec::new(), Vec::new());
        for booking in store::bookings::of_customer(tx, talk.customer, long_ago).await? {
            let future = booking.span.to() > now;
            let view = self.booking_view(tx, booking).await?;
            if future { upcoming.push(view) } else { past.insert(0, view) }
        }
        upcoming.truncate(10);
        past.truncate(10);
        let (completed_visits, _) = store::bookings::visits(tx, talk.customer).await?;
        Ok(CustomerCard {
            id: customer.id,
            name: customer.name,
            phone: store::customers::phone(tx, talk.customer).await?.map(String::from).unwrap_or_default(),
            language: customer.language.or(talk.language),
            note: customer.note,
            completed_visits,
            no_shows: customer.no_shows,
            upcoming,
            past,
        })
    }
}

/// The approved templates of the conversation's channel.
async fn offers(tx: &mut TenantTx, talk: &Conversation) -> Result<Vec<TemplateOffer>, AppError> {
    let all = store::templates::all(tx).await?.into_iter();
    let approved = all.filter(|one| one.channel == talk.channel && one.status == TemplateStatus::Approved);
    Ok(approved
        .map(|one| TemplateOffer { id: one.id, name: one.name, places: places(&one.text), text: one.text })
        .collect())
}

fn keeps(filter: InboxFilter, clerk: &Clerk, talk: &Conversation) -> bool {
    let resolved = talk.status == ConversationStatus::Resolved;
    match filter {
        InboxFilter::All => !resolved,
        InboxFilter::Waiting => !resolved && talk.answering == Answering::Waiting,
        InboxFilter::Mine => !resolved && talk.answering == Answering::Person { member: clerk.member },
        InboxFilter::Assistant => !resolved && talk.answering == Answering::Assistant,
        InboxFilter::Resolved => resolved,
    }
}

fn read_cursor(cursor: &str) -> Result<(Timestamp, ConversationId), AppError> {
    let read = || {
        let (at, id) = cursor.split_once('.')?;
        Some((Timestamp::from_microsecond(at.parse().ok()?).ok()?, id.parse().ok()?))
    };
    read().ok_or_else(|| AppError::Invalid { field: "cursor".to_owned(), reason: "is not one of ours".to_owned() })
}
