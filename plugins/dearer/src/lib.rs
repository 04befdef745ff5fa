//! A release of the salon gone wrong, for the rehearsal's tests: haircuts cost more, and the patch test is forgotten.

use sdk::{Business, Context, Description, Draft, Quotation, export_business};

/// Calls itself what it would replace.
pub struct Dearer;

impl Business for Dearer {
    fn describe() -> Description {
        Description {
            name: "salon".into(),
            version: "9.0.0".into(),
            languages: vec!["es-MX".into(), "en".into()],
            config_schema: "{}".into(),
            ..Description::default()
        }
    }

    fn quote(_context: &Context, draft: &Draft) -> Result<Quotation, String> {
        let rise = if draft.has(&["haircut"]) { 5_000 } else { 0 };
        Ok(Quotation::default().line("rise", "Nueva tarifa", rise))
    }
}

export_business!(Dearer);
