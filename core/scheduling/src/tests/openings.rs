//! Tables: schedule in, starts out.

use super::*;

#[test]
fn a_visit_never_straddles_a_break_and_may_end_at_closing() {
    check(
        &inputs("America/Mexico_City"),
        &one(service(&[(60, true)], 0, 0)),
        "2026-03-03",
        expect!["09:00 P1, 09:30 P1, 10:00 P1, 12:00 P1, 12:30 P1, 13:00 P1"],
    );
}

#[test]
fn back_to_back_is_allowed_and_buffers_are_kept_from_others() {
    let mut inputs = inputs("America/Mexico_City");
    taken(&mut inputs, 1, "2026-03-03T09:00", "2026-03-03T10:00");
    check(&inputs, &one(service(&[(60, true)], 0, 0)), "2026-03-03", expect!["10:00 P1, 12:00 P1, 12:30 P1, 13:00 P1"]);
    check(&inputs, &one(service(&[(60, true)], 15, 0)), "2026-03-03", expect!["12:00 P1, 12:30 P1, 13:00 P1"]);
}

#[test]
fn a_buffer_does_not_shrink_the_last_slot_of_the_day() {
    check(
        &inputs("America/Mexico_City"),
        &one(service(&[(60, true)], 30, 30)),
        "2026-03-03",
        expect!["09:00 P1, 09:30 P1, 10:00 P1, 12:00 P1, 12:30 P1, 13:00 P1"],
    );
}

#[test]
fn the_person_is_free_for_others_while_something_sets() {
    let mut inputs = inputs("America/Mexico_City");
    taken(&mut inputs, 1, "2026-03-03T09:30", "2026-03-03T10:00");
    let colour = one(service(&[(30, true), (30, false), (30, true)], 0, 0));
    check(&inputs, &colour, "2026-03-03", expect!["09:00 P1, 12:00 P1, 12:30 P1"]);
}

#[test]
fn a_closed_date_closes_and_other_hours_replace() {
    let mut inputs = inputs("America/Mexico_City");
    let date: Date = "2026-03-03".parse().unwrap();
    let mut exception = HoursException {
        id: BlockId(Uuid::nil()),
        location: LocationId(Uuid::nil()),
        resource: None,
        first: date,
        last: date,
        open: vec![],
        reason: "feriado".into(),
    };
    inputs.exceptions = vec![exception.clone()];
    let visit = one(service(&[(60, true)], 0, 0));
    check(&inputs, &visit, "2026-03-03", expect![""]);
    let refused = explain(&inputs, &visit, at(&inputs, "2026-03-03T09:00"));
    assert_eq!(refused, Err(vec![Reason::Closed { because: Some("feriado".into()) }]));
    exception.open = vec![(600, 720)];
    inputs.exceptions = vec![exception];
    check(&inputs, &visit, "2026-03-03", expect!["10:00 P1, 10:30 P1, 11:00 P1"]);
}

#[test]
fn two_services_go_to_one_person_when_possible_and_else_to_two() {
    let mut inputs = inputs("America/Mexico_City");
    inputs.resources = vec![resource(1, &["a"]), resource(2, &["a", "b"]), resource(3, &["b"])];
    let skilled = |skill: &str| {
        let mut part = service(&[(60, true)], 0, 0);
        part.needs[0].skill = Some(skill.to_owned());
        VisitItem { service: part, wish: Wish::Any }
    };
    let visit = Visit::new(vec![skilled("b"), skilled("b")]);
    check(&inputs, &visit, "2026-03-03", expect!["09:00 P2, 12:00 P2"]);
    let visit = Visit::new(vec![skilled("a"), skilled("b")]);
    check(&inputs, &visit, "2026-03-03", expect!["09:00 P1+P2, 12:00 P1+P2"]);
}

#[test]
fn whoever_has_less_to_do_comes_first() {
    let mut inputs = inputs("America/Mexico_City");
    inputs.resources = vec![resource(1, &[]), resource(2, &[])];
    taken(&mut inputs, 1, "2026-03-03T09:00", "2026-03-03T10:00");
    check(
        &inputs,
        &one(service(&[(60, true)], 0, 0)),
        "2026-03-03",
        expect!["09:00 P2, 09:30 P2, 10:00 P2, 12:00 P2, 12:30 P2, 13:00 P2"],
    );
}

#[test]
fn a_room_and_a_person_must_both_be_free_and_a_room_of_two_takes_two() {
    let mut inputs = inputs("America/Mexico_City");
    let room = Resource { kind: "room".into(), capacity: 2, ..resource(9, &[]) };
    inputs.resources = vec![resource(1, &[]), room];
    let mut both = service(&[(60, true)], 0, 0);
    both.needs.push(Need { role: "room".into(), kind: "room".into(), choosable: false, ..both.needs[0].clone() });
    taken(&mut inputs, 9, "2026-03-03T09:00", "2026-03-03T11:00");
    check(
        &inputs,
        &one(both.clone()),
        "2026-03-03",
        expect!["09:00 P1+P9, 09:30 P1+P9, 10:00 P1+P9, 12:00 P1+P9, 12:30 P1+P9, 13:00 P1+P9"],
    );
    taken(&mut inputs, 9, "2026-03-03T09:30", "2026-03-03T11:00");
    check(&inputs, &one(both), "2026-03-03", expect!["12:00 P1+P9, 12:30 P1+P9, 13:00 P1+P9"]);
}

