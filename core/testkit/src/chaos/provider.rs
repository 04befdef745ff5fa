//! A provider that speaks Graph, remembers every message it took, and misbehaves as told.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use anyhow::Result;
use app::tasks::Tasks;
use serde_json::{Value, json};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    time::Instant,
};

use super::{chance::Chance, locked, noise, wire};

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Accept,
    /// 429 with `Retry-After`, and Graph's codes for the number and for the recipient. Not taken.
    TooMany,
    NumberTooFast,
    RecipientTooFast,
    /// 503 without taking the message, 500 after taking it.
    ErrorBefore,
    ErrorAfter,
    /// The line breaks before or after the message was taken.
    CutBefore,
    CutAfter,
    /// Takes the message and never answers.
    Silent,
    /// Answers a byte at a time.
    Drip,
    /// 200 with HTML, half a JSON, or no id; the message was taken.
    Html,
    Truncated,
    NoId,
    /// Sends elsewhere; not taken.
    Redirect,
}

/// How a provider behaves just now.
#[derive(Debug, Clone)]
pub(crate) struct Manner {
    /// What it does instead of accepting, `percent` times in a hundred.
    pub(crate) odd: Vec<Answer>,
    pub(crate) percent: u64,
    /// Whether statuses carry our id back.
    pub(crate) echo: bool,
    /// `read` before `delivered` before `sent`, and each twice.
    pub(crate) jumbled: bool,
    /// How long statuses are on their way, at least.
    pub(crate) late: Duration,
}

/// One request for a message, as it came.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) at: Instant,
    /// Our id of it.
    pub(crate) outbox: String,
    pub(crate) to: String,
    pub(crate) content: Value,
    /// The provider's id, when the message was taken.
    pub(crate) taken: Option<String>,
}

/// A status on its way to our webhook.
#[derive(Debug, Clone)]
pub(crate) struct Status {
    pub(crate) wamid: String,
    pub(crate) to: String,
    pub(crate) word: &'static str,
    pub(crate) echo: Option<String>,
    pub(crate) wait: Duration,
}

pub(crate) struct Provider {
    pub(crate) address: String,
    pub(crate) record: Arc<Mutex<Vec<Sent>>>,
    pub(crate) manner: Arc<Mutex<Manner>>,
    /// Where a redirect leads; nobody may come here.
    pub(crate) trespassers: Arc<Mutex<u32>>,
}

#[derive(Clone)]
struct Desk {
    record: Arc<Mutex<Vec<Sent>>>,
    manner: Arc<Mutex<Manner>>,
    trespassers: Arc<Mutex<u32>>,
    address: String,
    chance: Arc<Mutex<Chance>>,
    statuses: Arc<dyn Fn(Status) + Send + Sync>,
}

impl Provider {
    pub(crate) async fn open(
        chance: Chance,
        manner: Manner,
        tasks: &Arc<Tasks>,
        statuses: Arc<dyn Fn(Status) + Send + Sync>,
    ) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let desk = Desk {
            record: Arc::default(),
            manner: Arc::new(Mutex::new(manner)),
            trespassers: Arc::default(),
            address: address.clone(),
            chance: Arc::new(Mutex::new(chance)),
            statuses,
        };
        let provider = Self {
            address,
            record: Arc::clone(&desk.record),
            manner: Arc::clone(&desk.manner),
            trespassers: Arc::clone(&desk.trespassers),
        };
        let own = Arc::clone(tasks);
        tasks.spawn("provider", async move {
            while let Ok((stream, _)) = listener.accept().await {
                let desk = desk.clone();
                own.spawn("request", async move {
                    // A client that went away has seen what it was to see.
                    let _gone = desk.serve(stream).await;
                });
            }
        });
        Ok(provider)
    }

    pub(crate) fn sent(&self) -> Vec<Sent> {
        locked(&self.record).clone()
    }

    /// What this address was last offered to tap.
    pub(crate) fn offered(&self, to: &str) -> Vec<(String, String)> {
        let record = locked(&self.record);
        let last = record.iter().rev().find(|sent| sent.to == to && sent.taken.is_some());
        last.map(|sent| choices(&sent.content)).unwrap_or_default()
    }
}

impl Provider {
    /// How many messages to this address were taken.
    pub(crate) fn taken_for(&self, to: &str) -> usize {
        locked(&self.record).iter().filter(|sent| sent.to == to && sent.taken.is_some()).count()
    }
}

