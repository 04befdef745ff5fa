//! Day and hour together, and what only makes sense with the clock: "in two hours", "every week".

use domain::Language;
use jiff::{SignedDuration, Zoned};

use crate::{
    days, hours,
    meaning::{Days, Hour, TimeWish},
    numbers::number,
    words::Word,
};

/// Reads everything about time off `words`, marking what it used.
pub(crate) fn read(words: &mut [Word], now: &Zoned, language: Language, bare_hour: bool) -> TimeWish {
    let mut wish = TimeWish { repeats: repeats(words), ..TimeWish::default() };
    if let Some((days, hour)) = in_hours(words, now) {
        (wish.days, wish.hour) = (Some(days), Some(hour));
        return wish;
    }
    wish.shift = shift(words);
    match days::read(words, now.date(), language == Language::English) {
        Ok(days) => wish.days = days,
        Err(said) => wish.impossible = Some(said),
    }
    wish.hour = if wish.shift.is_some() { None } else { hours::read(words, bare_hour) };
    // "a las 5" said after five, for today: nobody means the past, and which day is meant is for us to ask.
    wish
}

/// An hour in the words that nothing has made sense of yet.
pub(crate) fn another_hour(words: &mut [Word]) -> Option<Hour> {
    hours::read(words, false)
}

/// "en dos horas", "in 20 minutes", "en media hora", "in an hour".
fn in_hours(words: &mut [Word], now: &Zoned) -> Option<(Days, Hour)> {
    for place in 0..words.len() {
        let text = |step: usize| words.get(place + step).map_or("", |word| word.text.as_str());
        let lead = match (text(0), text(1)) {
            ("dentro", "de") => 2,
            ("en" | "in", _) => 1,
            _ => continue,
        };
        let Some((minutes, length)) = amount(&|step| text(lead + step)) else { continue };
        let then = now.checked_add(SignedDuration::from_mins(i64::from(minutes))).ok()?;
        for word in words.iter_mut().skip(place).take(lead + length) {
            word.used = true;
        }
        let time = jiff::civil::Time::new(then.hour(), then.minute(), 0, 0).ok()?;
        return Some((Days::On(then.date()), Hour::At(time)));
    }
    None
}

/// "media hora después", "30 min later", "una hora antes": by how much, and not when.
fn shift(words: &mut [Word]) -> Option<i32> {
    for place in 0..words.len() {
        let text = |step: usize| words.get(place + step).map_or("", |word| word.text.as_str());
        let Some((minutes, length)) = amount(&text) else { continue };
        let (sign, used) = match (text(length), text(length + 1)) {
            ("despues" | "later", _) => (1, 1),
            ("mas", "tarde" | "tardecito") => (1, 2),
            ("antes" | "earlier" | "sooner", _) => (-1, 1),
            ("mas", "temprano" | "pronto") => (-1, 2),
            _ => continue,
        };
        // "una hora después de las 5" is a time of its own.
        if matches!(text(length + used), "de" | "del" | "than") {
            continue;
        }
        for word in words.iter_mut().skip(place).take(length + used) {
            word.used = true;
        }
        return i32::try_from(minutes).ok().map(|minutes| sign * minutes);
    }
    None
}

/// An amount of time and how many words it takes.
fn amount<'a>(text: &impl Fn(usize) -> &'a str) -> Option<(u32, usize)> {
    match (text(0), text(1), text(2)) {
        ("media", "hora", _) => Some((30, 2)),
        ("half", "an", "hour") => Some((30, 3)),
        ("an" | "a", "hour", _) => Some((60, 2)),
        (many, "hora" | "horas" | "hrs" | "hour" | "hours", _) => number(many)?.checked_mul(60).map(|all| (all, 2)),
        (many, "minutos" | "min" | "mins" | "minutes", _) => Some((number(many)?, 2)),
        _ => None,
    }
}

fn repeats(words: &mut [Word]) -> Option<&'static str> {
    for place in 0..words.len() {
        let text = |step: usize| words.get(place + step).map_or("", |word| word.text.as_str());
        let rule = match (text(0), text(1)) {
            ("cada" | "every", day) if days::weekday(day).is_some() => Some("weekly"),
            ("cada" | "every", "semana" | "week") => Some("weekly"),
            // "todos los martes", "todas las semanas"; "todas las citas" repeats nothing.
            ("todos" | "todas", "los" | "las") if days::weekday(text(2)).is_some() || text(2) == "semanas" => {
                Some("weekly")
            }
            ("todos", "los") if text(2) == "dias" => Some("daily"),
            ("cada" | "every", "dia" | "day") | ("diario" | "daily", _) => Some("daily"),
            ("cada" | "every", "mes" | "month") => Some("monthly"),
            _ => None,
        };
        if rule.is_some() {
            if let Some(word) = words.get_mut(place) {
                word.used = true;
            }
            return rule;
        }
    }
    None
}
