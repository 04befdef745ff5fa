//! Rules as RFC 5545 writes them: `RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10` and `EXDATE;VALUE=DATE:20260316`.
//!
//! Parts are read in any order and any case, with or without `RRULE:` in front, long lines folded or not (3.1).
//! They are printed in one order, so that equal rules have equal text.

use std::{fmt, str::FromStr};

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Weekday, time},
};

use super::{End, Every, InvalidRule, MOST, MonthDay, Rule};

/// No rule of ours is longer; a longer text is no rule.
const LONGEST: usize = 8 * 1024;

const DAYS: [(&str, Weekday); 7] = [
    ("MO", Weekday::Monday),
    ("TU", Weekday::Tuesday),
    ("WE", Weekday::Wednesday),
    ("TH", Weekday::Thursday),
    ("FR", Weekday::Friday),
    ("SA", Weekday::Saturday),
    ("SU", Weekday::Sunday),
];

#[derive(Default)]
struct Parts {
    frequency: Option<String>,
    interval: Option<u16>,
    count: Option<u16>,
    until: Option<End>,
    days: Option<Vec<(i8, Weekday)>>,
    dates: Option<Vec<i8>>,
    week_start: Option<Weekday>,
}

impl FromStr for Rule {
    type Err = InvalidRule;

    fn from_str(text: &str) -> Result<Self, InvalidRule> {
        if text.len() > LONGEST {
            return Err(InvalidRule::TooMany);
        }
        let unfolded = text.replace("\r\n ", "").replace("\n ", "").to_ascii_uppercase();
        let (mut parts, mut except) = (Parts::default(), Vec::new());
        for line in unfolded.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if let Some(dates) = line.strip_prefix("EXDATE") {
                read_exceptions(dates, &mut except)?;
            } else {
                for part in line.strip_prefix("RRULE:").unwrap_or(line).split(';').filter(|part| !part.is_empty()) {
                    parts.read(part)?;
                }
            }
        }
        except.sort_unstable();
        except.dedup();
        parts.rule(except)
    }
}

impl Parts {
    fn read(&mut self, part: &str) -> Result<(), InvalidRule> {
        let (name, value) = part.split_once('=').ok_or_else(|| InvalidRule::Unknown(shortened(part)))?;
        match name {
            "FREQ" => once(&mut self.frequency, value.to_owned(), name),
            // Beyond u16 it is beyond what a series may be, too.
            "INTERVAL" => once(&mut self.interval, value.parse().map_err(|_not| InvalidRule::Interval)?, name),
            "COUNT" => once(&mut self.count, read_count(value)?, name),
            "UNTIL" => once(&mut self.until, read_until(value)?, name),
            "BYDAY" => once(&mut self.days, list(value, read_day)?, name),
            "BYMONTHDAY" => once(&mut self.dates, list(value, read_month_day)?, name),
            "WKST" => once(&mut self.week_start, weekday(value).ok_or_else(|| wrong("WKST", value))?, name),
            _ => Err(InvalidRule::Unknown(shortened(part))),
        }
    }

    fn rule(self, except: Vec<Date>) -> Result<Rule, InvalidRule> {
        let end = match (self.count, self.until) {
            (Some(count), None) => End::Count(count),
            (None, Some(until)) => until,
            (Some(_), Some(_)) | (None, None) => return Err(InvalidRule::Endless),
        };
        let frequency = self.frequency.ok_or(InvalidRule::NoFrequency)?;
        let (days, dates) = (self.days, self.dates);
        let every = match (frequency.as_str(), days, dates) {
            ("DAILY", None, None) => Every::Day,
            ("WEEKLY", days, None) => Every::Week(plain_days(days.unwrap_or_default())?),
            ("MONTHLY", None, dates) => {
                Every::Month(dates.unwrap_or_default().into_iter().map(MonthDay::Date).collect())
            }
            ("MONTHLY", Some(days), None) => Every::Month(nth_days(days)?),
            ("MONTHLY", Some(_), Some(_)) => return Err(InvalidRule::Unknown("BYDAY with BYMONTHDAY".to_owned())),
            ("DAILY", Some(_), _) => return Err(InvalidRule::Unknown("BYDAY with FREQ=DAILY".to_owned())),
            ("DAILY" | "WEEKLY", _, Some(_)) => {
                return Err(InvalidRule::Unknown(format!("BYMONTHDAY with FREQ={frequency}")));
            }
            _ => return Err(wrong("FREQ", &frequency)),
        };
        let interval = self.interval.unwrap_or(1);
        if interval == 0 || interval > MOST {
            return Err(InvalidRule::Interval);
        }
        Ok(Rule { every, interval, end, week_start: self.week_start.unwrap_or(Weekday::Monday), except })
    }
}

fn once<T>(slot: &mut Option<T>, value: T, name: &str) -> Result<(), InvalidRule> {
    if slot.replace(value).is_some() { Err(InvalidRule::Twice(name.to_owned())) } else { Ok(()) }
}

fn list<T>(value: &str, read: fn(&str) -> Result<T, InvalidRule>) -> Result<Vec<T>, InvalidRule> {
    value.split(',').map(read).collect()
}

fn read_count(value: &str) -> Result<u16, InvalidRule> {
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    if !digits {
        return Err(wrong("COUNT", value));
    }
    match value.parse() {
        Ok(0) => Err(wrong("COUNT", value)),
        Ok(count) if count <= MOST => Ok(count),
        Ok(_) | Err(_) => Err(InvalidRule::TooMany),
    }
}

