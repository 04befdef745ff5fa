//! The inbox: list, thread and customer card, whole or in parts.

use app::view::{AppError, Clerk, InboxFilter, InboxList, ThreadView};
use axum::response::{IntoResponse as _, Response};
use domain::ConversationId;
use http::StatusCode;
use serde::Serialize;
use templates::pages::{Page, words};

use crate::{
    answer::{Refused, redirect},
    call::Call,
    desk::Frame,
};

/// The whole page; `thread` empty shows a hint instead.
#[derive(Debug, Serialize)]
pub(crate) struct InboxPage {
    pub(crate) frame: Frame,
    pub(crate) list: InboxList,
    pub(crate) filter: InboxFilter,
    pub(crate) selected: String,
    pub(crate) thread: Option<ThreadView>,
    pub(crate) reply_key: String,
    pub(crate) problem: String,
    pub(crate) draft: String,
}

impl Page for InboxPage {
    const TEMPLATE: &'static str = "inbox.html";
}

/// The list alone.
#[derive(Debug, Serialize)]
pub(crate) struct ListPart {
    pub(crate) frame: Frame,
    pub(crate) list: InboxList,
    pub(crate) filter: InboxFilter,
    pub(crate) selected: String,
}

impl Page for ListPart {
    const TEMPLATE: &'static str = "inbox_list.html";
}

/// Thread and customer card.
#[derive(Debug, Serialize)]
pub(crate) struct ThreadPart {
    pub(crate) frame: Frame,
    pub(crate) thread: ThreadView,
    pub(crate) filter: InboxFilter,
    /// Sent back with the reply: the same twice is one message.
    pub(crate) reply_key: String,
    pub(crate) problem: String,
    pub(crate) draft: String,
}

impl Page for ThreadPart {
    const TEMPLATE: &'static str = "thread.html";
}

fn filter(call: &Call) -> InboxFilter {
    match call.query().text("filter") {
        "waiting" => InboxFilter::Waiting,
        "mine" => InboxFilter::Mine,
        "assistant" => InboxFilter::Assistant,
        "resolved" => InboxFilter::Resolved,
        _ => InboxFilter::All,
    }
}

async fn frame(call: &Call, clerk: &Clerk) -> Result<Frame, Refused> {
    let mut frame = call.desk.frame(call.session()?, "inbox", words(clerk.language).inbox);
    frame.nav = call.desk.app.nav(clerk).await?;
    Ok(frame)
}

fn key(call: &Call) -> String {
    call.desk.app.env().uuid().simple().to_string()
}

/// `GET /t/{slug}/inbox`
pub(crate) async fn index(call: Call) -> Result<Response, Refused> {
    let (clerk, filter, query) = (call.clerk()?, filter(&call), call.query());
    let list = call.desk.app.inbox(&clerk, filter, query.some("cursor")).await?;
    let frame = frame(&call, &clerk).await?;
    if query.text("part") == "list" {
        let selected = query.text("selected").to_owned();
        return call.desk.html(&ListPart { frame, list, filter, selected });
    }
    whole(&call, frame, list, filter, None)
}

fn whole(
    call: &Call,
    frame: Frame,
    list: InboxList,
    filter: InboxFilter,
    thread: Option<ThreadView>,
) -> Result<Response, Refused> {
    let selected = thread.as_ref().map_or_else(String::new, |thread| thread.row.id.to_string());
    let (problem, draft) = (String::new(), String::new());
    call.desk.html(&InboxPage { frame, list, filter, selected, thread, reply_key: key(call), problem, draft })
}

/// `GET /t/{slug}/inbox/{conversation}`
pub(crate) async fn show(call: Call) -> Result<Response, Refused> {
    let (clerk, filter) = (call.clerk()?, filter(&call));
    let conversation: ConversationId = call.id("conversation")?;
    let before = call.query().parsed("before")?;
    let thread = call.desk.app.thread(&clerk, conversation, before).await?;
    if call.is_htmx() {
        return part(&call, &clerk, thread, String::new(), String::new()).await;
    }
    let list = call.desk.app.inbox(&clerk, filter, None).await?;
    whole(&call, frame(&call, &clerk).await?, list, filter, Some(thread))
}

async fn part(
    call: &Call,
    clerk: &Clerk,
    thread: ThreadView,
    problem: String,
    draft: String,
) -> Result<Response, Refused> {
    let frame = frame(call, clerk).await?;
    call.desk.html(&ThreadPart { frame, thread, filter: filter(call), reply_key: key(call), problem, draft })
}

/// After a change: the thread as it is now, or the way back to it for a browser without script.
pub(crate) async fn now(call: &Call, clerk: &Clerk, conversation: ConversationId) -> Result<Response, Refused> {
    if !call.is_htmx() {
        return Ok(redirect(&format!("/t/{}/inbox/{conversation}", call.param("slug")?)));
    }
    let thread = call.desk.app.thread(clerk, conversation, None).await?;
    part(call, clerk, thread, String::new(), String::new()).await
}

/// `POST …/read`: the member has it on screen.
pub(crate) async fn read(call: Call) -> Result<Response, Refused> {
    call.desk.app.mark_read(&call.clerk()?, call.id("conversation")?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `POST …/reply`
pub(crate) async fn reply(call: Call) -> Result<Response, Refused> {
    let (clerk, form) = (call.clerk()?, call.form());
    let conversation = call.id("conversation")?;
    match call.desk.app.reply(&clerk, conversation, form.text("text").trim(), form.text("key")).await {
        Ok(_message) => now(&call, &clerk, conversation).await,
        Err(AppError::Invalid { reason, .. }) if call.is_htmx() => {
            let thread = call.desk.app.thread(&clerk, conversation, None).await?;
            part(&call, &clerk, thread, reason, form.text("text").to_owned()).await
        }
        Err(other) => Err(other.into()),
    }
}

/// `POST …/take-over`
pub(crate) async fn take_over(call: Call) -> Result<Response, Refused> {
    let (clerk, conversation) = (call.clerk()?, call.id("conversation")?);
    call.desk.app.take_over(&clerk, conversation).await?;
    now(&call, &clerk, conversation).await
}

/// `POST …/give-back`
pub(crate) async fn give_back(call: Call) -> Result<Response, Refused> {
    let (clerk, conversation) = (call.clerk()?, call.id("conversation")?);
    call.desk.app.give_back(&clerk, conversation).await?;
    now(&call, &clerk, conversation).await
}
