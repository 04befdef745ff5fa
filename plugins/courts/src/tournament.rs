//! Signing up for the tournament, step by step: the level, the partner, a yes. What was said so far travels in the dialog's
//! state; whoever signed up is a note to the team and one more in the figures.

use sdk::{Ask, Context, Dialog, Effect, StepAnswer, Turn, say, words};
use serde::{Deserialize, Serialize};

use crate::{
    config::{Config, Tournament},
    sentences::{
        ADVANCED, ALONE, ASK_LEVEL, ASK_LEVEL_AGAIN, ASK_PARTNER, BEGINNER, CONFIRM, INTERMEDIATE, NO, NO_PARTNER,
        NO_TOURNAMENT, NOT_SIGNED_UP, SIGNED_UP, Sentences, YES,
    },
};

pub(crate) const KEY: &str = "tournament";
/// Longest name of a partner that is kept, in characters.
const LONGEST: usize = 80;

pub(crate) fn dialog() -> Dialog {
    Dialog {
        key: KEY.into(),
        description: "Sign up for the tournament: level, partner, and a yes.".into(),
        triggers: vec![
            words("es-MX", &["torneo", "el torneo", "inscribirme al torneo", "inscripción al torneo"]),
            words("en", &["tournament", "the tournament", "sign up for the tournament", "join the tournament"]),
            words("pt-BR", &["torneio", "o torneio", "inscrição no torneio"]),
            words("id", &["turnamen", "ikut turnamen", "daftar turnamen"]),
        ],
        ..Dialog::default()
    }
}

/// What was said so far; nothing before the first answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "awaits")]
enum Stage {
    Level,
    Partner { level: String },
    Yes { level: String, partner: String },
}

const LEVELS: [(&str, Sentences); 3] = [("beginner", BEGINNER), ("intermediate", INTERMEDIATE), ("advanced", ADVANCED)];

pub(crate) fn step(context: &Context, turn: &Turn, config: &Config) -> Result<StepAnswer, String> {
    let Some(tournament) = &config.tournament else { return Ok(StepAnswer::done(say(context, NO_TOURNAMENT))) };
    if turn.state.is_empty() {
        return level(&filled(context, ASK_LEVEL, tournament));
    }
    let stage: Stage = serde_json::from_str(&turn.state).map_err(|error| format!("state of the dialog: {error}"))?;
    match stage {
        // What the house is asked about the assistant answers; the question stands.
        stage if asks_the_house(turn) => Ok(StepAnswer { state: kept(&stage)?, ..StepAnswer::pass() }),
        Stage::Level => match turn.choice().filter(|chosen| LEVELS.iter().any(|(level, _)| level == chosen)) {
            Some(chosen) => {
                let state = kept(&Stage::Partner { level: chosen.to_owned() })?;
                Ok(StepAnswer::ask(Ask::new("partner", say(context, ASK_PARTNER)).choice("alone", ALONE), &state))
            }
            None => level(say(context, ASK_LEVEL_AGAIN)),
        },
        Stage::Partner { level } => {
            let said: String = turn.said.trim().chars().take(LONGEST).collect();
            let partner = if turn.choice() == Some("alone") { String::new() } else { said };
            confirm(context, tournament, level, partner)
        }
        Stage::Yes { level, partner } => match (turn.choice(), turn.heard("intent")) {
            (Some("yes"), _) | (None, Some("affirm")) => Ok(signed_up(context, tournament, &level, &partner)),
            (Some("no"), _) | (None, Some("deny")) => Ok(StepAnswer::done(say(context, NOT_SIGNED_UP))),
            (_, _) => confirm(context, tournament, level, partner),
        },
    }
}

fn asks_the_house(turn: &Turn) -> bool {
    turn.choice().is_none()
        && turn.heard("intent").is_some_and(|intent| matches!(intent, "ask_price" | "ask_hours" | "ask_location"))
}

fn kept(stage: &Stage) -> Result<String, String> {
    serde_json::to_string(stage).map_err(|error| error.to_string())
}

fn level(question: &str) -> Result<StepAnswer, String> {
    let ask = LEVELS.iter().fold(Ask::new("level", question), |ask, (value, labels)| ask.choice(value, labels));
    Ok(StepAnswer::ask(ask, &kept(&Stage::Level)?))
}

