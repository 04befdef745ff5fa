//! Rules as text, the dates they name, and series against a calendar.

use expect_test::{Expect, expect};
use jiff::{ToSpan, civil::DateTime, tz::TimeZone};
use proptest::prelude::*;

use super::*;

fn named(rule: &str, zone: &str, first: &str) -> String {
    let zone = TimeZone::get(zone).unwrap();
    let starts = rule.parse::<Rule>().and_then(|rule| rule.starts(&zone, first.parse::<DateTime>().unwrap()));
    match starts {
        Ok(starts) => {
            let at = |start: &Start| start.wall.strftime("%a %F").to_string();
            starts.iter().map(at).collect::<Vec<_>>().join(", ")
        }
        Err(invalid) => format!("{invalid}"),
    }
}

fn check(rule: &str, expected: Expect) {
    expected.assert_eq(&named(rule, "America/Mexico_City", "2026-03-02T09:00"));
}

#[test]
fn the_repetitions_people_use_name_their_dates() {
    check("FREQ=DAILY;COUNT=3", expect!["Mon 2026-03-02, Tue 2026-03-03, Wed 2026-03-04"]);
    check("RRULE:FREQ=WEEKLY;COUNT=3", expect!["Mon 2026-03-02, Mon 2026-03-09, Mon 2026-03-16"]);
    check("FREQ=WEEKLY;BYDAY=WE,MO;COUNT=4", expect!["Mon 2026-03-02, Wed 2026-03-04, Mon 2026-03-09, Wed 2026-03-11"]);
    check("FREQ=WEEKLY;INTERVAL=2;UNTIL=20260401", expect!["Mon 2026-03-02, Mon 2026-03-16, Mon 2026-03-30"]);
    check("FREQ=MONTHLY;COUNT=3", expect!["Mon 2026-03-02, Thu 2026-04-02, Sat 2026-05-02"]);
    check("FREQ=MONTHLY;BYDAY=2TU;COUNT=3", expect!["Tue 2026-03-10, Tue 2026-04-14, Tue 2026-05-12"]);
    check("FREQ=MONTHLY;BYDAY=-1FR;COUNT=3", expect!["Fri 2026-03-27, Fri 2026-04-24, Fri 2026-05-29"]);
    check("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3", expect!["Tue 2026-03-31, Thu 2026-04-30, Sun 2026-05-31"]);
    check("FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=3", expect!["Sun 2026-03-15, Wed 2026-04-01, Wed 2026-04-15"]);
}

#[test]
fn a_month_without_the_day_is_passed_over() {
    check("FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3", expect!["Tue 2026-03-31, Sun 2026-05-31, Fri 2026-07-31"]);
    check("FREQ=MONTHLY;BYDAY=5MO;COUNT=2", expect!["Mon 2026-03-30, Mon 2026-06-29"]);
}

#[test]
fn a_date_left_out_still_counts() {
    check(
        "RRULE:FREQ=WEEKLY;COUNT=4\r\nEXDATE;TZID=America/Mexico_City:20260309T090000",
        expect!["Mon 2026-03-02, Mon 2026-03-16, Mon 2026-03-23"],
    );
}

/// The two examples of RFC 5545, 3.8.5.3 that differ in nothing but WKST.
#[test]
fn where_the_week_begins_decides_which_weeks_are_left_out() {
    let first = "1997-08-05T09:00";
    let zone = "America/New_York";
    expect!["Tue 1997-08-05, Sun 1997-08-10, Tue 1997-08-19, Sun 1997-08-24"].assert_eq(&named(
        "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
        zone,
        first,
    ));
    expect!["Tue 1997-08-05, Sun 1997-08-17, Tue 1997-08-19, Sun 1997-08-31"].assert_eq(&named(
        "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
        zone,
        first,
    ));
}

