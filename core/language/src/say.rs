//! How we say dates, times, money and lists, in each language.

use domain::{Language, Money, catalog::WeeklyHours};
use jiff::civil::{Date, Time};

/// "mañana, jueves 5 de marzo"; "Thursday, March 5".
pub fn date(language: Language, date: Date, today: Date) -> String {
    let (weekday, month) = (weekday(language, date), month(language, date));
    let named = match language {
        Language::Spanish => format!("{weekday} {} de {month}", date.day()),
        Language::English => format!("{weekday}, {month} {}", date.day()),
        Language::Portuguese => format!("{weekday}, {} de {month}", date.day()),
        Language::Indonesian => format!("{weekday}, {} {month}", date.day()),
    };
    let near = match (date.duration_since(today).as_hours(), language) {
        (0, Language::Spanish) => "hoy",
        (0, Language::English) => "today",
        (0, Language::Portuguese) => "hoje",
        (0, Language::Indonesian) => "hari ini",
        (24, Language::Spanish) => "mañana",
        (24, Language::English) => "tomorrow",
        (24, Language::Portuguese) => "amanhã",
        (24, Language::Indonesian) => "besok",
        _ => return named,
    };
    format!("{near}, {named}")
}

/// "jue 5", "Thu 5": for buttons.
pub fn short_date(language: Language, date: Date) -> String {
    let weekday: String = weekday(language, date).chars().take(3).collect();
    format!("{weekday} {}", date.day())
}

/// "5:00 p.m."; "17:00" or "17.00" where the clock has 24 hours.
pub fn time(language: Language, time: Time) -> String {
    let (hour, minute) = (time.hour(), time.minute());
    let twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
    match language {
        Language::Spanish => format!("{twelve}:{minute:02} {}", if hour < 12 { "a.m." } else { "p.m." }),
        Language::English => format!("{twelve}:{minute:02} {}", if hour < 12 { "AM" } else { "PM" }),
        Language::Portuguese => format!("{hour:02}:{minute:02}"),
        Language::Indonesian => format!("{hour:02}.{minute:02}"),
    }
}

/// "a las 5:00 p.m.", "a la 1:00 p.m.", "at 5:00 PM".
pub fn at_time(language: Language, at: Time) -> String {
    let said = time(language, at);
    match language {
        Language::Spanish if at.hour() % 12 == 1 => format!("a la {said}"),
        Language::Spanish => format!("a las {said}"),
        Language::English => format!("at {said}"),
        Language::Portuguese if at.hour() == 1 => format!("à {said}"),
        Language::Portuguese => format!("às {said}"),
        Language::Indonesian => format!("pukul {said}"),
    }
}

/// "$350", "$1,250.50", "US$40": without cents where there are none.
pub fn money(language: Language, amount: Money) -> String {
    let places = amount.currency.exponent();
    let unit = 10_u64.pow(places);
    let (whole, part) = (amount.minor.unsigned_abs() / unit, amount.minor.unsigned_abs() % unit);
    let (thousands, point) = match language {
        Language::Spanish | Language::English => (",", "."),
        Language::Portuguese | Language::Indonesian => (".", ","),
    };
    let digits = grouped(whole, thousands);
    let cents = if part == 0 || places == 0 {
        String::new()
    } else {
        format!("{point}{part:0width$}", width = usize::try_from(places).unwrap_or(2))
    };
    let sign = if amount.minor < 0 { "-" } else { "" };
    match amount.currency.code() {
        "MXN" => format!("{sign}${digits}{cents}"),
        "USD" => format!("{sign}US${digits}{cents}"),
        "BRL" if language == Language::Portuguese => format!("{sign}R$ {digits}{cents}"),
        "BRL" => format!("{sign}R${digits}{cents}"),
        "IDR" => format!("{sign}Rp{digits}{cents}"),
        "EUR" => format!("{sign}€{digits}{cents}"),
        code => format!("{sign}{digits}{cents} {code}"),
    }
}

fn grouped(number: u64, separator: &str) -> String {
    let digits: Vec<char> = number.to_string().chars().collect();
    let mut text = String::new();
    for (place, digit) in digits.iter().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push_str(separator);
        }
        text.push(*digit);
    }
    text
}

/// How a list ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conjunction {
    And,
    Or,
}

/// "a, b y c"; the Spanish `y` turns to `e` before an i, `o` to `u` before an o.
pub fn list(language: Language, items: &[String], conjunction: Conjunction) -> String {
    let Some((last, rest)) = items.split_last() else { return String::new() };
    if rest.is_empty() {
        return last.clone();
    }
    let first = crate::words::fold(last);
    let word = match (language, conjunction) {
        (Language::Spanish, Conjunction::And)
            if (first.starts_with('i') || first.starts_with("hi")) && !first.starts_with("hie") =>
        {
            "e"
        }
        (Language::Spanish, Conjunction::And) => "y",
        (Language::Spanish, Conjunction::Or) if first.starts_with('o') || first.starts_with("ho") => "u",
        (Language::Spanish, Conjunction::Or) => "o",
        (Language::English, Conjunction::And) => "and",
        (Language::English, Conjunction::Or) => "or",
        (Language::Portuguese, Conjunction::And) => "e",
        (Language::Portuguese, Conjunction::Or) => "ou",
        (Language::Indonesian, Conjunction::And) => "dan",
        (Language::Indonesian, Conjunction::Or) => "atau",
    };
    format!("{} {word} {last}", rest.join(", "))
}

