//! Which day: names, dates, "in three days", "next week", in any of our languages at once.

mod months;

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};

use crate::{
    meaning::Days,
    numbers::number,
    words::{Word, alike},
};

/// Days as they were said, before several are put together.
enum Said {
    /// A weekday and nothing that fixes its week.
    Weekday(Date),
    Days(Days),
    /// Any day at all.
    Any,
}

/// Reads days off `words`, marking what it used. `Err` is a date that does not exist, as said.
pub(crate) fn read(words: &mut [Word], today: Date, month_first: bool) -> Result<Option<Days>, String> {
    let mut found: Vec<Said> = Vec::new();
    let mut excluded: Vec<Date> = Vec::new();
    let mut place = 0;
    while place < words.len() {
        let Some((said, length)) = at(words, place, today, month_first)? else {
            place += 1;
            continue;
        };
        match said {
            Said::Weekday(date) | Said::Days(Days::On(date)) if denied(words, place, length) => excluded.push(date),
            said @ (Said::Weekday(_) | Said::Days(_) | Said::Any) => found.push(said),
        }
        mark(words, place, length);
        place += length;
    }
    // "este sábado no, el que sigue".
    let next_one = ["el que sigue", "el siguiente", "the one after", "the following one", "the next one"];
    if let [date] = excluded.as_slice()
        && found.is_empty()
        && next_one.iter().any(|phrase| crate::cues::find(words, phrase).is_some())
    {
        return Ok(plus(*date, 7).map(Days::On));
    }
    Ok(together(found, &excluded, today))
}

fn mark(words: &mut [Word], place: usize, length: usize) {
    for word in words.iter_mut().skip(place).take(length) {
        word.used = true;
    }
}

/// "menos el lunes", "except monday", "el lunes no".
fn denied(words: &[Word], place: usize, length: usize) -> bool {
    let text = |place: Option<usize>| place.and_then(|place| words.get(place)).map_or("", |word| word.text.as_str());
    let article = matches!(text(place.checked_sub(1)), "el" | "los" | "on" | "este");
    let before = text(place.checked_sub(1 + usize::from(article)));
    let after = text(Some(place + length));
    let ends = matches!(text(Some(place + length + 1)), "" | ",");
    let far = text(place.checked_sub(2 + usize::from(article)));
    matches!((far, before), ("not", "do"))
        || matches!(before, "menos" | "excepto" | "salvo" | "except" | "not" | "but")
        || (after == "no" && ends)
}

/// Several days are a choice among them; a weekday and a week are that day of that week.
fn together(found: Vec<Said>, excluded: &[Date], today: Date) -> Option<Days> {
    let mut dates: Vec<Date> = Vec::new();
    let mut weekday_only = Vec::new();
    let mut other = None;
    let mut any = false;
    for said in found {
        match said {
            Said::Weekday(date) => {
                weekday_only.push(date);
                dates.push(date);
            }
            Said::Days(Days::On(date)) => dates.push(date),
            Said::Days(days) => other = Some(days),
            Said::Any => any = true,
        }
    }
    if !excluded.is_empty() && dates.is_empty() {
        let week = (0..8).filter_map(|days| plus(today, days));
        let meant = |date: &Date| !excluded.iter().any(|other| other.weekday() == date.weekday());
        return Some(Days::OneOf(week.filter(meant).take(6).collect()));
    }
    if let (Some(Days::Between(from, to)), [date]) = (&other, weekday_only.as_slice())
        && let Some(moved) =
            (0..31).filter_map(|days| plus(*from, days)).find(|day| day.weekday() == date.weekday() && day <= to)
    {
        return Some(Days::On(moved));
    }
    // "el viernes 13 de marzo" is one day said twice, and the date tells which Friday.
    let dated: Vec<Date> = dates.iter().filter(|date| !weekday_only.contains(date)).copied().collect();
    dates.retain(|date| dated.contains(date) || !dated.iter().any(|other| other.weekday() == date.weekday()));
    dates.dedup();
    match dates.as_slice() {
        [] if any && other.is_none() => Some(Days::Soonest),
        [] => other,
        [only] => Some(Days::On(*only)),
        many => Some(Days::OneOf(many.to_vec())),
    }
}

type Found = Option<(Days, usize)>;

fn at(words: &[Word], place: usize, today: Date, month_first: bool) -> Result<Option<(Said, usize)>, String> {
    let get = |step: usize| words.get(place + step).map_or("", |word| word.text.as_str());
    let before =
        |step: usize| place.checked_sub(step).and_then(|place| words.get(place)).map_or("", |word| word.text.as_str());
    let days = |(days, length): (Days, usize)| (Said::Days(days), length);
    if let Some(length) = any_day(&get) {
        return Ok(Some((Said::Any, length)));
    }
    if let Some(found) = relative(&get, &before, today).or_else(|| months::part_of_month(&get, today)) {
        return Ok(Some(days(found)));
    }
    if let Some((date, length, fixed)) = weekday_phrase(&get, &before, today) {
        let said = if fixed { Said::Days(Days::On(date)) } else { Said::Weekday(date) };
        return Ok(Some((said, length)));
    }
    if let Some(found) = months::calendar_date(&get, &before, today)? {
        return Ok(Some(days(found)));
    }
    Ok(months::slashed(&get, today, month_first)?.map(days))
}

