//! Which hour: clock times, ranges, parts of the day, in any of our languages at once.

use jiff::civil::Time;

use crate::{
    meaning::{DayPart, Hour},
    numbers::number,
    words::Word,
};

/// Hours that are said by what happens then: "saliendo del trabajo". Hours are customary, not anybody's in particular.
fn customary(words: &[Word]) -> Option<Hour> {
    const SAID: [(&str, i8); 13] = [
        ("saliendo del trabajo", 18),
        ("saliendo de trabajar", 18),
        ("despues del trabajo", 18),
        ("despues de trabajar", 18),
        ("despues de la oficina", 18),
        ("after work", 18),
        ("saliendo de la escuela", 14),
        ("despues de la escuela", 14),
        ("after school", 15),
        ("despues de comer", 15),
        ("despues de la comida", 15),
        ("after lunch", 14),
        ("a la hora de la comida", 14),
    ];
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| crate::cues::find(words, phrase).is_some());
    if has(&[
        "a primera hora",
        "lo mas temprano",
        "first thing",
        "as early as possible",
        "earliest you",
        "=the =earliest",
    ]) {
        return Some(Hour::First);
    }
    if has(&[
        "a ultima hora",
        "lo mas tarde",
        "as late as possible",
        "last slot",
        "end of the day",
        "latest you",
        "=the =latest",
    ]) {
        return Some(Hour::Last);
    }
    if has(&["lunch time", "lunchtime", "lunch hour"]) {
        return Some(Hour::Part(DayPart::Noon));
    }
    let said = SAID.iter().find(|(phrase, _)| has(&[phrase]))?;
    Time::new(said.1, 0, 0, 0).ok().map(Hour::From)
}

/// Reads an hour off `words`, marking what it used. `bare` lets a lone number be an hour: we asked for one.
pub(crate) fn read(words: &mut [Word], bare: bool) -> Option<Hour> {
    if let Some(hour) = customary(words) {
        return Some(hour);
    }
    let part = day_part(words);
    for place in 0..words.len() {
        if let Some((hour, length)) = range(words, place, part) {
            mark(words, place, length);
            return Some(hour);
        }
    }
    for place in 0..words.len() {
        if let Some((hour, length)) = bounded(words, place, part) {
            mark(words, place, length);
            return Some(hour);
        }
    }
    for place in 0..words.len() {
        if let Some((time, length)) = introduced(words, place, part) {
            let or = either(words, place + length, part).filter(|(second, _)| *second > time);
            mark(words, place, length + or.map_or(0, |(_, used)| used));
            return Some(or.map_or(Hour::At(time), |(second, _)| Hour::Between(time, second)));
        }
    }
    if bare
        && let Some((time, place, length)) = (0..words.len())
            .find_map(|place| clock(words, place, part, true).map(|(time, length)| (time, place, length)))
    {
        let or = either(words, place + length, part).filter(|(second, _)| *second > time);
        mark(words, place, length + or.map_or(0, |(_, used)| used));
        return Some(or.map_or(Hour::At(time), |(second, _)| Hour::Between(time, second)));
    }
    part.map(Hour::Part)
}

fn mark(words: &mut [Word], place: usize, length: usize) {
    for word in words.iter_mut().skip(place).take(length) {
        word.used = true;
    }
}

fn text(words: &[Word], place: usize) -> &str {
    words.get(place).map_or("", |word| word.text.as_str())
}

