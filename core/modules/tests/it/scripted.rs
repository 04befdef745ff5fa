//! A module that is no Rust: TypeScript in an engine of its own, on the same contract and under the same limits.

use std::{collections::BTreeMap, sync::Arc};

use domain::{
    CustomerId, Language, Money, ServiceId,
    vertical::{Activated, CallContext, Draft, DraftCustomer, DraftItem, NoDesk, Vertical as _, VerticalError},
};
use modules::{Limits, ModuleHost};
use uuid::Uuid;

use crate::{Shelf, activated, built, context, warm};

async fn punchcard() -> (ModuleHost, Activated) {
    let host = ModuleHost::with(Arc::new(Shelf::default()), Limits::default(), warm()).unwrap();
    // Installing looks at its imports: with WASI it would be refused here.
    let installed = host.install(built("punchcard")).await.unwrap();
    assert_eq!((installed.description.name.as_str(), installed.description.capabilities.len()), ("punchcard", 0));
    let activated = Activated { config: serde_json::Value::Null, ..activated(1, &installed.digest, "", &[]) };
    (host, activated)
}

fn draft(completed_visits: u32) -> Draft {
    let item = |key: &str, minor| DraftItem {
        service: ServiceId(Uuid::nil()),
        key: key.into(),
        name: key.into(),
        minutes: 30,
        price: Money::new(minor, domain::Currency::MXN),
        resources: vec![],
    };
    let customer = DraftCustomer {
        id: CustomerId(Uuid::nil()),
        completed_visits,
        no_shows: 0,
        last_visit: None,
        fields: BTreeMap::new(),
    };
    Draft {
        items: vec![item("a", 20_000), item("b", 15_050)],
        start: None,
        end: None,
        party: 1,
        customer: Some(customer),
        fields: BTreeMap::new(),
    }
}

#[tokio::test]
async fn a_typescript_module_prices_a_visit_by_its_own_rules() {
    let (host, card) = punchcard().await;
    let spanish = CallContext { language: Language::Spanish, ..context() };
    let lines = async |card: &Activated, visits| {
        let quoted = host.quote(card, &spanish, &draft(visits), Arc::new(NoDesk)).await.unwrap();
        quoted.lines.into_iter().map(|line| (line.label, line.amount.minor)).collect::<Vec<_>>()
    };
    assert_eq!(lines(&card, 3).await, []);
    assert_eq!(lines(&card, 4).await, [("Tarjeta de visitas (-20 %)".to_owned(), -7_010)]);
    let third = Activated { config: serde_json::json!({ "every": 3, "percent": 50 }), ..card.clone() };
    assert_eq!(lines(&third, 4).await, []);
    assert_eq!(lines(&third, 5).await, [("Tarjeta de visitas (-50 %)".to_owned(), -17_525)]);

    let wrong = Activated { config: serde_json::json!({ "every": 1 }), ..card.clone() };
    let problems = host.check_config(&wrong, &spanish).await.unwrap();
    assert_eq!(problems[0].path, "/every", "{problems:?}");
    let refused = host.call_tool(&card, &spanish, "t", &serde_json::json!({}), Arc::new(NoDesk)).await;
    assert_eq!(refused, Err(VerticalError::Refused("no tool t".into())), "what it throws is its refusal");
    let usage = host.take_usage();
    let quotes = usage.iter().find(|usage| usage.function == "quote").unwrap();
    println!(
        "{} quotes: {} µs each, {} KiB at most",
        quotes.calls,
        quotes.cpu_us / quotes.calls,
        quotes.peak_memory_bytes / 1_024
    );
}
