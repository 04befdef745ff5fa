//! How many may play, and how much of the club one player may have ahead.

use sdk::{Context, Draft, Verdict, bookings, say};

use crate::{
    catalogue::players,
    config::Config,
    sentences::{INDOORS_FREE, LIGHTS_INCLUDED, TOO_FEW, TOO_MANY_GAMES, TOO_MANY_PLAYERS},
};

/// Days that count as ahead.
const AHEAD: i64 = 60 * 24 * 60 * 60 * 1_000;

/// How many games this player has ahead; nothing where the host does not say.
pub(crate) fn booked(draft: &Draft) -> usize {
    let Some(start) = &draft.start else { return 0 };
    let mine = bookings::of_customer(start.at - AHEAD, start.at + AHEAD).unwrap_or_default();
    mine.iter().filter(|game| matches!(game.state.as_str(), "confirmed" | "pending")).count()
}

pub(crate) fn review(context: &Context, draft: &Draft, config: &Config, booked: usize) -> Verdict {
    let mut verdict = Verdict::fine();
    let most = draft.items.iter().map(|item| players(&item.key)).min();
    if let Some((fewest, most)) = most {
        if draft.party > most {
            verdict = verdict
                .refuse("too-many-players", &say(context, TOO_MANY_PLAYERS).replace("{most}", &most.to_string()));
        } else if draft.party > 1 && draft.party < fewest {
            verdict = verdict.note(&say(context, TOO_FEW).replace("{fewest}", &fewest.to_string()));
        }
    }
    let allowed = if is_member(draft) { config.members_bookings_ahead } else { config.bookings_ahead };
    if booked >= allowed {
        verdict = verdict.refuse("fair-use", &say(context, TOO_MANY_GAMES).replace("{games}", &allowed.to_string()));
    }
    if draft.items.iter().any(|item| item.with_skill("indoor")) {
        verdict = verdict.note(say(context, INDOORS_FREE));
    } else if dark(draft, config) {
        verdict = verdict.note(say(context, LIGHTS_INCLUDED));
    }
    verdict
}

pub(crate) fn is_member(draft: &Draft) -> bool {
    draft.known("member").is_some_and(|value| matches!(value, "yes" | "true" | "1"))
}

fn dark(draft: &Draft, config: &Config) -> bool {
    let late = |start: &sdk::Moment| start.minute + draft.minutes() > config.lights_from_hour * 60;
    draft.start.as_ref().is_some_and(late) && draft.items.iter().any(|item| item.with_skill("lit"))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use sdk::{Chosen, DraftItem, Field, Moment, Visitor};

    pub(crate) fn context(language: &str) -> Context {
        Context { language: language.into(), currency: "MXN".into(), ..Context::default() }
    }

    /// Ninety minutes of padel for 400 on a court with these skills.
    pub(crate) fn game(skills: &[&str]) -> Draft {
        let court = Chosen {
            name: "1".into(),
            kind: "court".into(),
            role: "court".into(),
            skills: skills.iter().map(|skill| (*skill).to_owned()).collect(),
            ..Chosen::default()
        };
        let item = DraftItem {
            key: "padel-90".into(),
            minutes: 90,
            price: 40_000,
            resources: vec![court],
            ..DraftItem::default()
        };
        Draft { items: vec![item], party: 4, visitor: Some(Visitor::default()), ..Draft::default() }
    }

    pub(crate) fn at(draft: Draft, weekday: u8, hour: u32, minute: u32) -> Draft {
        let start = Moment { at: 0, date: "2026-03-03".into(), weekday, minute: hour * 60 + minute };
        Draft { start: Some(start), ..draft }
    }

    pub(crate) fn member(mut draft: Draft) -> Draft {
        if let Some(visitor) = &mut draft.visitor {
            visitor.fields.push(Field { key: "member".into(), value: "yes".into() });
        }
        draft
    }

    fn codes(verdict: &Verdict) -> Vec<&str> {
        verdict.refusals.iter().map(|refusal| refusal.code.as_str()).collect()
    }

    #[test]
    fn five_do_not_fit_on_a_padel_court_and_are_told_how_many_do() {
        let five = Draft { party: 5, ..game(&["padel"]) };
        let verdict = review(&context("en"), &five, &Config::default(), 0);
        assert_eq!(codes(&verdict), ["too-many-players"]);
        assert!(verdict.refusals[0].text.contains('4'), "{}", verdict.refusals[0].text);
        assert!(codes(&review(&context("en"), &game(&["padel"]), &Config::default(), 0)).is_empty());
    }

    #[test]
    fn nobody_has_more_games_ahead_than_is_fair_and_members_have_more() {
        let config = Config::default();
        assert!(codes(&review(&context("es"), &game(&["padel"]), &config, 2)).is_empty());
        assert_eq!(codes(&review(&context("es"), &game(&["padel"]), &config, 3)), ["fair-use"]);
        assert!(codes(&review(&context("es"), &member(game(&["padel"])), &config, 5)).is_empty());
        assert_eq!(codes(&review(&context("es"), &member(game(&["padel"])), &config, 6)), ["fair-use"]);
    }

    #[test]
    fn every_sentence_is_there_in_four_languages() {
        for sentences in crate::sentences::ALL {
            let languages: Vec<&str> = sentences.iter().map(|(language, _)| *language).collect();
            assert_eq!(languages, ["es", "en", "pt", "id"]);
        }
    }
}