fn confirm(context: &Context, tournament: &Tournament, level: String, partner: String) -> Result<StepAnswer, String> {
    let labels = LEVELS.iter().find(|(value, _)| *value == level).map_or(BEGINNER, |(_, labels)| labels);
    let with = if partner.is_empty() { say(context, NO_PARTNER) } else { &partner };
    let question =
        filled(context, CONFIRM, tournament).replace("{level}", say(context, labels)).replace("{with}", with);
    let ask = Ask::new("yes", &question).choice("yes", YES).choice("no", NO);
    let state = kept(&Stage::Yes { level, partner })?;
    Ok(StepAnswer::ask(ask, &state))
}

fn signed_up(context: &Context, tournament: &Tournament, level: &str, partner: &str) -> StepAnswer {
    let with = if partner.is_empty() { "looks for a partner".to_owned() } else { format!("with {partner}") };
    StepAnswer::done(&filled(context, SIGNED_UP, tournament))
        .and(Effect::Note(format!("{}: {level}, {with}", tournament.name)))
        .and(Effect::Count(("tournament.signups".into(), 1)))
}

/// Name, day and fee of the tournament put into a sentence. The fee has no cents anywhere.
fn filled(context: &Context, sentences: Sentences, tournament: &Tournament) -> String {
    say(context, sentences)
        .replace("{name}", &tournament.name)
        .replace("{date}", &tournament.date)
        .replace("{fee}", &format!("{} {}", tournament.fee / 100, context.currency))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sdk::{Field, Next};

    fn context(language: &str) -> Context {
        Context { language: language.into(), currency: "MXN".into(), ..Context::default() }
    }

    fn config() -> Config {
        let tournament = Tournament { name: "Copa Sur".into(), date: "2026-03-21".into(), fee: 60_000 };
        Config { tournament: Some(tournament), ..Config::default() }
    }

    fn turn(state: &str, said: &str, heard: &[(&str, &str)]) -> Turn {
        let field = |(key, value): &(&str, &str)| Field { key: (*key).into(), value: (*value).into() };
        Turn {
            dialog: KEY.into(),
            state: state.into(),
            said: said.into(),
            heard: heard.iter().map(field).collect(),
            ..Turn::default()
        }
    }

    fn after(state: &str, said: &str, heard: &[(&str, &str)]) -> StepAnswer {
        step(&context("en"), &turn(state, said, heard), &config()).unwrap()
    }

    #[test]
    fn level_partner_and_a_yes_sign_one_up_with_a_note_and_a_count() {
        let level = after("", "the tournament", &[]);
        let partner = after(&level.state, "Advanced", &[("choice", "advanced")]);
        let yes = after(&partner.state, "Ana", &[]);
        let Next::Ask(ask) = &yes.next else { panic!("not asked for a yes") };
        assert_eq!(
            ask.question,
            "Copa Sur, 2026-03-21. Level: Advanced. With: Ana. Entry: 600 MXN. Shall I sign you up?"
        );
        let done = after(&yes.state, "yes", &[("intent", "affirm")]);
        assert!(matches!(&done.next, Next::Done(said) if said.contains("Copa Sur")));
        assert!(matches!(&done.effects[0], Effect::Note(note) if note == "Copa Sur: advanced, with Ana"));
        assert!(matches!(&done.effects[1], Effect::Count((key, 1)) if key == "tournament.signups"));
    }

    #[test]
    fn what_is_no_level_is_asked_again_and_a_no_signs_nobody_up() {
        let level = after("", "tournament", &[]);
        let again = after(&level.state, "pretty good", &[]);
        assert_eq!(again.state, level.state);
        let partner = after(&again.state, "1", &[("choice", "beginner")]);
        let yes = after(&partner.state, "alone", &[("choice", "alone")]);
        let no = after(&yes.state, "no", &[("choice", "no")]);
        assert!(matches!(no.next, Next::Done(_)) && no.effects.is_empty());
    }

    #[test]
    fn a_question_about_the_house_is_not_this_dialog_s_and_does_not_end_it() {
        let level = after("", "tournament", &[]);
        let passed = after(&level.state, "how much is padel?", &[("intent", "ask_price")]);
        assert!(matches!(passed.next, Next::Pass) && passed.state == level.state);
    }

    #[test]
    fn without_a_tournament_it_says_so() {
        let said = step(&context("es-MX"), &turn("", "torneo", &[]), &Config::default()).unwrap();
        assert!(matches!(said.next, Next::Done(_)) && said.state.is_empty());
    }
}
