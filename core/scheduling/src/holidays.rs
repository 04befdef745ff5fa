//! Public holidays by country, from one file of rules each under `core/scheduling/holidays/`.
//!
//! A line is a rule, a name and, where needed, what bends it: `02/mon#1 | Día de la Constitución`. Rules are a date
//! (`12-25`), a weekday of a month (`05/mon#-1` is the last Monday), a distance from Easter (`easter-2`), or one day of
//! one year (`2026-03-19`). `from 2024` and `every 6` leave years out; `nearest` adds the Friday before a Saturday and
//! the Monday after a Sunday; `substitute` adds the next weekday that is no holiday itself.
//!
//! Invariant: national holidays only; what a region, a decree of next year or a bridge day adds is the owner's to enter.

use domain::{BlockId, LocationId, catalog::HoursException};
use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};

const TABLES: [(&str, &str); 7] = [
    ("BR", include_str!("../holidays/BR.txt")),
    ("ES", include_str!("../holidays/ES.txt")),
    ("GB", include_str!("../holidays/GB.txt")),
    ("ID", include_str!("../holidays/ID.txt")),
    ("MX", include_str!("../holidays/MX.txt")),
    ("PT", include_str!("../holidays/PT.txt")),
    ("US", include_str!("../holidays/US.txt")),
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holiday {
    pub date: Date,
    /// In the country's own language.
    pub name: String,
}

/// Countries there is a table for, by ISO 3166.
pub fn countries() -> impl Iterator<Item = &'static str> {
    TABLES.iter().map(|(country, _)| *country)
}

/// The last year whose holidays are all known; later ones lack those that are decreed from year to year.
pub fn known_until(country: &str) -> Option<i16> {
    table(country)?.lines().find_map(|line| line.strip_prefix("known until ")?.parse().ok())
}

/// The holidays of a year, ascending; none for a country without a table.
pub fn in_year(country: &str, year: i16) -> Vec<Holiday> {
    let lines: Vec<Line<'_>> = table(country).unwrap_or_default().lines().filter_map(read).collect();
    // The first of January may be observed on the last day of the year before.
    let of = |year| lines.iter().filter_map(move |line| Some((line, line.on(year)?)));
    let fixed: Vec<(&Line<'_>, Date)> = of(year).chain(of(year.saturating_add(1))).collect();
    let mut all: Vec<Holiday> =
        fixed.iter().map(|(line, date)| Holiday { date: *date, name: line.name.to_owned() }).collect();
    for (line, date) in &fixed {
        let taken: Vec<Date> = all.iter().map(|holiday| holiday.date).collect();
        if let Some(moved) = line.moved(*date, &taken) {
            all.push(Holiday { date: moved, name: line.name.to_owned() });
        }
    }
    all.retain(|holiday| holiday.date.year() == year);
    all.sort_by_key(|holiday| holiday.date);
    all
}

/// The holidays from `first` to `last` as dates on which the location is closed. They belong behind the owner's own
/// exceptions: the first that names a date holds.
pub fn exceptions(country: &str, location: LocationId, first: Date, last: Date) -> Vec<HoursException> {
    let days = (first.year()..=last.year()).flat_map(|year| in_year(country, year));
    days.filter(|holiday| first <= holiday.date && holiday.date <= last)
        .map(|holiday| HoursException {
            // Computed, so it has no row and nobody refers to it.
            id: BlockId(Default::default()),
            location,
            resource: None,
            first: holiday.date,
            last: holiday.date,
            open: Vec::new(),
            reason: holiday.name,
        })
        .collect()
}

fn table(country: &str) -> Option<&'static str> {
    TABLES.iter().find(|(known, _)| known.eq_ignore_ascii_case(country)).map(|(_, table)| *table)
}

