//! Templates rendered in the sandbox: what they may say, and how the bombs end.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use domain::vertical::{Vertical, VerticalError};
use modules::{Limits, ModuleHost};
use serde_json::{Value, json};

use crate::{Shelf, activated, built, context, no_desk};

async fn renderer() -> (ModuleHost, String) {
    let bytes = built("prompts");
    let empty = ModuleHost::new(Arc::new(Shelf(BTreeMap::new())), Limits::default()).unwrap();
    let digest = empty.install(bytes.clone()).await.unwrap().digest;
    let shelf = Shelf([(digest.clone(), bytes)].into());
    (ModuleHost::new(Arc::new(shelf), Limits::default()).unwrap(), digest)
}

async fn rendered(host: &ModuleHost, digest: &str, body: &str, about: Value) -> Result<String, VerticalError> {
    let arguments = json!({ "templates": [{ "key": "t", "body": body }], "context": about });
    let answer = host.call_tool(&activated(1, digest, "", &[]), &context(), "render", &arguments, no_desk()).await?;
    let texts: Value = serde_json::from_str(&answer.text).unwrap();
    Ok(texts.get("t").and_then(|text| text.as_str()).unwrap().to_owned())
}

#[tokio::test]
async fn a_prompt_is_rendered_from_its_context_alone() {
    let (host, digest) = renderer().await;
    let about = json!({ "business": "Luz", "services": [{ "name": "corte" }, { "name": "tinte" }] });
    let body = "{{ business }}: {% for service in services %}{{ loop.index }}. {{ service.name }} {% endfor %}";
    assert_eq!(rendered(&host, &digest, body, about.clone()).await.unwrap(), "Luz: 1. corte 2. tinte ");
    let undefined = rendered(&host, &digest, "{{ secret }}", about).await.unwrap_err();
    assert!(matches!(&undefined, VerticalError::Refused(why) if why.contains("undefined")), "{undefined:?}");
}

/// The bombs that took a native renderer down or held it for seconds, each stopped here; and a good template right after.
#[tokio::test]
async fn every_bomb_is_stopped_and_costs_its_own_call_only() {
    let doubling = format!("{{% set a = 'x' %}}{}{{{{ a|length }}}}", "{% set a = a ~ a %}".repeat(64));
    let forty = format!("{{% set a = [{}] %}}{{{{ a|join }}}}", vec!["'x' * 99000000"; 40].join(", "));
    let loops = "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}{{ a }}{% endfor %}{% endfor %}{% endfor %}";
    let bombs = [
        ("indent", "{{ 'a'|indent(999999999) }}".to_owned()),
        ("width", "{{ '%999999999d'|format(1) }}".to_owned()),
        ("doubling", doubling),
        ("repetition", forty),
        ("loops", loops.to_owned()),
        ("macros", "{% macro m(n) %}{{ m(n + 1) }}{% endmacro %}{{ m(1) }}".to_owned()),
        ("parentheses", format!("{{{{ {}1{} }}}}", "(".repeat(5_000), ")".repeat(5_000))),
    ];
    let (host, digest) = renderer().await;
    // The first call of a host compiles; that is not what is timed here.
    rendered(&host, &digest, "", json!({})).await.unwrap();
    for (name, bomb) in bombs {
        let began = Instant::now();
        let stopped = rendered(&host, &digest, &bomb, json!({})).await;
        let took = began.elapsed();
        let error = stopped.map(|text| text.len()).expect_err(name);
        println!("{name}: {error} after {took:?}");
        assert!(took.as_secs() < 3, "{name} took {took:?}");
        assert_eq!(rendered(&host, &digest, "{{ a }}", json!({ "a": "fine" })).await.unwrap(), "fine");
    }
    let peak = host.take_usage().iter().map(|usage| usage.peak_memory_bytes).max().unwrap();
    println!("most memory of one call: {} KiB", peak / 1_024);
    assert!(peak <= 32 << 20, "{peak}");
}
