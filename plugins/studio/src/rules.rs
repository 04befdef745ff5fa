//! How long a session is at least, and whether what is wanted with it is in stock.

use sdk::{Ask, Context, Draft, Verdict, say};

use crate::{
    config::{Config, Equipment},
    sentences::{ASK_EQUIPMENT, EQUIPMENT_LIST, NOT_ENOUGH, SET_UP, TOO_SHORT, WHICH},
};

pub(crate) fn review(context: &Context, draft: &Draft, config: &Config) -> Verdict {
    let mut verdict = Verdict::fine();
    let weekend = draft.start.as_ref().is_some_and(sdk::Moment::is_weekend);
    let shortest = if weekend { config.weekend_shortest_minutes } else { config.shortest_minutes };
    if draft.minutes() < shortest {
        let hours = hours(shortest);
        return verdict.refuse("too-short", &say(context, TOO_SHORT).replace("{hours}", &hours));
    }
    if config.equipment.is_empty() {
        return verdict.note(say(context, SET_UP));
    }
    let list = |sentences| say(context, sentences).replace("{list}", &names(context, config));
    match answers(draft).last() {
        None => verdict = verdict.ask(Ask::new(QUESTIONS[0], &list(ASK_EQUIPMENT))),
        Some((asked, said)) => {
            let missing = standing(draft, config).into_iter().find(|wish| wish.1 > wish.0.stock);
            let question = match missing {
                Some((equipment, _)) => {
                    let text = say(context, NOT_ENOUGH).replace("{name}", equipment.called(context));
                    Some(text.replace("{stock}", &equipment.stock.to_string()))
                }
                None if standing(draft, config).is_empty() && vague(said) => Some(list(WHICH)),
                None => None,
            };
            verdict = match (question, QUESTIONS.get(asked + 1)) {
                (None, _) => verdict,
                (Some(text), Some(next)) => verdict.ask(Ask::new(next, &text)),
                (Some(text), None) => verdict.refuse("not-enough", &text),
            };
        }
    }
    verdict.note(say(context, SET_UP))
}

/// The question, and its second and third try: an answer that stands is not asked again under the same key.
const QUESTIONS: [&str; 3] = ["equipment", "equipment-2", "equipment-3"];

/// What was answered, by the number of the try. The last word counts.
fn answers(draft: &Draft) -> impl Iterator<Item = (usize, &str)> {
    QUESTIONS.iter().enumerate().filter_map(|(place, key)| draft.answer(key).map(|said| (place, said)))
}

/// What stands after all answers: the last one counts, and "then two" is said of what there was not enough of.
pub(crate) fn standing<'c>(draft: &Draft, config: &'c Config) -> Vec<(&'c Equipment, u32)> {
    answers(draft).fold(Vec::new(), |before, (_, said)| {
        let named = wanted(said, config);
        let number = words(said).iter().rev().find_map(|word| word.parse().ok().or(small(word)));
        match number {
            Some(number) if named.is_empty() => {
                before.into_iter().map(|(it, most)| if most > it.stock { (it, number) } else { (it, most) }).collect()
            }
            Some(_) | None => named,
        }
    })
}

/// A yes that names nothing.
fn vague(said: &str) -> bool {
    let yes = ["si", "sí", "yes", "sim", "ya", "claro", "ok", "sip", "yep", "please", "porfa"];
    words(said).iter().any(|word| yes.contains(&word.as_str()))
}

fn words(said: &str) -> Vec<String> {
    let words = said.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// What is wanted of what was said, and how many: "batería y 3 micrófonos". No number means one.
pub(crate) fn wanted<'c>(said: &str, config: &'c Config) -> Vec<(&'c Equipment, u32)> {
    let words = words(said);
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

fn names(context: &Context, config: &Config) -> String {
    config.equipment.iter().map(|equipment| equipment.called(context)).collect::<Vec<_>>().join(", ")
}

pub(crate) fn equipment_list(context: &Context, config: &Config) -> String {
    say(context, EQUIPMENT_LIST).replace("{list}", &names(context, config))
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
    fn what_is_not_in_stock_is_asked_again_with_what_is_and_at_last_refused() {
        let mut draft = session(60, 3, 10, Some("batería y 9 micrófonos"));
        let asked = |draft: &Draft| review(&context("es"), draft, &Config::default()).required;
        let again = asked(&draft);
        assert_eq!((again[0].key.as_str(), again[0].question.contains("micrófono hay 8")), ("equipment-2", true));
        let say = |draft: &mut Draft, key: &str, said: &str| {
            draft.fields.push(Field { key: key.into(), value: said.into() });
        };
        say(&mut draft, "equipment-2", "sí");
        assert_eq!(asked(&draft)[0].key, "equipment-3");
        say(&mut draft, "equipment-3", "8 micrófonos");
        assert!(asked(&draft).is_empty());
        draft.fields.pop();
        say(&mut draft, "equipment-3", "9 micrófonos");
        assert_eq!(review(&context("es"), &draft, &Config::default()).refusals[0].code, "not-enough");
    }

    #[test]
    fn a_bare_number_is_about_what_there_was_not_enough_of() {
        let mut draft = session(60, 3, 10, Some("2 luces y 9 micrófonos"));
        draft.fields.push(Field { key: "equipment-2".into(), value: "ok, entonces 7".into() });
        let config = Config::default();
        let counted: Vec<u32> = standing(&draft, &config).into_iter().map(|(_, number)| number).collect();
        assert_eq!(counted, [2, 7]);
        assert!(review(&context("es"), &draft, &config).required.is_empty());
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
        assert_eq!(count("Batería y tres micrófonos por favor"), "drum kit 1, microphone 3");
        assert_eq!(count("two mics, lights and one more mic"), "microphone 3, light 1");
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
