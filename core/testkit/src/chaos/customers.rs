//! People who write: greetings, wishes for the same few times, taps on what they are offered, all from one seed.

use std::{sync::Arc, time::Duration};

use jiff::{Timestamp, ToSpan as _, civil::Weekday, tz::TimeZone};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    chance::Chance,
    door::{Door, Post, now_seconds},
    locked,
    provider::Provider,
};

/// How they write.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Habits {
    pub(crate) people: u64,
    pub(crate) lines: u64,
    /// Milliseconds between two lines, at most.
    pub(crate) gap: u64,
    /// Several messages to a post, one of them unreadable.
    pub(crate) batches: bool,
    /// Some posts are for a number that is not ours.
    pub(crate) strangers: bool,
    /// Some messages are a week old or from the future.
    pub(crate) odd_times: bool,
    /// All wish for the same time.
    pub(crate) rush: bool,
    /// Nobody writes on before they were answered, and the time it took is noted.
    pub(crate) waits: bool,
    /// They write until the storm is over.
    pub(crate) endless: bool,
}

/// How long somebody waits for an answer before they write again.
const PATIENCE: Duration = Duration::from_secs(8);
const PEOPLE: [&str; 3] = ["Ana", "Luis", "Mariana"];
const DAYS: [&str; 3] = ["martes", "miércoles", "jueves"];
const HOURS: [&str; 3] = ["11", "12", "1 de la tarde"];

/// One person's whole conversation.
pub(crate) async fn write(
    person: u64,
    seed: u64,
    habits: Habits,
    until: Instant,
    door: Arc<Door>,
    provider: Arc<Provider>,
    mut chance: Chance,
) {
    let address = format!("52155{:04}{:04}", seed % 10_000, person);
    let late = if habits.rush { 0 } else { chance.below(200) };
    tokio::time::sleep(Duration::from_millis(late)).await;
    for line in 0..habits.lines {
        if habits.endless && Instant::now() >= until {
            return;
        }
        let id = format!("wamid.IN{seed}.{person}.{line}");
        let content = if habits.rush {
            text(&format!("quiero un corte con Ana el {} a las 12", beyond_the_demo()))
        } else if line == 0 {
            wish(&mut chance)
        } else {
            next(&mut chance, &provider, &address)
        };
        let at = moment(&habits, &mut chance);
        let mut ids = vec![id.clone()];
        let mut messages = vec![message(&address, &id, at, &content)];
        let mut unreadable = false;
        if habits.batches && chance.likely(50) {
            for more in 0..3_u64 {
                let id = format!("{id}.{more}");
                messages.push(message(&address, &id, at, &text("y otra cosa")));
                ids.push(id);
            }
            messages.insert(1, json!({ "type": "text", "text": 7, "nothing": "else" }));
            unreadable = true;
        }
        let contacts = json!([{ "profile": { "name": format!("Persona {person}") }, "wa_id": address }]);
        let mut number = door.number.as_str();
        if habits.strangers && chance.likely(30) {
            // Signed for us, but about a number that is somebody else's: kept aside, never worked on.
            (number, ids, unreadable) = ("999000999", Vec::new(), true);
        }
        let body = door.envelope(number, json!({ "contacts": contacts, "messages": messages }));
        let answered = provider.taken_for(&address);
        door.deliver(Post { ids, body, unreadable }).await;
        if habits.waits {
            wait(&door, &provider, &address, answered).await;
        }
        tokio::time::sleep(Duration::from_millis(chance.below(habits.gap.max(1)))).await;
    }
}

/// Until one more message came than there had been, but not for ever: some words ask for no answer.
async fn wait(door: &Door, provider: &Provider, address: &str, answered: usize) {
    let asked = Instant::now();
    while asked.elapsed() < PATIENCE {
        if provider.taken_for(address) > answered {
            locked(&door.told).answers.push((asked, asked.elapsed()));
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn wish(chance: &mut Chance) -> Value {
    let pick =
        |chance: &mut Chance, words: &[&str]| chance.pick(words).map_or_else(String::new, |word| (*word).to_owned());
    if chance.likely(20) {
        return text("hola, cuánto cuesta el corte?");
    }
    let (person, day, hour) = (pick(chance, &PEOPLE), pick(chance, &DAYS), pick(chance, &HOURS));
    text(&format!("quiero un corte con {person} el {day} a las {hour}"))
}

fn next(chance: &mut Chance, provider: &Provider, address: &str) -> Value {
    let offered = provider.offered(address);
    match chance.pick(&offered) {
        // Mostly the first: it says yes.
        Some((id, title)) if chance.likely(70) => {
            let (id, title) =
                offered.first().filter(|_| chance.likely(75)).map_or((id, title), |(id, title)| (id, title));
            json!({ "type": "interactive", "interactive": { "type": "button_reply", "button_reply": { "id": id, "title": title } } })
        }
        Some(_) | None if chance.likely(50) => text("sí"),
        Some(_) | None if chance.likely(30) => text("mejor cancela mi cita"),
        Some(_) | None => wish(chance),
    }
}

fn text(words: &str) -> Value {
    json!({ "type": "text", "text": { "body": words } })
}

fn message(from: &str, id: &str, at: u64, content: &Value) -> Value {
    let mut message = json!({ "from": from, "id": id, "timestamp": at.to_string() });
    if let (Some(fields), Some(content)) = (message.as_object_mut(), content.as_object()) {
        fields.extend(content.clone());
    }
    message
}

/// A Tuesday on which the demo, which fills a fortnight by chance, has nothing: where all are to race, there must be
/// something to race for.
fn beyond_the_demo() -> String {
    const MONTHS: [&str; 12] = [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ];
    let now = i64::try_from(now_seconds()).ok().and_then(|now| Timestamp::from_second(now).ok()).unwrap_or_default();
    let in_three_weeks = now.to_zoned(TimeZone::UTC).date().saturating_add(21.days());
    let tuesday = in_three_weeks.nth_weekday(1, Weekday::Tuesday).unwrap_or(in_three_weeks);
    let month = usize::try_from(tuesday.month()).ok().and_then(|month| MONTHS.get(month.checked_sub(1)?));
    format!("{} de {}", tuesday.day(), month.unwrap_or(&"enero"))
}

fn moment(habits: &Habits, chance: &mut Chance) -> u64 {
    let now = now_seconds();
    match chance.below(4) {
        0 if habits.odd_times => now - 7 * 86_400,
        1 if habits.odd_times => now + 3_600,
        _ => now,
    }
}
