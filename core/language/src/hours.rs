//! Which hour: clock times, ranges, parts of the day, in any of our languages at once.

use jiff::civil::Time;

use crate::{
    meaning::{DayPart, Hour},
    numbers::number,
    words::Word,
};

/// Reads an hour off `words`, marking what it used. `bare` lets a lone number be an hour: we asked for one.
pub(crate) fn read(words: &mut [Word], bare: bool) -> Option<Hour> {
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
            mark(words, place, length);
            return Some(Hour::At(time));
        }
    }
    if bare
        && let Some((time, place, length)) = (0..words.len())
            .find_map(|place| clock(words, place, part, true).map(|(time, length)| (time, place, length)))
    {
        mark(words, place, length);
        return Some(Hour::At(time));
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
            "temprano" | "morning" | "mornings" | "early" if before != "mas" => Some(DayPart::Morning),
            "mediodia" | "midday" => Some(DayPart::Noon),
            "tarde" | "tardecita" | "afternoon" if before != "mas" && before != "buena" => Some(DayPart::Afternoon),
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
    let (after, length) = match (text(words, place), text(words, place + 1), text(words, place + 2)) {
        ("despues" | "luego", "de" | "del", _) | ("pasadas", "de", _) => (true, 2),
        ("a", "partir", "de") => (true, 3),
        ("desde" | "after" | "from" | "pasadas" | "past" | "saliendo", _, _) => (true, 1),
        ("antes", "de" | "del", _) => (false, 2),
        ("before" | "by" | "until" | "till" | "hasta", _, _) => (false, 1),
        _ => return None,
    };
    let start = skip_article(words, place + length);
    let (time, used) = clock(words, start, part, true)?;
    let hour = if after { Hour::From(time) } else { Hour::Until(time) };
    Some((hour, start + used - place))
}

/// "a las 5", "at 5", "tipo 5", or a time that shows by itself: "5pm", "17:30", "mediodía".
fn introduced(words: &[Word], place: usize, part: Option<DayPart>) -> Option<(Time, usize)> {
    let lead = match (text(words, place), text(words, place + 1), text(words, place + 2)) {
        ("a" | "para" | "de" | "como" | "tipo" | "hacia" | "sobre" | "el", "las" | "la", _) => 2,
        ("como" | "tipo", "a", "las" | "la") => 3,
        ("las" | "la", ..) => 1,
        ("at" | "around" | "about" | "tipo" | "como", ..) => 1,
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
        _ => {}
    }
    if let Some(found) = quarter_to(words, place, part) {
        return Some(found);
    }
    let word = words.get(place).filter(|word| !word.used)?;
    let (hour, mut minute, colon) = match word.text.split_once([':', '.']) {
        Some((hour, minute)) if minute.len() == 2 => (hour.parse::<u32>().ok()?, minute.parse::<u32>().ok()?, true),
        Some(_) => return None,
        None => (number(&word.text)?, 0, false),
    };
    let mut length = 1;
    let (spoken, extra) = minutes_after(words, place + 1);
    if !colon && extra > 0 {
        minute = spoken;
        length += extra;
    }
    let (half, used) = meridiem(words, place + length);
    let said = colon || half.is_some() || extra > 0 && sure;
    if hour > 24 || minute > 59 || !(sure || said) {
        return None;
    }
    let hours = matches!(text(words, place + length), "hrs" | "horas") && hour >= 7;
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
        Some(DayPart::Noon) => {
            if hour == 12 {
                12
            } else {
                hour % 12 + 12
            }
        }
        Some(DayPart::Afternoon | DayPart::Evening) => hour % 12 + 12,
        None if (1..=7).contains(&hour) => hour + 12,
        None => hour,
    }
}
