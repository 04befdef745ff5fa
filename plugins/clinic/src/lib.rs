//! A practice: who may see whom for what, what must be known and agreed to first, and what is never said.
//!
//! Invariants: the module gives no diagnosis and no advice about health; words of an emergency bring a person at once
//! (they are named in the vocabulary and the host acts on them before anything else); what customers read of a visit
//! is its time and place, never its reason. Start at [`rules`]; [`intake`] has the forms, [`catalogue`] words and services.

mod catalogue;
mod config;
mod intake;
mod rules;
mod sentences;

use sdk::{
    Business, Context, Description, Draft, Effect, Quotation, ToolAnswer, Verdict, Wanted, catalogue::template,
    export_business, say, texts,
};

/// The module.
pub struct Clinic;

impl Business for Clinic {
    fn describe() -> Description {
        Description {
            name: "clinic".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            languages: catalogue::LANGUAGES.map(str::to_owned).to_vec(),
            title: texts(&[("es", "Consultorio"), ("en", "Clinic"), ("pt", "Clínica"), ("id", "Klinik")]),
            capabilities: vec![Wanted::new("customer", sentences::WHY_CUSTOMER).of(&["guardian", "consent="])],
            config_schema: config::SCHEMA.into(),
            vocabularies: catalogue::vocabularies(),
            services: catalogue::services(),
            tools: catalogue::tools(),
            forms: vec![intake::form()],
            messages: template("reminder", sentences::REMINDER),
            ..Description::default()
        }
    }

    fn quote(context: &Context, draft: &Draft) -> Result<Quotation, String> {
        let config: config::Config = context.settings()?;
        let quotation = Quotation::default();
        if draft.by_someone_new() && draft.has(&["first-visit"]) && config.first_visit_deposit > 0 {
            return Ok(quotation.deposit(config.first_visit_deposit));
        }
        Ok(quotation)
    }

    fn review(context: &Context, draft: &Draft) -> Result<Verdict, String> {
        Ok(rules::review(context, draft, &context.settings()?))
    }

    fn call_tool(context: &Context, name: &str, _arguments: &str) -> Result<ToolAnswer, String> {
        match name {
            // Whatever the question, a person who may answer it is the answer.
            "health-question" => Ok(ToolAnswer::says(say(context, sentences::NO_ADVICE))
                .and(Effect::HandToPerson("a question about health".into()))),
            "bring" => Ok(ToolAnswer::says(say(context, sentences::BRING))),
            other => Err(format!("no tool {other}")),
        }
    }
}

export_business!(Clinic);
