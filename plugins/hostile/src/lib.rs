//! A module that misbehaves on request, for the host's tests: what to do stands in its configuration.

use sdk::{
    Business, Context, Description, Draft, Effect, Errand, Event, Field, HostError, PriceLine, Quotation, Tool,
    ToolAnswer, Verdict, Wanted, bookings, customer, export_business, http, knowledge, log, memory, scheduling, words,
};

/// Answers to the words of its configuration.
pub struct Hostile;

impl Business for Hostile {
    fn describe() -> Description {
        Description {
            name: "hostile".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            languages: vec!["en".into()],
            config_schema: "{}".into(),
            capabilities: vec![
                Wanted::new("http", &[("en", "To ask the weather.")]).of(&["POST https://api.example.com/v1"]),
            ],
            tools: vec![Tool::new("send http", "Asks another server.", vec![words("es", &["pregunta al clima"])])],
            events: vec!["http.answered".into()],
            ..Description::default()
        }
    }

    fn quote(context: &Context, _draft: &Draft) -> Result<Quotation, String> {
        match context.config.trim_matches('"') {
            "spin" => spin(),
            "trap" => panic!("asked to"),
            "grow" => grow(),
            "recurse" => one(&"x".repeat(recurse(1) % 3)),
            "huge" => one(&"x".repeat(4_000_000)),
            "many" => Ok(Quotation { lines: (0..100_000).map(|_| line("x")).collect(), ..Quotation::default() }),
            "log flood" => loop {
                log::write("info", &"l".repeat(60_000));
            },
            "call flood" => loop {
                drop(memory::get("k"));
            },
            "control" => one("bell\u{7} and \u{202e}reversed"),
            "memory flood" => (0..1_000)
                .try_for_each(|number| memory::set(&format!("k{number}"), &[0; 65_536]))
                .map_err(told)
                .and_then(|()| one("kept it all")),
            "malformed" => one("\u{feff}\u{202e}\0\u{1b}[31m"),
            "slow" => slow(),
            "others" => others(),
            "fetch" => answer(http::fetch(&request("GET", "rain"))).and_then(|said| one(&said.text)),
            "ungranted" => memory::set("k", b"v").map_err(told).and_then(|()| one("written")),
            "refuse" => Err("not today".into()),
            "deposit" => Ok(Quotation::default().deposit(10_000)),
            other => one(other),
        }
    }

    fn review(context: &Context, _draft: &Draft) -> Result<Verdict, String> {
        Ok(match context.config.trim_matches('"') {
            "approval" => Verdict::fine().needs_approval("The team looks at this one first."),
            _ => Verdict::fine(),
        })
    }

    fn on_event(_context: &Context, event: &Event) -> Result<Vec<Effect>, String> {
        Ok(answered(event))
    }

    fn call_tool(_context: &Context, name: &str, arguments: &str) -> Result<ToolAnswer, String> {
        match name {
            "ask customer" => answer(customer::get("member")),
            "ask bookings" => answer(bookings::of_customer(0, 1_000)),
            "ask knowledge" => answer(knowledge::search("parking?", 3)),
            "ask everybody" => answer(bookings::of_everybody(0, 1_000)),
            "ask years" => answer(bookings::of_everybody(0, 400 * 86_400_000)),
            "ask http" => answer(http::fetch(&request("GET", "rain"))),
            "ask http upwards" => answer(http::fetch(&request("GET", "%2e%2e/admin"))),
            "ask http post" => answer(http::fetch(&request("POST", "rain"))),
            "ask http much" => answer(http::fetch(&http::Request { body: vec![0; 65_537], ..request("GET", "rain") })),
            "ask http secret" => answer(http::fetch(&http::Request {
                headers: vec![Field { key: "authorization".into(), value: "secret:key".into() }],
                ..request("GET", "rain")
            })),
            "send http" => Ok(ToolAnswer::says("sent")
                .and(Effect::Request(Errand { key: "rain".into(), request: request("POST", "rain") }))),
            "ask slots" => answer(scheduling::find_slots(&scheduling::Wish {
                services: vec!["cut".into()],
                earliest: 0,
                latest: 1_000,
                party: 1,
                particular: None,
                most: 3,
                fields: vec![],
            })),
            "remember" => memory::set("k", arguments.as_bytes()).map(|()| ToolAnswer::says("ok")).map_err(told),
            _ => {
                let kept = memory::get("k").map_err(told)?;
                Ok(ToolAnswer::says(&String::from_utf8(kept.unwrap_or_default()).unwrap_or_default()))
            }
        }
    }
}

/// Notes what came back, and asks again as long as it is told to.
fn answered(event: &Event) -> Vec<Effect> {
    let key = event.fields.iter().find(|field| field.key == "key").map_or("", |field| field.value.as_str());
    let Some(answer) = &event.answer else { return vec![Effect::Note(format!("{key}: nobody answered"))] };
    let said = String::from_utf8_lossy(&answer.body);
    let mut effects = vec![Effect::Note(format!("{key}: {} {said}", answer.status))];
    if said == "again" {
        effects.push(Effect::Request(Errand { key: key.into(), request: request("POST", "rain") }));
    }
    effects
}

fn request(method: &str, path: &str) -> http::Request {
    let url = format!("https://api.example.com/v1/{path}");
    http::Request { method: method.into(), url, ..http::Request::default() }
}

/// What an import said, word for word.
fn answer<T: std::fmt::Debug>(said: Result<T, HostError>) -> Result<ToolAnswer, String> {
    Ok(ToolAnswer::says(&format!("{said:?}").chars().take(400).collect::<String>()))
}

fn told(error: HostError) -> String {
    format!("{error:?}")
}

fn one(label: &str) -> Result<Quotation, String> {
    Ok(Quotation { lines: vec![line(label)], ..Quotation::default() })
}

/// Four million steps: slow, and within what is allowed.
fn slow() -> Result<Quotation, String> {
    let steps = (0..4_000_000_u64).fold(0, |sum, step| std::hint::black_box(sum ^ step));
    one(if steps == 0 { "none" } else { "slow" })
}

/// Names what belongs to others in every way that a module can name things.
fn others() -> Result<Quotation, String> {
    let keys = ["../other/k", "ten_00000000000000000000000000000002/k", "hostile@1/k", "k"];
    let found = keys.iter().filter(|key| memory::get(key).is_ok_and(|value| value.is_some())).count();
    one(&format!("found {found}"))
}

fn line(label: &str) -> PriceLine {
    PriceLine { key: "hostile".into(), label: label.into(), amount: 1, fields: vec![] }
}

fn spin() -> Result<Quotation, String> {
    let mut number = 0_u64;
    loop {
        number = std::hint::black_box(number.wrapping_add(1));
    }
}

fn grow() -> Result<Quotation, String> {
    let mut kept = Vec::new();
    loop {
        kept.push(vec![1_u8; 1 << 20]);
        std::hint::black_box(&kept);
    }
}

#[expect(unconditional_recursion, reason = "the host must stop this")]
fn recurse(depth: usize) -> usize {
    let pad = std::hint::black_box([depth; 64]);
    recurse(std::hint::black_box(depth + 1)) + pad[depth % 64]
}

export_business!(Hostile);
