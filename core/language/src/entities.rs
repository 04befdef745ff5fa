//! People, numbers and addresses in a message.

use crate::{
    lexicon::{Lexicon, find},
    meaning::{Context, Entities, Expecting},
    numbers::{number, ordinal},
    words::Word,
};

/// Fills everything but the times, marking the words it used.
pub(crate) fn read(words: &mut [Word], lexicon: &Lexicon, context: &Context, into: &mut Entities) {
    into.email =
        words.iter().find(|word| word.raw.contains('@') && word.raw.contains('.')).map(|word| word.raw.clone());
    into.phone = phone(words);
    into.services.extend(find(words, &lexicon.services));
    let asked_name = context.expecting == Some(Expecting::Name);
    if asked_name {
        into.name = name(words, true);
    }
    resources(words, lexicon, into);
    into.duration_minutes = duration(words);
    into.party = party(words, context.expecting == Some(Expecting::Party));
    if !asked_name {
        into.name = name(words, false);
    }
    if !context.offered.is_empty() {
        into.choice = choice(words, context, into);
    }
}

/// Names of the bookable; "menos Ana", "no con Luis" exclude, "quien sea" takes anyone.
fn resources(words: &mut [Word], lexicon: &Lexicon, into: &mut Entities) {
    const ANYONE: [&str; 14] = [
        "quien sea",
        "cualquiera",
        "con quien puedan",
        "con quien puedas",
        "el que sea",
        "la que sea",
        "quien este",
        "anyone",
        "anybody",
        "whoever",
        "any one",
        "no preference",
        "sin preferencia",
        "con quien",
    ];
    into.any_resource = ANYONE.iter().any(|phrase| crate::cues::find(words, phrase).is_some());
    let negations: Vec<usize> = words
        .iter()
        .enumerate()
        .filter(|(_, word)| {
            matches!(word.text.as_str(), "no" | "not" | "menos" | "excepto" | "except" | "but" | "salvo")
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
    let lead = LEADS.iter().find_map(|lead| crate::cues::find(words, lead));
    let from = match lead {
        Some((_, end)) => end,
        None if expecting => 0,
        None => return None,
    };
    let stop = [
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
        ",",
    ];
    let mut said: Vec<String> = Vec::new();
    for word in words.iter().skip(from).take(4) {
        let letters = word.raw.chars().all(|letter| letter.is_alphabetic() || matches!(letter, '\'' | '-' | '.'));
        if word.used || !letters || ((said.is_empty() || word.text != "de") && stop.contains(&word.text.as_str())) {
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

/// "la segunda", "2", "la de las 5", "con Ana", "the later one".
fn choice(words: &[Word], context: &Context, entities: &Entities) -> Option<usize> {
    let offered = &context.offered;
    let last = offered.len().checked_sub(1)?;
    let short = words.len() <= 6;
    if let Some(place) =
        words.iter().filter(|word| !word.used || word.text == "segunda").find_map(|word| ordinal(&word.text))
    {
        return (place == usize::MAX).then_some(last).or((place <= last).then_some(place));
    }
    // "opción 2", "la 2", "2": a small number that is not a time.
    if short
        && entities.time.hour.is_none()
        && entities.time.days.is_none()
        && let Some(number) = words.iter().filter(|word| !word.used).find_map(|word| number(&word.text))
        && let Some(place) = usize::try_from(number).ok().and_then(|number| number.checked_sub(1))
        && place <= last
        && !words.iter().any(|word| matches!(word.text.as_str(), "las" | "at" | "pm" | "am"))
    {
        return Some(place);
    }
    let fits = |offer: &crate::meaning::Offered| {
        let hour = match (entities.time.hour, offer.at) {
            (Some(crate::meaning::Hour::At(time)), Some(at)) => {
                at.time() == time || (at.time().minute() == time.minute() && at.time().hour() % 12 == time.hour() % 12)
            }
            (Some(_), _) => false,
            (None, _) => true,
        };
        let day = entities.time.date().is_none_or(|date| offer.at.is_some_and(|at| at.date() == date));
        let who = entities.resources.is_empty()
            || offer
                .resource
                .as_ref()
                .is_some_and(|resource| entities.resources.iter().any(|found| found.key == *resource));
        hour && day && who
    };
    // "la 1" is one o'clock only where something is offered at one.
    if short
        && entities.time.days.is_none()
        && !offered.iter().any(fits)
        && let Some(place) = words.iter().find_map(|word| number(&word.text))
    {
        let place = usize::try_from(place).ok().and_then(|place| place.checked_sub(1)).filter(|place| *place <= last);
        if place.is_some() && !words.iter().any(|word| word.text == "las") {
            return place;
        }
    }
    let named = entities.time.hour.is_some() || entities.time.date().is_some() || !entities.resources.is_empty();
    let mut matching = offered.iter().enumerate().filter(|(_, offer)| fits(offer)).map(|(place, _)| place);
    match (named, matching.next(), matching.next()) {
        (true, Some(only), None) => Some(only),
        _ => None,
    }
}
