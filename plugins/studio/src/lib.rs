//! Rooms by the hour, with equipment: how long at least, what is set up before, what is rented with it, what is paid first.
//!
//! The fourth trade, and the proof that a trade needs no change outside its folder: [`rules`] for hours and stock,
//! [`prices`] for equipment, nights and the deposit, [`catalogue`] for words and services.

mod catalogue;
mod config;
mod prices;
mod rules;
mod sentences;

use sdk::{
    Business, ConfigProblem, Context, Description, Draft, Quotation, ToolAnswer, Verdict, export_business, say, texts,
};

/// The module.
pub struct Studio;

impl Business for Studio {
    fn describe() -> Description {
        Description {
            name: "studio".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            languages: catalogue::LANGUAGES.map(str::to_owned).to_vec(),
            title: texts(&[
                ("es", "Estudio por horas"),
                ("en", "Studio by the hour"),
                ("pt", "Estúdio por hora"),
                ("id", "Studio per jam"),
            ]),
            config_schema: config::SCHEMA.into(),
            vocabularies: catalogue::vocabularies(),
            services: catalogue::services(),
            tools: catalogue::tools(),
            ..Description::default()
        }
    }

    fn check_config(context: &Context) -> Vec<ConfigProblem> {
        match context.settings::<config::Config>() {
            Ok(config) => config.problems(),
            Err(problem) => vec![ConfigProblem { path: String::new(), problem }],
        }
    }

    fn quote(context: &Context, draft: &Draft) -> Result<Quotation, String> {
        Ok(prices::quote(context, draft, &context.settings()?))
    }

    fn review(context: &Context, draft: &Draft) -> Result<Verdict, String> {
        Ok(rules::review(context, draft, &context.settings()?))
    }

    fn call_tool(context: &Context, name: &str, _arguments: &str) -> Result<ToolAnswer, String> {
        match name {
            "house-rules" => Ok(ToolAnswer::says(say(context, sentences::HOUSE_RULES))),
            "equipment" => Ok(ToolAnswer::says(&rules::equipment_list(context, &context.settings()?))),
            other => Err(format!("no tool {other}")),
        }
    }
}

export_business!(Studio);