#[test]
fn what_is_no_repetition_is_refused_in_words() {
    let refusal = |rule: &str| named(rule, "America/Mexico_City", "2026-03-02T09:00");
    for (rule, words) in [
        ("FREQ=WEEKLY;COUNT=1000000000", "a series may have at most 366 visits"),
        ("FREQ=WEEKLY;COUNT=99999999999999999999999", "a series may have at most 366 visits"),
        ("FREQ=DAILY;UNTIL=20291231", "a series may have at most 366 visits"),
        ("FREQ=WEEKLY;COUNT=-1", "COUNT cannot be -1"),
        ("FREQ=WEEKLY;COUNT=0", "COUNT cannot be 0"),
        ("FREQ=WEEKLY;INTERVAL=0;COUNT=3", "INTERVAL must be between 1 and 366"),
        ("FREQ=WEEKLY;INTERVAL=70000;COUNT=3", "INTERVAL must be between 1 and 366"),
        ("FREQ=MONTHLY;INTERVAL=12;COUNT=300", "a series may not run longer than 10 years"),
        // From March, every twelfth month is March: it never has a thirty-second.
        ("FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=32;COUNT=1", "BYMONTHDAY cannot be 32"),
        ("FREQ=WEEKLY", "a repetition must end: by COUNT or by UNTIL, and not by both"),
        ("FREQ=WEEKLY;COUNT=2;UNTIL=20260401", "a repetition must end: by COUNT or by UNTIL, and not by both"),
        ("COUNT=2", "a repetition needs FREQ=DAILY, WEEKLY or MONTHLY"),
        ("FREQ=SECONDLY;COUNT=2", "FREQ cannot be SECONDLY"),
        ("FREQ=YEARLY;COUNT=2", "FREQ cannot be YEARLY"),
        ("FREQ=WEEKLY;COUNT=2;COUNT=3", "COUNT is said twice"),
        ("FREQ=WEEKLY;BYDAY=XX;COUNT=2", "BYDAY cannot be XX"),
        ("FREQ=WEEKLY;BYDAY=é;COUNT=2", "BYDAY cannot be é"),
        ("FREQ=WEEKLY;UNTIL=20260229", "UNTIL cannot be 20260229"),
        ("FREQ=WEEKLY;UNTIL=20260101", "no date fits this repetition"),
        ("FREQ=WEEKLY;COUNT=1\nEXDATE:20260302", "no date fits this repetition"),
        ("FREQ=WEEKLY;COUNT=1\nEXDATE:20260302T090000Z", "EXDATE cannot be 20260302T090000Z"),
    ] {
        assert_eq!(refusal(rule), words, "{rule}");
    }
    assert!(refusal("FREQ=DAILY;BYHOUR=9;COUNT=2").starts_with("BYHOUR=9 is not understood"));
    assert_eq!(
        refusal("FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31;COUNT=5"),
        "Tue 2026-03-31, Wed 2027-03-31, Fri 2028-03-31, Sat 2029-03-31, Sun 2030-03-31"
    );
}

#[test]
fn a_rule_that_no_date_ever_fits_ends() {
    let rule = "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31;COUNT=1";
    assert_eq!(named(rule, "UTC", "2026-02-02T09:00"), "a series may not run longer than 10 years");
    let rule = "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31;UNTIL=20400101";
    assert_eq!(named(rule, "UTC", "2026-02-02T09:00"), "no date fits this repetition");
}

/// `(#10517, #12137)`: nine stays nine, whatever the offset does.
#[test]
fn a_weekly_nine_o_clock_stays_nine_across_both_clock_changes_and_in_a_half_hour_zone() {
    for (name, first, count) in [
        ("America/New_York", "2026-03-02T09:00", 40),
        ("Europe/Madrid", "2026-03-02T09:00", 40),
        ("Australia/Lord_Howe", "2026-03-02T09:00", 40),
        ("America/Santiago", "2026-03-02T09:00", 40),
        ("Asia/Kolkata", "2026-03-02T09:00", 40),
    ] {
        let zone = TimeZone::get(name).unwrap();
        let starts = Rule::weekly(count).starts(&zone, first.parse().unwrap()).unwrap();
        assert_eq!(starts.len(), usize::from(count));
        for start in &starts {
            assert_eq!(zone.to_datetime(start.at), start.wall, "{name}");
            assert_eq!(start.wall.strftime("%a %H:%M").to_string(), "Mon 09:00");
        }
        let offsets: std::collections::BTreeSet<i32> =
            starts.iter().map(|start| zone.to_offset(start.at).seconds()).collect();
        assert_eq!(offsets.len(), if name == "Asia/Kolkata" { 1 } else { 2 }, "{name}");
    }
}

#[test]
fn a_wall_time_in_a_gap_moves_on_and_one_in_a_fold_is_the_first() {
    let zone = TimeZone::get("America/New_York").unwrap();
    let at = |first: &str| Rule::weekly(1).starts(&zone, first.parse().unwrap()).unwrap()[0].at.to_string();
    assert_eq!(at("2026-03-08T02:30"), "2026-03-08T07:30:00Z");
    assert_eq!(at("2026-11-01T01:30"), "2026-11-01T05:30:00Z");
}

#[test]
fn this_and_later_cuts_a_rule_in_two_that_name_the_same_dates() {
    let zone = TimeZone::get("America/Mexico_City").unwrap();
    let first: DateTime = "2026-03-02T09:00".parse().unwrap();
    let rule: Rule = "FREQ=WEEKLY;BYDAY=MO,TH;COUNT=9\nEXDATE:20260305,20260319".parse().unwrap();
    let cut = "2026-03-16".parse().unwrap();
    let (before, after) = rule.split(&zone, first, cut).unwrap();
    let mut both = before.unwrap().starts(&zone, first).unwrap();
    both.extend(after.unwrap().starts(&zone, cut.to_datetime(first.time())).unwrap());
    assert_eq!(both, rule.starts(&zone, first).unwrap());
    assert_eq!(rule.split(&zone, first, first.date()).unwrap().0, None);
    assert_eq!(rule.split(&zone, first, "2027-01-01".parse().unwrap()).unwrap().1, None);
}