impl Desk {
    async fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let Some(request) = wire::read(&mut stream).await? else { return Ok(()) };
        if request.path().starts_with("/elsewhere") {
            *locked(&self.trespassers) += 1;
            return stream.write_all(&wire::answer(404, "", "no")).await;
        }
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let Some(outbox) = body.get("biz_opaque_callback_data").and_then(Value::as_str) else {
            // Blue ticks and typing.
            return stream.write_all(&wire::answer(200, "", "{\"success\":true}")).await;
        };
        let to = body.get("to").and_then(Value::as_str).unwrap_or_default().to_owned();
        let (manner, answer) = self.choose();
        let wamid = format!("wamid.OUT{:016x}", locked(&self.chance).number());
        let taken = !matches!(
            answer,
            Answer::TooMany
                | Answer::NumberTooFast
                | Answer::RecipientTooFast
                | Answer::ErrorBefore
                | Answer::CutBefore
                | Answer::Redirect
        );
        locked(&self.record).push(Sent {
            at: Instant::now(),
            outbox: outbox.to_owned(),
            to: to.clone(),
            content: body.clone(),
            taken: taken.then(|| wamid.clone()),
        });
        if taken && to != noise::RECIPIENT {
            self.report(&manner, &wamid, &to, outbox);
        }
        self.reply(&mut stream, answer, &wamid, &to).await
    }

    fn choose(&self) -> (Manner, Answer) {
        let (manner, mut chance) = (locked(&self.manner).clone(), locked(&self.chance));
        let odd = chance.likely(manner.percent);
        let answer = if odd { chance.pick(&manner.odd).copied().unwrap_or(Answer::Accept) } else { Answer::Accept };
        drop(chance);
        (manner, answer)
    }

    fn report(&self, manner: &Manner, wamid: &str, to: &str, outbox: &str) {
        let mut words = vec!["sent", "delivered"];
        let mut chance = locked(&self.chance);
        if chance.likely(50) {
            words.push("read");
        }
        if manner.jumbled {
            words.reverse();
            let again = words.clone();
            words.extend(again);
        }
        for word in words {
            (self.statuses)(Status {
                wamid: wamid.to_owned(),
                to: to.to_owned(),
                word,
                echo: manner.echo.then(|| outbox.to_owned()),
                wait: manner.late + Duration::from_millis(chance.between(0, 60)),
            });
        }
    }

    async fn reply(&self, stream: &mut TcpStream, answer: Answer, wamid: &str, to: &str) -> std::io::Result<()> {
        let good = json!({
            "messaging_product": "whatsapp",
            "contacts": [{ "input": to, "wa_id": to }],
            "messages": [{ "id": wamid, "message_status": "accepted" }],
        })
        .to_string();
        let error = |code: i64| json!({ "error": { "message": "told to", "code": code } }).to_string();
        let bytes = match answer {
            Answer::Accept => wire::answer(200, "", &good),
            Answer::TooMany => wire::answer(429, "retry-after: 1\r\n", &error(4)),
            Answer::NumberTooFast => wire::answer(400, "", &error(130_429)),
            Answer::RecipientTooFast => wire::answer(400, "retry-after: 1\r\n", &error(131_056)),
            Answer::ErrorBefore => wire::answer(503, "", "{}"),
            Answer::ErrorAfter => wire::answer(500, "", "<html>oops"),
            Answer::CutBefore | Answer::CutAfter => return Ok(()),
            Answer::Silent => {
                tokio::time::sleep(Duration::from_secs(20)).await;
                return Ok(());
            }
            Answer::Drip => {
                for byte in wire::answer(200, "", &good) {
                    stream.write_all(&[byte]).await?;
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                return Ok(());
            }
            Answer::Html => wire::answer(200, "", "<html>welcome</html>"),
            Answer::Truncated => wire::answer(200, "", "{\"messages\":[{\"id\":\"wam"),
            Answer::NoId => wire::answer(200, "", "{\"messages\":[]}"),
            Answer::Redirect => wire::answer(302, &format!("location: http://{}/elsewhere\r\n", self.address), "moved"),
        };
        stream.write_all(&bytes).await
    }
}

fn choices(content: &Value) -> Vec<(String, String)> {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let list = |path: &str| content.pointer(path).and_then(Value::as_array).cloned().unwrap_or_default();
    let buttons = list("/interactive/action/buttons");
    let rows = list("/interactive/action/sections/0/rows");
    let buttons = buttons.iter().filter_map(|button| button.get("reply"));
    buttons.chain(rows.iter()).map(|choice| (text(choice, "id"), text(choice, "title"))).collect()
}
