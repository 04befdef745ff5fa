//! Dates by month: "5 de marzo", "el 20 de este mes", "15/3", "a finales de mes", "in april".

use jiff::civil::Date;

use super::{Found, plus};
use crate::{meaning::Days, numbers::number, words::alike};

/// "de este mes", "del próximo mes", "of next month": how many months ahead, and how many words.
fn whole_month<'a>(get: &impl Fn(usize) -> &'a str, from: usize) -> Option<(i16, usize)> {
    match (get(from), get(from + 1), get(from + 2), get(from + 3)) {
        ("de" | "of", "este" | "this", "mes" | "month", _) => Some((0, 3)),
        ("del" | "of", "proximo" | "siguiente" | "otro" | "next", "mes" | "month", _) => Some((1, 3)),
        ("del", "mes", "que", "viene" | "entra" | "sigue") => Some((1, 4)),
        _ => None,
    }
}

/// The first of this month, or of one ahead.
fn first_of(today: Date, ahead: i16) -> Option<Date> {
    let months = i16::from(today.month()) - 1 + ahead;
    let month = i8::try_from(months.rem_euclid(12) + 1).ok()?;
    Date::new(today.year().checked_add(months.div_euclid(12))?, month, 1).ok()
}

/// "a finales de mes", "a principios de abril", "mid april", "en abril": a stretch of days.
pub(super) fn part_of_month<'a>(get: &impl Fn(usize) -> &'a str, today: Date) -> Found {
    let named = |at: usize| -> Option<(Date, usize)> {
        match (get(at), get(at + 1), get(at + 2)) {
            ("mes" | "month", ..) => first_of(today, 0).map(|first| (first, 1)),
            ("the", "month", _) | ("este" | "this", "mes" | "month", _) => first_of(today, 0).map(|first| (first, 2)),
            ("proximo" | "next", "mes" | "month", _) => first_of(today, 1).map(|first| (first, 2)),
            (name, ..) => {
                let named = month(name)?;
                let year = today.year() + i16::from(named < today.month());
                Date::new(year, named, 1).ok().map(|first| (first, 1))
            }
        }
    };
    let (from, to, lead) = match (get(0), get(1)) {
        ("finales" | "fines" | "fin" | "end", "de" | "del" | "of") => (24, 31, 2),
        ("principios" | "inicios" | "beginning" | "start", "de" | "del" | "of") => (1, 8, 2),
        ("mediados" | "middle", "de" | "del" | "of") => (12, 19, 2),
        ("late", _) => (22, 31, 1),
        ("early", _) => (1, 8, 1),
        ("mid", _) => (12, 19, 1),
        ("en" | "in" | "para" | "sometime", _) => (1, 31, 1),
        _ => return None,
    };
    let (first, used) = named(lead)?;
    // "en mayo" and "in may" are stretches; "para marzo 5" is a date.
    if number(get(lead + used)).is_some() {
        return None;
    }
    let begin = plus(first, from - 1)?;
    let end = plus(first, to - 1)?.min(first.last_of_month());
    (end >= today).then(|| (Days::Between(begin.max(today), end), lead + used))
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
pub(super) fn calendar_date<'a>(
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
    if let Some((ahead, used)) = whole_month(get, of) {
        let Some(first) = first_of(today, ahead) else { return Ok(None) };
        let date = i8::try_from(day).ok().and_then(|day| Date::new(first.year(), first.month(), day).ok());
        return date.map(|date| Some((Days::On(date), of + used))).ok_or(format!("{day}/{}", first.month()));
    }
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
pub(super) fn slashed<'a>(get: &impl Fn(usize) -> &'a str, today: Date, month_first: bool) -> Result<Found, String> {
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
