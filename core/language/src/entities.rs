//! People, numbers and addresses in a message.

use crate::{
    choice::{but_with_another, choice, fits},
    cues::{Cues, contains},
    lexicon::{Lexicon, find},
    meaning::{Context, Entities, Expecting},
    numbers::number,
    words::Word,
};

/// Fills everything but the times, marking the words it used.
pub(crate) fn read(words: &mut [Word], cues: &Cues, lexicon: &Lexicon, context: &Context, into: &mut Entities) {
    into.email =
        words.iter().find(|word| word.raw.contains('@') && word.raw.contains('.')).map(|word| word.raw.clone());
    into.phone = phone(words);
    services(words, cues, lexicon, into);
    into.again = contains(words, &cues.again);
    into.all = contains(words, &cues.all) || (context.expecting == Some(Expecting::WhichBooking) && both(words));
    if into.all && both(words) {
        // "las dos" are two bookings and not two o'clock.
        into.time.hour = None;
    }
    let asked_name = context.expecting == Some(Expecting::Name);
    if asked_name {
        into.name = name(words, true);
    }
    resources(words, lexicon, context, into);
    into.duration_minutes = duration(words);
    into.party = party(words, context.expecting == Some(Expecting::Party));
    if into.party == Some(2) && into.time.hour.is_some() && both(words) {
        // "somos dos, corte para las dos".
        into.time.hour = None;
    }
    if !asked_name {
        into.name = name(words, false);
    }
    if !context.offered.is_empty() {
        into.choice = choice(words, context, into);
        but_with_another(context, into);
        // "2" of a list is no two o'clock.
        if into.choice.is_some_and(|place| context.offered.get(place).is_none_or(|offer| !fits(offer, into))) {
            into.time.hour = None;
        }
    }
}

fn both(words: &[Word]) -> bool {
    ["=las =dos", "=los =dos", "=ambas", "=both"].iter().any(|phrase| crate::cues::find(words, phrase).is_some())
}

/// What is sold: wished for, beside or instead of what there was, or taken away.
fn services(words: &mut [Word], cues: &Cues, lexicon: &Lexicon, into: &mut Entities) {
    let first_of = |words: &[Word], phrases: &[crate::cues::Phrase]| {
        phrases.iter().filter_map(|phrase| phrase.find(words)).map(|(from, _)| from).min()
    };
    let removed_from = first_of(words, &cues.remove);
    into.adding = contains(words, &cues.add);
    into.only = contains(words, &cues.only);
    let before: Vec<bool> = words.iter().map(|word| word.used).collect();
    for found in find(words, &lexicon.services) {
        let place = words
            .iter()
            .zip(&before)
            .position(|(word, was)| word.used && !was && found.said.starts_with(&word.raw))
            .unwrap_or(0);
        // "corte sin barba": what stands after the "sin", and close to it.
        if removed_from.is_some_and(|from| from < place && place - from <= 3) {
            into.removed_services.push(found);
        } else {
            into.services.push(found);
        }
    }
    into.adding &= !into.services.is_empty();
    into.only &= !into.services.is_empty();
}

/// Names of the bookable; "menos Ana", "no con Luis" exclude, "quien sea" takes anyone.
fn resources(words: &mut [Word], lexicon: &Lexicon, context: &Context, into: &mut Entities) {
    const ANYONE: [&str; 20] = [
        "quien sea",
        "=cualquiera",
        "con quien puedan",
        "con quien puedas",
        "con quien tengas",
        "el que sea",
        "la que sea",
        "quien este",
        "el que este libre",
        "la que este libre",
        "el que este disponible",
        "la que este disponible",
        "no importa quien",
        "no importa con quien",
        "anyone",
        "anybody",
        "whoever",
        "any one",
        "no preference",
        "sin preferencia",
    ];
    let about_time = matches!(context.expecting, Some(Expecting::Day | Expecting::Time));
    into.any_resource = !about_time && ANYONE.iter().any(|phrase| crate::cues::find(words, phrase).is_some());
    let negations: Vec<usize> = words
        .iter()
        .enumerate()
        .filter(|(place, word)| match word.text.as_str() {
            "no" | "not" | "menos" | "excepto" | "except" | "salvo" => true,
            // "anyone but Ana", and not "yes but with Ana".
            "but" => place
                .checked_sub(1)
                .is_some_and(|place| matches!(text(words, place), "anyone" | "anybody" | "everyone" | "any")),
            _ => false,
        })
        .map(|(place, _)| place)
        .collect();
    let before: Vec<bool> = words.iter().map(|word| word.used).collect();
    for found in find(words, &lexicon.resources) {
        // Where it was found: the first word that became used and begins the match.
        let place = words
            .iter()
            .zip(&before)
            .position(|(word, was)| word.used && !was && found.said.starts_with(&word.raw))
            .unwrap_or(0);
        let after = text(words, place + found.said.split(' ').count()) == "no";
        let denied = after
            || negations.iter().any(|negation| {
                *negation < place && place - negation <= 2 && text(words, place.saturating_sub(2)) != ","
            });
        if denied { into.excluded_resources.push(found) } else { into.resources.push(found) }
    }
}

