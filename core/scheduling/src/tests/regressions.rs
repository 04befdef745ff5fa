//! What went wrong in other schedulers: the numbers are issues of calcom/cal.diy, unless another project is named.

use super::*;
use crate::series::{self, Rule};

/// Two services of different length with one person: the second may not begin inside the first.
#[test]
fn two_services_that_overlap_by_a_quarter_of_an_hour_on_one_person() {
    let mut inputs = inputs("America/Mexico_City");
    inputs.policy.grid_minutes = 15;
    let colour = one(service(&[(75, true)], 0, 0));
    let first = explain(&inputs, &colour, at(&inputs, "2026-03-03T09:00")).unwrap();
    inputs.busy.push(Busy { resource: first.items[0].claims[0].resource, span: first.span, booking: None });
    let cut = one(service(&[(30, true)], 0, 0));
    assert_eq!(
        explain(&inputs, &cut, at(&inputs, "2026-03-03T10:00")),
        Err(vec![Reason::AllTaken { service: "S".into() }])
    );
    assert!(explain(&inputs, &cut, at(&inputs, "2026-03-03T10:15")).is_ok());
}

/// #10517, #12137: a weekly nine o'clock, in zones that change their clocks, one of half hours, one of thirty minutes.
#[test]
fn a_weekly_nine_o_clock_is_free_and_nine_o_clock_across_both_clock_changes() {
    for zone in ["America/New_York", "Europe/Madrid", "Asia/Kolkata", "Australia/Lord_Howe", "America/Santiago"] {
        let inputs = inputs(zone);
        let visit = one(service(&[(60, true)], 0, 0));
        let first = "2026-02-24T09:00".parse().unwrap();
        let planned = series::plan(&inputs, &visit, &Rule::weekly(40), first).unwrap();
        assert_eq!(planned.len(), 40);
        for occurrence in planned {
            let opening = occurrence.answer.unwrap();
            assert_eq!(inputs.zone.to_datetime(opening.start()).strftime("%a %H:%M").to_string(), "Tue 09:00");
        }
    }
}

/// #12137: the notice ends on the day the clocks change; twelve hours are twelve hours.
#[test]
fn a_notice_that_ends_on_the_day_of_the_clock_change_is_counted_in_hours_that_pass() {
    let visit = one(service(&[(60, true)], 0, 0));
    for (now, date, expected) in [
        ("2026-03-07T21:00", "2026-03-08", expect!["10:00 P1, 12:00 P1, 12:30 P1, 13:00 P1"]),
        ("2026-10-31T21:30", "2026-11-01", expect!["09:00 P1, 09:30 P1, 10:00 P1, 12:00 P1, 12:30 P1, 13:00 P1"]),
        ("2026-10-31T22:30", "2026-11-01", expect!["09:30 P1, 10:00 P1, 12:00 P1, 12:30 P1, 13:00 P1"]),
    ] {
        let mut inputs = inputs("America/New_York");
        inputs.now = at(&inputs, now);
        inputs.policy.notice_minutes = 720;
        check(&inputs, &visit, date, expected);
        let refused = at(&inputs, &format!("{date}T08:00"));
        assert!(explain(&inputs, &visit, refused).unwrap_err().contains(&Reason::TooSoon { minutes: 720 }));
    }
}

/// Starts stand on the hour of the place, not of UTC: in India those differ by half an hour.
#[test]
fn the_grid_is_one_of_the_wall_clock_in_a_half_hour_zone() {
    let mut inputs = inputs("Asia/Kolkata");
    inputs.policy.grid_minutes = 60;
    let visit = one(service(&[(60, true)], 0, 0));
    check(&inputs, &visit, "2026-03-03", expect!["09:00 P1, 10:00 P1, 12:00 P1, 13:00 P1"]);
}

/// Both answers count the same fraction of a second.
#[test]
fn a_list_and_a_single_answer_agree_about_the_very_moment_the_notice_ends() {
    let mut inputs = inputs("America/Mexico_City");
    inputs.now = at(&inputs, "2026-03-03T08:30").checked_add(SignedDuration::from_millis(1)).unwrap();
    inputs.policy.notice_minutes = 30;
    let visit = one(service(&[(60, true)], 0, 0));
    check(&inputs, &visit, "2026-03-03", expect!["09:30 P1, 10:00 P1, 12:00 P1, 12:30 P1, 13:00 P1"]);
    assert!(explain(&inputs, &visit, at(&inputs, "2026-03-03T09:00")).is_err());
}