/// "cualquier día", "cuando sea", "el que tengas": whenever there is a place.
fn any_day<'a>(get: &impl Fn(usize) -> &'a str) -> Option<usize> {
    match (get(0), get(1), get(2)) {
        ("cualquier", "dia", _) | ("any", "day", _) | ("cuando", "sea" | "tengas" | "tengan" | "haya", _) => Some(2),
        ("el", "que", "tengas" | "tengan" | "sea" | "haya") | ("el", "dia", "que") => Some(3),
        ("whenever", ..) => Some(1),
        _ => None,
    }
}

pub(super) fn plus(today: Date, days: i64) -> Option<Date> {
    today.checked_add(days.days()).ok()
}

fn relative<'a>(get: &impl Fn(usize) -> &'a str, before: &impl Fn(usize) -> &'a str, today: Date) -> Found {
    let on = |days: i64, length: usize| plus(today, days).map(|date| (Days::On(date), length));
    match (get(0), get(1), get(2)) {
        ("pasado", "manana", _) => on(2, 2),
        ("day", "after", "tomorrow") => on(2, 3),
        ("hoy", "en", "ocho") => on(7, 3),
        ("manana", "en", "ocho") => on(8, 3),
        ("hoy", "en", "quince") => on(14, 3),
        ("hoy" | "today" | "hoje" | "tonight", ..) => on(0, 1),
        ("pasado", ..) if matches!(before(1), "o" | "y") => on(2, 1),
        ("anteayer" | "antier", ..) => on(-2, 1),
        ("ayer" | "yesterday", ..) => on(-1, 1),
        // "en la mañana" is a part of the day, "mañana" a day; "tomorrow morning" is both.
        ("manana", ..) if !matches!(before(1), "la" | "las") => on(1, 1),
        (word, ..) if alike(word, "tomorrow") => on(1, 1),
        ("lo", "antes", "posible") | ("lo" | "el", "mas", "pronto" | "proximo" | "cercano") => Some((Days::Soonest, 3)),
        (
            "first" | "next" | "primer" | "proximo",
            "available" | "slot" | "opening" | "espacio" | "lugar" | "hueco",
            _,
        ) => Some((Days::Soonest, 2)),
        ("cuanto", "antes", _)
        | ("as", "soon", "as")
        | ("right", "away", _)
        | ("ahora", "mismo", _)
        | ("ahorita", ..) => Some((Days::Soonest, 1)),
        ("me", "urge", _) => Some((Days::Soonest, 2)),
        ("asap" | "soonest" | "urgente" | "urgent" | "urgently", ..) => Some((Days::Soonest, 1)),
        ("esta" | "this", "semana" | "week", _) => week(today, 0).map(|days| (days, 2)),
        ("proxima" | "next" | "otra", "semana" | "week", _)
        | ("semana", "que", "viene" | "entra" | "sigue")
        | ("semana", "proxima" | "entrante" | "siguiente", _) => {
            week(today, 1).map(|days| (days, if get(0) == "semana" && get(1) == "que" { 3 } else { 2 }))
        }
        ("fin", "de", "semana") => weekend(today).map(|days| (days, 3)),
        ("finde" | "weekend", ..) => weekend(today).map(|days| (days, 1)),
        // "el fin" is the weekend, "a fin de mes" is not.
        ("el" | "este", "fin", "" | "en" | ",") => weekend(today).map(|days| (days, 2)),
        ("entre", "semana", _) => Some((workdays(today), 2)),
        ("weekday" | "weekdays", ..) => Some((workdays(today), 1)),
        ("during", "the", "week") => Some((workdays(today), 3)),
        (amount, "week" | "weeks", "from") => {
            let start = match get(3) {
                "today" => today,
                "tomorrow" => plus(today, 1)?,
                name => weekday_phrase(&|step| if step == 0 { name } else { "" }, &|_| "", today)?.0,
            };
            ahead(amount, get(1), start).map(|days| (days, 4))
        }
        ("en" | "in" | "within", amount, unit) => ahead(amount, unit, today).map(|days| (days, 3)),
        ("dentro", "de", amount) => ahead(amount, get(3), today).map(|days| (days, 4)),
        _ => None,
    }
}

fn ahead(amount: &str, unit: &str, today: Date) -> Option<Days> {
    let amount = if amount == "a" { 1 } else { i64::from(number(amount)?) };
    let days = match unit {
        "dia" | "dias" | "day" | "days" => amount,
        "semana" | "semanas" | "week" | "weeks" => amount.checked_mul(7)?,
        _ => return None,
    };
    // "In fifteen days" is how two weeks are said.
    let days = if amount == 15 && unit.starts_with("dia") { 14 } else { days };
    plus(today, days).map(Days::On)
}