fn rules() -> impl Strategy<Value = Rule> {
    let weekday = || (1_i8..=7).prop_map(|day| Weekday::from_monday_one_offset(day).unwrap());
    let dates = prop::collection::btree_set(prop_oneof![1_i8..=31, -31_i8..=-1], 1..4);
    let nth = prop::collection::btree_set((prop_oneof![1_i8..=5, -5_i8..=-1], 1_i8..=7), 1..4);
    let every = prop_oneof![
        Just(Every::Day),
        prop::collection::btree_set(1_i8..=7, 0..7).prop_map(|days| Every::Week(
            days.into_iter().map(|day| Weekday::from_monday_one_offset(day).unwrap()).collect()
        )),
        dates.prop_map(|dates| Every::Month(dates.into_iter().map(MonthDay::Date).collect())),
        nth.prop_map(|days| Every::Month(
            days.into_iter()
                .map(|(nth, day)| MonthDay::Nth(nth, Weekday::from_monday_one_offset(day).unwrap()))
                .collect()
        )),
    ];
    let day = |day: i32| "2026-01-01".parse::<Date>().unwrap().checked_add(day.days()).unwrap();
    let end = prop_oneof![
        (1..=MOST).prop_map(End::Count),
        (0..900_i32).prop_map(move |number| End::Wall(day(number).at(23, 59, 59, 0))),
        (0..900_i32).prop_map(move |number| End::Wall(day(number).at(9, 0, 0, 0))),
        (0..80_000_000_i64).prop_map(|at| End::Instant(Timestamp::from_second(1_767_225_600 + at).unwrap())),
    ];
    let except = prop::collection::btree_set(0..900_i32, 0..5)
        .prop_map(move |days| days.into_iter().map(day).collect::<Vec<_>>());
    (every, 1_u16..=20, end, weekday(), except).prop_map(|(every, interval, end, week_start, except)| Rule {
        every,
        interval,
        end,
        week_start,
        except,
    })
}

/// Whether the rule names a date, asked of one date alone.
fn names(rule: &Rule, first: Date, date: Date) -> bool {
    let interval = i64::from(rule.interval);
    match &rule.every {
        Every::Day => i64::from(first.until(date).unwrap().get_days()) % interval == 0,
        Every::Week(days) => {
            let monday =
                |date: Date| date.checked_sub(i64::from(rule.week_start.until(date.weekday())).days()).unwrap();
            let weeks = i64::from(monday(first).until(monday(date)).unwrap().get_days()) / 7;
            let named =
                if days.is_empty() { date.weekday() == first.weekday() } else { days.contains(&date.weekday()) };
            named && weeks % interval == 0
        }
        Every::Month(days) => {
            let months = i64::from(date.year() - first.year()) * 12 + i64::from(date.month() - first.month());
            let (day, length) = (date.day(), date.days_in_month());
            let fits = |month_day: &MonthDay| match month_day {
                MonthDay::Date(number) => *number == day || *number == day - length - 1,
                MonthDay::Nth(nth, weekday) => {
                    *weekday == date.weekday() && (*nth == (day - 1) / 7 + 1 || *nth == -((length - day) / 7 + 1))
                }
            };
            months % interval == 0 && days.iter().any(fits)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn a_rule_reads_back_what_it_prints(rule in rules()) {
        prop_assert_eq!(rule.to_string().parse::<Rule>(), Ok(rule));
    }

    #[test]
    fn no_text_upsets_the_reader(text in "(RRULE:|EXDATE:)?[A-Z=;,:0-9\r\n é-]{0,60}") {
        let _read = text.parse::<Rule>();
    }

    #[test]
    fn a_rule_names_the_dates_that_a_walk_day_by_day_finds(rule in rules(), day in 1_i8..=28) {
        let zone = TimeZone::UTC;
        let first = Date::new(2026, 2, day).unwrap().at(9, 0, 0, 0);
        let Ok(starts) = rule.starts(&zone, first) else { return Ok(()) };
        let mut walked = Vec::new();
        let (mut date, mut number) = (first.date(), 0);
        let last = starts.last().unwrap().wall.date();
        while date <= last {
            if names(&rule, first.date(), date) {
                number += 1;
                let at = zone.to_timestamp(date.at(9, 0, 0, 0)).unwrap();
                let more = match rule.end {
                    End::Count(count) => number <= count,
                    End::Wall(wall) => date.at(9, 0, 0, 0) <= wall,
                    End::Instant(until) => at <= until,
                };
                prop_assert!(more);
                if !rule.except.contains(&date) {
                    walked.push(date);
                }
            }
            date = date.tomorrow().unwrap();
        }
        prop_assert_eq!(starts.iter().map(|start| start.wall.date()).collect::<Vec<_>>(), walked);
    }
}
