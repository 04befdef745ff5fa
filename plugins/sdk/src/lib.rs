//! What a Frontdesk module is written with: the types of `wit/1.0.0`, a trait with defaults, and words by language.
//!
//! Implement [`Business`] on a unit struct and name it in [`export_business!`]. Everything but `describe` has a
//! default, so a module holds nothing but its own rules. [`visit`] reads a visit, [`answers`] puts prices, verdicts and
//! effects together, [`catalogue`] describes services and forms, [`words`] finds the sentence in the right language.

pub mod answers;
pub mod catalogue;
pub mod visit;
pub mod words;

#[doc(hidden)]
pub mod bindings {
    //! Generated from `wit/1.0.0`.
    wit_bindgen::generate!({
        path: "../../wit/1.0.0",
        world: "vertical",
        pub_export_macro: true,
        export_macro_name: "export_world",
        additional_derives: [Default],
        additional_derives_ignore: ["adjustment", "effect", "next", "host-error", "step-answer"],
    });
}

pub use bindings::exports::frontdesk::vertical::business::Guest;
pub use bindings::frontdesk::vertical::shapes::*;
pub use bindings::frontdesk::vertical::{bookings, clock, customer, http, knowledge, log, memory, scheduling};
pub use words::{say, text, texts, words};

/// A vertical. `Err` texts go to the operator's log; the customer is told politely that it cannot be done now.
pub trait Business {
    fn describe() -> Description;

    /// What the schema cannot say about the configuration.
    fn check_config(_context: &Context) -> Vec<ConfigProblem> {
        Vec::new()
    }

    fn quote(_context: &Context, _draft: &Draft) -> Result<Quotation, String> {
        Ok(Quotation::default())
    }

    fn review(_context: &Context, _draft: &Draft) -> Result<Verdict, String> {
        Ok(Verdict::fine())
    }

    fn call_tool(_context: &Context, name: &str, _arguments: &str) -> Result<ToolAnswer, String> {
        Err(format!("no tool {name}"))
    }

    fn step(_context: &Context, _turn: &Turn) -> Result<StepAnswer, String> {
        Ok(StepAnswer::pass())
    }

    fn on_event(_context: &Context, _event: &Event) -> Result<Vec<Effect>, String> {
        Ok(Vec::new())
    }

    fn migrate(_context: &Context, _from_version: u32) -> Result<(), String> {
        Ok(())
    }
}

/// A panic is a bare trap to the host: its message goes to the log first. Called by [`export_business!`].
#[doc(hidden)]
pub fn tell_panics() {
    #[cfg(target_arch = "wasm32")]
    std::panic::set_hook(Box::new(|panic| log::write("error", &panic.to_string())));
}

/// Exports a [`Business`] as the component's world.
#[macro_export]
macro_rules! export_business {
    ($business:ty) => {
        struct Exported;

        impl $crate::Guest for Exported {
            fn describe() -> $crate::Description {
                $crate::tell_panics();
                <$business as $crate::Business>::describe()
            }
            fn check_config(context: $crate::Context) -> Vec<$crate::ConfigProblem> {
                $crate::tell_panics();
                <$business as $crate::Business>::check_config(&context)
            }
            fn quote(context: $crate::Context, draft: $crate::Draft) -> Result<$crate::Quotation, String> {
                $crate::tell_panics();
                <$business as $crate::Business>::quote(&context, &draft)
            }
            fn review(context: $crate::Context, draft: $crate::Draft) -> Result<$crate::Verdict, String> {
                $crate::tell_panics();
                <$business as $crate::Business>::review(&context, &draft)
            }
            fn call_tool(
                context: $crate::Context,
                name: String,
                arguments: String,
            ) -> Result<$crate::ToolAnswer, String> {
                $crate::tell_panics();
                <$business as $crate::Business>::call_tool(&context, &name, &arguments)
            }
            fn step(context: $crate::Context, turn: $crate::Turn) -> Result<$crate::StepAnswer, String> {
                $crate::tell_panics();
                <$business as $crate::Business>::step(&context, &turn)
            }
            fn on_event(context: $crate::Context, event: $crate::Event) -> Result<Vec<$crate::Effect>, String> {
                $crate::tell_panics();
                <$business as $crate::Business>::on_event(&context, &event)
            }
            fn migrate(context: $crate::Context, from_version: u32) -> Result<(), String> {
                $crate::tell_panics();
                <$business as $crate::Business>::migrate(&context, from_version)
            }
        }

        #[cfg(target_arch = "wasm32")]
        $crate::bindings::export_world!(Exported with_types_in $crate::bindings);
    };
}
