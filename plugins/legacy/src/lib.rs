//! A module as it was written for `frontdesk:vertical@0.1.0`, without the SDK: proof that the host still serves it.
//!
//! It charges a fee for weekends to come and remembers how often it was asked.

mod bindings {
    //! Generated from `wit/0.1.0`.
    wit_bindgen::generate!({ path: "../../wit/0.1.0", world: "vertical" });
}

use bindings::{
    exports::frontdesk::vertical::business::Guest,
    frontdesk::vertical::{
        memory,
        shapes::{Context, Description, Draft, PriceLine, ToolAnswer, Verdict, Wanted},
    },
};

struct Legacy;

impl Guest for Legacy {
    fn describe() -> Description {
        Description {
            name: "legacy".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            languages: vec!["en".into()],
            capabilities: vec![Wanted { name: "memory".into(), reason: "To count.".into() }],
            config_schema: "{}".into(),
            vocabularies: vec![],
            services: vec![],
            tools: vec![],
            ext: None,
        }
    }

    fn quote(_context: Context, draft: Draft) -> Result<Vec<PriceLine>, String> {
        Ok(vec![PriceLine { key: "fee".into(), label: "Fee".into(), amount: i64::from(draft.party) * 100 }])
    }

    fn review(context: Context, _draft: Draft) -> Result<Verdict, String> {
        let notes = vec![format!("judged in {}", context.zone)];
        let required = vec![("allergies".to_owned(), "Any allergies?".to_owned())];
        Ok(Verdict { refusals: vec![], notes, order: vec![], required })
    }

    fn call_tool(_context: Context, name: String, _arguments: String) -> Result<ToolAnswer, String> {
        let before = memory::get(&name)?.and_then(|bytes| bytes.first().copied()).unwrap_or(0);
        memory::set(&name, &[before + 1])?;
        Ok(ToolAnswer { text: format!("asked {} times", before + 1), effects: vec![] })
    }
}

#[cfg(target_arch = "wasm32")]
bindings::export!(Legacy with_types_in bindings);