fn week(today: Date, ahead: i64) -> Option<Days> {
    let monday = plus(today, ahead * 7 - i64::from(today.weekday().to_monday_zero_offset()))?;
    let sunday = plus(monday, 6)?;
    Some(Days::Between(monday.max(today), sunday))
}

/// The next five days that are no weekend.
fn workdays(today: Date) -> Days {
    let days = (0..8).filter_map(|days| plus(today, days));
    let weekend = |date: &Date| matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
    Days::OneOf(days.filter(|date| !weekend(date)).take(5).collect())
}

fn weekend(today: Date) -> Option<Days> {
    let sunday = plus(today, i64::from(6 - today.weekday().to_monday_zero_offset()))?;
    Some(Days::Between(plus(sunday, -1)?.max(today), sunday))
}

/// "jueves", "el próximo jueves", "jueves de la otra semana", "next friday", "friday next week", "el martes pasado".
/// With whether the words fix the week, so that nothing else said can move it.
fn weekday_phrase<'a>(
    get: &impl Fn(usize) -> &'a str,
    before: &impl Fn(usize) -> &'a str,
    today: Date,
) -> Option<(Date, usize, bool)> {
    let (prefix, start) = match get(0) {
        "next" => (Some("next"), 1),
        "this" | "este" | "esta" => (Some("this"), 1),
        "proximo" | "proxima" | "coming" => (Some("coming"), 1),
        "otro" | "siguiente" if before(1) == "el" => (Some("next"), 1),
        "last" | "pasado" => (Some("last"), 1),
        _ => (None, 0),
    };
    let day = weekday(get(start))?;
    let mut length = start + 1;
    if let Some(date) = numbered(get, length, day, today) {
        return Some((date, length + 1, true));
    }
    let away = i64::from(day.to_monday_zero_offset() - today.weekday().to_monday_zero_offset()).rem_euclid(7);
    let next_week = 7 - i64::from(today.weekday().to_monday_zero_offset()) + i64::from(day.to_monday_zero_offset());
    let coming = if away == 0 { 7 } else { away };
    let tail = [get(length), get(length + 1), get(length + 2), get(length + 3)];
    let (days, used, fixed) = match tail {
        ["que", "viene" | "entra", ..] => (coming, 2, true),
        ["que", "sigue", ..] => (coming, 2, true),
        ["en", "ocho", ..] => (coming + 7, 2, true),
        ["pasado", ..] => (away - 7, 1, true),
        ["de", "la", "otra" | "proxima" | "siguiente", "semana"] => (next_week, 4, true),
        ["de", "la", "semana", "que"] => (next_week, 5, true),
        ["de", "la" | "esta", "semana", _] | ["of", "this", "week", _] => (away, 3, true),
        ["next", "week", ..] => (next_week, 2, true),
        ["after", "next", ..] => (next_week + 7, 2, true),
        _ if prefix == Some("next") => (next_week, 0, true),
        _ if prefix == Some("this") => (away, 0, true),
        _ if prefix == Some("last") => (away - 7, 0, true),
        _ => (coming, 0, false),
    };
    length += used;
    plus(today, days).map(|date| (date, length, fixed))
}

/// "lunes 16": the number is the day of the month where that day is a Monday, and an hour otherwise.
fn numbered<'a>(get: &impl Fn(usize) -> &'a str, place: usize, day: Weekday, today: Date) -> Option<Date> {
    let number = number(get(place)).filter(|_| get(place).chars().all(|letter| letter.is_ascii_digit()))?;
    let hour = ["pm", "am", "p", "a", "de", "of", "y", "hrs", "hr", "en", "por", "in"].contains(&get(place + 1));
    let near = (0..60).filter_map(|days| plus(today, days));
    let mut same = near.filter(|date| u32::try_from(date.day()).is_ok_and(|day| day == number));
    same.find(|date| date.weekday() == day).filter(|_| !hour)
}

pub(crate) fn weekday(word: &str) -> Option<Weekday> {
    const NAMES: [(&str, Weekday); 14] = [
        ("lunes", Weekday::Monday),
        ("martes", Weekday::Tuesday),
        ("miercoles", Weekday::Wednesday),
        ("jueves", Weekday::Thursday),
        ("viernes", Weekday::Friday),
        ("sabado", Weekday::Saturday),
        ("domingo", Weekday::Sunday),
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
        ("saturday", Weekday::Saturday),
        ("sunday", Weekday::Sunday),
    ];
    let short = match word {
        "lun" | "mon" => Some(Weekday::Monday),
        "tue" | "tues" => Some(Weekday::Tuesday),
        "mie" | "mier" | "wed" | "weds" => Some(Weekday::Wednesday),
        "jue" | "juev" | "thu" | "thur" | "thurs" | "juebes" => Some(Weekday::Thursday),
        "vie" | "vier" | "fri" | "biernes" | "viernez" => Some(Weekday::Friday),
        "sab" | "sabados" => Some(Weekday::Saturday),
        "dom" | "domingos" => Some(Weekday::Sunday),
        _ => None,
    };
    short.or_else(|| NAMES.iter().find(|(name, _)| alike(word, name)).map(|(_, day)| *day))
}