fn phone(words: &[Word]) -> Option<String> {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
    let single = words.iter().find(|word| digits(&word.raw) >= 8 && !word.raw.contains(['/', '@']));
    if let Some(word) = single {
        return Some(word.raw.chars().filter(|letter| letter.is_ascii_digit() || *letter == '+').collect());
    }
    // "55 1234 5678": groups in a row.
    let mut run = String::new();
    for word in words {
        if word.raw.chars().all(|letter| letter.is_ascii_digit() || letter == '+') && digits(&word.raw) >= 2 {
            run.push_str(&word.raw);
        } else if digits(&run) >= 8 {
            break;
        } else {
            run.clear();
        }
    }
    (digits(&run) >= 8).then_some(run)
}

fn text(words: &[Word], place: usize) -> &str {
    words.get(place).map_or("", |word| word.text.as_str())
}

fn duration(words: &[Word]) -> Option<u32> {
    (0..words.len()).find_map(|place| {
        let word = words.get(place).filter(|word| !word.used)?;
        match (word.text.as_str(), text(words, place + 1)) {
            ("media", "hora") | ("half", "an") => Some(30),
            (amount, "hora" | "horas" | "hour" | "hours") => number(amount).and_then(|hours| hours.checked_mul(60)),
            (amount, "min" | "mins" | "minutos" | "minutes") => number(amount),
            _ => None,
        }
    })
}

/// "somos 4", "para dos personas", "for 3 people", "table of 5".
fn party(words: &mut [Word], expecting: bool) -> Option<u32> {
    for place in 0..words.len() {
        let people = |word: &str| {
            matches!(
                word,
                "personas"
                    | "persona"
                    | "people"
                    | "persons"
                    | "guests"
                    | "jugadores"
                    | "players"
                    | "adultos"
                    | "ninos"
            )
        };
        let lead = matches!(text(words, place), "somos" | "seremos" | "seriamos" | "vamos");
        let found = if lead {
            number(text(words, place + 1))
        } else {
            number(text(words, place)).filter(|_| people(text(words, place + 1)))
        };
        if let Some(size) = found {
            for word in words.iter_mut().skip(place).take(2) {
                word.used = true;
            }
            return Some(size);
        }
        if expecting && let Some(size) = number(text(words, place)) {
            return Some(size);
        }
    }
    None
}

/// What follows "soy" or "I am" and is nobody's name.
const NO_NAMES: [&str; 42] = [
    "y",
    "and",
    "quiero",
    "para",
    "con",
    "de",
    "a",
    "the",
    "not",
    "un",
    "una",
    "nuevo",
    "nueva",
    "looking",
    "interested",
    "running",
    "late",
    "cliente",
    "outside",
    "here",
    "there",
    "booked",
    "on",
    "sorry",
    "going",
    "coming",
    "at",
    "in",
    "free",
    "available",
    "stuck",
    "ok",
    "fine",
    "good",
    "so",
    "yo",
    "el",
    "la",
    ",",
    "novo",
    "nova",
    "baru",
];

/// "soy Mariana", "a nombre de Luis Pérez", "my name is Ann".
fn name(words: &mut [Word], expecting: bool) -> Option<String> {
    const LEADS: [&str; 9] = [
        "me llamo",
        "mi nombre es",
        "a nombre de",
        "soy",
        "my name is",
        "this is",
        "i am",
        "under the name",
        "name is",
    ];
    let asked = ["it is", "its", "es"].into_iter().filter(|_| expecting);
    let lead = LEADS.into_iter().chain(asked).find_map(|lead| crate::cues::find(words, lead));
    let from = match lead {
        Some((_, end)) => end,
        None if expecting => 0,
        None => return None,
    };
    let mut said: Vec<String> = Vec::new();
    for word in words.iter().skip(from).take(4) {
        let letters = word.raw.chars().all(|letter| letter.is_alphabetic() || matches!(letter, '\'' | '-' | '.'));
        if word.used || !letters || ((said.is_empty() || word.text != "de") && NO_NAMES.contains(&word.text.as_str())) {
            break;
        }
        said.push(word.raw.clone());
    }
    if said.is_empty() || (lead.is_none() && said.len() != words.len()) {
        return None;
    }
    for word in words.iter_mut().skip(from).take(said.len()) {
        word.used = true;
    }
    Some(said.join(" "))
}
