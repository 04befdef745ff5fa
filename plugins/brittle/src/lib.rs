//! A release of the salon that breaks at its first price, for the canary's tests: it must stop by itself.

use sdk::{Business, Context, Description, Draft, Quotation, export_business};

/// Calls itself what it would replace.
pub struct Brittle;

impl Business for Brittle {
    fn describe() -> Description {
        Description {
            name: "salon".into(),
            version: "9.1.0".into(),
            languages: vec!["es-MX".into(), "en".into()],
            config_schema: "{}".into(),
            ..Description::default()
        }
    }

    fn quote(_context: &Context, _draft: &Draft) -> Result<Quotation, String> {
        panic!("this release is broken")
    }
}

export_business!(Brittle);
