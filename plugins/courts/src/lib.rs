//! Courts by the hour: which sports, how many players, what an hour costs when, and who may have how much.
//!
//! Start at [`prices`] for peak, weekend, lights and members, [`rules`] for players and fair use, [`catalogue`] for
//! words and services, [`tournament`] for signing up. A court is a resource of kind `court`; its skills say what it is: a sport, a surface, `indoor`, `lit`.

mod catalogue;
mod config;
mod prices;
mod rules;
mod sentences;
mod tournament;

use sdk::{
    Business, ConfigProblem, Context, Description, Draft, Quotation, StepAnswer, ToolAnswer, Turn, Verdict, Wanted,
    export_business, say, texts,
};

/// The module.
pub struct Courts;

impl Business for Courts {
    fn describe() -> Description {
        Description {
            name: "courts".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            languages: ["es-MX", "en", "pt-BR", "id"].map(str::to_owned).to_vec(),
            title: texts(&[
                ("es", "Club deportivo"),
                ("en", "Sports courts"),
                ("pt", "Clube esportivo"),
                ("id", "Lapangan olahraga"),
            ]),
            capabilities: vec![
                Wanted::new("bookings", sentences::WHY_BOOKINGS),
                Wanted::new("customer", sentences::WHY_MEMBER).of(&["member"]),
            ],
            config_schema: config::SCHEMA.into(),
            vocabularies: catalogue::vocabularies(),
            services: catalogue::services(),
            tools: catalogue::tools(),
            dialogs: vec![tournament::dialog()],
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
        let config: config::Config = context.settings()?;
        Ok(rules::review(context, draft, &config, rules::booked(draft)))
    }

    fn call_tool(context: &Context, name: &str, _arguments: &str) -> Result<ToolAnswer, String> {
        match name {
            "rain" => Ok(ToolAnswer::says(say(context, sentences::RAIN))),
            "equipment" => Ok(ToolAnswer::says(say(context, sentences::EQUIPMENT))),
            other => Err(format!("no tool {other}")),
        }
    }

    fn step(context: &Context, turn: &Turn) -> Result<StepAnswer, String> {
        match turn.dialog.as_str() {
            tournament::KEY => tournament::step(context, turn, &context.settings()?),
            other => Err(format!("no dialog {other}")),
        }
    }
}

export_business!(Courts);
