//! Which day: names, dates, "in three days", "next week", in any of our languages at once.

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};

use crate::{
    meaning::Days,
    numbers::number,
    words::{Word, alike},
};

/// Reads days off `words`, marking what it used. `Err` is a date that does not exist, as said.
pub(crate) fn read(words: &mut [Word], today: Date, month_first: bool) -> Result<Option<Days>, String> {
    let mut found: Vec<Days> = Vec::new();
    let mut place = 0;
    while place < words.len() {
        match at(words, place, today, month_first)? {
            Some((days, length)) => {
                mark(words, place, length);
                found.push(days);
                place += length;
            }
            None => place += 1,
        }
    }
    Ok(together(found))
}

fn mark(words: &mut [Word], place: usize, length: usize) {
    for word in words.iter_mut().skip(place).take(length) {
        word.used = true;
    }
}

/// Several days are a choice among them.
fn together(found: Vec<Days>) -> Option<Days> {
    let dates: Vec<Date> =
        found.iter().filter_map(|days| if let Days::On(date) = days { Some(*date) } else { None }).collect();
    match dates.as_slice() {
        [] | [_] => found.into_iter().next_back(),
        many => Some(Days::OneOf(many.to_vec())),
    }
}

type Found = Option<(Days, usize)>;

fn at(words: &[Word], place: usize, today: Date, month_first: bool) -> Result<Found, String> {
    let get = |step: usize| words.get(place + step).map_or("", |word| word.text.as_str());
    let before =
        |step: usize| place.checked_sub(step).and_then(|place| words.get(place)).map_or("", |word| word.text.as_str());
    if let Some(found) = relative(&get, &before, today) {
        return Ok(Some(found));
    }
    if let Some(found) = weekday_phrase(&get, today) {
        return Ok(Some(found));
    }
    if let Some(found) = calendar_date(&get, &before, today)? {
        return Ok(Some(found));
    }
    slashed(&get, today, month_first)
}

fn plus(today: Date, days: i64) -> Option<Date> {
    today.checked_add(days.days()).ok()
}

fn relative<'a>(get: &impl Fn(usize) -> &'a str, before: &impl Fn(usize) -> &'a str, today: Date) -> Found {
    let on = |days: i64, length: usize| plus(today, days).map(|date| (Days::On(date), length));
    match (get(0), get(1), get(2)) {
        ("pasado", "manana", _) => on(2, 2),
        ("day", "after", "tomorrow") => on(2, 3),
        ("hoy" | "today" | "hoje" | "tonight", ..) => on(0, 1),
        // "en la mañana" is a part of the day, "mañana" a day; "tomorrow morning" is both.
        ("manana", ..) if !matches!(before(1), "la" | "las") => on(1, 1),
        (word, ..) if alike(word, "tomorrow") => on(1, 1),
        ("lo", "antes", "posible") | ("lo", "mas", "pronto") => Some((Days::Soonest, 3)),
        ("cuanto", "antes", _)
        | ("as", "soon", "as")
        | ("right", "away", _)
        | ("ahora", "mismo", _)
        | ("ahorita", ..) => Some((Days::Soonest, 1)),
        ("asap" | "soonest" | "earliest", ..) => Some((Days::Soonest, 1)),
        ("esta" | "this", "semana" | "week", _) => week(today, 0).map(|days| (days, 2)),
        ("proxima" | "next" | "otra", "semana" | "week", _)
        | ("semana", "que", "viene")
        | ("semana", "proxima" | "entrante", _) => {
            week(today, 1).map(|days| (days, if get(0) == "semana" && get(1) == "que" { 3 } else { 2 }))
        }
        ("fin", "de", "semana") => weekend(today).map(|days| (days, 3)),
        ("finde" | "weekend", ..) => weekend(today).map(|days| (days, 1)),
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

fn weekend(today: Date) -> Option<Days> {
    let sunday = plus(today, i64::from(6 - today.weekday().to_monday_zero_offset()))?;
    Some(Days::Between(plus(sunday, -1)?.max(today), sunday))
}

/// "jueves", "el próximo jueves", "jueves de la otra semana", "next friday", "friday next week".
fn weekday_phrase<'a>(get: &impl Fn(usize) -> &'a str, today: Date) -> Found {
    let (prefix, start) = match get(0) {
        "next" => (Some("next"), 1),
        "this" | "este" | "esta" => (Some("this"), 1),
        "proximo" => (Some("coming"), 1),
        _ => (None, 0),
    };
    let day = weekday(get(start))?;
    let mut length = start + 1;
    let away = i64::from(day.to_monday_zero_offset() - today.weekday().to_monday_zero_offset()).rem_euclid(7);
    let next_week = 7 - i64::from(today.weekday().to_monday_zero_offset()) + i64::from(day.to_monday_zero_offset());
    let tail = [get(length), get(length + 1), get(length + 2), get(length + 3)];
    let days = match tail {
        ["que", "viene", ..] | ["que", "entra", ..] => {
            length += 2;
            if away == 0 { 7 } else { away }
        }
        ["de", "la", "otra" | "proxima" | "siguiente", "semana"] => {
            length += 4;
            next_week
        }
        ["next", "week", ..] => {
            length += 2;
            next_week
        }
        _ if prefix == Some("next") => next_week,
        _ if prefix == Some("this") => away,
        _ if away == 0 => 7,
        _ => away,
    };
    plus(today, days).map(|date| (Days::On(date), length))
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

fn month(word: &str) -> Option<i8> {
    const NAMES: [[&str; 2]; 12] = [
        ["enero", "january"],
        ["febrero", "february"],
        ["marzo", "march"],
        ["abril", "april"],
        ["mayo", "may"],
        ["junio", "june"],
        ["julio", "july"],
        ["agosto", "august"],
        ["septiembre", "september"],
        ["octubre", "october"],
        ["noviembre", "november"],
        ["diciembre", "december"],
    ];
    const SHORT: [[&str; 2]; 12] = [
        ["ene", "jan"],
        ["feb", "feb"],
        ["mzo", "mar"],
        ["abr", "apr"],
        ["may", "may"],
        ["jun", "jun"],
        ["jul", "jul"],
        ["ago", "aug"],
        ["sep", "sept"],
        ["oct", "oct"],
        ["nov", "nov"],
        ["dic", "dec"],
    ];
    let named =
        NAMES.iter().position(|names| names.iter().any(|name| word == *name || (name.len() > 4 && alike(word, name))));
    let place = named.or_else(|| SHORT.iter().position(|names| names.contains(&word)))?;
    i8::try_from(place + 1).ok()
}

/// "5 de marzo", "march 5", "el 15", "the 15th of march".
fn calendar_date<'a>(
    get: &impl Fn(usize) -> &'a str,
    before: &impl Fn(usize) -> &'a str,
    today: Date,
) -> Result<Found, String> {
    let suffix = usize::from(matches!(get(1), "th" | "st" | "nd" | "rd"));
    let joined = |word: &str| {
        word.strip_suffix("th")
            .or(word.strip_suffix("st"))
            .or(word.strip_suffix("nd"))
            .or(word.strip_suffix("rd"))
            .map(str::to_owned)
    };
    if let Some(month) = month(get(0)).filter(|_| get(0) != "mar" || number(get(1)).is_some()) {
        let text = joined(get(1)).unwrap_or_else(|| get(1).to_owned());
        let Some(day) = number(&text).filter(|day| (1..=31).contains(day)) else { return Ok(None) };
        let extra = usize::from(matches!(get(2), "th" | "st" | "nd" | "rd"));
        return dated(today, Some(month), day, 2 + extra);
    }
    let text = joined(get(0)).unwrap_or_else(|| get(0).to_owned());
    let ordinal = text != get(0) || suffix == 1;
    let Some(day) = number(&text).filter(|day| (1..=31).contains(day)) else { return Ok(None) };
    let of = 1 + suffix;
    if matches!(get(of), "de" | "of") && month(get(of + 1)).is_some() {
        return dated(today, month(get(of + 1)), day, of + 2);
    }
    if let Some(named) = month(get(of)) {
        return dated(today, Some(named), day, of + 1);
    }
    let alone = matches!(before(1), "el" | "dia") && !matches!(get(1), "de" | "y" | "am" | "pm" | "hrs")
        || (ordinal && before(1) == "the");
    if alone && !get(0).contains(':') { dated(today, None, day, of) } else { Ok(None) }
}

