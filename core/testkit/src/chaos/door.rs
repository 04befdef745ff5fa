//! Delivers webhooks as a provider does: signed, again and again until there is a 200, sometimes twice.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use app::tasks::Tasks;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{chance::Chance, locked, node::Node, provider::Status, wire};

/// What was posted, and what we were told.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told {
    /// Each provider id that was ever posted, and when a 200 came for it.
    pub(crate) ids: BTreeMap<String, Option<Instant>>,
    /// Posts with a part that cannot be read, answered with 200.
    pub(crate) unreadable: u32,
    /// Answers that should not be: 4xx to signed posts, 500s.
    pub(crate) wrong: Vec<String>,
    /// How long each 200 took.
    pub(crate) times: Vec<Duration>,
    pub(crate) refused_503: u32,
    /// When somebody who waited had asked, and how long the answer took.
    pub(crate) answers: Vec<(Instant, Duration)>,
}

#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) nodes: Arc<Vec<Node>>,
    /// Whether everything comes to the first of them.
    pub(crate) first_only: bool,
    pub(crate) path: String,
    pub(crate) number: String,
    pub(crate) secret: String,
    pub(crate) told: Arc<Mutex<Told>>,
    pub(crate) chance: Arc<Mutex<Chance>>,
    pub(crate) tasks: Arc<Tasks>,
    /// Copies of each post, beside the first.
    pub(crate) copies: u64,
}

/// One post.
pub(crate) struct Post {
    pub(crate) ids: Vec<String>,
    pub(crate) body: String,
    /// Whether a part of it cannot be read.
    pub(crate) unreadable: bool,
}

impl Door {
    /// Posts until there is a 200, at most for a minute; copies go their own way.
    pub(crate) async fn deliver(&self, post: Post) {
        {
            let mut told = locked(&self.told);
            for id in &post.ids {
                told.ids.entry(id.clone()).or_insert(None);
            }
        }
        let copies = if self.copies == 0 { 0 } else { locked(&self.chance).below(self.copies + 1) };
        for _ in 0..copies {
            let (door, body) = (self.clone(), post.body.clone());
            self.tasks.spawn("copy", async move {
                // A copy that fails is not sent again: the first one is.
                let _any = door.attempt(&body).await;
            });
        }
        let until = Instant::now() + Duration::from_secs(60);
        while Instant::now() < until {
            if self.attempt(&post.body).await == Some(200) {
                let mut told = locked(&self.told);
                told.unreadable += u32::from(post.unreadable);
                for id in &post.ids {
                    told.ids.insert(id.clone(), Some(Instant::now()));
                }
                return;
            }
            let wait = locked(&self.chance).between(40, 160);
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
    }

    async fn attempt(&self, body: &str) -> Option<u16> {
        let doors = if self.first_only { 1 } else { self.nodes.len() };
        let serving: Vec<String> = self.nodes.iter().take(doors).filter_map(Node::address).collect();
        let address = locked(&self.chance).pick(&serving).cloned()?;
        let signature = channels::simulator::sign(&self.secret, body.as_bytes());
        let from = Instant::now();
        let status = wire::post(&address, &self.path, &signature, body).await.ok()?;
        let mut told = locked(&self.told);
        match status {
            200 => told.times.push(from.elapsed()),
            503 => told.refused_503 += 1,
            other => told.wrong.push(format!("{other} to a signed post")),
        }
        Some(status)
    }

    pub(crate) fn envelope(&self, number: &str, content: Value) -> String {
        let mut value = json!({
            "messaging_product": "whatsapp",
            "metadata": { "display_phone_number": "52", "phone_number_id": number },
        });
        if let (Some(fields), Value::Object(content)) = (value.as_object_mut(), content) {
            fields.extend(content);
        }
        json!({
            "object": "whatsapp_business_account",
            "entry": [{ "id": "1", "changes": [{ "field": "messages", "value": value }] }],
        })
        .to_string()
    }

    pub(crate) async fn report(&self, status: Status) {
        tokio::time::sleep(status.wait).await;
        let mut content = json!({
            "id": status.wamid, "status": status.word, "timestamp": now_seconds().to_string(), "recipient_id": status.to,
        });
        if let (Some(fields), Some(echo)) = (content.as_object_mut(), &status.echo) {
            fields.insert("biz_opaque_callback_data".to_owned(), json!(echo));
        }
        let body = self.envelope(&self.number, json!({ "statuses": [content] }));
        let ids = vec![format!("{}:{}", status.wamid, status.word)];
        self.deliver(Post { ids, body, unreadable: false }).await;
    }
}

/// Seconds since 1970, as providers stamp what they send.
pub(crate) fn now_seconds() -> u64 {
    std::time::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_secs())
}