#[derive(Debug, Clone, PartialEq)]
struct Line<'t> {
    rule: Rule,
    name: &'t str,
    from: i16,
    every: i16,
    shift: Shift,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Rule {
    Fixed { month: i8, day: i8 },
    Nth { month: i8, nth: i8, weekday: Weekday },
    Easter { days: i16 },
    Once(Date),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shift {
    None,
    Nearest,
    Substitute,
}

impl Line<'_> {
    fn on(&self, year: i16) -> Option<Date> {
        if year < self.from || year.checked_sub(self.from)?.checked_rem(self.every)? != 0 {
            return None;
        }
        match self.rule {
            Rule::Fixed { month, day } => Date::new(year, month, day).ok(),
            Rule::Nth { month, nth, weekday } => {
                Date::new(year, month, 1).ok()?.nth_weekday_of_month(nth, weekday).ok()
            }
            Rule::Easter { days } => easter(year)?.checked_add(i64::from(days).days()).ok(),
            Rule::Once(date) => Some(date).filter(|date| date.year() == year),
        }
    }

    /// The further day off that a holiday on a weekend brings.
    fn moved(&self, date: Date, taken: &[Date]) -> Option<Date> {
        let weekday = date.weekday();
        let is_weekend = |date: Date| matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
        match self.shift {
            Shift::Nearest if weekday == Weekday::Saturday => date.yesterday().ok(),
            Shift::Nearest if weekday == Weekday::Sunday => date.tomorrow().ok(),
            Shift::Substitute if is_weekend(date) => {
                let next = (1_i64..8).filter_map(|days| date.checked_add(days.days()).ok());
                next.into_iter().find(|next| !is_weekend(*next) && !taken.contains(next))
            }
            Shift::None | Shift::Nearest | Shift::Substitute => None,
        }
    }
}

/// A line of a table; `None` for comments, and for what is no rule, which a test refuses.
fn read(line: &str) -> Option<Line<'_>> {
    let mut parts = line.split('|').map(str::trim);
    let (rule, name) = (rule(parts.next()?)?, parts.next()?);
    let mut read = Line { rule, name, from: 0, every: 1, shift: Shift::None };
    for bend in parts.next().unwrap_or_default().split(',').map(str::trim).filter(|bend| !bend.is_empty()) {
        match bend.split_once(' ') {
            Some(("from", year)) => read.from = year.parse().ok()?,
            Some(("every", years)) => read.every = years.parse().ok()?,
            None if bend == "nearest" => read.shift = Shift::Nearest,
            None if bend == "substitute" => read.shift = Shift::Substitute,
            Some(_) | None => return None,
        }
    }
    Some(read)
}

fn rule(text: &str) -> Option<Rule> {
    if let Some(days) = text.strip_prefix("easter") {
        return Some(Rule::Easter { days: days.parse().ok()? });
    }
    if let Some((month, day)) = text.split_once('/') {
        let (weekday, nth) = day.split_once('#')?;
        let weekday = match weekday {
            "mon" => Weekday::Monday,
            "tue" => Weekday::Tuesday,
            "wed" => Weekday::Wednesday,
            "thu" => Weekday::Thursday,
            "fri" => Weekday::Friday,
            "sat" => Weekday::Saturday,
            "sun" => Weekday::Sunday,
            _ => return None,
        };
        return Some(Rule::Nth { month: month.parse().ok()?, nth: nth.parse().ok()?, weekday });
    }
    if text.len() == 10 {
        return text.parse().ok().map(Rule::Once);
    }
    let (month, day) = text.split_once('-')?;
    Some(Rule::Fixed { month: month.parse().ok()?, day: day.parse().ok()? })
}