/// `20261231`, the whole of that day; `20261231T090000`, wall time; `20261231T150000Z`, an instant.
fn read_until(value: &str) -> Result<End, InvalidRule> {
    let end = if let Some(utc) = value.strip_suffix('Z') {
        let wall = DateTime::strptime("%Y%m%dT%H%M%S", utc);
        wall.and_then(|wall| jiff::tz::TimeZone::UTC.to_timestamp(wall)).map(End::Instant)
    } else if value.contains('T') {
        DateTime::strptime("%Y%m%dT%H%M%S", value).map(End::Wall)
    } else {
        Date::strptime("%Y%m%d", value).map(|date| End::Wall(end_of(date)))
    };
    end.map_err(|_not_a_time| wrong("UNTIL", value))
}

fn end_of(date: Date) -> DateTime {
    date.to_datetime(time(23, 59, 59, 0))
}

/// `MO`, or `2TU`, `-1FR` with which of the month.
fn read_day(value: &str) -> Result<(i8, Weekday), InvalidRule> {
    let place = value.len().checked_sub(2).and_then(|place| value.split_at_checked(place));
    let (nth, day) = place.ok_or_else(|| wrong("BYDAY", value))?;
    let nth = if nth.is_empty() { Ok(0) } else { nth.parse::<i8>() };
    match (nth, weekday(day)) {
        (Ok(nth), Some(day)) if (-5..=5).contains(&nth) => Ok((nth, day)),
        _ => Err(wrong("BYDAY", value)),
    }
}

fn read_month_day(value: &str) -> Result<i8, InvalidRule> {
    let day = value.parse::<i8>().ok().filter(|day| (1..=31).contains(&day.unsigned_abs()));
    day.ok_or_else(|| wrong("BYMONTHDAY", value))
}

fn plain_days(days: Vec<(i8, Weekday)>) -> Result<Vec<Weekday>, InvalidRule> {
    let mut plain = Vec::new();
    for (nth, day) in days {
        if nth != 0 {
            return Err(wrong("BYDAY", &format!("{nth}{} in a weekly repetition", name(day))));
        }
        if !plain.contains(&day) {
            plain.push(day);
        }
    }
    plain.sort_by_key(|day| day.to_monday_one_offset());
    Ok(plain)
}

fn nth_days(days: Vec<(i8, Weekday)>) -> Result<Vec<MonthDay>, InvalidRule> {
    let nth = |(nth, day): (i8, Weekday)| match nth {
        0 => Err(wrong("BYDAY", &format!("{0} in a monthly repetition, which needs 1{0} to 5{0} or -1{0}", name(day)))),
        _ => Ok(MonthDay::Nth(nth, day)),
    };
    days.into_iter().map(nth).collect()
}

/// `;VALUE=DATE:20260316,20260330`, `;TZID=America/Mexico_City:20260316T090000` or `:20260316`: the dates count.
fn read_exceptions(rest: &str, except: &mut Vec<Date>) -> Result<(), InvalidRule> {
    let (_parameters, values) = rest.split_once(':').ok_or_else(|| InvalidRule::Unknown(shortened(rest)))?;
    for value in values.split(',') {
        // An instant names no date of the wall clock that the rule is meant in.
        let date = value.split('T').next().filter(|_| !value.ends_with('Z')).unwrap_or_default();
        except.push(Date::strptime("%Y%m%d", date).map_err(|_not_a_date| wrong("EXDATE", value))?);
        if except.len() > usize::from(MOST) {
            return Err(InvalidRule::TooMany);
        }
    }
    Ok(())
}

fn weekday(text: &str) -> Option<Weekday> {
    DAYS.iter().find(|(name, _)| *name == text).map(|(_, day)| *day)
}

fn name(day: Weekday) -> &'static str {
    DAYS.iter().find(|(_, other)| *other == day).map_or("", |(name, _)| *name)
}

fn wrong(part: &'static str, value: &str) -> InvalidRule {
    InvalidRule::Value { part, value: shortened(value) }
}

/// As much of a stranger's text as an error needs.
fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (frequency, by) = match &self.every {
            Every::Day => ("DAILY", String::new()),
            Every::Week(days) => ("WEEKLY", joined("BYDAY", days.iter().map(|day| name(*day).to_owned()))),
            Every::Month(days) => {
                let dates = days.iter().filter_map(|day| match day {
                    MonthDay::Date(number) => Some(number.to_string()),
                    MonthDay::Nth(..) => None,
                });
                let nth = days.iter().filter_map(|day| match day {
                    MonthDay::Nth(nth, day) => Some(format!("{nth}{}", name(*day))),
                    MonthDay::Date(_) => None,
                });
                ("MONTHLY", joined("BYMONTHDAY", dates) + &joined("BYDAY", nth))
            }
        };
        write!(f, "RRULE:FREQ={frequency}")?;
        if self.interval != 1 {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        f.write_str(&by)?;
        match self.end {
            End::Count(count) => write!(f, ";COUNT={count}")?,
            End::Wall(wall) if wall == end_of(wall.date()) => write!(f, ";UNTIL={}", wall.strftime("%Y%m%d"))?,
            End::Wall(wall) => write!(f, ";UNTIL={}", wall.strftime("%Y%m%dT%H%M%S"))?,
            End::Instant(at) => write!(f, ";UNTIL={}", utc(at))?,
        }
        if self.week_start != Weekday::Monday {
            write!(f, ";WKST={}", name(self.week_start))?;
        }
        if !self.except.is_empty() {
            let dates: Vec<String> = self.except.iter().map(|date| date.strftime("%Y%m%d").to_string()).collect();
            write!(f, "\nEXDATE;VALUE=DATE:{}", dates.join(","))?;
        }
        Ok(())
    }
}

fn joined(name: &str, values: impl Iterator<Item = String>) -> String {
    let values: Vec<String> = values.collect();
    if values.is_empty() { String::new() } else { format!(";{name}={}", values.join(",")) }
}

fn utc(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}