/// "en la tarde", "por la mañana", "tomorrow morning", "tonight". Marks its words.
fn day_part(words: &mut [Word]) -> Option<DayPart> {
    for place in 0..words.len() {
        let before = place.checked_sub(1).map_or("", |place| text(words, place)).to_owned();
        let part = match text(words, place) {
            "manana" | "mananita" if matches!(before.as_str(), "la" | "las") => Some(DayPart::Morning),
            "temprano" | "tempranito" | "morning" | "mornings" | "early"
                if !matches!(before.as_str(), "mas" | "good") =>
            {
                Some(DayPart::Morning)
            }
            "mediodia" | "midday" | "siang" => Some(DayPart::Noon),
            "tarde" | "tardecita" | "tardes" | "afternoon" | "afternoons"
                if !matches!(before.as_str(), "mas" | "buena" | "buenas" | "llegar" | "llego" | "muy") =>
            {
                Some(DayPart::Afternoon)
            }
            "noche" | "nochecita" | "evening" | "tonight" | "night" if before != "good" && before != "buena" => {
                Some(DayPart::Evening)
            }
            _ => None,
        };
        if part.is_some() {
            if let Some(word) = words.get_mut(place) {
                word.used = true;
            }
            return part;
        }
    }
    None
}

/// "entre 3 y 5", "de 3 a 5", "between 10 and noon", "from 3 to 5", "3-5pm".
fn range(words: &[Word], place: usize, part: Option<DayPart>) -> Option<(Hour, usize)> {
    let joins: &[&str] = match text(words, place) {
        "entre" | "between" => &["y", "and", "a"],
        "de" | "desde" | "from" => &["a", "hasta", "to", "until", "till"],
        _ => return None,
    };
    let start = skip_article(words, place + 1);
    let end = (start..words.len()).find(|place| joins.contains(&text(words, *place)))?;
    // Up to the joining word only: in "entre 3 y 5" the five is no minutes.
    let (from, first) = clock(words.get(..end)?, start, part, true)?;
    let mut next = skip_article(words, place + 1) + first;
    if !joins.contains(&text(words, next)) {
        return None;
    }
    next = skip_article(words, next + 1);
    let (to, second) = clock(words, next, part, true)?;
    // "de 10 a 2": the end is after the beginning.
    let to = if to <= from { Time::new((to.hour() + 12) % 24, to.minute(), 0, 0).ok()? } else { to };
    (from < to).then_some((Hour::Between(from, to), next + second - place))
}

/// "después de las 5", "a partir de las 4", "before noon", "hasta las 6".
fn bounded(words: &[Word], place: usize, part: Option<DayPart>) -> Option<(Hour, usize)> {
    let before_that = |step: usize| place.checked_sub(step).map_or("", |place| text(words, place));
    // "half past 3" is a time, "past 3" a bound.
    if text(words, place) == "past"
        && (number(before_that(1)).is_some() || matches!(before_that(1), "half" | "quarter"))
    {
        return None;
    }
    let denied = matches!(before_that(1), "no" | "not");
    let (after, length) = match (text(words, place), text(words, place + 1), text(words, place + 2)) {
        ("later", "than", _) => (true, 2),
        ("earlier" | "sooner", "than", _) => (false, 2),
        ("despues" | "luego", "de" | "del", _) | ("pasadas", "de", _) => (true, 2),
        ("a", "partir", "de") => (true, 3),
        ("desde" | "after" | "from" | "pasadas" | "past" | "saliendo", _, _) => (true, 1),
        ("antes", "de" | "del", _) => (false, 2),
        ("before" | "by" | "until" | "till" | "hasta", _, _) => (false, 1),
        _ => return None,
    };
    let start = skip_article(words, place + length);
    let (time, used) = clock(words, start, part, true)?;
    // "no antes de las 10" is from ten on.
    let hour = if after != denied { Hour::From(time) } else { Hour::Until(time) };
    Some((hour, start + used - place))
}

/// The second of "4 o 5", "a las 10 o a las 11".
fn either(words: &[Word], place: usize, part: Option<DayPart>) -> Option<(Time, usize)> {
    if !matches!(text(words, place), "o" | "or" | "u") {
        return None;
    }
    let start = skip_article(words, place + 1);
    let (time, used) = clock(words, start, part, true)?;
    Some((time, start + used - place))
}

