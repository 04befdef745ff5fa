//! Templates rendered in the sandbox: what they may say, and how the bombs end.

use std::{sync::Arc, time::Instant};

use domain::{
    TenantId,
    text::{Flaw, Renderer as _, Unrendered, Wanted},
    vertical::Vertical as _,
};
use modules::{Limits, ModuleHost, Prompts};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Shelf, built, warm};

const TENANT: TenantId = TenantId(Uuid::from_u128(1));

fn renderer(component: Option<Vec<u8>>) -> (Prompts, Arc<ModuleHost>) {
    let host = Arc::new(ModuleHost::with(Arc::new(Shelf::default()), Limits::default(), warm()).unwrap());
    (Prompts::new(Arc::clone(&host), component), host)
}

async fn rendered(prompts: &Prompts, body: &str, context: &Value) -> Result<Result<String, Flaw>, Unrendered> {
    Ok(prompts.render(TENANT, &[Wanted { body, context }]).await?.remove(0))
}

#[tokio::test]
async fn a_template_is_rendered_from_its_context_alone() {
    let (prompts, _host) = renderer(Some(built("prompts")));
    let about = json!({ "business": "Luz", "services": [{ "name": "corte" }, { "name": "tinte" }] });
    let body = "{{ business }}: {% for service in services %}{{ loop.index }}. {{ service.name }} {% endfor %}";
    assert_eq!(rendered(&prompts, body, &about).await, Ok(Ok("Luz: 1. corte 2. tinte ".to_owned())));
    let undefined = rendered(&prompts, "Hola\n{{ secret }}", &about).await.unwrap().unwrap_err();
    assert_eq!(undefined.to_string(), "undefined value (line 2)");
    let names = prompts.names(TENANT, body).await.unwrap().unwrap();
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["business", "services"]);
    assert!(prompts.names(TENANT, "{{ a").await.unwrap().is_err());
}

#[tokio::test]
async fn a_batch_is_one_call_and_its_answers_keep_their_order() {
    let (prompts, host) = renderer(Some(built("prompts")));
    rendered(&prompts, "", &json!({})).await.unwrap().unwrap();
    host.take_usage();
    let (ana, luis) = (json!({ "name": "Ana" }), json!({ "name": "Luis" }));
    let wanted = [("b {{ name }}", &ana), ("a {{ name }}", &ana), ("b {{ name }}", &luis), ("{{ other }}", &luis)];
    let wanted = wanted.map(|(body, context)| Wanted { body, context });
    let texts = prompts.render(TENANT, &wanted).await.unwrap();
    let texts: Vec<Option<&str>> = texts.iter().map(|text| text.as_deref().ok()).collect();
    assert_eq!(texts, [Some("b Ana"), Some("a Ana"), Some("b Luis"), None]);
    let usage = host.take_usage();
    let calls: Vec<_> = usage.iter().map(|usage| (usage.tenant, usage.module.as_str(), usage.calls)).collect();
    assert_eq!(calls, [(TENANT, "prompts", 1)]);
}

#[tokio::test]
async fn without_its_component_a_template_is_refused_in_words() {
    for component in [None, Some(b"no component".to_vec())] {
        let (prompts, _host) = renderer(component);
        assert!(matches!(rendered(&prompts, "", &json!({})).await, Err(Unrendered::NoRenderer(_))));
    }
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
    let (prompts, host) = renderer(Some(built("prompts")));
    // The first call compiles; that is not what is timed here.
    rendered(&prompts, "", &json!({})).await.unwrap().unwrap();
    for (name, bomb) in bombs {
        let began = Instant::now();
        let stopped = rendered(&prompts, &bomb, &json!({})).await;
        let took = began.elapsed();
        // Either the host ends it or the engine refuses it.
        let error = match stopped {
            Ok(Ok(text)) => panic!("{name}: {} bytes", text.len()),
            Ok(Err(flaw)) => flaw.to_string(),
            Err(stopped) => stopped.to_string(),
        };
        println!("{name}: {error} after {took:?}");
        assert!(took.as_secs() < 3, "{name} took {took:?}");
        assert_eq!(rendered(&prompts, "{{ a }}", &json!({ "a": "fine" })).await, Ok(Ok("fine".to_owned())));
    }
    let peak = host.take_usage().iter().map(|usage| usage.peak_memory_bytes).max().unwrap();
    println!("most memory of one call: {} KiB", peak / 1_024);
    assert!(peak <= 32 << 20, "{peak}");
}
