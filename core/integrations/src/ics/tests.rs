//! What calendars of other hands look like, and when they keep somebody busy.

use expect_test::{Expect, expect};
use jiff::tz::TimeZone;

use super::*;

const MEXICO: &str = "America/Mexico_City";

/// The first three weeks of March 2026, across a clock change of the United States.
fn march() -> Span {
    Span::new("2026-03-01T06:00:00Z".parse().unwrap(), "2026-03-22T06:00:00Z".parse().unwrap()).unwrap()
}

fn calendar(components: &str) -> String {
    let text = format!("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Test//EN\n{}\nEND:VCALENDAR\n", components.trim());
    text.replace('\n', "\r\n")
}

fn event(lines: &str) -> String {
    format!("BEGIN:VEVENT\nUID:one@test\nDTSTAMP:20260301T000000Z\n{}\nEND:VEVENT", lines.trim())
}

/// Busy stretches on the wall clock of Mexico City, which has no summer time.
fn check(components: &str, expected: Expect) {
    let reading = busy(&calendar(components), MEXICO, march()).unwrap();
    let zone = TimeZone::get(MEXICO).unwrap();
    let wall = |at: Timestamp| zone.to_datetime(at).strftime("%a %d %H:%M").to_string();
    let mut told: Vec<String> =
        reading.busy.iter().map(|span| format!("{}–{}", wall(span.from()), wall(span.to()))).collect();
    if reading.skipped > 0 {
        told.push(format!("{} skipped", reading.skipped));
    }
    expected.assert_eq(&told.join(", "));
}

#[test]
fn one_event_by_end_by_length_by_day_and_without_a_zone() {
    check(&event("DTSTART:20260305T180000Z\nDTEND:20260305T191500Z"), expect!["Thu 05 12:00–Thu 05 13:15"]);
    check(&event("DTSTART:20260305T180000Z\nDURATION:PT45M"), expect!["Thu 05 12:00–Thu 05 12:45"]);
    check(
        &event("DTSTART;TZID=America/New_York:20260305T130000\nDTEND;TZID=America/New_York:20260305T140000"),
        expect!["Thu 05 12:00–Thu 05 13:00"],
    );
    check(&event("DTSTART:20260305T120000\nDTEND:20260305T130000"), expect!["Thu 05 12:00–Thu 05 13:00"]);
    check(&event("DTSTART;VALUE=DATE:20260305\nDTEND;VALUE=DATE:20260307"), expect!["Thu 05 00:00–Sat 07 00:00"]);
    check(&event("DTSTART;VALUE=DATE:20260305"), expect!["Thu 05 00:00–Fri 06 00:00"]);
}

#[test]
fn zones_by_the_names_that_outlook_gives_them() {
    let zoned =
        |name: &str| event(&format!("DTSTART;TZID=\"{name}\":20260305T120000\nDTEND;TZID=\"{name}\":20260305T130000"));
    check(&zoned("Central Standard Time (Mexico)"), expect!["Thu 05 12:00–Thu 05 13:00"]);
    check(&zoned("Eastern Standard Time"), expect!["Thu 05 11:00–Thu 05 12:00"]);
    check(&zoned("SE Asia Standard Time"), expect!["Wed 04 23:00–Thu 05 00:00"]);
}

#[test]
fn what_takes_no_time_does_not_count() {
    let at = "DTSTART:20260305T180000Z\nDTEND:20260305T190000Z";
    for free in ["STATUS:CANCELLED", "TRANSP:TRANSPARENT", "X-MICROSOFT-CDO-BUSYSTATUS:FREE"] {
        check(&event(&format!("{at}\n{free}")), expect![""]);
    }
    check(&event("DTSTART:20260305T180000Z"), expect![""]);
    check(&event(&format!("{at}\nSTATUS:TENTATIVE")), expect!["Thu 05 12:00–Thu 05 13:00"]);
    check(&event(&format!("{at}\nTRANSP:OPAQUE")), expect!["Thu 05 12:00–Thu 05 13:00"]);
}

#[test]
fn what_repeats_keeps_its_hour_across_a_clock_change_and_begins_long_before_the_window() {
    let new_york = "DTSTART;TZID=America/New_York:20100104T090000\nDTEND;TZID=America/New_York:20100104T100000";
    check(
        &event(&format!("{new_york}\nRRULE:FREQ=WEEKLY;BYDAY=MO,FR")),
        expect![
            "Mon 02 08:00–Mon 02 09:00, Fri 06 08:00–Fri 06 09:00, Mon 09 07:00–Mon 09 08:00, Fri 13 07:00–Fri 13 08:00, Mon 16 07:00–Mon 16 08:00, Fri 20 07:00–Fri 20 08:00"
        ],
    );
    check(
        &event("DTSTART:20260101T150000Z\nDURATION:PT1H\nRRULE:FREQ=MONTHLY;BYDAY=2TU\nEXDATE:20260210T150000Z"),
        expect!["Tue 10 09:00–Tue 10 10:00"],
    );
    check(
        &event("DTSTART:20260301T150000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=4\nEXDATE:20260302T150000Z"),
        expect!["Sun 01 09:00–Sun 01 10:00, Tue 03 09:00–Tue 03 10:00, Wed 04 09:00–Wed 04 10:00"],
    );
    check(
        &event("DTSTART:20260303T150000Z\nDURATION:PT1H\nRDATE:20260305T150000Z,20260306T150000Z"),
        expect!["Tue 03 09:00–Tue 03 10:00, Thu 05 09:00–Thu 05 10:00, Fri 06 09:00–Fri 06 10:00"],
    );
}