/// The next such date from today on.
fn dated(today: Date, month: Option<i8>, day: u32, length: usize) -> Result<Found, String> {
    let day = i8::try_from(day).map_err(|_too_large| day.to_string())?;
    let (mut year, mut at) = (today.year(), month.unwrap_or(today.month()));
    for _ in 0..14 {
        if let Ok(date) = Date::new(year, at, day)
            && date >= today
        {
            return Ok(Some((Days::On(date), length)));
        }
        if month.is_some() {
            // The 29th of February waits for its year; the 30th never comes.
            if Date::new(2024, at, day).is_err() {
                return Err(format!("{day}/{at}"));
            }
            year = year.saturating_add(1);
        } else if at == 12 {
            (year, at) = (year.saturating_add(1), 1);
        } else {
            at += 1;
        }
    }
    Err(day.to_string())
}

/// "15/3", "15/03/2026", "3/15" where months come first.
fn slashed<'a>(get: &impl Fn(usize) -> &'a str, today: Date, month_first: bool) -> Result<Found, String> {
    let word = get(0);
    let parts: Vec<&str> = word.split(['/', '-']).collect();
    let numbers: Vec<i16> = parts.iter().filter_map(|part| part.parse().ok()).collect();
    if numbers.len() != parts.len() || word.contains(':') {
        return Ok(None);
    }
    let (day, month, year) = match numbers.as_slice() {
        [year, month, day] if *year > 31 => (*day, *month, Some(*year)),
        [a, b, year] => {
            (if month_first && *a <= 12 { *b } else { *a }, if month_first && *a <= 12 { *a } else { *b }, Some(*year))
        }
        [a, b] if *b > 12 => (*b, *a, None),
        [a, b] if month_first && *a <= 12 => (*b, *a, None),
        [a, b] => (*a, *b, None),
        _ => return Ok(None),
    };
    let (Ok(day), Ok(month)) = (i8::try_from(day), i8::try_from(month)) else { return Ok(None) };
    match year.map(|year| if year < 100 { year + 2000 } else { year }) {
        Some(year) => {
            Date::new(year, month, day).map(|date| Some((Days::On(date), 1))).map_err(|_impossible| word.to_owned())
        }
        None if (1..=12).contains(&month) => {
            dated(today, Some(month), u32::try_from(day).unwrap_or(0), 1).map_err(|_impossible| word.to_owned())
        }
        None => Err(word.to_owned()),
    }
}
