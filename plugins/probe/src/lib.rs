//! A module that misbehaves on request, for the host's tests: what to do stands in its configuration.

use sdk::{Business, Context, Description, Draft, PriceLine, ToolAnswer, Verdict, export_business, fine, log, memory};

/// Answers to the words of its configuration.
pub struct Probe;

impl Business for Probe {
    fn describe() -> Description {
        Description {
            name: "probe".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            languages: vec!["en".into()],
            capabilities: vec![],
            config_schema: "{}".into(),
            vocabularies: vec![],
            services: vec![],
            tools: vec![],
            ext: None,
        }
    }

    fn quote(context: &Context, _draft: &Draft) -> Result<Vec<PriceLine>, String> {
        match context.config.trim_matches('"') {
            "spin" => spin(),
            "trap" => panic!("asked to"),
            "grow" => grow(),
            "recurse" => Ok(vec![line(&"x".repeat(recurse(1) % 3))]),
            "huge" => Ok(vec![line(&"x".repeat(4_000_000))]),
            "many" => Ok((0..100_000).map(|_| line("x")).collect()),
            "log flood" => loop {
                log::write(&"l".repeat(60_000));
            },
            "call flood" => loop {
                drop(memory::get("k"));
            },
            "control" => Ok(vec![line("bell\u{7} and \u{202e}reversed")]),
            "ungranted" => memory::set("k", b"v").map(|()| vec![line("written")]),
            "refuse" => Err("not today".into()),
            other => Ok(vec![line(other)]),
        }
    }

    fn review(_context: &Context, _draft: &Draft) -> Result<Verdict, String> {
        Ok(fine())
    }

    fn call_tool(_context: &Context, name: &str, arguments: &str) -> Result<ToolAnswer, String> {
        match name {
            "remember" => {
                memory::set("k", arguments.as_bytes()).map(|()| ToolAnswer { text: "ok".into(), effects: vec![] })
            }
            _ => memory::get("k").map(|value| ToolAnswer {
                text: String::from_utf8(value.unwrap_or_default()).unwrap_or_default(),
                effects: vec![],
            }),
        }
    }
}

fn line(label: &str) -> PriceLine {
    PriceLine { key: "probe".into(), label: label.into(), amount: 1 }
}

fn spin() -> Result<Vec<PriceLine>, String> {
    let mut number = 0_u64;
    loop {
        number = std::hint::black_box(number.wrapping_add(1));
    }
}

fn grow() -> Result<Vec<PriceLine>, String> {
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

export_business!(Probe);