/// "a las 5", "at 5", "tipo 5", or a time that shows by itself: "5pm", "17:30", "mediodía".
fn introduced(words: &[Word], place: usize, part: Option<DayPart>) -> Option<(Time, usize)> {
    let lead = match (text(words, place), text(words, place + 1), text(words, place + 2)) {
        ("a" | "para" | "de" | "como" | "tipo" | "hacia" | "sobre" | "el", "las" | "la", _) => 2,
        ("como" | "tipo", "a", "las" | "la") => 3,
        ("las" | "la", ..) => 1,
        ("at" | "around" | "about" | "tipo" | "como", ..) => 1,
        // "can we do 6 instead?"
        ("do", _, "" | "instead" | "or" | "please") => 1,
        ("@", ..) => 1,
        _ => 0,
    };
    let (time, used) = clock(words, place + lead, part, lead > 0)?;
    Some((time, lead + used))
}

fn skip_article(words: &[Word], place: usize) -> usize {
    match (text(words, place), text(words, place + 1)) {
        ("a" | "de", "las" | "la") => place + 2,
        ("las" | "la" | "el", _) => place + 1,
        _ => place,
    }
}

/// A clock time at `place`. Without `sure`, only what cannot be another number counts.
fn clock(words: &[Word], place: usize, part: Option<DayPart>, sure: bool) -> Option<(Time, usize)> {
    match (text(words, place), text(words, place + 1)) {
        ("mediodia" | "noon" | "midday", _) => return Time::new(12, 0, 0, 0).ok().map(|time| (time, 1)),
        ("medio", "dia") => return Time::new(12, 0, 0, 0).ok().map(|time| (time, 2)),
        ("medianoche" | "midnight", _) => return Some((Time::midnight(), 1)),
        _ => {}
    }
    if let Some(found) = quarter_to(words, place, part).or_else(|| past(words, place, part)) {
        return Some(found);
    }
    let word = words.get(place).filter(|word| !word.used)?;
    let (hour, mut minute, colon) = match word.text.split_once([':', '.']) {
        Some((hour, minute)) if minute.len() == 2 => (hour.parse::<u32>().ok()?, minute.parse::<u32>().ok()?, true),
        Some(_) => return None,
        None => match run_together(&word.text).filter(|_| sure) {
            Some((hour, minute)) => (hour, minute, true),
            None => (number(&word.text)?, 0, false),
        },
    };
    let mut length = 1;
    let (spoken, extra) = minutes_after(words, place + 1);
    if !colon && extra > 0 {
        minute = spoken;
        length += extra;
    }
    let (half, used) = meridiem(words, place + length);
    let hours = matches!(text(words, place + length), "hrs" | "horas") && hour >= 7;
    let ish = text(words, place + length) == "ish";
    let said = colon || half.is_some() || hours || ish || extra > 0 && sure;
    if hour > 24 || minute > 59 || !(sure || said) {
        return None;
    }
    let hour = if hours || hour > 12 || (colon && word.text.starts_with('0')) {
        hour % 24
    } else {
        settle(hour, half.or(part))
    };
    Some((
        Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0).ok()?,
        length + used + usize::from(hours),
    ))
}

/// "430", "1730": an hour and its minutes without a colon.
fn run_together(word: &str) -> Option<(u32, u32)> {
    let value: u32 = word.parse().ok().filter(|_| matches!(word.len(), 3 | 4))?;
    let (hour, minute) = (value / 100, value % 100);
    (hour <= 23 && minute <= 59 && minute % 5 == 0 && hour > 0).then_some((hour, minute))
}

/// "half past 3", "quarter past four", "ten past 5".
fn past(words: &[Word], place: usize, part: Option<DayPart>) -> Option<(Time, usize)> {
    let minute = match text(words, place) {
        "half" => 30,
        "quarter" => 15,
        other => number(other).filter(|minutes| *minutes < 30)?,
    };
    let hour = (text(words, place + 1) == "past").then(|| number(text(words, place + 2))).flatten()?;
    let (half, used) = meridiem(words, place + 3);
    let hour = settle(Some(hour).filter(|hour| (1..=12).contains(hour))?, half.or(part));
    Some((Time::new(i8::try_from(hour).ok()?, minute.try_into().ok()?, 0, 0).ok()?, 3 + used))
}

