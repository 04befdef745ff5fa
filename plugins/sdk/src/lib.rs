//! What a Frontdesk module is written with: the types of `wit/`, a trait with defaults, and words by language.
//!
//! Implement [`Business`] on a unit struct and name it in [`export_business!`]. Everything but `describe` has a
//! default, so a module holds nothing but its own rules.

#[doc(hidden)]
pub mod bindings {
    //! Generated from `wit/0.1.0`.
    wit_bindgen::generate!({
        path: "../../wit/0.1.0",
        world: "vertical",
        pub_export_macro: true,
        export_macro_name: "export_world",
    });
}

pub use bindings::exports::frontdesk::vertical::business::Guest;
pub use bindings::frontdesk::vertical::shapes::*;
pub use bindings::frontdesk::vertical::{log, memory, scheduling};

/// A vertical. `Err` texts go to the operator's log; the customer is told politely that it cannot be done now.
pub trait Business {
    fn describe() -> Description;

    fn quote(_context: &Context, _draft: &Draft) -> Result<Vec<PriceLine>, String> {
        Ok(Vec::new())
    }

    fn review(_context: &Context, _draft: &Draft) -> Result<Verdict, String> {
        Ok(fine())
    }

    fn call_tool(_context: &Context, name: &str, _arguments: &str) -> Result<ToolAnswer, String> {
        Err(format!("no tool {name}"))
    }
}

/// Nothing against it.
pub fn fine() -> Verdict {
    Verdict { refusals: Vec::new(), notes: Vec::new(), order: Vec::new(), required: Vec::new() }
}

/// The sentence in the context's language; the first one when there is none.
pub fn say<'a>(context: &Context, sentences: &[(&str, &'a str)]) -> &'a str {
    let own = sentences.iter().find(|(language, _)| context.language.starts_with(language));
    own.or(sentences.first()).map_or("", |(_, sentence)| sentence)
}

/// Words under a key.
pub fn words(key: &str, words: &[&str]) -> Words {
    Words { key: key.to_owned(), words: words.iter().map(|word| (*word).to_owned()).collect() }
}

/// Exports a [`Business`] as the component's world.
#[macro_export]
macro_rules! export_business {
    ($business:ty) => {
        struct Exported;

        impl $crate::Guest for Exported {
            fn describe() -> $crate::Description {
                <$business as $crate::Business>::describe()
            }
            fn quote(context: $crate::Context, draft: $crate::Draft) -> Result<Vec<$crate::PriceLine>, String> {
                <$business as $crate::Business>::quote(&context, &draft)
            }
            fn review(context: $crate::Context, draft: $crate::Draft) -> Result<$crate::Verdict, String> {
                <$business as $crate::Business>::review(&context, &draft)
            }
            fn call_tool(context: $crate::Context, name: String, arguments: String) -> Result<$crate::ToolAnswer, String> {
                <$business as $crate::Business>::call_tool(&context, &name, &arguments)
            }
        }

        #[cfg(target_arch = "wasm32")]
        $crate::bindings::export_world!(Exported with_types_in $crate::bindings);
    };
}
