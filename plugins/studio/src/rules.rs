//! How long a session is at least, and whether what is wanted with it is in stock.

use sdk::{Ask, Context, Draft, Verdict, say};

use crate::{
    config::{Config, Equipment},
    sentences::{ASK_EQUIPMENT, EQUIPMENT_LIST, NOT_ENOUGH, SET_UP, TOO_SHORT},
};

pub(crate) fn review(context: &Context, draft: &Draft, config: &Config) -> Verdict {
    let mut verdict = Verdict::fine();
    let weekend = draft.start.as_ref().is_some_and(sdk::Moment::is_weekend);
    let shortest = if weekend { config.weekend_shortest_minutes } else { config.shortest_minutes };
    if draft.minutes() < shortest {
        let hours = hours(shortest);
        return verdict.refuse("too-short", &say(context, TOO_SHORT).replace("{hours}", &hours));
    }
    match draft.answer("equipment") {
        None if !config.equipment.is_empty() => {
            verdict =
                verdict.ask(Ask::new("equipment", &say(context, ASK_EQUIPMENT).replace("{list}", &names(config))));
        }
        None => {}
        Some(said) => {
            for (equipment, number) in wanted(said, config) {
                if number > equipment.stock {
                    let text = say(context, NOT_ENOUGH).replace("{name}", &equipment.name);
                    verdict = verdict.refuse("not-enough", &text.replace("{stock}", &equipment.stock.to_string()));
                }
            }
        }
    }
    verdict.note(say(context, SET_UP))
}

/// What is wanted of what was said, and how many: "batería y 3 micrófonos". No number means one.
pub(crate) fn wanted<'c>(said: &str, config: &'c Config) -> Vec<(&'c Equipment, u32)> {
    let said = said.to_lowercase();
    let words: Vec<&str> =
        said.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let mut found: Vec<(&Equipment, u32)> = Vec::new();
    for (place, word) in words.iter().enumerate() {
        let names = |equipment: &&Equipment| equipment.words.iter().any(|name| same(word, &name.to_lowercase()));
        let Some(equipment) = config.equipment.iter().find(names) else { continue };
        let before = place.checked_sub(1).and_then(|place| words.get(place));
        let number = before.and_then(|word| word.parse().ok().or(small(word))).unwrap_or(1);
        match found.iter_mut().find(|(other, _)| other.name == equipment.name) {
            Some((_, total)) => *total += number,
            None => found.push((equipment, number)),
        }
    }
    found
}

/// The same but for a plural's ending.
fn same(word: &str, name: &str) -> bool {
    word == name || word.strip_suffix('s').or(word.strip_suffix("es")).is_some_and(|word| word == name)
}

fn small(word: &str) -> Option<u32> {
    let numbers: [&[&str]; 5] = [
        &["un", "una", "one", "um", "uma", "satu"],
        &["dos", "two", "dois", "duas", "dua"],
        &["tres", "three", "três", "tiga"],
        &["cuatro", "four", "quatro", "empat"],
        &["cinco", "five", "lima"],
    ];
    (1..).zip(numbers).find(|(_, words)| words.contains(&word)).map(|(number, _)| number)
}

fn names(config: &Config) -> String {
    config.equipment.iter().map(|equipment| equipment.name.clone()).collect::<Vec<_>>().join(", ")
}

pub(crate) fn equipment_list(context: &Context, config: &Config) -> String {
    say(context, EQUIPMENT_LIST).replace("{list}", &names(config))
}

fn hours(minutes: u32) -> String {
    if minutes.is_multiple_of(60) { format!("{} h", minutes / 60) } else { format!("{minutes} min") }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use sdk::{DraftItem, Field, Moment};

    pub(crate) fn context(language: &str) -> Context {
        Context { language: language.into(), ..Context::default() }
    }

    pub(crate) fn session(minutes: u32, weekday: u8, hour: u32, equipment: Option<&str>) -> Draft {
        Draft {
            items: vec![DraftItem { key: "rehearsal".into(), minutes, price: 30_000, ..DraftItem::default() }],
            start: Some(Moment { at: 0, date: "2026-03-03".into(), weekday, minute: hour * 60 }),
            fields: equipment.map(|said| Field { key: "equipment".into(), value: said.into() }).into_iter().collect(),
            ..Draft::default()
        }
    }

    #[test]
    fn a_weekend_session_is_longer() {
        let codes = |minutes, weekday| {
            let draft = session(minutes, weekday, 10, Some("nada"));
            review(&context("en"), &draft, &Config::default()).refusals.len()
        };
        assert_eq!([codes(60, 3), codes(60, 6), codes(120, 6), codes(30, 3)], [0, 1, 0, 1]);
    }

    #[test]
    fn what_is_not_in_stock_is_refused_with_what_is() {
        let verdict = review(&context("es"), &session(60, 3, 10, Some("batería y 9 micrófonos")), &Config::default());
        assert_eq!(verdict.refusals.len(), 1);
        assert!(verdict.refusals[0].text.contains('8'), "{}", verdict.refusals[0].text);
    }

    #[test]
    fn equipment_is_counted_as_people_write_it() {
        let config = Config::default();
        let count = |said: &str| {
            wanted(said, &config)
                .iter()
                .map(|(what, number)| format!("{} {number}", what.name))
                .collect::<Vec<_>>()
                .join(", ")
        };
        assert_eq!(count("Batería y tres micrófonos por favor"), "Drums 1, Microphones 3");
        assert_eq!(count("two mics, lights and one more mic"), "Microphones 3, Lights 1");
        assert_eq!(count("nada, gracias"), "");
        assert_eq!(review(&context("en"), &session(60, 3, 10, None), &config).required.len(), 1);
    }

    #[test]
    fn every_sentence_is_there_in_four_languages() {
        for sentences in crate::sentences::ALL {
            let languages: Vec<&str> = sentences.iter().map(|(language, _)| *language).collect();
            assert_eq!(languages, ["es", "en", "pt", "id"]);
        }
    }
}
