//! A day after the customer's last message: templates leave, everything else waits in sight.

use std::time::Duration;

use app::view::{Clerk, ClockMove, InboxFilter, MessageView};
use domain::{
    ConversationId, TenantId,
    channel::Provider,
    delivery::{DeliveryClass, Ticks},
    message::{Author, Body, Message},
    template::{Template, TemplateCategory, TemplatePurpose, TemplateStatus},
};
use testkit::TestApp;

/// From Monday at nine to Wednesday a minute after noon.
const TO_WEDNESDAY: i64 = 51 * 3_600 + 60;

struct Desk {
    app: TestApp,
    clerk: Clerk,
}

impl Desk {
    /// Somebody has a visit on Thursday at noon and has been silent since Monday.
    async fn booked() -> Self {
        let app = TestApp::sqlite().await.unwrap();
        let phone = app.phone("luz", "+525598760001", "Regina").unwrap();
        phone.chat(&["quiero un corte con Luis el jueves a las 12", "si"]).await.unwrap();
        let (token, _) = crate::cookie(&app).await;
        let clerk = crate::chat::clerk(&app.app.session(&token).await.unwrap().unwrap());
        Self { app, clerk }
    }

    async fn talk(&self) -> ConversationId {
        let list = self.app.app.inbox(&self.clerk, InboxFilter::All, None).await.unwrap();
        list.rows.iter().find(|row| row.customer == "Regina").unwrap().id
    }

