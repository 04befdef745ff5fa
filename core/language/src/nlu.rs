//! The reader as a pipe: one JSON line in, one JSON line out. The contract stands in `docs/nlu.md` and is stable.

use domain::Language;
use jiff::{Timestamp, tz::TimeZone};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    lexicon::{Entry, Lexicon},
    meaning::{Context, Days, Expecting, Hour, Match, TimeWish, Understanding},
    understand,
};

/// Services that most trades have words for; used when the line brings no lexicon of its own.
const COMMON: &str = include_str!("../data/services.txt");

#[derive(Deserialize)]
struct Line {
    locale: String,
    now: String,
    tz: String,
    text: String,
    #[serde(default)]
    lexicon: Option<LineLexicon>,
    #[serde(default)]
    expecting: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct LineLexicon {
    services: std::collections::BTreeMap<String, Vec<String>>,
    resources: std::collections::BTreeMap<String, Vec<String>>,
}

/// Understands one line. Bad input gives `{"error": …}`, never a panic.
pub fn line(input: &str) -> String {
    read(input).unwrap_or_else(|complaint| json!({ "error": complaint })).to_string()
}

fn read(input: &str) -> Result<Value, String> {
    let line: Line = serde_json::from_str(input).map_err(|error| error.to_string())?;
    let zone = TimeZone::get(&line.tz).map_err(|_unknown| format!("tz: no time zone {:?}", line.tz))?;
    let now = line.now.parse::<Timestamp>().or_else(|_no_offset| {
        let wall = line.now.parse::<jiff::civil::DateTime>()?;
        zone.to_timestamp(wall)
    });
    let now = now.map_err(|_unreadable| format!("now: {:?} is not an RFC 3339 time", line.now))?;
    let language = line.locale.parse::<Language>().map_err(|error| format!("locale: {error}"))?;
    let lexicon = line.lexicon.map_or_else(
        || common(language),
        |own| Lexicon { services: entries(own.services), resources: entries(own.resources), ..Lexicon::default() },
    );
    let expecting = line.expecting.as_deref().map(expecting).transpose()?;
    let context = Context { language: Some(language), now: now.to_zoned(zone), expecting, offered: Vec::new() };
    Ok(shown(&understand(&line.text, &lexicon, &context)))
}

fn expecting(name: &str) -> Result<Expecting, String> {
    Ok(match name {
        "service" => Expecting::Service,
        "resource" => Expecting::Resource,
        "day" => Expecting::Day,
        "time" => Expecting::Time,
        "confirmation" => Expecting::Confirmation,
        "confirm_cancel" => Expecting::ConfirmCancel,
        "choice" => Expecting::Choice,
        "which_booking" => Expecting::WhichBooking,
        "name" => Expecting::Name,
        "party" => Expecting::Party,
        "anything" => Expecting::Anything,
        other => {
            return Err(format!(
                "expecting: {other:?} is not one of service, resource, day, time, confirmation, confirm_cancel, choice, which_booking, name, party, anything"
            ));
        }
    })
}

fn entries(map: std::collections::BTreeMap<String, Vec<String>>) -> Vec<Entry> {
    map.into_iter().map(|(key, words)| Entry { key, words }).collect()
}

/// Words for services: of Spanish and English, and of the locale where it is another.
fn common(language: Language) -> Lexicon {
    let mut services: Vec<Entry> = Vec::new();
    let mut meant = true;
    for line in COMMON.lines().filter(|line| !line.starts_with('#')) {
        if let Some(heading) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            meant = heading.parse::<Language>() == Ok(language);
        }
        let Some((key, words)) = line.split_once(':').filter(|_| meant) else { continue };
        let words = words.split(',').map(|word| word.trim().to_owned());
        match services.iter_mut().find(|entry| entry.key == key) {
            Some(entry) => entry.words.extend(words),
            None => services.push(Entry { key: key.to_owned(), words: words.collect() }),
        }
    }
    Lexicon { services, ..Lexicon::default() }
}