/// "45 min", "1 h", "1 h 30 min"; "1 jam 30 menit".
pub fn duration(language: Language, minutes: u32) -> String {
    let (hour, minute) = match language {
        Language::Spanish | Language::English | Language::Portuguese => ("h", "min"),
        Language::Indonesian => ("jam", "menit"),
    };
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} {minute}"),
        (hours, 0) => format!("{hours} {hour}"),
        (hours, minutes) => format!("{hours} {hour} {minutes} {minute}"),
    }
}

/// One line per run of days with the same hours: "martes a jueves: 10:00 a.m. – 8:00 p.m.".
pub fn weekly_hours(language: Language, hours: &WeeklyHours) -> String {
    let day = |weekday: u8| -> Vec<(u16, u16)> {
        hours.0.iter().filter(|span| span.weekday == weekday).map(|span| (span.from_minute, span.to_minute)).collect()
    };
    /// First and last weekday with the same hours.
    type Run = (u8, u8, Vec<(u16, u16)>);
    let mut runs: Vec<Run> = Vec::new();
    for weekday in 1..=7_u8 {
        let open = day(weekday);
        match runs.last_mut() {
            Some((_, last, same)) if *same == open => *last = weekday,
            _ => runs.push((weekday, weekday, open)),
        }
    }
    let lines = runs.into_iter().map(|(first, last, open)| {
        let days = if first == last {
            weekday_name(language, first).to_owned()
        } else {
            let to = match language {
                Language::Spanish | Language::Portuguese => "a",
                Language::English => "to",
                Language::Indonesian => "sampai",
            };
            format!("{} {to} {}", weekday_name(language, first), weekday_name(language, last))
        };
        format!("{}: {}", capitalised(&days), spans(language, &open))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// "10:00 a.m. – 2:00 p.m., 4:00 p.m. – 8:00 p.m.", or that it is closed.
pub fn spans(language: Language, open: &[(u16, u16)]) -> String {
    if open.is_empty() {
        return match language {
            Language::Spanish => "cerrado",
            Language::English => "closed",
            Language::Portuguese => "fechado",
            Language::Indonesian => "tutup",
        }
        .to_owned();
    }
    let clock = |minute: u16| {
        let (hour, minute) = (i8::try_from(minute / 60 % 24).unwrap_or(0), i8::try_from(minute % 60).unwrap_or(0));
        time(language, Time::constant(hour, minute, 0, 0))
    };
    open.iter().map(|(from, to)| format!("{} – {}", clock(*from), clock(*to))).collect::<Vec<_>>().join(", ")
}

/// The first letter large.
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

pub fn weekday(language: Language, date: Date) -> &'static str {
    weekday_name(language, u8::try_from(date.weekday().to_monday_one_offset()).unwrap_or(1))
}

fn weekday_name(language: Language, monday_one: u8) -> &'static str {
    const NAMES: [[&str; 4]; 7] = [
        ["lunes", "Monday", "segunda-feira", "Senin"],
        ["martes", "Tuesday", "terça-feira", "Selasa"],
        ["miércoles", "Wednesday", "quarta-feira", "Rabu"],
        ["jueves", "Thursday", "quinta-feira", "Kamis"],
        ["viernes", "Friday", "sexta-feira", "Jumat"],
        ["sábado", "Saturday", "sábado", "Sabtu"],
        ["domingo", "Sunday", "domingo", "Minggu"],
    ];
    let row = NAMES.get(usize::from(monday_one.saturating_sub(1))).unwrap_or(&NAMES[0]);
    column(row, language)
}

fn month(language: Language, date: Date) -> &'static str {
    const NAMES: [[&str; 4]; 12] = [
        ["enero", "January", "janeiro", "Januari"],
        ["febrero", "February", "fevereiro", "Februari"],
        ["marzo", "March", "março", "Maret"],
        ["abril", "April", "abril", "April"],
        ["mayo", "May", "maio", "Mei"],
        ["junio", "June", "junho", "Juni"],
        ["julio", "July", "julho", "Juli"],
        ["agosto", "August", "agosto", "Agustus"],
        ["septiembre", "September", "setembro", "September"],
        ["octubre", "October", "outubro", "Oktober"],
        ["noviembre", "November", "novembro", "November"],
        ["diciembre", "December", "dezembro", "Desember"],
    ];
    let place = usize::try_from(date.month().saturating_sub(1)).unwrap_or(0);
    column(NAMES.get(place).unwrap_or(&NAMES[0]), language)
}

fn column(row: &[&'static str; 4], language: Language) -> &'static str {
    let [spanish, english, portuguese, indonesian] = row;
    match language {
        Language::Spanish => spanish,
        Language::English => english,
        Language::Portuguese => portuguese,
        Language::Indonesian => indonesian,
    }
}