    async fn until(&self, what: &str, wanted: impl Fn(&[MessageView]) -> bool) -> Vec<MessageView> {
        let talk = self.talk().await;
        for _ in 0..400 {
            let messages = self.app.app.thread(&self.clerk, talk, None).await.unwrap().messages;
            if wanted(&messages) {
                return messages;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("never: {what}");
    }

    async fn to_wednesday(&self) {
        self.app.app.move_clock(ClockMove::AdvanceSeconds(TO_WEDNESDAY)).await.unwrap();
    }
}

/// The business has a reminder that its provider approved.
pub(crate) async fn approve_reminder(app: &TestApp, tenant: TenantId, provider: Provider) {
    let store = app.app.store();
    let mut platform = store.platform_read().await.unwrap();
    let lines = store::channels::of_provider(&mut platform, provider).await.unwrap();
    let line = lines.into_iter().find(|line| line.tenant == tenant).unwrap();
    drop(platform);
    let mut tx = store.write(tenant).await.unwrap();
    let template = Template {
        id: app.app.env().id(),
        channel: line.id,
        purpose: TemplatePurpose::Reminder,
        name: "visit_reminder".into(),
        language: "es_MX".into(),
        category: TemplateCategory::Utility,
        text: "Le esperamos para {{1}} el {{2}} con {{3}}. Gracias.".into(),
        examples: vec!["corte".into(), "lunes 5".into(), "Ana".into()],
        status: TemplateStatus::Approved,
        provider_id: Some("HX0REMINDER".into()),
        reason: None,
    };
    assert!(store::templates::insert(&mut tx, &template).await.unwrap());
    tx.commit().await.unwrap();
}

fn reminder(messages: &[MessageView]) -> Option<&MessageView> {
    messages.iter().find(|message| message.author == Author::System)
}

/// Scenario 13 of the threads other products gave us.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn free_text_one_second_after_the_window_closes_waits_and_fails_for_nobody() {
    let desk = Desk::booked().await;
    let talk = desk.talk().await;
    desk.app.app.take_over(&desk.clerk, talk).await.unwrap();
    // The window as the provider counts it: a day from the customer's last word, to the second.
    let mut tx = desk.app.app.store().read(desk.clerk.tenant).await.unwrap();
    let heard = store::conversations::find(&mut tx, talk).await.unwrap().unwrap().last_inbound_at.unwrap();
    drop(tx);
    let second_after = heard.checked_add(jiff::SignedDuration::from_secs(24 * 3_600 + 1)).unwrap();
    desk.app.app.move_clock(ClockMove::SetTo(second_after)).await.unwrap();
    let phone = desk.app.phone("luz", "+525598760001", "Regina").unwrap();
    let before = phone.bubbles().await.unwrap().len();
    assert!(!desk.app.app.thread(&desk.clerk, talk, None).await.unwrap().leaves_now, "the composer says so");
    desk.app.app.reply(&desk.clerk, talk, "¿Nos vemos mañana?", "k").await.unwrap();
    let waits = |messages: &[MessageView]| messages.last().is_some_and(|message| message.ticks == Some(Ticks::Queued));
    desk.until("the reply waits", waits).await;
    assert_eq!(phone.bubbles().await.unwrap().len(), before, "nothing left");
    phone.say("hola").await.unwrap();
    let left = |messages: &[MessageView]| {
        let said = messages.iter().find(|message| message.body.plain().starts_with("¿Nos vemos"));
        said.is_some_and(|message| message.ticks >= Some(Ticks::Sent) && message.ticks != Some(Ticks::Failed))
    };
    desk.until("the reply left", left).await;
}

/// Said inside the window, kept back by whatever kept it, and about to leave outside.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_said_in_time_and_would_leave_too_late_waits() {
    let desk = Desk::booked().await;
    let talk = desk.talk().await;
    let said_at = desk.app.app.env().now();
    desk.to_wednesday().await;
    desk.until("the reminder waits", |messages| reminder(messages).is_some()).await;
    let store = desk.app.app.store();
    let mut tx = store.write(desk.clerk.tenant).await.unwrap();
    let conversation = store::conversations::find(&mut tx, talk).await.unwrap().unwrap();
    let body = Body::text("Le esperamos");
    let message = Message {
        id: desk.app.app.env().id(),
        conversation: talk,
        author: Author::Assistant,
        body: body.clone(),
        provider_id: None,
        reply_to: None,
        ticks: Some(Ticks::Queued),
        failure: None,
        at: said_at,
    };
    store::messages::insert(&mut tx, &message).await.unwrap();
    let departure = store::outbox::Departure {
        channel: conversation.channel,
        conversation: talk,
        message: message.id,
        dedupe_key: "held up".into(),
        class: DeliveryClass::NeverLost,
        recipient: conversation.address.clone(),
        body,
        reply_to: None,
        expires_at: None,
        at: said_at,
    };
    store::outbox::push(&mut tx, &departure).await.unwrap();
    tx.commit().await.unwrap();
    for _ in 0..400 {
        let mut tx = store.read(desk.clerk.tenant).await.unwrap();
        if store::waiting::count(&mut tx).await.unwrap() == 2 {
            let kept = store::messages::find(&mut tx, message.id).await.unwrap().unwrap();
            assert_eq!((kept.ticks, kept.failure), (Some(Ticks::Queued), None));
            return;
        }
        drop(tx);
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("it never waited");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reminder_outside_the_window_leaves_as_the_approved_template() {
    let desk = Desk::booked().await;
    approve_reminder(&desk.app, desk.clerk.tenant, Provider::Simulator).await;
    desk.to_wednesday().await;
    let sent = desk
        .until("the template left", |messages| {
            reminder(messages).is_some_and(|message| message.ticks >= Some(Ticks::Sent))
        })
        .await;
    let Body::Template { name, params, text, .. } = &reminder(&sent).unwrap().body else { panic!("{sent:?}") };
    assert_eq!((name.as_str(), params.len()), ("visit_reminder", 3));
    assert!(text.contains("Luis") && text.contains("12:00"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_template_it_waits_in_sight_and_leaves_when_the_customer_writes() {
    let desk = Desk::booked().await;
    desk.to_wednesday().await;
    let waits =
        |messages: &[MessageView]| reminder(messages).is_some_and(|message| message.ticks == Some(Ticks::Queued));
    desk.until("the reminder waits", waits).await;
    let talk = desk.talk().await;
    assert!(!desk.app.app.thread(&desk.clerk, talk, None).await.unwrap().leaves_now);
    desk.app.app.take_over(&desk.clerk, talk).await.unwrap();
    desk.app.app.reply(&desk.clerk, talk, "¿Todo bien para mañana?", "k").await.unwrap();
    desk.app.app.reply(&desk.clerk, talk, "¿Todo bien para mañana?", "k").await.unwrap();
    let phone = desk.app.phone("luz", "+525598760001", "Regina").unwrap();
    let seen: Vec<String> = phone.say("hola").await.unwrap().iter().map(|bubble| bubble.body.plain()).collect();
    let left = |messages: &[MessageView]| {
        messages
            .iter()
            .filter(|message| message.author != Author::Customer)
            .all(|message| message.ticks >= Some(Ticks::Sent))
    };
    desk.until("everything left", left).await;
    assert!(seen.iter().any(|words| words.contains("Te recordamos")), "{seen:?}");
    let replies = desk.until("the reply is there", |_| true).await;
    let replies = replies.iter().filter(|message| matches!(message.author, Author::Member { .. }));
    assert_eq!(replies.count(), 1, "the same form twice is one message");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waited_too_long_says_so() {
    let desk = Desk::booked().await;
    desk.to_wednesday().await;
    desk.until("the reminder waits", |messages| reminder(messages).is_some()).await;
    desk.app.app.move_clock(ClockMove::AdvanceSeconds(24 * 3_600)).await.unwrap();
    let failed =
        |messages: &[MessageView]| reminder(messages).is_some_and(|message| message.ticks == Some(Ticks::Failed));
    let messages = desk.until("the reminder was given up", failed).await;
    assert!(reminder(&messages).unwrap().failure.as_deref().unwrap().contains("in time"));
}