/// Easter Sunday of the western churches (the anonymous Gregorian computus, as in Meeus, "Astronomical Algorithms").
fn easter(year: i16) -> Option<Date> {
    let year_number = i32::from(year);
    let (golden, century, within) = (year_number % 19, year_number / 100, year_number % 100);
    let lunar = (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + century - century / 4 - lunar + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (within / 4) - epact - within % 4) % 7;
    let late = (golden + 11 * epact + 22 * weekday) / 451;
    let day = epact + weekday - 7 * late + 114;
    Date::new(year, i8::try_from(day / 31).ok()?, i8::try_from(day % 31 + 1).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dates(country: &str, name: &str) -> Vec<String> {
        let years = (2024..=2030).flat_map(|year| in_year(country, year));
        years.filter(|holiday| holiday.name == name).map(|holiday| holiday.date.to_string()).collect()
    }

    #[test]
    fn every_line_of_every_table_is_understood() {
        for (country, table) in TABLES {
            for line in table.lines().filter(|line| !line.starts_with('#') && !line.starts_with("known until ")) {
                assert!(read(line).is_some(), "{country}: {line}");
            }
        }
    }

    #[test]
    fn easter_falls_where_the_almanac_has_it() {
        let known = ["2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28", "2028-04-16", "2029-04-01", "2030-04-21"];
        for (year, date) in (2024..).zip(known) {
            assert_eq!(easter(year).unwrap().to_string(), date);
        }
        // The earliest and the latest there can be.
        assert_eq!(easter(1818).unwrap().to_string(), "1818-03-22");
        assert_eq!(easter(2038).unwrap().to_string(), "2038-04-25");
    }

    #[test]
    fn weekdays_of_a_month_fall_where_the_governments_have_announced_them() {
        for (country, name, known) in [
            (
                "US",
                "Birthday of Martin Luther King, Jr.",
                ["01-15", "01-20", "01-19", "01-18", "01-17", "01-15", "01-21"],
            ),
            ("US", "Washington's Birthday", ["02-19", "02-17", "02-16", "02-15", "02-21", "02-19", "02-18"]),
            ("US", "Memorial Day", ["05-27", "05-26", "05-25", "05-31", "05-29", "05-28", "05-27"]),
            ("US", "Labor Day", ["09-02", "09-01", "09-07", "09-06", "09-04", "09-03", "09-02"]),
            ("US", "Columbus Day", ["10-14", "10-13", "10-12", "10-11", "10-09", "10-08", "10-14"]),
            ("US", "Thanksgiving Day", ["11-28", "11-27", "11-26", "11-25", "11-23", "11-22", "11-28"]),
            ("MX", "Día de la Constitución", ["02-05", "02-03", "02-02", "02-01", "02-07", "02-05", "02-04"]),
            ("MX", "Natalicio de Benito Juárez", ["03-18", "03-17", "03-16", "03-15", "03-20", "03-19", "03-18"]),
            ("MX", "Día de la Revolución", ["11-18", "11-17", "11-16", "11-15", "11-20", "11-19", "11-18"]),
            ("GB", "Early May bank holiday", ["05-06", "05-05", "05-04", "05-03", "05-01", "05-07", "05-06"]),
            ("GB", "Summer bank holiday", ["08-26", "08-25", "08-31", "08-30", "08-28", "08-27", "08-26"]),
            ("GB", "Easter Monday", ["04-01", "04-21", "04-06", "03-29", "04-17", "04-02", "04-22"]),
            ("PT", "Corpo de Deus", ["05-30", "06-19", "06-04", "05-27", "06-15", "05-31", "06-20"]),
            ("BR", "Paixão de Cristo", ["03-29", "04-18", "04-03", "03-26", "04-14", "03-30", "04-19"]),
            ("ES", "Viernes Santo", ["03-29", "04-18", "04-03", "03-26", "04-14", "03-30", "04-19"]),
            ("ID", "Kenaikan Yesus Kristus", ["05-09", "05-29", "05-14", "05-06", "05-25", "05-10", "05-30"]),
        ] {
            let known: Vec<String> = (2024..).zip(known).map(|(year, day)| format!("{year}-{day}")).collect();
            assert_eq!(dates(country, name), known, "{name}");
        }
    }

    #[test]
    fn a_holiday_on_a_weekend_is_observed_beside_it() {
        let of = |country: &str, year, name: &str| {
            let all = in_year(country, year).into_iter().filter(|holiday| holiday.name == name);
            all.map(|holiday| holiday.date.strftime("%m-%d").to_string()).collect::<Vec<_>>()
        };
        assert_eq!(of("US", 2026, "Independence Day"), ["07-03", "07-04"]);
        assert_eq!(of("US", 2027, "Independence Day"), ["07-04", "07-05"]);
        assert_eq!(of("US", 2027, "New Year's Day"), ["01-01", "12-31"]);
        assert_eq!(of("GB", 2027, "Christmas Day"), ["12-25", "12-27"]);
        assert_eq!(of("GB", 2027, "Boxing Day"), ["12-26", "12-28"]);
        assert_eq!(of("GB", 2026, "Boxing Day"), ["12-26", "12-28"]);
        assert_eq!(of("GB", 2028, "New Year's Day"), ["01-01", "01-03"]);
        assert_eq!(of("GB", 2029, "Boxing Day"), ["12-26"]);
    }

    #[test]
    fn years_are_left_out_and_countries_without_a_table_have_none() {
        assert_eq!(dates("MX", "Transmisión del Poder Ejecutivo Federal"), ["2024-10-01", "2030-10-01"]);
        assert!(in_year("BR", 2023).iter().all(|holiday| holiday.name != "Dia da Consciência Negra"));
        assert_eq!(in_year("ID", 2026).len(), 17);
        assert_eq!(known_until("ID"), Some(2026));
        assert!(in_year("ZZ", 2026).is_empty() && in_year("", 2026).is_empty());
        assert_eq!(countries().count(), 7);
    }
}
