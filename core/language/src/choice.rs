//! Which of the offered is meant: by number, by time, by person, by pointing.

use crate::{
    cues,
    meaning::{Context, Days, Entities, Expecting, Hour, Offered},
    numbers::{number, ordinal},
    words::Word,
};

/// "la segunda", "2", "la de las 5", "con Ana", "the later one".
pub(crate) fn choice(words: &[Word], context: &Context, entities: &Entities) -> Option<usize> {
    let offered = &context.offered;
    let last = offered.len().checked_sub(1)?;
    let short = words.len() <= 6;
    if let Some(place) =
        words.iter().filter(|word| !word.used || word.text == "segunda").find_map(|word| ordinal(&word.text))
    {
        // The fifth of three is none, and no five o'clock either: whoever listed them asks again.
        return Some(if place == usize::MAX { last } else { place });
    }
    if let Some(place) = pointed(words, context, entities) {
        return Some(place);
    }
    let exact = |word: &Word| number(&word.text).filter(|_| !word.used);
    let bare = words.iter().find_map(exact);
    // "opción 2", "la 2", "2": a small number that is not a time.
    if short
        && entities.time.hour.is_none()
        && entities.time.days.is_none()
        && let Some(number) = bare
        && !words.iter().any(|word| matches!(word.text.as_str(), "las" | "at" | "pm" | "am"))
    {
        let place = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        // "4" of three options is four o'clock, if one of them is.
        return place.filter(|place| *place <= last).or_else(|| {
            only(offered.iter().map(|offer| {
                offer.at.is_some_and(|at| at.minute() == 0 && u32::try_from(at.hour() % 12).ok() == Some(number % 12))
            }))
        });
    }
    let fits = |offer: &Offered| fits(offer, entities);
    // "la 1" is one o'clock only where something is offered at one.
    if short
        && entities.time.days.is_none()
        && !offered.iter().any(fits)
        && let Some(place) = words.iter().find_map(|word| number(&word.text))
    {
        let place = usize::try_from(place).ok().and_then(|place| place.checked_sub(1)).filter(|place| *place <= last);
        if place.is_some() && !words.iter().any(|word| matches!(word.text.as_str(), "las" | "at")) {
            return place;
        }
    }
    let named = entities.time.hour.is_some() || entities.time.date().is_some() || !entities.resources.is_empty();
    if named { only(offered.iter().map(fits)) } else { None }
}

/// "la segunda pero con Diego" is that time with somebody else, and no choice.
pub(crate) fn but_with_another(context: &Context, into: &mut Entities) {
    let Some(offer) = into.choice.and_then(|place| context.offered.get(place)) else { return };
    let theirs = |offered: &String| into.resources.iter().any(|found| found.key == *offered);
    if into.resources.is_empty() || offer.resource.as_ref().is_some_and(theirs) {
        return;
    }
    into.choice = None;
    if let Some(at) = offer.at {
        into.time.days = Some(Days::On(at.date()));
        into.time.hour = Some(Hour::At(at.time()));
    }
}

/// The one that is true, if it is one.
fn only(flags: impl Iterator<Item = bool>) -> Option<usize> {
    let mut places = flags.enumerate().filter(|(_, fits)| *fits).map(|(place, _)| place);
    match (places.next(), places.next()) {
        (Some(place), None) => Some(place),
        _ => None,
    }
}

/// Whether an offer is at the time and with the person that were said.
pub(crate) fn fits(offer: &Offered, entities: &Entities) -> bool {
    let hour = match (entities.time.hour, offer.at) {
        (Some(Hour::At(time)), Some(at)) => {
            at.time() == time || (at.minute() == time.minute() && at.hour() % 12 == time.hour() % 12)
        }
        (Some(Hour::Part(part)), Some(at)) => {
            let (from, to) = part.minutes();
            let minute = u16::from(at.hour().unsigned_abs()) * 60 + u16::from(at.minute().unsigned_abs());
            (from..to).contains(&minute)
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
}

/// "la de en medio", "la más temprano", "esa", "cualquiera": an offer by its place among the others.
fn pointed(words: &[Word], context: &Context, entities: &Entities) -> Option<usize> {
    let offered = &context.offered;
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| cues::find(words, phrase).is_some());
    let by_time = |latest: bool| {
        let timed = offered.iter().enumerate().filter_map(|(place, offer)| offer.at.map(|at| (at, place)));
        if latest { timed.max() } else { timed.min() }.map(|(_, place)| place)
    };
    if words.len() > 8 || entities.time.days.is_some() || !entities.resources.is_empty() {
        return None;
    }
    let short = words.len() <= 6;
    if short && says(&["en medio", "del medio", "the middle"]) && offered.len() == 3 {
        return Some(1);
    }
    if says(&[
        "=la mas temprano",
        "=el mas temprano",
        "la mas pronto",
        "libre mas temprano",
        "este mas temprano",
        "earliest one",
        "=the earliest",
    ]) {
        return by_time(false);
    }
    if says(&["=la mas tarde", "=el mas tarde", "latest one", "=the latest"]) {
        return by_time(true);
    }
    let pointing =
        short && says(&["=esa", "=ese", "=esta =bien", "that one", "this one", "=that =works", "la que dices"]);
    if pointing && offered.len() == 1 {
        return Some(0);
    }
    let any = short
        && says(&["=cualquiera", "any of them", "any of those", "either", "la que sea", "el que sea", "whichever"]);
    (any && context.expecting == Some(Expecting::Choice)).then_some(0)
}