/// One of the week was moved, one called off; another entry meets at the same hours and keeps all of its own.
#[test]
fn single_ones_of_what_repeats_are_moved_and_called_off_and_nobody_elses() {
    let weekly = |uid: &str| {
        format!(
            "BEGIN:VEVENT\nUID:{uid}\nDTSTAMP:20260301T000000Z\nSEQUENCE:3\nDTSTART;TZID={MEXICO}:20260302T090000\n\
             DTEND;TZID={MEXICO}:20260302T100000\nRRULE:FREQ=WEEKLY;COUNT=3\nEND:VEVENT"
        )
    };
    let moved = format!(
        "BEGIN:VEVENT\nUID:a\nDTSTAMP:20260301T000000Z\nSEQUENCE:7\nRECURRENCE-ID;TZID={MEXICO}:20260309T090000\n\
         DTSTART;TZID={MEXICO}:20260310T140000\nDTEND;TZID={MEXICO}:20260310T150000\nEND:VEVENT"
    );
    let called_off = format!(
        "BEGIN:VEVENT\nUID:a\nDTSTAMP:20260301T000000Z\nSEQUENCE:8\nRECURRENCE-ID;TZID={MEXICO}:20260316T090000\n\
         DTSTART;TZID={MEXICO}:20260316T090000\nDTEND;TZID={MEXICO}:20260316T100000\nSTATUS:CANCELLED\nEND:VEVENT"
    );
    check(
        &[weekly("a"), moved.clone(), called_off.clone()].join("\n"),
        expect!["Mon 02 09:00–Mon 02 10:00, Tue 10 14:00–Tue 10 15:00"],
    );
    check(
        &[weekly("a"), weekly("b"), moved, called_off].join("\n"),
        expect![
            "Mon 02 09:00–Mon 02 10:00, Mon 09 09:00–Mon 09 10:00, Tue 10 14:00–Tue 10 15:00, Mon 16 09:00–Mon 16 10:00"
        ],
    );
}

#[test]
fn calendars_that_tell_only_who_is_busy_are_understood() {
    check(
        "BEGIN:VFREEBUSY\nUID:f\nDTSTAMP:20260301T000000Z\nFREEBUSY:20260305T180000Z/PT1H\n\
         FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260306T180000Z/20260306T190000Z\n\
         FREEBUSY;FBTYPE=FREE:20260307T180000Z/PT1H\nEND:VFREEBUSY",
        expect!["Thu 05 12:00–Thu 05 13:00, Fri 06 12:00–Fri 06 13:00"],
    );
}

#[test]
fn stretches_that_touch_are_one_and_whole_and_those_outside_the_window_none() {
    let event = |uid: u32, from: &str, to: &str| {
        format!("BEGIN:VEVENT\nUID:{uid}\nDTSTAMP:20260301T000000Z\nDTSTART:{from}\nDTEND:{to}\nEND:VEVENT")
    };
    let all = [
        event(1, "20260305T180000Z", "20260305T190000Z"),
        event(2, "20260305T190000Z", "20260305T200000Z"),
        event(3, "20260305T183000Z", "20260305T184500Z"),
        event(4, "20260205T180000Z", "20260205T190000Z"),
        event(5, "20260228T180000Z", "20260301T180000Z"),
        event(6, "20260605T180000Z", "20260605T190000Z"),
    ];
    check(&all.join("\n"), expect!["Sat 28 12:00–Sun 01 12:00, Thu 05 12:00–Thu 05 14:00"]);
}

#[test]
fn an_entry_that_says_nothing_usable_is_counted_and_the_others_stand() {
    let good = event("DTSTART:20260305T180000Z\nDTEND:20260305T190000Z");
    let bad = "BEGIN:VEVENT\nUID:two@test\nDTSTAMP:20260301T000000Z\nSUMMARY:When?\nEND:VEVENT";
    check(&format!("{bad}\n{good}"), expect!["Thu 05 12:00–Thu 05 13:00, 1 skipped"]);
}

#[test]
fn what_is_no_calendar_is_not_an_empty_one() {
    for text in ["", "<html></html>", "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:A\r\nEND:VCARD\r\n", "BEGIN:VCALENDAR\r\n"] {
        assert_eq!(busy(text, MEXICO, march()), Err(Unread::NotACalendar), "{text:?}");
    }
    check("", expect![""]);
}

#[test]
fn what_repeats_without_end_or_sense_is_bounded() {
    let began = std::time::Instant::now();
    let every_second = event("DTSTART:20200101T000000Z\nDURATION:PT1S\nRRULE:FREQ=SECONDLY");
    assert_eq!(busy(&calendar(&every_second), MEXICO, march()), Err(Unread::TooLarge));
    check(&event("DTSTART:20200101T000000Z\nDURATION:PT1H\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), expect![""]);
    let many: Vec<String> = (0..3_000)
        .map(|uid| {
            format!(
                "BEGIN:VEVENT\nUID:{uid}\nDTSTAMP:20200101T000000Z\nDTSTART:20200101T000000Z\nDURATION:PT1S\n\
                 RRULE:FREQ=MINUTELY;BYHOUR=3;BYMINUTE=7;COUNT=20000\nEND:VEVENT"
            )
        })
        .collect();
    assert_eq!(busy(&calendar(&many.join("\n")), MEXICO, march()), Err(Unread::TooLarge));
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
}