fn shown(understanding: &Understanding) -> Value {
    // A greeting before a request is manners; the request is what the message is about.
    let small = |name: &str| matches!(name, "greet" | "thanks" | "bye" | "unknown");
    let main =
        understanding.requests.iter().find(|request| !small(request.intent.name())).or(understanding.requests.first());
    let Some(main) = main else { return json!({ "intent": "unknown", "confidence": 0.0, "entities": {}, "time": {} }) };
    let keys = |list: &[Match]| list.iter().map(|found| json!(found.key)).collect::<Vec<_>>();
    let mut entities = serde_json::Map::new();
    let mut put = |name: &str, value: Value, there: bool| {
        if there {
            entities.insert(name.to_owned(), value);
        }
    };
    let found = &main.entities;
    put("services", json!(keys(&found.services)), !found.services.is_empty());
    put("removed_services", json!(keys(&found.removed_services)), !found.removed_services.is_empty());
    put("adding", json!(true), found.adding);
    put("only", json!(true), found.only);
    put("again", json!(true), found.again);
    put("all", json!(true), found.all);
    put("resources", json!(keys(&found.resources)), !found.resources.is_empty());
    put("excluded_resources", json!(keys(&found.excluded_resources)), !found.excluded_resources.is_empty());
    put("any_resource", json!(true), found.any_resource);
    put("booking_day", json!(found.booking_day.map(|day| day.to_string())), found.booking_day.is_some());
    put(
        "booking_time",
        json!(found.booking_hour.map(|hour| hour.strftime("%H:%M").to_string())),
        found.booking_hour.is_some(),
    );
    put("party", json!(found.party), found.party.is_some());
    put("duration_minutes", json!(found.duration_minutes), found.duration_minutes.is_some());
    put("phone", json!(found.phone), found.phone.is_some());
    put("email", json!(found.email), found.email.is_some());
    put("name", json!(found.name), found.name.is_some());
    put("choice", json!(found.choice), found.choice.is_some());
    let intents: Vec<&str> = understanding.requests.iter().map(|request| request.intent.name()).collect();
    json!({
        "intent": main.intent.name(),
        "confidence": (f64::from(main.confidence) * 100.0).round() / 100.0,
        "entities": entities,
        "time": time(&found.time),
        "language": understanding.language.tag(),
        "intents": intents,
    })
}

fn time(wish: &TimeWish) -> Value {
    let mut shown = serde_json::Map::new();
    let mut put = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    let clock = |time: jiff::civil::Time| time.strftime("%H:%M").to_string();
    match &wish.days {
        Some(Days::On(date)) => drop(put("date", json!(date.to_string()))),
        Some(Days::Between(from, to)) => {
            put("date", json!(from.to_string()));
            put("date_to", json!(to.to_string()));
        }
        Some(Days::OneOf(dates)) => {
            drop(put("dates", json!(dates.iter().map(ToString::to_string).collect::<Vec<_>>())))
        }
        Some(Days::Soonest) => drop(put("soonest", json!(true))),
        None => {}
    }
    match wish.hour {
        Some(Hour::At(at)) => drop(put("time", json!(clock(at)))),
        Some(Hour::From(from)) => drop(put("time_from", json!(clock(from)))),
        Some(Hour::Until(to)) => drop(put("time_to", json!(clock(to)))),
        Some(Hour::Between(from, to)) => {
            put("time_from", json!(clock(from)));
            put("time_to", json!(clock(to)));
        }
        Some(Hour::Part(part)) => drop(put("part", json!(part.name()))),
        Some(Hour::First) => drop(put("part", json!("first"))),
        Some(Hour::Last) => drop(put("part", json!("last"))),
        None => {}
    }
    if let Some(minutes) = wish.shift {
        put("shift_minutes", json!(minutes));
    }
    if let Some(rule) = wish.repeats {
        put("repeats", json!(rule));
    }
    if let Some(said) = &wish.impossible {
        put("impossible", json!(said));
    }
    Value::Object(shown)
}