/// "cuarto para las 6", "quarter to six", "10 para las 5".
fn quarter_to(words: &[Word], place: usize, part: Option<DayPart>) -> Option<(Time, usize)> {
    let before = match text(words, place) {
        "cuarto" | "quarter" => 15,
        other => number(other).filter(|minutes| *minutes < 30)?,
    };
    let start = match (text(words, place + 1), text(words, place + 2)) {
        ("para", "las" | "la") => place + 3,
        ("to", _) if before == 15 || number(text(words, place + 2)).is_some() => place + 2,
        _ => return None,
    };
    let hour = number(text(words, start)).filter(|hour| (1..=12).contains(hour))?;
    let (half, used) = meridiem(words, start + 1);
    let hour = settle(hour, half.or(part)).checked_sub(1)?;
    let time = Time::new(i8::try_from(hour).ok()?, i8::try_from(60 - before).ok()?, 0, 0).ok()?;
    Some((time, start + 1 + used - place))
}

/// "y media", "y cuarto", "y veinte", "thirty", "30" after an hour.
fn minutes_after(words: &[Word], place: usize) -> (u32, usize) {
    match (text(words, place), text(words, place + 1)) {
        ("y", "media") => (30, 2),
        ("y", "cuarto") => (15, 2),
        ("y", word) => match number(word) {
            Some(minutes) if minutes > 3 && minutes < 60 => (minutes, 2),
            _ => (0, 0),
        },
        ("thirty" | "30", _) => (30, 1),
        ("fifteen" | "15", _) => (15, 1),
        ("45", _) => (45, 1),
        _ => (0, 0),
    }
}

/// "pm", "p m", "de la tarde", "in the morning".
fn meridiem(words: &[Word], place: usize) -> (Option<DayPart>, usize) {
    match (text(words, place), text(words, place + 1), text(words, place + 2)) {
        ("am", ..) | ("a", "m", _) => (Some(DayPart::Morning), if text(words, place) == "a" { 2 } else { 1 }),
        ("a", ..) if words.get(place).is_some_and(|word| word.raw == "a") && text(words, place + 1).is_empty() => {
            (None, 0)
        }
        ("del", "dia", _) | ("de", "mediodia", _) => (Some(DayPart::Noon), 2),
        ("pm", ..) | ("p", "m", _) => (Some(DayPart::Afternoon), if text(words, place) == "p" { 2 } else { 1 }),
        ("p", ..) => (Some(DayPart::Afternoon), 1),
        ("de" | "en" | "por" | "in", "la" | "the", part) => match part {
            "manana" | "mananita" | "morning" => (Some(DayPart::Morning), 3),
            "tarde" | "tardecita" | "afternoon" => (Some(DayPart::Afternoon), 3),
            "noche" | "evening" => (Some(DayPart::Evening), 3),
            _ => (None, 0),
        },
        ("ish", ..) => (None, 1),
        _ => (None, 0),
    }
}

/// Which half of the day an hour of the twelve-hour clock is in. Without a word for it: when businesses are open.
fn settle(hour: u32, part: Option<DayPart>) -> u32 {
    match part {
        Some(DayPart::Morning) => hour % 12,
        // "11 del día" is before noon, "1 del día" after.
        Some(DayPart::Noon) if (10..=12).contains(&hour) => hour,
        Some(DayPart::Noon) => hour % 12 + 12,
        // "12 de la noche".
        Some(DayPart::Evening) if hour == 12 => 0,
        Some(DayPart::Afternoon | DayPart::Evening) => hour % 12 + 12,
        None if (1..=7).contains(&hour) => hour + 12,
        None => hour,
    }
}