#[test]
fn every_reason_is_told() {
    let mut inputs = inputs("America/Mexico_City");
    inputs.resources = vec![resource(1, &["a"]), resource(2, &[])];
    inputs.now = at(&inputs, "2026-03-03T08:50");
    inputs.policy.notice_minutes = 30;
    let mut skilled = service(&[(60, true)], 0, 0);
    skilled.needs[0].skill = Some("a".into());
    let visit = one(skilled.clone());
    let say = |visit: &Visit, wall: &str| format!("{:?}", explain(&inputs, visit, at(&inputs, wall)).unwrap_err());
    expect!["[TooSoon { minutes: 30 }, OffGrid { minutes: 30 }]"].assert_eq(&say(&visit, "2026-03-03T09:10"));
    expect!["[PastClosing]"].assert_eq(&say(&visit, "2026-03-03T10:30"));
    expect!["[Closed { because: None }]"].assert_eq(&say(&visit, "2026-03-03T11:30"));
    expect!["[Past, Closed { because: None }]"].assert_eq(&say(&visit, "2026-03-02T23:00"));
    let wish = Visit::new(vec![VisitItem { service: skilled, wish: Wish::Only(ResourceId(Uuid::from_u128(2))) }]);
    assert!(say(&wish, "2026-03-03T12:00").contains("LacksSkill"));
    let busy = {
        let mut inputs = inputs.clone();
        taken(&mut inputs, 1, "2026-03-03T12:30", "2026-03-03T13:00");
        let wish =
            Visit::new(vec![VisitItem { wish: Wish::Only(ResourceId(Uuid::from_u128(1))), ..visit.items[0].clone() }]);
        format!("{:?}", explain(&inputs, &wish, at(&inputs, "2026-03-03T12:00")).unwrap_err())
    };
    assert!(busy.contains("Busy"), "{busy}");
}

#[test]
fn alternatives_stand_before_and_after_and_with_others() {
    let mut inputs = inputs("America/Mexico_City");
    inputs.resources = vec![resource(1, &[]), resource(2, &[])];
    taken(&mut inputs, 1, "2026-03-03T12:00", "2026-03-03T13:00");
    let wish = Wish::Only(ResourceId(Uuid::from_u128(1)));
    let visit = Visit::new(vec![VisitItem { service: service(&[(60, true)], 0, 0), wish }]);
    let wanted = at(&inputs, "2026-03-03T12:00");
    let far = at(&inputs, "2026-03-10T00:00");
    let near: Vec<String> = alternatives(&inputs, &visit, wanted, far, 3)
        .iter()
        .map(|other| {
            format!(
                "{} {} {}",
                inputs.zone.to_datetime(other.opening.start()).strftime("%H:%M"),
                other.opening.resources()[0].1,
                other.as_wished
            )
        })
        .collect();
    expect!["10:00 P1 true, 12:00 P2 false, 13:00 P1 true"].assert_eq(&near.join(", "));
}

#[test]
fn a_weekly_hour_keeps_its_wall_time_across_clock_changes_and_half_hour_zones() {
    for (zone, dates) in [
        ("America/New_York", ["2026-03-07", "2026-03-08", "2026-03-09"]),
        ("Europe/Madrid", ["2026-10-24", "2026-10-25", "2026-10-26"]),
        ("Australia/Lord_Howe", ["2026-04-04", "2026-04-05", "2026-04-06"]),
        ("Asia/Kolkata", ["2026-03-07", "2026-03-08", "2026-03-09"]),
    ] {
        for date in dates {
            check(&inputs(zone), &one(service(&[(120, true)], 0, 0)), date, expect!["09:00 P1, 12:00 P1"]);
        }
    }
}

#[test]
fn a_skipped_hour_is_not_offered_and_a_repeated_one_is_offered_twice() {
    let mut night = inputs("America/New_York");
    night.location_hours =
        WeeklyHours((1..=7).map(|weekday| WeeklySpan { weekday, from_minute: 0, to_minute: 240 }).collect());
    let visit = one(service(&[(30, true)], 0, 0));
    check(&night, &visit, "2026-03-08", expect!["00:00 P1, 00:30 P1, 01:00 P1, 01:30 P1, 03:00 P1, 03:30 P1"]);
    check(
        &night,
        &visit,
        "2026-11-01",
        expect!["00:00 P1, 00:30 P1, 01:00 P1, 01:30 P1, 01:00 P1, 01:30 P1, 02:00 P1, 02:30 P1, 03:00 P1, 03:30 P1"],
    );
}
