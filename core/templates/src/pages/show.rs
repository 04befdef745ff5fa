//! How pages show times and money: filters over the plain values in contexts.

use jiff::{Timestamp, Zoned, tz::TimeZone};
use minijinja::{Environment, Error, ErrorKind, Value};

pub(super) fn register(environment: &mut Environment<'static>) {
    environment.add_filter("clock", clock);
    environment.add_filter("day", day);
    environment.add_filter("wall", wall);
    environment.add_filter("money", money);
    environment.add_filter("initials", initials);
    environment.add_filter("until", until);
    environment.add_filter("hue", hue);
}

fn zoned(instant: &str, zone: &str) -> Result<Zoned, Error> {
    let broken =
        |cause: jiff::Error| Error::new(ErrorKind::InvalidOperation, "not an instant or zone").with_source(cause);
    let at: Timestamp = instant.parse().map_err(broken)?;
    Ok(at.to_zoned(TimeZone::get(zone).map_err(broken)?))
}

/// `17:05` in `zone`.
fn clock(instant: &str, zone: &str) -> Result<String, Error> {
    let at = zoned(instant, zone)?;
    Ok(format!("{:02}:{:02}", at.hour(), at.minute()))
}

/// `2026-03-05T17:05` in `zone`: for `datetime` attributes and date fields.
fn wall(instant: &str, zone: &str) -> Result<String, Error> {
    Ok(zoned(instant, zone)?.strftime("%Y-%m-%dT%H:%M").to_string())
}

/// `Thu 5 Mar` or `jue 5 mar`.
fn day(instant: &str, zone: &str, language: &str) -> Result<String, Error> {
    let at = zoned(instant, zone)?;
    let (months, days) = months_and_days(language);
    let pick = |names: &[&'static str], index: i8| {
        usize::try_from(index).ok().and_then(|index| names.get(index).copied()).unwrap_or_default()
    };
    let weekday = pick(days, at.weekday().to_monday_zero_offset());
    Ok(format!("{weekday} {} {}", at.day(), pick(months, at.month() - 1)))
}

/// `350.00 MXN` without needless decimals.
fn money(amount: &Value) -> Result<String, Error> {
    let broken = |_not_money| Error::new(ErrorKind::InvalidOperation, "not money");
    let amount: domain::Money = serde_json::to_value(amount).and_then(serde_json::from_value).map_err(broken)?;
    Ok(amount.to_string().replace(".00 ", " "))
}

/// Up to two capital letters of a name, for the round picture; a dot when there is none.
fn initials(name: &str) -> String {
    let letters: String = name
        .split_whitespace()
        .filter_map(|word| word.chars().find(|letter| letter.is_alphanumeric()))
        .take(2)
        .flat_map(char::to_uppercase)
        .collect();
    if letters.is_empty() { "·".to_owned() } else { letters }
}

/// `3 h 12 min` from `now` to `instant`; `0 min` when past.
fn until(instant: &str, now: &str) -> Result<String, Error> {
    let minutes = zoned(instant, "UTC")?.timestamp().duration_since(zoned(now, "UTC")?.timestamp()).as_mins().max(0);
    Ok(match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    })
}

/// One of six tints, always the same for the same name.
fn hue(name: &str) -> u32 {
    name.chars().map(u32::from).fold(7_u32, |sum, letter| sum.wrapping_mul(31).wrapping_add(letter)) % 6
}

/// Short names, months from January and days from Monday.
fn months_and_days(language: &str) -> (&'static [&'static str], &'static [&'static str]) {
    const ES: ([&str; 12], [&str; 7]) = (
        ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"],
        ["lun", "mar", "mié", "jue", "vie", "sáb", "dom"],
    );
    const EN: ([&str; 12], [&str; 7]) = (
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
        ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    );
    if language.starts_with("es") { (&ES.0, &ES.1) } else { (&EN.0, &EN.1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_the_zone_of_the_location() {
        assert_eq!(clock("2026-03-05T23:05:00Z", "America/Mexico_City").unwrap(), "17:05");
        assert_eq!(day("2026-03-06T02:00:00Z", "America/Mexico_City", "es").unwrap(), "jue 5 mar");
        assert!(clock("2026-03-05T23:05:00Z", "Nowhere/City").is_err());
    }

    #[test]
    fn money_drops_empty_cents_and_names_have_initials() {
        let money_of = |minor| {
            money(&Value::from(minijinja::value::Serde(domain::Money::new(minor, domain::Currency::MXN)))).unwrap()
        };
        assert_eq!(money_of(35_000), "350 MXN");
        assert_eq!(money_of(35_050), "350.50 MXN");
        assert_eq!(initials("ángel de la cruz"), "ÁD");
        assert_eq!(initials("✨"), "·");
    }

    #[test]
    fn the_window_counts_down_to_zero_and_not_below() {
        assert_eq!(until("2026-03-05T12:12:00Z", "2026-03-05T09:00:00Z").unwrap(), "3 h 12 min");
        assert_eq!(until("2026-03-05T08:00:00Z", "2026-03-05T09:00:00Z").unwrap(), "0 min");
    }
}