/// #16387: the third of ten is taken; everything is known before anything is written.
#[test]
fn a_series_of_ten_with_a_conflict_on_the_third() {
    let mut inputs = inputs("America/Mexico_City");
    taken(&mut inputs, 1, "2026-03-17T09:30", "2026-03-17T10:00");
    let visit = one(service(&[(60, true)], 0, 0));
    let planned = series::plan(&inputs, &visit, &Rule::weekly(10), "2026-03-03T09:00".parse().unwrap()).unwrap();
    let refused: Vec<usize> =
        (1..).zip(&planned).filter(|(_, one)| one.answer.is_err()).map(|(place, _)| place).collect();
    assert_eq!((planned.len(), refused), (10, vec![3]));
    let third = &planned[2];
    assert_eq!(third.answer, Err(vec![Reason::AllTaken { service: "S".into() }]));
    let near: Vec<String> = third
        .alternatives
        .iter()
        .map(|other| inputs.zone.to_datetime(other.opening.start()).strftime("%a %H:%M").to_string())
        .collect();
    expect!["Mon 13:00, Tue 10:00, Tue 12:00"].assert_eq(&near.join(", "));
    assert!(planned.iter().filter(|one| one.answer.is_ok()).all(|one| one.alternatives.is_empty()));
}

#[test]
fn visits_of_a_series_count_as_taken_for_the_later_ones() {
    let inputs = inputs("America/Mexico_City");
    // Two days long with a gap in which nobody is needed, every day: the second begins inside the first's end.
    let mut long = service(&[(60, true), (1_380, false), (60, true)], 0, 0);
    long.needs[0].frees_in_gaps = true;
    let mut inputs = Inputs {
        location_hours: WeeklyHours(
            (1..=7).map(|weekday| WeeklySpan { weekday, from_minute: 0, to_minute: 1_440 }).collect(),
        ),
        ..inputs
    };
    let rule: Rule = "FREQ=DAILY;COUNT=3".parse().unwrap();
    let first = "2026-03-03T09:00".parse().unwrap();
    let free = |inputs: &Inputs| {
        let planned = series::plan(inputs, &one(long.clone()), &rule, first).unwrap();
        planned.iter().map(|one| one.answer.is_ok()).collect::<Vec<_>>()
    };
    assert_eq!(free(&inputs), [true, false, true]);
    inputs.resources.push(resource(2, &[]));
    assert_eq!(free(&inputs), [true, true, true]);
}

/// Aggregation: "those who must come have no common time" means no start, not "no constraint".
#[test]
fn people_without_a_common_hour_have_no_start() {
    let mut inputs = inputs("America/Mexico_City");
    let span = |from_minute, to_minute| WeeklySpan { weekday: 2, from_minute, to_minute };
    inputs.resources = vec![
        Resource { hours: WeeklyHours(vec![span(540, 660)]), ..resource(1, &[]) },
        Resource { hours: WeeklyHours(vec![span(720, 840)]), ..resource(2, &[]) },
    ];
    let mut both = service(&[(30, true)], 0, 0);
    both.needs[0].count = Count::All;
    check(&inputs, &one(both), "2026-03-03", expect![""]);
}

/// #21103: 200 people and 30 days; how long it may take is `cargo xtask bench slots`' to say. A month asked at once
/// answers as its days asked one by one.
#[test]
fn a_month_of_two_hundred_people_asked_at_once_answers_as_its_days_do() {
    let mut inputs = inputs("America/Mexico_City");
    inputs.resources = (1..=200).map(|number| resource(number, &[])).collect();
    for number in 1..=200_u128 {
        for date in 1..=30 {
            let from = 9 + number % 5;
            taken(
                &mut inputs,
                number,
                &format!("2026-06-{date:02}T{from:02}:00"),
                &format!("2026-06-{date:02}T{from:02}:45"),
            );
        }
    }
    let visit = one(service(&[(60, true)], 5, 10));
    let month = Span::new(at(&inputs, "2026-06-01T00:00"), at(&inputs, "2026-07-01T00:00")).unwrap();
    let whole = free_starts(&inputs, &visit, month);
    let days = (1..=30).flat_map(|date| free_starts(&inputs, &visit, day(&inputs, &format!("2026-06-{date:02}"))));
    assert_eq!(whole, days.collect::<Vec<_>>());
    assert_eq!(whole.len(), 30 * 6);
}

/// Until it is known to have moved it keeps its time; from then on it keeps the new one, and gone it keeps none.
#[test]
fn an_event_of_another_calendar_that_moves_or_goes_gives_its_time_back() {
    let mut inputs = inputs("America/Mexico_City");
    inputs.resources = vec![resource(1, &[])];
    inputs.policy.grid_minutes = 60;
    let visit = one(service(&[(60, true)], 0, 0));
    let event = |inputs: &Inputs, wall: &str| {
        let span = Span::lasting(at(inputs, wall), 60).unwrap();
        vec![Busy { resource: ResourceId(Uuid::from_u128(1)), span, booking: None }]
    };
    inputs.records.outside = event(&inputs, "2026-03-03T10:00");
    check(&inputs, &visit, "2026-03-03", expect!["09:00 P1, 12:00 P1, 13:00 P1"]);
    inputs.records.outside = event(&inputs, "2026-03-03T12:00");
    check(&inputs, &visit, "2026-03-03", expect!["09:00 P1, 10:00 P1, 13:00 P1"]);
    inputs.records.outside.clear();
    check(&inputs, &visit, "2026-03-03", expect!["09:00 P1, 10:00 P1, 12:00 P1, 13:00 P1"]);
}
